"""Tags of papers, as they are written and as they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Connection, func, select

from bot.store.database import Database, among, insert
from bot.store.schema import paper, paper_tag, tag

_TAG_USES: Final = (
    select(paper_tag.c.tag_id, tag.c.label, paper_tag.c.written, func.count())
    .join(paper, paper.c.id == paper_tag.c.paper_id)
    .join(tag, tag.c.id == paper_tag.c.tag_id)
    .where(among(paper_tag.c.tag_id), sa.not_(paper.c.withdrawn))
    .group_by(paper_tag.c.tag_id, tag.c.label, paper_tag.c.written)
)


def tag_papers(
    database: Database,
    tx: Connection,
    papers: Mapping[int, Sequence[str]],
    *,
    withdrawn: Iterable[int],
    slug: Callable[[str], str],
) -> None:
    """Give papers the tags written in them, and every tag that was touched the label that most live papers write."""
    uses: dict[tuple[int, str], tuple[int, str]] = {}
    for paper_id, tags in papers.items():
        for position, written in enumerate(tags):
            if canonical := slug(written):
                uses.setdefault((paper_id, canonical), (position, written))
    slugs = {canonical: written for (_, canonical), (_, written) in reversed(uses.items())}
    if slugs:
        statement = insert(database, tag).on_conflict_do_nothing()
        tx.execute(statement, [{"slug": canonical, "label": written} for canonical, written in slugs.items()])
    among_papers = among(paper_tag.c.paper_id)
    before = set(tx.execute(select(paper_tag.c.tag_id).where(among_papers), {"ids": {*papers, *withdrawn}}).scalars())
    tx.execute(sa.delete(paper_tag).where(among_papers), {"ids": papers})
    known = {row.slug: row for row in tx.execute(select(tag.c.slug, tag.c.id, tag.c.label))}
    if uses:
        tx.execute(
            sa.insert(paper_tag),
            [
                {"paper_id": paper_id, "tag_id": known[canonical].id, "position": position, "written": written}
                for (paper_id, canonical), (position, written) in uses.items()
            ],
        )
    # A label that is written once more stays what it is, and nobody has to count how often it is.
    written_otherwise = {
        known[canonical].id for (_, canonical), (_, written) in uses.items() if written != known[canonical].label
    }
    _label(tx, before | written_otherwise)


def _label(tx: Connection, tag_ids: set[int]) -> None:
    best: dict[int, tuple[tuple[int, bool, str], str, str]] = {}
    for tag_id, label, written, count in tx.execute(_TAG_USES, {"ids": tag_ids}):
        rank = (-count, written != label, written)  # among equals the label stays
        if tag_id not in best or rank < best[tag_id][0]:
            best[tag_id] = (rank, label, written)
    for tag_id, (_, label, written) in best.items():
        if label != written:
            tx.execute(sa.update(tag).where(tag.c.id == tag_id).values(label=written))
