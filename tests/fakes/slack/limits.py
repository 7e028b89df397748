"""Slack's rates: a message a second for a channel, some hundreds a minute for a workspace, tiers for everything
else."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.slack.errors import SlackError, ratelimited

TIERS: Final = {1: 1, 2: 20, 3: 50, 4: 100, 5: 600}
"""Requests a minute of one method in one workspace, by tier; 5 stands for what Slack calls special."""


@dataclass(slots=True, kw_only=True)
class Limits:
    """The rates. A channel takes one chat.postMessage each `channel_seconds`, `tolerance` sooner for the unevenness
    of the way, and up to `channel_burst` at once; a workspace `per_minute` in any window of `minute` seconds
    ("several hundred", says Slack). `tiers`: whether the other methods are limited. Not in the `marketplace`:
    conversations.history and .replies give 15 objects once a minute.
    """

    on: bool = True
    channel_seconds: float = 1.0
    channel_burst: int = 1
    tolerance: float = 0.05
    per_minute: int = 300
    minute: float = 60.0
    tiers: bool = True
    marketplace: bool = True


class _Window:
    """At most `limit` in any `seconds`."""

    __slots__ = ("times",)

    def __init__(self) -> None:
        self.times: deque[float] = deque()

    def wait(self, now: float, limit: int, seconds: float) -> float:
        times = self.times
        while times and times[0] <= now - seconds:
            times.popleft()
        return 0.0 if len(times) < limit else times[len(times) - limit] + seconds - now


@dataclass(slots=True)
class Meter:
    """The counters of the app in one workspace."""

    limits: Limits
    posts: int = 0
    _team: _Window = field(default_factory=_Window)
    _channels: dict[str, _Window] = field(default_factory=dict)
    _methods: dict[str, _Window] = field(default_factory=dict)
    _held: dict[tuple[str, str], float] = field(default_factory=dict)

    def hold(self, method: str, channel: str, until: float) -> None:
        """Tell a method (in a channel, or "" for all) to wait until a monotonic second."""
        self._held[method, channel] = max(until, self._held.get((method, channel), 0.0))

    def _holds(self, method: str, channel: str, now: float) -> float:
        if not self._held:
            return 0.0
        return max(self._held.get((method, channel), 0.0), self._held.get((method, ""), 0.0)) - now

    def take_post(self, channel: str, now: float) -> SlackError | None:
        """Count a message, or the refusal. `now` is monotonic seconds. Only what is posted uses up the rates."""
        limits = self.limits
        if limits.on:
            window = self._channels.get(channel)
            if window is None:
                window = self._channels[channel] = _Window()
            span = (limits.channel_seconds - limits.tolerance) * limits.channel_burst
            own = window.wait(now, limits.channel_burst, span)
            team = self._team.wait(now, limits.per_minute, limits.minute - limits.tolerance)
            held = self._holds("chat.postMessage", channel, now)
            if (wait := max(own, team, held)) > 0.0:
                seconds = math.ceil(wait)
                if max(own, team) > held:
                    self.hold("chat.postMessage", "" if team > own else channel, now + seconds - limits.tolerance)
                return ratelimited(seconds)
            window.times.append(now)
            self._team.times.append(now)
        self.posts += 1
        return None

    def take(self, method: str, tier: int, now: float) -> SlackError | None:
        """Count a request of another method, or the refusal."""
        limits = self.limits
        if not limits.on or not limits.tiers:
            return None
        per_minute = TIERS[tier]
        if not limits.marketplace and method in ("conversations.history", "conversations.replies"):
            per_minute = 1
        window = self._methods.get(method)
        if window is None:
            window = self._methods[method] = _Window()
        wait = max(window.wait(now, per_minute, limits.minute), self._holds(method, "", now))
        if wait > 0.0:
            return ratelimited(math.ceil(wait))
        window.times.append(now)
        return None
