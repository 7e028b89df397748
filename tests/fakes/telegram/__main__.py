"""`python -m tests.fakes.telegram --port 0`: prints `{"url": ..., "token": ...}` and serves until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio

from tests.fakes.remote import arguments, serve
from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.server import TOKEN, FakeTelegram


def _arguments() -> argparse.Namespace:
    parser = arguments("telegram")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--username", default="paperboy_bot")
    parser.add_argument("--per-second", type=int, default=30)
    parser.add_argument("--per-minute", type=int, default=20, help="for each group or channel")
    parser.add_argument("--paid", action="store_true", help="grant allow_paid_broadcast")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
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
    await serve(fake, lambda: {"url": fake.url, "token": options.token}, no_gc=options.no_gc)


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
