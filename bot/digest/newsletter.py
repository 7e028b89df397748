"""The newsletter form: one line after another, and only their looks say what is title, abstract or commentary.

Each line has a score for each role it may play, each pair of neighbouring roles has one too, and the best
sequence of roles for the whole file wins (Viterbi, linear in the lines). The weights are set by hand, in rough
units of natural log-odds, from what the lines of this curator's digests look like; `python -m benchmarks.parse`
measures them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, assert_never

from bot.digest.entry import Entry, add_tags
from bot.digest.text import (
    Line,
    Problem,
    TagsLine,
    bare_urls,
    date_line,
    names_score,
    tags_line,
)


class Role(IntEnum):
    """What a line is within its entry."""

    TITLE = 0
    AUTHORS = 1
    ABSTRACT = 2
    MORE = 3  # the abstract goes on
    COMMENT = 4
    TAGS = 5


# What follows what within and between entries. A pair that is absent is impossible.
_FOLLOWS: Final[dict[Role, tuple[tuple[Role, float], ...]]] = {
    Role.TITLE: (
        (Role.TAGS, 0.0),
        (Role.COMMENT, -3.0),
        (Role.ABSTRACT, -3.0),
        (Role.MORE, -3.0),
        (Role.AUTHORS, -5.0),
        (Role.TITLE, -10.0),
    ),
    Role.AUTHORS: ((Role.TITLE, 2.0),),
    Role.ABSTRACT: ((Role.AUTHORS, 0.0), (Role.TITLE, -4.0)),
    Role.MORE: ((Role.ABSTRACT, 0.0), (Role.MORE, 0.0)),
    Role.COMMENT: (
        (Role.COMMENT, 0.0),
        (Role.ABSTRACT, 0.0),
        (Role.MORE, 0.0),
        (Role.AUTHORS, -3.0),
        (Role.TITLE, -4.0),
        (Role.TAGS, -8.0),  # an afterthought
    ),
    Role.TAGS: (
        (Role.COMMENT, 0.0),
        (Role.TAGS, -1.0),
        (Role.ABSTRACT, -1.5),
        (Role.MORE, -1.5),
        (Role.AUTHORS, -3.0),
        (Role.TITLE, -6.0),
    ),
}

_HANGUL: Final = re.compile(r"[가-힣]")
_SENTENCE_END: Final = re.compile(r"(?:[.!?。…]|\.{2,})[\"'’”)\]}]*$|https?://\S+$")
_BULLET: Final = re.compile(r"[-*•·]\s|[0-9]{1,2}[.)]\s")
_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")
_INNER_SENTENCE: Final = re.compile(r"[a-z)\]][.;] [A-Z(]")
_LITTLE_WORDS: Final = re.compile(
    r"(?:a|an|and|as|at|but|by|can|do|does|for|from|how|if|in|into|is|it|its|not|of|on|or|over|"
    r"than|that|the|their|they|to|up|via|vs|we|what|when|where|which|with|without)"
)
_OF_AN_ABSTRACT: Final = re.compile(
    r"\b(?:we|our)\s+(?:\w+ly\s+)?(?:also\s+)?(?:propose|present|introduce|show|demonstrate|find|observe|develop|"
    r"evaluate|study|investigate|address|conduct|analy[sz]e|release|explore|provide|design|validate|apply|further|"
    r"method|approach|model|results|experiments|work|code|findings|analysis|framework)|"
    r"\bin this (?:paper|work),? (?:we|a)\b|\bto (?:address|tackle|overcome|bridge|mitigate) th|"
    r"\bextensive (?:experiments|evaluation)|\bstate-of-the-art\b|\boutperform|\be\.g\.|\bi\.e\.|\bnovel\b|"
    r"\bhowever,|\bspecifically,|\bmoreover,|\bfurthermore,|\badditionally,",
    re.IGNORECASE,
)
_OF_A_COMMENT: Final = re.compile(
    r"\bI\b|\bI'm\b|\bmaybe\b|\bseems?\b|\binteresting|\breminds?\b|\bthe(?:y| authors?)\b|\bauthors\b|"
    r"\b(?:this|the) (?:paper|study|work|method) (?:\w+ed|says|suggests|tries|shows)\b|\(https?://|"
    r"\b(?:idea|method|analysis|study|result|experiments?|problem)s? (?:that|of|on|is)\b|\bquite\b|\bwonder\b|"
    r"\bdon't|\bdidn't|\bit's\b|\brecently\b",
    re.IGNORECASE,
)
_WHERE_THE_CODE_IS: Final = re.compile(
    r"(?:available|released?|found|page|website|code|demo|see|visit)\b[^.]{0,60}https?://", re.IGNORECASE
)
_NO_TITLE: Final = -30.0
_LOOK_AT: Final = 800  # letters of a line that are enough to judge its voice


@dataclass(slots=True)
class Item:
    """A line whose role is sought, with the looks that the scores need; `urls` stand alone below it."""

    line: Line
    tags: TagsLine | None
    korean: bool = False
    listed: bool = False
    finished: bool = True
    goes_on: bool = False
    voice: float = 0.0
    urls: list[str] = field(default_factory=list)


def _is_wordless(text: str) -> bool:
    """Whether a line is a rule, a mark or a face: nothing by which a paper could be called."""
    return not any(map(str.isalnum, text))


def item_of(line: Line) -> Item:
    tags = tags_line(line.text)
    if tags:
        return Item(line, tags)
    text = line.text
    hangul = 0 if text.isascii() else len(_HANGUL.findall(text))
    item = Item(line, None, korean=hangul > 0 and hangul * 20 >= len(text))
    item.listed = _BULLET.match(text) is not None
    item.finished = _SENTENCE_END.search(text[-300:]) is not None or _is_wordless(text)
    if not item.korean:
        start = text[:_LOOK_AT]
        item.voice = float(len(_OF_AN_ABSTRACT.findall(start)) - len(_OF_A_COMMENT.findall(start)))
        item.voice = max(-4.0, min(4.0, item.voice))
    return item


def title_score(item: Item, korean_digest: bool) -> float:
    text = item.line.text
    if _is_wordless(text):
        return _NO_TITLE
    score = 2.0 if not text.endswith((".", ",", ";", ":", "。", "…")) else -4.0
    if item.korean:
        score -= 3.0
    elif korean_digest:
        score += 2.0
    score -= max(0, len(text) - 130) / 20
    if len(text) > 400:
        return score  # no title, whatever its words
    if len(text) < 3:
        score -= 2.0
    if "://" in text:
        score -= 4.0
    if item.listed:
        score -= 5.0
    if _INNER_SENTENCE.search(text):
        score -= 2.0
    if text.startswith("(") and text.endswith(")"):
        score -= 4.0
    words = [word for word in _WORD.findall(text) if not _LITTLE_WORDS.fullmatch(word)]
    if words and not item.korean:
        capitals = sum(not word[0].islower() for word in words)
        score += 6.0 * (capitals / len(words) - 0.6)
    if item.urls:
        score += 1.0
    return score


def _length_score(length: int, typical: float, spread: float) -> float:
    """The log-density of a log-normal length, with a floor: odd lengths are unlikely, never impossible."""
    return max(-5.0, -(((math.log(length) - typical) / spread) ** 2) / 2 - math.log(spread))


def _goes_on(previous: Item, item: Item) -> bool:
    """Whether `item` looks like the rest of a sentence that the line before left open (at a quote mark, say)."""
    text = item.line.text
    if previous.korean or item.korean or previous.urls:
        return False
    return not previous.finished or text.count("''") > text.count("``") or (text[0].islower() and len(text) > 200)


def abstract_or_comment(item: Item) -> tuple[float, float]:
    """The scores of a line that is not Korean as an abstract's first line and as commentary."""
    length = len(item.line.text)
    # Typical lengths: abstracts around 1,300 letters, paragraphs of commentary around 220.
    return _length_score(length, 7.15, 0.45) + item.voice * 0.6, _length_score(length, 5.4, 0.75) - item.voice * 0.6


