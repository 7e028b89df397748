"""A small house for the stories about commands: the seeds in a real store and a real index, people, and chats."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.adapters.base import Command, Event, Home, Joined, Person, Press, Reply
from bot.commands import Commands
from bot.digest import parse_digest
from bot.identity import match
from bot.latex import readable
from bot.message import Action, Button, Message, decode_action, encode_action
from bot.model import Address, Chat, ChatKind, Delivery, Digest, Paper, Subscription, Tag
from bot.query import Lexicon, tag_slug
from bot.search import Index
from bot.store import Store
from tests.fakes.archive import changed_since

SEEDS = Path(__file__).parents[2] / "seeds"
START = datetime(2024, 5, 10, 0, 0, tzinfo=UTC)  # a Friday, nine in the morning in Seoul

LEXICON = Lexicon.from_tables(
    {
        "rlhf": {"ko": ["인간 피드백 강화학습"], "aliases": ["rl-hf"]},
        "llm": {"ko": ["언어 모델", "대규모 언어 모델"]},
        "reward-model": {"ko": ["보상 모델"]},
    },
    {"translations": {"보상 모델": ["reward model"], "검색 증강 생성": ["retrieval-augmented generation"]}},
    readable=readable,
)


@dataclass
class Clock:
    """A clock that the story turns."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **step: float) -> None:
        self.now += timedelta(**step)


@dataclass
class People:
    """Somebody in a chat: what they type and press arrives as the events of a platform would."""

    commands: Commands
    address: Address
    kind: ChatKind = ChatKind.PRIVATE
    person: Person | None = None
    language: str | None = None
    manager: bool = False
    member: bool = True
    threads: bool = False
    room: bool = False
    alone: bool = False
    asked: list[None] = field(default_factory=list)

    async def may_manage(self) -> bool:
        self.asked.append(None)
        return self.manager or self.kind is ChatKind.PRIVATE

    async def types(self, line: str, *, about: str | None = None) -> Reply:
        """A line as a platform cuts it: `/name argument`, or plain words; `about` is what it replies to."""
        name, _, argument = line[1:].partition(" ") if line.startswith("/") else ("", "", line)
        return await self.commands.handle(
            Command(
                address=self.address, kind=self.kind, person=self.person, language=self.language,
                may_manage=self.may_manage, member=self.member, threads=self.threads, name=name, argument=argument,
                about=about, alone=self.alone,
            )
        )  # fmt: skip

    async def says(self, line: str) -> Reply:
        """A line without a slash that begins with a command's word, from a platform that takes it for one."""
        name, _, argument = line.partition(" ")
        return await self.commands.handle(
            Command(address=self.address, person=self.person, kind=self.kind, name=name, argument=argument, line=line)
        )

    async def presses(self, button: Button | Action | None) -> Reply:
        """A press as it comes back from a platform: printed, and read again."""
        action = button.action if isinstance(button, Button) else button
        if action is not None:
            action = decode_action(encode_action(action))
            assert action is not None
        return await self.commands.handle(
            Press(
                address=self.address, kind=self.kind, person=self.person, language=self.language,
                may_manage=self.may_manage, member=self.member, threads=self.threads, room=self.room, alone=self.alone,
                action=action,
            )
        )  # fmt: skip

    async def looks_home(self) -> Reply:
        return await self.commands.handle(
            Home(address=self.address, kind=self.kind, person=self.person, language=self.language)
        )

    async def adds_the_bot(self) -> Reply:
        return await self.commands.handle(
            Joined(
                address=self.address, kind=self.kind, title="팀 논문방", person=self.person, language=self.language,
                may_manage=self.may_manage,
            )
        )  # fmt: skip


@dataclass
class Stage:
    """Everything that a story can look at."""

    store: Store
    index: Index
    commands: Commands
    clock: Clock
    woken: list[None]

    def reader(self, name: str = "minji", language: str | None = None) -> People:
        """A person in their private chat."""
        person = Person(id=name, name=name, address=_private(name), language=language)
        return People(commands=self.commands, address=_private(name), person=person)

    def member(self, name: str = "minji", *, manager: bool = False, kind: ChatKind = ChatKind.GROUP) -> People:
        """The same person in the shared chat."""
        address = Address(lane="telegram:1", chat=f"-100{kind.value}")
        person = Person(id=name, name=name, address=_private(name))
        return People(commands=self.commands, address=address, kind=kind, person=person, manager=manager)

    async def chat(self, who: People) -> Chat:
        chat = await self.store.chats.find(who.address)
        assert chat is not None
        return chat

    async def follows(self, who: People) -> list[str]:
        """The canonical forms of what a chat follows."""
        return [one.canonical for one in await self.subscriptions(who)]

    async def subscriptions(self, who: People) -> list[Subscription]:
        return await self.store.chats.subscriptions((await self.chat(who)).id)

    async def owed(self, who: People) -> list[Delivery]:
        return await self.store.deliveries.listing(chat_id=(await self.chat(who)).id)

    async def takes_in(self, name: str, *papers: Paper) -> None:
        """A digest file with these papers is read, instead of what it held before."""
        digest = Digest(date=papers[0].date if papers else START.date(), papers=papers)
        await self.store.digests.put(
            name, name + str(self.clock()), digest, problems=(), slug=lambda raw: tag_slug(raw, LEXICON),
            match=match, publish=True, now=self.clock(),
        )  # fmt: skip
        revision, changed = await changed_since(self.store, self.index.revision)
        await asyncio.to_thread(self.index.apply, changed, revision)

    async def tag(self, slug: str) -> Tag:
        tag = await self.store.papers.tag(slug)
        assert tag is not None
        return tag


