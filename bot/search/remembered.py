"""Answers that are remembered for as long as there is somebody to give them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar
from weakref import WeakMethod

T = TypeVar("T")


def remembered(method: Callable[..., T], most: int) -> Callable[..., T]:
    """A method with its last answers. What an object keeps of its own methods so does not keep the object: it goes, and
    all that it holds, with its last user, where `lru_cache` alone would leave it to the garbage collector."""
    own = WeakMethod(method)

    @lru_cache(maxsize=most)
    def answer(*asked: object) -> T:
        bound = own()
        assert bound is not None  # noqa: S101 - it is asked through its object
        return bound(*asked)

    return answer
