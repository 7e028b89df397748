"""The strings of a fake Slack that runs as a process of its own, besides those that every fake has."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.control import COMMON, Deed, Order, counters
from tests.fakes.slack.asks import Answer
from tests.fakes.slack.message import Message

if TYPE_CHECKING:
    from tests.fakes.slack.people import User
    from tests.fakes.slack.places import Channel
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.workspaces import Workspace


def _team(fake: FakeSlack, order: Order) -> Workspace:
    return fake.workspaces[order["team"]] if order.get("team") else fake.team


def _user(fake: FakeSlack, order: Order) -> User:
    return next(team.users[order["user"]] for team in fake.workspaces.values() if order["user"] in team.users)


def _channel(fake: FakeSlack, order: Order) -> Channel:
    """`channel` by id; a person's id, or no channel beside a `user`, is their conversation with the app."""
    wanted = order.get("channel") or order["user"]
    return next(found for team in fake.workspaces.values() if (found := team.find(wanted)) is not None)


def _drawn(message: Message) -> Order:
    return message.json() | {"plain": message.plain, "labels": message.labels, "only_for": bool(message.only_for)}


def _seen(answer: Answer) -> Order:
    """What a person saw."""
    return {
        "acked": answer.acked,
        "ack_seconds": answer.ack_seconds,
        "seconds": answer.seconds,
        "failed": answer.failed,
        "text": answer.text,
        "messages": [_drawn(one) for one in answer.messages],
        "views": [one.json() for one in answer.views],
        "errors": answer.errors,
    }


async def _workspaces(fake: FakeSlack, order: Order) -> Any:
    """`count` workspaces (1) more, with the app unless `install` is False: their ids and tokens."""
    count, install = order.get("count", 1), order.get("install", True)
    teams = [fake.workspace(f"회사 {number}", install=install) for number in range(count)]
    return [{"team": one.id, "token": one.install.token if one.install else None} for one in teams]


async def _people(fake: FakeSlack, order: Order) -> Any:
    """`count` people (1) of a `team` (the first), `admin` or not: their ids and those of their DMs with the app."""
    team = _team(fake, order)
    users = [team.user(f"독자 {n}", admin=order.get("admin", False)) for n in range(order.get("count", 1))]
    return [{"user": one.id, "dm": one.dm.id} for one in users]


async def _channels(fake: FakeSlack, order: Order) -> Any:
    """`count` channels (1) of a `team`, `private` or not, with its people, and the app unless `bot` is False: ids."""
    team, bot, private = _team(fake, order), order.get("bot", True), order.get("private", False)
    people = tuple(one for one in team.users.values() if not one.is_bot)
    names = [f"소식-{len(team.channels)}-{number}" for number in range(order.get("count", 1))]
    return [team.channel(one, private=private, members=people, bot=bot).id for one in names]


async def _app(fake: FakeSlack, order: Order) -> Any:
    """Change fields of the app (`request_url`, `manifest`, `event_retries` …); its secrets and the first token."""
    for name, value in order.items():
        setattr(fake.app, name, value)
    names = ("id", "client_id", "client_secret", "signing_secret", "app_token", "request_url")
    token = fake.team.install.token if fake.team.install else None
    return {name: getattr(fake.app, name) for name in names} | {"team": fake.team.id, "bot_token": token}


async def _proxy(fake: FakeSlack, order: Order) -> Any:
    """Lead the `public` beginning of addresses to a `local` one."""
    fake.proxies[order["public"]] = order["local"]


async def _switch(fake: FakeSlack, order: Order) -> Any:
    """Set fields (`container`, `messages_tab`, `trouble`) of a `team`, or (`refusal`, `archived`) of a `channel`."""
    thing: Any = _channel(fake, order) if "channel" in order else _team(fake, order)
    for name, value in order.items():
        if name not in ("team", "channel"):
            assert hasattr(thing, name), f"no such switch: {name}"
            setattr(thing, name, value)
    return None


