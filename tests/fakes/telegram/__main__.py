"""`python -m tests.fakes.telegram --port 0`: prints `{"url": ..., "token": ...}` and serves until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.server import TOKEN, FakeTelegram


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.telegram", description="A fake Telegram.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--username", default="paperboy_bot")
    parser.add_argument("--strict", type=float, default=1.0, help="the part of the requests that is judged closely")
    parser.add_argument("--limits", choices=["on", "off"], default="on")
    parser.add_argument("--per-second", type=int, default=30)
    parser.add_argument("--per-minute", type=int, default=20, help="for each group or channel")
    parser.add_argument("--paid", action="store_true", help="grant allow_paid_broadcast")
    parser.add_argument("--seed", type=int, default=0, help="for faults by lot")
    parser.add_argument("--no-gc", action="store_true", help="no garbage collection, for benchmarks: no pauses")
    parser.add_argument("--record", type=Path, help="append a line of JSON for every post")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    limits = Limits(
        on=options.limits == "on", per_second=options.per_second, per_minute=options.per_minute, paid=options.paid
    )
    fake = FakeTelegram(
        token=options.token,
        username=options.username,
        limits=limits,
        strict=options.strict,
        seed=options.seed,
        record=options.record,
        port=options.port,
    )
    if options.no_gc:
        gc.disable()
    async with fake:
        sys.stdout.write(json.dumps({"url": fake.url, "token": options.token}) + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
