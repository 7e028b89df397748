"""Days, weeks, months and years counted from a day on, and how people say how many."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Final, Literal

Unit = Literal["day", "week", "month", "year"]

BACK: Final = {"이번": 0, "지난": 1, "저번": 1, "지지난": 2, "저저번": 2, "this": 0, "last": 1, "past": 1}
"""How many weeks, months or years ago one is."""
WEEK: Final = "월화수목금토일"
_WEEKDAYS: Final = tuple(zip(WEEK, ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), strict=True))
"""How the days of the week begin in Korean and in English."""
UNITS: Final[dict[str, Unit]] = {
    "주일": "week", "일": "day", "주": "week", "개월": "month", "달": "month", "년": "year", "해": "year",
    "day": "day", "week": "week", "month": "month", "year": "year",
}  # fmt: skip
_NUMBERS: Final = {
    word: number
    for row in ("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열", "one two three four five six seven eight nine ten")
    for number, word in enumerate(row.split(), 1)
} | {"석": 3, "넉": 4, "일": 1, "a": 1, "an": 1}  # fmt: skip
_COUNTED: Final[dict[str, tuple[Unit, int]]] = {
    "하루": ("day", 1), "이틀": ("day", 2), "사흘": ("day", 3), "나흘": ("day", 4), "닷새": ("day", 5),
    "열흘": ("day", 10), "보름": ("day", 15), "반년": ("month", 6),
}  # fmt: skip
_NUMBER: Final = (
    r"[1-9]\d{0,2}+|한|두|세|석|네|넉|다섯|여섯|일곱|여덟|아홉|열|일(?=\s?[주년])"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|an?(?=\s++[a-z]++\s++ago)"
)
AMOUNT: Final = rf"(?:{'|'.join(_COUNTED)}|(?:{_NUMBER})\s*+(?:주일|주|개월|달|년|해|일|(?:day|week|month|year)s?))"


def whole(today: date, unit: Unit, back: int) -> tuple[date, date]:
    """The first day of the day, week, month or year so many ago, and of the one behind it."""
    if unit in ("day", "week"):
        days = 7 if unit == "week" else 1
        first = today - timedelta(days=back * days + (today.weekday() if unit == "week" else 0))
        return first, first + timedelta(days=days)
    months = 12 if unit == "year" else 1
    first = ago(today.replace(day=1, month=1 if unit == "year" else today.month), "month", back * months)
    return first, ago(first, "month", -months)


def ago(today: date, unit: Unit, number: int) -> date:
    """The same day so many units ago, or the last one of a month that is too short."""
    if unit in ("day", "week"):
        return today - timedelta(days=number * (7 if unit == "week" else 1))
    year, month = divmod(today.year * 12 + today.month - 1 - number * (12 if unit == "year" else 1), 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def how_many(text: str) -> tuple[Unit, int]:
    """How many of which unit a text that fits `AMOUNT` says."""
    if text in _COUNTED:
        return _COUNTED[text]
    unit = next(unit for unit in UNITS if text.removesuffix("s").endswith(unit))
    number = text.removesuffix("s").removesuffix(unit).strip()
    return UNITS[unit], _NUMBERS.get(number) or int(number)


def days_since(today: date, name: str, week: str) -> int | None:
    """How many days ago a day of the week was, in the week that is said (`지난`, `last`; "" for the latest of them),
    None where it is still to come."""
    day = next(number for number, names in enumerate(_WEEKDAYS) if name.casefold().startswith(names))
    passed = today.weekday() - day
    if not week:
        return passed % 7
    if week == "last":
        return (passed - 1) % 7 + 1
    passed += 7 * BACK[week]
    return passed if passed >= 0 else None
