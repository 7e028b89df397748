"""The fake Telegram and the fake Slack for their own tests."""

from tests.fakes.slack.fixture import slack as slack
from tests.fakes.slack.fixture import web_api as web_api
from tests.fakes.telegram.fixture import api as api
from tests.fakes.telegram.fixture import telegram as telegram
