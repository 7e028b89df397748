"""The numbers that a person types to choose something on the screen."""

from __future__ import annotations

from typing import Final

from bot.adapters.console.drawing import Choice, Drawing, own_number

LAST: Final = 99
"""After this number the counting begins anew: two letters to type are enough. A result far down a search has its own,
of three."""


class Numbers:
    """The numbers on the screen: counted on from message to message, up to 99, then from 1 again."""

    def __init__(self) -> None:
        self._next = 1
        self._given: dict[int, tuple[Drawing, Choice]] = {}

    def give(self, drawing: Drawing) -> list[int]:
        """A number for each choice. One that has a number by itself keeps it; the others go round it."""
        own = [own_number(choice) for choice in drawing.choices]
        if self._next + len(own) > LAST + 1:
            self._next = 1
        numbers: list[int] = []
        for choice, kept in zip(drawing.choices, own, strict=True):
            if kept is None:
                while self._next in own:
                    self._next += 1
                number, self._next = self._next, self._next + 1
            else:
                number = kept
            numbers.append(number)
            self._given[number] = (drawing, choice)
        return numbers

    def get(self, number: int) -> tuple[Drawing, Choice] | None:
        """The latest choice that shows this number."""
        return self._given.get(number)
