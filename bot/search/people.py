"""The people of the archive whom the words of a query name in the manner of references: `T. Dao`, `Dao et al. 2022`."""

from __future__ import annotations

from itertools import groupby

from bot.query import Query, conjunction, disjunction, fold, parts_of
from bot.query.dates import undated
from bot.query.terms import name_words
from bot.search.readings import Count
from bot.search.shape import authored, cited, has_initial, surnames
from bot.search.vocabulary import Vocabulary


class People:
    """The authors of one state of the index. `count` says in how many papers a query is found as it is written,
    `strictly` with translations and dates."""

    def __init__(self, vocabulary: Vocabulary, count: Count, strictly: Count) -> None:
        self._words = vocabulary
        self._count = count
        self._strictly = strictly

    def cited(self, query: Query) -> Query | None:
        """The query with an author in the place of a name and `et al.`, without a year in which none of their papers
        is: that of a digest may be a later one. None where it says no such thing, or nobody has the name."""
        read = cited(query)
        if read is None or not self._count(read.author):
            return None
        if not read.sure and not all(map(self._words.is_name, name_words(read.author.name.split()[-1]))):
            return None
        if self._strictly(read.query):
            return read.query
        return conjunction(undated(parts_of(read.query)))

    def initialled(self, query: Query) -> Query | None:
        """The query with an author in the place of an initial and the names beside it."""
        if not has_initial(query):
            return None
        ways: list[Query] = []
        for _, readings in groupby(authored(query), key=lambda reading: reading.size):
            ways = [each.query for each in readings if self._count(each.author) and self._count(each.query)]
            if ways:
                break
        return disjunction(ways) if ways else None

    def is_nobody(self, query: Query) -> bool:
        """Whether a query that finds nothing is a name with an initial: part of it would find other people."""
        words = surnames(query)
        return bool(words) and all(map(self._words.is_name, map(fold, words)))
