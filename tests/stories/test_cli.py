"""The command line as an operator and a curator use it: commands, their JSON, and mistakes as one sentence."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fakes.terminal import PATIENCE, ROOT, environment, paperboy, seeded

TRUTH = json.loads((ROOT / "tests" / "fixtures" / "seeds.truth.json").read_text(encoding="utf-8"))


def test_check_reads_every_field_of_every_paper_of_the_seeds(tmp_path: Path) -> None:
    done = paperboy("check", str(ROOT / "seeds"), "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    expected = {digest["file"]: digest for digest in TRUTH}
    found = {digest["file"]: digest for digest in json.loads(done.stdout)}
    assert found.keys() == expected.keys()
    for file, digest in found.items():
        assert digest.pop("problems") == []
        assert digest == expected[file]
    assert sum(len(digest["papers"]) for digest in found.values()) == 39


def test_check_names_file_line_and_reason_and_ends_with_status_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("2024년 2월 30일\nTitle\n(Author)\n논평입니다.\n", encoding="utf-8")
    done = paperboy("check", str(bad), folder=tmp_path)
    assert done.returncode == 1
    assert f"{bad}:1: " in done.stdout
    as_json = paperboy("check", str(bad), "--json", folder=tmp_path)
    assert as_json.returncode == 1
    [problem] = json.loads(as_json.stdout)[0]["problems"]
    assert (problem["line"], problem["code"]) == (1, "impossible-date")


def test_check_stores_nothing(tmp_path: Path) -> None:
    paperboy("check", str(ROOT / "seeds"), folder=tmp_path)
    paperboy("preview", str(ROOT / "seeds" / TRUTH[0]["file"]), folder=tmp_path)
    assert not (tmp_path / "data").exists()


def test_preview_shows_exactly_what_would_be_posted(tmp_path: Path) -> None:
    digest = TRUTH[0]
    file = str(ROOT / "seeds" / digest["file"])
    done = paperboy("preview", file, "--as", "console", "--json", folder=tmp_path)
    requests = json.loads(done.stdout)
    assert len(requests) == len(digest["papers"])
    assert all(request["method"] == "print" for request in requests)
    assert digest["papers"][0]["title"] in requests[0]["params"]["text"]
    people = paperboy("preview", file, folder=tmp_path)
    assert requests[0]["params"]["text"] in people.stdout


def test_preview_of_what_is_no_digest_says_why_and_not_what_else_is_odd_in_it(tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("2024년 2월 20일\nFuyu-Heavy\n논평입니다.\n#llm\n2024년 2월 21일\n", encoding="utf-8")
    done = paperboy("preview", str(bad), folder=tmp_path)
    assert done.returncode == 1
    assert f"{bad}:5: A second date" in done.stderr


def test_search_prints_the_best_first_and_reads_the_seeds_before(tmp_path: Path) -> None:
    done = paperboy("search", "sequoia", "--json", "--limit", "3", folder=seeded(tmp_path))
    [row, *_] = json.loads(done.stdout)
    assert row["title"].startswith("Sequoia: Scalable")
    assert (row["date"], row["tags"]) == ("2024-02-20", ["efficiency"])
    assert isinstance(row["score"], float)


def test_search_answers_a_line_for_each_line_of_standard_input(tmp_path: Path) -> None:
    asked = 'sequoia\n\n"no such phrase anywhere"\n보상 모델\n'
    done = paperboy("search", "-", "--json", folder=seeded(tmp_path), typed=asked)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 4
    assert answers[0][0]["title"].startswith("Sequoia")
    assert answers[2] == []
    assert "reward-model" in answers[3][0]["tags"]


def test_search_ends_the_papers_of_each_line_with_an_empty_one_for_people(tmp_path: Path) -> None:
    done = paperboy("search", "-", "--limit", "1", folder=seeded(tmp_path), typed="moe\nzzyzx quux\nsequoia\n")
    moe, after_moe, nothing, sequoia, *end = done.stdout.split("\n")
    assert ("Mixture" in moe, "Sequoia" in sequoia) == (True, True)
    assert [after_moe, nothing, *end] == [""] * 4, "the second line found nothing, and that ends, too"
    alone = paperboy("search", "sequoia", "--limit", "1", folder=tmp_path)
    assert alone.stdout == f"{sequoia}\n"


READ: dict[str, str] = {
    "sequoia": "",
    "title:sequoia or sequoia": "There is no filter “title:”, so this was searched as it stands; there are tag:, "
    "author:, after:, before:, year: and date:.",
    "sequoia after:2024-13": "“after:2024-13” could not be read as a date and was searched as it stands. Dates look "
    "like after:2024-01 or before:2024-07.\nNo paper has all of these words, so here are papers with some of them.",
    '"sequoia" "': "Brackets or quotation marks without a partner were ignored.",
    "sequioa": "Showing results for “sequoia” instead of “sequioa”.",
    "zzyzx quux": "Nothing found.",
    "rlhf after:2025 before:2024": "This ends before it begins, so no paper can match. Please check the dates given "
    "with after: and before:.",
    "#": "There are no words in this to look for.",
    "": "There are no words in this to look for.",
    "-*": "This refuses every paper, so none is left.",
}
"""What standard error says about how a line was read."""


def test_search_says_on_standard_error_how_each_line_was_read(tmp_path: Path) -> None:
    done = paperboy("search", "-", folder=seeded(tmp_path), typed="\n".join(READ) + "\n")
    heard = [f"line {number}: {said}" for number, told in enumerate(READ.values(), 1) for said in told.splitlines()]
    assert (done.returncode, done.stderr.splitlines()) == (0, heard)
    as_json = paperboy("search", "-", "--json", folder=tmp_path, typed="\n".join(READ) + "\n")
    assert [len(json.loads(line)) > 0 for line in as_json.stdout.splitlines()] == [True] * 5 + [False] * 5
    assert as_json.stderr.splitlines() == [said for said in heard if "Nothing found." not in said]


def test_search_takes_an_argument_that_is_no_whole_text(tmp_path: Path) -> None:
    done = paperboy("search", "sequoia ㅎ\udcffㅎ after:2024-13", folder=seeded(tmp_path))
    assert (done.returncode, done.stderr.startswith("“after:2024-13” could not be read")) == (0, True)
    assert "Sequoia" in done.stdout


def test_search_takes_a_query_that_begins_with_a_minus(tmp_path: Path) -> None:
    refused = paperboy("search", "-efficiency", "--json", "--limit", "50", folder=seeded(tmp_path))
    rows = json.loads(refused.stdout)
    assert 0 < len(rows) < 39
    assert not [row for row in rows if "efficiency" in row["tags"]]
    as_ever = paperboy("search", "--json", "--limit", "50", "--", "-efficiency", folder=tmp_path)
    assert as_ever.stdout == refused.stdout
    words = paperboy("search", "-efficiency sequoia", folder=tmp_path)
    assert (words.returncode, "No such option" in words.stderr) == (0, False)


def test_search_says_in_one_sentence_where_no_index_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "index").write_text("no folder")
    done = paperboy("search", "sequoia", folder=seeded(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    sentence = f"the search index in {tmp_path / 'data' / 'index'} cannot be written: Not a directory"
    assert done.stderr == f"paperboy: {sentence}\n"


def test_search_uses_an_outdated_index_where_no_new_one_can_be_made(tmp_path: Path) -> None:
    paperboy("search", "sequoia", folder=seeded(tmp_path))
    meta = tmp_path / "data" / "index" / "paperboy.json"
    meta.write_text(json.dumps(json.loads(meta.read_text()) | {"lexicon": "other names"}))
    (meta.parent / "paperboy.json.new").mkdir()
    done = paperboy("search", "sequoia", folder=tmp_path)
    assert (done.returncode, "Sequoia: Scalable" in done.stdout) == (0, True)
    assert done.stderr.startswith(f"paperboy: the search index in {meta.parent} cannot be written: Is a directory")


def heeding_interrupts() -> None:
    """Undo what a shell does to a command that it starts in the background, and so to all that this one starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize(
    ("command", "number", "status"),
    [(("search", "paper"), signal.SIGINT, 130), (("run",), signal.SIGTERM, 0), (("run",), signal.SIGINT, 0)],
)
@pytest.mark.parametrize("papers", [600, 1_100], ids=["in the process", "in another"])
def test_a_signal_breaks_off_the_building_of_the_index(
    tmp_path: Path, command: tuple[str, ...], number: signal.Signals, status: int, papers: int
) -> None:
    words = [f"{first}{second}ing" for first in ("teach", "read", "learn", "build") for second in range(150)]
    lines = ["2024년 2월 20일"]
    for at in range(papers):
        abstract = " ".join(words[at % 7 :: 5])
        lines += [f"Paper Number {at}", "(Ada Lovelace)", abstract, "방금 나온 논문입니다.", "#tool"]
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "many.txt").write_text("\n".join(lines), encoding="utf-8")
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", *command],
        cwd=ROOT, env=environment(tmp_path), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=heeding_interrupts,
    )  # fmt: skip
    terms = tmp_path / "data" / "index" / "terms.new"
    until = time.monotonic() + PATIENCE
    while not (terms / ".tantivy-writer.lock").exists():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    running.send_signal(number)
    printed, said = running.communicate(timeout=PATIENCE)
    assert (running.returncode, printed, "Traceback" in said) == (status, "", False), said
    assert json.loads((terms.parent / "paperboy.json").read_text())["revision"] == 0, "the rest was not built"


