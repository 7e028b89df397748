"""The archive and the queries of `benchmarks.search`, both made from the corpus beside the repository.

There are two sets of queries: one to tune on and one to report. They have other seeds and are made of other papers (a
paper's title decides to which it belongs), other rare endings and other topics; both search the same archive.
Over 400 lines: one method for each kind of query.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from benchmarks.search_topics import KOREAN, MIXED, TAGS, Topic
from bot.digest import parse_digest
from bot.digest_file import date_in_name
from bot.model import Paper

ROOT: Final = Path(__file__).parent.parent
CORPUS: Final = ROOT.parent / "shared" / "corpus"
ENGLISH_TOPICS: Final = Path(__file__).with_name("english_topics.json")
"""By set: what readers ask for, and how the titles of the papers begin that answer it.

Twenty-eight by the author of the search, the others by hands that saw the papers alone: 160 of them half in other words
than the titles' on purpose, 204 in the manner of the corpus's sample queries. Where two assessors, who knew neither
each other nor which system had found a paper, both called it what the query asks for, it was added: they read the first
five of both FTS5 baselines, of this search and of a sentence encoder.
"""
TAG_GRADES: Final = Path(__file__).with_name("tag_grades.json")
"""By tag: how the titles of papers begin that the curator did not tag so and that are on its subject all the same
(`on`), or are not (`off`).

He gives a paper one or two tags of many that would fit. Two assessors, who knew neither each other, nor the tags of a
paper, nor which system had found it, read the first ten of both FTS5 baselines and of this search (in English and in
Korean) for every tag, in any order; where they differed a third decided.
"""
SEEDS: Final = ROOT / "tests" / "fixtures" / "seeds.truth.json"
SETS: Final = ("markdown", "english-commentary", "no-authors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query of a kind, and the places in the archive of the papers that answer it. `hidden` tags are not indexed; of
    the papers without a tag assessors called some `on` its subject and others `off` it."""

    kind: str
    query: str
    relevant: frozenset[int]
    hidden: bool = False
    on: frozenset[int] = frozenset()
    off: frozenset[int] = frozenset()


def archive() -> list[Paper]:
    """Every paper of the corpus once, of the seeds where the corpus is absent."""
    paths = [CORPUS / f"{name}.truth.json" for name in SETS if (CORPUS / f"{name}.truth.json").exists()]
    papers: dict[str, Paper] = {}
    for path in [*paths, SEEDS]:
        for day in json.loads(path.read_text("utf-8")):
            for entry in day["papers"]:
                papers.setdefault(entry["title"], paper(entry, date.fromisoformat(day["date"])))
    # The same paper under a title that was written differently is one paper.
    return list({each.source_url or each.title: each for each in papers.values()}.values())


def as_read(papers: Sequence[Paper], form: str) -> list[Paper]:
    """The same papers, those of the corpus's folder `form` (`newsletter`, `markdown`) as Paperboy reads them there."""
    if not (CORPUS / form).is_dir():
        raise SystemExit(f"the corpus's folder {form} is not beside the repository")
    read: dict[str, Paper] = {}
    for file in sorted((CORPUS / form).iterdir()):
        digest = parse_digest(file.read_text("utf-8"), file_date=date_in_name(file.name)).digest
        read |= {each.title: each for each in digest.papers} if digest else {}
    return [read.get(each.title, each) for each in papers]


def paper(entry: dict[str, Any], day: date) -> Paper:
    return Paper(
        date=day,
        title=entry["title"],
        authors=tuple(entry["authors"]),
        abstract=entry["abstract"],
        commentary=tuple(entry["commentary"]),
        tags=tuple(entry["tags"]),
        links=tuple(entry["links"]),
        source_url=entry.get("source_url"),
    )


_SAME: Final = {"text2img": "text-to-image"}


def slug(tag: str) -> str:
    plain = tag.casefold().replace("_", "-")
    return _SAME.get(plain, plain)


# --- Korean -------------------------------------------------------------------------------------------------

