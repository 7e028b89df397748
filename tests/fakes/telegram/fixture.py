"""Fixtures for a conftest to import: `from tests.fakes.telegram.fixture import telegram as telegram`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram.server import FakeTelegram


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A running fake Telegram, strict; at its end there must be no violation that the test did not clear away."""
    async with FakeTelegram() as fake:
        yield fake
    fake.check()


@dataclass(frozen=True, slots=True)
class Api:
    """A bare client of the Bot API."""

    session: aiohttp.ClientSession
    base: str

    async def __call__(self, method: str, **params: Any) -> Any:
        """The result, with JSON in and out. Raises AssertionError with the whole answer where there is none."""
        answer = await self.full(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def full(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer, good or bad."""
        async with self.session.post(f"{self.base}/{method}", json=params) as response:
            answer: dict[str, Any] = await response.json()
        assert response.status == answer.get("error_code", 200)
        return answer

    async def error(self, method: str, **params: Any) -> str:
        """`code description` of the error that is expected."""
        answer = await self.full(method, **params)
        assert not answer["ok"], answer
        return f"{answer['error_code']} {answer['description']}"


@pytest.fixture
async def api(telegram: FakeTelegram) -> AsyncIterator[Api]:
    """A client that speaks for the first bot."""
    async with aiohttp.ClientSession() as session:
        yield Api(session, f"{telegram.url}/bot{telegram.bot.token}")
