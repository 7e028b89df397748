"""The fake Telegram for its own tests."""

from tests.fakes.telegram.fixture import api as api
from tests.fakes.telegram.fixture import telegram as telegram
