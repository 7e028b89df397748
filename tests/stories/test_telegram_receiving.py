"""How updates come in: nothing is lost and nothing happens twice, whoever dies or talks nonsense in between."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.adapters.base import Adapter, Handle, LaneClosed
from bot.adapters.telegram.webhook import HEADER
from bot.model import Address
from bot.pacing import LanePace
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.server import FakeTelegram
from tests.stories.telegram_house import PATIENT, drop, entry, paperboy

PUBLIC = "https://paperboy.example"
POLLING: Mapping[str, str] = {}
WEBHOOK: Mapping[str, str] = {"BOT_TELEGRAM__WEBHOOK_URL": PUBLIC}
both_ways = pytest.mark.parametrize("receiving", [POLLING, WEBHOOK], ids=["polling", "webhook"])


@both_ways
async def test_what_was_said_while_nobody_listened_is_answered_once_after_the_start(
    telegram: FakeTelegram, tmp_path: Path, receiving: Mapping[str, str]
) -> None:
    readers = [telegram.user(f"독자 {n}", started=True) for n in range(5)]
    for reader in readers:
        await reader.says(reader.private, "/help")
    async with paperboy(telegram, tmp_path, **receiving):
        for reader in readers:
            await reader.private.wait_for(within=PATIENT)
        await telegram.until_delivered(within=PATIENT)
    async with paperboy(telegram, tmp_path, **receiving):
        await asyncio.sleep(0.5)
    assert [len(reader.private.from_bot) for reader in readers] == [1] * 5


async def test_a_press_brought_again_after_a_crash_does_not_undo_itself(telegram: FakeTelegram, tmp_path: Path) -> None:
    reader = telegram.user()
    drop(tmp_path, "one.txt", entry("A Paper", tags="#moe"))
    async with paperboy(telegram, tmp_path) as running:
        await reader.starts()
        hello = await reader.private.wait_for(within=PATIENT, wanted=lambda message: "안녕하세요" in message.text)
        await telegram.until_delivered(within=PATIENT)
        # What confirms the press is lost, and so is the process.
        await reader.presses(hello, "#moe")
        telegram.faults.lose_request(times=1000, method="getUpdates")
        pressed = telegram.bot.mailbox.queue
        await running.kill()
    brought = list(pressed)
    telegram.faults.clear()
    async with paperboy(telegram, tmp_path) as running:
        await telegram.until_delivered(within=PATIENT)
        chat = await running.store.chats.find(Address(lane=f"telegram:{telegram.bot.user.id}", chat=str(reader.id)))
        assert chat is not None
        there = await running.store.chats.subscriptions(chat.id)
        assert [one.text for one in there] == ["#moe"], f"{len(brought)} updates came again"


async def test_a_second_poller_is_told_apart_in_one_sentence_and_the_first_goes_on(
    telegram: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = telegram.user(started=True)
    async with paperboy(telegram, tmp_path), aiohttp.ClientSession() as session:
        said = await reader.says(reader.private, "/help")
        await reader.private.wait_for(within=PATIENT, after=said)
        await asyncio.sleep(0.6)
        url = f"{telegram.url}/bot{telegram.bot.token}/getUpdates"
        async with session.post(url, json={"timeout": 1}) as answer:
            await answer.read()
        said = await reader.says(reader.private, "/help")
        await reader.private.wait_for(within=20, after=said)
    lines = [record.getMessage() for record in caplog.records if "Another process" in record.getMessage()]
    assert len(lines) == 1


async def test_a_webhook_left_behind_is_removed_before_polling(telegram: FakeTelegram, tmp_path: Path) -> None:
    reader = telegram.user(started=True)
    async with aiohttp.ClientSession() as session:
        hook = {"url": "http://127.0.0.1:9/nobody"}
        async with session.post(f"{telegram.url}/bot{telegram.bot.token}/setWebhook", json=hook) as answer:
            assert answer.status == 200
    async with paperboy(telegram, tmp_path):
        said = await reader.says(reader.private, "/help")
        await reader.private.wait_for(within=PATIENT, after=said)


async def test_without_a_network_it_starts_and_goes_on_when_there_is_one(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    reader = telegram.user(started=True)
    await telegram.go_dark()
    async with paperboy(telegram, tmp_path) as running:
        await asyncio.sleep(0.5)
        assert not running.task.done()
        await telegram.come_back()
        said = await reader.says(reader.private, "/help")
        await reader.private.wait_for(within=PATIENT, after=said)
        await telegram.go_dark()
        await asyncio.sleep(0.3)
        await telegram.come_back()
        said = await reader.says(reader.private, "/tags")
        await reader.private.wait_for(within=PATIENT, after=said)


WRONG = "987654321:AAwrongwrongwrongwrongwrongwrongwrong000"


async def test_a_token_that_is_refused_ends_the_run_with_one_sentence_without_the_token(
    telegram: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(LaneClosed) as caught:
        async with paperboy(telegram, tmp_path, BOT_TELEGRAM__TOKEN=WRONG) as running, asyncio.timeout(PATIENT):
            await running.task
    assert "BOT_TELEGRAM__TOKEN" in str(caught.value)
    ours = [record for record in caplog.records if record.name != "aiohttp.access"]  # the fake's own
    assert not any(WRONG.partition(":")[2] in record.getMessage() for record in ours)
    assert WRONG.partition(":")[2] not in str(caught.value)


class Elsewhere:
    """Another platform, on which nothing happens."""

    name = "elsewhere"
    owns_terminal = False

    def __init__(self) -> None:
        self.paces: dict[str, LanePace] = {}
        self.receiving = asyncio.Event()
        self._stopping = asyncio.Event()

    async def start(self, handle: Handle) -> None:
        pass

    async def run(self) -> None:
        self.receiving.set()
        await self._stopping.wait()

    async def stop(self) -> None:
        self._stopping.set()


async def test_a_token_that_is_refused_does_not_end_another_platform(
    telegram: FakeTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = Elsewhere()
    async with paperboy(telegram, tmp_path, [cast("Adapter", other)], BOT_TELEGRAM__TOKEN=WRONG) as running:
        await other.receiving.wait()
        async with asyncio.timeout(PATIENT):
            while not any("refuses the token" in record.getMessage() for record in caplog.records):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        assert not running.task.done()
    assert sum("refuses the token" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("receiving", [POLLING], ids=["polling"])
async def test_updates_that_make_no_sense_are_passed_over(
    telegram: FakeTelegram, tmp_path: Path, receiving: Mapping[str, str]
) -> None:
    reader = telegram.user(started=True)
    bad: tuple[tuple[str, dict[str, object]], ...] = (
        ("message", {"message_id": "x"}),
        ("callback_query", {"id": "1"}),
        ("inline_query", {}),
        ("my_chat_member", {"chat": 3}),
        ("no_such_kind", {"a": 1}),
    )
    async with paperboy(telegram, tmp_path, **receiving):
        for kind, body in bad:
            telegram.bot.mailbox.put(kind, body, key=1)
        said = await reader.says(reader.private, "/help")
        await reader.private.wait_for(within=PATIENT, after=said)
        await telegram.until_delivered(within=PATIENT)


async def test_somebody_who_asks_too_much_hears_it_once_and_others_are_served(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    eager, other = telegram.user("급한 사람", started=True), telegram.user("다른 사람", started=True)
    async with paperboy(telegram, tmp_path, BOT_TELEGRAM__REQUESTS_PER_MINUTE="3"):
        for _ in range(10):
            await eager.says(eager.private, "/help")
        said = await other.says(other.private, "/help")
        await other.private.wait_for(within=PATIENT, after=said)
        await telegram.until_delivered(within=PATIENT)
        await telegram.until(lambda: len(eager.private.from_bot) == 4, within=PATIENT)
        await eager.private.stays_silent(1.5)
        toast = await eager.presses(eager.private.from_bot[0], "태그 둘러보기")
        assert toast.text


async def raw_status(url: str, header: bytes) -> int:
    """What a request is told whose header is none that a client would send."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Length: 2\r\n\r\n{}" % (parts.path.encode(), header))
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return int(line.split()[1])


