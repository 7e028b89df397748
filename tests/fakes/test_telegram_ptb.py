"""python-telegram-bot runs against the fake Telegram as against the real one, and the fake finds nothing amiss."""

from __future__ import annotations

from typing import Any

import pytest
import telegram as ptb
from aiohttp import web
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    ChosenInlineResultHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from tests.fakes.telegram import FakeTelegram

MARKUP = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("따르기", callback_data="1t:1")]])


async def start(update: ptb.Update, _: Any) -> None:
    assert update.effective_message
    preview = ptb.LinkPreviewOptions(is_disabled=True)
    await update.effective_message.reply_html("<b>환영합니다</b>", reply_markup=MARKUP, link_preview_options=preview)


async def press(update: ptb.Update, _: Any) -> None:
    assert update.callback_query
    await update.callback_query.answer("따릅니다")
    await update.callback_query.edit_message_text("따르는 중입니다", reply_markup=MARKUP)


async def inline(update: ptb.Update, _: Any) -> None:
    assert update.inline_query
    content = ptb.InputTextMessageContent("<i>논문</i>", parse_mode="HTML")
    result = ptb.InlineQueryResultArticle("p1", "제목", content, reply_markup=MARKUP, description="설명")
    await update.inline_query.answer([result], cache_time=0, is_personal=True, next_offset="1")


async def ignore(update: ptb.Update, _: Any) -> None:
    return


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_an_application_lives_through_a_day_in_both_receiving_modes(telegram: FakeTelegram, mode: str) -> None:
    application = ApplicationBuilder().token(telegram.bot.token).base_url(f"{telegram.url}/bot").build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(press))
    application.add_handler(InlineQueryHandler(inline))
    application.add_handler(ChosenInlineResultHandler(ignore))
    application.add_handler(MessageHandler(filters.ALL, ignore))

    async def hook(request: web.BaseRequest) -> web.Response:
        assert request.headers["X-Telegram-Bot-Api-Secret-Token"] == "geheim"
        await application.update_queue.put(ptb.Update.de_json(await request.json(), application.bot))
        return web.Response()

    user = telegram.user()
    group = telegram.group(owner=user, supergroup=False)
    async with application:
        assert application.updater
        runner = web.ServerRunner(web.Server(hook), access_log=None)
        if mode == "polling":
            await application.updater.start_polling(allowed_updates=ptb.Update.ALL_TYPES, timeout=1)
        else:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            telegram.proxies["https://bot.example"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
            await application.bot.set_webhook("https://bot.example/x", secret_token="geheim")
        await application.start()
        await application.bot.set_my_commands(
            [("help", "도움말")], scope=ptb.BotCommandScopeAllPrivateChats(), language_code="ko"
        )
        assert user.sees_commands(user.private) == [{"command": "help", "description": "도움말"}]

        await user.starts()
        welcome = await user.private.wait_for()
        assert welcome.under("bold") == ["환영합니다"]
        assert not welcome.preview
        assert (await user.presses(welcome, "따르기")).text == "따릅니다"
        await user.private.wait_for(lambda one: one.text == "따르는 중입니다")

        answer = await user.types_inline("rlhf")
        await user.chooses(answer.results[0], group)
        await user.adds_bot(group)
        await user.upgrades(group)
        await user.blocks()
        await telegram.until_delivered()
        with pytest.raises(ptb.error.Forbidden, match="blocked by the user"):
            await application.bot.send_message(user.id, "x")
        await application.stop()
        if mode == "polling":
            await application.updater.stop()
        else:
            await application.bot.delete_webhook()
            await runner.cleanup()
