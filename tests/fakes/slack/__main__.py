"""`python -m tests.fakes.slack --port 0`: prints one line of JSON (url, api_base and the app's secrets) and serves
until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

from tests.fakes.slack.limits import Limits
from tests.fakes.slack.server import FakeSlack


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.slack", description="A fake Slack.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--strict", type=float, default=1.0, help="the part of the posts that is judged closely")
    parser.add_argument("--limits", choices=["on", "off"], default="on")
    parser.add_argument("--tiers", choices=["on", "off"], default="on", help="limits of the other methods")
    parser.add_argument("--per-minute", type=int, default=300, help="messages a workspace")
    parser.add_argument("--channel-seconds", type=float, default=1.0, help="between two messages to a channel")
    parser.add_argument("--channel-burst", type=int, default=1)
    parser.add_argument("--workspaces", type=int, default=1, help="how many have the app from the start")
    parser.add_argument("--request-url", help="where the app is told by HTTP; without it: Socket Mode")
    parser.add_argument("--seed", type=int, default=0, help="for faults by lot")
    parser.add_argument("--no-gc", action="store_true", help="no garbage collection, for benchmarks: no pauses")
    parser.add_argument("--record", type=Path, help="append a line of JSON for every post")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stop.set)
    limits = Limits(
        on=options.limits == "on",
        tiers=options.tiers == "on",
        per_minute=options.per_minute,
        channel_seconds=options.channel_seconds,
        channel_burst=options.channel_burst,
    )
    fake = FakeSlack(limits=limits, strict=options.strict, seed=options.seed, record=options.record, port=options.port)
    fake.app.request_url = options.request_url
    for number in range(1, options.workspaces):
        fake.workspace(f"회사 {number}")
    if options.no_gc:
        gc.disable()
    async with fake:
        app = fake.app
        hello = {
            "url": fake.url,
            "api_base": fake.api_base,
            "team": fake.team.id,
            "bot_token": fake.team.bot_token,
            "tokens": {team.id: team.bot_token for team in fake.workspaces.values()},
            "app_token": app.app_token,
            "signing_secret": app.signing_secret,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        }
        sys.stdout.write(json.dumps(hello) + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
