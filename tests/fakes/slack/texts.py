"""Slack's mrkdwn, read as its clients draw it: what is a link, a mention, bold, an emoji, and what is only letters."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Letters as they are read. `styles`: bold, italic, strike, code, emoji, mention. `folded`: not shown at first."""

    text: str
    styles: frozenset[str] = frozenset()
    url: str | None = None
    folded: bool = False


# A marker counts only where no letter touches it from outside: `*핵심*은` is not bold.
_TOKEN: Final = re.compile(
    r"<(?P<angle>[^<>\n]+)>"
    r"|```(?P<pre>[\s\S]+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
    r"|:(?P<emoji>[a-z][a-z0-9_+-]*):"
    r"|(?P<bare>https?://[^\s<>|]+)"
)
_MENTION: Final = re.compile(r"<([!@#][^<>\n]*)>")


def mentions(mrkdwn: str) -> list[str]:
    """What would call somebody: `!channel`, `@U123`, `#C123|general`."""
    return _MENTION.findall(mrkdwn) if "<" in mrkdwn else []


def read(mrkdwn: str, styles: frozenset[str] = frozenset(), *, emoji_only: bool = False) -> Iterator[Run]:
    """The runs of a mrkdwn text. `emoji_only`: of a plain_text with `emoji` true, where nothing else is special."""
    at = 0
    for found in _TOKEN.finditer(mrkdwn):
        kind = str(found.lastgroup)
        if emoji_only and kind != "emoji":
            continue
        if found.start() > at:
            yield _letters(mrkdwn[at : found.start()], styles)
        at = found.end()
        inner = str(found[kind])
        match kind:
            case "angle":
                yield replace(_angle(inner), styles=styles | _angle(inner).styles)
            case "pre" | "code":
                yield _letters(inner, styles | {"code"})
            case "emoji":
                yield Run(text=f":{inner}:", styles=styles | {"emoji"})
            case "bare":
                yield Run(text=html.unescape(inner), url=html.unescape(inner), styles=styles)
            case _:
                yield from read(inner, styles | {kind})
    if at < len(mrkdwn):
        yield _letters(mrkdwn[at:], styles)


def _letters(raw: str, styles: frozenset[str]) -> Run:
    return Run(text=unescape(raw), styles=styles)


def _angle(inner: str) -> Run:
    target, bar, label = inner.partition("|")
    if target[0] in "!@#":
        return Run(text=target.removeprefix("!") if target[0] == "!" else target, styles=frozenset({"mention"}))
    target = html.unescape(target)
    return Run(text=html.unescape(label) if bar else target, url=target)


def unescape(text: str) -> str:
    """What is read of it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """What a person typed, as it comes over the wire."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
