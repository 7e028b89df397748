"""Reads the lexicon from the files that an operator may extend: `tags.toml`, `glossary.toml` and `related.toml`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

import tomli

from bot.latex import readable
from bot.query import Lexicon
from bot.query.lexicon import related_words, tag_names

_FILES: Final = ("tags.toml", "glossary.toml", "related.toml")
_REMEMBERED: Final = 1 << 11
"""Texts kept readable, for the snippets of papers that many people find."""


def load_lexicon(folder: Path) -> Lexicon:
    """The lexicon of a config folder. A missing file counts as an empty one.

    Raises ValueError with one clear sentence, file and key in it, where a file is not what its comments ask for.
    """
    tags = _read(folder / "tags.toml", _checked)
    lexicon = _read(folder / "glossary.toml", lambda table: Lexicon.from_tables(tags, table))
    lexicon.glossary.related = _read(folder / "related.toml", related_words)
    return replace(lexicon, readable=lru_cache(_REMEMBERED)(readable))


class LexiconFiles:
    """The lexicon of a config folder, and the times of its files, for taking in what an operator changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._times()
        self.lexicon = load_lexicon(folder)

    def refresh(self) -> bool:
        """Exchange the glossary of the lexicon where a file was changed; whether that was so.

        A change of tag names counts after a restart only, for it changes what the index is made of. Raises ValueError
        with one clear sentence, once for every faulty change; what was known before stays.
        """
        times = self._times()
        if times == self._seen:
            return False
        self._seen = times
        self.lexicon.glossary.become(load_lexicon(self._folder).glossary)
        return True

    def _times(self) -> tuple[int, ...]:
        files = (self._folder / name for name in _FILES)
        return tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)


_T = TypeVar("_T")


def _checked(tags: dict[str, Any]) -> dict[str, Any]:
    tag_names(tags)
    return tags


def _read(path: Path, build: Callable[[dict[str, Any]], _T]) -> _T:
    try:
        return build(tomli.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        return build({})
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a TOML file in UTF-8: {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
