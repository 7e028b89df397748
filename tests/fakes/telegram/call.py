"""One request to the Bot API, and the table of the methods that the fake knows."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.tdlib import MESSAGE_LENGTH, Content, complaints
from tests.fakes.telegram.world import Chat

if TYPE_CHECKING:
    from tests.fakes.telegram.bots import Bot
    from tests.fakes.telegram.server import FakeTelegram

JSON_FIELDS: Final = {
    "allowed_updates",
    "button",
    "commands",
    "entities",
    "ephemeral_message_parameters",
    "link_preview_options",
    "reply_markup",
    "reply_parameters",
    "results",
    "rich_message",
    "scope",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `at` is when it arrived (monotonic seconds), `close` whether its text is read closely."""

    fake: FakeTelegram
    bot: Bot
    method: str
    params: dict[str, Any]
    at: float
    close: bool

    def blame(self, words: str) -> None:
        """Hold something against the sender that the server would bear."""
        self.fake.blame(self.method, self.params.get("chat_id"), words)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number. Raises ApiError."""
        value = self.params.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f'invalid parameter "{name}" specified') from None

    def flag(self, name: str) -> bool:
        """A truth value, from JSON or a form."""
        return self.params.get(name) in (True, "true", "True", "1", 1)

    def text(self, name: str) -> str:
        """Words; "" where there are none."""
        value = self.params.get(name)
        return "" if value is None else str(value)

    def structure(self, name: str) -> Any:
        """What came as JSON, in a JSON body or in a form's field. Raises ApiError."""
        value = self.params.get(name)
        if isinstance(value, str) and value:
            try:
                return json.loads(value)
            except ValueError:
                raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
        return value

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat meant, by id or @username. Raises ApiError."""
        raw = self.params.get(name)
        if raw is None or raw == "":
            raise bad_request("chat_id is empty")
        found = self.fake.find_chat(self.bot, raw)
        if found is None:
            raise bad_request("chat not found")
        return found

    def content(self) -> Content:
        """The text to post, read by TDLib where the request is read closely. Raises ApiError."""
        return self.content_of(self.params, "text")

    def content_of(self, source: dict[str, Any], field: str) -> Content:
        """The same for the text in the given field of something."""
        raw = source.get(field)
        entities = source.get("entities")
        if isinstance(entities, str) and entities:
            entities = json.loads(entities)
        if not isinstance(raw, str) or not raw:
            raise bad_request("message text is empty")
        content = Content(raw, source.get("parse_mode") or None, entities or None)
        if self.close:
            for words in complaints(content.formatted, len(entities) if entities else None):
                self.blame(words)
        letters = content.rough()
        if not letters:
            raise bad_request("message text is empty")
        if len(letters) > MESSAGE_LENGTH:
            raise bad_request("message is too long")
        return content

    def preview(self) -> bool:
        """Whether links are previewed."""
        return not (self.structure("link_preview_options") or {}).get("is_disabled")


Handler = Callable[[Call], Any | Awaitable[Any]]
METHODS: Final[dict[str, Handler]] = {}


def method(name: str) -> Callable[[Handler], Handler]:
    """Enter a function into the table of methods."""

    def enter(handler: Handler) -> Handler:
        METHODS[name] = handler
        return handler

    return enter
