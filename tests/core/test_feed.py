"""What a thread takes while the event loop reads it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from bot.feed import Feed, FeedStopped


async def test_pages_come_in_their_order_and_no_sooner_than_they_are_wanted() -> None:
    read: list[int] = []

    async def turn(page: Sequence[int]) -> Sequence[int]:
        read.append(page[-1])
        return [page[-1] + 1, page[-1] + 2] if page[-1] < 5 else []

    feed = Feed([0, 1], turn)
    numbers = iter(feed)
    assert await asyncio.to_thread(lambda: [next(numbers) for _ in range(2)]) == [0, 1]
    assert read == []
    assert await asyncio.to_thread(list, numbers) == [2, 3, 4, 5]
    assert read == [1, 3, 5]


async def test_nothing_on_the_first_page_is_nothing() -> None:
    async def turn(_: Sequence[int]) -> Sequence[int]:
        raise AssertionError

    assert await asyncio.to_thread(list, Feed([], turn)) == []


@pytest.mark.parametrize("error", [ValueError("torn"), TimeoutError("late")])
async def test_what_the_reader_raises_is_raised_in_the_thread(error: Exception) -> None:
    async def turn(_: Sequence[int]) -> Sequence[int]:
        raise error

    with pytest.raises(type(error), match=str(error)):
        await asyncio.to_thread(list, Feed([1], turn))


async def test_a_stopped_feed_ends_its_thread_while_the_event_loop_stands_still() -> None:
    ends: list[BaseException] = []
    waits = asyncio.Event()

    async def turn(_: Sequence[int]) -> Sequence[int]:
        waits.set()
        await asyncio.sleep(60)
        return [2]

    feed = Feed([1], turn)

    def take() -> None:
        try:
            list(feed)
        except FeedStopped as error:
            ends.append(error)

    thread = threading.Thread(target=take)
    thread.start()
    await waits.wait()
    feed.stop()
    before = time.monotonic()
    thread.join(20)  # on purpose in the event loop, which a closing index would stop in the same way
    assert time.monotonic() - before < 10
    assert len(ends) == 1
