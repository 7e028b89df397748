"""Subscribing to tags, searches and everything, and ending it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from bot.adapters.base import Reply
from bot.commands.visit import (
    EVERYTHING,
    NEAREST,
    Place,
    Visit,
    follows_everything,
    named_tag,
    near_tags,
    start_payload,
    tag_query,
)
from bot.formatting import (
    end_button,
    invitation,
    notice,
    only_subscriptions_button,
    query_name,
    say,
    subscription_name,
    subscriptions_message,
    tag_rows,
)
from bot.message import Button, Message, Paragraph, RunCommand
from bot.model import Subscription, Tag
from bot.query import (
    And,
    Lexicon,
    Not,
    Or,
    Query,
    Word,
    as_of,
    canonical,
    impossible,
    parse,
    parse_noted,
    parts_of,
    same,
)
from bot.query import Tag as TagQuery
from bot.strings import counted, text

LONGEST: Final = 300
"""Letters of a query that can be subscribed to."""

MOST: Final = 50
"""Subscriptions of one chat: what one message can list, and more than anybody reads."""

_EVERYTHING_WORDS: Final = frozenset({"*", "전체", "모두", "모든 논문", "all", "everything"})


async def subscribe(visit: Visit, argument: str) -> Reply:
    """`/subscribe QUERY`."""
    if not argument:
        examples = say(visit.language, "subscribe.examples")
        popular = await visit.popular() if visit.private else []
        message = notice(visit.language, "subscribe.usage", examples, buttons=tag_rows(popular, ()))
        return Reply(messages=(message,))
    if refused := too_long(visit, argument):
        return refused
    if as_of(argument, visit.today) != argument:
        return Reply(messages=(notice(visit.language, "subscribe.time", say(visit.language, "subscribe.examples")),))
    place = await visit.place()
    if place is None:
        return await open_private_chat(visit, "s", argument)
    return await subscribe_to(visit, place, argument)


def too_long(visit: Visit, line: str) -> Reply | None:
    """The refusal of a query that is too long to be followed."""
    if len(line) <= LONGEST:
        return None
    return _said(visit, "subscribe.too_long", letters=counted(visit.language, "letters", LONGEST))


async def open_private_chat(visit: Visit, letter: str, line: str) -> Reply:
    """Take the person to their private chat with Paperboy, which goes on there: with the letter `s` it subscribes to
    what `line` means (`subscribe_to`), with `q` to the query that it is (`subscribe_to_query`)."""
    if visit.event.person is None:
        return _said(visit, "subscribe.nobody")
    tag = await _tag_meant(visit, line) if letter == "s" else None
    if tag is not None:
        payload = start_payload("t", tag.id)
    else:
        searches = visit.desk.store.searches
        kept = await searches.keep(chat_id=None, query=line, literal=True, paper_ids=(), total=0, now=visit.now)
        payload = start_payload(letter, kept.id)
    return Reply(messages=(visit.say("subscribe.start"),), start=payload)


async def subscribe_to(visit: Visit, place: Place, argument: str) -> Reply:
    """Subscribe a chat to what was typed: everything, the tag that it names, or a search."""
    lexicon = visit.desk.lexicon
    if _is_everything(argument):
        return await _to_everything(visit, place)
    query = parse(argument, lexicon)
    tags = await visit.desk.store.papers.tags()
    if tag := _named(argument, query, tags, lexicon):
        return await _to(visit, place, f"#{tag.label}", tag_query(tag.slug, lexicon))
    if isinstance(query, TagQuery) and query.slug not in lexicon.names:
        return Reply(messages=(_unknown_tag(visit, place, query.slug, tags),))
    return await subscribe_to_query(visit, place, argument)


async def subscribe_to_query(visit: Visit, place: Place, line: str) -> Reply:
    """Subscribe a chat to the very query that a line is, whatever else its words may name, and say how many papers of
    the archive it finds."""
    lexicon, language = visit.desk.lexicon, visit.language
    parsed = parse_noted(line, lexicon)
    query = parsed.query
    if code := impossible(query):
        return Reply(messages=(notice(language, f"query.{code}", say(language, "subscribe.examples")),))
    if visit.is_over(query):
        return Reply(messages=(notice(language, "subscribe.past", say(language, "subscribe.examples")),))
    canon = canonical(query)
    if canon == EVERYTHING:
        return await _to_everything(visit, place)
    total = await visit.count(query)
    if total:
        archive = say(language, "subscribe.archive", papers=counted(language, "papers", total))
    else:
        archive = say(language, "subscribe.archive_none")
    notes = visit.reading_notes(parsed)
    both = _tags_side_by_side(query)
    if both:
        notes.append(say(language, "subscribe.both_tags", query=" or ".join(f"#{slug}" for slug in both)))
    tags = await visit.desk.store.papers.tags()
    unknown = _unknown_tags(query, {tag.slug for tag in tags} | {*lexicon.names})
    if unknown:
        names = ", ".join(f"#{query_name(slug, 40)}" for slug in unknown)
        untagged = say(language, "subscribe.unknown_tags", tags=names)
        if not total and _demands_one_of(unknown, query):
            archive = untagged  # which is why
        else:
            notes.append(untagged)
        near = list(dict.fromkeys(tag for slug in unknown for tag in near_tags(slug, tags, lexicon)))[:NEAREST]
    else:
        near = [] if total or both else await visit.near_tags(line, query)
    if near:
        notes.append(say(language, "subscribe.nearest"))
    written = next((f"#{tag.label}" for tag in tags if query == TagQuery(tag.slug)), line)
    return await _to(visit, place, written, canon, archive, notes, tag_rows(near, (), shared=place.shared))


async def _to_everything(visit: Visit, place: Place) -> Reply:
    _, created = await visit.follow(place.chat, EVERYTHING, EVERYTHING)
    word = place.word
    key = f"subscribe.{word}_everything" if created else f"subscribe.{word}_already_everything"
    return Reply(messages=(notice(visit.language, key, *_redirected(visit, place)),))


async def _to(
    visit: Visit,
    place: Place,
    written: str,
    canon: str,
    archive: Paragraph | None = None,
    notes: Sequence[Paragraph] = (),
    buttons: Sequence[Sequence[Button]] = (),
) -> Reply:
    """Subscribe, and say so, with what the archive has of it; or say why nothing changed."""
    chats, language = visit.desk.store.chats, visit.language
    there = await chats.subscriptions(place.chat.id)
    known = next(iter(_the_same(visit, there, canon)), None)
    if known is None and len(there) >= MOST:
        return Reply(messages=(_too_many(visit, there),))
    if known is not None:
        key, archive, notes = f"subscribe.{place.word}_already", None, ()
    else:
        known, _ = await visit.follow(place.chat, written, canon)
        key = f"subscribe.{place.word}"
    more = [*_redirected(visit, place), *([archive] if archive else []), *notes]
    rows = [*buttons]
    # In a shared chat nobody can press a button for their private one.
    if follows_everything(there) and not place.redirected:
        key_anyway = "subscribe.chat_everything_anyway" if place.shared else "subscribe.everything_anyway"
        more.append(say(language, key_anyway))
        rows.append((only_subscriptions_button(language),))
    name = subscription_name(known, language)
    message = notice(language, key, *more, buttons=rows, name=name)
    if archive is not None:
        found = "".join(inline.text for inline in archive.inlines)
        message = replace(message, summary=f"{message.summary} {found}")
    return Reply(messages=(message,))


async def unsubscribe(visit: Visit, argument: str) -> Reply:
    """`/unsubscribe [QUERY|*]`."""
    place = await visit.place()
    if place is None and not visit.event.member:
        return Reply(messages=(visit.not_here(),))
    if place is None:
        return _said(visit, "unsubscribe.managers_only", who=visit.managers(visit.language))
    there = await visit.desk.store.chats.subscriptions(place.chat.id)
    if not argument:
        return Reply(messages=(await _list(visit, place, there),))
    if _is_everything(argument) and not follows_everything(there):
        return _said(visit, f"unsubscribe.{place.word}_not_everything")
    canons = await _canonical_forms(visit, argument)
    named = {each.id for canon in canons for each in _the_same(visit, there, canon)}
    ended = [subscription for subscription in there if subscription.id in named]
    if not ended:
        note = say(visit.language, "unsubscribe.not_followed", name=f"“{query_name(argument)}”")
        return Reply(messages=(await _list(visit, place, there, note),))
    return Reply(messages=(await end(visit, place, ended),))


def _the_same(visit: Visit, there: Sequence[Subscription], canon: str) -> list[Subscription]:
    """Those of the subscriptions that ask for what a canonical form does, those first that do so in the same words."""
    lexicon = visit.desk.lexicon
    query = parse(canon, lexicon)
    found = [each for each in there if each.canonical == canon or same(parse(each.canonical, lexicon), query, lexicon)]
    return sorted(found, key=lambda each: each.canonical != canon)


async def end(visit: Visit, place: Place, subscriptions: Sequence[Subscription]) -> Message:
    """End subscriptions of a chat and say what that leaves."""
    chats, language = visit.desk.store.chats, visit.language
    ended = await visit.unfollow(place.chat, [subscription.id for subscription in subscriptions])
    left = await chats.subscriptions(place.chat.id)
    if not ended:
        return visit.say("unsubscribe.gone")
    more = _redirected(visit, place)
    buttons: Sequence[Sequence[Button]] = ()
    if not left:
        more.append(say(language, f"unsubscribe.{place.word}_nothing_left"))
        if not place.shared:
            popular = await visit.popular()
            more.append(invitation(popular, language))
            buttons = tag_rows(popular, ())
    elif follows_everything(left):
        more.append(say(language, f"unsubscribe.{place.word}_still_everything"))
    if follows_everything(ended):
        return notice(language, f"unsubscribe.{place.word}_everything", *more, buttons=buttons)
    names = ", ".join(subscription_name(subscription, language) for subscription in ended)
    return notice(language, f"unsubscribe.{place.word}", *more, buttons=buttons, name=names)


async def subscriptions(visit: Visit) -> Reply:
    """`/subscriptions`."""
    place = await visit.place()
    if place is None and visit.chat is not None:
        there = await visit.desk.store.chats.subscriptions(visit.chat.id)
        message = subscriptions_message(there, language=visit.language, shared=True, editable=False)
        return Reply(messages=(message,))
    if place is None:
        none = subscriptions_message((), language=visit.language, shared=False, popular=await visit.popular())
        return Reply(messages=(none,))
    there = await visit.desk.store.chats.subscriptions(place.chat.id)
    return Reply(messages=(await _list(visit, place, there),))


async def press_everything(visit: Visit, *, on: bool) -> Reply:
    """The buttons that follow everything, or only what is subscribed to, for the chat in which they are."""
    if not await visit.manages():
        return Reply(toast=visit.not_yours())
    return await (subscribe if on else unsubscribe)(visit, EVERYTHING)


async def press_unsubscribe(visit: Visit, subscription_id: int) -> Reply:
    """The button that ends a subscription: of this chat for those in charge of it, or of one's own private chat."""
    chats = visit.desk.store.chats
    own = await visit.own()
    for chat in (own, visit.chat):
        if chat is None:
            continue
        there = await chats.subscriptions(chat.id)
        found = next((each for each in there if each.id == subscription_id), None)
        if found is None:
            continue
        place = Place(chat=chat)
        visit.personally = chat is own
        if chat is not own and not await visit.manages():
            return Reply(toast=visit.not_yours())
        message = await end(visit, place, [found])
        rest = await chats.subscriptions(chat.id)
        return Reply(toast=query_name(message.summary, 190), replace=await _list(visit, place, rest))
    return Reply(toast=visit.toast("unsubscribe.gone" if visit.private else "unsubscribe.gone_or_foreign"))


