"""What a person asked for, as one search sees it."""

from __future__ import annotations

from functools import cached_property

from bot.query import Lexicon, Query, plan
from bot.query.plan import Plan
from bot.search.shape import Closeness, as_sentence, closeness, concepts_and_filters, is_year, weeks_around


class Asked:
    """A query and its plan, and what one search needs to know of them more than once. `sentence` has the words by which
    papers are put in order where those are not the query itself."""

    def __init__(self, query: Query, lexicon: Lexicon, sentence: Query | None = None) -> None:
        self.query = query
        self.plan = plan(query, lexicon)
        self._alike = sentence is None
        self.sentence = sentence or as_sentence(query, lexicon)
        self._read = self.plan if self.sentence is query else plan(self.sentence, lexicon)

    @cached_property
    def closeness(self) -> Closeness:
        return closeness(self.sentence, self._read)

    @cached_property
    def concepts_and_filters(self) -> tuple[list[Plan], list[Plan]]:
        return concepts_and_filters(self._read)

    @property
    def loosened(self) -> tuple[list[Plan], list[Plan]]:
        """The concepts of which some are enough where few papers have them all, and the filters, which are kept; a year
        (`ImageNet 2012`) is not, and of a day the weeks around it are."""
        concepts, filters = self.concepts_and_filters if self._alike else concepts_and_filters(self.plan)
        kept = (weeks_around(each) if is_year(each) else each for each in filters)
        return concepts, [each for each in kept if each]
