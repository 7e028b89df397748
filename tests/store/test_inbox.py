"""An update that a platform brings twice is dealt with once."""

from __future__ import annotations

import asyncio

from bot.store import Store
from tests.store.desk import NOW, later


async def test_an_update_is_new_once_on_its_lane(store: Store) -> None:
    assert not await store.inbox.seen("telegram:1", 7)
    assert await store.inbox.first_time("telegram:1", 7, NOW)
    assert await store.inbox.seen("telegram:1", 7)
    assert not await store.inbox.first_time("telegram:1", 7, later(60))
    assert await store.inbox.first_time("telegram:2", 7, NOW)
    assert await store.inbox.first_time("telegram:1", 2**40, NOW)


async def test_of_many_who_ask_at_once_one_is_the_first(store: Store) -> None:
    answers = await asyncio.gather(*(store.inbox.first_time("telegram:1", 7, NOW) for _ in range(10)))
    assert sorted(answers) == [False] * 9 + [True]


async def test_updates_are_forgotten_after_two_days(store: Store) -> None:
    await store.inbox.first_time("telegram:1", 7, NOW)
    await store.inbox.first_time("telegram:1", 8, later(2 * 86_400))
    assert await store.inbox.seen("telegram:1", 7)
    await store.inbox.first_time("telegram:1", 9, later(2 * 86_400 + 1))
    assert not await store.inbox.seen("telegram:1", 7)
    assert await store.inbox.seen("telegram:1", 8)