def test_the_ledger_is_there_for_the_operator(tmp_path: Path) -> None:
    paperboy("run", folder=seeded(tmp_path))
    status = json.loads(paperboy("status", "--json", folder=tmp_path).stdout)
    assert status["archive"] == {"digests": 5, "papers": 39, "first": "2024-01-23", "last": "2024-05-09"}
    assert status["chats"] == {"active": 1, "asleep": 0, "subscriptions": 0, "to_plan": 0}
    [lane] = status["lanes"]
    assert (lane["lane"], lane["ready"], lane["sending"], lane["unknown"]) == ("console:local", 0, 0, 0)
    rows = json.loads(paperboy("deliveries", "--state", "sent", "--json", folder=tmp_path).stdout)
    assert [row["kind"] for row in rows] == ["post"] * 5
    why = paperboy("why", "--chat", str(rows[0]["chat"]), "--paper", str(rows[0]["paper"]), folder=tmp_path)
    assert "post sent" in why.stdout
    assert "as a sample" in why.stdout
    nothing = paperboy("deliveries", "requeue", str(rows[0]["id"]), folder=tmp_path)
    assert (nothing.returncode, nothing.stdout) == (1, "0 of 1 will be sent again.\n")


@pytest.mark.parametrize("number", ["9" * 20, "-" + "9" * 20])
@pytest.mark.parametrize(
    "line", ["why --chat {} --paper 1", "why --chat 1 --paper {}", "deliveries --chat {}", "deliveries requeue -- {}"]
)
def test_a_number_that_no_database_has_is_refused_in_a_sentence(tmp_path: Path, line: str, number: str) -> None:
    found = paperboy(*line.format(number).split(), folder=tmp_path)
    assert (found.returncode, found.stdout, len(found.stderr.splitlines())) == (2, "", 1)
    assert "Invalid value for" in found.stderr


