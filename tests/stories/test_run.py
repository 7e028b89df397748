"""Somebody has just cloned the repository and types `make run`; the program is the real one, as a process."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.strings import text
from tests.fakes.terminal import PATIENCE, ROOT, Console, paperboy, seeded

NEWEST = [
    "What's up with Llama 3? Arena data analysis",
    "Introducing the Model Spec",
    "You Only Cache Once: Decoder-Decoder Architectures for Language Models",
    "Imagine Flash: Accelerating Emu Diffusion Models with Backward Distillation",
    "THRONE: An Object-based Hallucination Benchmark",
]


def drop(folder: Path, name: str, *entries: str, days_ago: int = 0) -> Path:
    """Put a digest of today into the seeds folder as a curator's editor would: whole, by a rename."""
    day = datetime.now(UTC) - timedelta(days=days_ago)
    file = folder / "being-written"
    file.write_text(f"{day.year}년 {day.month}월 {day.day}일\n" + "\n".join(entries) + "\n", encoding="utf-8")
    return file.rename(folder / "seeds" / name)


def entry(title: str, comment: str = "방금 나온 논문입니다.", tags: str = "#tool") -> str:
    """One entry in the newsletter form."""
    return f"{title}\n(Ada Lovelace, Alan Turing)\n{comment}\n{tags}"


