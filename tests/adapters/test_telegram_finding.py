"""Looking for a post whose answer was lost: an identical edit, where an id can be nobody else's, and not otherwise."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.adapters.base import Command, Event, FateUnknown, RateLimited, Reply
from bot.adapters.telegram.account import TelegramAdapter
from bot.adapters.telegram.render import Body
from bot.adapters.telegram.settings import PlatformSettings
from bot.model import Address, Chat, ChatKind, Delivery, Sent, Unknown
from bot.store import Result, Step, Store
from bot.traces import Heard
from tests.adapters.bench import a_paper
from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.people import User
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.world import Chat as Place
from tests.store import desk

TITLES = ("First", "Second", "Third")
AN_ANSWER = a_paper("An Answer")
NEWS = Heard()


async def handle(event: Event) -> Reply:
    return Reply(messages=(AN_ANSWER,)) if isinstance(event, Command) else Reply()


@dataclass(slots=True)
class House:
    """A ledger that owes three papers to a channel, and processes that share it."""

    telegram: FakeTelegram
    store: Store
    place: Place
    owner: User
    chat: Chat
    debts: list[Delivery]
    ago: timedelta = field(default_factory=timedelta)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) - self.ago

    @contextlib.asynccontextmanager
    async def process(self, data: Path, *, receives: bool = True) -> AsyncIterator[TelegramAdapter]:
        """The adapter as `run --role web,worker` has it, or `--role worker` (not `receives`)."""
        token = SecretStr(self.telegram.bot.token)
        settings = PlatformSettings(
            token=token, api_base=self.telegram.url, chat_seconds=0.01, per_second=500, group_per_minute=500
        )
        made = TelegramAdapter(settings, data=data, receives=receives, trail=self.store.trail)
        await made.start(handle)
        receiving = asyncio.create_task(made.run()) if receives else None
        try:
            yield made
        finally:
            await made.stop()
            if receiving is not None:
                await receiving

    async def posts(self, made: TelegramAdapter, number: int) -> None:
        """Post a paper as a lane does: with its intent before and its receipt after, both on record."""
        await self.begins(number)
        receipt = await made.post(self.chat, self.body(made, number), key=self.debts[number].key)
        await self.ended(number, Sent(receipt=receipt))

    async def loses(self, made: TelegramAdapter, number: int, harm: Callable[..., object] | None = None) -> None:
        """Post a paper whose answer is lost, or with another harm."""
        await self.begins(number)
        (harm or self.telegram.faults.lose_answer)(method="sendMessage")
        with pytest.raises(FateUnknown):
            await made.post(self.chat, self.body(made, number), key=self.debts[number].key)

    async def looks(self, made: TelegramAdapter, number: int) -> str | None:
        """Look for it, and again as long as something else is waited for."""
        since = self.now - timedelta(minutes=1)
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(RateLimited):
                    body = self.body(made, number)
                    return await made.find(self.chat, body, key=self.debts[number].key, since=since)
                await asyncio.sleep(0.1)

    async def begins(self, number: int) -> None:
        await self._step(intents=[self.debts[number].id])

    async def ended(self, number: int, outcome: Sent | Unknown) -> None:
        its = self.debts[number]
        await self._step(results=[Result(delivery_id=its.id, chat_id=its.chat_id, outcome=outcome)])

    async def _step(self, results: list[Result] | None = None, intents: list[int] | None = None) -> None:
        [lease] = [each for each in await self.store.leases.shards() if each.owner]
        step = Step(
            lane=self.chat.address.lane, lease=lease, results=results or [], intents=intents or [], now=self.now
        )
        await self.store.deliveries.step(step)

    def body(self, made: TelegramAdapter, number: int) -> Body:
        return made.render(a_paper(TITLES[number]), self.chat)

    def untouched(self) -> bool:
        return not any(message.edited for message in self.place.messages)


@contextlib.asynccontextmanager
async def open_house(
    telegram: FakeTelegram, url: str, place: Place, owner: User, kind: ChatKind, *, owes: bool = True
) -> AsyncIterator[House]:
    store = await Store.open(url)
    lane = f"telegram:{telegram.bot.user.id}"
    now = datetime.now(UTC)
    try:
        address = Address(lane=lane, chat=str(place.id))
        chat, _ = await store.chats.meet(
            address, kind=kind, title="", language="ko", zone="UTC", now=now, subscribe=("*", "*")
        )
        house = House(telegram, store, place, owner, chat, [])
        if owes:
            await owe(house, *TITLES)
        await store.leases.register([lane], now)
        await store.leases.acquire("us", now=now, ttl=timedelta(hours=1))
        yield house
    finally:
        await store.close()


async def owe(house: House, *titles: str) -> None:
    """A digest that everybody is owed."""
    papers = [desk.a_paper(title) for title in titles]
    now = datetime.now(UTC)
    await desk.Desk(house.store).put(*papers, name=f"{titles[0]}.txt", now=now)
    await house.store.deliveries.plan(now=now, limit=10, decide=desk.everything)
    house.debts = sorted(await house.store.deliveries.listing(), key=lambda row: row.id)[-len(titles) :]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram without limits: a look takes no second here."""
    async with FakeTelegram(limits=Limits(on=False)) as fake:
        yield fake
    fake.check()