def _scores(item: Item, previous: Item | None, korean_digest: bool) -> dict[Role, float]:
    if item.tags:
        return {Role.TAGS: 0.0}
    title = title_score(item, korean_digest)
    scores = {Role.TITLE: title}
    text = item.line.text
    if text.startswith("(") and text.endswith(")"):
        scores[Role.AUTHORS] = 3.0 * names_score(text[1:-1])
    if item.korean:
        scores[Role.COMMENT] = 0.0
        return scores
    abstract, comment = abstract_or_comment(item)
    if not item.finished:
        comment -= 1.0
    if item.listed:
        abstract, comment = abstract - 4.0, 0.0  # a list is commentary, however short and foreign its items
    elif korean_digest:
        # The curator writes a day in one language: the first English line under a head is the abstract.
        comment -= 4.0 if previous and previous.korean else 2.0
        abstract += 3.0
    scores[Role.ABSTRACT] = abstract
    scores[Role.MORE] = 1.0 if item.goes_on else -4.0 + item.voice * 0.6
    if len(text) < 300 and "://" in text and _WHERE_THE_CODE_IS.search(text):
        scores[Role.MORE] += 4.0
    scores[Role.COMMENT] = comment
    return scores


_NEVER: Final = -math.inf
_CHANGE_OF_LANGUAGE: Final = -2.0
_HALF_A_SENTENCE: Final = -4.0


