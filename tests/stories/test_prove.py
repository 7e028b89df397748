"""The short form of `make prove`: a real process, chaos, and the receiver's own record."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


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