@pytest.fixture
async def house(telegram: FakeTelegram, sqlite_url: str) -> AsyncIterator[House]:
    """A channel that was posted to before, whose posts we may edit."""
    owner = telegram.user()
    place = telegram.channel(owner=owner, bot=True)
    async with open_house(telegram, sqlite_url, place, owner, ChatKind.CHANNEL) as found:
        yield found


async def test_the_process_that_receives_finds_it(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path) as made:
        await house.posts(made, 0)
        await house.loses(made, 1)
        assert await house.looks(made, 1) == f"{house.place.id}/{house.place.last.id}"
    assert house.untouched()


async def test_a_worker_that_receives_nothing_asks_the_process_that_does(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path / "one"), house.process(tmp_path / "two", receives=False) as worker:
        await house.posts(worker, 0)
        await house.loses(worker, 1)
        assert await house.looks(worker, 1) == f"{house.place.id}/{house.place.last.id}"
    assert house.untouched()


async def test_what_never_arrived_is_known_not_to_be_there(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path / "one"), house.process(tmp_path / "two", receives=False) as worker:
        await house.posts(worker, 0)
        await house.loses(worker, 1, house.telegram.faults.lose_request)
        assert await house.looks(worker, 1) is None


async def test_while_nobody_receives_nothing_is_touched_and_the_reason_is_told(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path, receives=False) as worker:
        await house.posts(worker, 0)
        await house.loses(worker, 1)
        with pytest.raises(RateLimited, match="nobody receives"):
            await worker.find(house.chat, house.body(worker, 1), key=house.debts[1].key, since=house.now)
    assert not house.telegram.requests("editMessageText"), "nothing is touched that may be somebody else's"


async def test_while_the_record_is_out_of_reach_it_is_to_be_looked_for_again(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path, receives=False) as worker:
        await house.posts(worker, 0)
        await house.loses(worker, 1)
        await house.store.close()
        with pytest.raises(RateLimited, match="cannot be asked"):
            await worker.find(house.chat, house.body(worker, 1), key=house.debts[1].key, since=datetime.now(UTC))


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_others_posted_meanwhile_is_never_touched(house: House, tmp_path: Path, arrived: bool) -> None:
    faults = house.telegram.faults
    async with house.process(tmp_path / "two", receives=False) as worker:
        async with house.process(tmp_path / "one"):
            await house.posts(worker, 0)
            for word in ("one", "two", "three"):
                await house.owner.posts(house.place, word)
            await house.telegram.until_delivered(within=10)
            await house.loses(worker, 1, faults.lose_answer if arrived else faults.lose_request)
            lost = f"{house.place.id}/{house.place.last.id}"
            for word in ("four", "five"):
                await house.owner.posts(house.place, word)
            await house.telegram.until_delivered(within=10)
        # The next one to receive has neither the memory nor the disk of the first.
        async with house.process(tmp_path / "another"):
            assert await house.looks(worker, 1) == (lost if arrived else None)
    assert house.untouched()