_NOUN: Final = re.compile("(?<![가-힣])([가-힣]{2,7}?)(을|를|의|에서|으로|과|와|에)(?![가-힣])")
_COMMON: Final = [
    "을/를",
    "은/는",
    "이/가",
    "과/와",
    "으로/로",
    "의/의",
    "에/에",
    "에서/에서",
    "도/도",
    "하는/하는",
    "에는/에는",
    "보다/보다",
]
_RARE: Final = {
    "development": [
        "이야말로/야말로",
        "하려다가/하려다가",
        "이라기보다/라기보다",
        "은커녕/는커녕",
        "이나마/나마",
        "에서조차/에서조차",
        "이랑/랑",
        "하고서/하고서",
        "이었던/였던",
        "마저도/마저도",
        "하더라도/하더라도",
        "했었는데/했었는데",
        "으로부터/로부터",
        "에서만큼은/에서만큼은",
        "하다시피/하다시피",
    ],
    "reporting": [
        "이야말로/야말로",
        "하려다가/하려다가",
        "이라기보다/라기보다",
        "치고는/치고는",
        "에다가/에다가",
        "하자마자/하자마자",
        "하느라/하느라",
        "이든지/든지",
        "뿐만/뿐만",
        "인데도/인데도",
        "이므로/므로",
        "한테서/한테서",
        "하길래/하길래",
        "되었기에/되었기에",
        "에서부터/에서부터",
        "만큼도/만큼도",
        "으로까지/로까지",
        "했더니/했더니",
    ],
}
_LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_KEYS: Final = dict(
    zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        "qwertyuiopasdfghjklzxcvbnmQWERTOP",
        strict=True,
    )
)
_VOWELS: Final = [
    "ㅏ",
    "ㅐ",
    "ㅑ",
    "ㅒ",
    "ㅓ",
    "ㅔ",
    "ㅕ",
    "ㅖ",
    "ㅗ",
    "ㅗㅏ",
    "ㅗㅐ",
    "ㅗㅣ",
    "ㅛ",
    "ㅜ",
    "ㅜㅓ",
    "ㅜㅔ",
    "ㅜㅣ",
    "ㅠ",
    "ㅡ",
    "ㅡㅣ",
    "ㅣ",
]
_FINALS: Final = [
    "",
    "ㄱ",
    "ㄲ",
    "ㄱㅅ",
    "ㄴ",
    "ㄴㅈ",
    "ㄴㅎ",
    "ㄷ",
    "ㄹ",
    "ㄹㄱ",
    "ㄹㅁ",
    "ㄹㅂ",
    "ㄹㅅ",
    "ㄹㅌ",
    "ㄹㅍ",
    "ㄹㅎ",
    "ㅁ",
    "ㅂ",
    "ㅂㅅ",
    "ㅅ",
    "ㅆ",
    "ㅇ",
    "ㅈ",
    "ㅊ",
    "ㅋ",
    "ㅌ",
    "ㅍ",
    "ㅎ",
]


def particled(noun: str, ending: str) -> str:
    """The noun with the form of an ending (`after a consonant/after a vowel`) that it takes."""
    after_consonant, after_vowel = ending.split("/")
    final = (ord(noun[-1]) - 0xAC00) % 28
    open_form = final == 0 or (final == 8 and after_consonant == "으로")
    return noun + (after_vowel if open_form else after_consonant)