async def _list(visit: Visit, place: Place, there: Sequence[Subscription], *notes: Paragraph) -> Message:
    popular = await visit.popular() if not there and not place.shared else ()
    return subscriptions_message(there, language=visit.language, shared=place.shared, popular=popular, notes=notes)


async def _tag_meant(visit: Visit, argument: str) -> Tag | None:
    lexicon = visit.desk.lexicon
    query = parse(argument, lexicon)
    return _named(argument, query, await visit.desk.store.papers.tags(), lexicon)


async def _canonical_forms(visit: Visit, argument: str) -> set[str]:
    """What the words of an /unsubscribe can mean: the query as it stands, the tag that it names, everything."""
    lexicon = visit.desk.lexicon
    if _is_everything(argument):
        return {EVERYTHING}
    query = parse(argument, lexicon)
    forms = {canonical(query)} - {""}
    if isinstance(query, TagQuery | Word | And):
        tag = _named(argument, query, await visit.desk.store.papers.tags(), lexicon)
        if tag is not None:
            forms.add(tag_query(tag.slug, lexicon))
    return forms


def _named(argument: str, query: Query, tags: Sequence[Tag], lexicon: Lexicon) -> Tag | None:
    """The tag that a whole line names, `#` or not; a line with operators, quotes or several tags names none."""
    if isinstance(query, TagQuery):
        return named_tag(query.slug, tags, lexicon)
    words = parts_of(query)
    if any(not isinstance(word, Word) for word in words) or any(sign in argument for sign in '"“”()'):
        return None
    return named_tag(argument, tags, lexicon)