async def test_what_was_said_while_nobody_received_comes_in_before_anybody_looks(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path / "two", receives=False) as worker:
        await house.posts(worker, 0)
        await house.owner.posts(house.place, "one")
        await house.loses(worker, 1, house.telegram.faults.lose_request)
        await house.owner.posts(house.place, "two")
        async with house.process(tmp_path / "one"):
            assert await house.looks(worker, 1) is None
    assert house.untouched()


async def test_our_answers_are_never_touched(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path / "two", receives=False) as worker:
        async with house.process(tmp_path / "one"):
            await house.posts(worker, 0)
            await house.owner.posts(house.place, "/search something")
            await house.telegram.until(lambda: "An Answer" in house.place.last.text, within=10)
            await house.loses(worker, 1, house.telegram.faults.lose_request)
        async with house.process(tmp_path / "another"):
            assert await house.looks(worker, 1) is None
    assert house.untouched()


async def test_an_answer_of_unknown_fate_could_be_taken_for_it(house: House, tmp_path: Path) -> None:
    lane, place = house.chat.address.lane, str(house.place.id)
    async with house.process(tmp_path) as made:
        await house.posts(made, 0)
        await house.loses(made, 1)
        begun = replace(NEWS, begun=frozenset({"an-answer"}))
        await house.store.trail.note(lane, {place: begun}, datetime.now(UTC) - timedelta(seconds=31))
        with pytest.raises(FateUnknown, match="an answer of unknown fate"):
            await house.looks(made, 1)
        await house.store.trail.note(lane, {place: replace(NEWS, ended=begun.begun)}, datetime.now(UTC))
        assert await house.looks(made, 1) == f"{place}/{house.place.last.id}"


async def test_of_two_lost_posts_neither_is_taken_for_the_other(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path) as made:
        await house.posts(made, 0)
        await house.loses(made, 1)
        await house.ended(1, Unknown(reason="somebody gave up"))
        await house.loses(made, 2)
        with pytest.raises(FateUnknown, match="another message of unknown fate"):
            await house.looks(made, 2)
        assert house.untouched()


async def test_a_later_post_ends_the_doubt_about_an_earlier_one_for_those_that_follow(
    house: House, tmp_path: Path
) -> None:
    async with house.process(tmp_path) as made:
        await house.loses(made, 0)
        await house.ended(0, Unknown(reason="somebody gave up"))
        await house.posts(made, 1)
        await house.loses(made, 2)
        assert await house.looks(made, 2) == f"{house.place.id}/{house.place.last.id}"


async def test_where_nothing_was_posted_yet_a_message_that_was_heard_before_it_was_owed_will_do(
    house: House, tmp_path: Path
) -> None:
    async with house.process(tmp_path) as made:
        await house.owner.posts(house.place, "welcome")
        await house.telegram.until_delivered(within=10)
        await house.loses(made, 0)
        with pytest.raises(FateUnknown, match="not known where to look"):  # it may be older than what was heard
            await house.looks(made, 0)


async def test_the_first_post_of_all_is_found_after_the_first_message_of_all(
    telegram: FakeTelegram, sqlite_url: str, tmp_path: Path
) -> None:
    owner = telegram.user()
    place = telegram.channel(owner=owner, bot=True)
    async with (
        open_house(telegram, sqlite_url, place, owner, ChatKind.CHANNEL, owes=False) as house,
        house.process(tmp_path) as made,
    ):
        await owner.posts(place, "welcome")
        await telegram.until_delivered(within=10)
        await owe(house, *TITLES)
        await house.loses(made, 0)
        lost = f"{place.id}/{place.last.id}"
        await owner.posts(place, "and now?")
        assert await house.looks(made, 0) == lost
    assert house.untouched()


