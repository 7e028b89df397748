"""What a query asks for, without the words with which it asks (`recent papers on RLHF`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.query.endings import without_ending
from bot.query.expansion import FILLERS
from bot.query.lexicon import Lexicon
from bot.query.syntax import And, Not, Or, Phrase, Query, Word, conjunction, disjunction

_ASK: Final = """
paper papers article articles recent latest newest please show find list
논문 논문들 최신 최근 찾아줘 찾아주세요 찾아봐 알려줘 알려주세요 보여줘 보여주세요 추천해줘 추천해주세요 검색해줘
있나요 있어 뭐야 뭔가요
"""
_ASKING: Final = frozenset(_ASK.split())
"""Words with which one asks for papers, at either end of a query."""
_WORK: Final = """
research study studies work works method methods technique techniques approach approaches what how why
연구 연구들 기법 기법들 방법 방법들 방법론
"""
_BESIDE_A_TOPIC: Final = _ASKING | frozenset(_WORK.split())
"""The same and words that say nothing more beside a topic (`RLHF 연구`), but may beside anything else."""


def asked_for(query: Query, lexicon: Lexicon) -> Query:
    """The query without words that only ask, where others remain; filters stay. Doing it twice changes nothing."""
    match query:
        case And(queries=queries) if not any(isinstance(part, Phrase | Or) for part in queries):
            words = [part for part in queries if isinstance(part, Word)]
            others = [part for part in queries if not isinstance(part, Word)]
            inner = _inner(words, lexicon)
            if len(inner) == len(words) or not (inner or any(not isinstance(part, Not) for part in others)):
                return query
            return conjunction((*inner, *others))
        case Or(queries=queries):
            return disjunction(asked_for(part, lexicon) for part in queries)
        case _:
            return query


def _inner(words: Sequence[Word], lexicon: Lexicon) -> Sequence[Word]:
    sure, perhaps = _without(words, _ASKING), _without(words, _BESIDE_A_TOPIC)
    if len(perhaps) == len(words):
        return words
    for those in (words, sure):
        texts = [word.text for word in those]
        if texts and (lexicon.related_to(texts) or lexicon.translations_of(texts)):
            return those  # `deep research` is a topic itself
    return perhaps if perhaps and lexicon.related_to([word.text for word in perhaps]) else sure


def _without(words: Sequence[Word], asking: frozenset[str]) -> Sequence[Word]:
    """The words between those that ask and the small ones beside them; all where none asks."""
    start, end = 0, len(words)
    while start < end and _is_of(words[start], asking | FILLERS):
        start += 1
    while end > start and _is_of(words[end - 1], asking | FILLERS):
        end -= 1
    return words[start:end] if any(_is_of(word, asking) for word in (*words[:start], *words[end:])) else words


def _is_of(word: Word, those: frozenset[str]) -> bool:
    return word.text in those or without_ending(word.text) in those
