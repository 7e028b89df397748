"""`python -m tests.fakes.slack --port 0`: prints one line of JSON (url, api_base and the app's secrets) and serves
until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from tests.fakes.remote import arguments, serve
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.server import FakeSlack


def _arguments() -> argparse.Namespace:
    parser = arguments("slack")
    parser.add_argument("--tiers", choices=["on", "off"], default="on", help="limits of the other methods")
    parser.add_argument("--per-minute", type=int, default=300, help="messages a workspace")
    parser.add_argument("--channel-seconds", type=float, default=1.0, help="between two messages to a channel")
    parser.add_argument("--channel-burst", type=int, default=1)
    parser.add_argument("--workspaces", type=int, default=1, help="how many have the app from the start")
    parser.add_argument("--request-url", help="where the app is told by HTTP; without it: Socket Mode")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    limits = Limits(
        on=options.limits == "on",
        tiers=options.tiers == "on",
        per_minute=options.per_minute,
        channel_seconds=options.channel_seconds,
        channel_burst=options.channel_burst,
    )
    fake = FakeSlack(limits=limits, strict=options.strict, seed=options.seed, record=options.record, port=options.port)
    app = fake.app
    app.request_url = options.request_url
    for number in range(1, options.workspaces):
        fake.workspace(f"회사 {number}")

    def hello() -> dict[str, Any]:
        return {
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

    await serve(fake, hello, no_gc=options.no_gc)


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
