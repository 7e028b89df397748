"""Lists: search results, the newest digest, tags, subscriptions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Final

from bot.formatting.paper import AUTHORS, author, plain_title, rows, tag_name, tag_rows, title_link
from bot.formatting.words import clean, cut, first_sentence, fitted, heading, say, shown
from bot.message import (
    Block,
    Button,
    FollowTag,
    Inline,
    Message,
    Paragraph,
    RunCommand,
    SearchLiterally,
    ShowPage,
    ShowPaper,
    ShowTags,
    SimilarTo,
    Style,
    SubscribeSearch,
    Text,
    Unsubscribe,
)
from bot.model import Paper, StoredPaper, Subscription, Tag
from bot.query import Snippet
from bot.strings import counted, day, text

PAGE: Final = 5
"""Results on a page."""

TAGS_PAGE: Final = 18
SUBSCRIPTIONS_SHOWN: Final = 50
SNIPPET: Final = 160
"""About how many letters of a paper stand under its title in a list."""

_MOST_TAGS: Final = 6
_TITLE: Final = 120
_QUERY: Final = 80
_NAME: Final = 40
_NAMED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One result: the paper, its place (from 1) on the page, its tags, the words of it, the authors and the slugs of
    tags (`asked`) that show why it was found, and a few words about that."""

    stored: StoredPaper
    place: int
    tags: Sequence[Tag] = ()
    snippet: Sequence[Inline] = ()
    authors: Sequence[Inline] = ()
    asked: Collection[str] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """A search that finds so many `papers` where the one that was typed finds none, kept under `search_id`."""

    query: str
    papers: int
    search_id: int


def query_name(query: str, limit: int = _QUERY) -> str:
    """What a person typed, fit to be repeated inside a sentence."""
    return cut(clean(query), limit)


def marked(snippet: Snippet) -> tuple[Inline, ...]:
    """A snippet with what matched set off."""
    pieces: list[Inline] = []
    edges = [0, *(edge for span in snippet.spans for edge in span), len(snippet.text)]
    for number, (start, end) in enumerate(pairwise(edges)):
        words = clean(f"|{snippet.text[start:end]}|")[1:-1]  # the spaces around what matched are kept
        if words:
            pieces.append(Text(words, Style.MARK if number % 2 else Style.PLAIN))
    return tuple(pieces)


def opening(paper: Paper, limit: int = SNIPPET) -> tuple[Inline, ...]:
    """How the curator's commentary begins, for where nothing in particular matched."""
    line = next(filter(None, map(shown, paper.commentary)), "")
    return (Text(cut(first_sentence(line), limit)),) if line else ()


def marked_authors(names: Sequence[str], wanted: Collection[str], language: str) -> tuple[Inline, ...]:
    """The first of a paper's authors who are `wanted`, set off, and how many others there are."""
    shown_names = [name for name in names if name in wanted][:AUTHORS]
    inlines: list[Inline] = []
    for name in shown_names:
        inlines += [Text(", ")] if inlines else []
        inlines.append(Text(author(name), Style.MARK))
    if rest := len(names) - len(shown_names):
        inlines.append(Text(f" {counted(language, 'others', rest)}"))
    return tuple(inlines) if shown_names else ()


def results_message(
    found: Sequence[Found],
    *,
    language: str,
    query: str,
    search_id: int,
    page: int,
    pages: int,
    total: int,
    instead_of: str | None = None,
    notes: Sequence[Paragraph] = (),
    followable: bool = True,
) -> Message:
    """A page (from 0) of search results. `instead_of` is what was typed where `query` is its repaired spelling;
    `notes` tell how the results came about; only a `followable` search is offered to be followed."""
    title = text(language, "search.title", query=query_name(query), papers=counted(language, "papers", total))
    above: list[Paragraph] = []
    buttons: list[tuple[Button, ...]] = []
    if instead_of is not None:
        above.append(corrected(instead_of, query, language))
        buttons.append((literally_button(instead_of, search_id, language),))
    buttons += _follow_buttons(search_id, language, followable=followable)
    return _page(
        found, title, (*above, *notes), buttons, language=language, search_id=search_id, page=page, pages=pages
    )


def corrected(typed: str, used: str, language: str) -> Paragraph:
    """That another spelling was searched than the one that was typed."""
    return say(language, "search.corrected", typed=query_name(typed), used=query_name(used))


def literally_button(typed: str, search_id: int, language: str) -> Button:
    """The button that searches for exactly what was typed."""
    label = fitted(lambda words: text(language, "button.literally", query=words), query_name(typed))
    return Button(label, SearchLiterally(search_id))


def latest_message(
    found: Sequence[Found], *, language: str, when: date, search_id: int, page: int, pages: int, total: int
) -> Message:
    """A page (from 0) of the newest digest, drawn like search results."""
    title = text(language, "search.latest", day=day(language, when), papers=counted(language, "papers", total))
    return _page(found, title, (), (), language=language, search_id=search_id, page=page, pages=pages)


