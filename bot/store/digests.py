"""Writing the archive: a digest file becomes papers, tags, and debts to those who were sent an older form of it.

Writers take the row lock of `meta.revision` first, on both databases, so that revisions and publishing times grow in
the order in which they become visible: whoever has looked at papers up to some moment will never miss an earlier one.
Locks are taken in one order everywhere: meta, papers, deliveries, chats.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, func, select

from bot.model import Digest, Paper, StoredPaper
from bot.store.database import Part, StoreError, among, insert, reading, writing
from bot.store.debts import PaperChange, owe_changes
from bot.store.heirs import part
from bot.store.papers import REVISION, mark_key
from bot.store.rows import PAPER, paper_fields, paper_of
from bot.store.schema import awake, chat, digest, meta, paper
from bot.store.signals import DUE, EVERYTHING, tell
from bot.store.tagging import tag_papers
from bot.store.values import KnownFile, PublishResult, PutResult, StoredProblem

_AFTER: Final = timedelta(microseconds=1)

_DIGEST: Final = select(digest.c.id).where(digest.c.name == bindparam("name"))
_THERE: Final = _DIGEST.add_columns(digest.c.state)
_FILES: Final = select(
    digest.c.name, digest.c.hash, digest.c.state, digest.c.date, digest.c.problems, digest.c.signature
)
_REMEMBER: Final = (
    sa.update(digest)
    .where(digest.c.name == bindparam("file"), digest.c.hash == bindparam("its"))
    .values(signature=bindparam("looks"))
)
_RENAME: Final = sa.update(digest).where(digest.c.id == bindparam("key"))
_TO_BE_READ: Final = _RENAME.values(hash="")
_CANDIDATES: Final = (
    select(*PAPER, paper.c.content_hash)
    .where(
        sa.or_(
            paper.c.digest_id == bindparam("digest_id"),
            sa.and_(
                paper.c.date == bindparam("date"),  # found by it: of all papers few are of that day
                select(1).where(digest.c.id == paper.c.digest_id, digest.c.state == "missing").exists(),
            ),
        )
    )
    .order_by(paper.c.digest_id, paper.c.position, paper.c.id)
)
_ELSEWHERE: Final = (
    select(1)
    .where(
        paper.c.content_hash == bindparam("content_hash"),
        paper.c.digest_id != bindparam("digest_id"),
        sa.not_(paper.c.withdrawn),
    )
    .limit(1)
)
_TAGGED_BY: Final = select(meta.c.value).where(meta.c.key == "tagged_by")
# Whoever comes next and calls tags otherwise than they were called here has to tag every paper anew.
_TAGGED_OTHERWISE: Final = sa.delete(meta).where(meta.c.key == "tagged_by", meta.c.value != bindparam("ours"))
_LAST_PUBLISHED: Final = select(func.max(paper.c.published_at))
_like: Final = paper.alias()
_UNPUBLISHED: Final = (
    select(paper.c.id)
    .where(
        paper.c.digest_id == bindparam("digest_id"),
        sa.not_(paper.c.withdrawn),
        paper.c.published_at.is_(None),
        # What another digest has brought to everybody is not brought again.
        sa.not_(
            select(1)
            .where(
                _like.c.content_hash == paper.c.content_hash,
                _like.c.digest_id != paper.c.digest_id,
                _like.c.published_at.is_not(None),
                sa.not_(_like.c.withdrawn),
            )
            .exists()
        ),
    )
    .order_by(paper.c.position, paper.c.id)
)
_INSERT: Final = sa.insert(paper).returning(paper.c.id, sort_by_parameter_order=True)
_BY_ID: Final = sa.update(paper).where(paper.c.id == bindparam("paper_id"))
_FOUND: Final = sa.case((digest.c.state == "missing", "ok"), else_=digest.c.state)
_AT_ONCE: Final = (
    select(chat.c.id)
    .where(
        awake(),
        chat.c.posting_time.is_(None),
        sa.or_(chat.c.next_post_at.is_(None), chat.c.next_post_at > bindparam("now", type_=chat.c.next_post_at.type)),
    )
    .order_by(chat.c.id)
    .with_for_update()
)

Match = Callable[[Sequence[StoredPaper], Sequence[Paper]], Sequence[int | None]]


class Digests(Part):
    """Digest files and what they hold."""

    @reading
    def files(self, tx: Connection) -> dict[str, KnownFile]:
        """Every file ever read, by name."""
        return {
            name: KnownFile(
                name=name,
                hash=hash_,
                state=state,
                date=date,
                problems=tuple(StoredProblem(line=line, code=code, message=text) for line, code, text in problems),
                signature=signature,
            )
            for name, hash_, state, date, problems, signature in tx.execute(_FILES)
        }

    @writing
    def remember(self, tx: Connection, looks: Sequence[tuple[str, str, str]]) -> None:
        """Note what files look like: name, hash and signature of each. One that has another hash by now is left out."""
        tx.execute(_REMEMBER, [{"file": name, "its": hash_, "looks": signature} for name, hash_, signature in looks])

    @writing
    def put(
        self,
        tx: Connection,
        name: str,
        hash: str,  # noqa: A002 - the file's hash
        digest: Digest,
        *,
        problems: Sequence[StoredProblem],
        slug: Callable[[str], str],
        match: Match,
        publish: bool,
        publish_rest: bool = False,
        withdraw: bool = True,
        fingerprint: str | None = None,
        now: datetime,
    ) -> PutResult:
        """Make the store say what the file says.

        `match` names, for each paper of the file, the index of the stored paper that it is, or None for a new one.
        Stored papers of the file that are no longer in it are withdrawn, but one that was published and whose like is
        in another digest, unpublished, goes on there. Without `withdraw` they are left as they are, and the file counts
        as one that has to be put again. New papers are published where `publish` is set, unless their like is in the
        archive already; with `publish_rest` also those of the file that were only kept for searching until now. Those
        who were sent a paper that changed are owed an edit. `fingerprint` is that of `slug`: where it is not that of
        the last `retag`, the next one gives every paper its tags anew.
        Putting the same file again changes nothing.
        """
        revision = _lock(tx) + 1
        digest_id = self._file(tx, name, hash, "ok", digest.date, problems, now)
        rows = tx.execute(_CANDIDATES, {"digest_id": digest_id, "date": digest.date}).all()
        old = [paper_of(row[:-1]) for row in rows]
        hashes = [row[-1] for row in rows]
        matched = match(old, digest.papers)
        known = [index for index in matched if index is not None]
        if len(matched) != len(digest.papers) or len(set(known)) != len(known):
            raise ValueError("match must give each new paper an old one of its own, or None")

        publisher = _Publisher(tx, digest_id, now)
        added: list[tuple[Paper, dict[str, Any]]] = []
        changes: list[PaperChange] = []
        unchanged: list[int] = []
        retagged: dict[int, tuple[str, ...]] = {}
        touched: list[int] = []
        for position, (index, fresh) in enumerate(zip(matched, digest.papers, strict=True)):
            place: dict[str, Any] = {
                "digest_id": digest_id,
                "position": position,
                "revision": revision,
                "updated_at": now,
            }
            if index is None:
                values = place | paper_fields(fresh) | {"version": 1, "withdrawn": False, "created_at": now}
                values["published_at"] = publisher.stamp(fresh) if publish else None
                added.append((fresh, values))
                continue
            stored = old[index]
            if stored.withdrawn or hashes[index] != fresh.content_hash:
                version = stored.version + 1
                values = place | paper_fields(fresh) | {"version": version, "withdrawn": False}
                if stored.withdrawn and publish:
                    # Chats that were looked after while it was withdrawn get it too; the others have it already.
                    values["published_at"] = publisher.stamp(fresh)
                changes.append(PaperChange(stored.id, version, fresh.content_hash, restored=stored.withdrawn))
                retagged[stored.id] = fresh.tags
            else:
                unchanged.append(stored.id)
                if (stored.digest_id, stored.position, stored.paper.date) == (digest_id, position, fresh.date):
                    continue
                values = place | {"date": fresh.date}
            touched.append(stored.id)
            tx.execute(_BY_ID.values(values), {"paper_id": stored.id})

        new = list(tx.execute(_INSERT, [values for _, values in added]).scalars()) if added else []
        retagged |= zip(new, (fresh.tags for fresh, _ in added), strict=True)

        gone = [
            stored
            for index, stored in enumerate(old)
            if index not in set(known) and stored.digest_id == digest_id and not stored.withdrawn
        ]
        if gone and not withdraw:
            tx.execute(_TO_BE_READ, {"key": digest_id})
        parting = part(tx, gone if withdraw else (), {"revision": revision, "updated_at": now})
        changes += [PaperChange(key, version, None) for key, version in parting.unseen]

        if publish_rest:
            _publish_rest(tx, publisher, digest_id, revision, now)
        if new or touched or parting.unseen or publisher.published:
            unseen = [key for key, _ in parting.unseen]
            if fingerprint is not None:
                tx.execute(_TAGGED_OTHERWISE, {"ours": fingerprint})
            tag_papers(self.database, tx, retagged, withdrawn=unseen, slug=slug)
            owe_changes(self.database, tx, changes, now)
            _set_revision(tx, revision)
        if changes:
            tell(tx, [EVERYTHING])
        if publisher.published:
            _wake_at_once_chats(tx, now)
        return PutResult(
            digest_id=digest_id,
            new=tuple(new),
            changed=tuple(change.paper_id for change in changes if change.content_hash and not change.restored),
            withdrawn=parting.withdrawn,
            restored=tuple(change.paper_id for change in changes if change.restored),
            unchanged=(*unchanged, *parting.moved),
            repeated=publisher.repeated,
            left=0 if withdraw else len(gone),
        )

    @writing
    def quarantine(
        self,
        tx: Connection,
        name: str,
        hash: str,  # noqa: A002 - the file's hash
        problems: Sequence[StoredProblem],
        now: datetime,
    ) -> None:
        """Note that a file is bad. Its papers stay as they are."""
        _lock(tx)
        self._file(tx, name, hash, "bad", None, problems, now)

    @writing
    def rename(self, tx: Connection, moved: Mapping[str, str]) -> None:
        """Files by their old names have these new ones now, all at once. Of a file that is known under a new name, the
        papers become part of the one that has it now; one that is missing is kept aside, for it may come back."""
        _lock(tx)
        keys = {old: tx.execute(_DIGEST, {"name": old}).scalar_one_or_none() for old in moved}
        ids = {key: moved[old] for old, key in keys.items() if key is not None and moved[old] != old}
        for key in ids:  # one may get the name of another
            tx.execute(_RENAME.values(name=f"//{key}"), {"key": key})
        for key, new in ids.items():
            there = tx.execute(_THERE, {"name": new}).one_or_none()
            if there is not None and there.state == "missing":
                tx.execute(_RENAME.values(name=f"{new} ({there.id})"), {"key": there.id})
            elif there is not None:
                tx.execute(sa.update(paper).where(paper.c.digest_id == there.id).values(digest_id=key))
                tx.execute(sa.delete(digest).where(digest.c.id == there.id))
            tx.execute(_RENAME.values(name=new, state=_FOUND), {"key": key})

    @writing
    def missing(self, tx: Connection, names: Sequence[str], now: datetime) -> None:
        """Note that files are gone. Their papers stay in the archive."""
        _lock(tx)
        statement = sa.update(digest).where(digest.c.name == bindparam("gone"), digest.c.state != "missing")
        if names:
            tx.execute(statement.values(state="missing", changed_at=now), [{"gone": name} for name in names])

    @writing
    def publish(self, tx: Connection, name: str, now: datetime) -> PublishResult:
        """Publish the papers of a file that were not published before. Raises StoreError where it is not known."""
        revision = _lock(tx) + 1
        digest_id = tx.execute(_DIGEST, {"name": name}).scalar_one_or_none()
        if digest_id is None:
            raise StoreError(f"no digest file {name} has been read")
        ids = _publish_rest(tx, _Publisher(tx, digest_id, now), digest_id, revision, now)
        if not ids:
            return PublishResult(papers=())
        _set_revision(tx, revision)
        _wake_at_once_chats(tx, now)
        rows = tx.execute(select(*PAPER).where(among(paper.c.id)).order_by(paper.c.published_at), {"ids": ids})
        return PublishResult(papers=tuple(map(paper_of, rows)))

    @writing
    def retag(self, tx: Connection, fingerprint: str, slug: Callable[[str], str]) -> bool:
        """Give every paper its tags anew where `fingerprint` is not that of the last time; whether it was another.

        `slug` is what the fingerprint is of: the canonical form of a tag as it is written.
        """
        _lock(tx)
        known = tx.execute(_TAGGED_BY).scalar_one_or_none()
        if known == fingerprint:
            return False
        papers = tx.execute(select(paper.c.id, paper.c.tags, paper.c.withdrawn)).all()
        live = {row.id: row.tags for row in papers if not row.withdrawn}
        tag_papers(self.database, tx, live, withdrawn=[row.id for row in papers if row.withdrawn], slug=slug)
        values = {"key": "tagged_by", "value": fingerprint}
        statement = insert(self.database, meta).values(values)
        tx.execute(statement.on_conflict_do_update(index_elements=[meta.c.key], set_={"value": fingerprint}))
        return bool(papers)

    def _file(
        self,
        tx: Connection,
        name: str,
        hash_: str,
        state: str,
        date: Any,
        problems: Sequence[StoredProblem],
        now: datetime,
    ) -> int:
        fields: dict[str, Any] = {
            "hash": hash_,
            "state": state,
            "problems": [(problem.line, problem.code, problem.message) for problem in problems],
            "signature": "",
            "seen_at": now,
            "changed_at": now,
        }
        if date is not None:
            fields["date"] = date
        statement = (
            insert(self.database, digest)
            .values(name=name, **fields)
            .on_conflict_do_update(index_elements=[digest.c.name], set_=fields)
            .returning(digest.c.id)
        )
        key: int = tx.execute(statement).scalar_one()
        return key


def _lock(tx: Connection) -> int:
    return int(tx.execute(REVISION.with_for_update()).scalar_one())


def _set_revision(tx: Connection, revision: int) -> None:
    tx.execute(sa.update(meta).where(meta.c.key == "revision").values(value=str(revision)))
    tx.execute(sa.insert(meta).values(key=mark_key(revision), value=secrets.token_hex(8)))


def _publish_rest(tx: Connection, publisher: _Publisher, digest_id: int, revision: int, now: datetime) -> list[int]:
    """Publish the papers of a digest that were only kept for searching; their ids."""
    ids = list(tx.execute(_UNPUBLISHED, {"digest_id": digest_id}).scalars())
    for key in ids:
        values = {"published_at": publisher.next(), "revision": revision, "updated_at": now}
        tx.execute(_BY_ID.values(values), {"paper_id": key})
    return ids


def _wake_at_once_chats(tx: Connection, now: datetime) -> None:
    tell(tx, [DUE])
    ids = tx.execute(_AT_ONCE, {"now": now}).scalars().all()
    if ids:
        tx.execute(sa.update(chat).where(among(chat.c.id)).values(next_post_at=now), {"ids": ids})


class _Publisher:
    """Publishing times for the papers of a digest: never two alike, never one before the last."""

    def __init__(self, tx: Connection, digest_id: int, now: datetime) -> None:
        self._tx = tx
        self._digest_id = digest_id
        last = tx.execute(_LAST_PUBLISHED).scalar_one()
        self._next = now if last is None else max(now, last + _AFTER)
        self._seen: set[str] = set()
        self.published = self.repeated = 0

    def stamp(self, fresh: Paper) -> datetime | None:
        """The time at which a paper is published; None where its like has been in the archive before."""
        content_hash = fresh.content_hash
        elsewhere = {"content_hash": content_hash, "digest_id": self._digest_id}
        if content_hash in self._seen or self._tx.execute(_ELSEWHERE, elsewhere).first():
            self.repeated += 1
            return None
        self._seen.add(content_hash)
        return self.next()

    def next(self) -> datetime:
        """The next publishing time."""
        moment = self._next
        self._next += _AFTER
        self.published += 1
        return moment
