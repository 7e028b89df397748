"""What the index says when it cannot do what it was asked, and what tantivy raises before."""

from __future__ import annotations

from pathlib import Path


class SearchError(Exception):
    """The index cannot do what it was asked; the text is one sentence for an operator."""


class Stopped(SearchError):
    """A build was broken off, for the index is being closed."""


def is_panic(error: BaseException) -> bool:
    """Whether it is a panic in tantivy's Rust, which is no Exception in Python."""
    return type(error).__name__ == "PanicException"


def is_of_disk(error: BaseException) -> bool:
    """Whether it may come from the disk: an error of the system, or one of tantivy's own."""
    return isinstance(error, OSError | ValueError | SystemError) or is_panic(error)


def reason(error: BaseException, folder: Path) -> str:
    """Why something failed in a folder, in a few words."""
    if not isinstance(error, OSError) or error.strerror is None:
        return (str(error) or type(error).__name__).splitlines()[0]
    place = error.filename
    beside = isinstance(place, str) and Path(place) != folder
    return f"{error.strerror} ({Path(place).name})" if beside else error.strerror
