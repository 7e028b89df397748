"""The button under a search follows that very search, and does what the words above it promise."""

from __future__ import annotations

import pytest

from bot.message import FollowTag, SubscribeSearch
from tests.stories.commands_house import Stage, button, buttons, words

FOLLOW = "이 검색 구독하기"


@pytest.mark.parametrize(
    ("typed", "followed"),
    [("reward model", "reward model"), ("보상 모델", "보상 모델"), ("rewrad modle", "reward model"), ("llm", "llm")],
)
async def test_the_search_is_followed_and_not_a_tag_that_its_words_name(
    house: Stage, typed: str, followed: str
) -> None:
    minji = house.reader()
    reply = await minji.presses(button(await minji.types(f"/search {typed}"), FOLLOW))
    assert await house.follows(minji) == [followed]
    assert f"“{followed}” 구독을 시작했습니다" in words(reply)
    found = await minji.types(f"/search {followed}")
    total = words(found).split("검색 결과 ")[1].split("편")[0]
    assert f"지난 논문에서 {total}편 찾았습니다" in words(reply)


async def test_typed_as_a_subscription_the_same_words_are_the_tag(house: Stage) -> None:
    minji = house.reader()
    await minji.types("/subscribe reward model")
    assert await house.follows(minji) == ["#reward-model"]


async def test_a_search_for_a_tag_is_followed_under_its_own_name(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.presses(button(await minji.types("/search #RL-HF"), FOLLOW))
    assert "#rlhf 구독을 시작했습니다" in words(reply)
    assert await house.follows(minji) == ["#rlhf"]


async def test_a_search_that_is_taken_to_the_private_chat_stays_the_same(house: Stage) -> None:
    await house.member("admin", manager=True).adds_the_bot()
    found = await house.member("admin", manager=True).types("/search reward model")
    start = (await house.member("new").presses(button(found, FOLLOW))).start
    assert start is not None
    reader = house.reader("new")
    assert "지난 논문에서" in words(await reader.types(f"/start {start}"))
    assert await house.follows(reader) == ["reward model"]


@pytest.mark.parametrize(("typed", "followed"), [("reward model", ["#reward-model"]), ("모두", ["*"]), ("#nosuch", [])])
async def test_a_subscription_that_is_taken_there_means_what_it_means_anywhere(
    house: Stage, typed: str, followed: list[str]
) -> None:
    start = (await house.member("new").types(f"/subscribe {typed}")).start
    assert start is not None
    reader = house.reader("new")
    await reader.types(f"/start {start}")
    assert await house.follows(reader) == followed


async def test_in_a_shared_chat_the_toast_says_what_the_archive_has(house: Stage) -> None:
    await house.member("admin", manager=True).adds_the_bot()
    await house.reader("minji").types("/start")
    found = await house.member("admin", manager=True).types("/search speculative decoding")
    reply = await house.member("minji").presses(button(found, FOLLOW))
    assert "지난 논문에서 1편 찾았습니다" in (reply.toast or "")


async def kept(house: Stage, query: str) -> int:
    """The number of a search, as a button of it has it."""
    page = await house.store.searches.keep(
        chat_id=None, query=query, literal=True, paper_ids=(), total=0, now=house.clock.now
    )
    return page.id


async def test_a_search_that_is_too_long_to_be_followed_says_so(house: Stage) -> None:
    minji = house.reader()
    found = await minji.types(f"/search {'diffusion model ' * 90}")
    assert FOLLOW not in [each.label for each in buttons(found)]
    nothing = await minji.types(f"/search {'xyzzy ' * 90}")
    assert FOLLOW not in [each.label for each in buttons(nothing)]
    assert "구독" not in words(nothing)
    # Forged, or of the days when it was there.
    old = await minji.presses(SubscribeSearch(await kept(house, "moe " * 90)))
    assert "300자 안으로" in words(old)
    assert await house.follows(minji) == []
    stranger = house.member("new")
    refused = await stranger.presses(SubscribeSearch(await kept(house, "moe " * 90)))
    assert "300자 안으로" in (refused.toast or "")
    assert refused.start is None


async def test_what_is_promised_for_a_tag_that_nobody_has_used_yet_is_done(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/search #nosuch")
    assert "이 검색을 구독해 두시면" in words(reply)
    done = await minji.presses(button(reply, FOLLOW))
    assert "#nosuch 구독을 시작했습니다" in words(done)
    assert "#nosuch 태그가 달린 논문은 아직 없습니다" in words(done)
    assert await house.follows(minji) == ["#nosuch"]


@pytest.mark.parametrize("line", ["#nosuch", "rlhf #nosuch"])
@pytest.mark.parametrize(
    ("language", "follow", "nothing", "untagged"),
    [
        ("ko", FOLLOW, "지난 논문에는 맞는 것이 없습니다", "#nosuch 태그가 달린 논문은 아직 없습니다"),
        ("en", "Follow this search", "Nothing in the archive matches", "No paper is tagged #nosuch yet"),
    ],
)
async def test_that_nobody_has_used_a_tag_yet_is_said_once(
    house: Stage, line: str, language: str, follow: str, nothing: str, untagged: str
) -> None:
    minji = house.reader()
    await minji.types(f"/settings language {language}")
    done = await minji.presses(button(await minji.types(f"/search {line}"), follow))
    assert (words(done).count(untagged), nothing in words(done)) == (1, False)
    other = await minji.types("/subscribe zzyzx -#nosuch")
    assert nothing in words(other), "not for want of the tag"


@pytest.mark.parametrize("line", ["#llm -#evaluaton", "#llm or #evaluaton", "(moe or #evaluaton) #llm"])
async def test_a_mistyped_tag_among_others_is_told_with_the_nearest_ones(house: Stage, line: str) -> None:
    minji = house.reader()
    reply = await minji.types(f"/subscribe {line}")
    assert "#evaluaton 태그가 달린 논문은 아직 없습니다" in words(reply)
    assert isinstance(button(reply, "#evaluation").action, FollowTag)
    assert len(await house.follows(minji)) == 1, "it may be meant for the future"


async def test_every_tag_that_no_paper_has_is_named(house: Stage) -> None:
    reply = await house.reader().types("/subscribe #visoin or #llm or -#quux")
    assert "#visoin, #quux 태그가 달린 논문은 아직 없습니다" in words(reply)
    known = await house.reader().types("/subscribe #llm or #rlhf")
    assert "아직 없습니다" not in words(known)


async def test_after_a_search_every_button_that_offers_a_tag_searches(house: Stage) -> None:
    minji = house.reader()
    reply = await minji.types("/search #toool")
    assert not any(isinstance(one.action, FollowTag) for one in buttons(reply))
    found = await minji.presses(button(reply, "#tool · 1"))
    assert found.replace is not None
    assert "“#tool” 검색 결과 1편" in words(found)
    assert await house.follows(minji) == []


async def test_what_is_offered_instead_is_offered_once(house: Stage) -> None:
    reply = await house.reader().types("/search #rlhf #moe")
    assert "혹시 다음 가운데 하나를 찾으셨습니까?" in words(reply)
    assert sorted(one.label for one in buttons(reply)) == ["#moe · 1", "#rlhf · 5", FOLLOW]
