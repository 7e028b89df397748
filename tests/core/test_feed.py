"""What a thread takes while the event loop reads it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from bot.feed import Feed, FeedStopped


async def test_pages_come_in_their_order_and_no_sooner_than_they_are_wanted() -> None:
    asked: list[int] = []

    async def read(page: int) -> Sequence[str]:
        asked.append(page)
        return [f"{page}a", f"{page}b"] if page != 2 else []

    lines = iter(Feed([1, 2, 3], read))
    assert asked == []
    assert await asyncio.to_thread(lambda: [next(lines) for _ in range(2)]) == ["1a", "1b"]
    assert asked == [1]
    assert await asyncio.to_thread(list, lines) == ["3a", "3b"]
    assert asked == [1, 2, 3]


@pytest.mark.parametrize("error", [ValueError("torn"), TimeoutError("late")])
async def test_what_the_reader_raises_is_raised_in_the_thread(error: Exception) -> None:
    async def read(_: int) -> Sequence[int]:
        raise error

    with pytest.raises(type(error), match=str(error)):
        await asyncio.to_thread(list, Feed([1], read))


async def test_a_stopped_feed_ends_its_thread_while_the_event_loop_stands_still() -> None:
    ends: list[BaseException] = []
    waits = asyncio.Event()

    async def read(_: int) -> Sequence[int]:
        waits.set()
        await asyncio.sleep(60)
        return [2]

    feed = Feed([1], read)

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
