"""Syllables and their letters: initial consonants, single letters for typos, and the two keyboards. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS: Final = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_FIRST: Final = 0xAC00
_LAST: Final = 0xD7A3
_SINGLE: Final = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ", "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ",
    "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ",
}  # fmt: skip
_DOUBLE: Final = {letters: letter for letter, letters in _SINGLE.items()}
_KEYS: Final = dict(
    zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        "qwertyuiopasdfghjklzxcvbnmQWERTOP",
        strict=True,
    )
)
_LETTERS: Final = {key: letter for letter, key in _KEYS.items()}
# NFKC turns the letters of a keyboard into the parts of syllables; this turns them back.
_FROM_PARTS: Final = {unicodedata.normalize("NFKC", each): each for each in dict.fromkeys((*LEADS, *VOWELS, *_SINGLE))}
INITIALS: Final = re.compile(f"[{LEADS}{unicodedata.normalize('NFKC', LEADS)}]{{2,12}}")
"""A word of initial consonants only, as typed or after NFKC."""
STRAY: Final = re.compile("[ㄱ-ㅣ]")
"""A letter of a keyboard that is in no syllable."""


def parts(syllable: str) -> tuple[int, int, int]:
    """The numbers of a syllable's lead, vowel and tail (0 for none)."""
    number = ord(syllable) - _FIRST
    return number // 588, number % 588 // 28, number % 28


def syllable(lead: int, vowel: int, tail: int) -> str:
    """The syllable of these parts."""
    return chr(_FIRST + lead * 588 + vowel * 28 + tail)


def is_syllable(letter: str) -> bool:
    return "가" <= letter <= "힣"


