"""Searching, turning pages, the newest digest and the tag list."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.adapters.base import Reply
from bot.commands import Commands
from bot.message import (
    FollowTag,
    Paragraph,
    ShowTags,
    SimilarTo,
    Style,
    SubscribeSearch,
    decode_action,
    encode_action,
)
from bot.query import Query
from bot.search import Index, Suggestions
from tests.stories.commands_house import (
    LEXICON,
    Stage,
    apologised,
    button,
    buttons,
    messages,
    no_address,
    stage,
    words,
)


async def test_plain_words_in_a_private_chat_are_a_search(house: Stage) -> None:
    reply = await house.reader().types("diffusion")
    assert "“diffusion” 검색 결과" in words(reply)
    assert "Neural Network Diffusion" in words(reply)


async def test_results_are_turned_in_place_and_opened_whole(house: Stage) -> None:
    minji = house.reader()
    first = await minji.types("/search model")
    second = await minji.presses(button(first, "다음"))
    assert second.replace is not None
    assert "\n6. " in words(second)
    back = await minji.presses(button(second, "이전"))
    assert words(back) == words(first)
    paper = await minji.presses(button(second, "6"))
    assert any(isinstance(one.action, FollowTag) for one in buttons(paper))
    assert "초록" in words(paper)


async def test_a_misspelt_search_is_repaired_and_can_be_made_literal(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/search reward modle")
    assert "“reward modle” 대신 “reward model” 검색 결과입니다" in words(reply)
    assert "Reward Model" in marked_words(reply)
    literal = await minji.presses(button(reply, "그대로 찾기"))
    assert literal.replace is not None
    assert "찾지 못했습니다" in words(literal)
    await minji.presses(button(reply, "이 검색 구독하기"))
    assert await house.follows(minji) == ["reward model"]


def marked_words(reply: Reply) -> list[str]:
    """The words that stand out because they matched."""
    paragraphs = [block for message in messages(reply) for block in message.blocks if isinstance(block, Paragraph)]
    return [inline.text for block in paragraphs for inline in block.inlines if inline.style is Style.MARK]


async def test_a_search_without_results_offers_tags_and_to_wait_for_it(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("zzyzx quux")
    assert "찾지 못했습니다" in words(reply)
    await minji.presses(button(reply, "이 검색 구독하기"))
    assert await house.follows(minji) == ["zzyzx quux"]


@pytest.mark.parametrize(
    "line", ["지난주 zzyzx", "before:2001 diffusion", "지난주 diffusion", "before:2024-05-10 llm", "2023"]
)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_search_for_a_time_that_is_over_is_not_offered_to_be_followed(
    house: Stage, line: str, language: str
) -> None:
    reply = await house.reader(language=language).types(f"/search {line}")
    assert not [one for one in buttons(reply) if isinstance(one.action, SubscribeSearch)]
    assert "구독" not in words(reply)
    assert "follow" not in words(reply).casefold()


@pytest.mark.parametrize("line", ["이번 주 zzyzx", "after:2024-05 zzyzx", "year:2024 llm", "지난주 zzyzx or quux"])
async def test_a_search_that_new_papers_may_match_is_offered_to_be_followed(house: Stage, line: str) -> None:
    reply = await house.reader().types(f"/search {line}")
    assert isinstance(button(reply, "이 검색 구독하기").action, SubscribeSearch)


async def test_a_search_without_results_offers_what_finds_something(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("reward modle")
    nothing = await minji.presses(button(reply, "그대로 찾기"))
    other = await minji.presses(button(nothing, "reward model · "))
    assert other.replace is not None
    assert "“reward model” 검색 결과" in words(other)


@pytest.mark.parametrize("command", ["search", "subscribe", "similar"])
async def test_a_filter_that_there_is_not_is_named_with_those_that_there_are(house: Stage, command: str) -> None:
    line = f"/{command} diffusion or title:diffusion"
    korean, english = await house.reader().types(line), await house.reader("sam", language="en").types(line)
    assert "“title:” 필터는 없어서" in words(korean)
    assert "There is no filter “title:”" in words(english)
    for reply in (korean, english):
        assert all(f"{name}:" in words(reply) for name in ("tag", "author", "after", "before", "year", "date"))


async def test_fewer_words_are_offered_where_filters_leave_nothing(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("diffusion before:2001")
    assert "찾지 못했습니다" in words(reply)
    assert "“diffusion” 검색 결과" in words(await minji.presses(button(reply, "diffusion · ")))


async def test_the_words_of_a_phrase_that_nothing_has_are_offered(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types('"reward model hacking length"')
    assert "찾지 못했습니다" in words(reply)
    other = await minji.presses(button(reply, "reward model hacking"))
    assert "“reward model hacking length” 검색 결과" in words(other)


class Counting:
    """An index that remembers for which queries it was asked for something instead."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.asked: list[Query] = []

    def nearest(self, query: Query, limit: int = 3) -> Suggestions:
        self.asked.append(query)
        return self._index.nearest(query, limit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)


async def test_what_to_offer_instead_is_looked_for_once(house: Stage) -> None:
    index = Counting(house.index)
    minji = house.reader()
    minji.commands = Commands(
        store=house.store,
        index=cast("Index", index),
        lexicon=LEXICON,
        now=house.clock,
        default_language="ko",
        default_zone="Asia/Seoul",
        wake=lambda: None,
        address_of=no_address,
    )
    reply = await minji.types("diffusion before:2001")
    assert button(reply, "diffusion · ").action is not None
    assert len(index.asked) == 1


