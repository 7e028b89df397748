"""The fake itself: the HTTP server, the Web API, and the world that people and the app share."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from tests.fakes import served
from tests.fakes.served import Served
from tests.fakes.slack import accounts, chat, conversations, modals
from tests.fakes.slack.call import METHODS, Call, Method
from tests.fakes.slack.control import DEEDS
from tests.fakes.slack.errors import SlackError, missing_scope
from tests.fakes.slack.faults import Faults, Harm
from tests.fakes.slack.limits import Limits
from tests.fakes.slack.replies import respond
from tests.fakes.slack.town import Town
from tests.fakes.slack.wire import answer_with, harm, params_of, token_of
from tests.fakes.slack.workspaces import Install

_TABLES: Final = (accounts, chat, conversations, modals)  # importing them fills METHODS
_EVERYWHERE: Final = {"team_added_to_org", "org_login_required", "account_inactive", "team_access_not_granted"}
"""The troubles of a workspace that meet every request, not only posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(served.Seen):
    """A request that arrived, with the id of its token's team; its end is "ok", an error, or a harm's name."""

    team: str


class FakeSlack(Served[Seen], Town):
    """A Slack on 127.0.0.1: `async with FakeSlack() as slack`, and `slack.api_base` is the Web API's base.

    `strict` is the part of the posts whose blocks and words are judged closely (1.0: all; 0.0: none, for benchmarks;
    limits and the record are always on). `violations` gathers what a well-behaved app does not do.
    """

    deeds = DEEDS

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        strict: float = 1.0,
        seed: int = 0,
        record: Path | None = None,
        port: int = 0,
    ) -> None:
        Served.__init__(self, port)
        Town.__init__(self, limits, strict=strict, record=record)
        self.faults = Faults(seed)
        self._random = random.Random(seed)

    # --- the server --------------------------------------------------------------------------------------

    @property
    def api_base(self) -> str:
        """The Web API's base, as BOT_SLACK__API_BASE wants it."""
        return f"{self.url}/api/"

    async def __aexit__(self, *error: object) -> None:
        await self.stop()
        await super().__aexit__(*error)
        await self.post.hooks.close()

    async def hang_up(self) -> None:
        """Cut the sockets."""
        await self.sockets.cut()

    async def respond(self, request: web.BaseRequest, at: float) -> web.StreamResponse:
        """The Web API, the sockets, and what response_urls lead to."""
        path = request.path
        if path.startswith("/api/"):
            return await self._api(request, path[5:], at)
        if path == "/link/":
            return await self.sockets.serve(request)
        parts = path.split("/")
        if len(parts) == 4 and parts[1] in ("commands", "actions"):
            return await self._reply(request, parts[3], at)
        return web.Response(status=404, text="Not Found")

    async def _api(self, request: web.BaseRequest, name: str, at: float) -> web.StreamResponse:
        try:
            params = await params_of(request, form=name in METHODS and METHODS[name].form)
        except SlackError as error:
            return answer_with(error.json())
        token = token_of(request, params)
        install = self.tokens.get(token) if token else None
        team = install.team.id if install is not None else ""
        fault = self.faults.meets(name, params.get("channel"), team) if self.faults.script else None
        end = "ok"
        try:
            if fault is not None and fault.holds and install is not None:
                install.meter.hold(name, str(params.get("channel") or ""), at + fault.seconds)
            failed: SlackError | None = None
            body: dict[str, Any] = {"ok": True}
            if fault is None or fault.posted:
                body, failed = self._perform(install, token, name, params, at)
            if fault is not None and fault.harm is Harm.SLOW:
                await asyncio.sleep(fault.seconds)
            elif fault is not None:
                end = str(fault.harm)
                return await harm(request, fault, body)
            end = "ok" if failed is None else failed.error
            return answer_with(body, failed)
        finally:
            self.seen.append(Seen(at=at, method=name, team=team, params=params, end=end))
            if self._waiting:
                self.changed()

    def _perform(
        self, install: Install | None, token: str, name: str, params: dict[str, Any], at: float
    ) -> tuple[dict[str, Any], SlackError | None]:
        try:
            method = METHODS.get(name)
            if method is None:
                self.blame(name, None, "a method that the fake does not know")
                raise SlackError("unknown_method", extra={"req_method": name})
            self._admit(method, install, token)
            close = self.strict >= 1.0 or (self.strict > 0.0 and self._random.random() < self.strict)
            meter = install.meter if install is not None else self.app_meter
            if method.tier and (refused := meter.take(name, method.tier, at)):
                self.blame(name, params.get("channel"), f"too fast: Retry-After {refused.retry_after}")
                raise refused
            call = Call(self, install, name, params, at, close)
            return {"ok": True} | method.handler(call), None
        except SlackError as error:
            return error.json(), error
        except Exception as error:
            self.blame(name, params.get("channel"), f"the fake itself failed: {error!r}")
            failed = SlackError("internal_error")
            return failed.json(), failed

    def _admit(self, method: Method, install: Install | None, token: str) -> None:
        if method.token == "none":
            return
        if not token:
            raise SlackError("not_authed")
        if (token == self.app.app_token) != (method.token == "app"):
            known = token == self.app.app_token or token in self.tokens
            raise SlackError("not_allowed_token_type" if known else "invalid_auth")
        if method.token == "app":
            return
        if install is None:
            raise SlackError("invalid_auth")
        if install.revoked is not None:
            raise SlackError(install.revoked)
        if install.team.trouble in _EVERYWHERE:
            raise SlackError(str(install.team.trouble))
        if method.scopes and not install.scopes.intersection(method.scopes):
            raise missing_scope(",".join(method.scopes), install.scopes)

    async def _reply(self, request: web.BaseRequest, token: str, at: float) -> web.StreamResponse:
        url = self.response_urls.get(token)
        team, channel = (url.install.team.id, url.channel.id) if url is not None else ("", None)
        fault = self.faults.meets("response_url", channel, team) if self.faults.script else None
        end, params = "ok", dict[str, Any]()
        try:
            params = await params_of(request)
            if fault is None or fault.posted:
                respond(self, token, params, at, close=self.strict > 0.0)
            if fault is not None and fault.harm is Harm.SLOW:
                await asyncio.sleep(fault.seconds)
            elif fault is not None:
                end = str(fault.harm)
                return await harm(request, fault, {"ok": True})
            return answer_with({"ok": True})
        except SlackError as error:
            end = error.error
            return answer_with(error.json(), error)
        finally:
            self.seen.append(Seen(at=at, method="response_url", team=team, params=params, end=end))
            self.changed()
