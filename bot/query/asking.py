"""What a query asks for, without the words with which it asks (`recent papers on RLHF`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.query.endings import without_ending
from bot.query.expansion import FILLERS
from bot.query.lexicon import Lexicon
from bot.query.syntax import And, Everything, Not, Or, Phrase, Query, Word, conjunction, disjunction


def _words(row: str) -> frozenset[str]:
    return frozenset(row.split())


_ASKING: Final = _words(
    """
    paper papers article articles recent latest newest please show find me related
    논문 논문들 최신 최근 찾아줘 찾아주세요 찾아봐 알려줘 알려주세요 보여줘 보여주세요 추천해줘 추천해주세요 검색해줘
    있나요 있나 있어 있지 있을까 뭐 뭐야 뭔가요 좀 그 관련해 관련해서 관련한 관해 대해서
    """
)
"""Words with which one asks for papers, at either end of a query."""
_BEFORE: Final = _words(
    "looking research study studies work works method methods technique techniques approach approaches"
)
"""Words that ask at the beginning where a small one follows (`methods for …`)."""
_BEHIND: Final = _words("연구 연구들 동향 기법 기법들 방법 방법들 방법론 다룬 다루는 다뤄진 하는 해 하지 하나요")
"""Words that ask at the end (`… 연구`)."""
_BESIDE_A_TOPIC: Final = _ASKING | _BEFORE | _words("what how why")
"""Words that say nothing more beside a topic (`RLHF research`), but may beside anything else."""
_BEFORE_PAPERS: Final = _words("new best good interesting important 새 새로운")
"""Words that ask before one that asks (`new papers on …`), and may say something elsewhere."""
_NEWEST: Final = _words("recent latest newest new 최신 최근 새 새로운")
"""Words that ask for what is new, where nothing else is said (`최신 논문`)."""
_AFTER_PAPERS: Final = _words("추천 자료")
"""The same behind one that asks or a small one (`… 논문 추천`, `… 관련 자료`)."""


def asked_for(query: Query, lexicon: Lexicon) -> Query:
    """The query without words that only ask, where others remain; filters stay. Doing it twice changes nothing.

    Where none remain and what is new was asked for, that is every paper: the newest come first.
    """
    match query:
        case And(queries=queries) if any(isinstance(part, Phrase | Or) for part in queries):
            return query
        case Word() | And():
            parts = query.queries if isinstance(query, And) else (query,)
            words = [part for part in parts if isinstance(part, Word)]
            others = [part for part in parts if not isinstance(part, Word)]
            inner = _inner(words, lexicon)
            if len(inner) == len(words):
                return query
            if inner or any(not isinstance(part, Not) for part in others):
                return conjunction((*inner, *others))
            return conjunction((Everything(), *others)) if _asks_for_newest(words) else query
        case Or(queries=queries):
            return disjunction(asked_for(part, lexicon) for part in queries)
        case _:
            return query


def _inner(words: Sequence[Word], lexicon: Lexicon) -> Sequence[Word]:
    sure, perhaps = _without(words, _ASKING), _without(words, _BESIDE_A_TOPIC)
    if len(perhaps) == len(words):
        return words
    if not perhaps and _asks_for_newest(words):
        return ()
    for those in (words, sure):
        texts = [word.text for word in those]
        if texts and (lexicon.related_to(texts) or lexicon.translations_of(texts)):
            return those  # `deep research` is a topic itself
    return perhaps if perhaps and lexicon.related_to([word.text for word in perhaps]) else sure


def _asks_for_newest(words: Sequence[Word]) -> bool:
    return any(word.text in _NEWEST for word in words)


def _without(words: Sequence[Word], asking: frozenset[str]) -> Sequence[Word]:
    """The words between those that ask and the small ones beside them; all where none asks."""
    behind = asking | _BEHIND
    # Endings are taken from the words of the lists alone: `논문을`.
    texts = [bare if (bare := without_ending(word.text)) in behind else word.text for word in words]
    start, end, asks = 0, len(texts), False
    while start < end:
        follows = texts[start + 1] if start + 1 < end else ""
        first = (
            texts[start] in asking
            or (texts[start] in _BEFORE and follows in FILLERS)
            or (texts[start] in _BEFORE_PAPERS and follows in asking)
        )
        if not first and texts[start] not in FILLERS:
            break
        start, asks = start + 1, asks or first
    while end > start:
        before = texts[end - 2] if end - 1 > start else ""
        last = texts[end - 1] in behind or (texts[end - 1] in _AFTER_PAPERS and (before in asking or before in FILLERS))
        if not last and texts[end - 1] not in FILLERS:
            break
        end, asks = end - 1, asks or last
    return words[start:end] if asks else words
