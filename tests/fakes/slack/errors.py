"""What Slack says when it refuses."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """An answer with `ok` false; `extra` are further fields of its body. `retry_after` (whole seconds) goes into the
    header of that name; an HTTP status other than 200 is rare: 429, and what `response_url` says."""

    def __init__(
        self, error: str, *, status: int = 200, retry_after: int | None = None, extra: dict[str, Any] | None = None
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.extra = extra or {}

    def json(self) -> dict[str, Any]:
        """The body that goes on the wire."""
        return {"ok": False, "error": self.error} | self.extra

    @property
    def headers(self) -> dict[str, str]:
        """What goes above it."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def ratelimited(seconds: int) -> SlackError:
    """429 with Retry-After."""
    return SlackError("ratelimited", status=429, retry_after=max(1, seconds))


def missing_scope(needed: str, provided: frozenset[str]) -> SlackError:
    """A token that may not do this; `needed` as Slack lists it, joined by commas."""
    return SlackError("missing_scope", extra={"needed": needed, "provided": ",".join(sorted(provided))})


def invalid_blocks(complaints: list[tuple[str, str]]) -> SlackError:
    """Blocks that Slack refuses: (JSON pointer, words) of each fault."""
    words = [f"{text} [json-pointer:{pointer}]" for pointer, text in complaints]
    messages = {"response_metadata": {"messages": [f"[ERROR] {one}" for one in words]}}
    return SlackError("invalid_blocks", extra={"errors": words} | messages)


def invalid_arguments(*words: str) -> SlackError:
    """Arguments that Slack cannot read."""
    return SlackError(
        "invalid_arguments", extra={"response_metadata": {"messages": [f"[ERROR] {one}" for one in words]}}
    )
