"""Fixtures for a conftest to import: `from tests.fakes.slack.fixture import slack as slack`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.fakes.slack.server import FakeSlack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A running fake Slack, strict; at its end there must be no violation that the test did not clear away."""
    async with FakeSlack() as fake:
        yield fake
    fake.check()


@dataclass(frozen=True, slots=True)
class WebApi:
    """A bare client of the Web API."""

    session: aiohttp.ClientSession
    base: str
    token: str

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer, with JSON in and out. Raises AssertionError with the whole answer where it is an error."""
        answer = await self.full(method, **params)
        assert answer["ok"], answer
        return answer

    async def full(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer, good or bad, and `status`."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.post(f"{self.base}{method}", json=params, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            return answer | {"status": response.status, "retry_after": response.headers.get("Retry-After")}

    async def error(self, method: str, **params: Any) -> str:
        """The error that is expected."""
        answer = await self.full(method, **params)
        assert not answer["ok"], answer
        return str(answer["error"])

    def with_token(self, token: str) -> WebApi:
        """The same client with another token."""
        return WebApi(self.session, self.base, token)


@pytest.fixture
async def web_api(slack: FakeSlack) -> AsyncIterator[WebApi]:
    """A client that speaks for the app in the first workspace."""
    async with aiohttp.ClientSession() as session:
        yield WebApi(session, slack.api_base, slack.team.bot_token)
