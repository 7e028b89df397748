"""What is posted, drawn once for all chats that see the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, Protocol

from bot.adapters.base import Adapter, Body
from bot.message import Message
from bot.model import StoredPaper, Tag
from bot.store import Due, Head

KEPT: Final = 512
"""How many drawn messages are kept, some kilobytes each."""


class Compose(Protocol):
    """`bot.formatting.paper_message`."""

    def __call__(
        self, stored: StoredPaper, tags: Sequence[Tag], /, *, language: str, following: frozenset[int]
    ) -> Message:
        """The message that shows a paper; the tags that the reader follows are switched on."""


ComposeWithdrawn = Callable[[StoredPaper, str], Message]
"""`bot.formatting.withdrawn_message`: what remains of a withdrawn paper, in a language."""


ComposeHead = Callable[[date, int, str], Message]
"""`bot.formatting.head_message`: what stands over so many papers of a day, in a language."""


class Bodies:
    """Drawn messages, the least used forgotten; one for each paper's content, language, variant and followed tags."""

    def __init__(self, compose: Compose, compose_withdrawn: ComposeWithdrawn, compose_head: ComposeHead) -> None:
        self._compose = compose
        self._compose_withdrawn = compose_withdrawn
        self._compose_head = compose_head
        self._drawn: OrderedDict[tuple[object, ...], Body] = OrderedDict()

    def paper(self, adapter: Adapter, due: Due, stored: StoredPaper, tags: Sequence[Tag]) -> Body:
        """The paper, as the chat that it is due to sees it."""
        chat = due.chat
        following = due.following & {tag.id for tag in tags}
        seen = (adapter.name, adapter.variant(chat), chat.language)
        key = (*seen, stored.id, stored.version, stored.paper.content_hash, following)
        return self._keep(
            key,
            lambda: adapter.render(self._compose(stored, tags, language=chat.language, following=following), chat),
        )

    def withdrawn(self, adapter: Adapter, due: Due, stored: StoredPaper) -> Body:
        """What the chat sees of a withdrawn paper where it cannot be deleted."""
        chat = due.chat
        key = (adapter.name, adapter.variant(chat), chat.language, stored.id, stored.version)
        return self._keep(key, lambda: adapter.render(self._compose_withdrawn(stored, chat.language), chat))

    def head(self, adapter: Adapter, due: Due, head: Head) -> Body:
        """What a threaded chat sees over the papers of a digest."""
        chat = due.chat
        key = (adapter.name, adapter.variant(chat), chat.language, "head", head.day, head.papers)
        return self._keep(key, lambda: adapter.render(self._compose_head(head.day, head.papers, chat.language), chat))

    def _keep(self, key: tuple[object, ...], draw: Callable[[], Body]) -> Body:
        if key in self._drawn:
            self._drawn.move_to_end(key)
            return self._drawn[key]
        body = self._drawn[key] = draw()
        if len(self._drawn) > KEPT:
            self._drawn.popitem(last=False)
        return body
