"""Subscribing and unsubscribing: tags by any name, searches, everything, and what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.message import (
    FollowTag,
    SetChatTag,
    Unsubscribe,
)
from tests.stories.commands_house import Stage, button, buttons, stage, words


# --- subscribing ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "line", ["#rlhf", "rlhf", "RLHF", "#RLHF", "rl hf", "RL-HF", "tag:rlhf", "태그:rlhf", "인간 피드백 강화 학습"]
)
async def test_however_a_tag_is_written_it_is_the_tag_that_is_followed(house: Stage, line: str) -> None:
    minji = house.reader()
    reply = await minji.types(f"/subscribe {line}")
    assert "#rlhf 구독을 시작했습니다" in words(reply)
    assert await house.follows(minji) == ["#rlhf"]


async def test_subscribing_twice_says_so_and_changes_nothing(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe #llm")
    assert "이미" in words(await minji.types("/subscribe 언어 모델"))
    assert await house.follows(minji) == ["#llm"]


async def test_what_is_followed_already_is_said_in_one_line_without_what_a_beginning_tells(house: Stage) -> None:
    minji = house.reader()
    line = "/subscribe #nobody 보상)"
    assert len(words(await minji.types(line)).splitlines()) > 1
    assert words(await minji.types(line)) == "이미 “#nobody 보상)” 구독 중입니다."


async def test_a_tag_that_the_settings_name_can_be_followed_before_a_paper_has_it(empty: Stage) -> None:
    minji = empty.reader()
    assert "구독을 시작했습니다" in words(await minji.types("/subscribe #rl-hf"))
    assert await empty.follows(minji) == ["#rlhf"]
    assert "아직 없습니다" in words(await minji.types("/subscribe #rlhfx"))


async def test_a_quoted_word_is_a_search_for_it_and_not_the_tag(house: Stage) -> None:
    minji = house.reader()
    for line in ('"llm"', "(llm)"):
        await minji.types(f"/subscribe {line}")
    assert "#llm" not in await house.follows(minji)


async def test_an_unknown_tag_subscribes_to_nothing_and_shows_the_nearest(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/subscribe #evaluaton")
    assert "아직 없습니다" in words(reply)
    assert await house.follows(minji) == []
    await minji.presses(button(reply, "#evaluation"))
    assert await house.follows(minji) == ["#evaluation"]


async def test_the_nearest_tags_that_an_admin_is_shown_are_for_the_chat(house: Stage) -> None:
    admin = house.member("admin", manager=True)
    await house.reader("admin").types("/start")
    for typed in ("#evaluaton", "evaluaton"):
        reply = await admin.types(f"/subscribe {typed}")
        done = await admin.presses(button(reply, "#evaluation"))
        assert "이 채팅의 #evaluation 구독" in words(done)
    assert "#evaluation" not in await house.follows(house.reader("admin"))


async def test_the_nearest_tags_that_a_member_is_shown_are_for_the_member(house: Stage) -> None:
    joe = house.member("joe")
    await house.reader("joe").types("/start")
    await joe.presses(button(await joe.types("/subscribe #evaluaton"), "#evaluation"))
    assert "#evaluation" in await house.follows(house.reader("joe"))


async def test_free_words_are_followed_as_a_search_and_counted_in_the_archive(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/subscribe diffusion transformer")
    assert "지난 논문에서 1편 찾았습니다" in words(reply)
    assert await house.follows(minji) == ["diffusion transformer"]


async def test_a_misspelt_word_is_followed_as_written_but_the_likely_tag_is_offered(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/subscribe hallucinaton")
    assert "지난 논문에는 맞는 것이 없습니다" in words(reply)
    assert button(reply, "#hallucination").action is not None


async def test_two_tags_side_by_side_are_explained(house: Stage) -> None:
    reply = await house.reader().types("/subscribe #llm #search")
    assert "#llm or #search" in words(reply)
    for line in ("#llm 보상", "#llm -#search", "#llm author:Raffel"):
        assert "모두 달린 논문만" not in words(await house.reader().types(f"/subscribe {line}")), line


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("after:2024-05 before:2024-01", "끝나는 날"),
        ("moe -moe", "동시에 빼라고"),
        ("-*", "모든 논문을 빼라고"),
        ('""', "낱말이 보이지 않습니다"),
        ("…!!", "낱말이 보이지 않습니다"),
    ],
)
async def test_an_impossible_wish_gets_the_reason(house: Stage, line: str, why: str) -> None:
    minji = house.reader()
    for command in ("subscribe", "search"):
        assert why in words(await minji.types(f"/{command} {line}"))
    assert await house.follows(minji) == []


@pytest.mark.parametrize(
    "line", ["before:2023 rlhf", "2023년 이전 확산 모델", "year:2023", "2022", "before:2024-05-07 #llm"]
)
async def test_what_no_new_paper_can_match_is_not_followed_and_the_reason_is_said(house: Stage, line: str) -> None:
    minji, sam = house.reader(), house.reader("sam", language="en")
    reply = await minji.types(f"/subscribe {line}")
    assert "이미 지난 기간" in words(reply)
    assert "기간을 빼고" in words(reply)
    assert "leave out the time" in words(await sam.types(f"/subscribe {line}"))
    assert await house.follows(minji) == await house.follows(sam) == []


async def test_a_search_that_is_over_by_the_time_it_is_pressed_is_not_followed(house: Stage) -> None:
    minji = house.reader()
    follow = button(await minji.types("/search 이번 주 zzyzx"), "이 검색 구독하기")
    house.clock.turn(days=30)
    assert "이미 지난 기간" in words(await minji.presses(follow))
    assert await house.follows(minji) == []


async def test_papers_of_a_digest_that_may_still_come_late_can_be_followed(tmp_path: Path, house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe before:2024-05-08 rlhf")
    assert await house.follows(minji) == ["before:2024-05-08 rlhf"]
    async with stage(tmp_path / "patient", publish_within_days=36_500) as patient:
        late = patient.reader()
        await late.types("/subscribe before:2023 rlhf")
        assert await patient.follows(late) == ["before:2023 rlhf"]


async def test_a_subscription_to_what_is_over_by_now_stays_and_can_be_ended(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe before:2024-06 rlhf")
    house.clock.turn(days=60)
    assert "before:2024-06 rlhf" in words(await minji.types("/subscriptions"))
    assert "해지했습니다" in words(await minji.types("/unsubscribe before:2024-06 rlhf"))


async def test_asking_for_nothing_gets_examples(house: Stage) -> None:
    minji = house.reader()
    assert "/subscribe #rlhf" in words(await minji.types("/subscribe"))
    assert "/search" in words(await minji.types("/search   "))


async def test_who_gets_everything_is_told_that_a_tag_changes_nothing_and_can_narrow_with_one_tap(house: Stage) -> None:
    minji = house.reader()
    assert "모두" in words(await minji.types("/subscribe *"))
    for line in ("전체", "모두", "ALL", "Everything"):
        assert "이미 모든 논문" in words(await minji.types(f"/subscribe {line}"))
    reply = await minji.types("/subscribe #llm")
    assert "달라지는 것이 없습니다" in words(reply)
    narrowed = await minji.presses(button(reply, "구독한 것만 받기"))
    assert "구독한 것만 보내 드립니다" in words(narrowed)
    assert await house.follows(minji) == ["#llm"]


async def test_a_chat_keeps_at_most_fifty_subscriptions(house: Stage) -> None:
    minji = house.reader()
    for number in range(50):
        await minji.types(f"/subscribe topic{number}")
    reply = await minji.types("/subscribe one more")
    assert "50개까지만" in words(reply)
    assert [one.label for one in buttons(reply)] == [f"✕ “topic{number}”" for number in range(5)]
    assert len(await house.follows(minji)) == 50
    assert "50개까지만" in words(await minji.presses(FollowTag((await house.tag("llm")).id)))
    listing = await minji.types("/subscriptions")
    assert len("\n".join(words(listing).split("[")[0])) < 4096
    await minji.presses(button(reply, "✕"))
    assert len(await house.follows(minji)) == 49


async def test_an_admin_whose_chat_is_full_hears_so_in_their_own_language_alone(house: Stage) -> None:
    admin, tag = house.member("ann", manager=True), await house.tag("llm")
    await house.reader("ann", "en").types("/start")
    for number in range(50):
        await admin.types(f"/subscribe topic{number}")
    toast = (await admin.presses(SetChatTag(tag.id, on=1))).toast
    assert toast == "At most 50 subscriptions fit here. Please end one that you no longer need."


# --- unsubscribing --------------------------------------------------------------------------------------------
async def test_unsubscribing_by_any_name_of_the_tag(house: Stage) -> None:
    minji = house.reader()
    for line in ("#llm", "대규모 언어 모델", "llm"):
        await minji.types("/subscribe #llm")
        assert "해지했습니다" in words(await minji.types(f"/unsubscribe {line}"))
        assert await house.follows(minji) == []


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("diffusion or gan", "gan | diffusion"),
        ("#llm #rlhf", "#RLHF #llm"),
        ("author:Raffel llm", "llm author:raffel"),
        ("diffusion -gan", "diffusion but not gan"),
        ("diffusion pruning", "papers on diffusion pruning"),
        ("after:2024년 zzyzx", "zzyzx since 2024"),
    ],
)
async def test_what_is_followed_in_other_words_or_another_order_is_known(house: Stage, line: str, other: str) -> None:
    minji = house.reader()
    await minji.types(f"/subscribe {line}")
    there = await house.follows(minji)
    reply = await minji.types(f"/subscribe {other}")
    assert f"이미 “{line}” 구독 중" in words(reply)
    assert await house.follows(minji) == there
    assert "해지했습니다" in words(await minji.types(f"/unsubscribe {other}"))
    assert await house.follows(minji) == []


async def test_what_only_has_the_same_words_is_another_subscription(house: Stage) -> None:
    minji = house.reader()
    for line in ("diffusion", "diffusion or gan", "diffusion gan", '"diffusion gan"', "#llm", "-#llm"):
        await minji.types(f"/subscribe {line}")
    assert len(await house.follows(minji)) == 6
    await minji.types("/unsubscribe diffusion gan")
    assert len(await house.follows(minji)) == 5


async def test_two_tags_that_were_written_together_are_shown_as_a_search(house: Stage) -> None:
    reply = await house.reader().types("/subscribe #llm#rlhf")
    assert "“#llm#rlhf” 구독을 시작했습니다" in words(reply)


async def test_unsubscribing_alone_lists_what_is_followed_with_buttons_that_end_it(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe #llm")
    await minji.types("/subscribe 합성 데이터")
    reply = await minji.types("/unsubscribe")
    after = await minji.presses(button(reply, "합성 데이터"))
    assert after.toast == "“합성 데이터” 구독을 해지했습니다."
    assert after.replace is not None
    assert "합성" not in "".join(one.label for one in buttons(after))
    assert await house.follows(minji) == ["#llm"]
    assert "이미 해지된" in words(await minji.presses(button(reply, "합성 데이터")))


async def test_unsubscribing_what_is_not_followed_lists_what_is(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe #llm")
    reply = await minji.types("/unsubscribe diffusion")
    assert "“diffusion” 구독은 없습니다" in words(reply)
    assert isinstance(button(reply, "✕ #llm").action, Unsubscribe)


async def test_a_star_ends_everything_but_not_the_rest(house: Stage) -> None:
    minji = house.reader()
    assert "이미 꺼져" in words(await minji.types("/unsubscribe *"))
    await minji.types("/subscribe *")
    await minji.types("/subscribe #llm")
    await minji.types("/unsubscribe *")
    assert await house.follows(minji) == ["#llm"]


async def test_who_gets_everything_is_told_that_the_end_of_one_tag_is_not_the_end(house: Stage) -> None:
    minji, admin = house.reader(), house.member("ann", manager=True)
    await admin.adds_the_bot()
    await minji.types("/subscribe *")
    for who, still in ((minji, "논문은 계속 옵니다"), (admin, "논문은 계속 올라옵니다")):
        await who.types("/subscribe #llm")
        assert still in words(await who.types("/unsubscribe #llm"))
        await who.types("/subscribe #llm")
        await who.types("/unsubscribe *")
        assert "계속" not in words(await who.types("/unsubscribe #llm"))


async def test_whoever_follows_nothing_any_more_is_told_so(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe #llm")
    assert "남은 구독이 없어서" in words(await minji.types("/unsubscribe #llm"))


async def test_nobody_ends_the_subscription_of_another(house: Stage) -> None:
    minji, thief = house.reader("minji"), house.reader("thief")
    await minji.types("/subscribe #llm")
    [hers] = await house.subscriptions(minji)
    assert "이미 해지된" in words(await thief.presses(Unsubscribe(hers.id)))
    assert await house.follows(minji) == ["#llm"]
