"""Times as people speak of them (`지난주`, `작년 3월`, `last month`, `3월 5일`), as the days that they are."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from bot.query.spans import AMOUNT, BACK, UNITS, WEEK, Unit, ago, days_since, how_many, whole
from bot.query.syntax import FIRST_YEAR, KEY, LAST_YEAR, QUOTES
from bot.query.terms import normal
from bot.query.time_words import CAME, DAY, FULL, LOOSELY, MONTH, NAMES, ONE_DAY, SHORT, says_a_year, tells_a_year

_SPOKEN: Final = 40
"""Words of a line up to which somebody asks; an abstract that says `last year` is longer."""

_WORDS: Final[dict[str, tuple[Unit, int]]] = {
    "오늘": ("day", 0), "어제": ("day", 1), "어저께": ("day", 1), "그제": ("day", 2), "그저께": ("day", 2),
    "금주": ("week", 0), "이달": ("month", 0),
    "올해": ("year", 0), "금년": ("year", 0), "작년": ("year", 1), "재작년": ("year", 2),
    "today": ("day", 0), "yesterday": ("day", 1), "day before yesterday": ("day", 2),
}  # fmt: skip
"""What a word says by itself, and how many of its units ago that is."""
_SIGNS: Final = "~〜∼"
_MONTHS: Final = {name[:3]: number for number, name in enumerate(NAMES, 1)}
_NAME: Final = rf"(?:{FULL}|(?:{SHORT})\.?)"
_MONTH: Final = f"(?:{MONTH})월"
_DAY: Final = f"(?:{DAY})"
_NTH: Final = rf"{_DAY}(?:st|nd|rd|th)?"
_WEEKDAY: Final = f"[{WEEK}]요일|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DATED: Final = rf"""
    {_MONTH}\s*+{_DAY}(?:일?\s*+[-–{_SIGNS}]\s*+{_DAY}|일(?:부터|에서)\s*+{_DAY}(?=일까지))?일(?!\s*+전(?!에))(?:\s?\([{WEEK}]\)|\s?[{WEEK}]요일)?+
    | {_NAME}\s++{_NTH}(?:(?:\s*+[-–{_SIGNS}]\s*+|\s++to\s++){_NTH})? | {_NTH}\s++(?:of\s++)?{_NAME}