async def _says(fake: FakeSlack, order: Order) -> Any:
    """`user` says `text` in `channel` (their DM): the message's ts."""
    return (await _user(fake, order).says(_channel(fake, order), order["text"])).ts


async def _commands(fake: FakeSlack, order: Order) -> Any:
    """`user` types the command `line` in `channel` (their DM), waits for `replies` (1) `within` seconds (5)."""
    user, channel = _user(fake, order), _channel(fake, order)
    within, replies = order.get("within", 5.0), order.get("replies", 1)
    return _seen(await user.commands(channel, order["line"], replies=replies, within=within))


async def _presses(fake: FakeSlack, order: Order) -> Any:
    """`user` presses `button` on the message `ts` in `channel`, ephemeral ones too."""
    user, channel = _user(fake, order), _channel(fake, order)
    message = next(one for one in user.sees(channel) if one.ts == order["ts"])
    within, replies = order.get("within", 5.0), order.get("replies", 1)
    return _seen(await user.presses(message, order["button"], replies=replies, within=within))


async def _home(fake: FakeSlack, order: Order) -> Any:
    """`user` opens the Home tab: the view."""
    return (await _user(fake, order).opens_home(within=order.get("within", 5.0))).json()


_DEEDS: Final = (
    "invites_bot",
    "removes_bot",
    "archives",
    "unarchives",
    "deletes_channel",
    "makes_private",
    "changes_id",
)


async def _does(fake: FakeSlack, order: Order) -> Any:
    """`user` does a `deed` to `channel` (invites_bot, archives, …), or to the app: uninstalls, revokes_tokens, installs
    (by the app's page at `url`)."""
    user, deed = _user(fake, order), order["deed"]
    if deed in _DEEDS:
        return await getattr(user, deed)(_channel(fake, order))
    if deed in ("uninstalls", "revokes_tokens"):
        return await getattr(user, deed)()
    if deed == "installs":
        return asdict(await user.installs(order["url"]))
    raise ValueError(f"no such deed: {deed}")


async def _messages(fake: FakeSlack, order: Order) -> Any:
    """What is visible in `channel` now, to its members or to `user`."""
    channel = _channel(fake, order)
    return [_drawn(one) for one in (_user(fake, order).sees(channel) if "user" in order else channel.messages)]


async def _sockets(fake: FakeSlack, order: Order) -> Any:
    """Disconnect a connection for a `reason`, or `cut` all; how many are open."""
    if order.get("cut"):
        await fake.sockets.cut()
    elif "reason" in order:
        await fake.sockets.disconnect(order["reason"])
    return len(fake.sockets.open)


async def _stats(fake: FakeSlack, order: Order) -> Any:
    """Counters: those of every fake, the busiest windows, first violations, mentions, connections and events."""
    return counters(fake) | {
        "busiest_channel_second": fake.record.busiest_channel(),
        "busiest_team_minute": fake.record.busiest_team(),
        "first_violations": [f"{one.method} {one.channel}: {one.words}" for one in fake.violations[:20]],
        "mentions": len(fake.mentions),
        "connections": len(fake.sockets.open),
        "events_under_way": fake.post.under_way,
        "events_lost": len(fake.post.lost),
    }


async def _answers(fake: FakeSlack, order: Order) -> Any:
    """When the app posted in `channel` (an id) after the ts `after`: monotonic seconds."""
    return [post.at for post in fake.record.posts_in(order["channel"]) if post.ts > order.get("after", "")]


DEEDS: Final[dict[str, Deed]] = COMMON | {
    "workspaces": _workspaces,
    "people": _people,
    "channels": _channels,
    "app": _app,
    "switch": _switch,
    "proxy": _proxy,
    "says": _says,
    "commands": _commands,
    "presses": _presses,
    "home": _home,
    "does": _does,
    "messages": _messages,
    "sockets": _sockets,
    "stats": _stats,
    "answers": _answers,
}
