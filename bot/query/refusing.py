"""What is not wanted, in words: `디퓨전 말고 이미지 생성`, `image generation except diffusion`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.query.expansion import FILLERS
from bot.query.lexicon import Lexicon
from bot.query.syntax import (
    REFUSING_AHEAD,
    REFUSING_BEHIND,
    And,
    Or,
    Query,
    Word,
    conjunction,
    disjunction,
    negation,
)

_LONGEST: Final = 3
"""Words of what is not wanted, where the dictionary knows them together; otherwise it is one."""


def refusing(query: Query, lexicon: Lexicon) -> Query:
    """The query with what it does not want refused as `-` does, where something else is wanted."""
    match query:
        case Or(queries=queries):
            return disjunction(refusing(part, lexicon) for part in queries)
        case And(queries=queries):
            for at, part in enumerate(queries):
                if _text(part) in REFUSING_BEHIND and not _is_verb(queries[:at], lexicon):
                    row = queries[max(0, at - _LONGEST) : at]
                    size = _size(row, _texts(queries[at + 1 :]), lexicon, behind=True)
                    if size:
                        return _without(queries, at - size, at, at + 1, lexicon)
                ahead = max(
                    (len(row) for row in REFUSING_AHEAD if _texts(queries[at : at + len(row)]) == row), default=0
                )
                row = queries[at + ahead : at + ahead + _LONGEST] if ahead else ()
                size = _size(row, _texts(queries[:at]), lexicon, behind=False)
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


def _size(row: Sequence[Query], wanted: Sequence[str], lexicon: Lexicon, *, behind: bool) -> int:
    """How many words at the end of a row, or at its beginning, are what is not wanted: 0 where there is no word. What
    is `wanted` on the other side is refused only together with what stands beside it (`비전 모델 빼고 언어 모델`)."""
    words = [_text(part) for part in row]
    for size in range(len(words), 1, -1):
        near = words[-size:] if behind else words[:size]
        if all(near) and lexicon.translations_of(near):
            return size
    for size, word in enumerate(reversed(words) if behind else words, 1):
        if not word or word in REFUSING_BEHIND:
            return 0
        if word not in wanted:
            return size
    return 0


def _is_verb(before: Sequence[Query], lexicon: Lexicon) -> bool:
    """Whether what is said is not to do something (`버리지 말고`)."""
    text = _text(before[-1]) if before else ""
    return text.endswith("지") and not lexicon.translations_of((text,))


def _texts(queries: Sequence[Query]) -> tuple[str, ...]:
    return tuple(map(_text, queries))


def _text(query: Query) -> str:
    return query.text if isinstance(query, Word) else ""
