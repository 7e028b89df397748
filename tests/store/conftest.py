"""A desk for every test of the store."""

from __future__ import annotations

import pytest

from bot.store import Store
from tests.store.desk import Desk


@pytest.fixture
def desk(store: Store) -> Desk:
    """A desk over a fresh store, on each of the two back ends."""
    return Desk(store)
