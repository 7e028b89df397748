"""The short form of `make prove`: a real process, chaos, and the receiver's own record."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.prove.judge import Verdict, after_a_thaw


@pytest.mark.slow
def test_a_process_in_a_storm_loses_nothing_and_doubles_nothing() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.prove", "--short"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=115,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_only_what_arrives_right_after_a_thaw_is_excused_by_it() -> None:
    assert after_a_thaw(100.2, [50.0, 100.0]) == pytest.approx(0.2)
    assert after_a_thaw(99.0, [100.0]) is None, "it was still frozen"
    assert after_a_thaw(103.0, [100.0]) is None, "it had time to look at its lease"
    assert after_a_thaw(100.0, []) is None


def test_a_row_of_unknown_fate_is_excused_only_where_nobody_can_look() -> None:
    assert Verdict(owed=9, unknown=2, unseen=2).passed
    assert not Verdict(owed=9, unknown=2, unseen=1).passed
