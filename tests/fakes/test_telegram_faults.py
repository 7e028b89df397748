"""The fake Telegram fails in every way that it is told to, and its record says what was really posted."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram import FakeTelegram, Fault, Harm
from tests.fakes.telegram.fixture import Api
from tests.fakes.telegram.remote import spawn


async def outcome(api: Api, chat_id: int, text: str = "x", *, patience: float = 2.0) -> str:
    """What a client sees of one sendMessage."""
    try:
        async with asyncio.timeout(patience):
            async with api.session.post(f"{api.base}/sendMessage", json={"chat_id": chat_id, "text": text}) as response:
                body = await response.text()
                if response.content_type != "application/json":
                    return f"{response.status} {response.content_type}"
                answer = json.loads(body)
                return f"{response.status} {answer.get('description', 'ok')} {answer.get('parameters', '')}".strip()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return type(error).__name__


@pytest.mark.parametrize("posted", [True, False])
@pytest.mark.parametrize(
    ("harm", "seen"),
    [
        (Harm.DROP, "ServerDisconnectedError"),
        (Harm.PAGE, "502 text/html"),
        (Harm.STALL, "ServerDisconnectedError"),
        (Harm.GARBLE, "JSONDecodeError"),
        (Harm.TRUNCATE, "ClientPayloadError"),
        (Harm.FLOOD, "429 Too Many Requests: retry after 0"),
        (Harm.REFUSE, "502"),
    ],
)
async def test_each_harm_meets_one_request_posted_or_not(
    telegram: FakeTelegram, api: Api, harm: Harm, seen: str, posted: bool
) -> None:
    user = telegram.user(started=True)
    fault = telegram.faults.add(Fault(harm=harm, posted=posted))
    found = await outcome(api, user.id)
    assert found in (seen, "ClientOSError" if harm is Harm.DROP else seen)
    assert len(telegram.record.posts) == len(user.private.messages) == int(posted)
    assert fault.hits == 1
    assert await outcome(api, user.id) == "200 ok"
    assert [one.end for one in telegram.requests("sendMessage")] == [str(harm), "200"]


async def test_a_fault_is_narrowed_to_a_method_and_a_chat(telegram: FakeTelegram, api: Api) -> None:
    one, other = telegram.user(started=True), telegram.user(started=True)
    telegram.faults.page(500, posted=False, method="sendMessage", chat=other.id)
    await api("getMe")
    assert await outcome(api, one.id) == "200 ok"
    assert await outcome(api, other.id) == "500 text/html"


async def test_a_flood_of_429_comes_with_and_without_parameters_and_posts_nothing(
    telegram: FakeTelegram, api: Api
) -> None:
    user = telegram.user(started=True)
    telegram.faults.flood(7, 2)
    telegram.faults.flood(3, parameters=False)
    told = "429 Too Many Requests: retry after 7 {'retry_after': 7}"
    assert [await outcome(api, user.id) for _ in range(4)] == [
        told,
        told,
        "429 Too Many Requests: retry after 3",
        "200 ok",
    ]
    assert len(telegram.record.posts) == 1


async def test_who_does_not_wait_as_told_is_refused_again_and_blamed(telegram: FakeTelegram, api: Api) -> None:
    user, other = telegram.user(started=True), telegram.user(started=True)
    telegram.faults.flood(7, holds=True)
    await outcome(api, user.id)
    assert await outcome(api, other.id) == "200 ok"
    assert (await outcome(api, user.id)).startswith("429 ")
    assert len(telegram.violations) == 1
    telegram.violations.clear()
    telegram.clock.advance(7)
    assert await outcome(api, user.id) == "200 ok"


async def test_any_error_of_the_table_can_be_dictated(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    telegram.faults.refuse(400, "Bad Request: have no write access to the chat")
    telegram.faults.refuse(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001)
    assert await outcome(api, user.id) == "400 Bad Request: have no write access to the chat"
    assert await outcome(api, user.id) == "400 Bad Request: group chat was upgraded {'migrate_to_chat_id': -1001}"


async def test_a_dark_telegram_refuses_connections_and_comes_back_at_the_same_address(
    telegram: FakeTelegram, api: Api
) -> None:
    user = telegram.user(started=True)
    assert await outcome(api, user.id) == "200 ok"
    await telegram.go_dark()
    assert await outcome(api, user.id) == "ClientConnectorError"
    await telegram.come_back()
    assert await outcome(api, user.id) == "200 ok"


async def test_a_stall_holds_the_answer_back(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    telegram.faults.stall(30, posted=True)
    asked = asyncio.create_task(outcome(api, user.id, patience=0.3))
    await user.private.wait_for()
    assert not asked.done()
    assert await asked == "TimeoutError"


async def test_a_slow_answer_comes_whole_and_long_after_its_effect(telegram: FakeTelegram, api: Api) -> None:
    user = telegram.user(started=True)
    telegram.faults.slow(0.3)
    asked = asyncio.create_task(outcome(api, user.id))
    await user.private.wait_for()
    assert not asked.done()
    assert telegram.requests("sendMessage") == []
    assert await asked == "200 ok"
    assert await outcome(api, user.id) == "200 ok"


async def test_a_storm_of_one_seed_is_the_same_storm_again() -> None:
    async def ends(seed: int) -> list[str]:
        async with FakeTelegram(seed=seed) as telegram, aiohttp.ClientSession() as session:
            telegram.limits.on = False
            api = Api(session, f"{telegram.url}/bot{telegram.bot.token}")
            user = telegram.user(started=True)
            telegram.faults.storm(0.5, Fault(harm=Harm.DROP, posted=True), Fault(harm=Harm.PAGE))
            for _ in range(30):
                await outcome(api, user.id)
            return [one.end for one in telegram.requests("sendMessage")]

    first = await ends(1)
    assert first == await ends(1)
    assert first != await ends(2)
    assert {"drop", "page", "200"} == set(first)


async def test_the_record_is_also_a_file_with_a_line_for_every_post(tmp_path: Path) -> None:
    file = tmp_path / "record.jsonl"
    async with FakeTelegram(record=file) as telegram, aiohttp.ClientSession() as session:
        api = Api(session, f"{telegram.url}/bot{telegram.bot.token}")
        user = telegram.user(started=True)
        telegram.faults.lose_answer()
        telegram.faults.lose_request()
        for text in ("하나", "둘", "둘", "둘"):
            await outcome(api, user.id, text)
        lines: list[dict[str, Any]] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert [line["chat"] for line in lines] == [user.id] * 3
        assert [line["message"] for line in lines] == [one.id for one in user.private.messages]
        assert list(telegram.record.repeated().values()) == [2]
        assert lines[0]["at"] < lines[1]["at"]


async def test_as_a_process_of_its_own_it_obeys_its_strings_and_ends_on_sigterm() -> None:
    async with spawn("--strict", "0", "--per-second", "300") as remote, aiohttp.ClientSession() as session:
        api = Api(session, f"{remote.url}/bot{remote.token}")
        [user] = await remote.ask("people")
        [channel] = await remote.ask("channels")
        for text in ("<b>하나", "둘"):
            await api("sendMessage", chat_id=channel, text=text, parse_mode="HTML")  # not judged: strict is 0
        await remote.ask("says", user=user, text="/start")
        assert (await api("getUpdates"))[0]["message"]["text"] == "/start"
        await remote.ask("fault", harm="page", posted=True)
        assert await outcome(api, user) == "502 text/html"
        stats = await remote.stats()
        assert (stats.posts, stats.violations, stats.repeated) == (3, 0, 0)
        assert stats.requests == {"sendMessage 200": 2, "getUpdates 200": 1, "sendMessage page": 1}
        assert [post["chat"] for post in await remote.ask("record", since=1)] == [channel, user]
        await remote.ask("dark", seconds=0.3)
        await asyncio.sleep(0.15)
        assert await outcome(api, user) == "ClientConnectorError"
        await asyncio.sleep(0.4)
        assert await outcome(api, user) == "200 ok"
        with pytest.raises(RuntimeError, match="no such deed"):
            await remote.ask("does", user=user, deed="dances")
        os.kill(remote.pid, signal.SIGTERM)


async def test_a_closed_fake_leaves_nothing_behind() -> None:
    async with FakeTelegram() as telegram, aiohttp.ClientSession() as session:
        api = Api(session, f"{telegram.url}/bot{telegram.bot.token}")
        poll = asyncio.create_task(api.full("getUpdates", timeout=50))
        telegram.faults.stall(60, posted=False, method="sendMessage")
        stalled = asyncio.create_task(outcome(api, 1))
        await asyncio.sleep(0.05)
    with pytest.raises(aiohttp.ClientError):
        await poll
    assert await stalled in ("ServerDisconnectedError", "ClientOSError")
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
