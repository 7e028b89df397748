"""Addresses of papers as keys: `arxiv:2402.12374` for everything that leads to that paper, else the bare URL.

arXiv's own forms of an id: https://info.arxiv.org/help/arxiv_identifier.html; its DOIs:
https://info.arxiv.org/help/doi.html.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from bot.query.terms import normal

_ID: Final = r"(?P<id>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z]+(?:-[a-z]+)?(?:\.[a-z]{2})?/\d{7})(?:v\d{1,3})?"
_BARE: Final = re.compile(rf"(?:arxiv:|(?:abs|pdf|html)/)?{_ID}(?:\.pdf)?")
_DOI: Final = re.compile(rf"(?:doi:|(?:https?://)?(?:(?:dx|www)\.)?doi\.org/)?10\.48550/arxiv\.{_ID}")
_PAGE: Final = re.compile(
    rf"(?:https?://)?(?:[a-z0-9-]+\.)*(?:arxiv\.org/(?:abs|pdf|html|format|src|e-print)|alphaxiv\.org/(?:abs|pdf)"
    rf"|huggingface\.co/papers|hf\.co/papers)/{_ID}(?:\.pdf)?(?:[/?#].*)?"
)
_END: Final = re.compile(r"[\s()\"|<>{}\[\]“”「」『』]")
_WWW: Final = re.compile(r"^(?:www\.)+")
_HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?")
_NO_SCHEME: Final = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|edu|dev|gov|co|kr|cn|jp|de|fr|uk|eu|app|blog|pub|page)/.+"
)
"""An address as people type it; other names with a dot and a slash are none (`node.js/react`)."""
_TAIL: Final = ".,;:!?'"
_LONGEST: Final = 200


def source_key(text: str) -> str | None:
    """The key of an arXiv id or of an http(s) URL, None for any other text. The version of a paper is left out."""
    key = _key(text)
    return key if key is not None and _key(key) == key else None


def _key(text: str) -> str | None:
    text = _END.split(normal(text.strip()).lower(), maxsplit=1)[0].rstrip(_TAIL)
    for form in (_BARE, _DOI, _PAGE):
        if found := form.fullmatch(text):
            return "arxiv:" + found.group("id")
    if _NO_SCHEME.fullmatch(text):
        text = f"https://{text}"
    if not text.startswith(("http://", "https://")) or not text.isascii():
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    host = _WWW.sub("", parts.netloc)
    if not _HOST.fullmatch(host):
        return None
    path = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return f"https://{host}{path}"[:_LONGEST].rstrip(_TAIL + "/")
