"""When a message may be sent: the published limits of a lane and of each chat on it, kept at the moment of sending.

Pure: the clock is an argument, in seconds that never run backwards (`time.monotonic()`). One `LanePace` belongs to
the one owner of a lane. It never catches up: what a stall did not send is not sent faster afterwards.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

_MINUTE: Final = 60.0
_ROUNDING: Final = 1e-6
PATIENCE: Final = 0.05
"""Seconds for which a place is kept for a reply that was told when it may be sent."""
NEARLY: Final = 1 / 16
"""The part of the time for gathering by which a group may be apart: messages do not travel alike."""
FULL: Final = 1.01
"""In so many windows a lane that is in full use sends as many messages as one may hold: it is woken a little late."""
JOURNEYS: Final = 32
"""How many of the newest round trips tell how long one takes when nothing delays it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform allows.

    `per_second`: messages of the lane in any second; a fraction above 1 is rounded down, below 1 it is one message
    every 1/`per_second` seconds. `margin`: seconds by which that second and a group's minute are lengthened, for
    requests that do not all travel equally fast and must not exceed the rate where they arrive. `burst`: how many
    broadcast messages may leave at once, the rest being spread evenly. `together`: about so many
    leave together in a broadcast, for a process that is woken for each of them pays for that. `chat_interval`: seconds
    between two messages to one chat. `reply_burst`: how many replies may be ahead of that interval, the next messages
    waiting the longer.
    `group_per_minute`: messages to one group in any minute, None for no such limit. `reply_share`: the fraction of a
    group's minute that broadcasts leave to replies.
    """

    per_second: float
    margin: float = 0.0
    burst: int = 1
    together: int = 1
    chat_interval: float = 1.0
    reply_burst: int = 0
    group_per_minute: int | None = None
    reply_share: float = 0.1

    def __post_init__(self) -> None:
        if not (0 < self.per_second < math.inf and 0 <= self.chat_interval < math.inf and 0 <= self.margin < math.inf):
            raise ValueError("a rate is positive and an interval not negative")
        counts = (self.burst, self.together, 1 if self.group_per_minute is None else self.group_per_minute)
        if min(counts) < 1 or self.reply_burst < 0:
            raise ValueError("at least one message has to fit through a limit")
        if not 0 <= self.reply_share < 1:
            raise ValueError("the replies' share is a fraction below 1")


@dataclass(slots=True)
class Departure:
    """A message that left: `left` is when, `at` when it counts from, which is later where it was held up on its way."""

    left: float
    at: float


@dataclass(slots=True)
class _ChatPace:
    """`ready`: when the chat's interval is over, replies that were ahead of it included. `held_until`: its hold.
    `promised_until`: a reply is waiting, and broadcasts to the chat stay behind it. `minute`: the newest sends to a
    group, oldest first."""

    ready: float = -math.inf
    held_until: float = -math.inf
    promised_until: float = -math.inf
    minute: deque[float] = field(default_factory=deque)

    @property
    def idle_from(self) -> float:
        """When nothing here can matter any more."""
        latest = max(self.ready, self.held_until, self.promised_until)
        return max(latest, self.minute[-1] + 2 * _MINUTE) if self.minute else latest


class LanePace:
    """The pace of one lane: ask `wait`, send when it says 0, and say so with `take`.

    In any second (half-open, sliding) at most `per_second` messages pass, in any minute at most `group_per_minute`
    to a group, and never two to a chat within `chat_interval` but for `reply_burst` replies. The window is a log of
    the newest sends and not a token bucket: a bucket that starts full lets nearly twice its rate through one sliding
    second.

    Broadcasts may use the whole rate, spread evenly. A reply that has to wait gets the next place of the lane and of
    its chat, unless replies have had half of the lane in the last second: then it takes its chance. Every call takes
    constant time, and chats are forgotten when idle.

    A rate is counted where messages arrive. Say with `landed` when a message was answered, and one that took longer
    than others counts from that much later: requests that were held up and arrive together are followed by a pause.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        capacity = max(1, math.floor(limits.per_second))
        self._window = max(1.0, 1.0 / limits.per_second) + limits.margin
        self._sends: deque[Departure] = deque(maxlen=capacity)
        self._journeys: deque[float] = deque(maxlen=JOURNEYS)
        self._replies: deque[float] = deque(maxlen=max(1, capacity // 2))
        self._gap = self._window / capacity
        groups = capacity > limits.together > 1
        # A part of the window, so that a group finds the places of the one that left a window ago.
        self._gathering = self._window / math.ceil(capacity / limits.together) if groups else 0.0
        # One more than a group, so that one that leaves late is followed by all of the next.
        self._ahead = (max(limits.burst - 1, limits.together) if groups else limits.burst - 1) * self._gap
        self._evenly = self._gathered = -math.inf
        self._held_until = -math.inf
        self._promised_until = -math.inf
        self._chats: OrderedDict[str, _ChatPace] = OrderedDict()
        self._group_limit = limits.group_per_minute or 0
        self._group_broadcasts = _left_by_replies(self._group_limit, limits.reply_share)

    def wait(self, now: float, chat_key: str, group: bool, reply: bool) -> float:
        """Seconds until a message may be sent to this chat, if nothing else is sent meanwhile; 0.0 for now.

        A reply that is told to wait is expected to ask again then: its place is kept for a moment after that.
        """
        self._forget_idle(now)
        lane = self._lane_ready(now, reply)
        chat = self._chat_ready(now, chat_key, group, reply)
        ready = max(lane, chat)
        if reply and ready > now:
            self._promise(chat_key, lane, ready)
        return max(0.0, ready - now)

    def lane_wait(self, now: float) -> float:
        """Seconds until it is worth while to send broadcast messages to chats that themselves have nothing against it;
        0.0 for now. It is while there is a place, and then when others have gathered."""
        ready = self._lane_ready(now, reply=False)
        # Only where the lane is what holds messages up, and not their chats.
        if ready > now and self._gathering and self._first_arrival() + self._window * FULL > now:
            nearly = self._gathering * NEARLY
            if ready > now + nearly:
                ready = max(ready, self._gathered)
            places = (send.at + self._window for send in islice(self._sends, self._limits.together))
            ready = max(ready, max((at for at in places if at <= ready + nearly), default=ready))
        return max(0.0, ready - now)

    def take(self, now: float, chat_key: str, group: bool, reply: bool) -> Departure:
        """Record that a message is being sent to this chat now."""
        departure = Departure(now, now)
        self._sends.append(departure)
        chat = self._chat(chat_key)
        chat.ready = max(chat.ready, now) + self._limits.chat_interval
        if reply:
            self._replies.append(now)
            self._promised_until = chat.promised_until = -math.inf
        else:
            self._evenly = max(self._evenly, now) + self._gap
            if now >= self._gathered:
                self._gathered = max(self._gathered + self._gathering, now)
        if group and self._group_limit:
            chat.minute.append(now)
            if len(chat.minute) > self._group_limit:
                chat.minute.popleft()
        self._forget_idle(now)
        return departure

    def landed(self, departure: Departure, now: float) -> None:
        """Record that the answer to a message is here."""
        journey = now - departure.left
        self._journeys.append(journey)
        departure.at = departure.left + journey - min(self._journeys)

    def hold_lane(self, until: float) -> None:
        """Send nothing on this lane before `until`; a hold is never shortened."""
        self._held_until = max(self._held_until, until)

    def hold_chat(self, chat_key: str, until: float) -> None:
        """Send nothing to this chat before `until`; a hold is never shortened."""
        chat = self._chat(chat_key)
        chat.held_until = max(chat.held_until, until)

    def release_lane(self) -> None:
        """End the lane's hold: who asked for it is heard of again."""
        self._held_until = -math.inf

    def release_chat(self, chat_key: str, until: float = math.inf) -> None:
        """End a chat's hold, unless it lasts longer than `until`: then there was another reason for it."""
        if (chat := self._chats.get(chat_key)) is not None and chat.held_until <= until:
            chat.held_until = -math.inf

    @property
    def broadcast_rate(self) -> float:
        """How many broadcast messages a second this lane lets through when nothing else is in the way."""
        return 1.0 / self._gap

    @property
    def chats_remembered(self) -> int:
        """How many chats are in memory: those that were sent to a short while ago or are held."""
        return len(self._chats)

    def _lane_ready(self, now: float, reply: bool) -> float:
        ready = max(self._held_until, self._first_arrival() + self._window)
        if reply:
            return ready
        if now < self._promised_until:
            # The next place is a reply's; this is the one after it.
            after = self._sends[1].at if len(self._sends) > 1 and len(self._sends) == self._sends.maxlen else now
            ready = max(ready, after + self._window if after < now else now + self._gap)
        # Spreading is no limit: a rounding error must not make anybody wait.
        return max(ready, self._evenly - self._ahead - _ROUNDING)

    def _first_arrival(self) -> float:
        """When the oldest of as many messages as one window may hold arrived; minus infinity while there are fewer."""
        return self._sends[0].at if len(self._sends) == self._sends.maxlen else -math.inf

    def _chat_ready(self, now: float, chat_key: str, group: bool, reply: bool) -> float:
        chat = self._chats.get(chat_key)
        if chat is None:
            return -math.inf
        ahead = self._limits.reply_burst * self._limits.chat_interval if reply else 0.0
        ready = max(chat.ready - ahead, chat.held_until)
        if not reply and now < chat.promised_until:
            ready = max(ready, chat.promised_until)
        limit = self._group_limit if reply else self._group_broadcasts
        if not (group and limit) or len(chat.minute) < limit:
            return ready
        return max(ready, chat.minute[-limit] + _MINUTE + self._limits.margin)

    def _promise(self, chat_key: str, lane: float, ready: float) -> None:
        """Keep the place at which a reply may be sent, unless replies have had their half of the lane."""
        if lane >= ready > self._held_until and _oldest(self._replies) + self._window <= ready:
            self._promised_until = max(self._promised_until, ready + PATIENCE)
        if (chat := self._chats.get(chat_key)) is not None:
            chat.promised_until = max(chat.promised_until, ready + PATIENCE)

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