def test_without_anybody_at_the_keyboard_it_greets_posts_the_newest_digest_and_ends(tmp_path: Path) -> None:
    done = paperboy("run", folder=seeded(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Paperboy입니다" in done.stdout
    places = [done.stdout.index(title) for title in NEWEST]
    assert places == sorted(places), "the order is the digest's order"
    assert "Traceback" not in done.stderr


def test_files_of_words_that_are_not_there_are_told_once_and_count_as_empty(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "related.toml").touch()
    done = paperboy("run", folder=seeded(tmp_path), BOT_CONFIG=str(tmp_path / "config"))
    assert done.returncode == 0, done.stderr
    told = [line.split()[-8] for line in done.stderr.splitlines() if "is not there and counts as empty" in line]
    assert told == [str(tmp_path / "config" / name) for name in ("tags.toml", "glossary.toml")]


def test_a_question_through_a_pipe_is_answered(tmp_path: Path) -> None:
    done = paperboy("run", folder=seeded(tmp_path), typed="/search 보상 모델\n")
    assert done.returncode == 0, done.stderr
    assert "WARM: On the Benefits of Weight Averaged Reward Models" in done.stdout


def test_a_second_start_greets_an_old_friend_and_repeats_nothing(tmp_path: Path) -> None:
    paperboy("run", folder=seeded(tmp_path))
    done = paperboy("run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert NEWEST[0] not in done.stdout


def test_a_digest_dropped_into_the_folder_arrives_is_corrected_and_withdrawn(tmp_path: Path) -> None:
    console = Console(seeded(tmp_path))
    console.hear("THRONE")
    console.say("/subscribe #tool")
    console.hear("#tool")
    drop(tmp_path, "today.txt", entry("A Paper for Everybody"), entry("Not Asked For", tags="#video"))
    console.hear("A Paper for Everybody")
    drop(
        tmp_path, "today.txt", entry("A Paper for Everybody", "고친 논평입니다."), entry("Not Asked For", tags="#video")
    )
    console.hear("고친 논평입니다.")
    drop(tmp_path, "today.txt", entry("Not Asked For", tags="#video"))
    console.hear(text("ko", "paper.withdrawn"))
    assert console.leave() == 0
    assert "Not Asked For" not in console.text


def test_an_old_digest_is_found_but_not_posted_until_it_is_published(tmp_path: Path) -> None:
    console = Console(seeded(tmp_path))
    console.hear("THRONE")
    console.say("/subscribe *")
    console.hear(text("ko", "subscribe.mine_everything"))
    file = drop(tmp_path, "old.txt", entry("Last Year's Paper"), days_ago=300)
    bad = tmp_path / "seeds" / "bad.txt"
    bad.write_text("no digest at all", encoding="utf-8")
    first = paperboy("publish", str(file), folder=tmp_path)
    assert (first.returncode, "1 paper" in first.stdout) == (0, True), first
    console.hear("Last Year's Paper")
    again = paperboy("publish", str(file), folder=tmp_path)
    assert (again.returncode, "Nothing to post" in again.stdout) == (0, True), again
    status = paperboy("status", folder=tmp_path)
    assert "bad.txt:1:" in status.stdout
    assert console.leave() == 0
    assert console.text.count("Last Year's Paper") == 1


def test_a_backup_of_a_running_paperboy_is_restored_as_the_operators_page_says(tmp_path: Path) -> None:
    [command] = re.findall(r'`python3 -c "(.+)"`', (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8"))
    (tmp_path / "seeds").mkdir()
    drop(tmp_path, "one.txt", entry("Before the Backup"), days_ago=1)
    console = Console(tmp_path)
    console.hear("Before the Backup")
    console.say("/subscribe *")
    console.hear(text("ko", "subscribe.mine_everything"))
    subprocess.run([sys.executable, "-c", command], cwd=tmp_path, check=True, timeout=PATIENCE)
    drop(tmp_path, "two.txt", entry("After the Backup"), days_ago=1)
    console.hear("After the Backup")
    console.signal(signal.SIGKILL)
    for rest in ("paperboy.db-wal", "paperboy.db-shm"):
        (tmp_path / "data" / rest).unlink()
    (tmp_path / "backup.db").replace(tmp_path / "data" / "paperboy.db")
    again = paperboy("run", folder=tmp_path, BOT_LEASE_SECONDS="1", BOT_PUBLISH_WITHIN_DAYS="0")
    assert again.returncode == 0, again.stderr
    once_more = paperboy("run", folder=tmp_path, BOT_LEASE_SECONDS="1")
    assert once_more.returncode == 0, once_more.stderr
    assert "the Backup" not in again.stdout + once_more.stdout
    assert "After the Backup" in paperboy("search", "after the backup", folder=tmp_path).stdout
    assert json.loads(paperboy("status", "--json", folder=tmp_path).stdout)["chats"]["subscriptions"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_politely_and_soon(tmp_path: Path, number: signal.Signals) -> None:
    console = Console(seeded(tmp_path))
    console.hear("THRONE")
    assert console.signal(number) == 0


def test_a_signal_ends_it_while_it_still_waits_for_its_database(tmp_path: Path) -> None:
    # As the first process of a container it is only told what it asked to be told: the end by default would not come.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        url = f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/d"
        console = Console(seeded(tmp_path), BOT_DATABASE=url)
        asked, _ = silent.accept()
        with asked:
            assert console.signal(signal.SIGTERM) == 0


def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path: Path) -> None:
    console = Console(seeded(tmp_path), BOT_LEASE_SECONDS="1")
    console.hear(NEWEST[0][:20])
    console.signal(signal.SIGKILL)
    again = paperboy("run", folder=tmp_path, BOT_LEASE_SECONDS="1")
    assert again.returncode == 0, again.stderr
    both = console.text + again.stdout
    assert [both.count(f"  {title[:40]}") for title in NEWEST] == [1] * len(NEWEST)


def test_a_second_process_waits_instead_of_posting_twice(tmp_path: Path) -> None:
    first = Console(seeded(tmp_path))
    first.hear("THRONE")
    first.say("/subscribe *")
    first.hear(text("ko", "subscribe.mine_everything"))
    second = Console(tmp_path)
    second.hear("다시")
    drop(tmp_path, "today.txt", entry("Once and Only Once"))
    first.hear("Once and Only Once")
    assert first.leave() == 0
    assert second.leave() == 0
    assert (first.text + second.text).count("Once and Only Once") == 1
