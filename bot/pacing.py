"""When a message may be sent: the published limits of a lane and of each chat on it, kept at the moment of sending.

Pure: the clock is an argument, in seconds that never run backwards (`time.monotonic()`). One `LanePace` belongs to
the one owner of a lane. It never catches up: what a stall did not send is not sent faster afterwards.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform allows.

    `per_second`: messages of the lane in any second; a fraction above 1 is rounded down, below 1 it is one message
    every 1/`per_second` seconds. `burst`: how many broadcast messages may leave at once, the rest being spread
    evenly. `chat_interval`: seconds between two messages to one chat. `group_per_minute`: messages to one group in any
    minute, None for no such limit. `reply_share`: the fraction of both that broadcasts leave to replies.
    """

    per_second: float
    burst: int = 1
    chat_interval: float = 1.0
    group_per_minute: int | None = None
    reply_share: float = 0.1

    def __post_init__(self) -> None:
        if not (0 < self.per_second < math.inf and 0 <= self.chat_interval < math.inf):
            raise ValueError("a rate is positive and an interval not negative")
        if self.burst < 1 or (self.group_per_minute is not None and self.group_per_minute < 1):
            raise ValueError("at least one message has to fit through a limit")
        if not 0 <= self.reply_share < 1:
            raise ValueError("the replies' share is a fraction below 1")


@dataclass(slots=True)
class _ChatPace:
    """`ready`: when the chat's interval and its hold are over. `minute`: the newest sends to a group, oldest first."""

    ready: float = -math.inf
    minute: deque[float] = field(default_factory=deque)

    @property
    def idle_from(self) -> float:
        """When nothing here can matter any more."""
        return max(self.ready, self.minute[-1] + _MINUTE) if self.minute else self.ready


class LanePace:
    """The pace of one lane: ask `wait`, send when it says 0, and say so with `take`.

    In any second (half-open, sliding) at most `per_second` messages pass, in any minute at most `group_per_minute`
    to a group, and never two to a chat within `chat_interval`. The window is a log of the newest sends and not a token
    bucket: a bucket that starts full lets nearly twice its rate through one sliding second.

    Broadcasts get what `reply_share` leaves, spread evenly; so many replies a second as the share holds therefore
    pass at once, however busy a broadcast is. Every call takes constant time, and chats are forgotten when idle.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        capacity = max(1, math.floor(limits.per_second))
        for_broadcasts = _left_by_replies(capacity, limits.reply_share)
        self._window = max(1.0, 1.0 / limits.per_second)
        self._sends: deque[float] = deque(maxlen=capacity)
        self._broadcasts: deque[float] = deque(maxlen=for_broadcasts)
        self._gap = self._window / for_broadcasts
        self._evenly = -math.inf
        self._held_until = -math.inf
        self._chats: OrderedDict[str, _ChatPace] = OrderedDict()
        self._group_limit = limits.group_per_minute or 0
        self._group_broadcasts = _left_by_replies(self._group_limit, limits.reply_share)

    def wait(self, now: float, chat_key: str, group: bool, reply: bool) -> float:
        """Seconds until a message may be sent to this chat, if nothing else is sent meanwhile; 0.0 for now."""
        self._forget_idle(now)
        ready = max(self._lane_ready(reply), self._chat_ready(chat_key, group, reply))
        return max(0.0, ready - now)

    def take(self, now: float, chat_key: str, group: bool, reply: bool) -> None:
        """Record that a message is being sent to this chat now."""
        self._sends.append(now)
        if not reply:
            self._broadcasts.append(now)
            self._evenly = max(self._evenly, now) + self._gap
        chat = self._chat(chat_key)
        chat.ready = max(chat.ready, now + self._limits.chat_interval)
        if group and self._group_limit:
            chat.minute.append(now)
            if len(chat.minute) > self._group_limit:
                chat.minute.popleft()
        self._forget_idle(now)

    def hold_lane(self, until: float) -> None:
        """Send nothing on this lane before `until`; a hold is never shortened."""
        self._held_until = max(self._held_until, until)

    def hold_chat(self, chat_key: str, until: float) -> None:
        """Send nothing to this chat before `until`; a hold is never shortened."""
        chat = self._chat(chat_key)
        chat.ready = max(chat.ready, until)

    @property
    def broadcast_rate(self) -> float:
        """How many broadcast messages a second this lane lets through when nothing else is in the way."""
        return 1.0 / self._gap

    @property
    def chats_remembered(self) -> int:
        """How many chats are in memory: those that were sent to a short while ago or are held."""
        return len(self._chats)

    def _lane_ready(self, reply: bool) -> float:
        ready = max(self._held_until, _oldest(self._sends) + self._window)
        if reply:
            return ready
        evenly = self._evenly - (self._limits.burst - 1) * self._gap
        return max(ready, _oldest(self._broadcasts) + self._window, evenly)

    def _chat_ready(self, chat_key: str, group: bool, reply: bool) -> float:
        chat = self._chats.get(chat_key)
        if chat is None:
            return -math.inf
        limit = self._group_limit if reply else self._group_broadcasts
        if not (group and limit) or len(chat.minute) < limit:
            return chat.ready
        return max(chat.ready, chat.minute[-limit] + _MINUTE)

    def _chat(self, chat_key: str) -> _ChatPace:
        chat = self._chats.setdefault(chat_key, _ChatPace())
        self._chats.move_to_end(chat_key)
        return chat

    def _forget_idle(self, now: float) -> None:
        # Two steps for at most one new chat per call: the memory shrinks to the chats that matter, and no call is slow.
        for _ in range(min(2, len(self._chats))):
            key, chat = next(iter(self._chats.items()))
            if chat.idle_from <= now:
                del self._chats[key]
            else:
                self._chats.move_to_end(key)


def _left_by_replies(limit: int, share: float) -> int:
    return max(min(limit, 1), limit - math.ceil(limit * share))


def _oldest(newest_sends: deque[float]) -> float:
    """The oldest of as many sends as one window may hold; minus infinity while there are fewer."""
    return newest_sends[0] if len(newest_sends) == newest_sends.maxlen else -math.inf


def backoff(attempts: int, *, base: float = 2.0, cap: float = 900.0, spread: float) -> float:
    """Seconds to wait after `attempts` failures in a row: `base`, doubled for each further one, at most `cap`.

    `spread` in [0, 1) moves it within the upper half of that, so that chats that failed together do not come back
    together; the caller draws it, at random or from an id.
    """
    longest = min(cap, base * 2.0 ** min(max(attempts, 1) - 1, 64))
    return longest * (0.5 + spread / 2)
