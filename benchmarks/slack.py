"""Paperboy on Slack, whole: what a delivered message costs, and whether broadcasts keep to Slack's pace.

`python -m benchmarks.slack [--full]`. The program runs as a person runs it (`python -m bot run`, SQLite, Socket Mode)
against a fake Slack in another process, which counts what arrives and when, and blames what comes too fast. Beside it,
in the same run and against the same fake, a bare aiohttp loop posts the same bodies and does nothing else: at the same
pace, for a process that is woken for each message pays for that, and as fast as it can, 16 in flight.

Two towns: 200 channels of one workspace, which then is the limit (300 a minute), and 50 workspaces of 4 channels, where
each channel is (one a second). A first broadcast measures CPU, with nothing else going on; during a second one people
type commands and write to Paperboy, ten questions in three seconds. `--full`: the second one lasts some minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.bare import bare
from benchmarks.telegram import busiest, cpu_seconds, papers, percentile, write_digest
from bot.adapters.slack.cipher import Cipher
from bot.adapters.slack.workspaces import Workspaces
from bot.model import Address, ChatKind, Paper
from bot.pacing import Limits
from bot.preview import preview
from bot.settings import Settings
from bot.store import Store
from tests.fakes.slack.remote import RemoteSlack, spawn

ROOT: Final = Path(__file__).resolve().parent.parent
KEY: Final = "a passphrase for the benchmark"
QUESTION_SECONDS: Final = 0.3
BARE_MESSAGES: Final = 1500
BARE_SECONDS: Final = 15
GOAL_RATIO: Final = 2.5
CURIOUS: Final = 40
QUESTIONS: Final = ("reward model", "보상 모델", "긴 문맥", "#rlhf", "diffusion after:2024-02", "mixture of experts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A town, and how many papers each of the two broadcasts brings to every channel."""

    workspaces: int
    channels: int
    quiet: int
    busy: int

    @property
    def per_second(self) -> float:
        """What Slack's limits allow the whole town."""
        return self.workspaces * min(self.channels, 5.0)

    @property
    def name(self) -> str:
        """How the town is called in the table."""
        return f"{self.workspaces} workspace{'s' * (self.workspaces > 1)} of {self.channels} channels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """CPU in milliseconds a message, times in seconds, and what the receiver counted in the second broadcast."""

    bare: float
    fastest: float
    whole: float
    posts: int
    channel_second: int
    team_second: int
    team_minute: int
    used: float
    acks: Sequence[float]
    commands: Sequence[float]
    words: Sequence[float]
    wrong: int
    violations: int
    first_violations: Sequence[str]


def some_papers(count: int) -> list[Paper]:
    """Real papers, as many as are wanted; the later ones are earlier ones under other titles."""
    real = papers()
    return [replace(paper, title=f"{paper.title} {n}") for n, paper in enumerate(islice(cycle(real), count))]


# --- the program and the bare loop --------------------------------------------------------------------------------


@asynccontextmanager
async def program(folder: Path, fake: RemoteSlack) -> AsyncIterator[int]:
    """`python -m bot run`; its process id."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")} | {
        "BOT_SEEDS": str(folder / "seeds"),
        "BOT_DATA": str(folder / "data"),
        "BOT_CONFIG": str(ROOT / "config"),
        "BOT_LOG_LEVEL": "WARNING",
        "BOT_SLACK__CLIENT_ID": fake.client_id,
        "BOT_SLACK__CLIENT_SECRET": fake.client_secret,
        "BOT_SLACK__ENCRYPTION_KEY": KEY,
        "BOT_SLACK__PUBLIC_URL": "https://paperboy.example",
        "BOT_SLACK__APP_TOKEN": fake.app_token,
        "BOT_SLACK__API_BASE": fake.api_base,
        "PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", cwd=ROOT, env=env)
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        if await process.wait() != 0:
            raise SystemExit(f"the program ended with status {process.returncode}")


# --- one town -----------------------------------------------------------------------------------------------------


