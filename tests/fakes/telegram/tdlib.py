"""Text as Telegram reads it: markup by tdjson (TDLib itself, offline), lengths and nesting by the send path's rules."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, cast

from tests.fakes.telegram.errors import bad_request

MESSAGE_LENGTH: Final = 4096  # Unicode code points after parsing; entity offsets are UTF-16 units
ENTITIES: Final = 100

_KINDS: Final = {
    "textEntityTypeMention": "mention",
    "textEntityTypeHashtag": "hashtag",
    "textEntityTypeCashtag": "cashtag",
    "textEntityTypeBotCommand": "bot_command",
    "textEntityTypeUrl": "url",
    "textEntityTypeEmailAddress": "email",
    "textEntityTypePhoneNumber": "phone_number",
    "textEntityTypeBold": "bold",
    "textEntityTypeItalic": "italic",
    "textEntityTypeUnderline": "underline",
    "textEntityTypeStrikethrough": "strikethrough",
    "textEntityTypeSpoiler": "spoiler",
    "textEntityTypeCode": "code",
    "textEntityTypePre": "pre",
    "textEntityTypePreCode": "pre",
    "textEntityTypeTextUrl": "text_link",
    "textEntityTypeMentionName": "text_mention",
    "textEntityTypeBlockQuote": "blockquote",
    "textEntityTypeExpandableBlockQuote": "expandable_blockquote",
    "textEntityTypeCustomEmoji": "custom_emoji",
}
_QUOTES: Final = {"blockquote", "expandable_blockquote"}
_CODES: Final = {"code", "pre"}
_quiet = False

Entity = dict[str, Any]


def _execute(request: dict[str, Any]) -> dict[str, Any]:
    # Imported late: it is 52 MB, and a benchmark that samples no text does without.
    global _quiet
    import tdjson

    if not _quiet:
        tdjson.td_execute(b'{"@type":"setLogVerbosityLevel","new_verbosity_level":0}')
        _quiet = True
    answer = tdjson.td_execute(json.dumps(request).encode())
    assert answer is not None, "TDLib does not know the request"
    return cast("dict[str, Any]", json.loads(answer))


def utf16(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text) + sum(1 for letter in text if letter > "\uffff")


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text with its markup's entities, and those that clients find in it by themselves (`#word`, links, `/cmd`)."""

    text: str
    markup: tuple[Entity, ...] = ()
    found: tuple[Entity, ...] = ()

    @property
    def entities(self) -> list[Entity]:
        """All of them, as the Bot API lists them."""
        return sorted((*self.markup, *self.found), key=lambda entity: (entity["offset"], -entity["length"]))

    def slice(self, entity: Entity) -> str:
        """The letters under an entity."""
        raw = self.text.encode("utf-16-le")
        return raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")

    def under(self, kind: str) -> list[str]:
        """The letters under every entity of a kind."""
        return [self.slice(entity) for entity in self.entities if entity["type"] == kind]


@lru_cache(maxsize=1024)
def parse(raw: str, parse_mode: str | None) -> Formatted:
    """Read text as the server does. Raises ApiError with TDLib's own words."""
    if parse_mode:
        mode: dict[str, Any]
        match parse_mode.lower():
            case "html":
                mode = {"@type": "textParseModeHTML"}
            case "markdown":
                mode = {"@type": "textParseModeMarkdown", "version": 1}
            case "markdownv2":
                mode = {"@type": "textParseModeMarkdown", "version": 2}
            case _:
                raise bad_request("unsupported parse_mode")
        answer = _execute({"@type": "parseTextEntities", "text": raw, "parse_mode": mode})
        if answer["@type"] == "error":
            words = answer["message"]
            raise bad_request(words[0].lower() + words[1:])
        text, markup = answer["text"], [_entity(one) for one in answer["entities"]]
    else:
        text, markup = raw, []
    return _trimmed(text, markup)


