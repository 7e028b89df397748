"""The stems of Latin words: one for all forms of a word, and for what Britain and America write differently."""

from __future__ import annotations

import re
import threading
from functools import cache, lru_cache
from typing import Final

import Stemmer

LONGEST_TERM: Final = 64

_PLAIN: Final = re.compile(r"[a-z]{3,}")
_MAY_BE_BRITISH: Final = re.compile(
    r"is(?:e[drs]?|ers|ing|able|ations?|ational)$|our|lys|ll(?:ed|ing|er)|tre|efact|ogue"
)
# What both sides write alike is left alone: `supervise`, `promise`, `precise`, `noise`, `exercise`, `analyses`.
_BRITISH: Final = (
    (
        re.compile(
            r"(?<=[a-z]{4})(?<![aouvwc])(?<!pr)(?<!rom)(?<!em)(?<!ert)(?<!nd)(?<!ch)(?<!ad)"
            r"is(?=(?:e[drs]?|ers|ing|able|ations?|ational)$)"
        ),
        "iz",
    ),
    (re.compile(r"(?<=analy)s(?=(?:e[dr]?|ers|ing)$)"), "z"),
    (re.compile(r"(col|fav|flav|hon|lab|hum|rig|vig|harb|behavi|neighb|endeav)our"), r"\1or"),
    (re.compile(r"(model|label|signal|travel|cancel|channel|tunnel|level|equal)l(?=ed|ing|er)"), r"\1"),
    (re.compile(r"(?<=cen)tr(?=e[ds]?$)"), "ter"),
    (re.compile(r"(dial|catal)ogue"), r"\1og"),
    (re.compile(r"^artefact"), "artifact"),
)
_FORMS: Final = {
    "corpus": "corpora",
    "matrix": "matrices",
    "index": "indices",
    "vertex": "vertices",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "hypothesis": "hypotheses",
    "analysis": "analyses",
    "synthesis": "syntheses",
    "optimum": "optima",
    "minimum": "minima",
    "maximum": "maxima",
    "spectrum": "spectra",
    "automaton": "automata",
    "stimulus": "stimuli",
    "curriculum": "curricula",
    "decompose": "decomposition decompositions",
    "explain": "explanation explanations",
    "acquire": "acquisition",
    "convert": "conversion conversions",
    "attention": "attend attends attended attending",
    "benchmark": "bench",
    "safe": "safety",
    "honest": "honesty",
    "private": "privacy",
    "prove": "proof proofs prover provers",
}
"""Forms of a word that a stemmer does not bring together; benchmarks are called `WildBench`."""
_FORM_OF: Final = {form: word for word, forms in _FORMS.items() for form in forms.split()}
_BACK: Final = (("iz", "is"), ("yz", "ys"), ("or", "our"), ("ter", "tr"), ("artifact", "artefact"))
"""What the rules leave of a word that a stem's letters would not be found in."""


_stemmers: Final = threading.local()  # a Stemmer is not safe to share between threads


@lru_cache(maxsize=1 << 14)
def stem(word: str) -> str:
    """The stem of a folded word; anything that is not plain Latin letters is its own stem."""
    if not _PLAIN.fullmatch(word):
        return word[:LONGEST_TERM]
    stemmer = getattr(_stemmers, "porter", None)
    if stemmer is None:
        stemmer = _stemmers.porter = Stemmer.Stemmer("porter")
    stemmed: str = stemmer.stemWord(_FORM_OF.get(word) or american(word[:LONGEST_TERM]))
    return stemmed


def american(word: str) -> str:
    """A small Latin word as it is written in America, where Britain writes it in another way (`optimisation`)."""
    if _MAY_BE_BRITISH.search(word):
        for british, spelling in _BRITISH:
            word = british.sub(spelling, word)
    return word


_CHANGED: Final = re.compile("[il]$|[^aeiou]e$")


def _spellings(core: str) -> tuple[str, ...]:
    """How the letters of a stem may be written, here and in Britain."""
    found = [core]
    for here, there in _BACK:
        for before, sign, after in [spelling.rpartition(here) for spelling in found]:
            if sign:
                found.append(before + there + after)
    return tuple(found)


@cache
def _irregular() -> dict[str, list[str]]:
    """By stem: the forms whose letters are others than its own."""
    return {stem(word): forms.split() for word, forms in _FORMS.items()}


def cores_of_stem(stemmed: str) -> tuple[str, ...]:
    """Letters of which one row at least stands in every word that has a stem.

    The stemmer changes or adds at most the last letter of a stem, an `i`, an `l`, or an `e` behind a consonant, and the
    last two of one in `ble` (`probable` is what it makes of `probability`).
    """
    if len(stemmed) == 2 and stemmed[1] == "i":
        return stemmed, stemmed[0] + "y"  # which it may have been
    if not _PLAIN.fullmatch(stemmed):
        return (stemmed.partition(".")[0] if "." in stemmed else stemmed,)
    core = stemmed[: -2 if stemmed.endswith("ble") else -1] if _CHANGED.search(stemmed) else stemmed
    return (*_spellings(core), *_irregular().get(stemmed, ()))
