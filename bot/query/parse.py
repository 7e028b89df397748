"""A person's line as a query. It never fails: what cannot be understood is searched for as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from typing import Final

from bot.query.levels import MAX_WORDS, Level, close_last
from bot.query.lexicon import Lexicon, tag_slug
from bot.query.sources import source_key
from bot.query.syntax import (
    FIRST_YEAR,
    KEY,
    KEYS,
    LAST_YEAR,
    MAX_PHRASE,
    OR_WORDS,
    QUOTES,
    After,
    And,
    Author,
    Before,
    Everything,
    Not,
    Nothing,
    Or,
    Phrase,
    Query,
    Source,
    Tag,
    Word,
    conjunction,
    disjunction,
    name_form,
    negation,
    phrase_form,
    word_form,
)
from bot.query.terms import normal, units
from bot.query.time_words import DAY, FULL, MONTH, SHORT, days_of, said_by

MAX_LINE: Final = 20_000
"""Letters of a line that are read; the rest is cut."""
MAX_PARTS: Final = 64
"""Words, phrases and filters of a query; the rest is cut."""
MAX_DEPTH: Final = 8
"""Brackets within brackets; deeper ones count as spaces."""

_A_MONTH: Final = f"(?:{MONTH})"
_A_DAY: Final = f"(?:{DAY})"
_KOREAN_DAY: Final = f"{_A_MONTH}월[ ]?{_A_DAY}일"
_A_TIME: Final = (
    rf"(?:20[0-4]\d|[1-4]\d(?=년))(?:년도?(?:[ ]?(?:{_KOREAN_DAY}|{_A_MONTH}월))?"
    rf"|(?P<{{}}>[-./]){_A_MONTH}(?:(?P={{}}){_A_DAY})?)?(?!\d)"
)
_TO: Final = r"(?:부터)?(?:\s*+[~〜∼]\s*+|\s*+[-−‐‑‒–—]\s++)"
_A_NAME: Final = f"(?:{FULL}|{SHORT})"
_FROM_TO: Final = (
    rf"(?:{_A_TIME.format('dot', 'dot')}{_TO}{_A_TIME.format('point', 'point')}"
    rf"|(?:20[0-4]\d|[1-4]\d)년[ ]?{_KOREAN_DAY}{_TO}(?:{_KOREAN_DAY}|{_A_DAY}일)"
    rf"|(?:20[0-4]\d|[1-4]\d)년[ ]?{_A_MONTH}월?{_TO}{_A_MONTH}월(?![ ]?{_A_DAY}일))(?:까지)?"
    rf"|{_A_NAME}{_TO}{_A_NAME}(?=,?[ ]20[0-4]\d)"
)
"""Two times with spaces around the sign between them, which is no minus."""
_LEXEME: Final = re.compile(
    rf"""(?P<open>\() | (?P<close>\)) | (?P<bar>\|+)
    | (?P<minus>[-−‐‑–—](?=[^\s)|])) | "(?P<quoted>[^"]*)"
    | (?P<key>{KEY})[ ]{{0,3}}(?:"(?P<value>[^"]*)(?:"|$) | \((?P<group>[^()]*)\) | (?P<bare>[^\s()"|]+))
    | \#"(?P<hashquoted>[^"]*)" | \#\((?P<hashgroup>[^()]*)\)
    | (?P<row>{_FROM_TO})(?=[,.;:!?]*+(?:[\s()"|]|$))
    | (?P<word>\#[^\W_][^\s()"|\#,]*(?=\#[^\W_])|(?:(?!,(?:{KEY}|\#))[^\s()"|])+) | (?P<stray>")""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_FILTER: Final = re.compile(
    r"(?:title|제목|abstract|초록|venue|sort|order|lang|language|from|to):(?=[\"(]?\w)", re.IGNORECASE
)
"""What people take for a filter that there is not; a title has a space behind its colon."""
_TAG_WORDS: Final = re.compile(r"#[^\s()\"|#:]+(?: [^\W_][^\s()\"|#:]*){1,3}")
"""A tag's name with spaces (`#state space model`), as far as it may go."""
_OF_A_TAG: Final = re.compile(r"[^\W_][^\s()\"|#:]*")
_SHORT_YEAR: Final = re.compile("['‘’]([1-4][0-9])[,.;:!?]*")
_CODE: Final = re.compile(r"(?<!\S)`+([^`]+)`+(?!\S)")
_HALF_LETTER: Final = re.compile("[\ud800-\udfff]")
_WRAPPING: Final = "[]<>{}.,;"
_DAY: Final = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?\.?")
_NO_INITIALS: Final = r"(?!\s*[a-z]\b[.\s-]*(?:[a-z]\b[.\s-]*)*(?:$|[,|]|or\s))"
_OR: Final = re.compile(rf"\s*(?:\||,{_NO_INITIALS})+\s*|\s+(?:or|또는|혹은)\s+", re.IGNORECASE)
_AND: Final = re.compile(r"\s+(?:and\s+|&+\s*)|\s+(?=[-−‐‑–—]\S)", re.IGNORECASE)
_ARXIV: Final = range(7, 50)
"""Where a number of four digits is no year of ours, the years of which arXiv writes a month so (`2402`)."""
_OPERATORS: Final = re.compile(r"\b(?:OR|AND|NOT)\b|[|&]")
_SHOUTED: Final = 5
_IN_A_ROW: Final = 4
"""Words of a line in capitals, and of them without an operator between, from which on its `NOT` is a word like the
others: a title from a paper's first page."""
_ASIDE: Final = re.compile(r'"[^"]*"|\||(?<!\S)(?:or|또는|혹은)(?!\S)', re.IGNORECASE)
"""Between what is written in a row: operators that any prose may have, and phrases, which are as long as they like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A query and what the person should know about how it was read.

    Notes are stable codes: `cut` (the line was too long, its end is not searched), `date` (a date that is none was
    searched as it stands), `brackets` (brackets or quotation marks did not match or went too deep and were
    passed over), `filter` (there is no such filter, and it was searched as it stands).
    """

    query: Query
    notes: tuple[str, ...] = ()
    no_dates: tuple[str, ...] = ()
    """The parts of the line that were to be dates, as they were written."""
    no_filters: tuple[str, ...] = ()
    """What was to be the names of filters, as they were written."""

    def about(self, note: str) -> str:
        """The parts of the line that a note is about."""
        return ", ".join({"date": self.no_dates, "filter": self.no_filters}.get(note, ()))


def parse(line: str, lexicon: Lexicon) -> Query:
    """Read a line; never raises. See `parse_noted` for what a person should be told about it."""
    return parse_noted(line, lexicon).query


def parse_noted(line: str, lexicon: Lexicon) -> Parsed:
    """Read a line in time linear in its length, with notes."""
    notes: dict[str, list[str]] = {}
    text = normal(_HALF_LETTER.sub(" ", line[:MAX_LINE]).translate(QUOTES)).translate(QUOTES)
    if len(line) > MAX_LINE or len(text) > MAX_LINE:
        notes.setdefault("cut", [])
        text = normal(text[:MAX_LINE])
    if text.strip() == "*":
        return Parsed(query=Everything())
    text = _CODE.sub(r"\1", text)
    pasted = _most_in_a_row(_ASIDE, text) > MAX_WORDS
    operators = not pasted and not _is_shouted(text)
    levels = [Level()]
    end = len(text.rstrip(' )"'))
    negated, ignored, parts, at = False, 0, 0, 0
    while found := _LEXEME.search(text, at):
        at = found.end()
        kind = found.lastgroup
        word = found.group()
        top = levels[-1]
        if kind == "minus" or (word == "NOT" and operators):
            negated = not negated
        elif kind == "open":
            if len(levels) > MAX_DEPTH:
                ignored += 1
                notes.setdefault("brackets", [])
            else:
                levels.append(Level(negated=negated, before=top.words))
            negated = False
        elif kind == "close":
            negated = False
            if ignored:
                ignored -= 1
            elif len(levels) > 1:
                close_last(levels)
            else:
                notes.setdefault("brackets", [])
        elif kind == "stray":
            notes.setdefault("brackets", [])
        elif (kind == "bar" and not pasted) or (word.casefold() in OR_WORDS and operators):
            negated = False
            top.end_alternative()
        elif word in ("AND", "&", "&&") and operators:
            negated = False
        else:
            leaf, count = _leaf(found, lexicon, notes, room=min(MAX_PARTS - parts, MAX_WORDS - top.words))
            if spaced := _spaced_tag(text, found.start(), lexicon):
                leaf, at = spaced  # behind the words of its name
            parts += count
            if not top.takes(negation(leaf) if negated else leaf):
                notes.setdefault("cut", [])
            negated = False
            if parts >= MAX_PARTS:
                if found.end() < end:
                    notes.setdefault("cut", [])
                break
    if len(levels) > 1:
        notes.setdefault("brackets", [])
    while len(levels) > 1:
        close_last(levels)
    query = levels[0].close()
    while (whole := _with_whole_tags(query, lexicon)) != query:
        query = whole
    return Parsed(
        query=query,
        notes=tuple(notes),
        no_dates=tuple(notes.get("date", ())),
        no_filters=tuple(dict.fromkeys(notes.get("filter", ()))),
    )


def _is_shouted(text: str) -> bool:
    capitals = text.isascii() and text.isupper() and len(text.split()) >= _SHOUTED
    return capitals and _most_in_a_row(_OPERATORS, text) >= _IN_A_ROW


def _most_in_a_row(between: re.Pattern[str], text: str) -> int:
    return max(len(row.split()) for row in between.split(text))


def _leaf(found: re.Match[str], lexicon: Lexicon, notes: dict[str, list[str]], *, room: int) -> tuple[Query, int]:
    """One lexeme as a query, and how many parts it has."""
    if found.lastgroup == "word" and (text := found["word"]).isalpha() and (form := word_form(text)):
        return Word(form), 1
    quoted = found["quoted"]
    if quoted is not None:
        return _phrase(quoted, notes), 1
    if found["hashquoted"] is not None:
        return _tag(found["hashquoted"], lexicon), 1
    if found["hashgroup"] is not None:
        return _group("tag", found["hashgroup"], lexicon)
    key = KEYS.get((found["key"] or "").casefold().removesuffix(":"))
    if key is not None:
        if found["group"] is not None:
            filters = _group(key, found["group"], lexicon)
        else:
            if found["value"] is not None and not found[0].endswith('"'):
                notes.setdefault("brackets", [])
            filters = _filter(key, found["value"] or found["bare"] or "", lexicon), 1
        if not isinstance(filters[0], Nothing) or key in ("tag", "author"):
            return filters
        notes.setdefault("date", []).append(found.group())
        return _phrase(found.group(), notes), 1  # its words one by one would find anything
    text = found.group()
    if text == "*":
        return Everything(), 1
    if text.startswith("#") and (slug := tag_slug(text, lexicon)):
        return Tag(slug), 1
    if source := source_key(text.strip(_WRAPPING)):
        return Source(source), 1
    if other := _NO_FILTER.match(found.string, found.start()):
        notes.setdefault("filter", []).append(other[0])
    if found.lastgroup == "row":
        text = "".join(text.split())
    elif year := _SHORT_YEAR.fullmatch(text):
        text = f"20{year[1]}"
    words = _words(text, room)
    return conjunction(words), max(1, len(words))


def _spaced_tag(text: str, at: int, lexicon: Lexicon) -> tuple[Tag, int] | None:
    """A known tag whose name stands there with spaces in it, and where it ends."""
    found = _TAG_WORDS.match(text, at)
    words = found[0].split(" ") if found else []
    for size in range(len(words), 1, -1):
        row = " ".join(words[:size])
        if (slug := tag_slug(row, lexicon)) in lexicon.names:
            return Tag(slug), at + len(row)
    return None


def _with_whole_tags(query: Query, lexicon: Lexicon) -> Query:
    """A query in which a tag and the words behind it are the one tag that they name: so they are read when the query is
    written down."""
    match query:
        case And(queries=queries):
            return conjunction(_whole_tags(queries, lexicon))
        case Or(queries=queries):
            return disjunction(_with_whole_tags(part, lexicon) for part in queries)
        case Not(query=inner):
            return negation(_with_whole_tags(inner, lexicon))
        case _:
            return query


def _whole_tags(queries: Sequence[Query], lexicon: Lexicon) -> Iterator[Query]:
    at = 0
    while at < len(queries):
        part = queries[at]
        at += 1
        tag = part.query if isinstance(part, Not) else part
        if not isinstance(tag, Tag):
            yield _with_whole_tags(part, lexicon)
            continue
        size, named = _named_by(tag, queries[at : at + 3], lexicon)
        yield negation(named) if isinstance(part, Not) else named
        at += size


def _named_by(tag: Tag, behind: Sequence[Query], lexicon: Lexicon) -> tuple[int, Tag]:
    """How many of the words behind a tag belong to its name, and the tag that they name together."""
    words = [part.text for part in takewhile(lambda part: isinstance(part, Word), behind) if isinstance(part, Word)]
    words = [*takewhile(_OF_A_TAG.fullmatch, words)]
    for size in range(len(words), 0, -1):
        if (slug := tag_slug(" ".join((tag.slug, *words[:size])), lexicon)) in lexicon.names:
            return size, Tag(slug)
    return 0, tag


def _group(key: str, text: str, lexicon: Lexicon) -> tuple[Query, int]:
    """`tag:(rlhf or moe -vision)`: one filter for each of its names, which a word or a sign puts apart."""
    ways = [
        [_refused(key, each, lexicon) for each in _AND.split(way) if each.strip()]
        for way in _OR.split(text)[:MAX_PARTS]
    ]
    return disjunction(map(conjunction, ways)), max(1, sum(map(len, ways)))


def _refused(key: str, text: str, lexicon: Lexicon) -> Query:
    bare = text.strip().lstrip("-−‐‑–—")
    value = _filter(key, bare, lexicon)
    return negation(value) if bare != text.strip() else value


def _filter(key: str, value: str, lexicon: Lexicon) -> Query:
    """A field and its value; nothing where the value is none."""
    match key:
        case "tag":
            return _tag(value, lexicon)
        case "author":
            name = name_form(value)
            return Author(name) if name else conjunction(())
        case "year" | "date":
            first, behind = _span(value) or (None, None)
            if first is None or behind is None or behind.year > LAST_YEAR:
                return conjunction(())
            whole = (first.month, first.day) == (behind.month, behind.day) == (1, 1)
            return conjunction((After(first), Before(behind))) if whole or key == "date" else conjunction(())
        case _:
            span = _span(value)
            return conjunction(()) if span is None else After(span[0]) if key == "after" else Before(span[0])


def _words(text: str, room: int) -> list[Query]:
    """A run of letters as a word, or as its several words where one word could not be written again."""
    if form := word_form(text):
        return [Word(form)]
    words: list[Query] = []
    for run, _, _ in units(text):
        if source := source_key(run):
            words.append(Source(source))
        elif form := word_form(run):
            words.append(Word(form))
    return words[:room]


def _phrase(text: str, notes: dict[str, list[str]]) -> Query:
    if len(text) > MAX_PHRASE:
        notes.setdefault("cut", [])
    form = phrase_form(text)
    return Phrase(form) if form else conjunction(())


def _tag(raw: str, lexicon: Lexicon) -> Query:
    slug = tag_slug(raw, lexicon)
    return Tag(slug) if slug else conjunction(())


def _span(text: str) -> tuple[date, date] | None:
    """The first day of `2024-03-01`, `2024-03`, `2024`, of the month that arXiv writes `2403`, or of what says a time
    among words (`2024년 3월`, `2024Q1`), and the day behind what that is."""
    text = text.strip().rstrip(",;")
    found = _DAY.fullmatch(text)
    if not found:
        said = said_by("".join(text.casefold().split()))
        return days_of(said) if said.year and not said.side else None
    year, month, day = (int(each or 1) for each in found.groups())
    if not (FIRST_YEAR <= year <= LAST_YEAR or found[2]) and year // 100 in _ARXIV:
        year, month = 2000 + year // 100, year % 100
        of_month = True
    else:
        of_month = found[2] is not None
    try:
        first = date(year, month, day)
    except ValueError:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if found[3]:
        return first, first + timedelta(days=1)
    return first, date(year + month // 12, month % 12 + 1, 1) if of_month else date(year + 1, 1, 1)