def given(raw: str, entities: list[Entity]) -> Formatted:
    """Text whose entities came beside it."""
    return _trimmed(raw, [dict(entity) for entity in entities])


def _entity(one: dict[str, Any]) -> Entity:
    kind = one["type"]
    entity: Entity = {
        "type": _KINDS.get(kind["@type"], kind["@type"]),
        "offset": one["offset"],
        "length": one["length"],
    }
    if "url" in kind:
        entity["url"] = kind["url"]
    if "language" in kind:
        entity["language"] = kind["language"]
    return entity


def _trimmed(text: str, markup: list[Entity]) -> Formatted:
    bare = text.lstrip()
    start = utf16(text) - utf16(bare)
    bare = bare.rstrip()
    end = utf16(bare)
    kept = []
    for entity in markup[:ENTITIES]:
        first = max(0, entity["offset"] - start)
        last = min(end, entity["offset"] + entity["length"] - start)
        if last > first:
            kept.append({**entity, "offset": first, "length": last - first})
    return Formatted(bare, tuple(kept), _found(bare, kept))


def _found(text: str, markup: list[Entity]) -> tuple[Entity, ...]:
    if not text:
        return ()
    shut = [entity for entity in markup if entity["type"] in _CODES or entity["type"] == "text_link"]
    answer = _execute({"@type": "getTextEntities", "text": text})
    found = (_entity(one) for one in answer["entities"])
    return tuple(one for one in found if not any(_overlap(one, other) for other in shut))


def _overlap(one: Entity, other: Entity) -> bool:
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])


def complaints(formatted: Formatted, raw_entities: int | None = None) -> list[str]:
    """What the server would repair or bear silently, and we hold against the sender."""
    found = []
    if utf16(formatted.text) > MESSAGE_LENGTH:
        found.append(f"{utf16(formatted.text)} UTF-16 units of text")
    if (raw_entities or len(formatted.markup)) > ENTITIES or len(formatted.markup) == ENTITIES:
        found.append("100 entities or more: further formatting is ignored")
    for index, one in enumerate(formatted.markup):
        for other in formatted.markup[index + 1 :]:
            if not _overlap(one, other):
                continue
            kinds = {one["type"], other["type"]}
            if one["type"] in _QUOTES and other["type"] in _QUOTES:
                found.append("a quote inside a quote")
            elif kinds & _QUOTES and "text_link" in kinds:
                link, quote = (one, other) if one["type"] == "text_link" else (other, one)
                if link["length"] > quote["length"]:
                    found.append("a quote inside a link")
            elif kinds & _CODES and not kinds <= _CODES | _QUOTES:
                found.append(f"{'/'.join(sorted(kinds))} overlap: code holds nothing")
    return found


@dataclass(slots=True)
class Content:
    """A message's text as it was sent; read by TDLib when somebody looks, or at once where the fake is strict."""

    raw: str
    parse_mode: str | None = None
    given: list[Entity] | None = None
    _formatted: Formatted | None = field(default=None, repr=False)

    @property
    def formatted(self) -> Formatted:
        """The text and its entities. Raises ApiError where the markup is bad."""
        if self._formatted is None:
            self._formatted = given(self.raw, self.given) if self.given else parse(self.raw, self.parse_mode)
        return self._formatted

    @property
    def parsed(self) -> bool:
        """Whether somebody looked already."""
        return self._formatted is not None

    def rough(self) -> str:
        """The text without its tags, for answers that nobody reads closely; costs microseconds."""
        if self._formatted is not None:
            return self._formatted.text
        bare = html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", self.raw)) if self.parse_mode else self.raw
        return bare.strip()

    def same(self, other: Content) -> bool:
        """Whether a reader sees the same."""
        if (self.raw, self.parse_mode, self.given) == (other.raw, other.parse_mode, other.given):
            return True
        return (self.formatted.text, self.formatted.markup) == (other.formatted.text, other.formatted.markup)
