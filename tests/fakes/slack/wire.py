"""Requests and answers on the wire, and what faults make of them."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.fakes import faults
from tests.fakes.slack.call import JSON_FIELDS
from tests.fakes.slack.errors import SlackError, ratelimited
from tests.fakes.slack.faults import Fault, Harm


async def harm(request: web.BaseRequest, fault: Fault, answer: dict[str, Any]) -> web.StreamResponse:
    """What a fault makes of an answer."""
    match fault.harm:
        case Harm.FLOOD:
            error = ratelimited(int(fault.seconds))
            if not fault.header:
                error.retry_after = None
            return answer_with(error.json(), error)
        case Harm.REFUSE:
            return answer_with({"ok": False, "error": fault.error} | (fault.extra or {}))
        case _:
            return await faults.harm(request, fault, answer)


def token_of(request: web.BaseRequest, params: dict[str, Any]) -> str:
    """The token of a request, "" where there is none; what an app authorises itself with stands in `_basic` then."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        params["_basic"] = token
        token = ""
    return token.strip() or str(params.pop("token", ""))


async def params_of(request: web.BaseRequest, *, form: bool = False) -> dict[str, Any]:
    """What a request says, in its address, a JSON body (unless only a `form` counts) or a form. Raises SlackError."""
    params: dict[str, Any] = dict(request.query) if request.query_string else {}
    if request.method == "POST" and request.can_read_body:
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.read())
            except ValueError:
                raise SlackError("invalid_json") from None
            if not isinstance(body, dict):
                raise SlackError("json_not_object")
            params |= {name: value for name, value in body.items() if value is not None and not form}
        else:
            params |= dict(await request.post())
    for name in JSON_FIELDS & params.keys():
        value = params[name]
        if isinstance(value, str) and value[:1] in ("[", "{"):
            try:
                params[name] = json.loads(value)
            except ValueError:
                continue  # the method says what is wrong with it
    return params


def answer_with(body: dict[str, Any], error: SlackError | None = None) -> web.Response:
    """An answer as JSON."""
    status = error.status if error is not None else 200
    headers = error.headers if error is not None else None
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")
