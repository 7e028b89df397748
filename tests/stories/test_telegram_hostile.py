"""Text that would like to be more than text: in every field of a digest and in every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.digest import print_digest
from bot.digest_file import read_digest_file
from bot.model import Digest, Paper
from tests.adapters.bench import HOSTILE
from tests.fakes.telegram.fixture import telegram as telegram
from tests.fakes.telegram.message import Message
from tests.fakes.telegram.server import FakeTelegram
from tests.stories.telegram_house import drop, entry, paperboy

ALIVE = {"mention", "hashtag", "cashtag", "bot_command"}
LINES = (
    "<b>굵게</b> & <a href='https://evil.example'>여기</a> </blockquote><blockquote expandable>",
    "@everyone /start #word $TSLA @paperboy_bot",
    "\u202egnp.exe\u202c \u2066x\u2069 \x1b[31m빨강\x07",
    "&lt;b&gt; &amp; &#x3c; ]]> <!-- -->",
    "[link](https://evil.example) *bold* _under_ ||spoiler|| `code`",
    "t.me/evil tg://resolve?domain=evil javascript:alert(1)",
)


def harmless(message: Message) -> None:
    """Nothing in it does anything that we did not mean."""
    assert not [one for one in message.entities if one["type"] in ALIVE], message
    for url in message.links:
        assert url.startswith(("https://", "http://")), url
        assert "evil.example" not in url or "evil.example" in message.text, "a link says where it leads"
    for sign in "\u202e\u202c\u2066\u2069\x1b\x07\x00":
        assert sign not in message.text


@pytest.mark.parametrize("line", LINES)
async def test_hostile_text_in_any_field_of_a_digest_is_posted_as_text(
    telegram: FakeTelegram, tmp_path: Path, line: str
) -> None:
    owner = telegram.user("관리자")
    channel = telegram.channel(owner=owner)
    name = line.replace("\x1b", "").replace("\x07", "")
    drop(
        tmp_path, "one.txt",
        f"{name} 제목\n(Ada Lovelace, Alan Turing)\n방금 나온 논문입니다.\n#tool",
        f"Authors\n({name}, Alan Turing)\n방금 나온 논문입니다.\n#tool",
        f"Abstract\n(Ada Lovelace, Alan Turing)\nWe study {line} and more in English.\n방금 나온 논문입니다.\n#tool",
        f"Commentary\n(Ada Lovelace, Alan Turing)\n방금 나온 논문입니다. {line} 라고 합니다.\n#tool",
        f"Tags\n(Ada Lovelace, Alan Turing)\n방금 나온 논문입니다.\n#tool #<b>x #a&b #{'긴' * 80}",
        entry("The Last One"),
    )  # fmt: skip
    async with paperboy(telegram, tmp_path):
        await owner.adds_bot(channel)
        await channel.wait_for(within=40, wanted=lambda message: "The Last One" in message.text)
        for message in channel.from_bot:
            harmless(message)
            for button in message.buttons:
                assert len(button["text"]) <= 40


async def test_whatever_the_digest_format_can_hold_can_be_posted(telegram: FakeTelegram, tmp_path: Path) -> None:
    """The notes of all hostile texts of the contract tests, as a digest would keep them."""
    owner = telegram.user("관리자")
    channel = telegram.channel(owner=owner)
    seed = drop(tmp_path, "first.txt", entry("The First Paper"))
    digest = read_digest_file(seed).parsed.digest
    assert digest is not None
    papers = tuple(
        Paper(
            date=digest.date,
            title=f"Title {n} {' '.join(text.split())[:500]}".encode("utf-8", "ignore").decode().replace("\x00", ""),
            abstract=None,
            commentary=("방금 나온 논문입니다.",),
            tags=("tool",),
        )
        for n, text in enumerate(HOSTILE)
    )
    seed.write_text(print_digest(Digest(date=digest.date, papers=papers)), encoding="utf-8")
    async with paperboy(telegram, tmp_path):
        await owner.adds_bot(channel)
        found = await channel.waits_for_posts(len(papers) // 2, within=60)
        for message in found:
            harmless(message)


async def test_every_command_with_every_hostile_argument_is_answered(telegram: FakeTelegram, tmp_path: Path) -> None:
    telegram.limits.on = False
    drop(tmp_path, "one.txt", entry("A Paper"))
    arguments = (
        *LINES, "(" * 3000, '"' * 999, "-" * 2000, "or " * 1000, "#" * 500, "가" * 4000, "👩‍👩‍👧‍👦" * 300,
        "' OR 1=1; DROP TABLE chat; --", "{0.__class__} %s ${x}", "@daily_papers", "-1000000000001 time 09:00",
    )  # fmt: skip
    async with paperboy(telegram, tmp_path, BOT_TELEGRAM__CHAT_SECONDS="0", BOT_TELEGRAM__PER_SECOND="500"):
        asked = [
            (reader, await reader.says(reader.private, f"/{name} {argument}"[:4096]))
            for argument in arguments
            for reader in [telegram.user(f"<b>{argument[:30]}</b>", started=True)]
            for name in ("search", "subscribe", "unsubscribe", "tags", "settings", "latest", "help", "start")
        ]
        for reader, said in asked:
            await reader.private.wait_for(within=60, after=said)
        await telegram.until(lambda: all(len(reader.private.from_bot) >= 8 for reader, _ in asked), within=60)
        for reader, _ in asked:
            for message in reader.private.from_bot:
                harmless_answer(message)


def harmless_answer(message: Message) -> None:
    """An answer may name commands and tags of ours, for they are to be tapped; nothing else is alive."""
    assert not [one for one in message.entities if one["type"] == "mention"], message
    assert not any("evil.example" in url for url in message.links), message
    for sign in "\u202e\u202c\u2066\u2069\x1b\x07\x00":
        assert sign not in message.text