def initials(word: str) -> str:
    return "".join(_LEADS[(ord(letter) - 0xAC00) // 588] if "가" <= letter <= "힣" else letter for letter in word)


def mistyped(text: str) -> str:
    """Korean typed while the keyboard was left in English."""

    def keys(letter: str) -> str:
        if not "가" <= letter <= "힣":
            return letter
        number = ord(letter) - 0xAC00
        parts = _LEADS[number // 588] + _VOWELS[number % 588 // 28] + _FINALS[number % 28]
        return "".join(_KEYS[part] for part in parts)

    return "".join(map(keys, text))


_COMMON_PARTS: Final = ((0, 2, 3, 5, 6, 7, 9, 11, 12), (0, 1, 4, 5, 8, 13, 20), (1, 4, 8, 16, 17, 21))


def hangul_typo(word: str, chance: random.Random) -> str:
    """One jamo of one syllable changed."""
    at = chance.randrange(len(word))
    number = ord(word[at]) - 0xAC00
    lead, vowel, final = number // 588, number % 588 // 28, number % 28
    while True:
        fresh = [lead, vowel, final]
        place = chance.choice((0, 1, 2) if final else (0, 1))
        fresh[place] = chance.choice(
            ((0, 2, 3, 5, 6, 7, 9, 11, 12), (0, 1, 4, 5, 8, 13, 20), (1, 4, 8, 16, 17, 21))[place]
        )
        if fresh != [lead, vowel, final]:
            return word[:at] + chr(0xAC00 + fresh[0] * 588 + fresh[1] * 28 + fresh[2]) + word[at + 1 :]


def latin_typo(word: str, chance: random.Random) -> str:
    at = chance.randrange(len(word))
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    match chance.randrange(4):
        case 0:
            wrong = word[:at] + word[at + 1 :]
        case 1:
            wrong = word[:at] + letter + word[at:]
        case 2:
            wrong = word[:at] + letter + word[at + 1 :]
        case _:
            at = min(at, len(word) - 2)
            wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return wrong if wrong.casefold() != word.casefold() else latin_typo(word, chance)


# --- the sets -----------------------------------------------------------------------------------------------


def queries(papers: Sequence[Paper], name: str, count: int = 120) -> list[Asked]:
    """The set `development` or `reporting`: about `count` queries of each kind that is made of single papers."""
    return _Maker(papers, name, count).all()


class _Maker:
    def __init__(self, papers: Sequence[Paper], name: str, count: int) -> None:
        self.papers = papers
        self.name = name
        self.count = count
        self.chance = random.Random({"development": 11, "reporting": 5077}[name])
        half = {"development": 0, "reporting": 1}[name]
        self.mine = [n for n, each in enumerate(papers) if zlib.crc32(each.title.encode()) % 2 == half]
        self.half = half
        self.titles_text = [" ".join(re.findall(r"[A-Za-z][A-Za-z0-9-]+", each.title)) for each in papers]
        self.text = [" ".join(each.commentary) for each in papers]
        forms: defaultdict[str, set[str]] = defaultdict(set)
        for text in self.text:
            for noun, particle in _NOUN.findall(text):
                forms[noun].add(particle)
        # What takes several particles is a noun, not the beginning of a verb that looks like one.
        self.nouns = {noun for noun, particles in forms.items() if len(particles) > 1}
        self.spread = Counter(noun for text in self.text for noun in {n for n, _ in _NOUN.findall(text)})
        self.tagged: defaultdict[str, set[int]] = defaultdict(set)
        for number, each in enumerate(papers):
            for tag in each.tags:
                self.tagged[slug(tag)].add(number)

    def all(self) -> list[Asked]:
        made: list[Asked] = []
        made += self.known("known item, common endings", lambda noun: particled(noun, self.chance.choice(_COMMON)))
        made += self.known(
            "known item, rare endings", lambda noun: particled(noun, self.chance.choice(_RARE[self.name]))
        )
        made += self.titles()
        made += self.authors()
        made += self.addresses()
        made += self.tags()
        for kind, topics in (("Korean topics", KOREAN), ("mixed topics", MIXED)):
            made += self.topics(kind, topics)
        made += self.english_topics()
        made += self.filters()
        made += self.known("Korean typo", lambda noun: hangul_typo(noun, self.chance), one=True)
        made += self.known("keyboard left in English", mistyped)
        made += self.words("initial consonants", initials, 3)
        made += self.words("half typed", lambda noun: noun[:-1], 4)
        made += self.known("split words", lambda noun: " ".join((noun[:2], noun[2:])).strip())
        return made

    def sample(self, numbers: Iterable[int]) -> list[int]:
        numbers = list(numbers)
        self.chance.shuffle(numbers)
        return numbers[: self.count]

    def known(self, kind: str, changed: Callable[[str], str], one: bool = False) -> list[Asked]:
        """Two to four of the rarer nouns of a commentary that no other has together, in two of five with an English
        word of it."""
        made: list[Asked] = []
        numbers = list(self.mine)
        self.chance.shuffle(numbers)
        for number in numbers:
            if len(made) == self.count:
                break
            nouns = sorted({n for n, _ in _NOUN.findall(self.text[number])} & self.nouns)
            nouns.sort(key=lambda noun: self.spread[noun])
            if len(nouns) < 4:
                continue
            nouns = nouns[: max(4, len(nouns) // 2)]
            chosen = self.chance.sample(nouns, min(len(nouns), self.chance.choice((2, 3, 4))))
            if sum(all(noun in text for noun in chosen) for text in self.text) > 1:
                continue
            words = [changed(noun) if not one or not place else noun for place, noun in enumerate(chosen)]
            english = re.findall(r"(?<![\w/.])[A-Z][A-Za-z]{3,}(?![\w/.])", self.text[number])
            if english and self.chance.random() < 0.4:
                words.insert(self.chance.randrange(len(words) + 1), self.chance.choice(english))
            made.append(Asked(kind=kind, query=" ".join(words), relevant=frozenset({number})))
        return made

    def words(self, kind: str, changed: Callable[[str], str], least: int) -> list[Asked]:
        """One noun of so many syllables at least; every paper that has it answers."""
        nouns = sorted({n for number in self.mine for n, _ in _NOUN.findall(self.text[number])} & self.nouns)
        nouns = [noun for noun in nouns if len(noun) >= least and not noun.endswith("들")]
        chosen = self.chance.sample(nouns, min(len(nouns), self.count // 2))
        return [
            Asked(
                kind=kind,
                query=changed(noun),
                relevant=frozenset(n for n, text in enumerate(self.text) if noun in text.replace(" ", "")),
            )
            for noun in chosen
        ]

    def titles(self) -> list[Asked]:
        made: list[Asked] = []
        for number in self.sample(self.mine):
            words = re.findall(r"[A-Za-z][A-Za-z0-9-]+", self.papers[number].title)
            if len(words) < 4:
                continue
            some = self.chance.sample(words, min(8, len(words)))
            made.append(Asked(kind="title in another order", query=" ".join(some), relevant=frozenset({number})))
            size = self.chance.randint(2, 4)
            starts = [
                at
                for at in range(len(words) - size + 1)
                if any(w.isalpha() and len(w) > 4 for w in words[at : at + size])
            ]
            if not starts:
                continue
            at = self.chance.choice(starts)
            run = words[at : at + size]
            if sum(" ".join(run) in each for each in self.titles_text) > 1:
                continue
            place = self.chance.choice([n for n, word in enumerate(run) if word.isalpha() and len(word) > 4])
            run[place] = latin_typo(run[place], self.chance)
            made.append(Asked(kind="title with a typo", query=" ".join(run), relevant=frozenset({number})))
        return made

    def authors(self) -> list[Asked]:
        made: list[Asked] = []
        by_name: defaultdict[str, set[int]] = defaultdict(set)
        by_initial: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        for number, each in enumerate(self.papers):
            for name in each.authors:
                if found := re.fullmatch(r"([A-Z][a-z]+)(?: [A-Z]\.)* ([A-Z][a-z]{3,})", name):
                    by_name[f"{found[1]} {found[2]}"].add(number)
                    by_initial[found[1][0], found[2]].add(number)
        mine = sorted(name for name, numbers in by_name.items() if min(numbers) in set(self.mine))
        for place, name in enumerate(self.chance.sample(mine, min(len(mine), self.count))):
            first, last = name.split()
            wrap = (lambda text: text) if place % 3 else (lambda text: f'author:"{text}"')
            made.append(Asked(kind="author", query=wrap(name), relevant=frozenset(by_name[name])))
            wrong = first, latin_typo(last, self.chance)
            made.append(Asked(kind="author misspelt", query=wrap(" ".join(wrong)), relevant=frozenset(by_name[name])))
            short = self.chance.choice((f"{first[0]}. {last}", f"{first[0]} {last}", f"{last} {first[0]}."))
            made.append(
                Asked(kind="author by initial", query=wrap(short), relevant=frozenset(by_initial[first[0], last]))
            )
        return made

    def addresses(self) -> list[Asked]:
        made: list[Asked] = []
        for number in self.sample(self.mine):
            found = re.search(r"arxiv\.org/abs/(\d{4}\.\d{5})", self.papers[number].source_url or "")
            if found:
                form = self.chance.choice(
                    ("{}", "arxiv:{}", "https://arxiv.org/abs/{}v2", "https://arxiv.org/pdf/{}.pdf")
                )
                made.append(
                    Asked(kind="arXiv id or address", query=form.format(found[1]), relevant=frozenset({number}))
                )
        return made

    def tags(self) -> list[Asked]:
        made: list[Asked] = []
        grades = json.loads(TAG_GRADES.read_text(encoding="utf-8"))
        for place, (tag, korean) in enumerate(TAGS.items()):
            numbers = frozenset(self.tagged[tag])
            if len(numbers) > 1 and place % 2 == self.half:
                read = grades.get(tag, {})
                on, off = (self.titled(read.get(grade, ())) - numbers for grade in ("on", "off"))
                for kind, query in (
                    ("tag in English", tag.replace("-", " ")),
                    ("tag as a Korean phrase", korean),
                    ("tag with hyphens", tag if "-" in tag else ""),
                ):
                    if query:
                        made.append(Asked(kind=kind, query=query, relevant=numbers, hidden=True, on=on, off=off))
        return made

    def titled(self, beginnings: Sequence[str]) -> frozenset[int]:
        starts = tuple(beginnings)
        return frozenset(n for n, each in enumerate(self.papers) if each.title.startswith(starts))

    def topics(self, kind: str, topics: Sequence[Topic]) -> list[Asked]:
        made: list[Asked] = []
        for query, tags, title in topics[self.half :: 2]:
            numbers = {number for tag in tags for number in self.tagged[tag]}
            if title:
                numbers |= {n for n, each in enumerate(self.papers) if re.search(title, each.title, re.IGNORECASE)}
            if numbers:
                made.append(Asked(kind=kind, query=query, relevant=frozenset(numbers)))
        return made

    def english_topics(self) -> list[Asked]:
        made: list[Asked] = []
        for each in json.loads(ENGLISH_TOPICS.read_text(encoding="utf-8"))[self.name]:
            if numbers := self.titled(each["papers"]):
                made.append(Asked(kind="English topics", query=each["query"], relevant=numbers))
        return made

    def filters(self) -> list[Asked]:
        made: list[Asked] = []
        tags = [tag for tag, numbers in self.tagged.items() if len(numbers) > 1][self.half :: 2]
        people = sorted(
            {
                name
                for n in self.mine
                for name in self.papers[n].authors
                if re.fullmatch("[A-Z][a-z]+ [A-Z][a-z]+", name)
            }
        )
        months = [(2024, month) for month in range(1, 7)]
        for _ in range(self.count):
            tag, other = self.chance.sample(tags, 2)
            year, month = self.chance.choice(months)
            after = date(year, month, 1)
            before = date(year, min(12, month + self.chance.randint(1, 3)), 1)
            person = self.chance.choice(people)
            between = {n for n, each in enumerate(self.papers) if after <= each.date < before}
            # Where the corpus lacks a comma two names are one.
            name = re.compile(rf"\b{person}\b")
            wrote = {n for n, each in enumerate(self.papers) if any(map(name.search, each.authors))}
            period = f"after:{year}-{month:02} before:{before.year}-{before.month:02}"
            query, numbers = self.chance.choice(
                (
                    (f"#{tag}", self.tagged[tag]),
                    (f"#{tag} -#{other}", self.tagged[tag] - self.tagged[other]),
                    (f"#{tag} #{other}", self.tagged[tag] & self.tagged[other]),
                    (f"tag:{tag} or tag:{other}", self.tagged[tag] | self.tagged[other]),
                    (f'author:"{person}"', wrote),
                    (f'author:"{person}" -#{tag}', wrote - self.tagged[tag]),
                    (period, between),
                    (f"#{tag} {period}", self.tagged[tag] & between),
                    (f"(#{tag} or #{other}) {period}", (self.tagged[tag] | self.tagged[other]) & between),
                )
            )
            made.append(Asked(kind="filters", query=query, relevant=frozenset(numbers)))
        return made
