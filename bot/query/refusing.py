"""What is not wanted, in words: `디퓨전 말고 이미지 생성`, `image generation except diffusion`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.query.expansion import FILLERS
from bot.query.lexicon import Lexicon
from bot.query.syntax import And, Or, Query, Word, conjunction, disjunction, negation

_BEHIND: Final = frozenset(("말고", "말고는", "빼고", "빼고는", "제외", "제외하고", "제외하고는", "제외한"))
"""Words behind what is not wanted."""
_AHEAD: Final = (("except",), ("except", "for"), ("excluding",), ("other", "than"))
"""Words ahead of it."""
_LONGEST: Final = 3
"""Words of what is not wanted, where the dictionary knows them together; otherwise it is one."""


def refusing(query: Query, lexicon: Lexicon) -> Query:
    """The query with what it does not want refused as `-` does, where something else is wanted."""
    match query:
        case Or(queries=queries):
            return disjunction(refusing(part, lexicon) for part in queries)
        case And(queries=queries):
            for at, part in enumerate(queries):
                if _text(part) in _BEHIND and not _is_verb(queries[:at], lexicon):
                    size = _size(queries[max(0, at - _LONGEST) : at], lexicon, behind=True)
                    if size:
                        return _without(queries, at - size, at, at + 1, lexicon)
                ahead = max((len(row) for row in _AHEAD if _texts(queries[at : at + len(row)]) == row), default=0)
                size = _size(queries[at + ahead : at + ahead + _LONGEST], lexicon, behind=False) if ahead else 0
                if size:
                    return _without(queries, at + ahead, at + ahead + size, at, lexicon)
            return query
        case _:
            return query


def _without(queries: Sequence[Query], start: int, end: int, other: int, lexicon: Lexicon) -> Query:
    """The rest of a query without what stands from `start` to `end`; `other` is the end or the start of the words that
    say so."""
    rest = (*queries[: min(start, other)], *queries[max(end, other) :])
    if all(_text(part) in FILLERS for part in rest):
        return conjunction(queries)
    return refusing(conjunction((*rest, negation(conjunction(queries[start:end])))), lexicon)


def _size(row: Sequence[Query], lexicon: Lexicon, *, behind: bool) -> int:
    """How many words at the end of a row, or at its beginning, are what is not wanted: 0 where there is no word."""
    words = [_text(part) for part in row]
    for size in range(len(words), 1, -1):
        near = words[-size:] if behind else words[:size]
        if all(near) and lexicon.translations_of(near):
            return size
    return int(bool(words) and words[-1 if behind else 0] != "")


def _is_verb(before: Sequence[Query], lexicon: Lexicon) -> bool:
    """Whether what is said is not to do something (`버리지 말고`)."""
    text = _text(before[-1]) if before else ""
    return text.endswith("지") and not lexicon.translations_of((text,))


def _texts(queries: Sequence[Query]) -> tuple[str, ...]:
    return tuple(map(_text, queries))


def _text(query: Query) -> str:
    return query.text if isinstance(query, Word) else ""
