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
    "analysis": "analyses analyze analyzes analyzed analyzing analyzer analyzers",
    "synthesis": "syntheses synthesize synthesizes synthesized synthesizing synthesizer synthesizers",
    "optimum": "optima",
    "minimum": "minima",
    "maximum": "maxima",
    "spectrum": "spectra",
    "automaton": "automata",
    "stimulus": "stimuli",
    "curriculum": "curricula",
    "biases": "bias",
    "focuses": "focus",
    "decompose": "decomposition decompositions",
    "compose": "composition compositions compositional compositionally compositionality",
    "explain": "explanation explanations explanatory",
    "acquire": "acquisition acquisitions",
    "convert": "conversion conversions",
    "reduce": "reduction reductions",
    "expand": "expansion expansions",
    "describe": "description descriptions descriptive",
    "perceive": "perception perceptual",
    "fuse": "fusion",
    "evolve": "evolution evolutionary",
    "retain": "retention",
    "intervene": "intervention interventions",
    "repeat": "repetition repetitions repetitive",
    "discover": "discovery discoveries",
    "recover": "recovery recoveries",
    "summarize": "summary summaries",
    "abstain": "abstention",
    "attention": "attend attends attended attending",
    "benchmark": "bench",
    "safe": "safety",
    "honest": "honesty",
    "novel": "novelty",
    "private": "privacy",
    "sparse": "sparsity sparsify sparsifying sparsified sparsification",
    "stable": "stability stabilities stabilize stabilizes stabilized stabilizing stabilization",
    "unstable": "instability instabilities",
    "uncertain": "uncertainty uncertainties",
    "hierarchical": "hierarchy hierarchies",
    "symmetric": "symmetry symmetries",
    "geometric": "geometry geometries",
    "topological": "topology topologies",
    "theoretical": "theory theories",
    "historical": "history",
    "biological": "biology",
    "chemical": "chemistry",
    "molecular": "molecule molecules",
    "medical": "medicine",
    "scientific": "science sciences",
    "financial": "finance",
    "binary": "binarize binarized binarizing binarization",
    "anomaly": "anomalies anomalous",
    "noise": "noisy",
    "bayesian": "bayes",
    "prove": "proven proof proofs prover provers",
    "math": "maths mathematics mathematical mathematically mathematician mathematicians",
    "create": "creation creations",
    "guide": "guidance",
    "constrain": "constraint constraints",
    "compare": "comparison comparisons",
    "automatic": "automate automates automated automating",
    "difficult": "difficulty difficulties",
    "dimension": "dimensional dimensionality",
    "route": "router routers",
    "plan": "planner planners",
    "sample": "sampler samplers",
    "grade": "grader graders",
    "draft": "drafter drafters",
    "solve": "solver solvers",
    "parse": "parser parsers",
    "cite": "citation citations",
    "detect": "detector detectors",
    "predict": "predictor predictors",
    "extract": "extractor extractors",
    "select": "selector selectors",
    "compress": "compressor compressors",
    "recognize": "recognition",
    "judge": "judgment judgments judgement judgements",
    "defend": "defense defenses defence defences defensive",
    "fail": "failure failures",
    "mix": "mixture mixtures",
    "autonomous": "autonomy",
    "curious": "curiosity",
    "infinite": "infinity infinitely",
    "parameterize": "parametrization parametrizations parametrize parametrizes parametrized parametrizing",
    "forget": "forgot forgotten",
    "freeze": "froze frozen",
    "write": "wrote written",
    "speak": "spoke spoken",
    "teach": "taught",
    "learn": "learnt learner learners",
    "build": "built",
    "mislead": "misled",
    "child": "children",
    "large": "larger largest",
    "small": "smaller smallest",
    "long": "longer longest",
    "short": "shorter shortest",
    "high": "higher highest",
    "low": "lower lowest",
    "fast": "faster fastest",
    "slow": "slower slowest",
    "deep": "deeper deepest",
    "wide": "wider widest",
    "strong": "stronger strongest",
    "weak": "weaker weakest",
    "cheap": "cheaper cheapest",
    "simple": "simpler simplest",
    "easy": "easier easiest",
    "hard": "harder hardest",
    "smart": "smarter smartest",
    "few": "fewer fewest",
}
"""Forms of a word that a stemmer does not bring together; benchmarks are called `WildBench`."""
APART: Final = {
    "active": "actively",
    "activation": "activations activate activates activated activating",
    "adapter": "adapters adaptor adaptors",
    "adaptive": "adaptively adaptivity",
    "alternative": "alternatives alternatively",
    "animal": "animals",
    "clipping": "clipped",
    "collective": "collectively",
    "communication": "communications communicate communicates communicated communicating communicative",
    "competitive": "competitively competitiveness",
    "comprehension": "comprehend comprehends comprehending",
    "computer": "computers",
    "consistent": "consistently consistency consistencies",
    "continuous": "continuously continuity",
    "contrastive": "contrastively",
    "conversation": "conversations conversational",
    "critical": "critically",
    "decoder": "decoders",
    "direction": "directions directional directionality",
    "differential": "differentially",
    "distributed": "",
    "effective": "effectively effectiveness",
    "emergent": "emergence",
    "encoder": "encoders",
    "experience": "experiences experienced experiencing",
    "extension": "extensions extend extends extended extending",
    "formalize": "formalizes formalized formalizing formalization formalizations",
    "general": "generally generality generic",
    "generalize": "generalizes generalized generalizing generalization generalizations generalizable generalizability",
    "grounding": "groundings grounded",
    "helpful": "helpfully helpfulness",
    "informal": "informally",
    "initialize": "initializes initialized initializing initialization initializations",
    "international": "internationally",
    "interpreter": "interpreters",
    "localize": "localizes localized localizing localization localizations",
    "majority": "majorities",
    "maximal": "maximally",
    "minimal": "minimally",
    "multiply": "multiplies multiplied multiplying multiplication multiplications multiplicative",
    "news": "",
    "normalize": "normalizes normalized normalizing normalization normalizations",
    "numerous": "",
    "objective": "objectives",
    "operator": "operators",
    "optimal": "optimally optimality",
    "optimizer": "optimizers",
    "organism": "organisms",
    "perceiver": "perceivers",
    "performer": "performers",
    "personality": "personalities",
    "personalize": "personalizes personalized personalizing personalization",
    "positive": "positives positively",
    "processing": "",
    "ranking": "rankings ranker rankers",
    "reasonable": "reasonably",
    "reasoning": "reasoner reasoners",
    "regularize": "regularizes regularized regularizing regularizer regularizers regularization regularizations",
    "reinforce": "reinforces reinforced reinforcing",
    "relative": "relatively",
    "responsible": "responsibly responsibility",
    "serving": "",
    "setting": "settings",
    "severe": "severely severity",
    "specialize": "specializes specialized specializing specialization specializations",
    "tokenize": "tokenizes tokenized tokenizing tokenizer tokenizers tokenization tokenizations",
    "transformer": "transformers",
    "truthful": "truthfully truthfulness",
    "university": "universities",
    "useful": "usefulness usefully",
    "utility": "utilities",
    "variational": "variationally",
    "visualize": "visualizes visualized visualizing visualization visualizations",
}
"""Words that a stemmer takes for forms of others with another sense (`optimal` and `optimizer`, `generalize` and
`generate`, `contrastive` and `in contrast`), and the forms that belong to each. Such a word is its own stem, so it is
none that the stemmer makes of other words."""
_FORM_OF: Final = {form: word for word, forms in _FORMS.items() for form in forms.split()}
_OWN: Final = {form: word for word, forms in APART.items() for form in (word, *forms.split())}
_BACK: Final = (("iz", "is"), ("yz", "ys"), ("or", "our"), ("ter", "tr"), ("artifact", "artefact"))
"""What the rules leave of a word that a stem's letters would not be found in."""

_MADE: Final = re.compile("(?<=[a-z]{2})ifications?$")
"""What a stemmer does not bring together with the verb: `classification` and `classify`."""

_stemmers: Final = threading.local()  # a Stemmer is not safe to share between threads


@lru_cache(maxsize=1 << 14)
def stem(word: str) -> str:
    """The stem of a folded word; anything that is not plain Latin letters is its own stem."""
    if not _PLAIN.fullmatch(word):
        return word[:LONGEST_TERM]
    stemmer = getattr(_stemmers, "porter", None)
    if stemmer is None:
        stemmer = _stemmers.porter = Stemmer.Stemmer("porter")
    plain = _MADE.sub("ify", american(word[:LONGEST_TERM]))
    if own := _OWN.get(plain):
        return own
    stemmed: str = stemmer.stemWord(_FORM_OF.get(plain, plain))
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
        for before, _, after in [spelling.rpartition(here) for spelling in found if here in spelling]:
            found.append(before + there + after)
    return tuple(found)


@cache
def _irregular() -> dict[str, list[str]]:
    """By stem: the forms whose letters are others than its own."""
    return {stem(word): forms.split() for word, forms in (*_FORMS.items(), *APART.items())}


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