class Bench:
    """A folder, a fake and the program."""

    def __init__(self, plan: Plan, folder: Path, fake: RemoteSlack) -> None:
        self._plan = plan
        self._folder = folder
        self._fake = fake
        self._places: list[tuple[str, str]] = []  # channel, token
        self._teams: dict[str, str] = {}  # channel -> team
        self._people: list[tuple[str, str]] = []  # person, DM

    async def prepare(self) -> None:
        """A town, an archive of the seeds, installations, and the channels with their subscriptions."""
        plan, fake = self._plan, self._fake
        (self._folder / "seeds").mkdir()
        for file in (ROOT / "seeds").glob("*.txt"):
            (self._folder / "seeds" / file.name).write_bytes(file.read_bytes())
        (self._folder / "data").mkdir()
        store = await Store.open(f"sqlite:///{self._folder / 'data' / 'paperboy.db'}")
        await store.migrate()
        workspaces = Workspaces(
            store=store.installations,
            cipher=Cipher(KEY),
            own_token=None,
            limits=Limits(per_second=1),
            fold="auto",
            admins_only=False,
            now=lambda: datetime.now(UTC),
            monotonic=time.monotonic,
        )
        for number, (team, token) in enumerate(fake.tokens.items()):
            about = await self._about(token)
            await workspaces.installed(
                team=team,
                enterprise=None,
                name=str(about["team"]),
                bot_user=str(about["user_id"]),
                bot_id=str(about["bot_id"]),
                app_id="",
                token=token,
            )
            if number < CURIOUS:
                count = max(1, CURIOUS // plan.workspaces)
                self._people += [(one["user"], one["dm"]) for one in await fake.ask("people", team=team, count=count)]
            channels = await fake.ask("channels", team=team, count=plan.channels)
            self._places += [(channel, token) for channel in channels]
            for channel in channels:
                self._teams[channel] = team
                await self._meet(store, team, channel)
        await store.close()

    async def _about(self, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self._fake.api_base}auth.test") as answer,
        ):
            found: dict[str, Any] = await answer.json()
            return found

    async def _meet(self, store: Store, team: str, channel: str) -> None:
        now = datetime.now(UTC)
        chat, _ = await store.chats.meet(
            Address(lane=f"slack:{team}", chat=channel),
            kind=ChatKind.CHANNEL,
            title="",
            language="ko",
            zone="Asia/Seoul",
            now=now,
        )
        for tag in ("quiet", "busy"):
            await store.chats.subscribe(chat.id, f"#{tag}", f"#{tag}", actor="", now=now)

    async def measure(self) -> Measured:
        """Everything in this town."""
        plan, fake = self._plan, self._fake
        bodies = await self._bodies()
        async with program(self._folder, fake) as pid:
            await self._asked(0)
            pace = plan.per_second
            bare_ms = await self._bare(bodies, int(max(300, BARE_SECONDS * pace)), pace)
            fastest_ms = await self._bare(bodies, BARE_MESSAGES, 0)
            whole_ms = await self._quiet_broadcast(pid)
            before = await fake.stats()
            acks, commands, words = await self._busy_broadcast()
            posts: list[dict[str, Any]] = await fake.ask("record", since=before.posts)
            after = await fake.stats()
        broadcast = [post for post in posts if post["channel"] in self._teams]
        there = Counter((post["channel"], post["key"]) for post in broadcast)
        expected = len(self._places) * plan.busy
        return Measured(
            bare=bare_ms,
            fastest=fastest_ms,
            whole=whole_ms,
            posts=len(posts),
            channel_second=max(busiest(times) for times in _times(posts, "channel")),
            team_second=max(busiest(times) for times in _times(posts, "team")),
            team_minute=max(busiest(times, 60.0) for times in _times(posts, "team")),
            used=_used(posts if plan.channels > 5 else broadcast) / pace,
            acks=acks,
            commands=commands,
            words=words,
            wrong=abs(len(there) - expected) + sum(count - 1 for count in there.values()),
            violations=after.violations,
            first_violations=after.first_violations,
        )

    async def _bodies(self) -> list[dict[str, Any]]:
        """What the quiet broadcast posts, but for the channel."""
        file = self._folder / "bodies.txt"
        write_digest(file, some_papers(self._plan.quiet), "quiet")
        settings = Settings(data=self._folder / "data", config=ROOT / "config")
        requests = await preview(settings, file, "slack")
        return [dict(request.params) for request in requests]

    async def _bare(self, bodies: Sequence[dict[str, Any]], count: int, pace: float) -> float:
        await self._fake.ask("limits", on=False)
        places = [({"channel": channel}, {"Authorization": f"Bearer {token}"}) for channel, token in self._places]
        found = await bare(f"{self._fake.api_base}chat.postMessage", places, bodies, count, pace)
        await asyncio.sleep(1.1)
        await self._fake.ask("limits", on=True)
        return found

    async def _drop(self, count: int, tag: str) -> None:
        """Let a digest arrive as a whole."""
        file = self._folder / f"{tag}.new"
        write_digest(file, some_papers(count), tag)
        file.rename(self._folder / "seeds" / f"{tag}.txt")

    async def _posted(self, count: int, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while await self._fake.ask("posts") < count:  # noqa: ASYNC110 - another process raises no event here
                await asyncio.sleep(0.1)

    async def _quiet_broadcast(self, pid: int) -> float:
        """CPU milliseconds a message, from the file's arrival until the last result is on record."""
        since = await self._fake.ask("posts")
        count = len(self._places) * self._plan.quiet
        began = cpu_seconds(pid)
        await self._drop(self._plan.quiet, "quiet")
        await self._posted(since + count, 60 + 3 * count / self._plan.per_second)
        await asyncio.sleep(0.5)
        return (cpu_seconds(pid) - began) / count * 1000

    async def _busy_broadcast(self) -> tuple[list[float], list[float], list[float]]:
        """Broadcast while people ask: how long acknowledgements, answers to commands and to words took."""
        since = await self._fake.ask("posts")
        count = len(self._places) * self._plan.busy
        commands: list[asyncio.Task[dict[str, Any]]] = []
        words: list[asyncio.Task[float]] = []
        await self._drop(self._plan.busy, "busy")
        await self._posted(since + 1, 30)
        async with asyncio.timeout(60 + 3 * count / self._plan.per_second):
            while await self._fake.ask("posts") - len(words) < since + count:
                number = len(commands) + len(words)
                if number % 5:
                    commands.append(asyncio.create_task(self._asked(number)))
                else:
                    words.append(asyncio.create_task(self._said(number)))
                await asyncio.sleep(QUESTION_SECONDS)
        answers = await asyncio.gather(*commands)
        failed = [one["failed"] or "no answer" for one in answers if one["failed"] or not one["seconds"]]
        if failed:
            raise SystemExit(f"{len(failed)} commands went unanswered: {failed[:3]}")
        return (
            [one["ack_seconds"] for one in answers],
            [one["seconds"] for one in answers],
            await asyncio.gather(*words),
        )

    async def _asked(self, number: int) -> dict[str, Any]:
        """A command: what its writer saw of it, and when."""
        line = f"/papers search {QUESTIONS[number % len(QUESTIONS)]}"
        person, _ = self._people[number % len(self._people)]
        seen: dict[str, Any] = await self._fake.ask("commands", user=person, line=line, within=20.0)
        return seen

    async def _said(self, number: int) -> float:
        """Seconds from a person's words to the answer's arrival."""
        person, direct = self._people[number % len(self._people)]
        clock = await self._fake.stats()
        began = clock.monotonic
        said = await self._fake.ask("says", user=person, text=QUESTIONS[number % len(QUESTIONS)])
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0.4)
                times = await self._fake.ask("answers", channel=direct, after=said)
                if times:
                    return float(times[0]) - float(began)