def _private(name: str) -> Address:
    return Address(lane="telegram:1", chat=name)


@asynccontextmanager
async def stage(
    folder: Path, *, seeds: bool = True, language: str = "ko", publish_within_days: int = 3
) -> AsyncIterator[Stage]:
    """A house with the seed digests in it, published a day apart, or an empty one."""
    if seeds:
        shutil.copytree(await _filled(), folder, dirs_exist_ok=True)
    async with _opened(folder) as (store, index):
        clock, woken = Clock(), list[None]()
        commands = Commands(
            store=store,
            index=index,
            lexicon=LEXICON,
            now=clock,
            default_language=language,
            default_zone="Asia/Seoul",
            wake=lambda: woken.append(None),
            address_of=no_address,
            publish_within_days=publish_within_days,
        )
        yield Stage(store=store, index=index, commands=commands, clock=clock, woken=woken)


async def no_address(_chat: Chat, _receipt: str) -> str | None:
    """Nothing is posted here."""
    return None


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[tuple[Store, Index]]:
    store = await Store.open(f"sqlite:///{folder / 'paperboy.db'}")
    await store.migrate()
    index = await asyncio.to_thread(Index.open, folder / "index", LEXICON, archive="a")
    try:
        yield store, index
    finally:
        index.close()
        await store.close()


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="paperboy-seeds-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


async def _filled() -> Path:
    """The folder of a house with the seeds in it, which is made once for all tests."""
    if not any(_folder().iterdir()):
        async with _opened(_folder()) as (store, index):
            await _fill(store, index)
    return _folder()


async def _fill(store: Store, index: Index) -> None:
    for number, path in enumerate(sorted(SEEDS.glob("*.txt"))):
        digest = parse_digest(path.read_text("utf-8")).digest
        assert digest is not None
        await store.digests.put(
            path.name,
            path.name,
            digest,
            problems=(),
            slug=lambda raw: tag_slug(raw, LEXICON),
            match=match,
            publish=True,
            now=START - timedelta(days=10 - number),
        )
    revision, papers = await changed_since(store, 0)
    await asyncio.to_thread(index.apply, papers, revision)


def messages(reply: Reply) -> list[Message]:
    """All messages of a reply, wherever they go."""
    return [*reply.messages, *([reply.replace] if reply.replace else [])]


def words(reply: Reply) -> str:
    """Everything that a reply says, buttons too, as lines."""
    lines = [reply.toast] if reply.toast else []
    lines += [line for message in messages(reply) for line in printed(message)]
    return "\n".join(lines)


def printed(message: Message) -> list[str]:
    """A message as plain lines."""
    lines = []
    for block in message.blocks:
        paragraphs = block.paragraphs if hasattr(block, "paragraphs") else (block,)
        if hasattr(block, "title"):
            lines.append(f"▸ {block.title}")
        lines += ["".join(inline.text for inline in paragraph.inlines) for paragraph in paragraphs]
    lines += ["  ".join(f"[{'✓ ' if button.on else ''}{button.label}]" for button in row) for row in message.buttons]
    return lines


def buttons(reply: Reply) -> Iterator[Button]:
    for message in messages(reply):
        for row in message.buttons:
            yield from row


def button(reply: Reply, label: str) -> Button:
    """The button with these words on it."""
    found = [one for one in buttons(reply) if label in one.label]
    assert found, f"no button {label!r} among {[one.label for one in buttons(reply)]}"
    return found[0]


def apologised(reply: Reply) -> bool:
    """Whether something went wrong inside."""
    return "죄송" in words(reply) or "Sorry" in words(reply)


__all__ = [
    "LEXICON",
    "Event",
    "People",
    "Stage",
    "apologised",
    "button",
    "buttons",
    "messages",
    "no_address",
    "printed",
    "stage",
    "words",
]
