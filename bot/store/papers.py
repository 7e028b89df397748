"""Reading the archive: papers and tags. They are written by `bot.store.digests`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, func, select

from bot.model import StoredPaper, Tag
from bot.store.database import Part, among, insert, reading, writing
from bot.store.rows import PAPER, paper_of
from bot.store.schema import digest, meta, paper, paper_tag, tag
from bot.store.values import ArchiveCounts

REVISION: Final = select(meta.c.value).where(meta.c.key == "revision")
_MARK: Final = select(meta.c.value).where(meta.c.key == bindparam("key"))
_ARCHIVE: Final = select(meta.c.value).where(meta.c.key == "archive")

_live = sa.not_(paper.c.withdrawn)
_count = func.count(paper.c.id)

_GET: Final = select(*PAPER).where(among(paper.c.id))
_LATEST: Final = (
    select(*PAPER)
    .where(_live, paper.c.date == select(func.max(paper.c.date)).where(_live).scalar_subquery())
    .order_by(paper.c.digest_id, paper.c.position, paper.c.id)
)
_CHANGED: Final = select(paper.c.id).where(paper.c.revision > bindparam("revision")).order_by(paper.c.id)
_TAGS: Final = (
    select(tag.c.id, tag.c.slug, tag.c.label, _count)
    .select_from(tag.outerjoin(paper_tag, paper_tag.c.tag_id == tag.c.id).outerjoin(
        paper, sa.and_(paper.c.id == paper_tag.c.paper_id, _live)))
    .group_by(tag.c.id, tag.c.slug, tag.c.label)
)  # fmt: skip
_ALL_TAGS: Final = _TAGS.having(_count > 0).order_by(_count.desc(), tag.c.slug)
_TAGS_BY_ID: Final = _TAGS.where(among(tag.c.id))
_TAG_BY_SLUG: Final = _TAGS.where(tag.c.slug == bindparam("slug"))
_TAGS_OF_PAPERS: Final = (
    select(paper_tag.c.paper_id, paper_tag.c.tag_id)
    .where(among(paper_tag.c.paper_id))
    .order_by(paper_tag.c.paper_id, paper_tag.c.position)
)
_RECENT: Final = (
    select(*PAPER)
    .join(paper_tag, paper_tag.c.paper_id == paper.c.id)
    .where(paper_tag.c.tag_id == bindparam("tag_id"), _live)
    .order_by(paper.c.date.desc(), paper.c.digest_id.desc(), paper.c.position, paper.c.id)
    .limit(bindparam("limit"))
)
_COUNTS: Final = select(func.count(), func.min(paper.c.date), func.max(paper.c.date)).where(_live)
_DIGESTS: Final = select(func.count()).where(
    select(1).where(paper.c.digest_id == digest.c.id, _live).correlate(digest).exists()
).select_from(digest)  # fmt: skip


_its: Final = paper.alias()
_LIKE: Final = (
    select(*PAPER)
    .join(_its, _its.c.content_hash == paper.c.content_hash)
    .where(_its.c.id == bindparam("paper_id"), paper.c.id != _its.c.id, paper.c.published_at.is_not(None))
    .order_by(paper.c.published_at)
    .limit(1)
)
_OF_DIGEST: Final = (
    select(*PAPER).where(paper.c.digest_id == bindparam("digest_id"), _live).order_by(paper.c.position, paper.c.id)
)


def mark_key(revision: int) -> str:
    """Where the mark of a revision is kept."""
    return f"mark {revision}"


class Papers(Part):
    """The archive as readers see it."""

    @reading
    def get(self, tx: Connection, ids: Sequence[int]) -> dict[int, StoredPaper]:
        """Papers by id, withdrawn ones too; ids that do not exist are left out."""
        return {row[0]: paper_of(row) for row in tx.execute(_GET, {"ids": ids})}

    @reading
    def latest(self, tx: Connection) -> list[StoredPaper]:
        """The live papers of the newest digest date, in digest order."""
        return [paper_of(row) for row in tx.execute(_LATEST)]

    @reading
    def newest(self, tx: Connection) -> int:
        """The highest id that a paper has, 0 where there is none."""
        return int(tx.execute(select(func.coalesce(func.max(paper.c.id), 0))).scalar_one())

    @reading
    def titled(self, tx: Connection, words: str, limit: int) -> list[StoredPaper]:
        """Papers with `words` in their titles, whatever the case, withdrawn ones too: the shortest titles first, of
        equal ones the newest."""
        statement = select(*PAPER).where(paper.c.title.icontains(words, autoescape=True))
        order = (func.length(paper.c.title), paper.c.withdrawn, paper.c.date.desc(), paper.c.id.desc())
        return [paper_of(row) for row in tx.execute(statement.order_by(*order).limit(limit))]

    @reading
    def of_digest(self, tx: Connection, digest_id: int) -> list[StoredPaper]:
        """The live papers of a digest, in its order."""
        return [paper_of(row) for row in tx.execute(_OF_DIGEST, {"digest_id": digest_id})]

    @reading
    def like(self, tx: Connection, paper_id: int) -> StoredPaper | None:
        """The first published paper with the very same content as another."""
        row = tx.execute(_LIKE, {"paper_id": paper_id}).first()
        return None if row is None else paper_of(row)

    @reading
    def revision(self, tx: Connection) -> int:
        """A number that grows with each change of papers."""
        return int(tx.execute(REVISION).scalar_one())

    @reading
    def mark(self, tx: Connection, revision: int) -> str:
        """What was drawn at random when the archive came to a revision, "" where that was before marks were drawn."""
        return _mark(tx, revision)

    @reading
    def came_through(self, tx: Connection, revision: int, mark: str) -> bool:
        """Whether the archive was at that very revision once. One that was restored from a backup, and perhaps written
        to again, was not: its revisions have other marks from there on."""
        return revision <= int(tx.execute(REVISION).scalar_one()) and _mark(tx, revision) == mark

    @writing
    def archive(self, tx: Connection) -> str:
        """The id of this archive, drawn at random when it is first asked for: what is derived from it tells by the id
        that it is not derived from another. A copy or a dump keeps the id."""
        known = tx.execute(_ARCHIVE).scalar_one_or_none()
        if known is None:
            statement = insert(self.database, meta).values(key="archive", value=secrets.token_hex(16))
            tx.execute(statement.on_conflict_do_nothing())
            known = tx.execute(_ARCHIVE).scalar_one()
        return str(known)

    @reading
    def changed_since(self, tx: Connection, revision: int) -> tuple[int, list[int]]:
        """The revision now, and the ids of the papers changed after `revision`, withdrawn ones too.

        A change that commits between the two statements is in the list already and comes again next time.
        """
        now = int(tx.execute(REVISION).scalar_one())
        if now == revision:
            return now, []
        return now, list(tx.execute(_CHANGED, {"revision": revision}).scalars())

    @reading
    def tags(self, tx: Connection) -> list[Tag]:
        """Every tag of a live paper, most used first, then by slug."""
        return [Tag(id=key, slug=slug, label=label, count=n) for key, slug, label, n in tx.execute(_ALL_TAGS)]

    @reading
    def tags_by_id(self, tx: Connection, ids: Sequence[int]) -> dict[int, Tag]:
        """Tags by id, also those that no live paper has any more."""
        return _tags(tx, ids)

    @reading
    def tag(self, tx: Connection, slug: str) -> Tag | None:
        """The tag of that canonical form."""
        row = tx.execute(_TAG_BY_SLUG, {"slug": slug}).one_or_none()
        return None if row is None else Tag(id=row[0], slug=row[1], label=row[2], count=row[3])

    @reading
    def paper_tags(self, tx: Connection, paper_ids: Sequence[int]) -> dict[int, tuple[Tag, ...]]:
        """The tags of each of the papers, in the order in which the paper has them."""
        pairs = tx.execute(_TAGS_OF_PAPERS, {"ids": paper_ids}).all()
        tags = _tags(tx, {tag_id for _, tag_id in pairs})
        found: dict[int, list[Tag]] = {key: [] for key in paper_ids}
        for paper_id, tag_id in pairs:
            found[paper_id].append(tags[tag_id])
        return {key: tuple(its) for key, its in found.items()}

    @reading
    def recent_with_tag(self, tx: Connection, tag_id: int, limit: int) -> list[StoredPaper]:
        """The newest live papers with a tag, newest digest first, then in digest order."""
        return [paper_of(row) for row in tx.execute(_RECENT, {"tag_id": tag_id, "limit": limit})]

    @reading
    def counts(self, tx: Connection) -> ArchiveCounts:
        """How many live papers there are, of how many digests and of which dates."""
        papers, first, last = tx.execute(_COUNTS).one()
        return ArchiveCounts(digests=tx.execute(_DIGESTS).scalar_one(), papers=papers, first=first, last=last)


def _mark(tx: Connection, revision: int) -> str:
    return str(tx.execute(_MARK, {"key": mark_key(revision)}).scalar_one_or_none() or "")


def _tags(tx: Connection, ids: Sequence[int] | set[int]) -> dict[int, Tag]:
    if not ids:
        return {}
    rows = tx.execute(_TAGS_BY_ID, {"ids": ids})
    return {key: Tag(id=key, slug=slug, label=label, count=count) for key, slug, label, count in rows}
