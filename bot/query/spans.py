"""Days, weeks, months and years counted from a day on."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "year"]


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
