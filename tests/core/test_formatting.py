"""Papers, lists and settings as messages."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import chain
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest import parse_digest
from bot.formatting import (
    Found,
    SettingsView,
    clean,
    cut,
    help_message,
    latest_message,
    linked,
    marked,
    menu,
    opening,
    paper_message,
    results_message,
    settings_message,
    shown,
    subscriptions_message,
    tags_message,
    welcome_message,
    withdrawn_message,
)
from bot.message import (
    ChangeSetting,
    Fold,
    FollowTag,
    Inline,
    Link,
    Message,
    Paragraph,
    ShowPage,
    ShowPaper,
    SimilarTo,
    Style,
    Text,
    decode_action,
    encode_action,
)
from bot.model import EVERY_DAY, Address, Chat, ChatKind, Paper, StoredPaper, Subscription, Tag
from bot.query import Snippet
from bot.strings import LANGUAGES

SEEDS = Path(__file__).parents[2] / "seeds"
NOW = datetime(2024, 5, 10, 0, 0, tzinfo=UTC)


def stored(paper: Paper, number: int = 7) -> StoredPaper:
    return StoredPaper(
        id=number, version=1, digest_id=1, position=0, published_at=None, withdrawn=False, paper=paper
    )  # fmt: skip


PAPER = Paper(
    date=date(2024, 5, 9),
    title="R$^3$: Reward <b>models</b> & friends",
    authors=tuple(f"Author {n}" for n in range(1, 18)),
    abstract=r"We train \textit{large} models. See https://example.org/code.",
    commentary=("좋은 논문입니다. 코드는 https://github.com/a/b_c를 보세요.", "둘째 문단."),
    tags=("long_context", "moe"),
)
TAGS = (Tag(id=4, slug="long-context", label="long_context", count=3), Tag(id=35, slug="moe", label="moe", count=1))


def paragraphs(message: Message) -> list[Paragraph]:
    return [block for block in message.blocks if isinstance(block, Paragraph)]


def said(inlines: tuple[Inline, ...]) -> str:
    return "".join(inline.text for inline in inlines)


def everything(message: Message) -> list[str]:
    """Every run of text that a platform gets."""
    blocks = [*paragraphs(message), *chain(*(b.paragraphs for b in message.blocks if isinstance(b, Fold)))]
    texts = [inline.text for block in blocks for inline in block.inlines]
    return [message.summary, *texts, *(button.label for row in message.buttons for button in row)]


# --- a paper -------------------------------------------------------------------------------------------------


def test_a_paper_is_title_authors_commentary_folded_abstract_and_tags() -> None:
    message = paper_message(stored(PAPER), TAGS, language="ko", following=frozenset({35}))
    title, authors, first, second = paragraphs(message)
    assert title.role == "title"
    assert [type(inline) for inline in title.inlines] == [Link]
    assert said(title.inlines) == "R³: Reward <b>models</b> & friends"
    assert title.inlines[0].style is Style.BOLD
    assert said(authors.inlines) == "Author 1, Author 2, Author 3, Author 4, Author 5 외 12명"
    assert said(first.inlines) == PAPER.commentary[0]
    assert said(second.inlines) == "둘째 문단."
    fold = message.blocks[-1]
    assert isinstance(fold, Fold)
    assert fold.title == "초록"
    assert said(fold.paragraphs[0].inlines) == "We train large models. See https://example.org/code."
    assert [(b.label, b.action, b.on) for row in message.buttons for b in row] == [
        ("#long_context", FollowTag(4), False),
        ("#moe", FollowTag(35), True),
    ]
    assert message.summary == "R³: Reward <b>models</b> & friends — 좋은 논문입니다."


def test_the_same_in_english() -> None:
    message = paper_message(stored(PAPER), TAGS, language="en")
    assert said(paragraphs(message)[1].inlines).endswith("Author 5 and 12 more")
    assert [block.title for block in message.blocks if isinstance(block, Fold)] == ["Abstract"]


def test_the_title_leads_to_the_papers_own_page() -> None:
    message = paper_message(stored(replace(PAPER, source_url="https://arxiv.org/abs/2405.1")), (), language="ko")
    assert paragraphs(message)[0].inlines == (
        Link("R³: Reward <b>models</b> & friends", "https://arxiv.org/abs/2405.1", Style.BOLD),
    )


@pytest.mark.parametrize("address", [None, "", "javascript:alert(1)", "ftp://example.org", "https://a b", "https://"])
def test_without_a_page_of_its_own_it_leads_to_a_search_for_the_exact_title(address: str | None) -> None:
    paper = replace(PAPER, title='The "Big" R$^3$ & 100% more', source_url=address)
    link = paragraphs(paper_message(stored(paper), (), language="ko"))[0].inlines[0]
    assert isinstance(link, Link)
    url = urlsplit(link.url)
    assert (url.scheme, url.netloc, url.path) == ("https", "arxiv.org", "/search/")
    assert parse_qs(url.query) == {"query": ['"The Big R$^3$ & 100% more"'], "searchtype": ["title"]}


def test_a_paper_with_nothing_but_a_title_is_a_message_too() -> None:
    message = paper_message(stored(Paper(date=date(2024, 5, 9), title="Lone")), (), language="ko")
    assert [said(block.inlines) for block in paragraphs(message)] == ["Lone"]
    assert len(message.blocks) == 1
    assert message.buttons == ()
    assert message.summary == "Lone"


def test_links_on_lines_of_their_own_are_shown_once() -> None:
    """An address that the commentary or the abstract already shows is not repeated."""
    paper = replace(
        PAPER,
        links=("https://openai.com/spec", "https://github.com/a/b_c", "https://example.org/code", "javascript:x"),
    )
    message = paper_message(stored(paper), (), language="ko")
    links = [inline.url for block in paragraphs(message)[1:] for inline in block.inlines if isinstance(inline, Link)]
    assert links == ["https://github.com/a/b_c", "https://openai.com/spec"]


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("코드는 https://github.com/a/b_c를 보세요", "https://github.com/a/b_c"),
        ("(https://arxiv.org/abs/2401.1)은", "https://arxiv.org/abs/2401.1"),
        ("{https://x.org/a}", "https://x.org/a"),
        ("https://en.wikipedia.org/wiki/A_(b)", "https://en.wikipedia.org/wiki/A_(b)"),
        ("“https://x.org/a”라는", "https://x.org/a"),
        ("https://x.org/a.", "https://x.org/a"),
        (r"\url{https://x.org/a_b}", "https://x.org/a_b"),
    ],
)
def test_only_the_address_is_the_link(line: str, address: str) -> None:
    links = [inline for inline in linked(shown(line)) if isinstance(inline, Link)]
    assert [(link.text, link.url) for link in links] == [(address, address)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paper_of_the_seeds_becomes_a_message(language: str) -> None:
    count = 0
    for path in sorted(SEEDS.glob("*.txt")):
        digest = parse_digest(path.read_text("utf-8")).digest
        assert digest is not None
        for paper in digest.papers:
            message = paper_message(stored(paper), (), language=language)
            count += 1
            body = " ".join(everything(message))
            assert "\\textit" not in body
            assert "\\url" not in body
            assert len(message.summary) <= 300
            for line in paper.commentary:
                assert clean(line)[:20] in body
    assert count == 39


def test_a_withdrawn_paper_says_so_and_has_no_buttons() -> None:
    message = withdrawn_message(stored(PAPER), "ko")
    assert "목록에서 내린 논문" in message.summary
    assert message.buttons == ()


hostile = st.text(
    st.sampled_from("a가 <>&*_`[](){}\\$#@/|~\n\r\t\x00\x07\u202e\u2066\u200f\ufeff\U000e0001.-:htps"), max_size=80
)


@given(hostile, hostile, hostile, st.lists(hostile, max_size=8), st.sampled_from(LANGUAGES))
def test_no_control_character_and_no_direction_override_reaches_a_platform(
    title: str, line: str, abstract: str, names: list[str], language: str
) -> None:
    paper = Paper(
        date=date(2024, 5, 9), title=title, authors=tuple(names), abstract=abstract, commentary=(line,), tags=(line,)
    )  # fmt: skip
    tag = Tag(id=1, slug="a", label=line, count=1)
    message = paper_message(stored(paper), (tag,), language=language)
    for words in everything(message):
        assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in words)
        assert not any(
            letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f" for letter in words
        )
    assert message.summary


@pytest.mark.parametrize(
    ("copied", "meant"),
    [
        ("\u200c#efficiency \u200c#diffusion", "#efficiency #diffusion"),
        ("-\u200c#moe rlhf\u200d", "-#moe rlhf"),
        ("\u200c \u200d", ""),
        ("\u06a9\u0647\u200c\u0647\u0627", "\u06a9\u0647\u200c\u0647\u0627"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_joiners_stay_between_letters_and_nowhere_else(copied: str, meant: str) -> None:
    assert clean(copied) == meant


@given(st.text())
def test_cleaning_is_done_once_and_for_all(words: str) -> None:
    assert clean(clean(words)) == clean(words)


@given(st.text(st.sampled_from("ab 가나,."), max_size=60), st.integers(2, 30))
def test_cutting_never_gets_longer_and_keeps_a_beginning(words: str, limit: int) -> None:
    short = cut(words, limit)
    assert len(short) <= limit
    assert short == words or (short.endswith("…") and words.startswith(short[:-1]))


def test_titles_in_lists_are_cut_at_a_words_end() -> None:
    assert cut("Scaling laws for everything", 20) == "Scaling laws for…"


# --- lists ---------------------------------------------------------------------------------------------------


def found(number: int, place: int = 1) -> Found:
    return Found(stored=stored(PAPER, number), place=place, tags=TAGS, snippet=opening(PAPER))


def test_results_are_numbered_on_and_turned_in_place() -> None:
    message = results_message(
        [found(104 + n, n) for n in range(1, 6)], language="ko", query="보상", search_id=9, page=1, pages=3, total=14
    )
    assert message.summary == "“보상” 검색 결과 14편"
    assert [said(block.inlines)[:3] for block in paragraphs(message)[1::3]][:5] == ["6. ", "7. ", "8. ", "9. ", "10."]
    below = [said(block.inlines) for block in paragraphs(message) if block.role == "page"]
    assert below == ["2 / 3 · 번호: 논문 보기 · ≈: 비슷한 논문"]
    numbers, alike, turning, subscribe = message.buttons
    assert [(button.label, button.action) for button in numbers][-1] == ("10", ShowPaper(109))
    assert [(button.label, button.action) for button in alike][-1] == ("≈ 10", SimilarTo(109))
    assert [button.action for button in turning] == [ShowPage(9, 0), ShowPage(9, 2)]
    assert subscribe[0].label == "이 검색 구독하기"


def test_a_repaired_search_says_so_and_offers_what_was_typed() -> None:
    message = results_message(
        [found(1)],
        language="ko",
        query="reward model",
        instead_of="reward modle",
        search_id=9,
        page=0,
        pages=1,
        total=1,
    )
    assert "“reward modle” 대신 “reward model” 검색 결과입니다." in [said(b.inlines) for b in paragraphs(message)]
    assert message.buttons[2][0].label == "“reward modle” 그대로 찾기"


def test_a_tag_that_was_asked_for_comes_first_and_is_set_off() -> None:
    last = TAGS[-1]
    one = replace(found(1), asked=frozenset({last.slug}))
    message = results_message([one], language="en", query="x", search_id=9, page=0, pages=1, total=1)
    facts = next(block for block in paragraphs(message) if f"#{last.label}" in said(block.inlines))
    tags = [inline for inline in facts.inlines if isinstance(inline, Text) and inline.text.startswith("#")]
    assert tags[0] == Text(f"#{last.label}", Style.MARK)
    assert all(tag.style is Style.PLAIN for tag in tags[1:])


def test_what_matched_is_set_off() -> None:
    snippet = Snippet(text="…the Reward Model of\u202e all", spans=((5, 17),), field="abstract")
    assert marked(snippet) == (Text("…the "), Text("Reward Model", Style.MARK), Text(" of all"))


def test_the_newest_digest_is_a_list_under_its_day() -> None:
    message = latest_message(
        [found(1)], language="en", when=date(2024, 5, 9), search_id=3, page=0, pages=1, total=1
    )  # fmt: skip
    assert message.summary == "Digest of 9 May 2024, 1 paper"


def many_tags(count: int) -> list[Tag]:
    return [Tag(id=n, slug=f"tag-{n}", label=f"tag-{n}", count=count - n) for n in range(count)]


def test_tags_come_in_pages_with_their_counts_and_what_is_followed() -> None:
    first = tags_message(many_tags(40), language="ko", following={1})
    assert first.summary == "태그 40개"
    labels = [(button.label, button.on) for row in first.buttons for button in row]
    assert labels[:2] == [("#tag-0 · 40", False), ("#tag-1 · 39", True)]
    assert labels[-1] == ("다음 ▶", False)
    assert "구독 중: #tag-1" in everything(first)
    last = tags_message(many_tags(40), language="ko", page=99)
    assert [button.label for button in last.buttons[-1]] == ["◀ 이전"]
    assert [said(block.inlines) for block in paragraphs(last) if block.role == "page"] == ["3 / 3"]


def test_each_subscription_has_its_button() -> None:
    there = [
        Subscription(id=n, chat_id=1, text=text, canonical=canonical, created_at=NOW)
        for n, (text, canonical) in enumerate([("*", "*"), ("#moe", "#moe"), ("보상 모델", "보상 모델")])
    ]
    message = subscriptions_message(there, language="ko", shared=False)
    assert [said(b.inlines) for b in paragraphs(message)[1:4]] == ["1. 모든 논문", "2. #moe", "3. “보상 모델”"]
    assert [button.label for row in message.buttons for button in row] == ["✕ 모든 논문", "✕ #moe", "✕ “보상 모델”"]


# --- settings and greetings ----------------------------------------------------------------------------------


def view(**changes: object) -> SettingsView:
    chat = Chat(
        id=1, address=Address(lane="telegram:1", chat="1"), kind=ChatKind.PRIVATE, title="", language="ko",
        zone="Asia/Seoul", posting_time=time(9), weekdays=EVERY_DAY, next_post_at=None, planned_until=NOW, active=True,
        inactive_reason=None, paused_until=None, created_at=NOW,
    )  # fmt: skip
    whole = SettingsView(chat=chat, everything=True, subscriptions=2, next_post=None, now=NOW)
    return replace(whole, chat=replace(chat, **changes))  # type: ignore[arg-type]  # fields of Chat by name


def test_settings_say_what_holds_in_the_chats_own_time() -> None:
    lines = everything(settings_message(replace(view(), next_post=datetime(2024, 5, 11, 0, 0, tzinfo=UTC))))
    assert "받는 시간: 오전 9:00" in lines
    assert "시간대: 서울 (지금 오전 9:00)" in lines
    assert "다음 발송: 5월 11일(토) 오전 9:00" in lines


def test_on_a_day_off_the_next_day_is_told() -> None:
    resting = replace(view(posting_time=None, weekdays=frozenset({0})), next_post=datetime(2024, 5, 12, 15, tzinfo=UTC))
    assert "다음 발송: 5월 13일(월) 오전 0:00 이후" in everything(settings_message(resting))


def test_a_zone_that_is_an_offset_is_shown_as_people_write_it() -> None:
    assert "시간대: UTC+09:00 (지금 오전 9:00)" in everything(settings_message(view(zone="Etc/GMT-9")))


def test_weekday_buttons_switch_one_day_each_and_say_nothing_of_the_others() -> None:
    def actions(days: frozenset[int]) -> list[ChangeSetting]:
        message = settings_message(view(weekdays=days), page="days")
        return [b.action for row in message.buttons for b in row if isinstance(b.action, ChangeSetting)]

    assert actions(frozenset({0, 2}))[2:9] == [
        ChangeSetting("days", switch) for switch in ("-0", "+1", "-2", "+3", "+4", "+5", "+6")
    ]


@pytest.mark.parametrize("page", ["", "time", "zone", "days", "language", "everything"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_settings_button_survives_its_way_to_a_platform_and_back(page: str, language: str) -> None:
    message = settings_message(view(language=language), page=page)
    for button in chain(*message.buttons):
        assert button.action is not None
        assert decode_action(encode_action(button.action)) == button.action


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_every_command(language: str) -> None:
    lines = " ".join(everything(help_message(language=language, private=True)))
    assert all(f"/{name}" in lines for name, _ in menu(language) if name != "help")


def test_a_group_is_told_how_to_narrow_and_a_reader_gets_popular_tags() -> None:
    group = welcome_message(language="ko", shared=True, popular=(), sample=False, managers="관리자")
    assert "/unsubscribe *" in everything(group)
    reader = welcome_message(language="ko", shared=False, popular=TAGS, sample=True, managers="관리자")
    assert "#moe" in everything(reader)
