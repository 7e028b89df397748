"""What every platform's folder promises, tried on each of them: nobody lists platforms, here neither."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError

import bot.adapters
from bot.adapters.base import FateUnknown, Request, load
from bot.app import ALL_ROLES, Role, rate_share
from bot.message import Button, Fold, FollowTag, Link, Message, Paragraph, Style, Text
from bot.model import Address
from tests.adapters.bench import NOW, Bench, a_chat, a_paper, messages

PLATFORMS = sorted(found.name for found in pkgutil.iter_modules(bot.adapters.__path__) if found.ispkg)
HOUSE = {"bot.adapters.base", "bot.message", "bot.model", "bot.strings"}
IMPURE = {
    "asyncio", "concurrent", "http", "logging", "multiprocessing", "os", "pathlib", "random", "secrets",
    "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time",
}  # fmt: skip

pytestmark = pytest.mark.parametrize("platform", PLATFORMS)
TRIED = messages()


def part(platform: str, name: str) -> ModuleType:
    return importlib.import_module(f"bot.adapters.{platform}.{name}")


def model(platform: str) -> type[BaseModel]:
    found: type[BaseModel] = part(platform, "settings").PlatformSettings
    return found


@contextlib.asynccontextmanager
async def benched(platform: str, folder: Path, share: float = 1.0) -> AsyncIterator[Bench]:
    module = importlib.import_module(f"tests.adapters.{platform}_bench")
    async with module.bench(folder, share) as bench:
        yield bench


def imported(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            yield node.module or ""


# --- the folder ---------------------------------------------------------------------------------------------


def test_the_folder_holds_an_adapter_a_renderer_and_settings(platform: str) -> None:
    assert callable(load(platform))
    assert callable(part(platform, "render").preview)
    assert issubclass(model(platform), BaseModel)


def test_the_renderer_is_pure(platform: str) -> None:
    drawing_libraries: set[str] = set()
    seen: set[str] = set()
    left = [f"bot.adapters.{platform}.render"]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        for other in imported(importlib.import_module(name)):
            top = other.partition(".")[0]
            if other.startswith(f"bot.adapters.{platform}."):
                left.append(other)
            elif top == "bot":
                assert other in HOUSE, f"{name} imports {other}"
            elif top in sys.stdlib_module_names:
                assert top not in IMPURE, f"{name} imports {other}"
            else:
                drawing_libraries.add(top)
    assert len(drawing_libraries) <= 1, f"one library to draw with, not {drawing_libraries}"


def test_without_a_setting_there_is_no_adapter(platform: str, tmp_path: Path) -> None:
    async def complete() -> list[str]:
        return []

    made = load(platform)(model(platform)(), alone=False, data=tmp_path, language="ko", complete=complete)
    assert made is None


def test_an_unknown_setting_is_refused(platform: str) -> None:
    with pytest.raises(ValidationError):
        model(platform)(no_such_setting=1)


def test_what_opens_doors_is_a_secret(platform: str) -> None:
    for name, field in model(platform).model_fields.items():
        if name.endswith(("token", "secret", "password")):
            assert SecretStr in (field.annotation, *get_args(field.annotation)), f"{name} would be printed"


# --- drawing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", TRIED)
async def test_every_message_can_be_drawn_and_is_drawn_alike_each_time(
    platform: str, which: str, tmp_path: Path
) -> None:
    message = TRIED[which]
    async with benched(platform, tmp_path) as bench:
        adapter, chat = bench.adapter, bench.chat
        other = replace(chat, id=2, title="another", address=replace(chat.address, chat="2"))
        assert adapter.render(message, chat) == adapter.render(message, chat)
        assert adapter.variant(chat) == adapter.variant(other)
        assert adapter.render(message, chat) == adapter.render(message, other), "bodies are shared by a variant"


@pytest.mark.parametrize("which", TRIED)
def test_a_preview_is_a_request_that_json_can_hold(platform: str, which: str) -> None:
    request = preview(platform, TRIED[which])
    assert request.method
    written = json.dumps(dict(request.params), ensure_ascii=False)
    written.encode()  # no lone surrogate is left in it


def test_a_preview_says_what_the_curator_wrote(platform: str) -> None:
    shown = json.dumps(dict(preview(platform, a_paper()).params), ensure_ascii=False)
    for words in ("Reward Models in the Wild", "Kim Minji", "보상 모델이 사람의 취향", "#reward-model"):
        assert words in shown


inlines = st.builds(Text, st.text(), st.sampled_from(Style)) | st.builds(
    Link, st.text(), st.text() | st.text().map("https://a.example/{}".format), st.sampled_from(Style)
)
paragraphs = st.builds(
    Paragraph, st.lists(inlines, max_size=4).map(tuple), st.sampled_from(["title", "authors", "body", "note"])
)
blocks = paragraphs | st.builds(Fold, st.text(), st.lists(paragraphs, max_size=3).map(tuple))
buttons = st.builds(Button, st.text(), st.just(FollowTag(1)), on=st.booleans())
drawn = st.builds(
    Message,
    summary=st.text(),
    blocks=st.lists(blocks, max_size=5).map(tuple),
    buttons=st.lists(st.lists(buttons, max_size=4).map(tuple), max_size=3).map(tuple),
)


@given(message=drawn)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_message_can_be_drawn(platform: str, message: Message) -> None:
    request = preview(platform, message)
    json.dumps(dict(request.params), ensure_ascii=False).encode()


def preview(platform: str, message: Message) -> Request:
    draw: Callable[..., Any] = part(platform, "render").preview
    request = draw(message, a_chat(Address(lane=f"{platform}:1", chat="1")))
    assert isinstance(request, Request)
    return request


# --- posting ------------------------------------------------------------------------------------------------


async def test_the_adapter_is_named_like_its_folder_and_so_are_its_lanes(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        assert bench.adapter.name == platform
        assert bench.chat.address.lane in bench.adapter.paces
        for lane in bench.adapter.paces:
            assert Address(lane=lane, chat="").platform == platform


async def test_processes_that_share_a_platform_keep_its_limits_together(platform: str, tmp_path: Path) -> None:
    async def rate(roles: frozenset[Role]) -> float:
        async with benched(platform, tmp_path, rate_share(roles)) as bench:
            return bench.adapter.paces[bench.chat.address.lane].broadcast_rate

    whole = await rate(ALL_ROLES)
    if platform == "console":
        assert whole > 1000, "there is one terminal, and it sets no limit"
        return
    answers, posts = await rate(frozenset({Role.WEB})), await rate(frozenset({Role.WORKER}))
    assert answers < posts < whole
    assert answers + posts <= whole + 1e-6


async def test_a_post_is_seen_and_has_a_receipt_of_its_own(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        receipts = [
            await bench.adapter.post(
                bench.chat, bench.adapter.render(a_paper(f"Paper {n}"), bench.chat), key=f"key-{n}"
            )
            for n in range(3)
        ]
        assert all(receipts)
        assert len(set(receipts)) == 3
        for n in range(3):
            assert f"Paper {n}" in bench.seen()


async def test_one_body_can_be_posted_many_times(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        body = bench.adapter.render(a_paper(), bench.chat)
        receipts = {await bench.adapter.post(bench.chat, body, key=f"key-{n}") for n in range(3)}
        assert len(receipts) == 3


async def test_an_edit_shows_the_new_words_and_may_be_repeated(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        receipt = await post(bench, a_paper("The Old Tilte"), key="k")
        assert "The New Title" not in bench.seen()
        new = bench.adapter.render(a_paper("The New Title"), bench.chat)
        await bench.adapter.edit(bench.chat, receipt, new)
        assert "The New Title" in bench.seen()
        await bench.adapter.edit(bench.chat, receipt, new)


async def test_a_withdrawal_may_be_repeated(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        receipt = await post(bench, a_paper(), key="k")
        body = bench.adapter.render(Message(summary="-", blocks=(Paragraph((Text("내려간 논문"),)),)), bench.chat)
        await bench.adapter.withdraw(bench.chat, receipt, body)
        await bench.adapter.withdraw(bench.chat, receipt, body)


async def test_what_was_posted_is_never_said_to_be_missing(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        body = bench.adapter.render(a_paper(), bench.chat)
        receipt = await bench.adapter.post(bench.chat, body, key="posted")
        with contextlib.suppress(FateUnknown):
            assert await bench.adapter.find(bench.chat, body, key="posted", since=NOW) == receipt


async def test_what_was_never_posted_is_never_found(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        await post(bench, a_paper("Another Paper"), key="another")
        body = bench.adapter.render(a_paper(), bench.chat)
        with contextlib.suppress(FateUnknown):
            assert await bench.adapter.find(bench.chat, body, key="never", since=NOW) is None


async def test_a_post_has_an_https_address_or_none_and_to_ask_never_fails(platform: str, tmp_path: Path) -> None:
    async with benched(platform, tmp_path) as bench:
        receipt = await post(bench, a_paper(), key="k")
        found = await bench.adapter.address(bench.chat, receipt)
        assert found is None or found.startswith("https://")
        for nonsense in ("", "/", "1/", "/1", "x/y", f"{bench.chat.address.chat}/x", f"{receipt}0/9", "가/나"):
            assert await bench.adapter.address(bench.chat, nonsense) is None, nonsense


async def post(bench: Bench, message: Message, *, key: str) -> str:
    return await bench.adapter.post(bench.chat, bench.adapter.render(message, bench.chat), key=key)
