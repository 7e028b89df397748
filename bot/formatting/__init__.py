"""Data made into messages: papers, lists, settings, greetings. Pure; platforms draw what comes out of here.

What a person may type stands in a `Style.CODE` run of its own. One that begins with `/` and a name of `COMMANDS` is a
command: a platform that spells its commands otherwise (`/papers search`) rewrites these runs.
"""

from bot.formatting.greetings import (
    COMMANDS,
    help_message,
    menu,
    notice,
    offer_message,
    welcome_back_message,
    welcome_message,
)
from bot.formatting.lists import (
    PAGE,
    TAGS_PAGE,
    Found,
    end_button,
    latest_message,
    marked,
    nothing_found_message,
    only_subscriptions_button,
    opening,
    query_name,
    results_message,
    subscription_name,
    subscriptions_message,
    tag_papers_message,
    tags_message,
)
from bot.formatting.paper import (
    head_message,
    paper_message,
    paper_url,
    plain_title,
    tag_name,
    tag_rows,
    withdrawn_message,
)
from bot.formatting.settings import (
    SETTINGS,
    SettingsView,
    next_line,
    setting_line,
    settings_message,
    zone_buttons,
)
from bot.formatting.words import clean, cut, heading, linked, say, shown

__all__ = [
    "COMMANDS",
    "PAGE",
    "SETTINGS",
    "TAGS_PAGE",
    "Found",
    "SettingsView",
    "clean",
    "cut",
    "end_button",
    "head_message",
    "heading",
    "help_message",
    "latest_message",
    "linked",
    "marked",
    "menu",
    "next_line",
    "nothing_found_message",
    "notice",
    "offer_message",
    "only_subscriptions_button",
    "opening",
    "paper_message",
    "paper_url",
    "plain_title",
    "query_name",
    "results_message",
    "say",
    "setting_line",
    "settings_message",
    "shown",
    "subscription_name",
    "subscriptions_message",
    "tag_name",
    "tag_papers_message",
    "tag_rows",
    "tags_message",
    "welcome_back_message",
    "welcome_message",
    "withdrawn_message",
    "zone_buttons",
]
