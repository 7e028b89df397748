"""The terms of a text: what the index stores, what `matches` looks at, and what a query is turned into.

Latin words are case-folded, freed of diacritics, spelled as in America and stemmed. A compound (`FlashAttention-3`)
gives its pieces and its joined form: pieces at hyphens stand at positions of their own, so that `flash attention` is
next to each other in `flash-attention`; pieces at CamelCase and digits share one position, so that `LLaMA 2` and
`llama 2` are the same phrase, and the name without its number is there too (`internvideo` of `InternVideo2`).
A Greek letter that is a sign is read as its name, so that `π0` and `pi0` are one word.
Hangul is cut into overlapping pairs of syllables, each syllable one position wide. All are loose pairs (`~` before
them), which also bridge a space, because spacing is a matter of taste in Korean; words of three syllables and more ask
for them. Where a run begins or ends, with its ending or without, stands a plain pair, for which a word of two syllables
asks (`언어` in `언어모델은`, but no `화학` in `강화학습`), and a run that is nothing but two syllables and an ending is
a whole word (`=` before it): such words are asked for by translations, which do not mean what others begin with. The
first syllable of a run is a term too, so that a word of one syllable can be asked for.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Final, NamedTuple

from bot.query.endings import is_ending, without_ending
from bot.query.stems import LONGEST_TERM, cores_of_stem, stem

TERMS_VERSION: Final = 9
"""Grows with every change of what this file, `stems` and `endings` make of a text: an index of another version is
built anew."""

VALUE_GAP: Final = 16
"""Positions between two values of a field (paragraphs, authors): no phrase reaches across."""
PART_GAP: Final = 1_000
"""The same between parts of one text that are not next to each other, for phrases of any length."""

LOOSE: Final = "~"
WHOLE: Final = "="
_MARKS: Final = LOOSE + WHOLE
_LAST_SIGN: Final = 0xD7FF
"""The last character before those that stand for no letter."""
MOST_RUNS: Final = 1 << 15
"""Runs of letters whose terms are remembered at once."""
MOST_WORDS: Final = 1 << 12
"""The same for words that are several runs, of texts that are shown."""

_SYLLABLE: Final = "가-힣"
_LETTER: Final = rf"[^\W\d_{_SYLLABLE}]"
_PIECE: Final = rf"(?:\d+(?:[.,]\d+)*+|{_LETTER})++(?:['’]{_LETTER}++)*+"
_HYPHEN: Final = "[-_‐‑‒–−]"
# Most words are plain: what comes first decides them in half the time, and alike.
_PLAIN_RUN: Final = rf"[A-Za-z]++(?![\d\-_']|[^\x00-\x7f{_SYLLABLE}])"
_RUN: Final = re.compile(rf"{_PLAIN_RUN}|{_PIECE}(?:{_HYPHEN}{_PIECE})*+|[{_SYLLABLE}]++")
_SYLLABLES: Final = re.compile(f"[{_SYLLABLE}]+")
_PIECES: Final = re.compile(_PIECE)
CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[^\d.,])(?=\d)|(?<=\d)(?=[^\d.,])")
"""Where a piece of a compound has parts."""
_NUMBERED: Final = re.compile(r"([A-Za-z]{2,})\d[\d.]*")
SIMPLE: Final = re.compile("[A-Z]?[a-z]+|[A-Z]+")
"""A word that has no pieces and no marks: most of them."""
EDGES: Final = ".,:;!?()[]\"'"
"""Marks around a word that are no part of it."""
SIMPLE_ROW: Final = re.compile(f"(?:{SIMPLE.pattern})(?: (?:{SIMPLE.pattern}))*")
"""Such words with single spaces between them."""
_POSSESSIVE: Final = re.compile(r"['’]s$", re.IGNORECASE)
_MAY_BE_MARKED: Final = re.compile(rf"[^\x00-\x7f\u2010-\u2027{_SYLLABLE}]")
# With the syllable before it, which parts of a syllable may be joined to.
_MARKED_RUN: Final = re.compile(rf"[{_SYLLABLE}]?{_MAY_BE_MARKED.pattern}+")
_UNDECOMPOSED: Final = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
)
_GREEK_NAMES: Final = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi
psi omega
"""
_GREEK: Final = {
    letter: name
    for small, name in zip("αβγδεζηθικλμνξοπρςστυφχψω", _GREEK_NAMES.split(), strict=True)
    for letter, name in ((small.upper(), name.capitalize()), (small, name))
}
_SIGN: Final = re.compile("[Ͱ-Ͽἀ-῿](?<![Ͱ-Ͽἀ-῿]{2})(?![Ͱ-Ͽἀ-῿])")
"""A Greek letter with none beside it; several are a Greek word."""


