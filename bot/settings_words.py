"""What people type into `/settings`, in Korean or English: a time of day, a time zone, weekdays, a language.

Every `parse_` function takes any text and answers None for what it does not understand; nothing here raises on a
person's words. Full-width letters and digits, case and spaces do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from rapidfuzz import fuzz, process

_LONGEST: Final = 80
"""Characters; nobody needs more words than this for any one setting."""


def _plain(text: str) -> str:
    """Comparable words: composed, half-width, case-folded, single spaces; empty for what is too long to be one."""
    words = " ".join(unicodedata.normalize("NFKC", text[: 2 * _LONGEST]).casefold().split())
    return words if len(words) <= _LONGEST else ""


# --- times --------------------------------------------------------------------------------------------------

_FIXED_TIMES: Final = {
    "noon": time(12),
    "midday": time(12),
    "정오": time(12),
    "midnight": time(0),
    "자정": time(0),
}
_HOUR_WORDS: Final = {
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "열한": 11, "열두": 12,
}  # fmt: skip
_HOUR_WORD: Final = re.compile(rf"({'|'.join(sorted(_HOUR_WORDS, key=len, reverse=True))}) ?시")
_TIME: Final = re.compile(
    r"(?:at )?(?P<before>오전|오후|새벽|아침|낮|점심|저녁|밤|am|pm|a\.m\.|p\.m\.)? ?"
    r"(?P<hour>\d{1,2})"
    r"(?: ?[:.시] ?(?P<minute>\d\d)(?::\d\d)?|(?P<compact>\d\d)| ?시 ?(?:(?P<minutes>\d{1,2}) ?분|(?P<half>반))?"
    r"| ?o'clock)? ?(?:에|부터|쯤)?"
    r" ?(?P<after>am|pm|a\.m\.?|p\.m\.?|in the morning|in the afternoon|in the evening|at night)?"
)
_HALVES: Final = {
    "오전": range(12),
    "새벽": range(7),
    "아침": range(4, 12),
    "낮": range(10, 18),
    "점심": range(10, 16),
    "오후": range(12, 24),
    "저녁": range(16, 24),
    "am": range(12),
    "pm": range(12, 24),
    "in the morning": range(12),
    "in the afternoon": range(12, 18),
    "in the evening": range(16, 24),
}
"""The hours of the day that a word can mean; `밤` and `at night` go over midnight and are told apart below."""
_NIGHT: Final = (*range(18, 24), *range(5))


def parse_time(text: str) -> time | None:
    """A time of day: `09:00`, `9am`, `오후 3시 30분`, `아침 8시`, `세 시 반`, `0900`, `정오`, `midnight`."""
    words = _plain(text)
    if fixed := _FIXED_TIMES.get(words):
        return fixed
    found = _TIME.fullmatch(_HOUR_WORD.sub(lambda word: f"{_HOUR_WORDS[word[1]]}시", words))
    if found is None or (found["before"] and found["after"]):
        return None
    minute = 30 if found["half"] else int(found["minute"] or found["compact"] or found["minutes"] or 0)
    part = (found["before"] or found["after"] or "").replace(".", "")
    hour_of_day = _hour(int(found["hour"]), part)
    if hour_of_day is None or minute > 59 or (found["hour"] == "24" and minute):
        return None
    return time(hour_of_day, minute)


def _hour(said: int, part: str) -> int | None:
    """The hour of the day; `오후 15시` is said as often as `오후 3시`, and both `밤 12시` and `24시` are midnight."""
    if said > 24:
        return None
    if not part:
        return said % 24
    hours = _NIGHT if part in ("밤", "at night") else _HALVES[part]
    possible = (said % 12, said % 12 + 12) if said <= 12 else (said % 24,)
    return next((hour for hour in possible if hour in hours), None)


# --- zones --------------------------------------------------------------------------------------------------

_REGIONS: Final = (
    "Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/",
    "Pacific/",
)  # fmt: skip
_ABBREVIATIONS: Final = {
    "utc": "UTC", "gmt": "UTC", "z": "UTC", "zulu": "UTC",
    "kst": "Asia/Seoul", "jst": "Asia/Tokyo", "sgt": "Asia/Singapore", "hkt": "Asia/Hong_Kong", "pht": "Asia/Manila",
    "ict": "Asia/Bangkok", "wib": "Asia/Jakarta", "msk": "Europe/Moscow", "bst": "Europe/London",
    "cet": "CET", "cest": "CET", "eet": "EET", "eest": "EET", "wet": "WET",
    "et": "America/New_York", "est": "America/New_York", "edt": "America/New_York",
    "ct": "America/Chicago", "cdt": "America/Chicago",
    "mt": "America/Denver", "mst": "America/Denver", "mdt": "America/Denver",
    "pt": "America/Los_Angeles", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
    "akst": "America/Anchorage", "akdt": "America/Anchorage", "hst": "Pacific/Honolulu",
    "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "awst": "Australia/Perth", "acst": "Australia/Darwin",
    "nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland",
    "cst": None, "ist": None, "ast": None, "sst": None,
}  # fmt: skip
"""American ones mean the clock on the wall (`EST` in July is New York, too); None is claimed by several countries."""
_PLACES: Final = {
    "Asia/Seoul": "한국, 대한민국, 서울, 부산, 대전, 제주, korea, south korea, busan",
    "Asia/Pyongyang": "평양",
    "Asia/Tokyo": "일본, 도쿄, 동경, 오사카, osaka",
    "Asia/Shanghai": "중국, china, 베이징, 북경, beijing, shenzhen, 선전, 상하이, 상해",
    "Asia/Hong_Kong": "홍콩",
    "Asia/Macau": "마카오",
    "Asia/Taipei": "대만, 타이베이",
    "Asia/Singapore": "싱가포르",
    "Asia/Ho_Chi_Minh": "베트남, 하노이, hanoi, 호치민",
    "Asia/Bangkok": "태국, 방콕",
    "Asia/Manila": "필리핀, 마닐라",
    "Asia/Jakarta": "자카르타",
    "Asia/Kuala_Lumpur": "쿠알라룸푸르, 말레이시아, malaysia",
    "Asia/Kolkata": "인도, 델리, 뉴델리, 뭄바이, delhi, new delhi, mumbai, bangalore, bengaluru",
    "Asia/Kathmandu": "네팔",
    "Asia/Dubai": "두바이, abu dhabi",
    "Asia/Jerusalem": "이스라엘, tel aviv",
    "Europe/Istanbul": "이스탄불, 터키, 튀르키예, turkey",
    "Europe/Moscow": "모스크바",
    "Europe/London": "영국, 런던, uk, england, britain, united kingdom",
    "Europe/Dublin": "아일랜드, 더블린",
    "Europe/Paris": "프랑스, 파리",
    "Europe/Berlin": "독일, germany, 베를린, 뮌헨, munich, frankfurt",
    "Europe/Zurich": "스위스, 취리히",
    "Europe/Madrid": "스페인, 마드리드, 바르셀로나, barcelona",
    "Europe/Rome": "이탈리아, 로마, 밀라노, milan",
    "Europe/Amsterdam": "네덜란드, 암스테르담",
    "Europe/Vienna": "빈, 오스트리아",
    "Europe/Stockholm": "스웨덴, 스톡홀름",
    "Europe/Helsinki": "핀란드, 헬싱키",
    "America/New_York": "뉴욕, nyc, 보스턴, boston, 워싱턴, washington dc, 피츠버그, pittsburgh, "
    "미국 동부, 미 동부, eastern, us eastern",
    "America/Chicago": "시카고, 오스틴, austin, 미국 중부, 미 중부, central, us central",
    "America/Denver": "덴버, 미국 산악, mountain, us mountain",
    "America/Los_Angeles": "로스앤젤레스, la, 엘에이, 샌프란시스코, san francisco, sf, 시애틀, seattle, "
    "실리콘밸리, 미국 서부, 미 서부, pacific, us pacific",
    "Pacific/Honolulu": "하와이, hawaii",
    "America/Toronto": "토론토, 몬트리올, montreal",
    "America/Vancouver": "밴쿠버",
    "America/Mexico_City": "멕시코시티",
    "America/Sao_Paulo": "상파울루",
    "Australia/Sydney": "시드니",
    "Australia/Melbourne": "멜버른",
    "Pacific/Auckland": "뉴질랜드, new zealand, 오클랜드",
}
"""What people call them: Korean names, cities without a zone of their own, countries with one zone in mind."""
_ZONE_OF_PLACE: Final = {place: name for name, places in _PLACES.items() for place in places.split(", ")}
_SEVERAL: Final = {
    "미국, usa, us, united states, america": (
        "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Pacific/Honolulu",
    ),
    "캐나다, canada": (
        "America/Toronto", "America/Vancouver", "America/Edmonton", "America/Winnipeg", "America/Halifax",
    ),
    "호주, australia": (
        "Australia/Sydney", "Australia/Brisbane", "Australia/Perth", "Australia/Adelaide", "Australia/Darwin",
    ),
    "러시아, russia": ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"),
    "브라질, brazil": ("America/Sao_Paulo", "America/Manaus", "America/Recife"),
    "cst": ("America/Chicago", "Asia/Shanghai"),
    "ist": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "sst": ("Asia/Singapore", "Pacific/Pago_Pago"),
}  # fmt: skip
"""Where one name is several zones: the ones that most people there live by, the most people first."""
_ZONES_OF_NAME: Final = {name: zones for names, zones in _SEVERAL.items() for name in names.split(", ")}
_OFFSET: Final = re.compile(r"(?:utc|gmt)? ?([+\-−–]) ?(\d{1,2})(?: ?:? ?(\d\d))?")
_FIXED: Final = re.compile(r"UTC([+-])(\d\d):(\d\d)")
_FARTHEST: Final = range(-12 * 60, 14 * 60 + 1)


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The time zone of a name that `parse_zone` gave: an IANA name, or `UTC+05:45` for an offset of part hours.

    Raises ValueError for any other name.
    """
    if found := _FIXED.fullmatch(name):
        minutes = _minutes(*found.groups())
        if minutes in _FARTHEST:
            return timezone(timedelta(minutes=minutes), name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no such time zone: {name!r}") from error


def chat_zone(name: str) -> tzinfo:
    """The time zone of a chat, whatever is on record: UTC where this machine has no zone of that name (any more)."""
    try:
        return zone(name)
    except ValueError:
        return UTC


def parse_zone(text: str) -> str | None:
    """The name of a time zone for `zone`: from an IANA name, a city or country, an abbreviation or an offset.

    Whole hours become the IANA name of the offset (`UTC+9` is `Etc/GMT-9`: IANA counts the other way round), other
    offsets, which IANA does not name, `UTC+05:45`. None also where a name could be several zones: see `suggest_zones`.
    """
    words = _plain(text)
    if found := _OFFSET.fullmatch(words):
        return _offset_name(_minutes(*found.groups()))
    for name in (words, _SUFFIX.sub("", words)):
        key = _key(name)
        if key in _ABBREVIATIONS:
            return _ABBREVIATIONS[key]
        if key in _ZONE_OF_PLACE:
            return _ZONE_OF_PLACE[key]
        if key in (known := _zones()):
            return known[key]
    return None


_SUFFIX: Final = re.compile(r" ?(?:시간대|시간|표준시|기준|(?:standard |daylight )?time(?: ?zone)?)$")


def suggest_zones(text: str, limit: int = 5) -> list[str]:
    """At most `limit` names for `zone` that may have been meant, likeliest first.

    Near misses of cities, parts of names, and what a country or an abbreviation with several zones can be.
    """
    words = _key(_SUFFIX.sub("", _plain(text)))
    if not words or limit < 1:
        return []
    found: dict[str, None] = {}
    if exact := parse_zone(text):
        found[exact] = None
    found.update(dict.fromkeys((*_ZONES_OF_NAME.get(words, ()), *_countries().get(words, ()))))
    searchable = _searchable()
    decomposed = _letters(words)
    if len(decomposed) >= 3:
        parts = sorted(
            (key.find(decomposed) > 0, order, key) for order, key in enumerate(searchable) if decomposed in key
        )
        found.update(dict.fromkeys(searchable[key] for _, _, key in parts))
    near = process.extract(decomposed, searchable.keys(), scorer=fuzz.ratio, limit=4 * limit, score_cutoff=68)
    found.update(dict.fromkeys(searchable[key] for key, _, _ in near))
    return list(found)[:limit]


def format_offset(offset: timedelta) -> str:
    """`UTC+09:00`, `UTC-03:30`, `UTC`: how far a clock is from UTC, in any language."""
    minutes = round(offset / timedelta(minutes=1))
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "UTC"


def zone_label(name: str) -> str:
    """A zone's name for people: as it is, but an offset as an offset, since `Etc/GMT-9` reads as its opposite."""
    if not (name.startswith("Etc/") or _FIXED.fullmatch(name)):
        return name
    # Fixed zones have the same offset on any day.
    return format_offset(chat_zone(name).utcoffset(datetime(2000, 1, 1)) or timedelta())  # noqa: DTZ001


def _minutes(sign: str, hours: str, minutes: str | None) -> int:
    return (int(hours) * 60 + int(minutes or 0)) * (1 if sign == "+" else -1) if int(minutes or 0) < 60 else 24 * 60


def _offset_name(minutes: int) -> str | None:
    if minutes not in _FARTHEST:
        return None
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(minutes, 60)
    return format_offset(timedelta(minutes=minutes)) if rest else f"Etc/GMT{-hours:+}"


def _key(words: str) -> str:
    return re.sub(r"[ _]+", " ", re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", words)).strip(" .,")


@cache
def _zones() -> dict[str, str]:
    """Lower-case zone names, cities and countries with one zone, each to its zone."""
    names = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})
    proper = [name for name in names if name.startswith(_REGIONS)]
    known = {_key(name.casefold()): name for name in names if name.startswith((*_REGIONS, "Etc/"))}
    for name in proper:
        known.setdefault(_key(name.rpartition("/")[2].casefold()), name)
    for country, zones in _countries().items():
        if len(zones) == 1:
            known.setdefault(country, zones[0])
    for name in names:
        known.setdefault(_key(name.casefold()), name)
    return known


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Lower-case English country names to their zones, from the tz database's own tables."""
    tables = files("tzdata.zoneinfo")
    names, zones = {}, dict[str, list[str]]()
    for row in _rows(tables.joinpath("iso3166.tab").read_text(encoding="utf-8")):
        names[row[0]] = row[1]
    for row in _rows(tables.joinpath("zone.tab").read_text(encoding="utf-8")):
        zones.setdefault(row[0], []).append(row[2])
    return {_key(_plain(names[code])): tuple(found) for code, found in zones.items() if code in names}