"""
"""A day of a month whose year is not said, or several in a row."""
_SURE: Final = re.compile(rf"\d+월|(?:\d+[a-z]+\s++(?:of\s++)?)?+(?!may)(?:{FULL})", re.IGNORECASE)
"""How one begins that is one wherever it stands: `5 March`, `Dec 5` and `may 5` may be said of other things."""
_NUMBER_FIRST: Final = re.compile(r"\d+\s++(?:of\s)?+\s*+[a-z]", re.IGNORECASE)
_NAMED: Final = re.compile("|".join(_MONTHS))
_DIGITS: Final = re.compile("[0-9]+")
_END: Final = rf"""[.,;:!?…]*(?:[\s()"|`{_SIGNS}]|$)"""
_TIME: Final = rf"""
    (?:(?P<ahead>since|after|before|prior\s++to|until|till|through|up\s++to|to|from|of|in|on|during|over|within|for)\s++)?
    (?P<the>the\s++)?
    (?P<core>
        (?P<word>{"|".join(_WORDS).replace(" ", "[ ]")})
        | (?:(?P<week>지난|저번|이번|지지난|저저번)\s?주\s? | (?P<that>last|this)\s | (?<![0-9일]\s)(?<![0-9일(]))
          (?P<weekday>{_WEEKDAY})
        | (?P<which>{"|".join(BACK)})\s*+(?P<one>주|달|해|week|month|year)
        | (?:최근|지난|past|last|recent)\s*+(?P<span>{AMOUNT})(?:\s*+(?:간|동안|사이|이내|내|안)(?:에는?|의)?)?
        | (?<![년월달]\s)(?P<ago>{AMOUNT})\s*+(?:전|ago)
        | (?=[0-9]|{"|".join(_MONTHS)})(?:(?P<dated>{_DATED}) | (?P<month>{_MONTH}달?|{FULL}))
    )
    (?:
        \s*+(?P<behind>부터의?|이후(?:에|의|로|부터)?|이래|onwards?|이전(?:에|의)?|전에|까지의?)
        | 에는|에|의|엔|은|는|도|(?P<own>['’]s) | \s?(?:자|중에?)
    )?
    (?:(?={_END}|(?:와|과|이?랑)\s) | (?P<part>(?={_MONTH}|[1-4](?:/4)?분기|[상하]반기|{LOOSELY}{_END})))
"""
"""A time, what stands ahead of it and behind it, and at last a part of a year that is stuck to it."""

_PIECE: Final = re.compile(
    rf"""(?P<time>{_TIME})
    | "[^"]*" | {KEY}[ ]{{0,3}}(?:"[^"]*(?:"|$) | \([^()]*\) | [^\s()"|]+) | \#(?:"[^"]*" | \([^()]*\))
    | [{_SIGNS}] | `+ | [^\s()"|]+""",
    re.VERBOSE | re.IGNORECASE,
)
"""A time, or what is not looked into: what is quoted, a filter, another word."""
_AND: Final = re.compile(rf"\s*+(?:[,&·/{_SIGNS}]|(?<=\s)[-–—](?=\s)|and(?=\s)|및(?=\s)|와|과|이?랑)?\s*+")
"""What may stand between two times where both are meant, or all from one to the other."""
_STOPS: Final = re.compile(r"[.,;:!?…]*")
_HANGING: Final = re.compile(rf"[{_SIGNS}]|(?:와|과|이?랑)\s")
_UP_TO: Final = re.compile(r"\s++(?:to|until|till|through)\s", re.IGNORECASE)
_PAPERS: Final = "(?:papers?|논문)"
_BESIDE_PAPERS: Final = re.compile(rf"\s+{_PAPERS}(?!\w)", re.IGNORECASE)
_BEHIND_PAPERS: Final = re.compile(rf"(?:^|.*\s){_PAPERS}\s+", re.IGNORECASE | re.DOTALL)
_FROM_TO: Final = re.compile(
    rf"""\s*+(?:{_PAPERS}\s++)?+
    (?P<row>
        (?:from\s++|(?P<between>between\s++))?+ (?P<first>{_MONTH}|{_NAME}) (?:부터|에서)?+
        (?(between)\s++and\s++ | (?:\s*+[-–—{_SIGNS}]\s*+ | \s++(?:to|until|till|through)\s++ | (?<=부터|에서)\s++))
        (?P<last>{_MONTH}|{_NAME}) (?:까지의?)?+
    )
    (?:\s++(?:나온\s++)?+{_PAPERS})?+ [\s.?!…]*+""",
    re.VERBOSE | re.IGNORECASE,
)
"""All from a month to another as the whole line, perhaps beside papers."""
_ENDS: Final = re.compile(r"[.,;:!?…]++(?:\s|$)|\s*+(?:$|[)|]|or\s)", re.IGNORECASE)
"""What stands behind a day where its part of the line ends."""
_BETWEEN: Final = frozenset(("between", "by", "around"))
_NO_OWNERS: Final = _BETWEEN | {"not", "or", "and", "papers", "논문"}
"""Words that may stand right ahead of a day and have no number themselves, as `GPT` has (`GPT 4 May`)."""
_ONLY_PAPERS: Final = frozenset(("", "paper", "papers", "논문", "논문들", "나온 논문"))
_BESIDE: Final = 20
"""Letters beside a month that are looked at for them."""
_ALONE: Final = 9  # spaces and stops around a word that is the whole line, at the most
_OF_TODAY: Final = frozenset(("from", "of", "since", "until", "till", "to", "up to"))
_MARKED: Final = re.compile(".[\u0300-\u036f\u1160-\u11ff\u3099\u309a\uff9e\uff9f\uffc2-\uffdc]*", re.DOTALL)
"""A letter and what is written together with it."""

_Side = Literal["", "before", "until", "since"]
_AHEAD: Final[dict[str, _Side]] = {
    "since": "since", "after": "since", "before": "before", "prior to": "before",
    "until": "until", "till": "until", "through": "until", "up to": "until", "to": "until",
}  # fmt: skip


class _Told(NamedTuple):
    """A time that is told: where it stands, its first day, the day behind its last one, what is meant of it, words that
    say it where they are not filters, whether it is a day of a month whose year is not said, whether that may be a
    name of something (`September 11 attacks`) unless it is said together with another, and whether it is the latest of
    its name."""

    start: int
    end: int
    first: date
    behind: date
    side: _Side
    words: str = ""
    dated: bool = False
    weak: bool = False
    weekday: bool = False


def as_of(line: str, today: date) -> str:
    """The line with absolute times in the place of those that are told from `today` on; never raises, linear in time.

    Years and months become words that `dates` reads (`작년 3월`: `2025년 3월`), days, weeks and spans become filters
    (`지난주`: `after:2026-11-16 before:2026-11-23`). Where no year is said, a day of a month (`3월 5일`) is the latest
    that is not after today, and so is a month that is the whole line. What is quoted, filters and long texts stay as
    they are, and so does all else, letter for letter. Doing it twice changes nothing.
    """
    if len(line.split(maxsplit=_SPOKEN)) > _SPOKEN:
        return line
    # What belonged to a time by itself may be one beside its filter (`지난 1년 3일 전`).
    while (read := _read(line, today)) != line:
        line = read
    return line


def _read(line: str, today: date) -> str:
    text, places = _seen(line)
    rows: list[str] = []
    at = 0
    for told in _all_told(text, today):
        if places[told.start] < 0 or places[told.end] < 0 or _hangs(text, told):
            continue
        said = told.words or _filters(told)
        end = told.end
        if said != told.words:
            stops = _STOPS.match(text, end)  # which a filter would take for a part of its day
            end = stops.end() if stops else end
        negated = " " in said and text[max(0, told.start - 8) : told.start].split()[-1:] == ["NOT"]
        rows += (line[at : places[told.start]], f"({said})" if negated else said)
        at = places[end]
    return "".join((*rows, line[at:])) if rows else line


def _seen(line: str) -> tuple[str, Sequence[int]]:
    """The line as `parse` sees it, and where each of its letters stands in the line, -1 within one of the line's."""
    if line.isascii() or unicodedata.is_normalized("NFKC", line):
        return line.translate(QUOTES), range(len(line) + 1)
    seen: list[str] = []
    places: list[int] = []
    for letter in _MARKED.finditer(line):
        seen.append(normal(letter[0].translate(QUOTES)).translate(QUOTES))
        places += (letter.start(), *(-1,) * (len(seen[-1]) - 1))
    return "".join(seen), (*places, len(line))


def _from_to(row: re.Match[str], today: date) -> list[_Told]:
    """All from the latest such month that has begun up to the end of the other."""
    first, last = (_of_a_year(row[name].casefold())[0] for name in ("first", "last"))
    year = today.year - (first > today.month)
    more, month = divmod(last + 12 * (last < first), 12)
    if year < FIRST_YEAR or year + more > LAST_YEAR:
        return []
    return [_Told(*row.span("row"), date(year, first, 1), date(year + more, month + 1, 1), "")]


def _all_told(text: str, today: date) -> list[_Told]:
    if row := _FROM_TO.fullmatch(text):
        return _from_to(row, today)
    pieces = [told for piece in _PIECE.finditer(text) if piece["time"] and (told := _told(piece, today))]
    if any(told.dated for told in pieces) and (any(told.words for told in pieces) or says_a_year(text)):
        pieces = [told for told in pieces if not told.dated]  # those are of that year
    found: list[_Told] = []
    for each in pieces:
        told, last = each, found[-1] if found else None
        if last and last.side == "" and _joins(text, last, told):
            told = _after(last, told)
            if last.behind <= told.first or told.behind <= last.first:
                behind = max(last.behind, told.behind)
                found[-1] = _Told(last.start, told.end, min(last.first, told.first), behind, "")
                continue
        elif last and last.side == "since" and told.side == "until":
            told = _after(last, told)
            if last.weekday and told.weekday and told.first < last.first:
                found[-1] = last._replace(first=ago(last.first, "week", 1))  # `월요일부터 금요일까지`
        found.append(told)
    return [told for told in found if not told.weak]


def _joins(text: str, last: _Told, told: _Told) -> bool:
    """Whether all is meant from one time to the next (`어제 오늘`, `March 5 to April 2`)."""
    if told.side == "until":
        return not last.words and _UP_TO.match(text, last.end, told.start + _ALONE) is not None
    return told.side == "" and _AND.fullmatch(text, last.end, told.start) is not None


def _after(last: _Told, told: _Told) -> _Told:
    """The day of a month with which a time ends, in the year in which it does (`12월 20일부터 1월 5일까지`)."""
    if not told.dated or told.first >= last.first:
        return told
    first, behind = (ago(day, "year", -1) for day in (told.first, told.behind))
    return told._replace(first=first, behind=behind)


def _told(piece: re.Match[str], today: date) -> _Told | None:
    """What is told there, None where it is no time, or one that no filter can name."""
    found = _said(piece, today)
    if found is None:
        return None
    unit, number, spans = found
    ahead = " ".join((piece["ahead"] or "").casefold().split())
    side = _AHEAD.get(ahead, "")
    if behind := piece["behind"]:
        side = "before" if "전" in behind else "until" if behind.startswith("까지") else "since"
    from_here = ahead == "from" and _UP_TO.match(piece.string, piece.end()) is not None
    try:
        first, after = (ago(today, unit, number), today) if spans else whole(today, unit, number)
        if piece["dated"]:
            first, after = _latest(piece["dated"].casefold(), today)
    except (ValueError, OverflowError):
        return None
    if first.year < FIRST_YEAR or after.year > LAST_YEAR:
        return None
    start, end = piece.span()
    if spans:
        refused = side not in ("", "since") or piece["part"] is not None
        return None if refused else _Told(start, end, first, after, "since")
    if unit in ("month", "year") and 2000 <= first.year < 2050 and ahead != "up to":
        if side or from_here:  # what says it stays as it stands
            start = piece.start("the" if piece["the"] else "core")
            end = piece.end("core") if behind else end
        return _Told(start, end, first, after, side, _absolute(first, unit, korean=not piece["core"].isascii()))
    if piece["part"] is not None or (piece["core"].casefold() == "today" and not _is_asked_for(piece, ahead)):
        return None
    dated = piece["dated"] is not None
    if dated and side == "until" and after - first > ONE_DAY:
        side = ""  # `3월 5일부터 9일까지`
    return _Told(
        start,
        end,
        first,
        after,
        "since" if from_here else side,
        dated=dated,
        weak=dated and not _is_placed(piece),
        weekday=piece["weekday"] is not None and not (piece["week"] or piece["that"]),
    )


def _said(piece: re.Match[str], today: date) -> tuple[Unit, int, bool] | None:
    """A unit, how many there are or how many ago it is, and whether all of them up to today are meant; None where it is
    no time."""
    if piece["dated"]:
        return ("day", 0, False) if _is_a_day(piece) else None
    if name := piece["weekday"]:
        week = (piece["week"] or piece["that"] or "").casefold()
        days = days_since(today, name, week) if week or _is_when(piece) else None
        return None if days is None else ("day", days, False)
    if month := piece["month"]:
        return ("month", (today.month - _of_a_year(month.casefold())[0]) % 12, False) if _is_month(piece) else None
    if amount := piece["span"] or piece["ago"]:
        return *how_many(amount.casefold()), piece["span"] is not None
    if word := piece["word"]:
        return *_WORDS[word.casefold()], False
    which, unit = piece["which"].casefold(), UNITS[piece["one"].casefold()]
    return unit, BACK[which], which == "past" or (which == "last" and piece["the"] is not None)


def _absolute(first: date, unit: Unit, *, korean: bool) -> str:
    """The month or year that begins there, as `dates` reads it."""
    if unit == "year":
        return f"{first.year}년" if korean else f"{first.year}"
    return f"{first.year}년 {first.month}월" if korean else f"{first:%Y-%m}"


def _latest(text: str, today: date) -> tuple[date, date]:
    """The first day of the latest such days of a month that have begun, and the one behind them.

    Raises:
        ValueError: there is none.
    """
    month, days = _of_a_year(text)
    for year in range(today.year, today.year - 9, -1):
        first = date(year, month, days[0]) if days[-1] <= monthrange(year, month)[1] else date.max
        if first <= today:
            return first, date(year, month, days[-1]) + ONE_DAY
    raise ValueError(text)


def _of_a_year(text: str) -> tuple[int, list[int]]:
    """The month that a text names, and the days of it."""
    numbers = [int(digits) for digits in _DIGITS.findall(text)]
    name = _NAMED.search(text)
    return (_MONTHS[name[0][:3]], numbers) if name else (numbers[0], numbers[1:])


def _filters(told: _Told) -> str:
    since, before = f"after:{told.first}", f"before:{told.first}"
    match told.side:
        case "since":
            return since
        case "before":
            return before
        case "until":
            return f"before:{told.behind}"
        case _:
            return f"{since} before:{told.behind}"


def _is_asked_for(piece: re.Match[str], ahead: str) -> bool:
    """Whether papers of today are meant by `today`, which texts say, too."""
    return ahead in _OF_TODAY or piece["own"] is not None or _is_beside_papers(piece) or _is_line(piece)


def _is_a_day(piece: re.Match[str]) -> bool:
    """Whether a number and a month are clearly a day."""
    word = _word_ahead(piece)
    if _NUMBER_FIRST.match(piece["dated"]) and word[-1:].isalnum() and word not in _NO_OWNERS:
        return False
    if _SURE.match(piece["dated"]) or piece["ahead"] or piece["own"] or _is_beside_papers(piece):
        return True
    first = piece.start() < _ALONE and not piece.string[: piece.start()].strip()
    return _is_line(piece) or (first and _SURE.search(piece["dated"]) is not None)


def _is_when(piece: re.Match[str]) -> bool:
    """Whether a day of the week is one on which something came, and no word of a name (`Sunday school`)."""
    said = piece["ahead"] or piece["behind"] or piece["own"] or piece[0].endswith("에")
    return bool(said) or _is_beside_papers(piece) or _is_line(piece)


def _is_placed(piece: re.Match[str]) -> bool:
    """Whether a day stands where one would say when: with a preposition, beside papers, at the end, in Korean."""
    day = piece["dated"]
    if not day.isascii() or len(_DIGITS.findall(day)) > 1 or piece["ahead"] or piece["behind"] or piece["own"]:
        return True
    return (
        _ENDS.match(piece.string, piece.end()) is not None or _is_beside_papers(piece) or _word_ahead(piece) in _BETWEEN
    )


def _word_ahead(piece: re.Match[str]) -> str:
    """The end of the word that stands right ahead; "" where a preposition of the time does, or none."""
    start = piece.start()
    words = "" if piece["ahead"] else piece.string[max(0, start - _BESIDE) : start]
    return words.split()[-1].casefold() if words.strip() else ""


def _is_month(piece: re.Match[str]) -> bool:
    """Whether a month is the whole line, perhaps beside papers, or stands beside other words where one would say when
    (`10월에 나온 논문`, `10월 이후`, `RLHF papers in October`, `since October`); `may` needs something more."""
    start, end = piece.span()
    if _is_month_when(piece) and not tells_a_year(piece.string):  # else it is one of that year
        return True
    ahead, behind = piece.string[max(0, start - _BESIDE) : start], piece.string[end : end + _BESIDE]
    if start > _BESIDE or end < len(piece.string) - _BESIDE:
        return False
    beside = f"{ahead} {behind}".strip(" .?!…").casefold()
    if piece["month"].casefold() == "may" and not (beside or piece["ahead"] or piece["own"]):
        return False
    return beside in _ONLY_PAPERS


def _is_month_when(piece: re.Match[str]) -> bool:
    papers, ahead = _is_beside_papers(piece), (piece["ahead"] or "").casefold().strip()
    if (month := piece["month"]).isascii():
        return bool(ahead) and (papers or (ahead in ("since", "until", "till") and month.casefold() != "may"))
    return papers or bool(piece["behind"]) or CAME.match(piece.string, piece.end()) is not None


def _is_beside_papers(piece: re.Match[str]) -> bool:
    text, start, end = piece.string, piece.start(), piece.end()
    return bool(_BESIDE_PAPERS.match(text, end) or _BEHIND_PAPERS.fullmatch(text, max(0, start - _ALONE), start))


def _is_line(piece: re.Match[str]) -> bool:
    text, start, end = piece.string, piece.start(), piece.end()
    return start < _ALONE and end > len(text) - _ALONE and text.strip(" .?!…") == piece[0]


def _hangs(text: str, told: _Told) -> bool:
    """Whether it is said together with something that is no time told from today on (`어제와 달리`)."""
    return text[told.start - 1 : told.start] in tuple(_SIGNS) or _HANGING.match(text, told.end) is not None
