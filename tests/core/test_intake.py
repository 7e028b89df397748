"""Which files have other names now: decided from what is known of the files and what lies on the disk."""

from __future__ import annotations

from datetime import date

from bot.intake import renames
from bot.store import KnownFile


def file(name: str, hash_: str, state: str = "ok") -> KnownFile:
    day = None if state == "bad" else date(2024, 2, 20)
    return KnownFile(name=name, hash=hash_, state=state, date=day, problems=())


def known(*files: KnownFile) -> dict[str, KnownFile]:
    return {each.name: each for each in files}


def test_a_file_moved_over_one_that_was_moved_over_a_third_is_no_renamed_file() -> None:
    """What was under the last name is overwritten, so whoever took it has changed, and so has everybody behind."""
    before = known(file("a", "1"), file("b", "2"), file("c", "3"))
    assert renames(before, {"b": "1", "c": "2"}) == {}
    assert renames(before, {"b": "1", "c": "2", "d": "3"}) == {"a": "b", "b": "c", "c": "d"}


def test_a_file_to_be_read_again_is_not_taken_for_one_that_cannot_be_read() -> None:
    half_done, closed = file("a", ""), file("b", "", "bad")
    assert renames(known(half_done, closed), {"a": "1", "b": ""}) == {}