def test_the_ledger_is_shown_a_row_a_line_with_what_a_platform_said_as_it_said_it(tmp_path: Path) -> None:
    reason = "Bad Request: unexpected end of [/b] " + "in a message that went on and on " * 3 + "[red]"
    paperboy("run", folder=seeded(tmp_path))
    with sqlite3.connect(tmp_path / "data" / "paperboy.db") as database:
        database.execute("UPDATE delivery SET state = 'dead', reason = ?", [reason])
    database.close()
    shown = paperboy("deliveries", folder=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert len(lines) == 6
    assert all(line.rstrip().endswith(reason) for line in lines[1:])


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_query_is_read_as_it_was_typed_where_the_locale_knows_no_korean(tmp_path: Path, locale: str) -> None:
    plain = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    found = paperboy("search", "보상 모델", "--json", "--limit", "1", folder=seeded(tmp_path), **plain)
    assert "Reward" in found.stdout, found


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_a_stream_that_is_closed_from_the_beginning_is_nothing_to_stumble_over(tmp_path: Path, closed: str) -> None:
    line = f'"{sys.executable}" -m bot check "{seeded(tmp_path) / "seeds"}" {closed}'
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_disk_that_is_full_is_one_sentence(tmp_path: Path) -> None:
    line = f'"{sys.executable}" -m bot check "{seeded(tmp_path) / "seeds"}" --json > /dev/full'
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (1, "paperboy: No space left on device.\n")


def test_migrate_says_whether_there_was_anything_to_do(tmp_path: Path) -> None:
    assert "is up to date now" in paperboy("migrate", folder=tmp_path).stdout
    assert "was up to date" in paperboy("migrate", folder=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "said", "status"),
    [
        (("check", "nowhere"), {}, "nowhere: there is no such file or folder", 2),
        (("check",), {}, "Missing argument", 2),
        (("frobnicate",), {}, "No such command 'frobnicate'", 2),
        (("run", "--role", "boss"), {}, "is not made of the roles", 2),
        (("search", "x", "--limit", "0"), {}, "--limit", 2),
        (("search", "x", "--limit", "-5"), {}, "--limit", 2),
        (("search", "-rlhf", "--jsno"), {}, "No such option: --jsno (Possible options: --json)", 2),
        (("search", "-h"), {}, "No such option: -h", 2),
        (("search", "-rlhf", "moe"), {}, "unexpected extra argument", 2),
        (("preview", "nowhere.txt"), {}, "There is no such file", 1),
        (("preview", "seeds/000_91f748c689e94a98.txt", "--as", "fax"), {}, "there is no platform 'fax'", 1),
        (("publish", "nowhere.txt"), {}, "There is no such file", 1),
        (("status",), {}, "paperboy migrate", 1),
        (("deliveries", "--state", "lost"), {}, "'lost' is not one of", 2),
        (("run",), {"BOT_SEEDZ": "x"}, "did you mean BOT_SEEDS?", 2),
        (("run",), {"BOT_PUBLISH_WITHIN_DAYS": "soon"}, "BOT_PUBLISH_WITHIN_DAYS", 2),
        (("run",), {"BOT_DATABASE": "mysql://u:hush@h/d"}, "must begin with sqlite: or postgresql:", 1),
        (("run",), {"BOT_DATABASE": "postgresql://u:hush@127.0.0.1:9/d"}, "cannot be opened", 1),
    ],
)
def test_a_mistake_is_one_sentence_and_a_status(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], said: str, status: int
) -> None:
    done = paperboy(*arguments, folder=seeded(tmp_path), **settings)
    assert said in done.stderr, done
    assert done.stderr.startswith("paperboy: ")
    assert done.stderr.count("\n") == 1
    assert "hush" not in done.stderr + done.stdout
    assert done.returncode == status
    assert done.stdout == ""


def test_who_mistypes_a_command_or_checks_a_digest_waits_for_no_library_of_a_database_or_an_index() -> None:
    wanted = (
        "import sys, bot.cli, bot.digest_file; print(sorted({'sqlalchemy', 'tantivy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", wanted], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout == "[]\n"