def _rows(table: str) -> list[list[str]]:
    return [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]


@cache
def _searchable() -> dict[str, str]:
    places = {_letters(place): name for place, name in _ZONE_OF_PLACE.items()}
    cities = {_letters(key): name for key, name in _zones().items() if name.startswith(_REGIONS)}
    return {**places, **cities}


def _letters(words: str) -> str:
    """Hangul as its letters, so that one wrong vowel is a small mistake."""
    return unicodedata.normalize("NFD", words)


# --- weekdays -----------------------------------------------------------------------------------------------

_DAYS: Final = {
    "월": 0, "화": 1, "수": 2, "목": 3, "금": 4, "토": 5, "일": 6,
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_SETS: Final = {
    "every": frozenset(range(7)),
    "work": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
}
_WEEKDAY_WORD: Final = re.compile(
    r"(?P<every>매일|날마다|전체|모두|every ?day|daily|all(?: days)?)"
    r"|(?P<work>평일|주중|(?:on )?week ?days?|work(?:ing)? ?days?|business days?)"
    r"|(?P<weekend>주말|(?:on )?week ?ends?)"
    r"|(?P<day>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)s?"
    r"(?![a-z])\.?"
    r"|(?P<korean>[월화수목금토일])(?:요일)?"
    r"|(?P<range> ?(?:[-~–—〜∼]|부터|에서|\bto\b|\bthrough\b|\bthru\b) ?)"
    r"|(?P<noise>[ ,/·&+]+|까지|마다|매주|및|와|과|에만|에|만|그리고|(?:and|every|on|each|only|the)(?![a-z]))"
)


def parse_weekdays(text: str) -> frozenset[int] | None:
    """Weekdays, 0 (Monday) to 6: `평일`, `월수금`, `월~금`, `화요일 목요일`, `mon,wed,fri`, `Fri-Mon`, `every day`."""
    words, position = _plain(text), 0
    days: set[int] = set()
    last: int | None = None
    open_range = False
    while position < len(words):
        found = _WEEKDAY_WORD.match(words, position)
        if found is None:
            return None
        position = found.end()
        match found.lastgroup:
            case "range":
                if last is None or open_range:
                    return None
                open_range = True
            case "day" | "korean":
                day = _DAYS[(found["korean"] or found["day"])[:3]]
                if open_range and last is not None:
                    days |= {each % 7 for each in range(last, last + (day - last) % 7 + 1)}
                days.add(day)
                last, open_range = day, False
            case "every" | "work" | "weekend":
                if open_range:
                    return None
                days |= _SETS[found.lastgroup]
                last = None
    return frozenset(days) if days and not open_range else None


# --- languages ----------------------------------------------------------------------------------------------

_LANGUAGE: Final = re.compile(
    r"(?P<ko>ko|kor|kr|korean|ko[-_][a-z]{2}|한국어|한국말|한글|국문|국어|코리안|우리말|韓国語|韓國語|韩语|hangul)"
    r"|(?P<en>en|eng|english|en[-_][a-z]{2}|영어|영문|잉글리[시쉬]|英語|英语)"
)


def parse_language(text: str) -> Literal["ko", "en"] | None:
    """The language of Paperboy's own words: `한국어`, `Korean`, `ko-KR`, `영어`, `English`."""
    words = re.sub(r"(?<=[가-힣])(?:으?로)$", "", _plain(text).rstrip(" .!"))
    if found := _LANGUAGE.fullmatch(words):
        return "ko" if found["ko"] else "en"
    return None
