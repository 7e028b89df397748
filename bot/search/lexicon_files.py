"""Reads the lexicon from the files that an operator may extend: `tags.toml`, `glossary.toml` and `related.toml`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import tomli

from bot.digest_folder import Signature
from bot.latex import READABLE_VERSION, readable
from bot.query import Lexicon
from bot.query.glossary import Glossary, WordsError, related_words
from bot.query.lexicon import tag_names

log = logging.getLogger(__name__)

_REMEMBERED: Final = 1 << 11
"""Texts kept readable, for the snippets of papers that many people find."""
_WRITTEN_SECONDS: Final = 2.0
"""A file that was written to later than this ago may still be half a file, and waits for the next look."""


def load_lexicon(folder: Path) -> Lexicon:
    """The lexicon of a config folder. A missing file counts as an empty one.

    Raises ValueError with one clear sentence, file and line in it, where a file cannot be read or is not what its
    comments ask for.
    """
    return LexiconFiles(folder).lexicon


class LexiconFiles:
    """The lexicon of a config folder, and what its files were when they were read, for taking in what an operator
    changes. `missing` are the files that were not there."""

    def __init__(self, folder: Path) -> None:
        """Read the files; raises ValueError as `load_lexicon` does."""
        self._tags = _File(folder / "tags.toml", _checked)
        tags = self._tags.words  # those of the index, whatever the file says later
        self._glossary = _File(folder / "glossary.toml", lambda lines: _lexicon(tags, lines))
        self._related = _File(folder / "related.toml", related_words)
        files = (self._tags, self._glossary, self._related)
        self.missing = [file.path for file in files if not file.there]
        self.lexicon = self._glossary.words
        self.lexicon.glossary.related = self._related.words

    def refresh(self) -> None:
        """Exchange the glossary of the lexicon where a file was changed, and log what was done.

        A change of tag names counts after a restart only, for it changes what the index is made of. A file that is
        gone, cannot be read or has a mistake in it is told once, and what it said before stays.
        """
        if self._tags.look():
            log.info("%s was changed; the names of tags count from the next start on", self._tags.path)
        changed = [file.path for file in (self._glossary, self._related) if file.look()]
        if changed:
            words = self._glossary.words.glossary
            self.lexicon.glossary.become(Glossary(words.translations, words.korean, words.papers, self._related.words))
            log.info("read again: %s", ", ".join(map(str, changed)))


_T = TypeVar("_T")


class _File(Generic[_T]):
    """A file, and the words that were last read from it."""

    def __init__(self, path: Path, build: Callable[[dict[str, Any]], _T]) -> None:
        self.path = path
        self._build = build
        self._seen = self._written = Signature.now(path)
        self._told = ""
        self.there = self._seen is not None
        self.words = build({}) if self._seen is None else self._made(self._read())

    def look(self) -> bool:
        """Read the file again where it is another than before; whether it is. Trouble is logged, each once."""
        try:
            found = self._look()
        except ValueError as error:
            if self._told != str(error):
                self._told = str(error)
                log.warning("%s; what was known before stays", error)
            return False
        self._told = ""
        return found

    def _look(self) -> bool:
        now = Signature.now(self.path)
        if now == self._seen:
            return False
        if now != self._written and now is not None and now.settles_in(_WRITTEN_SECONDS):
            self._written = now
            return False
        data = self._read()
        self._seen = now  # from here on it has no other words, and no other mistake, before it is changed
        self.words = self._made(data)
        return True

    def _read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise ValueError(f"{self.path}: the file cannot be read: {error.strerror or error}") from None

    def _made(self, data: bytes) -> _T:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ValueError(f"{self.path}:{line}: not a TOML file in UTF-8") from None
        try:
            return self._build(tomli.loads(text))
        except tomli.TOMLDecodeError as error:
            told = error.msg.replace("Cannot overwrite a value", "the same key stands above it already")
            raise ValueError(f"{self.path}:{_line_of_error(error)}: not TOML: {told}") from None
        except WordsError as error:
            line = _line_of(text, error.table, error.key)
            raise ValueError(f"{self.path}:{line}: {error}" if line else f"{self.path}: {error}") from None


def _checked(tags: dict[str, Any]) -> dict[str, Any]:
    tag_names(tags)
    return tags


def _lexicon(tags: Mapping[str, Any], glossary: Mapping[str, Any]) -> Lexicon:
    return Lexicon.from_tables(tags, glossary, readable=_readable, readable_version=READABLE_VERSION)


@lru_cache(_REMEMBERED)
def _readable(text: str) -> str:
    return readable(text)


_NAME: Final = r""" "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | [\w-]+ """
_BEGINNING: Final = re.compile(
    rf"^[ \t]*(?: \[[ \t]*(?P<table>{_NAME})[ \t]*\] | (?P<key>{_NAME})[ \t]*= )", re.MULTILINE | re.VERBOSE
)


def _line_of(text: str, table: str, key: str) -> int:
    """The line of a TOML text on which a key of a table stands, else that of the table; 0 where neither is found."""
    heading, inside = 0, ""
    for found in _BEGINNING.finditer(text):
        name = (found["table"] or found["key"]).strip("\"'")
        if found["table"]:
            inside = name
            if name == (table or key):
                heading = _line_at(text, found.end())
        elif (inside, name) == (table, key):
            return _line_at(text, found.end())
    return heading


def _line_of_error(error: tomli.TOMLDecodeError) -> int:
    """The line of a mistake in TOML: where something is not closed, that on which it begins."""
    if error.msg.startswith(("Unclosed", "Unterminated")):
        *_, begun = (0, *(found.end() for found in _BEGINNING.finditer(error.doc, 0, error.pos)))
        return _line_at(error.doc, begun)
    return error.lineno


def _line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