def _used(posts: Sequence[dict[str, Any]]) -> float:
    return (len(posts) - 1) / float(posts[-1]["at"] - posts[0]["at"])


def _times(posts: Sequence[dict[str, Any]], name: str) -> Iterator[list[float]]:
    found: dict[str, list[float]] = {}
    for post in posts:
        found.setdefault(post[name], []).append(post["at"])
    yield from found.values()


async def run(plan: Plan) -> Measured:
    """Measure one town."""
    with tempfile.TemporaryDirectory() as name:
        async with spawn("--strict", "0", "--no-gc", "--workspaces", str(plan.workspaces)) as fake:
            bench = Bench(plan, Path(name), fake)
            await bench.prepare()
            return await bench.measure()


# --- the table ----------------------------------------------------------------------------------------------------


def show(plan: Plan, its: Measured) -> None:
    """Print what was measured."""
    answered = [*its.commands, *its.words]
    lines = [
        f"{plan.name}: {plan.busy} papers each, {its.posts} posts, {len(answered)} questions meanwhile",
        f"  CPU a message, Paperboy whole        {its.whole:8.2f} ms",
        f"  ... bare aiohttp loop, at that pace  {its.bare:8.2f} ms   {its.whole / its.bare:.2f} x, goal {GOAL_RATIO}",
        f"  ... bare aiohttp loop, full speed    {its.fastest:8.2f} ms   {its.whole / its.fastest:.2f} x",
        f"  busiest second of a channel          {its.channel_second:8d}      limit 1",
        f"  busiest second of a workspace        {its.team_second:8d}      limit 5",
        f"  busiest minute of a workspace        {its.team_minute:8d}      limit 300",
        f"  of the limit used                    {its.used * 100:8.1f} %    goal 95",
        f"  acknowledged, median · p99           {_both(its.acks)} ms   goal 500",
        f"  command answered, median · p99       {_both(its.commands)} ms   goal 1000",
        f"  words answered, median · p99         {_both(its.words)} ms   goal 1000",
        f"  lost, doubled · violations           {its.wrong:8d} · {its.violations}   goal 0",
    ]
    print("\n".join([*lines, *its.first_violations[:3], ""]), flush=True)


def _both(values: Sequence[float]) -> str:
    return f"{statistics.median(values) * 1000:6.0f} · {percentile(values, 99) * 1000:.0f}"


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Paperboy on Slack: cost, pace, patience.")
    parser.add_argument("--full", action="store_true", help="longer broadcasts: some minutes each")
    options = parser.parse_args(arguments)
    for plan in (
        Plan(workspaces=50, channels=4, quiet=10, busy=120 if options.full else 20),
        Plan(workspaces=1, channels=200, quiet=2, busy=6 if options.full else 2),
    ):
        show(plan, asyncio.run(run(plan)))
    print("a fake Slack of another process receives")


if __name__ == "__main__":
    main(sys.argv[1:])