async def test_the_way_in_is_shut_to_everybody_but_telegram(telegram: FakeTelegram, tmp_path: Path) -> None:
    async with paperboy(telegram, tmp_path, **WEBHOOK), aiohttp.ClientSession() as session:
        await telegram.until(lambda: telegram.bot.mailbox.webhook is not None, within=PATIENT)
        hook = telegram.bot.mailbox.webhook
        assert hook is not None
        url, secret = telegram.route(hook.url), hook.secret or ""
        local = telegram.proxies[PUBLIC]
        assert telegram.bot.token.partition(":")[2] not in hook.url + secret

        async def status(address: str, body: bytes = b"{}", header: str | None = secret) -> int:
            headers = {} if header is None else {HEADER: header}
            async with session.post(address, data=io.BytesIO(body), headers=headers) as answer:
                assert telegram.bot.token not in await answer.text()
                return answer.status

        assert await status(url, header=None) == 403
        assert await status(url, header="wrong") == 403
        assert await status(url, header="비밀".encode().decode("latin-1")) == 403
        assert await raw_status(url, HEADER.encode() + b": \xff\xfe") == 403
        assert await status(f"{local}/telegram/guess") == 404
        assert await status(url, b"not json") == 400
        assert await status(url, b"[" * 100_000) == 400
        assert await status(url, b"x" * 1_100_000) == 413
        assert await status(url, json.dumps({"update_id": 1, "message": 3}).encode()) == 200
        async with session.get(f"{local}/healthz") as answer:
            assert answer.status == 200
        async with session.get(url) as answer:
            assert answer.status == 404


async def test_a_webhook_request_is_answered_when_its_effect_is_stored(telegram: FakeTelegram, tmp_path: Path) -> None:
    reader = telegram.user(started=True)
    async with paperboy(telegram, tmp_path, **WEBHOOK) as running:
        await reader.says(reader.private, "/subscribe *")
        await telegram.until_delivered(within=PATIENT)
        chat = await running.store.chats.find(Address(lane=f"telegram:{telegram.bot.user.id}", chat=str(reader.id)))
        assert chat is not None
        assert len(await running.store.chats.subscriptions(chat.id)) == 1
