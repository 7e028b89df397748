"""A message, as readers see it and as the Bot API writes it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram.keyboard import Button, Keyboard
from tests.fakes.telegram.tdlib import Content, Entity

if TYPE_CHECKING:
    from tests.fakes.telegram.bots import Bot
    from tests.fakes.telegram.people import User
    from tests.fakes.telegram.world import Chat


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """A message as it is now. `sender` is None in channels. `service` holds what a service message says."""

    chat: Chat
    id: int
    date: int
    sender: User | None = None
    sender_chat: Chat | None = None
    content: Content | None = None
    rich: dict[str, Any] | None = None
    keyboard: Keyboard | None = None
    thread: int | None = None
    reply_to: Message | None = None
    service: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    via: Bot | None = None
    author: Bot | None = None
    inline_id: str | None = None
    only_for: User | None = None
    preview: bool = True
    silent: bool = False
    edit_date: int | None = None
    deleted: bool = False

    @property
    def text(self) -> str:
        """What is read."""
        return self.content.formatted.text if self.content else ""

    @property
    def content_raw(self) -> str:
        """The text as it was sent."""
        return self.content.raw if self.content else ""

    @property
    def entities(self) -> list[Entity]:
        """Formatting, and what clients make of the text by themselves."""
        return self.content.formatted.entities if self.content else []

    def under(self, kind: str) -> list[str]:
        """The letters under every entity of a kind: `message.under("bold")`."""
        return self.content.formatted.under(kind) if self.content else []

    @property
    def links(self) -> list[str]:
        """Where the text's links lead, in order."""
        return [entity["url"] for entity in self.entities if "url" in entity]

    @property
    def buttons(self) -> list[Button]:
        """All buttons, row by row."""
        return [button for row in self.keyboard or [] for button in row]

    @property
    def labels(self) -> list[list[str]]:
        """The buttons' labels, by row."""
        return [[button["text"] for button in row] for row in self.keyboard or []]

    @property
    def edited(self) -> bool:
        """Whether it was ever edited."""
        return self.edit_date is not None

    def button(self, label_or_data: str) -> Button:
        """The button with this callback data or label, or else the only one whose label holds it."""
        for name in ("callback_data", "text"):
            for button in self.buttons:
                if button.get(name) == label_or_data:
                    return button
        near = [button for button in self.buttons if label_or_data in button["text"]]
        if len(near) != 1:
            raise AssertionError(f"{len(near)} buttons like {label_or_data!r} among {self.labels}")
        return near[0]

    def json(self, *, close: bool = True, nested: bool = False) -> dict[str, Any]:
        """A Message. `close` False saves the reading of its text."""
        body: dict[str, Any] = {"message_id": self.id, "date": self.date, "chat": self.chat.brief}
        if self.sender is not None:
            body["from"] = self.sender.json()
        if self.sender_chat is not None:
            body["sender_chat"] = self.sender_chat.brief
        if self.thread is not None and self.chat.forum:
            body |= {"message_thread_id": self.thread, "is_topic_message": True}
        elif self.thread is not None:
            body["message_thread_id"] = self.thread
        if self.reply_to is not None and not nested:
            body["reply_to_message"] = self.reply_to.json(close=close, nested=True)
        if self.content is not None:
            if close or self.content.parsed:
                body["text"] = self.text
                if self.entities:
                    body["entities"] = self.entities
            else:
                body["text"] = self.content.rough()
        if self.keyboard is not None:
            body["reply_markup"] = {"inline_keyboard": self.keyboard}
        if self.edit_date is not None:
            body["edit_date"] = self.edit_date
        if self.via is not None:
            body["via_bot"] = self.via.user.json()
        if self.service is not None:
            body |= self.service
        return body | self.extra if self.extra else body

    def __repr__(self) -> str:
        words = self.content.rough() if self.content else (self.service or self.rich)
        return f"<{self.chat.title!r} {self.id}: {words!r} {self.labels or ''}>"
