"""Stories in which time matters run on a loop whose clock jumps; mark them with `virtual_time`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from bot.store import Store
from tests.fakes.virtual import VirtualLoop
from tests.fakes.world import World
from tests.stories.commands_house import Stage, stage


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "virtual_time: runs on a loop whose clock jumps instead of sleeping")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if item.get_closest_marker("virtual_time"):
        return {"virtual": VirtualLoop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    """A world around a store on each of the two back ends, whose clock jumps."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    with loop.jumps():
        yield World(store, loop)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Stage]:
    """The commands with the five seeds in the archive."""
    async with stage(tmp_path) as found:
        yield found


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Stage]:
    """The commands with nothing in the archive."""
    async with stage(tmp_path, seeds=False) as found:
        yield found
