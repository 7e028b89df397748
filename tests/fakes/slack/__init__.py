"""A Slack for tests, benchmarks and chaos runs, as strict as the real one and as unkind as a test wants it.

    async with FakeSlack() as slack:              # fixture: `slack` from tests.fakes.slack.fixture
        slack.api_base                            # "http://127.0.0.1:…/api/", for BOT_SLACK__API_BASE
        slack.app                                 # app_token, signing_secret, client_id, client_secret, id
        team = slack.team                         # the first workspace; the app is installed: team.bot_token
        other = slack.workspace("다른 회사", enterprise="E1", install=False)

Worlds. `team.user("김독자", locale="ko-KR", tz="Asia/Seoul", admin=…, owner=…, guest="multi"|"single")`,
`team.stranger()` (of another organisation, for Slack Connect), `team.channel("llm", private=…, members=(user,),
bot=True)`, `team.group(one, other)`, `user.dm` (with the app), `team.dm_between(one, other)`. Switches:
`team.container = False` (an old workspace), `team.messages_tab`, `team.home_tab`, `team.trouble =
"message_limit_exceeded" | "team_added_to_org" | "org_login_required" | …`, `channel.refusal =
"restricted_action_read_only_channel" | …` (any code of chat.postMessage), `channel.archived`, `user.deactivated`,
`slack.limits` (see `Limits`), `slack.clock.advance(s)`.

People do things. Where the app is asked something, they get an `Answer` of what they saw: it waits for the
acknowledgement and for the first `replies` (1; 0: none) things that are shown, 20 s at most.

    answer = await user.commands(channel, "/papers search rlhf")
    answer.text .messages .message .views .view .errors .acked .ack_seconds .failed ("operation_timeout" …)
    await answer.waits_for(2)                                 # until a second thing is shown
    answer = await user.presses(answer.message, "다음")        # a button: by action_id, value or label
    answer = await user.picks(view, "hour", "09:00")          # a select, picker, boxes: by action_id, block_id, label
    answer = await user.types(view, "zone", "Seo")            # an external select; answer.options
    answer = await user.shortcut("search")                    # callback_id, or its name in the manifest
    answer = await user.submits(view, {"query": "rlhf"})      # action_id, block_id or label -> value
    answer = await user.closes(view)
    view = await user.opens_home()                            # until the app draws it anew; user.home is the view now
    message = await user.says(channel, "@Paperboy search rlhf", thread=message)   # app_mention; in user.dm: message.im
    await user.edits(message, "…"); await user.deletes(message)
    await user.forges(channel, {"action_id": "…", "value": "…"})   # a press of a button that stands nowhere
    await user.presses(message, "x", user={"id": "U1"})            # fields of the payload that a forger replaces

    await admin.invites_bot(channel)      # removes_bot, archives, unarchives, deletes_channel, makes_private
    await admin.renames(channel, "new"); old_id = await admin.changes_id(channel); await user.joins(channel)
    await admin.uninstalls(); await admin.revokes_tokens(); await admin.renames_team("…")
    await admin.moves_to_organisation("E1")
    installed = await admin.installs("http://…/slack/install")     # the browser's way through OAuth: .status .page

Looking. `channel.messages` (visible now), `.from_bot`, `.last`, `.thread(message)`, `.history` (all that happened),
`await channel.wait_for(lambda m: …)`, `.waits_for_posts(3)`, `.stays_silent()`; `user.ephemerals`, `user.modals`,
`user.sees(channel)`, `await user.waits_for(channel, lambda m: …)`. A `Message` has `text` (raw), `plain` (everything
that is read), `shown` and `folded` (before and behind a fold), `blocks`, `attachments`, `labels`, `buttons`, `links`,
`under("bold")` (also italic, strike, code, emoji, mention), `mentions`, `metadata`, `key`, `thread_ts`, `edited`,
`only_for`. A `View` has the same, and `title`, `inputs`, `values`, `errors`, `private_metadata`, `callback_id`.

Receiving. Socket Mode is what the app gets unless `slack.app.request_url` is set (then HTTP: events, commands and
interactions go there, signed). `slack.app.manifest = {…}` ties commands, shortcuts, events and scopes (of later
installations) to a manifest; without one all are known. `await slack.until_connected()`, `until_delivered()`; `await
slack.sockets.disconnect("warning")`, `.cut()`, `.open`, `.opened`; `slack.app.redeliver()` (the last event again),
`slack.post.delivered`, `.lost`; `await slack.app.verifies_url()`, `.sends(body, sign="wrong", timestamp=…)` (forged,
old, unsigned), `.replays()`. `slack.proxies["https://bot.example"] = "http://127.0.0.1:…"` leads public addresses home.

Faults, record, blame. `slack.faults.lose_answer()`, `lose_request`, `page`, `stall`, `flood`, `garble`, `truncate`,
`slow`, `refuse("fatal_error", posted=True)`, `storm`, `clear`: each for `times` requests, of a `method` (posts to a
response_url are "response_url"), to a `channel`, of a `team` (ids); `await slack.go_dark()`, `come_back()`, `cut()`.
`slack.record.posts` is the append-only proof of what was posted, `.repeated()` what was posted twice;
`slack.violations` is what a good app does not do (too fast, not acknowledged in 3 s, no `text`, unfurled links …),
checked at the fixture's end; `slack.mentions` are unescaped `<!`, `<@`, `<#`; `slack.requests(method)` what arrived.

`python -m tests.fakes.slack --port 0 --strict 0` runs it as a process; `remote.spawn(...)` does that and pulls its
strings (`control.DEEDS`).
"""

from tests.fakes.slack.app import App
from tests.fakes.slack.asks import Answer
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.faults import Fault, Faults, Harm
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.message import Message
from tests.fakes.slack.people import User
from tests.fakes.slack.places import Channel, Kind
from tests.fakes.slack.record import Posted, Record
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.town import Mention, Violation
from tests.fakes.slack.views import View
from tests.fakes.slack.workspaces import Install, Workspace

__all__ = [
    "Answer",
    "App",
    "Channel",
    "FakeSlack",
    "Fault",
    "Faults",
    "Harm",
    "Install",
    "Kind",
    "Limits",
    "Mention",
    "Message",
    "Posted",
    "Record",
    "SlackError",
    "User",
    "View",
    "Violation",
    "Workspace",
]
