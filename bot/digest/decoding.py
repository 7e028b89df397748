"""Bytes to text, where it is certain what they mean."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from bot.digest.text import Problem

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_READABLE: Final = re.compile(
    r"[\t-\r -~\u00a0-\u024f\u0370-\u03ff\u2000-\u22ff\u3000-\u303f\u1100-\u11ff\uac00-\ud7a3]"
)
_HANGUL: Final = re.compile(r"[가-힣]")
_SAMPLE: Final = 200_000  # letters that are enough to tell an encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text of a file ("" where there is a problem), and the encoding that it was in."""

    text: str
    encoding: str | None
    problems: tuple[Problem, ...] = ()


def decode(data: bytes) -> Decoded:
    """Decode UTF-8, UTF-16 and UTF-32 (with a mark), UTF-16 without one, and CP949 (which holds EUC-KR).

    Only what is certain: UTF-16 without a mark has to read as Latin and Hangul, CP949 as mostly Hangul of the
    common 2,350 syllables. Everything else is a problem: `empty-file`, `binary-file` or `unknown-encoding`.
    """
    if not data.strip():
        return _problem("empty-file", "There is nothing in it.")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding)
    if b"\x00" in data:
        for encoding in ("utf-16-le", "utf-16-be"):
            text = _try(data, encoding)
            if text is not None and _reads_well(text):
                return Decoded(text=text, encoding=encoding)
        return _problem("binary-file", "This is not a text file.")
    text = _try(data, "utf-8")
    if text is not None:
        if len(_CONTROL.findall(text[:_SAMPLE])) > max(2, len(text[:_SAMPLE]) // 200):
            return _problem("binary-file", "This is not a text file.")
        return Decoded(text=text, encoding="utf-8")
    text = _try(data, "cp949")
    if text is not None and _is_korean(text):
        return Decoded(text=text, encoding="cp949")
    return _undecodable(data)


def _marked(data: bytes, encoding: str) -> Decoded:
    if not data.strip(b"\x00\t\n\r "):
        return _problem("empty-file", "There is nothing in it.")
    text = _try(data, encoding)
    if text is None:
        name = encoding.upper()
        return _problem("unknown-encoding", f"The file says that it is {name}, but it is not; save it as UTF-8.")
    return Decoded(text=text, encoding=encoding)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _reads_well(text: str) -> bool:
    sample = text[:_SAMPLE]
    return not _CONTROL.search(sample) and len(_READABLE.findall(sample)) * 20 >= len(sample) * 19


def _is_korean(text: str) -> bool:
    sample = text[:_SAMPLE]
    if _CONTROL.search(sample):
        return False
    foreign = sum(not letter.isascii() for letter in sample)
    hangul = "".join(_HANGUL.findall(sample)).encode("cp949")
    # The common 2,350 syllables have both bytes in the upper half; the 8,822 that CP949 added do not.
    common = sum(first > 0xA0 and second > 0xA0 for first, second in zip(hangul[::2], hangul[1::2], strict=True))
    return foreign > 0 and common * 10 >= foreign * 8


def _undecodable(data: bytes) -> Decoded:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
    if len(_CONTROL.findall(data[:_SAMPLE].decode("latin-1"))) * 20 > len(data[:_SAMPLE]):
        return _problem("binary-file", "This is not a text file.")
    line = 1 + data.count(b"\n", 0, start)
    return _problem("unknown-encoding", "From here on it is neither UTF-8 nor CP949; save it as UTF-8.", line)


def _problem(code: str, message: str, line: int = 1) -> Decoded:
    return Decoded(text="", encoding=None, problems=(Problem(line=line, code=code, message=message),))
