"""Who may change the settings of a group or channel: its owner and its admins, as Telegram says when it is asked."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from telegram.error import TelegramError

from bot.adapters.telegram.errors import words
from bot.adapters.telegram.transport import Api

log = logging.getLogger(__name__)

KEPT_SECONDS: Final = 60.0
"""How long an answer is believed."""
KEPT: Final = 5000
ASK_SECONDS: Final = 5.0


class Rights:
    """Asks and remembers for a minute. `monotonic` is a clock in seconds that never runs backwards."""

    def __init__(self, api: Api, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._monotonic = monotonic
        self._known: OrderedDict[tuple[int, int], tuple[float, bool]] = OrderedDict()

    async def manages(self, chat: int, user: int) -> bool:
        """Whether somebody is in charge of a chat; False where Telegram does not say."""
        key = (chat, user)
        now = self._monotonic()
        if key in self._known and self._known[key][0] > now:
            return self._known[key][1]
        try:
            member = await self._api.call("getChatMember", {"chat_id": chat, "user_id": user}, seconds=ASK_SECONDS)
        except TelegramError as error:
            log.info("chat %d: whether %d is an admin is not known: %s", chat, user, words(error))
            return False
        may = _may(member)
        self._known[key] = (now + KEPT_SECONDS, may)
        self._known.move_to_end(key)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return may

    def forget(self, chat: int) -> None:
        """Something changed there: ask again."""
        for key in [key for key in self._known if key[0] == chat]:
            del self._known[key]


def _may(member: Any) -> bool:
    return isinstance(member, dict) and member.get("status") in ("creator", "administrator")
