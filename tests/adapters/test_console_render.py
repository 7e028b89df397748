"""How a message looks in the terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.adapters.console.drawing import Drawing, only_buttons, render, unfold
from bot.adapters.console.numbers import Numbers
from bot.adapters.console.render import lay_out, plain, preview
from bot.message import Button, Fold, FollowTag, Link, Message, Paragraph, RunCommand, Style, Text
from bot.model import Address
from tests.adapters.bench import HOSTILE, a_chat, a_paper, messages


def lines(message: Message | Drawing, *, width: int | None = None, hyperlinks: bool = False) -> list[str]:
    drawing = render(message) if isinstance(message, Message) else message
    numbers = Numbers().give(drawing)
    return plain(lay_out(drawing, numbers, language="ko", width=width, hyperlinks=hyperlinks)).split("\n")


def on_a_terminal(message: Message, *, width: int = 80, hyperlinks: bool = True) -> str:
    drawing = render(message)
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=width)
    with console.capture() as capture:
        for line in lay_out(drawing, Numbers().give(drawing), language="ko", width=width, hyperlinks=hyperlinks):
            console.print(line, soft_wrap=True, highlight=False)
    return capture.get()


def body(*inlines: Text | Link) -> Message:
    return Message(summary="", blocks=(Paragraph(inlines),))


def test_a_paper_reads_from_its_title_to_its_tags() -> None:
    assert lines(a_paper()) == [
        "  Reward Models in the Wild",
        "  Kim Minji, Ada Byron 외 3명",
        "  https://arxiv.org/abs/2405.00001",
        "",
        "  보상 모델이 사람의 취향을 얼마나 닮는가를 잰 논문입니다.",
        "",
        "  [1] ▸ 초록 (50자)",
        "  [2] #reward-model  [3] #evaluation",
    ]


def test_the_preview_is_what_a_pipe_is_given() -> None:
    request = preview(a_paper(), a_chat(Address(lane="console:local", chat="local")))
    assert request.method == "print"
    assert request.params == {"text": "\n".join(lines(a_paper()))}


def test_a_followed_tag_is_ticked() -> None:
    assert lines(a_paper(following=frozenset({2})))[-1] == "  [2] #reward-model  [3] #evaluation ✓"


def test_an_abstract_is_folded_until_its_number_is_typed() -> None:
    paper = a_paper(abstract="Deep inside.")
    assert "Deep inside." not in "\n".join(lines(paper))
    drawing = render(paper)
    [fold] = [choice for choice in drawing.choices if isinstance(choice, Fold)]
    assert lines(unfold(drawing, fold)) == ["  ▾ 초록 · Reward Models in the Wild", "  Deep inside."]


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_is_wider_than_the_terminal_in_korean_neither(width: int) -> None:
    commentary = "프리트레이닝된 모델을 작은 데이터로 튜닝하는 방법에 대한 이야기이고 Scaling Law도 언급합니다. " * 6
    paper = a_paper(commentary=commentary + "가" * 300, tags=tuple(f"#topic-{n}" for n in range(20)))
    drawn = lines(paper, width=width, hyperlinks=True)
    assert max(map(cell_len, drawn)) <= width
    assert "".join(commentary.split()) in "".join("".join(drawn).split())


def test_an_address_below_a_title_is_left_whole_for_copying() -> None:
    address = "https://arxiv.org/search/?query=" + "long+" * 40
    drawn = lines(Message(summary="", blocks=(Paragraph((Link("A Title", address),), "title"),)), width=60)
    assert drawn == ["  A Title", f"  {address}"]


def test_a_terminal_that_hides_addresses_gets_links_and_no_letters_of_them() -> None:
    drawn = on_a_terminal(a_paper())
    assert "\x1b]8;" in drawn
    assert ";https://arxiv.org/abs/2405.00001\x1b\\" in drawn
    assert "arxiv.org" not in re.sub("\x1b]8;.*?\x1b\\\\", "", drawn)


def test_an_address_is_shown_once_where_the_terminal_cannot_hide_it() -> None:
    url = "https://github.com/a/b"
    drawn = "\n".join(lines(body(Text("코드 "), Link(url, url), Text(" 와 "), Link("여기", url), Text("."))))
    assert drawn.count(url) == 1
    shown = "\n".join(lines(body(Link("블로그", url), Text("도 있습니다."))))
    assert shown == f"  블로그 ({url})도 있습니다."


def test_only_web_addresses_become_links() -> None:
    for url in ("javascript:alert(1)", "file:///etc/passwd", "https://", ""):
        assert "\x1b]8;" not in on_a_terminal(body(Link("여기", url)))


def test_an_address_cannot_end_its_own_link() -> None:
    drawn = on_a_terminal(body(Link("글", "https://a.example/\x1b\\\x1b[31m\x07 가")))
    assert drawn.count("\x1b]8;") == 2
    assert "\x1b[31m" not in drawn
    assert "\x07" not in drawn


def test_search_terms_stand_out() -> None:
    drawn = on_a_terminal(body(Text("이 "), Text("보상 모델", Style.MARK), Text("은")))
    assert "\x1b[1;30;43m보상 모델\x1b[0m" in drawn


def test_a_result_carries_its_number_before_its_title_and_no_second_time() -> None:
    drawn = lines(messages()["a page of results"])
    assert drawn[2:10] == [
        "  [1] Paper 1",
        "      2024년 5월 9일 · #rlhf",
        "      … 보상 모델 학습에 …",
        "",
        "  [2] Paper 2",
        "      2024년 5월 9일 · #rlhf",
        "      … 보상 모델 학습에 …",
        "",
    ]
    assert drawn[10:] == ["  [3] 다음 ▶"]


def test_the_number_of_a_page_stands_apart_from_what_is_said_of_the_last_paper() -> None:
    assert lines(messages()["the number of a page"]) == [
        "  [1] Paper 1",
        "      2024년 5월 9일",
        "      짧은 한마디.",
        "",
        "  1 / 2",
        "",
        "  [2] Paper 2",
        "      2024년 5월 8일",
        "",
        "  2 / 2",
    ]


def test_narrow_rows_of_one_kind_of_button_are_joined_to_the_width() -> None:
    drawn = lines(messages()["many buttons"], width=80)
    assert len(drawn) < 20
    assert all(cell_len(line) <= 80 for line in drawn)
    assert re.findall(r"\[(\d+)\] #tag-", "\n".join(drawn)) == [str(n) for n in range(1, 61)]


def test_a_button_that_only_leads_somewhere_or_nowhere_has_no_number() -> None:
    drawn = "\n".join(lines(messages()["every kind of button"]))
    assert "page (https://a.example/page)" in drawn
    assert "] page" not in drawn
    assert "] 2 / 5" not in drawn


def test_the_buttons_can_be_drawn_alone() -> None:
    assert lines(only_buttons(render(a_paper()))) == ["  [1] #reward-model  [2] #evaluation"]


def test_a_list_of_short_lines_has_no_air_in_it_and_paragraphs_have() -> None:
    long = "긴 문단입니다. " * 10
    message = Message(
        summary="",
        blocks=tuple(Paragraph((Text(text),)) for text in ("/tags  태그", "/help  도움말", long, long)),
    )
    assert [line != "" for line in lines(message)] == [True, True, False, True, False, True]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_reaches_the_terminal(text: str) -> None:
    drawn = on_a_terminal(a_paper(text, commentary=text, tags=(text,)), hyperlinks=False)
    nothing_to_obey(drawn)


@given(st.text())
def test_no_text_whatever_reaches_the_terminal_as_a_command(text: str) -> None:
    nothing_to_obey(on_a_terminal(a_paper(text, commentary=text, abstract=text, tags=(text,)), hyperlinks=False))


def nothing_to_obey(drawn: str) -> None:
    bare = re.sub("\x1b\\[[0-9;]*m", "", drawn)  # what rich itself writes for bold, dim and colours
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", bare)
    bare.encode()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), max_size=200))
def test_letters_are_never_lost_or_read_as_markup(text: str) -> None:
    drawn = "".join("".join(lines(body(Text(text)), width=40)).split())
    assert drawn == "".join(text.split())


# --- numbers ------------------------------------------------------------------------------------------------


def numbered(numbers: Numbers, *labels: str) -> Sequence[int]:
    row = tuple(Button(label, FollowTag(place)) for place, label in enumerate(labels))
    return numbers.give(render(Message(summary="", blocks=(), buttons=(row,))))


def test_numbers_run_on_from_message_to_message() -> None:
    numbers = Numbers()
    assert numbered(numbers, "#a", "#b") == [1, 2]
    assert numbered(numbers, "#c") == [3]
    drawing, choice = numbers.get(2) or pytest.fail("2 is on the screen")
    assert isinstance(choice, Button)
    assert choice.label == "#b"
    assert choice in drawing.choices
    assert numbers.get(4) is None


def test_numbers_begin_anew_after_99_and_mean_the_latest_message_then() -> None:
    numbers = Numbers()
    for n in range(33):
        assert numbered(numbers, f"#a{n}", "#b", "#c")[0] == 1 + 3 * n
    assert numbered(numbers, "#new") == [1]
    found = numbers.get(1)
    assert found is not None
    assert isinstance(found[1], Button)
    assert found[1].label == "#new"


def test_a_message_is_not_torn_over_the_end_of_the_numbers() -> None:
    numbers = Numbers()
    numbered(numbers, *(f"#{n}x" for n in range(97)))
    assert numbered(numbers, "#a", "#b", "#c") == [1, 2, 3]


def test_a_button_labelled_with_a_number_is_pressed_by_it_and_the_others_go_round_it() -> None:
    numbers = Numbers()
    numbered(numbers, "#a", "#b", "#c", "#d")
    assert numbered(numbers, "6", "7", "다음") == [6, 7, 5]
    assert numbered(numbers, "#e", "8", "#f") == [6, 8, 7]


def test_nothing_is_numbered_that_cannot_be_chosen() -> None:
    row = (Button("a", url="https://a.example/"), Button("b"), Button("c", RunCommand("help")))
    message = Message(summary="", blocks=(), buttons=(row,))
    assert [getattr(choice, "label", None) for choice in render(message).choices] == ["c"]