def roles_of(items: Sequence[Item]) -> list[Role]:
    """The best sequence of roles for the lines of a digest (Viterbi)."""
    korean_digest = any(item.korean for item in items)
    best: dict[Role, float] = {}
    came_from: list[dict[Role, Role]] = []
    previous: Item | None = None
    for item in items:
        item.goes_on = previous is not None and _goes_on(previous, item)
        scores = _scores(item, previous, korean_digest)
        if previous is None:
            best = {role: score for role, score in scores.items() if role in (Role.TITLE, Role.TAGS)}
            came_from.append({})
        else:
            turned = item.korean and not previous.korean and not previous.listed
            now: dict[Role, float] = {}
            origins: dict[Role, Role] = {}
            for role, score in scores.items():
                top = _NEVER
                for before, weight in _FOLLOWS[role]:
                    if before in best:
                        total = best[before] + weight
                        if role is Role.COMMENT:
                            if turned and before is Role.COMMENT:
                                total += _CHANGE_OF_LANGUAGE
                            elif item.goes_on and before in (Role.ABSTRACT, Role.MORE):
                                total += _HALF_A_SENTENCE
                        if total > top:
                            top, origins[role] = total, before
                if top > _NEVER:
                    now[role] = top + score
            best = now
            came_from.append(origins)
        previous = item
    if not items:
        return []
    role = max(best, key=lambda key: best[key])
    roles = [role]
    for origins in reversed(came_from[1:]):
        role = origins[role]
        roles.append(role)
    return roles[::-1]


def entries_of(lines: Sequence[Line], problems: list[Problem]) -> list[Entry]:
    """Cut a digest in the newsletter form into its entries; dates are skipped."""
    items: list[Item] = []
    for line in lines:
        if date_line(line.text) or (not items and _is_wordless(line.text)):
            continue
        if urls := bare_urls(line.text):
            if items:
                items[-1].urls += urls
            else:
                message = "An address before the first title."
                problems.append(Problem(line=line.number, code="link-without-paper", message=message))
        else:
            items.append(item_of(line))
    return _entries(items, roles_of(items), problems)


def _entries(items: Sequence[Item], roles: Sequence[Role], problems: list[Problem]) -> list[Entry]:
    entries: list[Entry] = []
    entry: Entry | None = None
    for item, role in zip(items, roles, strict=True):
        number, text = item.line.number, item.line.text
        if role is Role.TITLE:
            entry = Entry(number, text)
            if text.startswith("(") and text.endswith(")") and names_score(text[1:-1]) > 0:
                message = "Authors without a title above them; this entry was left out."
                problems.append(Problem(line=number, code="no-title", message=message))
            else:
                entries.append(entry)
        elif entry is None:
            message = "Tags, and whatever follows them, before the first title."
            problems.append(Problem(line=number, code="text-without-paper", message=message))
            entry = Entry(number)  # takes what belongs to no paper
        match role:
            case Role.TITLE:
                pass
            case Role.AUTHORS:
                entry.authors = text[1:-1]
            case Role.ABSTRACT | Role.MORE:
                entry.abstract.append(text)
                entry.reading.append(text)
            case Role.COMMENT:
                entry.commentary.append(text)
                entry.reading.append(text)
            case Role.TAGS:
                add_tags(entry, item.tags, number, problems)
            case _:
                assert_never(role)
        for url in item.urls:
            # `Project website:` leaves its sentence to the address on the next line.
            if role in (Role.ABSTRACT, Role.MORE) and not item.finished:
                entry.abstract.append(url)
            entry.reading.append(url)
    return entries