Token = tuple[str, int]
"""A term, and its position among the terms."""


class Unit(NamedTuple):
    """A run of letters of one kind: a compound of Latin pieces or an unbroken row of syllables."""

    text: str
    start: int
    syllabic: bool


def normal(text: str) -> str:
    """NFKC, which the spans of tokens refer to."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def fold(text: str) -> str:
    """NFKC, case-folded, diacritics taken off Latin letters; folding twice changes nothing."""
    return normal(_bare(normal(text)).casefold())


def _bare(text: str) -> str:
    if text.isascii() or not _MAY_BE_MARKED.search(text):
        return text
    return _MARKED_RUN.sub(_unmarked, text)


def _unmarked(found: re.Match[str]) -> str:
    decomposed = unicodedata.normalize("NFD", found[0].translate(_UNDECOMPOSED))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def with_names(text: str) -> str:
    """A NFKC text with the name of each Greek letter that is a sign in its place: `muP` for `μP`."""
    return text if text.isascii() or not _SIGN.search(text) else _SIGN.sub(_name, text)


def _name(sign: re.Match[str]) -> str:
    return _GREEK.get(unicodedata.normalize("NFD", sign[0])[0], sign[0])


def units(text: str) -> Iterator[Unit]:
    """The runs of letters of an NFKC text, in order."""
    for run in _RUN.finditer(text):
        yield Unit(run[0], run.start(), _is_syllabic(run[0]))


def _is_syllabic(run: str) -> bool:
    return "가" <= run[0] <= "힣"


def pieces(compound: str) -> list[str]:
    """The pieces of a compound, split at its hyphens."""
    return _PIECES.findall(compound)


def piece_terms(piece: str) -> tuple[str, ...]:
    """The terms of one piece: the whole first, then its parts where CamelCase or digits split it."""
    if SIMPLE.fullmatch(piece):
        return (stem(piece.lower()),)
    whole = _whole(piece)
    parts = [whole] if len(whole) == 1 or (whole.isalpha() and whole.islower()) else CAMEL.split(whole)
    terms = [_stem_of(whole)]
    if len(parts) > 1:
        terms += (_stem_of(part) for part in parts)
    return tuple(dict.fromkeys(terms))


def _whole(piece: str) -> str:
    """A piece in Latin letters, without a possessive and without marks."""
    return _bare(with_names(_POSSESSIVE.sub("", piece))).replace("'", "").replace("’", "")


def _name_term(piece: str) -> str:
    """What a name of several parts is called without its number (`internvideo` of `InternVideo2`), "" for others."""
    named = _NUMBERED.fullmatch(with_names(piece))
    return _stem_of(named[1]) if named and CAMEL.search(named[1]) else ""


def joined_term(compound: str) -> str:
    """The term of a compound written without its hyphens; a mark stays between digits (`gpt-3-5` is no `gpt35`)."""
    joined = ""
    for piece in pieces(compound):
        whole = _whole(piece)
        joined += "." + whole if joined[-1:].isdigit() and whole[:1].isdigit() else whole
    return _stem_of(joined)


def _stem_of(word: str) -> str:
    word = word.casefold()
    return stem(word.replace(",", "") if "," in word else word)


class _TermsOfRun(dict[str, tuple[tuple[Token, ...], int]]):
    """By run, as runs are met: its terms, and its width in positions."""

    def __missing__(self, run: str) -> tuple[tuple[Token, ...], int]:
        parts, width = _parts_of(run)
        if len(self) >= MOST_RUNS:
            self.clear()
        known = self[run] = tuple((term, at) for term, at, _, _ in parts), width
        return known


_TERMS_OF_RUN: Final = _TermsOfRun()


def tokens(values: Iterable[str]) -> list[Token]:
    """The terms of a field with one or several values."""
    found: list[Token] = []
    position = 0
    for value in values:
        for run, bridge in _runs(normal(value)):
            if bridge:
                found.append((LOOSE + bridge, position - 1))
            known, width = _TERMS_OF_RUN[run]
            for term, at in known:
                found.append((term, position + at))
            position += width
        position += VALUE_GAP
    return found


def _runs(text: str) -> Iterable[tuple[str, str]]:
    """The runs of a NFKC text, each with the two syllables on either side of the space before it, if there are."""
    return zip(_RUN.findall(text), repeat("")) if text.isascii() else _bridged(text)


def _bridged(text: str) -> Iterator[tuple[str, str]]:
    last, last_end = "", 0  # of a row of syllables
    for match in _RUN.finditer(text):
        run = match[0]
        if _is_syllabic(run):
            yield run, last + run[0] if last and text[last_end : match.start()].isspace() else ""
            last, last_end = run[-1], match.end()
        else:
            yield run, ""
            last = ""


_Part = tuple[str, int, int, int]
"""A term, its position, and where the letters that it stands for begin and end."""


def terms_of_word(word: str, wanted: Container[str]) -> tuple[list[_Part], int]:
    """The terms of a NFKC text without spaces that are `wanted`, and its width in positions. A text is made of these,
    and of the loose pairs that bridge a space between two words, where the first ends and the second begins with a
    syllable."""
    bare = word.strip(EDGES)
    if SIMPLE.fullmatch(bare):
        term = stem(bare.lower())
        start = word.index(bare)
        return [(term, 0, start, start + len(bare))] if term in wanted else [], 1
    if _SYLLABLES.fullmatch(bare):
        start = word.index(bare)
        syllables = _syllable_terms(bare)
        found = [(term, at, start + begin, start + end) for term, at, begin, end in syllables if term in wanted]
        return found, len(bare)
    parts, width = _terms_of_other(word)
    return [part for part in parts if part[0] in wanted], width


@lru_cache(maxsize=MOST_WORDS)
def _terms_of_other(word: str) -> tuple[tuple[_Part, ...], int]:
    found: list[_Part] = []
    position = 0
    for match in _RUN.finditer(word):
        start = match.start()
        parts, width = _parts_of(match[0])
        found += ((term, position + at, start + begin, start + end) for term, at, begin, end in parts)
        position += width
    return tuple(found), position


def _parts_of(run: str) -> tuple[Sequence[_Part], int]:
    """The terms of a run, and its width in positions."""
    return (_syllable_terms(run), len(run)) if _is_syllabic(run) else _compound_terms(run)


def _syllable_terms(run: str) -> list[_Part]:
    parts = [(run[0], 0, 0, 1)]
    bare = len(without_ending(run))
    edges = (0, bare - 2, len(run) - 2)
    for at in range(len(run) - 1):
        pair = run[at : at + 2]
        parts += [(pair, at, at, at + 2)] if at in edges else []
        parts.append((LOOSE + pair, at, at, at + 2))
    if len(run) == 2 or (len(run) > 2 and (bare == 2 or is_ending(run[2:]))):
        parts.append((WHOLE + run[:2], 0, 0, 2))
    return parts


def _compound_terms(run: str) -> tuple[list[_Part], int]:
    if SIMPLE.fullmatch(run):
        return [(stem(run.lower()), 0, 0, len(run))], 1
    found = list(_PIECES.finditer(run))
    parts: list[_Part] = [(joined_term(run), 0, 0, len(run))] if len(found) > 1 else []
    for at, piece in enumerate(found):
        those = filter(None, (*piece_terms(piece.group()), _name_term(piece.group())))
        parts += ((term, at, piece.start(), piece.end()) for term in those)
    return parts, len(found)


def sign(term: str) -> str:
    """A term in one character; a pair of syllables has the same one in whatever way it stands, and any other two terms
    in one case of fifty-five thousand."""
    return chr(1 + zlib.crc32(term.lstrip(_MARKS).encode()) % _LAST_SIGN)


class _Signs(dict[str, str]):
    """By run, as runs are met: the signs of its terms."""

    def __missing__(self, run: str) -> str:
        if len(self) >= MOST_RUNS:
            self.clear()
        known = self[run] = "".join([sign(term) for term, _ in _TERMS_OF_RUN[run][0]])
        return known


_SIGNS: Final = _Signs()


def signs(text: str) -> str:
    """The signs of all terms of a text, each once: a fraction of its letters, and soon searched."""
    if text.isascii():  # as most texts are, and in half the time
        return "".join(dict.fromkeys("".join(map(_SIGNS.__getitem__, _RUN.findall(text)))))
    found: list[str] = []
    for run, bridge in _bridged(normal(text)):
        if bridge:
            found.append(sign(bridge))
        found.append(_SIGNS[run])
    return "".join(dict.fromkeys("".join(found)))


_INSIDE: Final = "-_‐‑‒–−'’,"
_INSIDE_PLAIN: Final = "-_',"


def letters_of(text: str) -> str:
    """A NFKC text in which the `cores` of each of its terms stand, found without looking for the terms themselves."""
    plain = text.isascii()
    letters = text.lower() if plain else _bare(with_names(text)).casefold()
    for mark in _INSIDE_PLAIN if plain else _INSIDE:
        letters = letters.replace(mark, "")
    return letters


@lru_cache(maxsize=1 << 12)
def cores(term: str) -> tuple[str, ...]:
    """Letters of which one row at least stands in the `letters_of` a text (its spaces single) that has a term."""
    if term[0] == LOOSE:
        return term[1:], f"{term[1]} {term[2]}"
    if term[0] == WHOLE:
        return (term[1:],)
    return cores_of_stem(term)


def terms(text: str) -> list[str]:
    """The terms of a text, in the order of their positions."""
    return [term for term, _ in tokens((text,))]


def name_tokens(names: Iterable[str]) -> list[Token]:
    """The terms by which authors are looked up: whole words, no stems, hyphens as spaces, and initials (`z.`).

    An initial inside a name takes no position of its own, so that `Sida Wang` is found in `Sida I. Wang`, and the
    initials of a first name with a hyphen stand together, so that `M.-W. Chang` and `M. Chang` are in `Ming-Wei Chang`.
    """
    found: list[Token] = []
    start = 0
    for name in names:
        position = -1
        for compound in name.split():
            before: list[str] = []
            for word in name_words(compound):
                if position < 0 or len(word) > 1:
                    position += 1
                if len(word) > 1:
                    found.append((word[:LONGEST_TERM], start + position))
                initial = word[0] + "."
                found += ((other, start + position) for other in (*before, initial))
                before.append(initial)
        start += position + 1 + VALUE_GAP
    return list(dict.fromkeys(found))


def name_words(name: str) -> list[str]:
    """The words of a person's name, folded; an apostrophe joins (`O'Brien`), everything else separates."""
    return re.findall(r"[^\W_]+", re.sub(r"['’`]", "", fold(name)))
