"""What a digest file would be on a platform, without a chat and without leaving a trace."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.base import Request
from bot.app import platforms
from bot.digest_file import read_digest_file
from bot.formatting import paper_message
from bot.model import EVERY_DAY, Address, Chat, ChatKind, StoredPaper, Tag
from bot.query import tag_slug
from bot.search import load_lexicon
from bot.settings import Settings
from bot.store import Store


async def preview(settings: Settings, file: Path, platform: str) -> list[Request]:
    """The requests that would post a digest file to a chat with the default settings, storing nothing.

    Tags that the archive does not know yet are numbered as they would be in an empty one. Raises ValueError
    with one sentence for a platform that is not there or a file that gives no digest.
    """
    if platform not in platforms():
        raise ValueError(f"there is no platform {platform!r} here, only {', '.join(platforms())}.")
    parsed = read_digest_file(file).parsed
    if parsed.digest is None:
        problem = parsed.errors[0]
        raise ValueError(f"{file}:{problem.line}: {problem.message}")
    draw = importlib.import_module(f"bot.adapters.{platform}.render").preview
    lexicon = load_lexicon(settings.config)
    tags = {tag.slug: tag for tag in await _known_tags(settings)}
    chat = _sample_chat(settings, platform)
    requests: list[Request] = []
    for position, paper in enumerate(parsed.digest.papers):
        shown: dict[str, Tag] = {}
        for written in paper.tags:
            slug = tag_slug(written, lexicon)
            fresh = Tag(id=max((tag.id for tag in tags.values()), default=0) + 1, slug=slug, label=written, count=1)
            shown[slug] = tags.setdefault(slug, fresh)
        stored = StoredPaper(
            id=0, version=1, digest_id=0, position=position, published_at=None, withdrawn=False, paper=paper
        )
        requests.append(draw(paper_message(stored, list(shown.values()), language=settings.language), chat))
    return requests


async def _known_tags(settings: Settings) -> list[Tag]:
    """The tags of the archive, where there is one; a preview must not make one."""
    if settings.database is None and not (settings.data / "paperboy.db").exists():
        return []
    store = await Store.open(settings.database_url)
    try:
        await store.check()
        return await store.papers.tags()
    finally:
        await store.close()


def _sample_chat(settings: Settings, platform: str) -> Chat:
    never = datetime.fromtimestamp(0, UTC)
    return Chat(
        id=0,
        address=Address(lane=f"{platform}:preview", chat="0"),
        kind=ChatKind.PRIVATE,
        title="",
        language=settings.language,
        zone=settings.zone,
        posting_time=None,
        weekdays=EVERY_DAY,
        next_post_at=None,
        planned_until=never,
        active=True,
        inactive_reason=None,
        paused_until=None,
        created_at=never,
    )
