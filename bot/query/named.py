"""Which authors and tags of a paper a query names: what a snippet, which is cut from its texts, cannot show."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date
from typing import assert_never

from bot.model import Paper
from bot.query.document import FIELDS, Document, document, field_texts
from bot.query.lexicon import Lexicon
from bot.query.plan import Adjacent, AllOf, AnyOf, At, Between, Named, NoneOf, Plan, Tagged, holds, plan
from bot.query.syntax import Query
from bot.query.terms import Token, name_tokens, tokens

_Row = Adjacent | Named


def named_authors(query: Query, paper: Paper, lexicon: Lexicon) -> tuple[str, ...]:
    """The authors of a paper whom a query names, in the paper's order and as the paper writes them.

    They are named by `author:`, or by words of their names that stand nowhere else in the paper: who types
    `long context` does not mean Long Ouyang. Of several authors of one name those count who have most of the words.
    """
    everybody = _names(paper.authors)
    rows = [row for row in dict.fromkeys(_rows(plan(query, lexicon))) if _stands(row, everybody)]
    if any(isinstance(row, Adjacent) for row in rows):
        texts = [frozenset(tokens(field_texts(paper, lexicon, field))) for field in FIELDS if field != "authors"]
        rows = [row for row in rows if isinstance(row, Named) or not any(_occurs(row, text) for text in texts)]
    if not rows:
        return ()
    each = [_names((name,)) for name in paper.authors]
    having = [[place for place, name in enumerate(each) if _stands(row, name)] for row in rows]
    times = [sum(place in places for places in having) for place in range(len(each))]
    named = {
        place for places in having if places for place in places if times[place] == max(times[one] for one in places)
    }
    return tuple(paper.authors[place] for place in sorted(named))


def named_tags(query: Query, paper: Paper, lexicon: Lexicon) -> frozenset[str]:
    """The slugs of a paper's tags that a query names, by `#tag` or by words that stand in what the tag is called."""
    asked = plan(query, lexicon)
    parts = asked.plans if isinstance(asked, AllOf) else (asked,)
    named: set[str] = set()
    for tag in paper.tags:
        alone = document(Paper(date=date.min, title="", tags=(tag,)), lexicon)
        if any(_says(part, alone) for part in parts):
            named |= alone.tags
    return frozenset(named)


def _says(plan: Plan, alone: Document) -> bool:
    match plan:
        case Adjacent() | Tagged():
            return holds(plan, alone)
        case AllOf(plans=plans):
            return bool(plans) and all(_says(part, alone) for part in plans)
        case AnyOf(plans=plans):
            return any(_says(part, alone) for part in plans)
        case _:
            return False


def _rows(plan: Plan) -> Sequence[_Row]:
    """The words and names that a plan wants to be there."""
    match plan:
        case Adjacent() | Named():
            return (plan,)
        case AllOf(plans=plans) | AnyOf(plans=plans):
            return [row for part in plans for row in _rows(part)]
        case Tagged() | At() | Between() | NoneOf():
            return ()
        case _:
            assert_never(plan)


_Names = tuple[Set[Token], Set[Token]]
"""Names as words find them, and as `author:` does."""


def _names(names: Sequence[str]) -> _Names:
    return frozenset(tokens(names)), frozenset(name_tokens(names))


def _stands(row: _Row, names: _Names) -> bool:
    return _occurs(row, names[isinstance(row, Named)])


def _occurs(row: _Row, found: Set[Token]) -> bool:
    (_, first), *others = row.items
    return any(term == first and all((other, at + offset) in found for offset, other in others) for term, at in found)
