"""The people of the fake: what they say, press, fill in and see, as a test tells them to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import payloads
from tests.fakes.slack.administering import Administering
from tests.fakes.slack.asks import Answer
from tests.fakes.slack.drawing import Element, options
from tests.fakes.slack.message import Message
from tests.fakes.slack.showing import show_ack
from tests.fakes.slack.texts import escape
from tests.fakes.slack.views import View

if TYPE_CHECKING:
    from tests.fakes.slack.places import Channel
    from tests.fakes.slack.workspaces import Install, Workspace


@dataclass(slots=True, kw_only=True, eq=False)
class User(Administering):
    """A person, or the app's own bot user. `guest`: "multi" or "single". `team_id` is another one for strangers."""

    team: Workspace
    id: str
    name: str
    real_name: str
    locale: str = "ko-KR"
    tz: str = "Asia/Seoul"
    admin: bool = False
    owner: bool = False
    guest: str | None = None
    is_bot: bool = False
    deactivated: bool = False
    team_id: str = ""
    home: View | None = None
    modals: list[View] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.team_id = self.team_id or self.team.id

    def __repr__(self) -> str:
        return f"<{self.real_name} {self.id}>"

    @property
    def dm(self) -> Channel:
        """Their conversation with the app."""
        return self.team.dm_of(self)

    @property
    def ephemerals(self) -> list[Message]:
        """What only they see now, wherever it is, oldest first."""
        places = self.team.channels.values()
        found = [one for place in places for one in place.ephemeral if one.only_for is self and not one.deleted]
        return sorted(found, key=lambda one: one.ts)

    def sees(self, channel: Channel) -> list[Message]:
        """What they see in a channel, ephemeral messages too."""
        return channel.seen_by(self)

    async def waits_for(self, channel: Channel, wanted: Callable[[Message], bool], *, within: float = 20.0) -> Message:
        """The app's first message that they see in a channel, ephemeral ones too, and that satisfies `wanted`."""

        def find() -> Message | None:
            return next((one for one in self.sees(channel) if one.author is not None and wanted(one)), None)

        return await self.team.fake.eventually(find, within, lambda: f"they see only {self.sees(channel)}")

    # --- talking ---------------------------------------------------------------------------------------------

    async def says(
        self, channel: Channel, text: str, *, thread: Message | None = None, raw: bool = False, **extra: Any
    ) -> Message:
        """Write something. `@Paperboy` becomes a mention; the rest arrives escaped, unless `raw`. `extra` are more
        fields of the event (`subtype`, `files` …). Asserts that Slack would let them."""
        assert channel.holds(self), f"{self.real_name} is not in {channel.name}"
        assert not channel.archived, f"{channel.name} is archived"
        fake, install = self.team.fake, self.team.install
        if not raw:
            text = escape(text)
        if install is not None:
            text = text.replace("@Paperboy", f"<@{install.user.id}>")
        thread_ts = (thread.thread_ts or thread.ts) if thread is not None else None
        message = Message(channel=channel, ts=fake.stamp(), user=self, text=text, thread_ts=thread_ts)
        channel.put(message)
        if install is not None and channel.has(install):
            self._announce(install, message, extra)
        return message

    def _announce(self, install: Install, message: Message, extra: dict[str, Any]) -> None:
        channel, post = message.channel, self.team.fake.post
        kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
        kind = kinds[str(channel.kind)]
        event: dict[str, Any] = {
            "type": "message",
            "user": self.id,
            "ts": message.ts,
            "client_msg_id": self.team.fake.new_id("").lower(),
            "text": message.text,
            "team": self.team_id,
            "channel": channel.id,
            "event_ts": message.ts,
            "channel_type": kind,
        }
        if self.team_id != self.team.id:
            event |= {"user_team": self.team_id, "source_team": self.team_id}
        if message.thread_ts is not None:
            event["thread_ts"] = message.thread_ts
        event |= extra
        names = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}
        if f"<@{install.user.id}>" in message.text and kind != "im":
            mention = {name: value for name, value in event.items() if name != "channel_type"}
            post.tell(install, mention | {"type": "app_mention"}, channel=channel)
        post.tell(install, event, name=names[kind], channel=channel)

    async def edits(self, message: Message, text: str) -> Message:
        """Change a message of their own."""
        assert message.user is self
        before = message.json()
        message.text = escape(text)
        message.edited_ts = self.team.fake.stamp()
        message.channel.note("edited", message)
        self._changed(message, "message_changed", {"message": message.json(), "previous_message": before})
        return message

    async def deletes(self, message: Message | Channel) -> None:
        """Delete a message, their own or (admins) any; or a channel."""
        if not isinstance(message, Message):
            return await self.deletes_channel(message)
        assert message.user is self or self.admin
        message.channel.erase(message)
        body = {"deleted_ts": message.ts, "previous_message": message.json()}
        self._changed(message, "message_deleted", body)
        return None

    def _changed(self, message: Message, subtype: str, body: dict[str, Any]) -> None:
        install = self.team.install
        if install is not None and message.channel.has(install) and message.author is None:
            event = {"type": "message", "subtype": subtype, "channel": message.channel.id, "hidden": True} | body
            names = {"im": "message.im", "mpim": "message.mpim", "private_channel": "message.groups"}
            self.team.fake.post.tell(install, event, name=names.get(str(message.channel.kind), "message.channels"))

    # --- commands, buttons, forms ------------------------------------------------------------------------------

    async def commands(
        self, channel: Channel, line: str, *, replies: int = 1, within: float = 20.0, **fields: str
    ) -> Answer:
        """Type a slash command in a channel, also where the app is no member. `fields` replace fields of the
        request."""
        assert channel.holds(self) or not channel.private, f"{self.real_name} is not in {channel.name}"
        name, _, text = line.partition(" ")
        app, install = self.team.fake.app, self.team.app
        assert app.knows_command(name), f"Slackbot: {name} is not a valid command"
        answer = Answer(user=self, channel=channel)
        text = text.strip()
        body = payloads.command(self, install, channel, name, escape(text) if app.escapes else text)
        body |= self._handles(install, answer, None) | fields
        show_ack(answer, await self.team.fake.post.ask("slash_commands", body, answer), kind="slash_commands")
        return await self._sees(answer, replies, within)

    async def presses(
        self, on: Message | View, name: str, *, replies: int = 1, within: float = 20.0, **fields: Any
    ) -> Answer:
        """Press a button, found by action_id, value or label. One with an address opens it too (`failed` says so not).
        `fields` replace fields of the payload, which Slack never does and a forger may try."""
        return await self._acts(on, on.button(name), None, replies, within, fields)

    async def picks(
        self, on: Message | View, name: str, value: object, *, replies: int = 1, within: float = 20.0
    ) -> Answer:
        """Pick something in a select, a picker or boxes, found by action_id, block_id or label.

        Where that tells the app nothing (an input without dispatch_action), it is only filled in.
        """
        element = on.element(name)
        if isinstance(on, View):
            on.set(name, value)
            if element.get("input") and not self._dispatches(on, element):
                return Answer(user=self, channel=None, source=on, acked=True)
        return await self._acts(on, element, value, replies, within, {})

    def _dispatches(self, view: View, element: Element) -> bool:
        return any(one.get("dispatch_action") for one in view.blocks if one.get("block_id") == element.get("block_id"))

    async def forges(
        self, on: Channel | Message | View, action: dict[str, Any], *, replies: int = 0, within: float = 20.0
    ) -> Answer:
        """Send an action that stands nowhere: fields of a button, `value` and `action_id` at least."""
        if not isinstance(on, Message | View):
            on = Message(channel=on, ts=self.team.fake.stamp(), user=self.team.app.user, author=self.team.app)
        button = {"type": "button", "block_id": "forged", "text": {"type": "plain_text", "text": "?"}} | action
        return await self._acts(on, button, None, replies, within, {})

    async def _acts(
        self, on: Message | View, element: Element, value: object, replies: int, within: float, fields: dict[str, Any]
    ) -> Answer:
        install = self.team.app
        answer = Answer(user=self, channel=on.channel if isinstance(on, Message) else None, source=on)
        action = payloads.action(element, value, self.team.fake.stamp())
        body = payloads.block_actions(self, install, on, action)
        body |= self._handles(install, answer, on) | fields
        show_ack(answer, await self.team.fake.post.ask("interactive", body, answer), kind="block_actions")
        return await self._sees(answer, replies, within)

    async def shortcut(self, name: str, *, replies: int = 1, within: float = 20.0) -> Answer:
        """Use a global shortcut, known by its callback_id or by its name in the manifest."""
        install, fake = self.team.app, self.team.fake
        answer = Answer(user=self, channel=None)
        body = payloads.common("shortcut", self, install)
        body |= {"callback_id": fake.app.shortcut(name), "action_ts": fake.stamp()}
        body |= {"trigger_id": fake.trigger(install, answer)}
        show_ack(answer, await fake.post.ask("interactive", body, answer), kind="shortcut")
        return await self._sees(answer, replies, within)

    async def types(self, view: View, name: str, letters: str) -> Answer:
        """Type in an external select and see what it offers (`options`)."""
        install, element = self.team.app, view.element(name)
        answer = Answer(user=self, channel=None, source=view)
        body = payloads.common("block_suggestion", self, install)
        body |= {"container": {"type": "view", "view_id": view.id}, "view": view.json(), "value": letters}
        body |= {"action_id": element.get("action_id"), "block_id": element.get("block_id")}
        ack = await self.team.fake.post.ask("interactive", body, answer)
        answer.options = options(ack or {})
        return answer

    async def submits(
        self, view: View, values: Mapping[str, object] | None = None, *, replies: int = 1, within: float = 20.0
    ) -> Answer:
        """Fill in a modal (by action_id, block_id or label) and send it off. It closes, unless the app says otherwise;
        `answer.errors` is what it complains of. Asserts that a client would let it go."""
        assert view in self.modals, f"not open: {view}"
        for name, value in (values or {}).items():
            view.set(name, value)
        assert not view.missing(), f"still empty: {view.missing()}"
        install = self.team.app
        answer = Answer(user=self, channel=None, source=view)
        body = payloads.common("view_submission", self, install) | {"view": view.json(), "response_urls": []}
        body |= {"trigger_id": self.team.fake.trigger(install, answer)}
        ack = await self.team.fake.post.ask("interactive", body, answer)
        if answer.acked:
            show_ack(answer, ack, kind="view_submission")
        return await self._sees(answer, replies, within)

    async def closes(self, view: View, *, is_cleared: bool = False) -> Answer:
        """Close a modal; the app hears of it where it wanted to."""
        assert view in self.modals, f"not open: {view}"
        self.modals = [] if is_cleared else [one for one in self.modals if one is not view]
        view.closed = True
        answer = Answer(user=self, channel=None, source=view, acked=True, closed=True)
        if view.body.get("notify_on_close"):
            body = payloads.common("view_closed", self, self.team.app) | {"view": view.json(), "is_cleared": is_cleared}
            await self.team.fake.post.ask("interactive", body, answer)
        return answer

    async def opens_home(self, *, tab: str = "home", within: float = 20.0) -> View:
        """Open the app's Home tab and wait until the app draws it anew. `tab="messages"` opens its conversation, and
        what is in the Home tab comes back at once. Raises AssertionError where nothing was ever drawn."""
        fake, install, before = self.team.fake, self.team.app, self.home
        event: dict[str, Any] = {"type": "app_home_opened", "user": self.id, "channel": self.dm.id, "tab": tab}
        if tab == "home" and before is not None:
            event["view"] = before.json()
        seen = before.hash if before is not None else ""
        fake.post.tell(install, event)

        def find() -> View | None:
            return self.home if self.home is not None and (tab != "home" or self.home.hash != seen) else None

        return await fake.eventually(find, within, lambda: f"{self.real_name} sees no Home tab drawn anew")

    # --- what came of it ---------------------------------------------------------------------------------------

    def _handles(self, install: Install, answer: Answer, on: Message | View | None) -> dict[str, Any]:
        handles = {"trigger_id": self.team.fake.trigger(install, answer)}
        if not isinstance(on, View):
            thread_ts = on.thread_ts if on is not None else None
            handles["response_url"] = self.team.fake.response_url(install, answer, source=on, thread_ts=thread_ts)
        return handles

    async def _sees(self, answer: Answer, replies: int, within: float) -> Answer:
        if answer.failed:
            return answer
        return await answer.waits_for(replies, within=within)
