"""What an operator sees of a broadcast under way, of its failures and of one paper in one chat, on both databases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as local_time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.model import GiveUp, Outcome, Retry, Sent, Unknown
from bot.status import look
from bot.store import Result, Step, Store
from tests.fakes.terminal import PATIENCE, ROOT, environment, paperboy
from tests.store.desk import ATTENTION, DAY, LANE, SCALING, Desk

REASON = "Bad Request: message is too long"


@pytest.fixture
async def broadcast(database_url: str) -> AsyncIterator[tuple[str, Desk]]:
    """Ten chats are owed two papers each. Twelve posts are done: ten there, one unknown, one dead; one is under way."""
    store = await Store.open(database_url)
    desk = Desk(store)
    now = datetime.now(UTC)
    chats = [await desk.meet(str(number), now=now) for number in range(10)]
    await desk.put(ATTENTION, SCALING, now=now)
    await desk.plan(now=now + timedelta(milliseconds=1))
    lease = await desk.lease(owner="host:1", now=now)
    dues = sorted(await desk.load(now=now + timedelta(seconds=9)), key=lambda due: due.delivery.id)[:13]
    await desk.start(lease, *(due.delivery.id for due in dues), now=now)
    outcomes: list[Outcome] = [Sent(receipt=f"{n}") for n in range(10)]
    outcomes += [Unknown(reason="no answer in time"), GiveUp(reason=REASON)]
    results = [
        Result(delivery_id=due.delivery.id, chat_id=due.chat.id, outcome=outcome)
        for due, outcome in zip(dues, outcomes, strict=False)
    ]
    await store.deliveries.step(Step(lane=LANE, lease=lease, results=results, intents=(), now=datetime.now(UTC)))
    await store.chats.replan(
        chats[0].id, partial(replace, posting_time=local_time(9), next_post_at=now + timedelta(hours=3)), now=now
    )
    yield database_url, desk
    await store.close()


def status_of(url: str, folder: Path) -> dict[str, Any]:
    done = paperboy("status", "--json", folder=folder, BOT_DATABASE=url)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_program_is_told_everything_about_a_broadcast_under_way(broadcast: tuple[str, Desk], tmp_path: Path) -> None:
    url, _ = broadcast
    found = status_of(url, tmp_path)
    [under_way] = found["broadcasts"]
    counts = {name: under_way[name] for name in ("date", "owed", "posted", "unknown", "dead", "left")}
    assert counts == {"date": DAY.isoformat(), "owed": 20, "posted": 10, "unknown": 1, "dead": 1, "left": 8}
    assert under_way["per_second_in_the_last_minute"] == pytest.approx(10 / 60, abs=0.05)
    assert under_way["lanes"] == {LANE: {"owed": 20, "posted": 10}}
    [lane] = found["lanes"]
    assert (lane["lane"], lane["ready"], lane["sending"], lane["unknown"], lane["dead"]) == (LANE, 7, 1, 1, 1)
    [part] = lane["parts"]
    assert (part["name"], part["owner"], part["epoch"], part["alive"]) == (LANE, "host:1", 1, True)
    reasons = {(each["state"], each["reason"]): each["count"] for each in found["failures"]}
    assert reasons == {("unknown", "no answer in time"): 1, ("dead", REASON): 1}
    [posting] = found["next_postings"]
    assert posting["chats"] == 1
    assert found["chats"] == {"active": 10, "asleep": 0, "subscriptions": 10, "to_plan": 0}


def test_a_person_without_a_terminal_reads_plain_lines(broadcast: tuple[str, Desk], tmp_path: Path) -> None:
    url, _ = broadcast
    done = paperboy("status", folder=tmp_path, BOT_DATABASE=url, COLUMNS="140")
    assert f"Posting  {DAY}: 10 of 20 (60 %), 1 unknown, 1 dead" in done.stdout
    assert "in 2 h 59 min: 1 chat" in done.stdout
    assert REASON in done.stdout
    assert "paperboy deliveries --state unknown" in done.stdout
    assert "host:1" in done.stdout
    assert "━" not in done.stdout
    assert "\x1b" not in done.stdout


def interruptible(*words: str) -> list[str]:
    """The command, hearing Ctrl-C even where whoever runs the tests was started deaf to it (`nohup`, `&`)."""
    hear = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", hear, sys.executable, "-m", "bot", *words]


def test_watching_looks_again_every_second_until_ctrl_c_and_ends_well(
    broadcast: tuple[str, Desk], tmp_path: Path
) -> None:
    url, _ = broadcast
    process = subprocess.Popen(
        interruptible("status", "--watch", "--json"),
        cwd=ROOT, env=environment(tmp_path, BOT_DATABASE=url),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        looks = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert [look["broadcasts"][0]["posted"] for look in looks] == [10, 10, 10]
    # A first look that is slow to connect may fall into the same second as the next.
    assert looks[0]["now"] <= looks[1]["now"] <= looks[2]["now"]
    assert looks[0]["now"] < looks[2]["now"]
    assert (process.returncode, complaints) == (0, "")


def test_on_a_terminal_the_broadcast_has_a_bar(broadcast: tuple[str, Desk], tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    url, _ = broadcast
    ours, theirs = pty.openpty()
    env = environment(tmp_path, BOT_DATABASE=url, TERM="xterm", COLUMNS="150")
    process = subprocess.Popen(interruptible("status", "--watch"), cwd=ROOT, env=env, stdout=theirs, stdin=theirs)
    os.close(theirs)
    seen, until = b"", time.monotonic() + PATIENCE
    while b"lane" not in seen and time.monotonic() < until:
        seen += os.read(ours, 65536)
    process.send_signal(signal.SIGINT)
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:
        pass  # the other end is closed
    assert process.wait(timeout=PATIENCE) == 0
    os.close(ours)
    words = seen.decode("utf-8", "replace")
    assert "━" in words
    assert "10 of 20" in words
    assert words.count("Archive") >= 1


async def test_a_lane_that_its_platform_shut_says_why_and_a_dead_owner_is_told_apart(
    broadcast: tuple[str, Desk], tmp_path: Path
) -> None:
    url, desk = broadcast
    now = datetime.now(UTC)
    await desk.store.leases.hold_lane(LANE, now + timedelta(minutes=10), "Unauthorized")
    [lease] = await desk.store.leases.shards()
    await desk.store.leases.renew([lease], now=now - timedelta(hours=1), ttl=timedelta(seconds=1))
    [lane] = status_of(url, tmp_path)["lanes"]
    [part] = lane["parts"]
    assert (part["alive"], part["reason"]) == (False, "Unauthorized")
    assert part["paused_until"]
    shown = paperboy("status", folder=tmp_path, BOT_DATABASE=url, COLUMNS="160").stdout
    assert "host:1 (gone)" in shown
    assert "Unauthorized" in shown


async def test_nothing_that_is_looked_at_grows_with_what_was_sent_long_ago(broadcast: tuple[str, Desk]) -> None:
    """On SQLite, whose plans are the same however small the tables are."""
    url, desk = broadcast
    if not url.startswith("sqlite"):
        pytest.skip("plans of small tables say nothing on PostgreSQL")
    engine = desk.store._database.engine.core
    said: dict[str, Any] = {}

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        said[statement] = values

    await look(desk.store, datetime.now(UTC))
    found: list[str] = []

    def plans(connection: Any) -> None:
        for statement, values in list(said.items()):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            found.extend(row[3] for row in rows)

    await desk.store._database.read(plans)
    ledger = [step for step in found if "delivery" in step]
    assert ledger
    whole = [step for step in ledger if step.startswith("SCAN delivery") and "INDEX" not in step]
    assert whole == []
    scanned = {step.rpartition("INDEX ")[2] for step in ledger if step.startswith("SCAN delivery")}
    assert scanned <= {"ix_delivery_lane_due_id", "ix_delivery_lane", "ix_delivery_state_lane_reason"}  # partial ones


async def test_why_says_the_same_to_the_operator_with_the_rows_and_in_json(
    broadcast: tuple[str, Desk], tmp_path: Path
) -> None:
    url, desk = broadcast
    rows = await desk.store.deliveries.listing(limit=100)
    dead = next(row for row in rows if row.state == "dead")
    asked = ("why", "--chat", str(dead.chat_id), "--paper", str(dead.paper_id))
    said = paperboy(*asked, folder=tmp_path, BOT_DATABASE=url).stdout
    assert "This paper could not be sent" in said
    assert "did not accept this post" in said
    assert f"paperboy deliveries requeue {dead.id}" in said
    assert f"post dead at {dead.updated_at:%Y-%m-%d %H:%M:%S}Z, 1 attempt: {REASON}" in said
    assert "subscription *: matches" in said
    found = json.loads(paperboy(*asked, "--json", folder=tmp_path, BOT_DATABASE=url).stdout)
    assert (found["verdict"], found["cause"], found["reason"]) == ("failed", "refused", REASON)
    sent = next(row for row in rows if row.state == "sent")
    found = json.loads(
        paperboy(
            "why", "--chat", str(sent.chat_id), "--paper", str(sent.paper_id), "--json", folder=tmp_path,
            BOT_DATABASE=url,
        ).stdout
    )  # fmt: skip
    assert (found["verdict"], found["origin"]) == ("posted", "followed")


async def test_what_people_wrote_does_not_speak_to_the_operators_terminal(
    broadcast: tuple[str, Desk], tmp_path: Path
) -> None:
    url, desk = broadcast
    now = datetime.now(UTC)
    row = (await desk.store.deliveries.listing(limit=1))[0]
    await desk.store.chats.change(row.chat_id, title="\x1b]0;owned\x07Readers \u202e\x9b2J", now=now)
    await desk.store.chats.subscribe(row.chat_id, "q", '"\x1b[2Jreward model"', now=now)
    said = paperboy("why", "--chat", str(row.chat_id), "--paper", str(row.paper_id), folder=tmp_path, BOT_DATABASE=url)
    assert "Readers" in said.stdout
    assert "reward model" in said.stdout
    assert all(letter.isprintable() or letter == "\n" for letter in said.stdout)


async def test_what_was_told_to_wait_is_not_a_failure(broadcast: tuple[str, Desk], tmp_path: Path) -> None:
    url, desk = broadcast
    [row] = await desk.store.deliveries.interrupted(LANE)
    [lease] = await desk.store.leases.shards()
    later = datetime.now(UTC) + timedelta(minutes=5)
    await desk.end(
        lease, row.delivery, Retry(at=later, reason="told to wait 300 s", counts=False), now=row.delivery.due
    )
    assert len(status_of(url, tmp_path)["failures"]) == 2
