"""Telegram's flood rules: so many requests a second for a token, a chat, a group."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from tests.fakes.telegram.errors import ApiError, too_many


@dataclass(slots=True, kw_only=True)
class Limits:
    """The rates. `per_second` is for a token, in any window of one second; `per_minute` for a group or channel, in any
    window of `minute` seconds; a private chat regains `private_rate` a second and may save up `private_burst`.

    `paid_per_second` replaces `per_second` for requests with allow_paid_broadcast where `paid` is granted.
    Edits are counted like posts. Telegram publishes none of this exactly: the figures are its FAQ's.
    """

    on: bool = True
    per_second: int = 30
    paid: bool = False
    paid_per_second: int = 1000
    private_rate: float = 1.0
    private_burst: float = 3.0
    per_minute: int = 20
    minute: float = 60.0


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


class _Bucket:
    __slots__ = ("at", "level")

    def __init__(self, level: float, at: float) -> None:
        self.level = level
        self.at = at

    def wait(self, now: float, rate: float, burst: float) -> float:
        self.level = min(burst, self.level + (now - self.at) * rate)
        self.at = now
        return 0.0 if self.level >= 1.0 else (1.0 - self.level) / rate


@dataclass(slots=True)
class Meter:
    """The counters of one token."""

    limits: Limits
    posts: int = 0
    paid_posts: int = 0
    _token: _Window = field(default_factory=_Window)
    _groups: dict[int, _Window] = field(default_factory=dict)
    _private: dict[int, _Bucket] = field(default_factory=dict)
    _held: dict[int, float] = field(default_factory=dict)

    def hold(self, chat: int, until: float) -> None:
        """Tell a chat (0: the whole token) to wait; a request before `until` (monotonic seconds) is too early."""
        self._held[chat] = max(until, self._held.get(chat, 0.0))

    def take(self, chat: int, now: float, *, paid: bool) -> ApiError | None:
        """Count a request, or the refusal. `chat` is negative for groups and channels, `now` monotonic seconds."""
        limits = self.limits
        if limits.on:
            paid = paid and limits.paid
            token = self._token.wait(now, limits.paid_per_second if paid else limits.per_second, 1.0)
            if chat < 0:
                window = self._groups.get(chat)
                if window is None:
                    window = self._groups[chat] = _Window()
                own = window.wait(now, limits.per_minute, limits.minute)
            else:
                bucket = self._private.get(chat)
                if bucket is None:
                    bucket = self._private[chat] = _Bucket(limits.private_burst, now)
                own = bucket.wait(now, limits.private_rate, limits.private_burst)
            held = max(self._held.get(chat, 0.0), self._held.get(0, 0.0)) - now if self._held else 0.0
            if max(token, own, held) > 0.0:
                seconds = math.ceil(max(token, own, held))
                if max(token, own) > held:
                    self.hold(chat if own >= token else 0, now + seconds)
                return too_many(seconds)
            self._token.times.append(now)
            if chat < 0:
                self._groups[chat].times.append(now)
            else:
                self._private[chat].level -= 1.0
            self.paid_posts += paid
        self.posts += 1
        return None
