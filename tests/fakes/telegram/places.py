"""Chats and their members, the bot's own card and menus, and how it receives."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.telegram.call import Call, method
from tests.fakes.telegram.errors import ApiError, bad_request, too_many
from tests.fakes.telegram.members import Kind, Member, Status
from tests.fakes.telegram.updates import Webhook


@method("getMe")
def get_me(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getme"""
    return call.bot.me()


@method("getUpdates")
async def get_updates(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getupdates"""
    call.bot.mailbox.allow(call.structure("allowed_updates"))
    return await call.bot.mailbox.poll(call.integer("offset"), call.integer("limit", 100), call.integer("timeout"))


@method("setWebhook")
async def set_webhook(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setwebhook"""
    url = call.text("url")
    if not url:
        return await delete_webhook(call)
    bot, parts = call.bot, urlsplit(url)
    if call.at - bot.webhook_set_at < 1.0 and bot.meter.limits.on:
        raise too_many(1)
    bot.webhook_set_at = call.at
    if parts.hostname not in ("127.0.0.1", "localhost"):
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if parts.port not in (None, 80, 88, 443, 8443):
            raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = call.text("secret_token") or None
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    bot.mailbox.allow(call.structure("allowed_updates"))
    connections = min(max(call.integer("max_connections", 40), 1), 100)
    await bot.mailbox.set_webhook(Webhook(url, secret, connections), drop=call.flag("drop_pending_updates"))
    return True


@method("deleteWebhook")
async def delete_webhook(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deletewebhook"""
    await call.bot.mailbox.set_webhook(None, drop=call.flag("drop_pending_updates"))
    return True


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    mailbox = call.bot.mailbox
    webhook = mailbox.webhook
    body: dict[str, Any] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(mailbox.queue),
    }
    if webhook is not None:
        body["max_connections"] = webhook.max_connections
        if webhook.last_error is not None:
            body["last_error_date"], body["last_error_message"] = webhook.last_error
    if mailbox.allowed is not None:
        body["allowed_updates"] = sorted(mailbox.allowed)
    return body


# --- chats ----------------------------------------------------------------------------------------------------


@method("getChat")
def get_chat(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getchat"""
    chat = call.chat()
    chat.admit(call.bot, write=False)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    body = chat.brief | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    if chat.discussion is not None:
        body["linked_chat_id"] = chat.discussion.id
    return body


@method("getChatMember")
def get_chat_member(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getchatmember"""
    chat = call.chat()
    chat.admit(call.bot, write=False)
    user = call.fake.users.get(call.integer("user_id"))
    if user is None:
        raise bad_request("user not found" if call.integer("user_id") else "invalid user_id specified")
    if chat.user is not None:
        if user not in (chat.user, call.bot.user):
            raise bad_request("user not found")
        return Member(user=user, status=Status.MEMBER).json(chat)
    own = user is call.bot.user
    if (chat.hides_members or chat.kind is Kind.CHANNEL) and not own and not chat.member(call.bot.user).administers:
        raise bad_request("member list is inaccessible")
    return chat.member(user).json(chat)


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getchatadministrators"""
    chat = call.chat()
    chat.admit(call.bot, write=False)
    if chat.kind is Kind.PRIVATE:
        raise bad_request("there are no administrators in the private chat")
    return [
        one.json(chat)
        for one in chat.members.values()
        if one.administers and one.listed and (not one.user.is_bot or one.user is call.bot.user)
    ]


@method("leaveChat")
def leave_chat(call: Call) -> Any:
    """https://core.telegram.org/bots/api#leavechat"""
    chat = call.chat()
    if chat.kind is Kind.PRIVATE:
        raise bad_request("private chat can't be left")
    chat.admit(call.bot, write=False)
    old = chat.member(call.bot.user)
    new = chat.members[call.bot.user.id] = Member(user=call.bot.user, status=Status.LEFT)
    call.fake.tell_member(chat, call.bot.user, old, new)
    return True


# --- the bot's card -------------------------------------------------------------------------------------------


def _language(call: Call) -> str:
    language = call.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


def _scope(call: Call) -> tuple[str, int, int]:
    scope = call.structure("scope") or {"type": "default"}
    kind = str(scope.get("type"))
    match kind:
        case "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators":
            return kind, 0, 0
        case "chat" | "chat_administrators" | "chat_member":
            chat = call.fake.find_chat(call.bot, scope.get("chat_id"))
            if chat is None:
                raise bad_request("chat not found")
            chat.admit(call.bot, write=False)
            if chat.kind is Kind.CHANNEL or (chat.kind is Kind.PRIVATE and kind != "chat"):
                raise bad_request(
                    "can't change commands in " + ("channel" if chat.user is None else "private") + " chats"
                )
            return kind, chat.id, int(scope.get("user_id", 0)) if kind == "chat_member" else 0
        case _:
            raise bad_request("can't parse BotCommandScope: unsupported type specified")


@method("setMyCommands")
def set_my_commands(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmycommands"""
    commands = call.structure("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(one.get("command", "")).removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    call.bot.commands[(*_scope(call), _language(call))] = commands
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> Any:
    """https://core.telegram.org/bots/api#getmycommands"""
    return call.bot.commands.get((*_scope(call), _language(call)), [])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> Any:
    """https://core.telegram.org/bots/api#deletemycommands"""
    call.bot.commands.pop((*_scope(call), _language(call)), None)
    return True


@method("setMyDescription")
def set_my_description(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmydescription"""
    return _describe(call, "description", 512)


@method("setMyShortDescription")
def set_my_short_description(call: Call) -> Any:
    """https://core.telegram.org/bots/api#setmyshortdescription"""
    return _describe(call, "short_description", 120)


def _describe(call: Call, name: str, longest: int) -> bool:
    text = call.text(name)
    if len(text) > longest:
        raise ApiError(400, f"Bad Request: {name.upper()}_TOO_LONG")
    call.bot.descriptions[(name, _language(call))] = text
    return True
