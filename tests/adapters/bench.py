"""What every adapter is tried on: messages of all kinds, and a bench that each platform sets up for itself.

A platform `x` has a module `tests/adapters/x_bench.py` with an async context manager `bench(folder, share)` that yields
a `Bench`: its adapter, started with that part of the platform's limits, against a fake of the platform at the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.adapters.base import Adapter
from bot.message import (
    Button,
    ChatFollowTag,
    Fold,
    FollowTag,
    Link,
    Message,
    Paragraph,
    RunCommand,
    ShowPage,
    ShowPaper,
    Style,
    Text,
)
from bot.model import EVERY_DAY, Address, Chat, ChatKind

NOW = datetime(2024, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """An adapter at work. `seen` is all that its platform was ever told to show, as one text."""

    adapter: Adapter
    chat: Chat
    seen: Callable[[], str]


def a_chat(address: Address, *, kind: ChatKind = ChatKind.PRIVATE, language: str = "ko") -> Chat:
    """A chat that posts at once."""
    return Chat(
        id=1,
        address=address,
        kind=kind,
        title="",
        language=language,
        zone="Asia/Seoul",
        posting_time=None,
        weekdays=EVERY_DAY,
        next_post_at=None,
        planned_until=NOW,
        active=True,
        inactive_reason=None,
        paused_until=None,
        created_at=NOW,
    )


def a_paper(
    title: str = "Reward Models in the Wild",
    *,
    commentary: str = "보상 모델이 사람의 취향을 얼마나 닮는가를 잰 논문입니다.",
    abstract: str = "We measure how close reward models come to people.",
    tags: tuple[str, ...] = ("#reward-model", "#evaluation"),
    following: frozenset[int] = frozenset(),
) -> Message:
    """A paper as `bot.formatting` would put it."""
    return Message(
        summary=title,
        blocks=(
            Paragraph((Link(title, "https://arxiv.org/abs/2405.00001"),), "title"),
            Paragraph((Text("Kim Minji, Ada Byron 외 3명"),), "authors"),
            Paragraph((Text(commentary),)),
            Fold("초록", (Paragraph((Text(abstract),)),)),
        ),
        buttons=(tuple(Button(tag, FollowTag(number), on=number in following) for number, tag in enumerate(tags, 1)),),
    )


HOSTILE = (
    "\x1b[31m\x1b]8;;https://evil.example\x07",
    "[bold red]no[/] {braces} %s %(x)s",
    "<b>&amp;</b> <script>alert(1)</script> &lt; </blockquote>",
    "*bold* _under_ ~no~ `code` ```block``` > quote",
    "<!channel> <@U123> <https://evil.example|good> @everyone /start #tag",
    "a\x00b\x07c\x08d\x7fe\x9bf",
    "\u202e\u2066reversed\u2069",
    "\ud800 lone surrogate",
    "line\nbreak\r\nand\u2028more\ttab",
    "👩‍👩‍👧 é \u0301\u0301\u0301 ﷽ 가나다",
    "",
    " ",
    "x" * 20_000,
    "가" * 9_000,
)
"""What a digest may hold and no platform may obey."""


def messages() -> dict[str, Message]:
    """One message for each thing that a platform has to cope with."""
    found = {
        "a paper": a_paper(),
        "a paper that is followed": a_paper(following=frozenset({1})),
        "nothing but a sentence": Message(summary="안녕하세요.", blocks=(Paragraph((Text("안녕하세요."),)),)),
        "nothing at all": Message(summary="", blocks=()),
        "an empty paragraph": Message(summary="", blocks=(Paragraph(()), Paragraph((Text(""),)))),
        "all styles": Message(
            summary="styles",
            blocks=tuple(Paragraph((Text("말", style), Link("글", "https://a.example/", style))) for style in Style),
        ),
        "all roles": Message(
            summary="roles",
            blocks=tuple(Paragraph((Text(role),), role) for role in ("title", "authors", "body", "note")),
        ),
        "a page of results": Message(
            summary="results",
            blocks=(
                Paragraph((Text("“보상 모델” 검색 결과 7편"),), "title"),
                *(
                    block
                    for number in (1, 2)
                    for block in (
                        Paragraph((Text(f"{number}. "), Link(f"Paper {number}", f"https://a.example/{number}"))),
                        Paragraph((Text("2024년 5월 9일 · #rlhf"),), "note"),
                        Paragraph((Text("… "), Text("보상 모델", Style.MARK), Text(" 학습에 …"))),
                    )
                ),
            ),
            buttons=(
                (Button("1", ShowPaper(11)), Button("2", ShowPaper(12))),
                (Button("다음 ▶", ShowPage(3, 1)),),
            ),
        ),
        "the number of a page": Message(
            summary="results",
            blocks=(
                Paragraph((Text("1. "), Link("Paper 1", "https://a.example/1"))),
                Paragraph((Text("2024년 5월 9일"),), "note"),
                Paragraph((Text("짧은 한마디."),)),
                Paragraph((Text("1 / 2"),), "page"),
                Paragraph((Text("2. "), Link("Paper 2", "https://a.example/2"))),
                Paragraph((Text("2024년 5월 8일"),), "note"),
                Paragraph((Text("2 / 2"),), "page"),
            ),
            buttons=((Button("1", ShowPaper(11)), Button("2", ShowPaper(12))),),
        ),
        "every kind of button": Message(
            summary="buttons",
            blocks=(Paragraph((Text("고르세요."),)),),
            buttons=(
                (Button("follow", FollowTag(1)), Button("followed", ChatFollowTag(2), on=True)),
                (Button("page", url="https://a.example/page"), Button("2 / 5")),
                (Button("도움말", RunCommand("help")),),
                (),
            ),
        ),
        "many buttons": Message(
            summary="many", blocks=(), buttons=tuple((Button(f"#tag-{n}", FollowTag(n)),) for n in range(60))
        ),
        "links that are none": Message(
            summary="links",
            blocks=(
                Paragraph(
                    tuple(
                        Link("here", url)
                        for url in (
                            "",
                            "javascript:alert(1)",
                            "https://",
                            "file:///etc/passwd",
                            "https://a b\n.example/",
                        )
                    )
                ),
                Paragraph((Link("https://a.example/가나?q=%20&x=(1)", "https://a.example/가나?q=%20&x=(1)"),)),
                Paragraph((Link("quoted", 'https://a.example/"><b>\x1b\\;x'),)),
            ),
        ),
        "two folds": Message(
            summary="folds",
            blocks=(
                Fold("초록", (Paragraph((Text("하나"),)), Paragraph((Text("둘"),)))),
                Fold("빈 것", ()),
            ),
        ),
        "a whole book": Message(
            summary="book",
            blocks=tuple(Paragraph((Text(f"문단 {n} " + "긴 글 " * 200),)) for n in range(40)),
        ),
    }
    for number, text in enumerate(HOSTILE):
        found[f"hostile text {number}"] = Message(
            summary=text,
            blocks=(
                Paragraph((Link(text, f"https://a.example/{number}"),), "title"),
                Paragraph((Text(text, Style.MARK), Text(text, Style.CODE))),
                Fold(text, (Paragraph((Text(text),)),)),
            ),
            buttons=((Button(text, FollowTag(number)), Button(text, url="https://a.example/")),),
        )
    return found
