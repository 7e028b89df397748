"""`python -m tests.prove.child …`: the program as it is, but for a clock that the file named by PROVE_CLOCK moves.

The file holds seconds by which the clock is wrong, as if the machine's had been set while the program ran.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

from apscheduler.schedulers import base

from bot import app
from bot.cli import main


def moved(file: Path) -> datetime:
    """The time as this process sees it."""
    try:
        wrong = float(file.read_text() or 0)
    except (OSError, ValueError):
        wrong = 0.0
    return datetime.now(UTC) + timedelta(seconds=wrong)


if __name__ == "__main__":
    if named := os.environ.pop("PROVE_CLOCK", ""):
        file = Path(named)

        class Moved(datetime):
            """What the scheduler asks for the time."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                """The time as this process sees it."""
                return cls.fromtimestamp(moved(file).timestamp(), tz)

        app.utc_now = lambda: moved(file)
        base.datetime = Moved
    main()
