"""The one query language of search and subscriptions: read it, print it, decide it. Pure.

    query = parse('보상 모델 #rlhf after:2024-01 -author:"Tri Dao"', lexicon)
    canonical(query)                 # what a subscription is stored as
    impossible(query)                # a code, where no paper can ever match
    is_past(query, day)              # whether no paper from that day on can
    matches(query, paper, lexicon)   # decides a subscription; the index decides alike

Who asks now may speak of times as people do; `as_of(line, today)` makes them absolute before the line is read.

`terms` and `plan` are what the index is made of; see `bot.search`.
"""

from bot.query.asking import asked_for
from bot.query.document import document
from bot.query.expansion import expand
from bot.query.lexicon import Lexicon, tag_slug
from bot.query.named import named_authors, named_tags
from bot.query.near_tags import nearest_tags
from bot.query.parse import Parsed, parse, parse_noted
from bot.query.plan import holds, matches, plan, same
from bot.query.snippet import Snippet, snippet
from bot.query.syntax import (
    After,
    And,
    Author,
    Before,
    Everything,
    Not,
    Nothing,
    Or,
    Phrase,
    Query,
    Source,
    Tag,
    Word,
    canonical,
    conjunction,
    disjunction,
    impossible,
    is_past,
    negation,
    parts_of,
)
from bot.query.terms import fold, terms
from bot.query.times import as_of

__all__ = [
    "After",
    "And",
    "Author",
    "Before",
    "Everything",
    "Lexicon",
    "Not",
    "Nothing",
    "Or",
    "Parsed",
    "Phrase",
    "Query",
    "Snippet",
    "Source",
    "Tag",
    "Word",
    "as_of",
    "asked_for",
    "canonical",
    "conjunction",
    "disjunction",
    "document",
    "expand",
    "fold",
    "holds",
    "impossible",
    "is_past",
    "matches",
    "named_authors",
    "named_tags",
    "nearest_tags",
    "negation",
    "parse",
    "parse_noted",
    "parts_of",
    "plan",
    "same",
    "snippet",
    "tag_slug",
    "terms",
]
