"""The world that people and the app share: the workspaces, the clock, and who is told of what."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.fakes.clock import Clock
from tests.fakes.slack.app import App
from tests.fakes.slack.asks import TRIGGER_LIFE, URL_LIFE, Answer, ResponseUrl, Trigger
from tests.fakes.slack.drawing import mentions_in
from tests.fakes.slack.limits import Limits, Meter
from tests.fakes.slack.message import Message
from tests.fakes.slack.people import User
from tests.fakes.slack.places import Channel
from tests.fakes.slack.post import Post
from tests.fakes.slack.record import Record
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.views import View
from tests.fakes.slack.workspaces import Install, Workspace
from tests.fakes.watched import Watched

T = TypeVar("T")
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something that a well-behaved app does not do, whether the server minds or not; `at` in monotonic seconds."""

    method: str
    channel: object
    words: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A message that calls somebody: `whom` is `!channel`, `@U123`, `#C123`."""

    method: str
    channel: str
    whom: str


class Town(Watched):
    """Workspaces and the app. `violations` gathers what a well-behaved app does not do, `mentions` whom it calls."""

    def __init__(self, limits: Limits | None, *, strict: float, record: Path | None) -> None:
        super().__init__()
        self.strict = strict
        self.record = Record(record)
        self.clock = Clock()
        self.limits = limits or Limits()
        self.app_meter = Meter(self.limits)  # for what no workspace's token asks for
        self.violations: list[Violation] = []
        self.mentions: list[Mention] = []
        self.proxies: dict[str, str] = {}
        self.workspaces: dict[str, Workspace] = {}
        self.tokens: dict[str, Install] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.codes: dict[str, tuple[Workspace, User, frozenset[str], str]] = {}
        self.used_codes: set[str] = set()
        self.answers: deque[Answer] = deque(maxlen=1000)
        self._last_id = 0
        self._last_stamp = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self.app = App(fake=self)
        self.sockets = Sockets(self)
        self.post = Post(self)
        self.team = self.workspace("연구실")

    def workspace(
        self,
        name: str = "연구실",
        *,
        enterprise: str | None = None,
        install: bool = True,
        scopes: frozenset[str] | None = None,
    ) -> Workspace:
        """Another workspace; `install`: the app is in it, with `scopes` (the manifest's, else all that it may want)."""
        team = Workspace(fake=self, id=self.new_id("T"), name=name, enterprise=enterprise)
        self.workspaces[team.id] = team
        if install:
            team.install_app(scopes)
        return team

    @property
    def url(self) -> str:
        """Where the fake listens."""
        raise NotImplementedError

    # --- ids -----------------------------------------------------------------------------------------------

    def new_id(self, letter: str) -> str:
        """A fresh id, as Slack's are: a letter that tells the kind, and ten letters and digits."""
        self._last_id += 1
        number, digits = self._last_id + 36**9 * 7, ""
        while number:
            number, digit = divmod(number, 36)
            digits = _DIGITS[digit] + digits
        return letter + digits

    def stamp(self) -> str:
        """A fresh `ts`: Unix seconds with six decimals, later than every one before."""
        self._last_stamp = max(self._last_stamp + 1, int(self.clock.time() * 1_000_000))
        return f"{self._last_stamp // 1_000_000}.{self._last_stamp % 1_000_000:06d}"

    def trigger(self, install: Install, answer: Answer) -> str:
        """A fresh trigger_id."""
        id_ = f"{self.new_id('')}.{self.new_id('')}"
        self.triggers[id_] = Trigger(id=id_, install=install, answer=answer, until=self.clock.time() + TRIGGER_LIFE)
        answer.trigger_id = id_
        self.answers.append(answer)
        return id_

    def response_url(self, install: Install, answer: Answer, *, source: Message | None, thread_ts: str | None) -> str:
        """A fresh response_url for what was asked in a channel."""
        assert answer.channel is not None
        token = self.new_id("")
        self.response_urls[token] = ResponseUrl(
            token=token,
            install=install,
            answer=answer,
            user=answer.user,
            channel=answer.channel,
            until=self.clock.time() + URL_LIFE,
            source=source,
            thread_ts=thread_ts,
        )
        answer.response_url = f"{self.url}/{'actions' if source else 'commands'}/{answer.user.team.id}/{token}"
        return answer.response_url

    # --- what people see of what they asked ----------------------------------------------------------------

    def seen_by(self, user: User, channel: Channel, message: Message) -> None:
        """Somebody was shown something where they asked for it last."""
        for answer in reversed(self.answers):
            if answer.user is user and answer.channel is channel:
                answer.messages.append(message)
                return self.changed()
        return None

    def seen_change(self, message: Message) -> None:
        """What somebody pressed was drawn anew."""
        for answer in reversed(self.answers):
            if answer.source is message:
                answer.messages.append(message)
                return self.changed()
        return None

    def seen_view(self, view: View) -> None:
        """A view was drawn anew for somebody who used one."""
        for answer in reversed(self.answers):
            if answer.user is view.user and isinstance(answer.source, View) and answer.source.type == view.type:
                answer.views.append(view)
                return self.changed()
        return None

    # --- for tests that look -------------------------------------------------------------------------------

    def blame(self, method: str, channel: object, words: str) -> None:
        """Note a violation."""
        at = self.clock.monotonic()
        self.violations.append(Violation(method=method, channel=channel, words=words, at=at))

    def note_mentions(self, method: str, message: Message) -> None:
        """Note whom a message calls."""
        for whom in mentions_in(message.text, message.blocks, message.attachments):
            self.mentions.append(Mention(method=method, channel=message.channel.id, whom=whom))

    async def until_delivered(self, *, within: float = 20.0) -> None:
        """Wait until the app has acknowledged every event."""
        await self.until(lambda: not self.post.under_way, within=within)

    async def until_connected(self, count: int = 1, *, within: float = 20.0) -> None:
        """Wait until the app has so many open connections."""
        await self.until(lambda: len(self.sockets.open) >= count, within=within)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something beside everything else; it ends with the fake at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """End everything that was started."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def route(self, url: str) -> str:
        """Where a public address leads: `proxies` maps public beginnings to local ones, as a TLS proxy does."""
        for public, local in self.proxies.items():
            if url.startswith(public):
                return local + url.removeprefix(public)
        return url
