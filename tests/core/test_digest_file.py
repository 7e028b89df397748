"""Reading digests from files: encodings, and files that are none of ours."""

from __future__ import annotations

import random
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from bot.digest import MAX_BYTES, decode
from bot.digest_file import date_in_name, file_hash, read_digest_file
from tests.fakes.nobody import nobody
from tests.fakes.nobody import open_folder as open_folder

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SEED = (SEEDS / "001_c902ee28abae89d3.txt").read_text(encoding="utf-8")
KOREAN = SEED.replace("ö", "o")  # CP949 has no ö
EXPECTED = read_digest_file(SEEDS / "001_c902ee28abae89d3.txt").parsed


def written(folder: Path, data: bytes, name: str = "digest.txt") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"], ids=lambda name: f"from {name}"
)
def test_a_digest_is_the_same_in_every_unicode_encoding(tmp_path: Path, encoding: str) -> None:
    file = read_digest_file(written(tmp_path, SEED.encode(encoding)))
    assert file.parsed == EXPECTED
    assert len(file.hash) == 32


@pytest.mark.parametrize("encoding", ["cp949", "euc_kr"])
def test_a_digest_in_an_old_korean_encoding_is_read(encoding: str) -> None:
    decoded = decode(KOREAN.encode(encoding))
    assert (decoded.text, decoded.encoding) == (KOREAN, "cp949")


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_a_digest_from_another_system_is_the_same(tmp_path: Path, newline: str) -> None:
    data = unicodedata.normalize("NFD", SEED).replace("\n", newline).encode()
    assert read_digest_file(written(tmp_path, data)).parsed == EXPECTED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b" \r\n\t", "empty-file"),
        ("\ufeff".encode(), "empty-file"),
        ("\ufeff \n".encode("utf-16-le"), "empty-file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", "binary-file"),
        (bytes(range(256)) * 40, "binary-file"),
        (b"\x1b\x07\x08\x01" * 50, "binary-file"),
        ("Schönfeld, Pióro, Hervé\n".encode("latin-1"), "unknown-encoding"),
        (b"\xff\xfe\x00\xd8\x00\x00\x00\xd8", "unknown-encoding"),
    ],
)
def test_what_is_no_text_is_one_clear_problem(tmp_path: Path, data: bytes, code: str) -> None:
    parsed = read_digest_file(written(tmp_path, data)).parsed
    assert parsed.digest is None
    (problem,) = parsed.problems
    assert problem.code == code
    assert problem.message[0].isupper()
    assert problem.message.endswith(".")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("大型语言模型的推理速度很慢，我们提出一种新的方法。\n", "gbk"),
        ("大規模言語モデルの推論を速くする方法を提案する。\n", "euc_jp"),
        ("Большие языковые модели стоят дорого.\n", "cp1251"),
        ("뷁뙿쀍 쫡 똠방각하 펲시콜라\n", "cp949"),
        ("한국어 문장\x01\n", "utf-16-le"),
    ],
)
def test_bytes_that_another_encoding_explains_are_no_korean(text: str, encoding: str) -> None:
    assert decode((text * 5).encode(encoding)).problems


def test_a_letter_that_was_pasted_from_a_terminal_makes_no_binary_file() -> None:
    assert decode(SEED.replace("챗봇", "챗\x07봇", 1).encode()).encoding == "utf-8"


def test_random_bytes_are_never_taken_for_text() -> None:
    noise = random.Random(1)
    for size in (10, 1_000, 100_000):
        assert decode(noise.randbytes(size)).problems


def test_a_letter_cut_in_half_is_reported_with_its_line() -> None:
    data = SEED.encode()
    cut = data[: data.index("챗봇".encode()) + 1]
    (problem,) = decode(cut).problems
    assert (problem.code, problem.line) == ("unknown-encoding", 4)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 30_000_000)
    file_digest = read_digest_file(path)
    assert [problem.code for problem in file_digest.parsed.problems] == ["file-too-large"]
    assert file_digest.hash == ""


def test_a_file_that_vanished_a_folder_and_an_impossible_name_are_problems(tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "gone.txt", "file-not-found"),
        (tmp_path, "not-a-file"),
        (tmp_path / "a\x00b", "file-not-readable"),
        (tmp_path / ("x" * 5000), "file-not-readable"),
    ):
        (problem,) = read_digest_file(path).parsed.problems
        assert (problem.line, problem.code) == (0, code)


def test_a_file_that_may_not_be_read_is_a_problem_until_it_may(open_folder: Path) -> None:
    path = written(open_folder, SEED.encode())
    path.chmod(0)
    with nobody():
        assert [problem.code for problem in read_digest_file(path).parsed.problems] == ["file-not-readable"]
    path.chmod(0o644)
    with nobody():
        assert read_digest_file(path).parsed == EXPECTED


def test_a_note_without_a_date_line_is_dated_by_its_name(tmp_path: Path) -> None:
    note = "https://a.org/1\n\n*A Title* (A B)\n\n재미있네요.\n"
    dated = read_digest_file(written(tmp_path, note.encode(), "2024-01-05.md")).parsed.digest
    assert dated is not None
    assert dated.date == date(2024, 1, 5)
    for name in ("note.md", "2024-02-30.md"):
        parsed = read_digest_file(written(tmp_path, note.encode(), name)).parsed
        assert [problem.code for problem in parsed.errors] == ["no-date"]


@pytest.mark.parametrize("name", ["12024-01-05.md", "2024-01-051.md"])
def test_a_number_in_a_name_is_no_date(name: str) -> None:
    assert date_in_name(name) is None


def test_the_same_bytes_have_the_same_hash(tmp_path: Path) -> None:
    one, two = written(tmp_path, b"a", "1.txt"), written(tmp_path, b"a", "2.txt")
    assert read_digest_file(one).hash == read_digest_file(two).hash


def test_a_hash_is_of_the_bytes_whoever_takes_it(tmp_path: Path) -> None:
    narrow, wide = written(tmp_path, SEED.encode(), "1.txt"), written(tmp_path, SEED.encode("utf-16"), "2.txt")
    assert read_digest_file(narrow).hash != read_digest_file(wide).hash
    assert [read_digest_file(path).hash for path in (narrow, wide)] == [file_hash(narrow), file_hash(wide)]
