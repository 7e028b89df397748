"""One state of the index, and how it is searched: every answer is of one state, whatever is taken in meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, starmap
from typing import Final

import tantivy
from tantivy import Occur
from tantivy import Query as TermQuery

from bot.model import StoredPaper
from bot.query import (
    Lexicon,
    Phrase,
    Query,
    Source,
    Word,
    asked_for,
    canonical,
    disjunction,
    document,
    parts_of,
    plan,
)
from bot.query.asking import newest_first
from bot.query.dates import undated
from bot.query.expansion import FILLERS
from bot.query.hangul import plain_letters
from bot.query.paraphrases import paraphrases
from bot.query.plan import Plan, compile_query, plan_of_asked
from bot.query.sources import source_key
from bot.search.asked import Asked
from bot.search.company import REMEMBERED, Company
from bot.search.compounds import Compounds, words_of
from bot.search.evidence import FIRST_LOOK, Evidence, Topic, topic_of
from bot.search.nearest import suggestions
from bot.search.passages import Passages, Scored, pool
from bot.search.people import People
from bot.search.remembered import remembered
from bot.search.repair import Repair
from bot.search.results import Hit, Results, Suggestions, above_one, below_one
from bot.search.rows import Rows
from bot.search.shape import (
    HANGUL,
    Closeness,
    has_initial,
    is_filter,
    is_syllables,
    is_year,
)
from bot.search.similar import Similar, similar_query
from bot.search.titles import Titles
from bot.search.translate import BOOSTS_IN_PART, Translator, paper_id
from bot.search.unfinished import Unfinished
from bot.search.vocabulary import Vocabulary

FEW: Final = 5
"""Papers with all of the words below which those with some of them are added."""
ANY_WORD: Final = "any-word"

NEWEST: Final = 30
"""The best papers of which the newest stand first where somebody asks for the latest."""
NEARLY_BEST: Final = 0.8
"""The share of the best score that these have."""

_AHEAD: Final = 20
_FEW_FOUND: Final = 50
"""Papers that are looked at one by one."""
_MOST_FIRST: Final = 300
"""Papers with the rarest of the words up to which it is likely that there are few."""


class View:
    """What is in the index at one moment. Every method blocks for milliseconds and may be called from any thread."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher, lexicon: Lexicon) -> None:
        self._schema = schema
        self._lexicon = lexicon
        self._searcher = searcher
        self._vocabulary = Vocabulary(searcher)
        rows = Rows(schema, self._vocabulary.frequencies, self._vocabulary.rowed, searcher.num_docs)
        known = schema, self._vocabulary.frequencies, rows, searcher.num_docs
        self._translator = Translator(*known)
        self._in_part = Translator(*known, BOOSTS_IN_PART)
        self._evidence = Evidence(searcher, self._vocabulary.frequencies, rows, self._translator.these)
        self._passages = Passages(searcher, self._translator.rarity)
        self._company = Company(self._passages.kept)
        count = remembered(self._count, 1 << 10)
        self._repair = Repair(lexicon, self._vocabulary, count)
        self._compounds = Compounds(lexicon, self._vocabulary, count)
        self._unfinished = Unfinished(self._vocabulary, count)
        self._titles = Titles(schema, searcher, lexicon)
        self._people = People(self._vocabulary, count, remembered(self._strictly, 1 << 6))
        self.words = lexicon.glossary.version
        """The version of the glossary by which words are mended."""

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, query: Query, *, limit: int, offset: int = 0, literal: bool = False) -> Results:
        """A page of the papers that a query asks for.

        Where too few have all of the words, those with some of them follow; where nothing is found, misspelt words
        are repaired first. `literal` switches both off. Filters (tags, authors, dates, `-`) are always kept.
        """
        newest = newest_first(query, self._lexicon)
        page = self._newest if newest else self._page
        query = asked_for(query, self._lexicon)
        corrected = None
        if not literal:
            query = self._compounds.apart(query)
            if (joined := self._compounds.joined(query)) != query:
                query, corrected = joined, canonical(joined)
        asked = Asked(query, self._lexicon)
        if not literal and (author := self._people.cited(query)):
            query, corrected, asked = author, canonical(author), Asked(author, self._lexicon)
        elif not literal and (author := self._people.initialled(query)):
            query, corrected, asked = author, canonical(author), Asked(author, self._lexicon, sentence=query)
        exact, hits = page(asked, limit, offset)
        if literal or exact >= FEW:
            return Results(total=exact, hits=hits, exact=exact, corrected=corrected)
        if not exact and (stamped := self._stamped(query, limit, offset)):
            return stamped
        if not exact and self._people.is_nobody(query):
            return Results(total=0, hits=(), exact=0)
        if whole := self._unfinished(query, exact):
            query, corrected, asked = whole, canonical(whole), Asked(whole, self._lexicon)
            exact, hits = page(asked, limit, offset)
        if not exact:
            better = self._repair(query)
            if better != query:
                corrected = plain_letters(canonical(better))
                query, asked = better, Asked(better, self._lexicon)
                exact, hits = page(asked, limit, offset)
        if exact < FEW and (wider := self._repair.widened(query)) != query and self._count(wider) > exact:
            corrected = plain_letters(canonical(wider))
            query, asked = wider, Asked(wider, self._lexicon)
            exact, hits = page(asked, limit, offset)
        concepts, filters = asked.loosened
        if not exact or (exact < FEW and len(concepts) == 1):
            # Words that are one thing together are several by themselves, and some of them are better than none.
            each = _one_by_one(asked.sentence)
            if len(each) > len(concepts):
                concepts = [plan(part, self._lexicon) for part in each]
        dated = any(map(is_year, asked.concepts_and_filters[1]))
        if concepts and exact < FEW and (len(concepts) > 1 or dated or any(map(is_syllables, concepts))):
            # Where the page has them all there is no need to ask again.
            found = {hit.paper_id for hit in hits} if len(hits) == exact else self._all(asked.plan)
            for least in dict.fromkeys((max(1, len(concepts) // 2), 1)):
                loose = self._in_part.some_of(concepts, least, filters, found)
                left, start = limit - len(hits), max(0, offset - exact)
                end = max(start + left, NEWEST if newest else 0)
                scored = self._scored(loose, max(pool(concepts), end))
                more, rest = self._near_first(scored, concepts, end, 0, some=True)
                rest = (self._by_day(rest) if newest else rest)[start : start + left]
                if more and (exact + more >= FEW or least == 1):
                    both = (*above_one(hits), *below_one(rest))
                    return Results(total=exact + more, hits=both, exact=exact, fallback=ANY_WORD, corrected=corrected)
        # A repair that finds nothing either is no help to anybody.
        return Results(total=exact, hits=hits, exact=exact, corrected=corrected if exact else None)

    def warm(self) -> None:
        """Load what the first search that needs it waits for: libraries, tables of repair, the newest papers."""
        for slip in ("trasnformer", "트랜스포모"):
            self._repair(Word(slip))
        self._lexicon.readable(r"\emph{$\frac{1}{2}$}")
        for word in ("picture", "걸러낸"):
            paraphrases(plan(Word(word), self._lexicon))
        found = self._searcher.search(tantivy.Query.all_query(), REMEMBERED, order_by_field="recency", count=False)
        self._company.read((at.segment_ord, at.doc) for _, at in found.hits)

    def ids(self, query: Query) -> frozenset[int]:
        """All papers that a query strictly asks for: those for which `bot.query.matches` holds."""
        return self._all(plan(query, self._lexicon))

    def nearest(self, query: Query, limit: int = 3) -> Suggestions:
        """Other spellings and tags, for somebody who found nothing."""
        return suggestions(
            query, limit, lexicon=self._lexicon, tags=self._tags, repair=self._repair, count=self._strictly
        )

    @cached_property
    def _tags(self) -> tuple[str, ...]:
        return tuple(slug for slug, _ in self._searcher.terms_with_prefix("tag", ""))

    def _strictly(self, query: Query) -> int:
        """How many papers a literal search finds."""
        return self._papers(plan(query, self._lexicon))

    def similar(self, stored: StoredPaper, *, limit: int) -> tuple[Similar, ...]:
        """The papers most like one, best first: by references between them, tags and terms. Never the paper itself."""
        seen = document(stored.paper, self._lexicon)

        def tagged(slug: str) -> int:
            return int(self._searcher.doc_freq("tag", slug))

        vocabulary = self._vocabulary
        query = similar_query(
            seen, stored.id, self._schema, frequency=vocabulary.frequency, tagged=tagged, papers=len(self)
        )
        _, hits = self._ranked(query, limit, 0)
        found = [hit.paper_id for hit in hits]
        mentioned = self._with_keys("own", seen.sources, found)
        mentioning = self._with_keys("source", (seen.own_source,) if seen.own_source else (), found)
        return tuple(
            Similar(hit.paper_id, mentions=hit.paper_id in mentioning, mentioned=hit.paper_id in mentioned)
            for hit in hits
        )

    def mentioned(self, stored: StoredPaper) -> tuple[int, ...]:
        """The ids of the papers whose own address stands in a paper's entry, in the order of the entry."""
        keys = dict.fromkeys(filter(None, map(source_key, stored.paper.links)))
        found = chain.from_iterable(self._with_keys("own", (key,)) for key in keys)
        return tuple(dict.fromkeys(number for number in found if number != stored.id))

    def _with_keys(self, field: str, keys: Iterable[str], among: Sequence[int] | None = None) -> list[int]:
        """The papers with any of the keys in a field, newest first: the first few of all, or all of those `among`."""
        terms = [(Occur.Should, TermQuery.term_query(self._schema, field, key)) for key in sorted(keys)]
        if not terms or (among is not None and not among):
            return []
        query, limit = TermQuery.boolean_query(terms), _AHEAD
        if among is not None:
            these = self._translator.these(among)
            query, limit = TermQuery.boolean_query([(Occur.Must, query), (Occur.Must, these)]), len(among)
        found = self._searcher.search(query, limit, order_by_field="recency", count=False)
        return [paper_id(number) for number, _ in found.hits]

    def _count(self, query: Query) -> int:
        return self._papers(self._asked(query))

    def _papers(self, asked: Plan) -> int:
        if self._translator.impossible(asked):
            return 0
        return _count(self._searcher.search(TermQuery.const_score_query(self._translator.query(asked), 0.0), 1))

    def _asked(self, query: Query) -> Plan:
        # A translation is asked for only where somebody may have meant a Korean word: phrases are dear.
        return plan_of_asked(query, self._lexicon) if HANGUL.search(canonical(query)) else compile_query(query)

    def _all(self, asked: Plan) -> frozenset[int]:
        query = self._translator.query(asked)
        found = self._searcher.search(query, max(1, len(self)), order_by_field="recency", count=False)
        return frozenset(paper_id(number) for number, _ in found.hits)

    def _stamped(self, query: Query, limit: int, offset: int) -> Results | None:
        """The papers whose addresses stand in the query, whatever stands beside them (`arXiv:2401.06209v1 [cs.CV]`)."""
        sources = [part for part in parts_of(query) if isinstance(part, Source)]
        if not sources or len(parts_of(query)) == 1:
            return None
        count, hits = self._page(Asked(disjunction(sources), self._lexicon), limit, offset)
        return Results(total=count, hits=hits, exact=0, fallback=ANY_WORD) if count else None

    def _page(self, asked: Asked, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        """A page of the papers with all that is asked for, those first that it names, and how many there are."""
        if self._translator.impossible(asked.plan):
            return 0, ()
        first = self._titles.named(asked.query, lambda: self._translator.query(asked.plan))
        if not first:
            return self._ordered(asked, limit, offset)
        count, hits = self._ordered(asked, offset + max(0, limit) + len(first), 0)
        best = hits[0].score if hits else 0.0
        named = {paper_id(number): best + len(first) - place for place, number in enumerate(first)}
        rest = (hit for hit in hits if hit.paper_id not in named)
        return count, (*starmap(Hit, named.items()), *rest)[offset : offset + max(0, limit)]

    def _newest(self, asked: Asked, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        """The same, the best of all of them by their days."""
        count, hits = self._page(asked, max(NEWEST, offset + limit), 0)
        return count, self._by_day(hits, alike=count < FEW)[offset : offset + max(0, limit)]

    def _by_day(self, hits: tuple[Hit, ...], *, alike: bool = False) -> tuple[Hit, ...]:
        """Hits with the best of them by their days, the newest first; all where they are `alike` good."""
        best = [hit for hit in hits[:NEWEST] if alike or hit.score >= NEARLY_BEST * hits[0].score]
        these = self._translator.these([hit.paper_id for hit in best])
        found = self._searcher.search(these, NEWEST, order_by_field="recency", count=False) if best else None
        newest = [paper_id(number) for number, _ in found.hits] if found else []
        by_day = (Hit(number, hit.score) for number, hit in zip(newest, best, strict=True))
        return (*by_day, *hits[len(best) :])

    def _ordered(self, asked: Asked, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        if not is_filter(asked.plan) or asked.sentence is not asked.query:
            close = asked.closeness
            concepts, _ = asked.concepts_and_filters
            # Who writes the small words too has a title in mind, and who writes an initial a person, not a topic.
            named = close.names and has_initial(asked.query)
            words = _words(asked.query) if asked.sentence is asked.query else []
            known = not close.fillers or bool(self._lexicon.translations_of(words))
            if known and not named and (topic := self._topic(concepts, words)):
                return self._by_evidence(topic, self._translator.query(asked.plan), limit, offset)
            end = max(pool(concepts), offset + limit)
            return self._near_first(self._by_closeness(asked.plan, close, end), concepts, limit, offset, some=False)
        query = self._translator.query(asked.plan)
        found = self._searcher.search(query, max(1, limit), offset=offset, order_by_field="recency")
        return _count(found), tuple(Hit(paper_id(number), 0.0) for number, _ in found.hits[: max(0, limit)])

    def _topic(self, concepts: Sequence[Plan], words: Sequence[str]) -> Topic | None:
        topic = topic_of(concepts, words, self._lexicon)
        return None if topic is None or self._evidence.is_name(topic) else topic

    def _by_evidence(self, topic: Topic, query: tantivy.Query, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        """The same papers, the best of them in the order of what they say about the topic."""
        look, size = self._evidence.first_look(topic, query)
        count, found = self._scored(look, max(size, offset + limit))
        best = found[:size]
        if len(best) > 1:
            said = self._evidence(topic, {at: paper_id(number) for _, number, at in best})
            most, least = max(best[0][0], 1e-9), best[-1][0]
            # Above everything that was not looked at again.
            again = [(least + FIRST_LOOK * score / most + said.get(at, 0.0), number, at) for score, number, at in best]
            found[:size] = self._company(sorted(again, reverse=True))
        return count, _hits(found[offset : offset + max(0, limit)])

    def _by_closeness(self, asked: Plan, close: Closeness, end: int) -> tuple[int, list[Scored]]:
        """The first papers in the order of `Translator.ranked`. Where there are few, which most titles have, that is
        decided among them only once they are known: to look for what makes one better costs more than to find them."""
        among = self._translator.among(asked)
        if among is not None and among.papers <= _MOST_FIRST:
            count, found = self._scored(self._translator.query(asked, among), _FEW_FOUND)
            if count <= _FEW_FOUND:
                papers = [paper_id(number) for _, number, _ in found]
                closer = self._translator.closer(papers, close) if count > 1 else None
                if closer is not None:
                    more = {at: score for score, _, at in self._scored(closer, count)[1]}
                    found = sorted(((score + more[at], number, at) for score, number, at in found), reverse=True)
                return count, found
        return self._scored(self._translator.ranked(asked, close), end)

    def _near_first(
        self, scored: tuple[int, list[Scored]], concepts: Sequence[Plan], limit: int, offset: int, *, some: bool
    ) -> tuple[int, tuple[Hit, ...]]:
        """A page of what was found, by score and by how near to each other the concepts stand."""
        count, found = scored
        found = self._passages.ordered(found, concepts, some=some)
        return count, _hits(found[offset : offset + max(0, limit)])

    def _ranked(self, query: tantivy.Query, limit: int, offset: int) -> tuple[int, tuple[Hit, ...]]:
        """Hits by score, equals newest first."""
        count, found = self._scored(query, offset + max(0, limit))
        return count, _hits(found[offset : offset + max(0, limit)])

    def _scored(self, query: tantivy.Query, end: int) -> tuple[int, list[Scored]]:
        """The first hits, equals newest first. More are fetched than asked for, until no equals are cut apart."""
        searcher, end = self._searcher, max(1, end)
        size = max(1, min(end + _AHEAD, searcher.num_docs))
        while True:
            found = searcher.search(query, size)
            hits = found.hits
            if len(hits) < size or size >= searcher.num_docs or hits[-1][0] < hits[end - 1][0]:
                break
            size *= 4
        numbers = searcher.fast_field_values("recency", [address for _, address in hits])
        ranked = [
            (float(score), int(number or 0), (address.segment_ord, address.doc))
            for (score, address), number in zip(hits, numbers, strict=True)
        ]
        return _count(found), sorted(ranked, reverse=True)[:end]


def _hits(found: Iterable[Scored]) -> tuple[Hit, ...]:
    return tuple(Hit(paper_id(number), score) for score, number, _ in found)


def _count(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # missing from tantivy's stubs


def _words(query: Query) -> list[str]:
    return [part.text for part in undated(parts_of(query)) if isinstance(part, Word)]


def _one_by_one(query: Query) -> list[Word | Phrase]:
    """The words and phrases of a query, compounds taken apart, without words that say nothing."""
    found: list[Word | Phrase] = []
    for part in undated(parts_of(query)):
        if isinstance(part, Word):
            found += (word for word in words_of(part.text) if word.text not in FILLERS)
        elif isinstance(part, Phrase):
            found.append(part)
    return [part for part in undated(found) if isinstance(part, Word | Phrase)]