class _Initials(dict[int, str]):
    """The initial consonants of syllables as they are met, for `str.translate`; what is no letter here stays."""

    def __missing__(self, code: int) -> str:
        if not _FIRST <= code <= _LAST:
            raise LookupError(code)
        self[code] = LEADS[(code - _FIRST) // 588]
        return self[code]


class _Letters(dict[int, str]):
    """The same for all letters of a syllable, one by one."""

    def __missing__(self, code: int) -> str:
        if not _FIRST <= code <= _LAST:
            raise LookupError(code)
        lead, vowel, tail = parts(chr(code))
        typed = (LEADS[lead], VOWELS[vowel], TAILS[tail] if tail else "")
        self[code] = "".join(_SINGLE.get(each, each) for each in typed)
        return self[code]


_PLAIN: Final = {ord(part): letter for part, letter in _FROM_PARTS.items()}
_INITIALS: Final = _Initials(_PLAIN)
_TYPED: Final = _Letters({ord(each): typed for each, typed in _SINGLE.items()})
_TYPED.update({part: _SINGLE.get(letter, letter) for part, letter in _PLAIN.items()})


def plain_letters(text: str) -> str:
    """The parts of syllables that stand alone, as the letters of a keyboard."""
    return text.translate(_PLAIN)


def initials(text: str) -> str:
    """The initial consonant of each syllable; other letters stay."""
    return text.translate(_INITIALS)


def letters(text: str) -> str:
    """The single letters of a text as they are typed, so that one wrong letter is one edit."""
    return text.translate(_TYPED)


def as_typed_in_english(text: str) -> str | None:
    """What somebody typed whose keyboard was left in Korean; None where it cannot have been typed."""
    keys = [_KEYS.get(letter, letter) for letter in letters(text)]
    typed = "".join(keys)
    return typed.casefold() if typed.isascii() else None


def as_typed_in_korean(text: str) -> str | None:
    """The syllables that these keys give on a Korean keyboard; None where letters are left that make none."""
    row = [_LETTERS.get(key) or _LETTERS.get(key.lower()) for key in text]
    typed = compose("".join(letter for letter in row if letter)) if all(row) else ""
    return typed if typed and all(map(is_syllable, typed)) else None


def compose(row: str) -> str:
    """Syllables out of single letters, as an input method makes them; what makes none stays alone."""
    made: list[str] = []
    at = 0
    while at < len(row):
        lead = LEADS.find(row[at])
        vowel, size = _vowel(row, at + 1)
        if lead < 0 or not size:
            made.append(row[at])
            at += 1
            continue
        at += 1 + size
        tail = ""
        for length in (2, 1):
            letter = _DOUBLE.get(row[at : at + 2], "") if length == 2 else row[at : at + 1]
            follows_vowel = _vowel(row, at + length)[1] > 0
            if not letter or letter not in TAILS:
                continue
            if not follows_vowel:
                tail, at = letter, at + length
                break
            if length == 2:
                tail, at = row[at], at + 1  # the second consonant begins the next syllable
                break
        made.append(syllable(lead, vowel, TAILS.index(tail) if tail else 0))
    return "".join(made)


def _vowel(row: str, at: int) -> tuple[int, int]:
    """The number of the vowel that stands there, and how many letters it takes."""
    for size in (2, 1):
        letter = _DOUBLE.get(row[at : at + 2]) if size == 2 else row[at : at + 1]
        if letter and letter in VOWELS:
            return VOWELS.index(letter), size
    return 0, 0


def near_syllables(each: str) -> Iterator[str]:
    """Every syllable with one other part."""
    lead, vowel, tail = parts(each)
    for other in range(len(LEADS)):
        if other != lead:
            yield syllable(other, vowel, tail)
    for other in range(len(VOWELS)):
        if other != vowel:
            yield syllable(lead, other, tail)
    for other in range(len(TAILS)):
        if other != tail:
            yield syllable(lead, vowel, other)


_NAMES_OF_LETTERS: Final = """
a 에이, b 비, c 씨, c 시, d 디, e 이, f 에프, g 지, h 에이치, h 에이취, i 아이, j 제이, k 케이, l 엘, m 엠, n 엔, o 오,
p 피, q 큐, r 알, r 아르, s 에스, t 티, u 유, v 브이, w 더블유, w 더블류, x 엑스, y 와이, z 제트, z 지트
"""
_LETTER_NAMES: Final = {name: letter for letter, name in map(str.split, _NAMES_OF_LETTERS.split(","))}
_MOST_LETTERS: Final = 6
_IN_WORDS: Final = frozenset(["비", "시", "디", "이", "지", "아이", "오", "피", "티", "유"])
"""Names of letters of which other words are made as well (`비디오`)."""
_LETTER: Final = "|".join(sorted(_LETTER_NAMES, key=len, reverse=True))
_CLEAR: Final = "|".join(name for name in _LETTER_NAMES if name not in _IN_WORDS)
_ABBREVIATION: Final = re.compile(rf"(?=(?:{_LETTER})*?(?!엔$)(?:{_CLEAR}))(?:{_LETTER}){{3,}}")
"""Names of letters, of which one makes no other words and is no particle at the end."""


def letter_names(word: str) -> Iterator[str]:
    """The abbreviations that a Korean word spells out letter by letter (`에스에프티`)."""
    yield from _spelt_out(word, _MOST_LETTERS) if len(word) >= 3 else ()


@lru_cache(maxsize=1 << 12)
def abbreviation(word: str) -> str:
    """The three letters or more that a Korean word spells out, without what may be stuck to them: `알엔엔` of
    `알엔엔에서`, empty for other words.

    Two names of letters are particles too: `이` after a consonant, where no vowel may stand before it (`엘엘엠이`), and
    `엔` after three letters or more unless it is doubled (`브이엘엠엔`, but `알씨엔엔`).
    """
    if not (found := _ABBREVIATION.match(word)):
        return ""
    name = found[0]
    bare = name[:-1]
    before = _ABBREVIATION.fullmatch(bare)
    if name[-1] == "이" and parts(bare[-1])[2]:
        return bare if before else ""
    return bare if before and name[-1] == "엔" != bare[-1] else name


def _spelt_out(rest: str, most: int) -> Iterator[str]:
    if not rest:
        yield ""
    for size in (1, 2, 3) if rest and most else ():
        if letter := _LETTER_NAMES.get(rest[:size]):
            for others in _spelt_out(rest[size:], most - 1):
                yield letter + others


# --- sounds -------------------------------------------------------------------------------------------------

_LEAD_SOUNDS: Final = "KKNTTLMPPSS-SSSKTP-"
_TAIL_SOUNDS: Final = "-KKKNNNTLLLLLLLLMPPTTNTTKTPT"
_VOWEL_SOUNDS: Final = (
    "a", "e", "ya", "ye", "e", "e", "ye", "ye", "o", "wa", "we", "we", "yo", "u", "we", "we", "wi", "yu", "", "wi", "i",
)  # fmt: skip
_LATIN_SOUNDS: Final = tuple(
    (sign, re.compile(pattern), sound)
    for sign, pattern, sound in (
        ("ator", r"ator(?=s?$)", "eiter"),
        ("ion", r"(?<=[td])ion|[sct]ion|sion", "SeN"), ("ial", r"tial|cial", "SeL"), ("ture", r"ture", "Se"),
        ("igh", r"igh", "i"),
        ("", r"gh(?=t)|(?<=i)g(?=n)|^k(?=n)|^g(?=n)|^w(?=r)|^p(?=s)|b$(?<=mb)", ""),
        ("ph", r"ph", "P"), ("h", r"tch|ch|sh", "S"), ("ck", r"ck", "K"), ("qu", r"qu", "Kw"), ("th", r"th", "S"),
        ("x", r"x", "KS"), ("dge", r"dge", "S"), ("c", r"c(?=[eiy])", "S"), ("ng", r"ng(?![aeiouy])", "N"),
        ("e", r"(?<!r)e$", ""), ("r", r"r(?![aeiouy])", ""), ("re", r"re$", "r"),
    )
)  # fmt: skip
"""A sign without which a pattern need not be tried, a pattern, and what it sounds like."""
_LOAN_TAILS: Final = "\0ㄱㄴㄹㅁㅂㅅㅇ"
_DOUBLE_LEADS: Final = "ㄲㄸㅃㅆㅉ"
_NO_LATIN: Final = re.compile("[^a-z]")
_CONSONANTS: Final = str.maketrans("bpvftdckgqszjlrmn", "PPPPTTKKKKSSSLLMN", "h")
_VOWELS: Final = (
    ("oo", "u"),
    ("ee", "i"),
    ("ea", "i"),
    ("ou", "au"),
    ("ow", "au"),
    ("ai", "ei"),
    ("ay", "ei"),
    ("y", "i"),
)
_SOFT_G: Final = re.compile(r"g(?=[eiy])")
_HARD_CH: Final = re.compile(r"(?<=[ae])ch(?=[aio])|(?<=r)ch(?=i)|ch(?=[rl])")
_DOUBLED: Final = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 14)
def latin_sounds(word: str) -> tuple[str, ...]:
    """How a Latin word may sound to a Korean ear, capitals for consonants; several where spelling leaves it open."""
    spelt = {word, _SOFT_G.sub("j", word), word.replace("th", "t"), _HARD_CH.sub("k", word)}
    if word.endswith("s"):
        spelt |= {each[:-1] for each in spelt}  # a loan word is singular
    return tuple(dict.fromkeys(map(_latin_sound, sorted(spelt))))


