"""Who installed Paperboy is remembered; a ticket is good once."""

from __future__ import annotations

import asyncio

import pytest

from bot.store import Store, StoreError
from tests.store.desk import NOW, later

LANE = "slack:T1"


async def install(store: Store, lane: str = LANE, *, sealed: bool = True, **data: object) -> None:
    secret = "sealed" if sealed else None
    await store.installations.put(lane, data=data, secret=secret, active=True, reason=None, now=NOW)


async def test_an_installation_is_as_it_was_put(store: Store) -> None:
    await install(store, name="연구실", until=None)
    await install(store, "slack:T2", sealed=False)
    await install(store, "slackline:T3")
    one, two = await store.installations.of("slack")
    assert (one.lane, dict(one.data), one.secret, one.active, one.updated_at) == (
        LANE,
        {"name": "연구실", "until": None},
        "sealed",
        True,
        NOW,
    )
    assert (two.lane, two.secret) == ("slack:T2", None)
    assert "sealed" not in repr(one)


async def test_installed_again_it_takes_the_place_of_what_was_there(store: Store) -> None:
    await install(store, name="old")
    await store.installations.deactivate(LANE, reason="uninstalled", now=later(1))
    (gone,) = await store.installations.of("slack")
    assert (gone.active, gone.reason, gone.secret, dict(gone.data)) == (False, "uninstalled", None, {"name": "old"})
    await install(store, name="new")
    (back,) = await store.installations.of("slack")
    assert (back.active, back.reason, back.secret, dict(back.data)) == (True, None, "sealed", {"name": "new"})


async def test_some_of_its_data_can_be_changed_and_by_many_at_once(store: Store) -> None:
    await install(store, a=0, b=0, c=0)
    await asyncio.gather(*(store.installations.change(LANE, {name: 1}, now=later(1)) for name in "abc"))
    (one,) = await store.installations.of("slack")
    assert dict(one.data) == {"a": 1, "b": 1, "c": 1}
    assert one.updated_at == later(1)
    with pytest.raises(StoreError, match="no installation slack:T9"):
        await store.installations.change("slack:T9", {}, now=NOW)


async def test_deactivating_what_is_not_there_changes_nothing(store: Store) -> None:
    await store.installations.deactivate(LANE, reason="uninstalled", now=NOW)
    assert await store.installations.of("slack") == []


async def test_a_ticket_is_good_once_for_its_purpose_and_in_time(store: Store) -> None:
    tickets = store.installations
    await tickets.issue("one", "install", expires_at=later(600), now=NOW)
    assert not await tickets.redeem("one", "something else", now=NOW)
    assert await tickets.redeem("one", "install", now=later(599))
    assert not await tickets.redeem("one", "install", now=later(599))
    assert not await tickets.redeem("never given out", "install", now=NOW)
    await tickets.issue("two", "install", expires_at=later(600), now=NOW)
    assert not await tickets.redeem("two", "install", now=later(600))


async def test_of_many_who_bring_one_ticket_one_gets_in(store: Store) -> None:
    await store.installations.issue("one", "install", expires_at=later(600), now=NOW)
    answers = await asyncio.gather(*(store.installations.redeem("one", "install", now=NOW) for _ in range(8)))
    assert sorted(answers) == [False] * 7 + [True]


async def test_old_tickets_are_forgotten(store: Store) -> None:
    await store.installations.issue("one", "install", expires_at=later(600), now=NOW)
    await store.installations.issue("two", "install", expires_at=later(1200), now=later(600))
    assert not await store.installations.redeem("one", "install", now=NOW)
    assert await store.installations.redeem("two", "install", now=later(600))
