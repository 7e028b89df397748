"""Who may change the settings of a group or channel: its owner and its admins, as Telegram says when it is asked.

It is asked each time, for an answer that is kept outlives the right.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from telegram.error import TelegramError

from bot.adapters.telegram.errors import words
from bot.adapters.telegram.transport import Api

log = logging.getLogger(__name__)

ASK_SECONDS: Final = 5.0


class Rights:
    """Asks Telegram."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def manages(self, chat: int, user: int) -> bool:
        """Whether somebody is in charge of a chat; False where Telegram does not say."""
        return await self.known(chat, user) is True

    async def known(self, chat: int, user: int) -> bool | None:
        """The same, None where Telegram does not say: we are not there, the chat moved, its members are hidden."""
        try:
            member = await self._api.call("getChatMember", {"chat_id": chat, "user_id": user}, seconds=ASK_SECONDS)
        except TelegramError as error:
            log.info("chat %d: whether %d is an admin is not known: %s", chat, user, words(error))
            return None
        return _may(member)


def _may(member: Any) -> bool:
    return isinstance(member, dict) and member.get("status") in ("creator", "administrator")