def _latin_sound(word: str) -> str:
    word = _NO_LATIN.sub("", word)
    for sign, pattern, sound in _LATIN_SOUNDS:
        if sign in word:
            word = pattern.sub(sound, word)
    word = word.translate(_CONSONANTS)
    for spelt, sound in _VOWELS:
        word = word.replace(spelt, sound)
    return _DOUBLED.sub(r"\1", word)


_OF_NAMES: Final = tuple(
    (re.compile(pattern), other)
    for pattern, other in (
        ("j", "y"), ("^x", "s"), ("q(?!u)", "ch"), ("ch", "k"), ("(?<!r)e$", "eh"), ("ng(?=[aeiouyw])", "n")
    )
)  # fmt: skip


@lru_cache(maxsize=1 << 11)
def name_sounds(word: str) -> tuple[str, ...]:
    """How a word of a person's name may sound, as some languages have it too (`Jakob`, `Qi`, `Seungone`)."""
    spelt = dict.fromkeys((word, *(pattern.sub(other, word) for pattern, other in _OF_NAMES)))
    return tuple(dict.fromkeys(sound for each in spelt for sound in latin_sounds(each)))


def hangul_sound(word: str) -> str:
    """How a Korean word sounds, in the letters of `latin_sounds`; the mute `ㅡ` of loan words is left out."""
    found: list[str] = []
    for each in word:
        lead, vowel, tail = parts(each)
        found += (_LEAD_SOUNDS[lead].strip("-"), _VOWEL_SOUNDS[vowel], _TAIL_SOUNDS[tail].strip("-"))
    return _DOUBLED.sub(r"\1", "".join(found))


def may_be_loan(word: str) -> bool:
    """Whether a Korean word is spelt as loan words are: seven consonants at the end of a syllable, and no double one at
    its beginning but the `ㅆ` with which people write English words (`쓰레드`).

    https://korean.go.kr/kornorms/regltn/regltnView.do?regltn_code=0003 (외래어 표기법)
    """
    for place, each in enumerate(word):
        lead, _, tail = parts(each)
        if TAILS[tail] not in _LOAN_TAILS or (LEADS[lead] in _DOUBLE_LEADS and (place or LEADS[lead] != "ㅆ")):
            return False
    return True


_VOWELS_HEARD: Final = str.maketrans("ayw", "eiu")


def heard(sound: str) -> str:
    """The sound of a name as it is compared, for vowels are written as one likes (`얀`, `이안`)."""
    return sound.translate(_VOWELS_HEARD)


def skeleton(sound: str) -> str:
    """The consonants of a sound."""
    return _DOUBLED.sub(r"\1", "".join(letter for letter in sound if letter.isupper()))


def skeletons(word: str) -> tuple[str, ...]:
    """The consonants of a Latin word, those of two at least."""
    found = dict.fromkeys(skeleton(sound) for sound in latin_sounds(word))
    return tuple(each for each in found if len(each) >= 2)
