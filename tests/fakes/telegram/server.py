"""The fake itself: the bots, the HTTP server, and the world that people and bots share."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
import re
from pathlib import Path
from typing import Any, Final, Self

from aiohttp import web

from tests.fakes import faults
from tests.fakes.served import Seen, Served
from tests.fakes.telegram import answering, places, posting, schema, tdlib
from tests.fakes.telegram.bots import Bot
from tests.fakes.telegram.call import JSON_FIELDS, METHODS, Call
from tests.fakes.telegram.control import DEEDS
from tests.fakes.telegram.errors import ApiError, bad_request, too_many
from tests.fakes.telegram.faults import Fault, Faults, Harm
from tests.fakes.telegram.limits import Limits
from tests.fakes.telegram.record import Record
from tests.fakes.telegram.town import Town

TOKEN: Final = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake0"
_TOKEN: Final = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{5,100}")
_TABLES: Final = (answering, places, posting)  # importing them fills METHODS


class FakeTelegram(Served[Seen], Town):
    """A Telegram on 127.0.0.1: `async with FakeTelegram() as telegram`, and `telegram.url` is the API's base.

    `strict` is the part of the requests that aiogram's models and TDLib judge (1.0: all; 0.0: none, for benchmarks;
    limits and the record are always on). `violations` gathers what a well-behaved client does not do. What came of a
    request that was `seen` is an HTTP status, or a harm's name.
    """

    deeds = DEEDS

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "paperboy_bot",
        limits: Limits | None = None,
        strict: float = 1.0,
        seed: int = 0,
        record: Path | None = None,
        port: int = 0,
    ) -> None:
        Served.__init__(self, port)
        Town.__init__(self, token, username, limits)
        self.strict = strict
        self.faults = Faults(seed)
        self.record = Record(record)
        self._random = random.Random(seed)

    # --- the server --------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        if self.strict > 0.0:
            # The judges take seconds to wake, and whoever asks first must not have to wait for them.
            schema.complaints("getMe", {})
            tdlib.parse("<b>x</b>", "HTML")
        return await super().__aenter__()

    async def __aexit__(self, *error: object) -> None:
        for bot in self.bots.values():
            await bot.mailbox.stop()
        await super().__aexit__(*error)

    async def respond(self, request: web.BaseRequest, at: float) -> web.StreamResponse:
        """The Bot API."""
        parts = request.path.split("/")
        if len(parts) != 3 or not parts[1].startswith("bot") or not _TOKEN.fullmatch(parts[1][3:]):
            return _answer(ApiError(404, "Not Found"))
        bot = self.bots.get(parts[1][3:])
        if bot is None:
            return _answer(ApiError(401, "Unauthorized"))
        name = _NAMES.get(parts[2].lower())
        if name is None:
            self.blame(parts[2], None, "a method that the fake does not know")
            return _answer(ApiError(404, "Not Found: method not found"))
        try:
            params = await _params(request)
        except ApiError as error:
            return _answer(error)
        fault = self.faults.meets(name, params.get("chat_id")) if self.faults.script else None
        end = "200"
        try:
            if fault is not None and fault.holds:
                bot.meter.hold(int(params.get("chat_id") or 0), at + fault.seconds)
            if fault is None or fault.posted:
                answer = await self._perform(bot, name, params, at)
            if fault is not None and fault.harm is Harm.SLOW:
                await asyncio.sleep(fault.seconds)
            elif fault is not None:
                end = str(fault.harm)
                return await self._harm(request, fault, answer if fault.posted else {"ok": True, "result": True})
            end = str(answer.get("error_code", 200))
            return _json(answer)
        finally:
            self.seen.append(Seen(at=at, method=name, params=params, end=end))
            if self._waiting:
                self.changed()

    async def _perform(self, bot: Bot, name: str, params: dict[str, Any], at: float) -> dict[str, Any]:
        close = self.strict >= 1.0 or (self.strict > 0.0 and self._random.random() < self.strict)
        if close:
            for words in schema.complaints(name, params):
                self.blame(name, params.get("chat_id"), words)
        try:
            result = METHODS[name](Call(self, bot, name, params, at, close))
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            return error.json()
        except Exception as error:
            self.blame(name, params.get("chat_id"), f"the fake itself failed: {error!r}")
            return ApiError(500, "Internal Server Error").json()
        return {"ok": True, "result": result}

    async def _harm(self, request: web.BaseRequest, fault: Fault, answer: dict[str, Any]) -> web.StreamResponse:
        match fault.harm:
            case Harm.FLOOD:
                return _answer(too_many(int(fault.seconds), parameters=fault.parameters is not None))
            case Harm.REFUSE:
                return _answer(ApiError(fault.status, fault.description, fault.parameters))
            case _:
                return await faults.harm(request, fault, answer)


_NAMES: Final = {name.lower(): name for name in METHODS}  # Telegram takes any capitals


async def _params(request: web.BaseRequest) -> dict[str, Any]:
    params: dict[str, Any] = dict(request.query) if request.query_string else {}
    if request.method == "POST" and request.can_read_body:
        if request.content_type == "application/json":
            try:
                raw = await request.read()
                body = json.loads(raw)
            except ValueError:
                raise bad_request("can't parse JSON object") from None
            if b"\\ud" in raw and not _encodable(body):
                raise bad_request("strings must be encoded in UTF-8")
            if not isinstance(body, dict):
                raise bad_request("object expected as JSON root")
            params |= {name: value for name, value in body.items() if value is not None}
        else:
            params |= dict(await request.post())
    for name in JSON_FIELDS & params.keys():
        value = params[name]
        if isinstance(value, str) and value:
            try:
                params[name] = json.loads(value)
            except ValueError:
                raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
    chat = params.get("chat_id")
    if isinstance(chat, str) and re.fullmatch(r"-?\d+", chat):
        params["chat_id"] = int(chat)
    return params


def _encodable(body: object) -> bool:
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _json(body: dict[str, Any]) -> web.Response:
    status = body.get("error_code", 200)
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def _answer(error: ApiError) -> web.Response:
    return _json(error.json())
