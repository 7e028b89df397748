"""Files that are closed to this process, for root too, who else may read everything."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

_NOBODY: Final = 65534


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Do this as a user to whom a file can be closed. All threads of the process are that user for the moment, so
    nothing else is to be opened meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="paperboy-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
