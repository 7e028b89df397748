"""One paper as one message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from bot.digest.text import links_in
from bot.formatting.words import clean, cut, first_sentence, heading, linked, say, shown
from bot.message import Block, Button, ChatFollowTag, Fold, FollowTag, Inline, Link, Message, Paragraph, Style, Text
from bot.model import Paper, StoredPaper, Tag
from bot.strings import counted, text, width
from bot.strings import day as written

AUTHORS: Final = 5
"""How many authors are named before the others are counted."""

SUMMARY: Final = 200
_AUTHOR: Final = 60
_TITLE: Final = 300
_SEARCHED_TITLE: Final = 250
_ROW_LETTERS: Final = 34
_ROW_BUTTONS: Final = 3
_TAG_LABEL: Final = 40


def paper_message(
    stored: StoredPaper, tags: Sequence[Tag], *, language: str, following: Collection[int] = frozenset()
) -> Message:
    """A paper whole: title, authors, commentary, folded abstract, `tags` as buttons, those in `following` on."""
    paper = stored.paper
    blocks: list[Block] = [Paragraph((title_link(paper),), "title")]
    if paper.authors:
        blocks.append(Paragraph((Text(authors(paper.authors, language)),), "authors"))
    blocks.extend(Paragraph(linked(line)) for line in map(shown, paper.commentary) if line)
    if more := _links_not_in_the_text(paper):
        blocks.append(Paragraph(_spaced(more)))
    if paper.abstract and (abstract := shown(paper.abstract)):
        blocks.append(Fold(text(language, "paper.abstract"), (Paragraph(linked(abstract)),)))
    return Message(summary=summary(paper), blocks=tuple(blocks), buttons=tag_rows(tags, following))


def withdrawn_message(stored: StoredPaper, language: str) -> Message:
    """What a posted copy reads, where it cannot be deleted, after the curator took its paper back."""
    note = say(language, "paper.withdrawn")
    title = plain_title(stored.paper)
    return Message(
        summary=f"{title} — {text(language, 'paper.withdrawn')}", blocks=(Paragraph((Text(title),), "title"), note)
    )


def head_message(day: date, papers: int, language: str) -> Message:
    """What stands in a threaded chat over the papers of a digest."""
    title = text(language, "paper.head", day=written(language, day), papers=counted(language, "papers", papers))
    return Message(summary=title, blocks=(heading(title), say(language, "paper.head_below")))


def summary(paper: Paper) -> str:
    """One plain line: the title and the first sentence of the commentary."""
    title = cut(plain_title(paper), SUMMARY)
    opening = next((first_sentence(line) for line in map(shown, paper.commentary) if line), "")
    return cut(f"{title} — {opening}" if opening else title, SUMMARY + 100)


def plain_title(paper: Paper) -> str:
    """The title as a reader sees it, never empty."""
    return cut(shown(paper.title), _TITLE) or "—"


def title_link(paper: Paper, *, limit: int = _TITLE) -> Link:
    """The title in bold, leading to the paper's own page, or to a search for it on arXiv."""
    return Link(cut(plain_title(paper), limit), paper_url(paper), Style.BOLD)


def paper_url(paper: Paper) -> str:
    """The paper's own address where the digest gives one, else a search for the exact title on arXiv."""
    own = (paper.source_url or "").strip()
    if own and links_in(own) == [own]:
        return own
    # arXiv keeps LaTeX in its titles: what was written finds more than what is shown.
    title = " ".join(cut(clean(paper.title), _SEARCHED_TITLE).rstrip("…").replace('"', " ").split())
    return "https://arxiv.org/search/?" + urlencode({"query": f'"{title}"', "searchtype": "title"})


def authors(names: Sequence[str], language: str) -> str:
    """The first few authors and how many more: "A, B, C, D, E 외 12명"."""
    known = [name for name in map(author, names) if name]
    listed = ", ".join(known[:AUTHORS])
    return f"{listed} {counted(language, 'others', len(known) - AUTHORS)}" if len(known) > AUTHORS else listed


def author(name: str) -> str:
    """A name as a reader sees it."""
    return cut(shown(name), _AUTHOR)


def tag_name(tag: Tag) -> str:
    """A tag as it is shown: "#long-context"."""
    return f"#{cut(clean(tag.label), _TAG_LABEL)}"


def tag_rows(
    tags: Iterable[Tag], following: Collection[int], *, shared: bool = False
) -> tuple[tuple[Button, ...], ...]:
    """Buttons that follow a tag, as many in a row as a telephone shows whole; for the `shared` chat in which they are,
    or else for whoever presses."""
    follow = ChatFollowTag if shared else FollowTag
    return rows(Button(tag_name(tag), follow(tag.id), on=tag.id in following) for tag in tags)


def rows(buttons: Iterable[Button]) -> tuple[tuple[Button, ...], ...]:
    """Buttons packed into rows by the length of their labels."""
    packed: list[list[Button]] = []
    for button in buttons:
        row = packed[-1] if packed else []
        letters = sum(width(other.label) for other in (*row, button))
        if row and len(row) < _ROW_BUTTONS and letters <= _ROW_LETTERS:
            row.append(button)
        else:
            packed.append([button])
    return tuple(map(tuple, packed))


def _links_not_in_the_text(paper: Paper) -> list[str]:
    """Addresses on lines of their own, which belong to neither the commentary nor the abstract."""
    written = {url for line in (*paper.commentary, paper.abstract or "") for url in links_in(shown(line))}
    return [url for url in paper.links if links_in(url) == [url] and url not in written]


def _spaced(urls: Iterable[str]) -> tuple[Inline, ...]:
    inlines: list[Inline] = []
    for url in urls:
        if inlines:
            inlines.append(Text(" "))
        inlines.append(Link(url, url))
    return tuple(inlines)
