"""Taking in whenever something happens in the folder of digest files."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.digest_folder import WATCH_SECONDS, changes_in
from bot.scan_report import ScanReport
from bot.store import StoreError

log = logging.getLogger(__name__)

TakeIn = Callable[[], Awaitable[ScanReport]]


async def watch(folder: Path, take_in: TakeIn) -> None:
    """Call `take_in` after each change, for ever, whatever becomes of the folder and whatever it raises."""
    trouble = ""
    while True:
        try:
            async with contextlib.aclosing(changes_in(folder)) as changes:
                async for _ in changes:
                    trouble = ""
                    while (await _safely(take_in)).waiting:
                        pass  # a scan that leaves something waiting took its time
        except (OSError, RuntimeError) as error:  # RuntimeError: what watchfiles makes of other troubles
            if str(error) != trouble and not isinstance(error, FileNotFoundError):
                log.warning("no file events, looking every %g s instead: %s", WATCH_SECONDS, error)
            trouble = str(error)
            await asyncio.sleep(WATCH_SECONDS)
            await _safely(take_in)


async def _safely(take_in: TakeIn) -> ScanReport:
    try:
        return await take_in()
    except StoreError as error:
        log.warning("scan: %s", error)
    except Exception:
        log.exception("scan")
    return ScanReport()
