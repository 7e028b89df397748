"""Reads the lexicon from the two files that an operator may extend: `tags.toml` and `glossary.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from bot.latex import readable
from bot.query import Lexicon

_REMEMBERED: Final = 1 << 11
"""Texts kept readable, for the snippets of papers that many people find."""


def load_lexicon(folder: Path) -> Lexicon:
    """The lexicon of a config folder. A missing file counts as an empty one.

    Raises ValueError with one clear sentence, file and key in it, where a file is not what its comments ask for.
    """
    tags = _read(folder / "tags.toml", lambda table: Lexicon.from_tables(table, {}))
    glossary = _read(folder / "glossary.toml", lambda table: Lexicon.from_tables({}, table))
    return replace(tags, translations=glossary.translations, readable=lru_cache(_REMEMBERED)(readable))


def _read(path: Path, build: Callable[[dict[str, Any]], Lexicon]) -> Lexicon:
    try:
        return build(tomllib.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        return build({})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a TOML file in UTF-8: {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