def tag_papers_message(found: Sequence[Found], tag: Tag, *, language: str) -> Message:
    """The newest papers of a tag."""
    title = text(language, "tags.newest", tag=tag_name(tag))
    return _page(found, title, (), (), language=language, search_id=0, page=0, pages=1)


def similar_message(
    found: Sequence[Found],
    stored: StoredPaper,
    *,
    language: str,
    notes: Sequence[Paragraph] = (),
    buttons: Sequence[Button] = (),
) -> Message:
    """The papers most like one, drawn like search results. `notes` and `buttons` tell how that one was found."""
    name = cut(plain_title(stored.paper), _QUERY)
    title = text(language, "similar.title" if found else "similar.none", title=name)
    back = (Button(cut(plain_title(stored.paper), _NAME), ShowPaper(stored.id)),)
    more = (*((button,) for button in buttons), back)
    return _page(found, title, notes, more, language=language, search_id=0, page=0, pages=1)


def with_related(
    message: Message, stored: StoredPaper, mentioned: Sequence[StoredPaper], *, language: str, post: str | None = None
) -> Message:
    """A paper's message with buttons for the papers of the archive that it mentions, for those like it, and for its
    post at the address `post`."""
    buttons = [
        (Button(text(language, "button.mentioned", title=cut(plain_title(other.paper), _NAME)), ShowPaper(other.id)),)
        for other in mentioned
    ]
    last = [Button(text(language, "button.similar"), SimilarTo(stored.id))]
    if post is not None:
        last.append(Button(text(language, "button.post"), url=post))
    return replace(message, buttons=(*message.buttons, *buttons, tuple(last)))


def _page(
    found: Sequence[Found],
    title: str,
    notes: Iterable[Paragraph],
    more: Iterable[tuple[Button, ...]],
    *,
    language: str,
    search_id: int,
    page: int,
    pages: int,
) -> Message:
    blocks: list[Block] = [heading(title), *notes]
    numbers, alike = [], []
    for result in found:
        number = page * PAGE + result.place
        blocks.append(Paragraph((Text(f"{number}. "), title_link(result.stored.paper, limit=_TITLE))))
        if result.authors:
            blocks.append(Paragraph(tuple(result.authors), "note"))
        facts = filter(None, (result.remark, day(language, result.stored.paper.date)))
        blocks.append(Paragraph((Text(" · ".join(facts)), *_tags_of(result)), "note"))
        if result.snippet:
            blocks.append(Paragraph(tuple(result.snippet)))
        numbers.append(Button(str(number), ShowPaper(result.stored.id)))
        alike.append(Button(f"≈ {number}", SimilarTo(result.stored.id)))
    if not found and search_id:
        blocks.append(say(language, "search.withdrawn", role="body"))
    turning = []
    if page > 0:
        turning.append(Button(text(language, "button.previous"), ShowPage(search_id, page - 1)))
    if page + 1 < pages:
        turning.append(Button(text(language, "button.next"), ShowPage(search_id, page + 1)))
    below = [text(language, "search.page", page=page + 1, pages=pages)] if pages > 1 else []
    below += [text(language, "search.numbers")] if found else []
    if below:
        blocks.append(Paragraph((Text(" · ".join(below)),), "page"))
    buttons = [row for row in (tuple(numbers), tuple(alike), tuple(turning), *more) if row]
    return Message(summary=title, blocks=tuple(blocks), buttons=tuple(buttons))


def _tags_of(result: Found) -> Iterator[Inline]:
    """The tags of a result behind the other facts, those that were asked for first and set off."""
    tags = sorted(result.tags, key=lambda tag: tag.slug not in result.asked)[:_MOST_TAGS]
    for number, tag in enumerate(tags):
        yield Text(" " if number else " · ")
        yield Text(tag_name(tag), Style.MARK if tag.slug in result.asked else Style.PLAIN)


def nothing_found_message(
    query: str,
    *,
    language: str,
    search_id: int,
    instead: Sequence[Nearby] = (),
    notes: Sequence[Paragraph] = (),
    followable: bool = True,
    past: bool = False,
) -> Message:
    """No paper matches: how the query was read, searches that find something, and, where it is `followable`, the offer
    to wait for such papers; one of the `past` may find something at another time."""
    sentence = text(language, "search.none", query=query_name(query))
    offered = "search.none_hint" if followable else "search.none_hint_long"
    hint = say(language, "search.none_hint_past" if past else offered)
    blocks: list[Block] = [heading(sentence), *notes, hint]
    if instead:
        blocks.append(say(language, "search.instead"))
    others = rows(_nearby_button(other, language) for other in instead)
    buttons = (*others, *_follow_buttons(search_id, language, followable=followable))
    return Message(summary=sentence, blocks=tuple(blocks), buttons=buttons)


def _follow_buttons(search_id: int, language: str, *, followable: bool) -> list[tuple[Button, ...]]:
    return [] if not followable else [(Button(text(language, "button.subscribe_search"), SubscribeSearch(search_id)),)]


