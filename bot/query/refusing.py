"""What is not wanted, in words: `디퓨전 말고 이미지 생성`, `image generation except diffusion`."""

from __future__ import annotations

import re
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
_ELSE: Final = """
다른 다른거 다른것 다른건 딴 딴거 딴것 딴건 방법 방법들 기법 기법들 대안 방법은 방법이 방법도 기법은 기법이
대안은 대안이 건 뭐 뭐가 뭔가 뭐있나 뭐있어 있나 있나요 있어 있어요 있을까 있을까요 있는지 없나 없나요 없어
없을까 없을까요 알려줘 추천 추천해줘 something anything else methods approaches
"""
_SOMETHING_ELSE: Final = FILLERS.union(_ELSE.split())
"""Words that say no more of what is wanted than that it is something else (`DPO 말고 다른 방법`)."""
_AND: Final = frozenset({"and", "및", "그리고"})
_WITH: Final = re.compile("[가-힣a-zA-Z0-9]{2,}(?:와|과|이?랑|하고)")
"""A word with a particle that puts another thing beside it; of one syllable it is hardly one (`결과`)."""


def refusing(query: Query, lexicon: Lexicon) -> Query:
    """The query with what it does not want refused as `-` does, where something else is wanted."""
    match query:
        case Or(queries=queries):
            return disjunction(refusing(part, lexicon) for part in queries)
        case And(queries=queries):
            texts = tuple(map(_text, queries))
            for at, text in enumerate(texts):
                behind = text in REFUSING_BEHIND and not _is_verb(queries[:at], lexicon)
                if behind and (unwanted := _behind(queries[:at], texts[at + 1 :], lexicon)):
                    return _without(queries, unwanted, unwanted[0].start, at + 1, lexicon)
                start = at + max((len(row) for row in REFUSING_AHEAD if texts[at : at + len(row)] == row), default=0)
                if start > at and (unwanted := _ahead(queries, start, texts[:at], lexicon)):
                    return _without(queries, unwanted, at, unwanted[-1].stop, lexicon)
            return query
        case _:
            return query


def _without(queries: Sequence[Query], unwanted: Sequence[range], start: int, end: int, lexicon: Lexicon) -> Query:
    """The rest of a query without what stands from `start` to `end`, and with each of the `unwanted` refused."""
    rest = (*queries[:start], *queries[end:])
    if all(_text(part) in _SOMETHING_ELSE for part in rest):
        # Papers on the alternatives to something speak of it.
        return conjunction(part for part in queries if part not in rest or _text(part) in FILLERS)
    refused = (negation(conjunction(queries[row.start : row.stop])) for row in unwanted)
    return refusing(conjunction((*rest, *refused)), lexicon)


def _behind(queries: Sequence[Query], wanted: Sequence[str], lexicon: Lexicon) -> Sequence[range]:
    """The places of what is not wanted at the end of `queries`, the first one first (`디퓨전이랑 GAN`)."""
    found: list[range] = []
    end = len(queries)
    while size := _size(queries[max(0, end - _LONGEST) : end], wanted, lexicon, behind=True):
        found.insert(0, range(end - size, end))
        before = _text(queries[end - size - 1]) if end > size else ""
        if not _joins(before):
            break
        end -= size + (before in _AND)
    return found


def _ahead(queries: Sequence[Query], start: int, wanted: Sequence[str], lexicon: Lexicon) -> Sequence[range]:
    """The same at `start` and behind it (`diffusion and gan`)."""
    found: list[range] = []
    while size := _size(queries[start : start + _LONGEST], wanted, lexicon, behind=False):
        found.append(range(start, start + size))
        start += size
        if start >= len(queries) or _text(queries[start]) not in _AND:
            break
        start += 1
    return found


def _size(row: Sequence[Query], wanted: Sequence[str], lexicon: Lexicon, *, behind: bool) -> int:
    """How many words at the end of a row, or at its beginning, are what is not wanted: 0 where there is no word. What
    is `wanted` on the other side is refused only together with what stands beside it (`비전 모델 빼고 언어 모델`)."""
    words = [_text(part) for part in row]
    for size in range(len(words), 1, -1):
        near = words[-size:] if behind else words[:size]
        if all(near) and not any(map(_joins, near[:-1])) and lexicon.translations_of(near):
            return size
    for size, word in enumerate(reversed(words) if behind else words, 1):
        if not word or word in REFUSING_BEHIND or word in _AND:
            return 0
        if word not in wanted:
            return size
    return 0


def _joins(word: str) -> bool:
    """Whether what stands beside a word is another thing."""
    return word in _AND or _WITH.fullmatch(word) is not None


def _is_verb(before: Sequence[Query], lexicon: Lexicon) -> bool:
    """Whether what is said is not to do something (`버리지 말고`)."""
    text = _text(before[-1]) if before else ""
    return text.endswith("지") and not lexicon.translations_of((text,))


def _text(query: Query) -> str:
    return query.text if isinstance(query, Word) else ""
