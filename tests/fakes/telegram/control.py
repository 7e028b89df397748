"""The strings of a fake Telegram that runs as a process of its own, besides those that every fake has."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.control import COMMON, Deed, Order, counters

if TYPE_CHECKING:
    from tests.fakes.telegram.people import User
    from tests.fakes.telegram.server import FakeTelegram
    from tests.fakes.telegram.world import Chat


async def _people(fake: FakeTelegram, order: Order) -> Any:
    """`count` people (1) who have `started` the bot (True); their ids, which are their private chats' too."""
    started = order.get("started", True)
    names = (f"독자 {number}" for number in range(order.get("count", 1)))
    return [fake.user(name, started=started, language_code=order.get("language")).id for name in names]


async def _groups(fake: FakeTelegram, order: Order) -> Any:
    """`count` groups (1) in which the bot is; `supergroup` (True), `owner` a person's id."""
    owner = fake.users.get(order.get("owner", 0))
    supergroup = order.get("supergroup", True)
    count = order.get("count", 1)
    return [fake.group(f"연구실 {n}", owner=owner, supergroup=supergroup, bot=True).id for n in range(count)]


async def _channels(fake: FakeTelegram, order: Order) -> Any:
    """`count` channels (1) in which the bot may post; `owner` a person's id."""
    owner = fake.users.get(order.get("owner", 0))
    return [fake.channel(f"소식 {number}", owner=owner, bot=True).id for number in range(order.get("count", 1))]


async def _says(fake: FakeTelegram, order: Order) -> Any:
    """`user` says `text` in `chat` (their private one); the message's id."""
    user, chat = _who(fake, order)
    return (await user.says(chat, order["text"])).id


async def _presses(fake: FakeTelegram, order: Order) -> Any:
    """`user` presses `button` (label or data) of `message` in `chat`; the answer, None where none came `within`."""
    user, chat = _who(fake, order)
    try:
        message = chat.by_id[order["message"]]
        return asdict(await user.presses(message, order["button"], within=order.get("within", 5.0)))
    except TimeoutError:
        return None


async def _types(fake: FakeTelegram, order: Order) -> Any:
    """`user` types an inline `query`; the results' bodies, None where no answer came `within`."""
    user, _ = _who(fake, order)
    try:
        answer = await user.types_inline(order["query"], order.get("offset", ""), within=order.get("within", 5.0))
    except TimeoutError:
        return None
    return {"results": [one.body for one in answer.results], "next_offset": answer.next_offset}


async def _does(fake: FakeTelegram, order: Order) -> Any:
    """`user` does a `deed` without words: blocks, unblocks; or to `chat`: adds_bot, removes_bot, promotes_bot, ..."""
    user, chat = _who(fake, order)
    if order["deed"] in ("blocks", "unblocks", "deletes_account", "starts"):
        await getattr(user, order["deed"])()
        return None
    if order["deed"] == "upgrades":
        return (await user.upgrades(chat)).id
    if order["deed"] in ("adds_bot", "removes_bot", "promotes_bot", "demotes_bot", "restricts_bot", "joins", "leaves"):
        await getattr(user, order["deed"])(chat)
        return None
    raise ValueError(f"no such deed: {order['deed']}")


async def _messages(fake: FakeTelegram, order: Order) -> Any:
    """What is visible in `chat` now, and what the bot shows there."""
    _, chat = _who(fake, order)
    return [one.json() for one in chat.messages]


async def _stats(fake: FakeTelegram, order: Order) -> Any:
    """Counters: those of every fake, first violations, paid posts, and updates that wait."""
    return counters(fake) | {
        "first_violations": [f"{one.method} {one.chat}: {one.words}" for one in fake.violations[:20]],
        "paid_posts": fake.bot.meter.paid_posts,
        "waiting_updates": len(fake.bot.mailbox.queue),
    }


async def _answers(fake: FakeTelegram, order: Order) -> Any:
    """When the bot posted in `chat` after the message with the number `after`: monotonic seconds."""
    return [post.at for post in fake.record.posts_in(order["chat"]) if post.message > order.get("after", 0)]


DEEDS: Final[dict[str, Deed]] = COMMON | {
    "people": _people,
    "groups": _groups,
    "channels": _channels,
    "says": _says,
    "presses": _presses,
    "types": _types,
    "does": _does,
    "messages": _messages,
    "stats": _stats,
    "answers": _answers,
}


def _who(fake: FakeTelegram, order: Order) -> tuple[User, Chat]:
    chat_id = order.get("chat", 0)
    user = fake.users[order.get("user", 0) or (chat_id if chat_id > 0 else fake.bot.user.id)]
    return user, fake.chats[chat_id] if chat_id < 0 else user.private