def _nearby_button(other: Nearby, language: str) -> Button:
    count = f"{other.papers:,}"
    label = fitted(lambda words: text(language, "tags.button", tag=words, n=count), query_name(other.query))
    return Button(label, ShowPage(other.search_id, 0))


def tags_message(
    tags: Sequence[Tag], *, language: str, page: int = 0, following: Collection[int] = (), wanted: str | None = None
) -> Message:
    """A page (from 0) of all tags; with `wanted`, of those found for what was typed after `/tags`."""
    if not tags and wanted is None:
        return Message(summary=text(language, "tags.none"), blocks=(heading(text(language, "tags.none")),))
    if not tags:
        words = text(language, "tags.nothing", filter=query_name(wanted or "", _NAME))
        all_tags = Button(text(language, "menu.tags"), RunCommand("tags"))
        return Message(summary=words, blocks=(heading(words),), buttons=((all_tags,),))
    pages = -(-len(tags) // TAGS_PAGE)
    page = min(page, pages - 1)
    shown_tags = tags[page * TAGS_PAGE : (page + 1) * TAGS_PAGE]
    title = (
        text(language, "tags.title", tags=counted(language, "tags", len(tags)))
        if wanted is None
        else text(language, "tags.filtered", filter=query_name(wanted, _NAME))
    )
    blocks: list[Block] = [heading(title), say(language, "tags.hint")]
    if followed := [tag_name(tag) for tag in tags if tag.id in following]:
        blocks.append(say(language, "tags.following", list=listed(followed, language)))
    buttons = list(
        rows(
            Button(
                text(language, "tags.button", tag=tag_name(tag), n=f"{tag.count:,}"),
                FollowTag(tag.id),
                on=tag.id in following,
            )
            for tag in shown_tags
        )
    )
    if wanted is None and pages > 1:
        blocks.append(say(language, "search.page", role="page", page=page + 1, pages=pages))
        turning = []
        if page > 0:
            turning.append(Button(text(language, "button.previous"), ShowTags(page - 1)))
        if page + 1 < pages:
            turning.append(Button(text(language, "button.next"), ShowTags(page + 1)))
        buttons.append(tuple(turning))
    return Message(summary=title, blocks=tuple(blocks), buttons=tuple(buttons))


def subscription_name(subscription: Subscription, language: str, limit: int = _QUERY) -> str:
    """A subscription as a person would call it: `#rlhf`, `every paper`, or the query between quotes."""
    if subscription.canonical == "*":
        return text(language, "subscriptions.everything")
    name = query_name(subscription.text, limit)
    is_tag = name.startswith("#") and " " not in (name + subscription.canonical)
    return name if is_tag else f"“{name}”"


def subscriptions_message(
    subscriptions: Sequence[Subscription],
    *,
    language: str,
    shared: bool,
    editable: bool = True,
    popular: Sequence[Tag] = (),
    notes: Sequence[Paragraph] = (),
    tags_below: bool = False,
) -> Message:
    """What is followed, each with a button that ends it; where nothing is, `popular` tags to begin with, unless there
    are some on the page below."""
    place = "chat" if shared else "mine"
    title = text(language, f"subscriptions.title_{place}")
    if not subscriptions:
        blocks = (*notes, heading(title), say(language, f"subscriptions.none_{place}"))
        if not shared:
            blocks += (invitation(popular or tags_below, language),)
        return Message(summary=title, blocks=blocks, buttons=tag_rows(popular, ()))
    names = [subscription_name(subscription, language) for subscription in subscriptions[:SUBSCRIPTIONS_SHOWN]]
    lines: list[Block] = [Paragraph((Text(f"{number}. {name}"),)) for number, name in enumerate(names, 1)]
    if rest := len(subscriptions) - len(names):
        lines.append(say(language, "subscriptions.more", subscriptions=counted(language, "subscriptions", rest)))
    buttons: tuple[tuple[Button, ...], ...] = ()
    if editable:
        lines.append(say(language, "subscriptions.hint"))
        buttons = rows(end_button(subscription, language) for subscription in subscriptions[:SUBSCRIPTIONS_SHOWN])
    return Message(summary=title, blocks=(*notes, heading(title), *lines), buttons=buttons)


def invitation(tags: Sequence[Tag] | bool, language: str) -> Paragraph:
    """How somebody begins to follow something: with a tap where there are tags to tap."""
    return say(language, "welcome.tap" if tags else "welcome.ask")


def end_button(subscription: Subscription, language: str) -> Button:
    """The button that ends a subscription."""
    name = subscription_name(subscription, language, _NAME)
    return Button(text(language, "subscriptions.end", name=name), Unsubscribe(subscription.id))


def listed(names: Sequence[str], language: str) -> str:
    """A few names in a row, and how many more there are."""
    words = ", ".join(names[:_NAMED])
    if len(names) <= _NAMED:
        return words
    rest = counted(language, "subscriptions", len(names) - _NAMED)
    return f"{words} {text(language, 'subscriptions.more', subscriptions=rest)}"


def only_subscriptions_button(language: str) -> Button:
    """The button that ends following everything."""
    return Button(text(language, "button.only_subscriptions"), RunCommand("only"))
