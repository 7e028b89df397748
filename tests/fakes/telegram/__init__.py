"""A Telegram for tests, benchmarks and chaos runs, as strict as the real one and as unkind as a test wants it.

`async with FakeTelegram() as telegram:` serves the Bot API at `telegram.url`; people, groups and channels are made
and moved by Python: `await user.says(chat, "/start")`, `await user.presses(message, "#rlhf")`. Errors have Telegram's
own words, markup is read by TDLib, requests are judged by aiogram's models, and what a good client does not
do is gathered in `telegram.violations`. `python -m tests.fakes.telegram` runs it as a process of its own.
"""

from tests.fakes.telegram.bots import Bot
from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.faults import Fault, Faults, Harm
from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.members import Kind, Member, Status
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.people import User
from tests.fakes.telegram.queries import InlineAnswer, InlineResult, Toast
from tests.fakes.telegram.record import Posted, Record
from tests.fakes.telegram.server import TOKEN, FakeTelegram
from tests.fakes.telegram.town import Violation
from tests.fakes.telegram.world import Chat, Topic

__all__ = [
    "TOKEN",
    "ApiError",
    "Bot",
    "Chat",
    "FakeTelegram",
    "Fault",
    "Faults",
    "Harm",
    "InlineAnswer",
    "InlineResult",
    "Kind",
    "Limits",
    "Member",
    "Message",
    "Posted",
    "Record",
    "Status",
    "Toast",
    "Topic",
    "User",
    "Violation",
]
