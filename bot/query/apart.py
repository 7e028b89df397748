"""Words that somebody wrote together, apart: `VLM은`, `RLHF논문`, `보상모델앙상블`, `강화학습ㅋㅋ`.

Particles stay on Korean words, whose endings do not matter anyway; behind a Latin word or a number (`라마3는`) they
would hide its translations. A short word that the dictionary has as one stays one; of a long one the words count too,
which side by side have the translations of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from bot.query.amounts import amount
from bot.query.endings import is_ending
from bot.query.hangul import STRAY, plain_letters
from bot.query.lexicon import Lexicon
from bot.query.syntax import And, Not, Nothing, Or, Query, Word, conjunction, disjunction, negation, word_form
from bot.query.terms import units
from bot.query.time_words import says_time

_SHORTEST: Final = 2
"""Letters of a word that is taken for one: `3배` stays as it is."""
_LONG: Final = 6
"""Syllables from which on a word of the dictionary is taken apart too, where the words of it are there as well."""
_MOST: Final = 3
"""Korean words that are written together."""
_LAUGHTER: Final = re.compile("(?P<said>[^ㄱ-ㅣ]*)(?:[ㅋㅎㅠㅜㅡ]{2,}|(?<=[가-힣])[ㅋㅎㅠㅜ])")
"""Letters that say how somebody feels, behind a word or instead of one."""
_PAPERS: Final = re.compile(
    "(?P<topic>[가-힣]{2,}?)(?P<related>관련)?(?P<papers>논문(?:들?[을이은는도만]?|들))(?P<asked>(?:좀|찾|추천|알려|보여|검색|있)[가-힣]*)?"
)
"""A topic with words behind it that ask for papers on it (`도메인적응논문찾아줘`)."""

_WAY: Final = re.compile("(?P<what>[가-힣]+는)(?P<way>법)[을이은]?")
"""A verb and the way to do it (`환각 줄이는법`)."""


def apart(query: Query, lexicon: Lexicon) -> Query:
    """The query with such words one by one. Doing it twice changes nothing."""
    match query:
        case Word(text=text):
            return query if text.isascii() else _apart(text, lexicon, lexicon.glossary.version)
        case And(queries=queries):
            parts = tuple(apart(part, lexicon) for part in queries)
            return query if parts == queries else conjunction(parts)
        case Or(queries=queries):
            return disjunction(apart(part, lexicon) for part in queries)
        case Not(query=inner):
            refused = apart(inner, lexicon)
            return query if isinstance(refused, Nothing) else negation(refused)
        case _:
            return query


@lru_cache(maxsize=1 << 12)
def _apart(text: str, lexicon: Lexicon, _: int) -> Query:
    plain = plain_letters(text)
    if felt := _LAUGHTER.fullmatch(plain):
        form = word_form(felt["said"])
        return apart(Word(form), lexicon) if form else conjunction(())
    if STRAY.search(plain) or says_time(text):
        return Word(text)
    if counted := amount((plain,)):
        return Word(word_form(counted.text) or text)
    runs = list(units(text))
    if len(runs) == 1 and len(text) < _LONG and lexicon.translations_of((text,)):
        return Word(text)
    if len(runs) == 1:
        return conjunction(map(Word, _of_syllables(text, lexicon) if runs[0].syllabic else (text,)))
    kept = [run for place, run in enumerate(runs) if place == 0 or not (run.syllabic and is_ending(run.text))]
    if len(kept) > 1 and not all(_is_word(run.text) for run in kept):
        form = word_form(text[: kept[-1].start + len(kept[-1].text)])
        return Word(form or text)
    forms = [word_form(run.text) for run in kept]
    return conjunction(apart(Word(form), lexicon) for form in forms) if all(forms) else Word(text)


def _is_word(run: str) -> bool:
    """Whether a run of letters says something by itself, as no number and no single letter does (`라마3`)."""
    return len(run) >= _SHORTEST and run.isalpha()


def _of_syllables(run: str, lexicon: Lexicon) -> Sequence[str]:
    """A row of syllables as the words that the dictionary has, where it is made of them."""
    if (asked := _PAPERS.fullmatch(run)) and not lexicon.translations_of((asked["topic"] + "논문",)):
        return (*_of_syllables(asked["topic"], lexicon), *filter(None, asked.groups()[1:]))
    if way := _WAY.fullmatch(run):
        return way.groups()
    if len(run) < 2 * _SHORTEST:
        return (run,)
    return next((row for row in _rows(run, lexicon, _MOST) if len(row) > 1 or len(run) < _LONG), (run,))


def _rows(run: str, lexicon: Lexicon, most: int) -> Iterator[tuple[str, ...]]:
    """The ways to write a row of syllables as words of the dictionary, those with a long first word first."""
    if lexicon.translations_of((run,)):
        yield (run,)
    if most == 1:
        return
    for size in range(len(run) - _SHORTEST, _SHORTEST - 1, -1):
        if lexicon.translations_of((run[:size],)):
            for rest in _rows(run[size:], lexicon, most - 1):
                yield (run[:size], *rest)