async def test_what_was_said_before_we_came_back_is_not_known(house: House, tmp_path: Path) -> None:
    async with house.process(tmp_path) as made:
        await house.posts(made, 0)
        await house.owner.removes_bot(house.place)
        await house.owner.posts(house.place, "while they are away")
        await house.owner.adds_bot(house.place)
        await house.telegram.until_delivered(within=10)
        await house.loses(made, 1, house.telegram.faults.lose_request)
        with pytest.raises(FateUnknown, match="not known where to look"):
            await house.looks(made, 1)
    assert house.untouched()


# --- supergroups, where we hear little and can edit nothing but our own -------------------------------------------


@pytest.fixture
async def group(telegram: FakeTelegram, sqlite_url: str) -> AsyncIterator[House]:
    """A supergroup in which we hear commands only."""
    owner = telegram.user()
    async with open_house(telegram, sqlite_url, telegram.group(owner=owner, bot=True), owner, ChatKind.GROUP) as found:
        yield found


@pytest.mark.parametrize("arrived", [True, False])
async def test_in_a_supergroup_it_is_found_among_what_we_do_not_hear(
    group: House, tmp_path: Path, arrived: bool
) -> None:
    faults = group.telegram.faults
    async with group.process(tmp_path / "one"), group.process(tmp_path / "two", receives=False) as worker:
        await group.posts(worker, 0)
        await group.owner.says(group.place, "한마디")
        await group.loses(worker, 1, faults.lose_answer if arrived else faults.lose_request)
        lost = f"{group.place.id}/{group.place.last.id}"
        await group.owner.says(group.place, "또 한마디")
        assert await group.looks(worker, 1) == (lost if arrived else None)
    assert group.untouched()


@pytest.mark.parametrize(("minutes", "looks"), [(0, 8), (30, 16)])
async def test_in_a_supergroup_the_longer_ago_our_last_post_was_the_longer_must_be_the_gap(
    group: House, tmp_path: Path, minutes: int, looks: int
) -> None:
    async with group.process(tmp_path) as made:
        group.ago = timedelta(minutes=minutes)
        await group.posts(made, 0)
        group.ago = timedelta()
        await group.loses(made, 1, group.telegram.faults.lose_request)
        assert await group.looks(made, 1) is None
    assert len(group.telegram.requests("editMessageText")) == looks


async def test_in_a_supergroup_a_gap_after_a_long_silence_proves_nothing(group: House, tmp_path: Path) -> None:
    async with group.process(tmp_path) as made:
        group.ago = timedelta(hours=3)
        await group.posts(made, 0)
        group.ago = timedelta()
        await group.loses(made, 1, group.telegram.faults.lose_request)
        with pytest.raises(FateUnknown, match="more that was said"):
            await group.looks(made, 1)


async def test_in_a_supergroup_where_we_hear_all_much_may_be_said_in_between(
    telegram: FakeTelegram, sqlite_url: str, tmp_path: Path
) -> None:
    telegram.bot.privacy = False
    owner = telegram.user()
    place = telegram.group(owner=owner, bot=True)
    async with (
        open_house(telegram, sqlite_url, place, owner, ChatKind.GROUP) as group,
        group.process(tmp_path / "one"),
        group.process(tmp_path / "two", receives=False) as worker,
    ):
        await group.posts(worker, 0)
        for number in range(40):
            await owner.says(place, f"{number}번째 말")
        await telegram.until_delivered(within=10)
        await group.loses(worker, 1)
        lost = f"{place.id}/{place.last.id}"
        assert await group.looks(worker, 1) == lost
        assert len(telegram.requests("editMessageText")) == 1