async def test_a_paper_leads_to_papers_like_it_and_back(house: Stage) -> None:
    minji = house.reader()
    paper = await minji.presses(button(await minji.types("reward model"), "1"))
    title = words(paper).split("\n")[0]
    alike = await minji.presses(button(paper, "비슷한 논문"))
    assert "비슷한 논문: “" in words(alike)
    assert not any(line.startswith(("1. ", "2. ")) and title in line for line in words(alike).split("\n"))
    assert "초록" in words(await minji.presses(button(alike, "1")))


async def test_a_result_leads_to_papers_like_it_by_itself(house: Stage) -> None:
    minji = house.reader()
    results = await minji.types("reward model")
    opened = await minji.presses(button(results, "2"))
    alike = await minji.presses(button(results, "≈ 2"))
    assert words(alike) == words(await minji.presses(button(opened, "비슷한 논문")))
    assert "비슷한 논문: “" in words(await minji.presses(button(alike, "≈ 1")))


async def test_similar_takes_a_title_or_words_and_says_what_it_needs(house: Stage) -> None:
    minji = house.reader()
    assert "비슷한 논문: “Neural Network Diffusion”" in words(await minji.types("/similar Neural Network Diffusion"))
    assert "제목이나 arXiv 번호" in words(await minji.types("/similar"))
    assert "찾지 못했습니다" in words(await minji.types("/similar zzyzx quux"))
    assert "비슷한 논문" in words(await minji.types("/비슷한논문 diffusion"))


def test_the_button_for_papers_alike_is_small_and_permanent() -> None:
    assert encode_action(SimilarTo(35)) == "1m:z"
    assert decode_action("1m:z") == SimilarTo(35)
    assert decode_action("1m:z.1") is None


async def test_results_that_are_forgotten_say_so(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/search model")
    await house.store.searches.forget(house.clock() + timedelta(days=1))
    for label in ("다음", "이 검색 구독하기"):
        assert "다시 검색해 주세요" in words(await minji.presses(button(reply, label)))


async def test_nobody_turns_the_pages_of_another(house: Stage) -> None:
    reply = await house.reader("minji").types("/search model")
    assert "다시 검색해 주세요" in words(await house.reader("thief").presses(button(reply, "다음")))


async def test_the_newest_digest_is_listed_in_its_order(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/latest")
    assert words(reply).startswith("2024년 5월 9일 다이제스트 5편")
    opened = await minji.presses(button(reply, "2"))
    assert "Introducing the Model Spec" in words(opened)


async def test_an_empty_archive_has_friendly_answers(tmp_path: Path) -> None:
    async with stage(tmp_path, seeds=False) as house:
        minji = house.reader()
        for line in (
            "/start",
            "/latest",
            "/tags",
            "/tags x",
            "/subscribe #x",
            "/subscribe",
            "/search x",
            "/subscriptions",
        ):
            reply = await minji.types(line)
            assert messages(reply), line
            assert not apologised(reply), line
        assert "맛보기" not in words(await house.reader("new").types("/start"))


async def test_tags_are_paged_filtered_and_switched_on_where_followed(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe #rlhf")
    first = await minji.types("/tags")
    assert button(first, "#rlhf").on
    second = await minji.presses(button(first, "다음"))
    assert second.replace is not None
    assert isinstance(button(second, "이전").action, ShowTags)
    assert next(one.label for one in buttons(await minji.types("/tags 언어 모델"))).startswith("#llm")
    assert [one.label for one in buttons(await minji.types("/tags lm"))] == ["#lm · 1", "#llm · 1"]
    assert len(list(buttons(await minji.types("/tags e")))) == 18


@pytest.mark.parametrize(
    "line",
    [
        "help me find reward models",
        "start training from scratch",
        "검색 증강 생성",
        "왜 트랜스포머가 잘 되나",
        "설정 파일 없는 강화학습",
        "subscriptions to a mixture of experts",
        "tags zyzzogeton",
    ],
)
async def test_words_that_begin_like_a_command_are_searched_for(house: Stage, line: str) -> None:
    minji = house.reader()
    reply = await minji.says(line)
    assert f"“{line}” 검색" in words(reply) or f"“{line}” 대신" in words(reply)


@pytest.mark.parametrize(
    ("line", "answered"),
    [
        ("search reward model", "“reward model” 검색 결과"),
        ("help 검색", "사용 방법"),
        ("tags reward", "reward-model"),
        ("설정 9시", "9"),
        ("왜 Sequoia", "Sequoia"),
        ("help", "/search"),
        ("subscriptions", "구독"),
    ],
)
async def test_a_command_that_makes_something_of_its_words_is_one(house: Stage, line: str, answered: str) -> None:
    minji = house.reader()
    await minji.types("/start")
    reply = await minji.says(line)
    assert answered in words(reply)
    assert f"“{line}” 검색" not in words(reply)


@pytest.mark.parametrize(("command", "title"), [("/latest reward", "latest reward"), ("/최신 보상", "최신 보상")])
async def test_the_latest_papers_on_something_are_a_search_with_the_newest_first(
    house: Stage, command: str, title: str
) -> None:
    reply = await house.reader().types(command)
    assert f"“{title}” 검색 결과" in words(reply)
    assert words(reply) == words(await house.reader().types(title))


async def test_a_tag_that_is_copied_from_a_message_of_ours_is_that_tag(house: Stage) -> None:
    minji = house.reader()
    typed, copied = [words(await minji.types(f"/search {tag}")) for tag in ("#efficiency", "\u200c#efficiency")]
    assert copied == typed
