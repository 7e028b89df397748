"""How papers leave: once each, whatever becomes of the answer, and at Slack's pace.

Over 400 lines: a story for each of Slack's errors and each way in which an answer can be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model import DeliveryState
from bot.store import LaneCounts
from tests.fakes.slack.faults import Faults
from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.people import User
from tests.fakes.slack.server import FakeSlack
from tests.stories.slack_house import PATIENT, a_channel, drop, entry, ledger, paperboy, titles

Harmful = Callable[[FakeSlack, str], object]
POST = "chat.postMessage"


def settled(lanes: Sequence[LaneCounts]) -> bool:
    """Nothing is owed any more."""
    return not any(lane.ready or lane.sending for lane in lanes)


def abstracted(title: str) -> str:
    """An entry with an abstract, in the newsletter form."""
    return f"{title}\n(Ada Lovelace)\nWe show what an abstract is, at some length.\n방금 나온 논문입니다.\n#tool"


async def a_reader(slack: FakeSlack, reader: User) -> None:
    """Somebody follows everything in their DM."""
    said = await reader.says(reader.dm, "subscribe *")
    await reader.dm.wait_for(lambda message: message.ts > said.ts)


@pytest.mark.parametrize(
    "harm",
    [
        lambda fake, place: fake.faults.lose_answer(method=POST, channel=place),
        lambda fake, place: fake.faults.lose_request(method=POST, channel=place),
        lambda fake, place: fake.faults.page(502, posted=True, method=POST, channel=place),
        lambda fake, place: fake.faults.page(500, posted=False, method=POST, channel=place),
        lambda fake, place: fake.faults.garble(posted=True, method=POST, channel=place),
        lambda fake, place: fake.faults.truncate(posted=True, method=POST, channel=place),
        lambda fake, place: fake.faults.refuse("fatal_error", posted=True, method=POST, channel=place),
        lambda fake, place: fake.faults.refuse("internal_error", method=POST, channel=place),
        lambda fake, place: fake.faults.flood(2, method=POST, channel=place, holds=True),
    ],
    ids=[
        "answer lost",
        "request lost",
        "502 after",
        "500 before",
        "garbled",
        "cut short",
        "fatal_error after",
        "internal_error before",
        "429",
    ],
)
async def test_a_paper_is_there_once_whatever_became_of_the_answer(
    slack: FakeSlack, tmp_path: Path, harm: Harmful
) -> None:
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        harm(slack, channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1, within=60)
        assert titles(channel) == {"The First Paper": 1, "The Second Paper": 1, "The Third Paper": 1}
        assert not await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)
    assert not slack.record.repeated()


async def test_in_a_private_channel_a_lost_paper_is_found_too(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path):
        _, channel = await a_channel(slack, tmp_path, private=True)
        slack.faults.lose_answer(method=POST, channel=channel.id)
        slack.faults.flood(1, method="conversations.history")
        slack.faults.page(502, posted=False, method="conversations.history")
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1, within=90)
        assert titles(channel) == {"The First Paper": 1, "The Second Paper": 1, "The Third Paper": 1}


async def test_in_a_direct_message_a_lost_paper_is_found_too(slack: FakeSlack, tmp_path: Path) -> None:
    reader = slack.team.user()
    async with paperboy(slack, tmp_path) as running:
        await a_reader(slack, reader)
        slack.faults.lose_answer(method=POST, channel=reader.id)
        drop(tmp_path, "one.txt", entry("A Paper"), entry("Another Paper"))
        await slack.until(lambda: titles(reader.dm)["Another Paper"] == 1, within=60)
        assert titles(reader.dm) == {"A Paper": 1, "Another Paper": 1}
        assert not await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)


async def test_in_a_thread_a_lost_paper_is_found_too(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        chat = await running.chat(channel)
        await running.store.chats.change(chat.id, settings={"layout": "thread"}, now=datetime.now(UTC))
        slack.faults.lose_answer(method=POST, channel=channel.id)  # of the head
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        head = await channel.wait_for(lambda message: "2" in message.plain and "방금" not in message.plain, within=60)
        await slack.until(lambda: titles(channel)["The Second Paper"] == 1, within=60)
        slack.faults.lose_answer(method=POST, channel=channel.id)
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1, within=60)
        await ledger(running, settled)
        shown = [message.plain.partition("\n")[0] for message in channel.thread(head)]
        assert shown == ["The Second Paper", "The Third Paper"]
    assert not slack.record.repeated()


@pytest.mark.parametrize("posted", [True, False], ids=["it was posted", "it was not"])
async def test_a_paper_under_way_at_a_crash_is_there_once_after_the_restart(
    slack: FakeSlack, tmp_path: Path, posted: bool
) -> None:
    async with paperboy(slack, tmp_path) as running:
        admin, channel = await a_channel(slack, tmp_path)
        fault = slack.faults.stall(60, posted=posted, method=POST, channel=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        async with asyncio.timeout(PATIENT):
            while not fault.hits:  # noqa: ASYNC110 - a request that comes to nothing raises no event
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.2)
        await running.kill()
    await admin.says(channel, "사람이 쓴 글")
    async with paperboy(slack, tmp_path) as running:
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1, within=60)
        assert titles(channel) == {"The First Paper": 1, "The Second Paper": 1, "The Third Paper": 1}
        assert not await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)


async def test_what_cannot_be_looked_for_is_left_to_the_operator(slack: FakeSlack, tmp_path: Path) -> None:
    slack.team.install_app(frozenset(slack.team.app.scopes - {"channels:history"}))
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        slack.faults.lose_answer(method=POST, channel=channel.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await ledger(running, lambda lanes: any(lane.unknown for lane in lanes))
        (unknown,) = await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)
        assert "missing_scope" in (unknown.reason or "")
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1, within=30)
        assert titles(channel)["The Second Paper"] == 1


async def test_a_corrected_paper_is_edited_and_a_withdrawn_one_deleted(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path):
        _, channel = await a_channel(slack, tmp_path)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        second = await channel.wait_for(lambda message: "The Second" in message.plain)
        await channel.wait_for(lambda message: "The Third" in message.plain)
        key = second.key
        drop(tmp_path, "second.txt", entry("The Second Paper", "방금 나온, 고친 논평입니다."), entry("The Third Paper"))
        await slack.until(lambda: "고친" in second.plain)
        assert second.key == key, "an edit leaves the mark by which the message is found"
        drop(tmp_path, "second.txt", entry("The Third Paper"))
        await slack.until(lambda: second.deleted)
        assert titles(channel)["The Third Paper"] == 1


async def test_a_withdrawn_paper_that_may_not_be_deleted_is_struck_from_view(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path):
        _, channel = await a_channel(slack, tmp_path)
        slack.faults.refuse("compliance_exports_prevent_deletion", method="chat.delete")
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        second = await channel.wait_for(lambda message: "The Second" in message.plain)
        await channel.wait_for(lambda message: "The Third" in message.plain)
        drop(tmp_path, "second.txt", entry("The Third Paper"))
        await slack.until(lambda: "방금 나온" not in second.plain)
        assert not second.deleted


async def test_a_message_that_somebody_deleted_is_neither_edited_nor_posted_again(
    slack: FakeSlack, tmp_path: Path
) -> None:
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        second = await channel.wait_for(lambda message: "The Second" in message.plain)
        channel.erase(second)
        drop(tmp_path, "second.txt", entry("The Second Paper", "방금 나온, 고친 논평입니다."))
        await slack.until(lambda: bool(slack.requests("chat.update")))
        await ledger(running, settled)
        assert titles(channel)["The Second Paper"] == 0
        drop(tmp_path, "second.txt", entry("The Third Paper"))
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)


async def test_a_workspace_that_refuses_containers_gets_attachments_from_then_on(
    slack: FakeSlack, tmp_path: Path
) -> None:
    slack.team.container = False
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        drop(tmp_path, "second.txt", abstracted("The Second Paper"), abstracted("The Third Paper"))
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)
        refused = [one for one in slack.requests(POST) if one.end == "invalid_blocks"]
        assert len(refused) == 1, "asked once, and not again"
        folded = await channel.wait_for(lambda message: "The Third" in message.plain)
        assert "what an abstract is" in folded.plain
        assert folded.attachments
        assert not await running.store.deliveries.listing(state=DeliveryState.DEAD)
    async with paperboy(slack, tmp_path):
        drop(tmp_path, "third.txt", abstracted("The Fourth Paper"))
        await slack.until(lambda: titles(channel)["The Fourth Paper"] == 1)
    assert len([one for one in slack.requests(POST) if one.end == "invalid_blocks"]) == 1


# --- channels that come and go --------------------------------------------------------------------------------


async def test_what_an_archived_channel_is_owed_waits_and_comes_in_order(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path) as running:
        admin, channel = await a_channel(slack, tmp_path)
        await admin.archives(channel)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await asyncio.sleep(3)
        assert titles(channel) == {"The First Paper": 1}
        await admin.unarchives(channel)
        if not channel.has(slack.team.app):
            await admin.invites_bot(channel)
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)
        assert list(titles(channel)) == ["The First Paper", "The Second Paper", "The Third Paper"]
        await ledger(running, settled)


async def test_a_channel_found_to_be_archived_gets_its_papers_when_it_is_opened_again(
    slack: FakeSlack, tmp_path: Path
) -> None:
    async with paperboy(slack, tmp_path) as running:
        admin, channel = await a_channel(slack, tmp_path)
        channel.archived = True  # and nobody told us
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await slack.until(lambda: any(one.end == "is_archived" for one in slack.requests(POST)))
        await asyncio.sleep(2)
        assert len([one for one in slack.requests(POST) if one.end == "is_archived"]) == 1, "it is left in peace"
        await admin.unarchives(channel)
        if not channel.has(slack.team.app):
            await admin.invites_bot(channel)
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)
        assert list(titles(channel)) == ["The First Paper", "The Second Paper", "The Third Paper"]
        await ledger(running, settled)


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_a_channel_that_lost_us_sleeps_and_wakes_when_we_are_invited(
    slack: FakeSlack, tmp_path: Path, private: bool
) -> None:
    async with paperboy(slack, tmp_path) as running:
        admin, channel = await a_channel(slack, tmp_path, private=private)
        await admin.removes_bot(channel)
        await slack.until_delivered()
        await asyncio.sleep(0.5)
        assert not (await running.chat(channel)).active
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await asyncio.sleep(1.5)
        assert titles(channel) == {"The First Paper": 1}
        await admin.invites_bot(channel)
        await slack.until_delivered()
        drop(tmp_path, "third.txt", entry("The Third Paper"))
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "messages_tab_disabled"])
async def test_a_channel_that_is_found_to_be_gone_holds_up_nobody(slack: FakeSlack, tmp_path: Path, code: str) -> None:
    async with paperboy(slack, tmp_path) as running:
        _, gone = await a_channel(slack, tmp_path)
        admin = slack.team.user("다른 관리자")
        other = slack.team.channel("other", members=(admin,), bot=False)
        await admin.invites_bot(other)
        await other.wait_for(lambda message: "The First Paper" in message.plain)
        slack.faults.refuse(code, times=50, method=POST, channel=gone.id)
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await slack.until(lambda: titles(other)["The Third Paper"] == 1)
        await ledger(running, settled)
        chat = await running.chat(gone)
        assert (chat.active, chat.inactive_reason) == (False, code)
        assert len([one for one in slack.requests(POST) if one.params["channel"] == gone.id and one.end != "ok"]) == 1


async def test_a_read_only_channel_is_tried_again_later_and_holds_up_nobody(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        channel.refusal = "restricted_action_read_only_channel"
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        await slack.until(lambda: any(one.end == channel.refusal for one in slack.requests(POST)))
        await asyncio.sleep(1)
        chat = await running.chat(channel)
        assert chat.active
        assert chat.paused_until is not None
        (waits,) = await running.store.deliveries.listing(state=DeliveryState.READY)
        assert (waits.reason, waits.attempts) == ("restricted_action_read_only_channel", 0)


async def test_papers_follow_a_channel_to_its_new_id_and_their_copies_can_still_be_changed(
    slack: FakeSlack, tmp_path: Path
) -> None:
    async with paperboy(slack, tmp_path):
        admin, channel = await a_channel(slack, tmp_path)
        drop(tmp_path, "second.txt", entry("The Second Paper"))
        second = await channel.wait_for(lambda message: "The Second" in message.plain)
        old = channel.id
        await admin.changes_id(channel)
        assert channel.id != old
        await slack.until_delivered()
        drop(tmp_path, "third.txt", entry("The Third Paper"))
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1)
        drop(tmp_path, "second.txt", entry("The Second Paper", "방금 나온, 고친 논평입니다."))
        await slack.until(lambda: any("고친" in message.plain for message in channel.from_bot))
        assert len([one for one in channel.from_bot if "The Second" in one.plain]) == 1
        assert "고친" in second.plain


# --- weather --------------------------------------------------------------------------------------------------


async def test_in_a_storm_of_everything_each_channel_gets_each_paper_once(slack: FakeSlack, tmp_path: Path) -> None:
    faults = slack.faults
    async with paperboy(slack, tmp_path, BOT_SLACK__TIMEOUT_SECONDS="2") as running:
        admin = slack.team.user("관리자")
        channels = [slack.team.channel(f"c{n}", members=(admin,), bot=False) for n in range(8)]
        for channel in channels:
            await admin.invites_bot(channel)
        await slack.until(lambda: all(channel.from_bot for channel in channels))
        weather = Faults()
        faults.storm(
            0.35,
            weather.lose_answer(method=POST),
            weather.lose_request(method=POST),
            weather.page(502, posted=True, method=POST),
            weather.garble(posted=True, method=POST),
            weather.truncate(posted=True, method=POST),
            weather.refuse("fatal_error", posted=True, method=POST),
            weather.refuse("service_unavailable", method=POST),
            weather.flood(1, method=POST),
            weather.stall(5, posted=True, method=POST),
        )
        drop(tmp_path, "one.txt", *(entry(f"Paper Number {n}") for n in range(4)))
        await asyncio.sleep(15)
        faults.clear()
        await ledger(running, settled, within=120)
        unknown = await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)
        dead = await running.store.deliveries.listing(state=DeliveryState.DEAD)
        assert not unknown
        assert not dead
    wanted = {f"Paper Number {n}": 1 for n in range(4)}
    assert [titles(channel) for channel in channels] == [wanted] * 8
    assert all(list(titles(channel)) == list(wanted) for channel in channels), "in the curator's order"
    assert not slack.record.repeated()


async def test_without_slack_papers_wait_and_come_when_it_is_back(slack: FakeSlack, tmp_path: Path) -> None:
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        await slack.go_dark()
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await asyncio.sleep(3)
        await slack.come_back()
        await slack.until(lambda: titles(channel)["The Third Paper"] == 1, within=60)
        assert titles(channel) == {"The First Paper": 1, "The Second Paper": 1, "The Third Paper": 1}
        await ledger(running, settled)


@pytest.mark.parametrize("trouble", ["team_added_to_org", "org_login_required", "message_limit_exceeded"])
async def test_a_workspace_in_trouble_is_left_in_peace_and_loses_nothing(
    slack: FakeSlack, tmp_path: Path, trouble: str
) -> None:
    async with paperboy(slack, tmp_path) as running:
        _, channel = await a_channel(slack, tmp_path)
        slack.team.trouble = trouble
        drop(tmp_path, "second.txt", entry("The Second Paper"), entry("The Third Paper"))
        await slack.until(lambda: any(one.end == trouble for one in slack.requests(POST)))
        await asyncio.sleep(2)
        assert len([one for one in slack.requests(POST) if one.end == trouble]) == 1
        waiting = await running.store.deliveries.listing(state=DeliveryState.READY)
        assert [row.attempts for row in waiting] == [0, 0]
        assert titles(channel) == {"The First Paper": 1}


async def test_killed_in_the_middle_of_a_broadcast_nobody_gets_a_paper_twice(tmp_path: Path) -> None:
    async with FakeSlack(limits=Limits(on=False)) as slack:
        admin = slack.team.user("관리자")
        channels = [slack.team.channel(f"c{n}", members=(admin,), bot=False) for n in range(10)]
        async with paperboy(slack, tmp_path) as running:
            for channel in channels:
                await admin.invites_bot(channel)
            await slack.until(lambda: all(channel.from_bot for channel in channels))
            drop(tmp_path, "one.txt", *(entry(f"Paper Number {n}") for n in range(3)))
            await slack.until(lambda: sum(sum(titles(one).values()) for one in channels) >= 8)
            await running.kill()
        async with paperboy(slack, tmp_path) as running:
            await ledger(running, settled)
            assert not await running.store.deliveries.listing(state=DeliveryState.UNKNOWN)
        assert [titles(one) for one in channels] == [{f"Paper Number {n}": 1 for n in range(3)}] * 10
        slack.check()


async def test_a_question_during_a_broadcast_is_answered_at_once(slack: FakeSlack, tmp_path: Path) -> None:
    admin, curious = slack.team.user("관리자"), slack.team.user("궁금한 사람")
    channels = [slack.team.channel(f"c{n}", members=(admin,), bot=False) for n in range(20)]
    lobby = slack.team.channel("lobby", members=(curious,), bot=False)
    async with paperboy(slack, tmp_path):
        for channel in channels:
            await admin.invites_bot(channel)
        await slack.until(lambda: all(channel.from_bot for channel in channels))
        drop(tmp_path, "one.txt", *(entry(f"Paper Number {n}") for n in range(4)))
        await slack.until(lambda: sum(sum(titles(one).values()) for one in channels) >= 5)
        waited, acked = [], []
        for _ in range(3):
            began = asyncio.get_running_loop().time()
            answer = await curious.commands(lobby, "/papers search Paper")
            waited.append(asyncio.get_running_loop().time() - began)
            acked.append(answer.ack_seconds)
            began, heard = asyncio.get_running_loop().time(), len(curious.dm.from_bot)
            await curious.says(curious.dm, "help")
            await slack.until(lambda heard=heard: len(curious.dm.from_bot) > heard)  # type: ignore[misc]
            waited.append(asyncio.get_running_loop().time() - began)
        assert sum(sum(titles(one).values()) for one in channels) < 80, "the broadcast was over already"
        assert min(waited) < 1.0
        assert max(acked) < 1.0
