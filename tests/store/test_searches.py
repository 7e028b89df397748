"""The state behind the buttons of a result list is kept for a while."""

from __future__ import annotations

from itertools import pairwise

from bot.store import SearchPage
from tests.store.desk import NOW, Desk, later


async def test_a_search_is_kept_and_forgotten_after_its_time(desk: Desk) -> None:
    searches = desk.store.searches
    chat = await desk.meet()
    first = (
        await searches.keep(
            chat_id=chat.id,
            query="보상 모댈 \0",
            literal=False,
            paper_ids=[3, 1, 2],
            total=40,
            now=NOW,
            corrected="보상 모델 \0",
            exact=2,
            language="en",
        )
    ).id
    second = (await searches.keep(chat_id=None, query="q", literal=False, paper_ids=[], total=0, now=later(60))).id
    assert await searches.get(first) == SearchPage(
        id=first,
        chat_id=chat.id,
        query="보상 모댈 \N{REPLACEMENT CHARACTER}",
        literal=False,
        paper_ids=(3, 1, 2),
        total=40,
        created_at=NOW,
        corrected="보상 모델 \N{REPLACEMENT CHARACTER}",
        exact=2,
        language="en",
    )
    assert await searches.forget(later(60)) == 1
    assert await searches.get(first) is None
    assert (await searches.get(second)) is not None
    assert await searches.forget(later(61)) == 1
    third = await searches.keep(chat_id=None, query="q", literal=False, paper_ids=[], total=0, now=later(90))
    assert third.id not in (first, second), "a number in an old button must not lead to somebody else's search"


async def test_the_number_of_a_search_cannot_be_guessed(desk: Desk) -> None:
    numbers = [
        (await desk.store.searches.keep(chat_id=None, query="q", literal=False, paper_ids=[], total=0, now=NOW)).id
        for _ in range(20)
    ]
    gaps = sorted(upper - lower for lower, upper in pairwise(sorted(numbers)))
    assert gaps[10] > 2**32, "whoever has one has no other"