def _is_everything(argument: str) -> bool:
    return argument.casefold() in _EVERYTHING_WORDS


def _tags_side_by_side(query: Query) -> list[str]:
    parts = query.queries if isinstance(query, And) else ()
    slugs = [part.slug for part in parts if isinstance(part, TagQuery)]
    return slugs if len(slugs) == len(parts) else []


def _unknown_tags(query: Query, known: Collection[str]) -> list[str]:
    """The tags anywhere in a query that are not `known`, as slugs."""
    match query:
        case TagQuery(slug=slug):
            return [] if slug in known else [slug]
        case Not(query=inner):
            return _unknown_tags(inner, known)
        case And(queries=queries) | Or(queries=queries):
            return list(dict.fromkeys(slug for part in queries for slug in _unknown_tags(part, known)))
        case _:
            return []


def _demands_one_of(slugs: Collection[str], query: Query) -> bool:
    """Whether a query only finds papers that have a certain one of the tags."""
    parts = parts_of(query)
    return any(isinstance(part, TagQuery) and part.slug in slugs for part in parts)


def _unknown_tag(visit: Visit, place: Place, slug: str, tags: Sequence[Tag]) -> Message:
    language = visit.language
    near = near_tags(slug, tags, visit.desk.lexicon)
    more = [say(language, "subscribe.nearest")] if near else []
    browse = Button(text(language, "menu.tags"), RunCommand("tags"))
    rows = (*tag_rows(near, (), shared=place.shared), (browse,))
    return notice(language, "subscribe.unknown_tag", *more, buttons=rows, tag=f"#{query_name(slug, 40)}")


def _too_many(visit: Visit, there: Sequence[Subscription]) -> Message:
    language = visit.language
    most = counted(language, "subscriptions", MOST)
    buttons = [[end_button(subscription, language)] for subscription in there[:5]]
    return notice(language, "subscribe.too_many", buttons=buttons, subscriptions=most)


def _redirected(visit: Visit, place: Place) -> list[Paragraph]:
    """Why it was done for the private chat of somebody who asked in a shared one."""
    if not place.redirected:
        return []
    if not visit.event.member:
        return [say(visit.language, "subscribe.privately_absent")]
    return [say(visit.language, "subscribe.privately", who=visit.managers(visit.language))]


def _said(visit: Visit, key: str, **values: object) -> Reply:
    return Reply(messages=(visit.say(key, **values),))
