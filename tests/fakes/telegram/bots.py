"""A bot's account and what the server keeps for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram.limits import Meter
from tests.fakes.telegram.members import Kind
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.updates import Mailbox
from tests.fakes.telegram.world import Chat

if TYPE_CHECKING:
    from tests.fakes.telegram.people import User
    from tests.fakes.telegram.queries import InlineAnswer, InlineQuery, Press


@dataclass(slots=True, kw_only=True, eq=False)
class Bot:
    """A bot's account. `privacy`: in groups it hears commands and replies only; `rich` and `ephemeral`: the server
    knows these newer messages."""

    token: str
    user: User
    mailbox: Mailbox
    meter: Meter
    privacy: bool = True
    inline: bool = True
    inline_feedback: bool = True
    rich: bool = False
    ephemeral: bool = True
    webhook_set_at: float = -10.0
    private: dict[int, Chat] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    inline_queries: dict[str, InlineQuery] = field(default_factory=dict)
    inline_cache: dict[tuple[str, str, int], tuple[InlineAnswer, float]] = field(default_factory=dict)
    inline_messages: dict[str, Message] = field(default_factory=dict)
    commands: dict[tuple[str, int, int, str], list[dict[str, str]]] = field(default_factory=dict)
    descriptions: dict[tuple[str, str], str] = field(default_factory=dict)

    def me(self) -> dict[str, Any]:
        """The User that getMe returns."""
        return self.user.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": self.inline,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def menu(self, user: User, chat: Chat) -> list[dict[str, str]]:
        """The commands that a person's client offers in a chat."""
        for scope in menu_order(user.id, chat):
            for language in (user.language_code or "", ""):
                found = self.commands.get((*scope, language[:2]))
                if found:
                    return found
        return []

    def hears(self, message: Message) -> bool:
        """Whether a message is brought to this bot, who is in its chat."""
        chat = message.chat
        if message.author is self:
            return False
        if chat.user is not None:
            return chat.bot is self
        member = chat.member(self.user)
        if not member.present:
            return False
        if chat.kind is Kind.CHANNEL or member.administers or not self.privacy or message.service is not None:
            return True
        if message.via is self or (message.reply_to is not None and message.reply_to.author is self):
            return True
        name = (self.user.username or "").lower()
        for command in message.under("bot_command"):
            _, at, whom = command.partition("@")
            if not at or whom.lower() == name:
                return True
        return False


def menu_order(user_id: int, chat: Chat) -> list[tuple[str, int, int]]:
    """The scopes in which a client looks for the commands of a chat, narrowest first.

    Source: the official list under BotCommandScope.
    """
    match chat.kind:
        case Kind.PRIVATE:
            return [("chat", chat.id, 0), ("all_private_chats", 0, 0), ("default", 0, 0)]
        case Kind.CHANNEL:
            return []
        case Kind.GROUP | Kind.SUPERGROUP:
            member = chat.members.get(user_id)
            admin = member is not None and member.administers
            order = [("chat_member", chat.id, user_id)]
            order += [("chat_administrators", chat.id, 0)] if admin else []
            order += [("chat", chat.id, 0)]
            order += [("all_chat_administrators", 0, 0)] if admin else []
            return [*order, ("all_group_chats", 0, 0), ("default", 0, 0)]
