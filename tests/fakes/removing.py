"""Folders that somebody removes while Paperboy has them open."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

_TRIES: Final = 100


def removes(folder: Path) -> None:
    """Remove a folder once with all that is in it, in as many tries as that takes: tantivy looks for changes, and a
    lock of its may come into a folder that has just been emptied. Raises OSError after a hundred tries."""
    for left in reversed(range(_TRIES)):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if not left or error.errno not in (errno.ENOTEMPTY, errno.ENOENT):
                raise
        else:
            return
