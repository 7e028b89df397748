"""`python -m tests.prove [--short] [--seed N] [--only telegram/sqlite/1]`: the table, and status 1 where it fails."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.prove.chaos import Script
from tests.prove.judge import Verdict
from tests.prove.run import LAYOUTS, Plan, run

COLUMNS: Final = ("owed", "once", "lost", "doubled", "thawed", "unknown", "unseen", "disordered", "stale", "broken")
DEEDS: Final = (
    "kills", "frozen", "stopped", "platform away, s", "database away", "disk full", "clocks wrong", "chats lost",
    "moved", "edited", "ended", "words",
)  # fmt: skip
FULL: Final = 4
SHORT: Final = Script(
    wait_seconds=2.0, kills=3, freezes=1, stops=1, each_harm=1, harms=("answers lost after posting", "429 storm"),
    floods=(), darks=(1.0,), aways=(1.0,), full_disks=0, clocks=(), losses=1, moves=1,
)  # fmt: skip


def plans(short: bool) -> list[Plan]:
    """The runs of each form."""
    if short:
        return [Plan(side="telegram", base="sqlite", layout="1", chats=24, papers=5, script=SHORT)]
    # Slack lets a workspace be corrected and looked into fifty times a minute: fewer chats, and more papers.
    storm = Script()
    minute = replace(storm, darks=(60.0,))
    return [
        Plan(side="telegram", base="sqlite", layout="1", chats=260, papers=12, script=storm),
        Plan(side="telegram", base="sqlite", layout="2", chats=260, papers=12, script=storm),
        Plan(side="telegram", base="postgresql", layout="4", chats=260, papers=12, script=minute),
        Plan(side="slack", base="postgresql", layout="2", chats=50, papers=20, script=replace(minute, each_harm=1)),
        Plan(side="telegram", base="postgresql", layout="2", chats=260, papers=12, script=storm),
        Plan(side="slack", base="sqlite", layout="1", chats=50, papers=20, script=replace(storm, each_harm=1)),
    ]


def main() -> int:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--only", help=f"side/database/layout, or all; the layouts are {LAYOUTS}")
    parser.add_argument("--chats", type=int)
    parser.add_argument("--freezes", type=int, help="how often a process is frozen past its lease")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--keep", type=Path, help="keep the processes' logs in this folder")
    options = parser.parse_args()
    all_plans = plans(options.short)
    usual = all_plans[:FULL]  # the others are for whoever has more than ten minutes
    wanted = [each for each in all_plans if options.only in (each.name, "all")] if options.only else usual
    rows: list[tuple[Plan, Verdict, float]] = []
    for plan in wanted:
        began = time.monotonic()
        if options.freezes is not None:
            plan = replace(plan, script=replace(plan.script, freezes=options.freezes))

        def say(words: str, began: float = began) -> None:
            if not options.quiet:
                _say(f"  {time.monotonic() - began:6.1f}  {words}")

        _say(f"{plan.name}, seed {options.seed}: {plan.papers} papers to {options.chats or plan.chats} chats")
        with tempfile.TemporaryDirectory(prefix="prove-") as name:
            folder = options.keep / plan.name.replace("/", "-") if options.keep else Path(name)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            verdict = asyncio.run(run(plan, folder, options.seed, say, chats=options.chats))
        rows.append((plan, verdict, time.monotonic() - began))
        for line in verdict.details[:40]:
            _say(f"  ! {line}")
        for reason, count in verdict.reasons.most_common():
            _say(f"  unknown × {count}: {reason}")
    _say("\n" + "".join(f"{name:>11}" for name in COLUMNS) + "   seconds  run")
    for plan, verdict, seconds in rows:
        numbers = "".join(f"{getattr(verdict, name):>11,}" for name in COLUMNS)
        _say(f"{numbers}{seconds:>10.0f}  {plan.name}{'' if verdict.passed else '  FAILED'}")
    _say("\nwhat was done to them, and the requests that met which harm")
    for plan, verdict, _ in rows:
        done = ", ".join(f"{name} {verdict.done[name]}" for name in DEEDS)
        _say(f"  {plan.name}: {done}; {', '.join(f'{name} {n}' for name, n in sorted(verdict.met.items()))}")
    return 0 if all(verdict.passed for _, verdict, _ in rows) else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
