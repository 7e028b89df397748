"""From a folder of digest files to papers in the store: scan, read, compare, put; the index follows.

A file is what the curator can see of it: removing an *entry* from a file withdraws the paper, removing a *file*
(or unmounting its disk) withdraws nothing, and putting it back changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, assert_never

from bot import settings_words
from bot.digest import far_ahead
from bot.digest_file import FileDigest, file_hash, read_digest_file, read_safely
from bot.digest_folder import Listing, Signature, Unsettled, hashes_of, is_settling, list_digest_files, located
from bot.feed import Index, feed, renew
from bot.identity import match
from bot.intake import SAME_FILE, Leave, Put, Quarantine, copy_of, half_done, kept_problems, renames, step_for
from bot.model import Digest, StoredPaper
from bot.query import Lexicon, tag_slug
from bot.scan_report import BadFile, ScanReport, log_problems
from bot.search import Told, untold
from bot.store import KnownFile, PutResult, Store, StoredProblem, StoreError
from bot.watching import watch

log = logging.getLogger(__name__)

SETTLE_SECONDS: Final = 0.3
"""A file that was written to less than this long ago may not be whole yet."""
WITHDRAW_SECONDS: Final = 2.0
"""What a file lost that was written to less than this long ago may still be on its way: a save may stall."""

# These end without a change of the file itself, so it is read again by each scan.
_PASSING: Final = frozenset({SAME_FILE, "file-not-readable", "file-not-found"})


class NoDigestError(ValueError):
    """A file that was asked for by name and cannot be posted; its text says why, a line for each problem."""


class Ingest:
    """Keeps the store in step with the folder, and the index with the store.

    `now` is the clock (aware, UTC); `zone` (an IANA name) is where the operator's days begin, and
    `publish_within_days` how many days old a digest may be to be posted by itself. `on_change` is called when
    something may have become due.
    """

    def __init__(
        self,
        *,
        store: Store,
        index: Index,
        folder: Path,
        lexicon: Lexicon,
        now: Callable[[], datetime],
        publish_within_days: int = 3,
        zone: str = "UTC",
        on_change: Callable[[], None] = lambda: None,
        settle: float = SETTLE_SECONDS,
        withdraw_after: float = WITHDRAW_SECONDS,
        reader: Callable[[Path], FileDigest] = read_digest_file,
        hasher: Callable[[Path], str] = file_hash,
    ) -> None:
        self._store = store
        self._index = index
        self._folder = folder
        self._lexicon = lexicon
        self._now = now
        self._publish_within = timedelta(days=publish_within_days)
        self._zone = settings_words.zone(zone)
        self._on_change = on_change
        self._settle = settle
        self._withdraw_after = withdraw_after
        self._reader = reader
        self._hasher = hasher
        self._seen: dict[str, Signature] = {}
        self._complaint: str | None = None
        self._tagged = False
        self._scanning = asyncio.Lock()
        self._following = asyncio.Lock()

    async def scan(self, told: Told = untold) -> ScanReport:
        """Look at the whole folder once, take in what is new, and have the index follow. Harmless at any time.

        `told` hears how many files of how many were looked at.
        Raises StoreError where the database cannot be asked at all, and SearchError where the index cannot follow.
        """
        report = await self.take_in(told)
        await self.follow_index()
        return report

    async def take_in(self, told: Told = untold) -> ScanReport:
        """The same without the index, which others have follow. Raises StoreError."""
        async with self._scanning:
            await self._retag()
            report, unsettled = await self._look({}, told)
            self._tell(report)
            for _ in range(2):  # until a file is whole, and until what it lost is gone for good
                if unsettled:
                    await asyncio.sleep(max(signature.settles_in(rest) for signature, rest in unsettled.values()))
                    later, unsettled = await self._look(unsettled)
                    self._tell(later)
                    report = ScanReport.of([report, later])
            moved = {old for old, _ in report.renamed}
            missing = tuple(name for name in report.missing if name not in moved)
            return replace(report, missing=missing, waiting=tuple(unsettled))

    async def publish(self, path: Path) -> tuple[StoredPaper, ...]:
        """Post a digest whatever its age; what of it was posted before is not posted again.

        A relative path may also be one below the seeds folder. Returns the papers that are posted now. Raises
        NoDigestError for a file that is none, and StoreError.
        """
        async with self._scanning:
            name, place = await asyncio.to_thread(located, path, self._folder)
            read = await self._read(place)
            if read.parsed.digest is None:
                raise NoDigestError("\n".join(f"{path}:{error.line}: {error.message}" for error in read.parsed.errors))
            known = await self._store.digests.files()
            stored = [file.name for file in known.values() if file.hash == read.hash and file.state != "bad"]
            if not stored:
                await self._put(name, read, read.parsed.digest, publish=False)
            elif name not in stored:
                name = stored[0]
            result = await self._store.digests.publish(name, self._now())
        if result.papers:
            self._on_change()
        return result.papers

    async def follow_index(self) -> None:
        """Bring the index to the store's revision. Raises StoreError, and SearchError where it cannot follow."""
        async with self._following:
            await feed(self._index, self._store.papers)

    async def renew_index(self) -> None:
        """Build the index anew where it is worn, for whoever has time. Raises StoreError and SearchError."""
        async with self._following:
            await renew(self._index, self._store.papers)

    async def watch(self) -> None:
        """Take in whenever something happens in the folder, for ever, whatever becomes of the folder meanwhile."""
        await watch(self._folder, self.take_in)

    def _tell(self, report: ScanReport) -> None:
        if report.papers_changed:
            self._on_change()

    async def _retag(self) -> None:
        """Once in a process: tags may have other names than when the papers were read."""
        if self._tagged:
            return
        slug = partial(tag_slug, lexicon=self._lexicon)
        try:
            if await self._store.digests.retag(self._lexicon.fingerprint, slug):
                log.info("the tags' names have changed: every paper was tagged anew")
        except StoreError as error:
            log.warning("the tags keep their names, will be tried again: %s", error)
        else:
            self._tagged = True

    # --- one look at the folder ---

    async def _look(
        self, waited_for: Mapping[str, Unsettled], told: Told = untold
    ) -> tuple[ScanReport, dict[str, Unsettled]]:
        """Take in what is whole, files that did not change since `waited_for` included; also returns the others."""
        try:
            listing = await asyncio.to_thread(list_digest_files, self._folder)
        except OSError as error:
            self._complain(f"the seeds folder {self._folder} cannot be read: {error.strerror}")
            return ScanReport(), {}
        if not listing.files:
            self._complain(f"the seeds folder {self._folder} holds no digest files (*.txt, *.md)")
            return ScanReport(), {}
        self._complaint = None
        known = await self._store.digests.files()
        before = self._seen
        self._seen = {name: before[name] for name in listing.files if name in before}
        # Missing first: papers of missing files are who the papers of a renamed and changed file may be.
        gone = await self._note_missing(listing, known)
        there = await self._note_unchanged(listing, known, waited_for)
        renamed, copies = await self._rename(listing, known, there)
        reports = [ScanReport(missing=tuple(gone), renamed=tuple(renamed.items()), bad=tuple(copies))]
        unsettled: dict[str, Unsettled] = {}
        shorter: list[tuple[str, Signature, FileDigest]] = []
        for number, (name, (path, signature)) in enumerate(sorted(listing.files.items())):
            told(number, len(listing.files))
            if self._seen.get(name) == signature and name in known and known[name].state != "missing":
                continue
            if is_settling(signature, self._settle, waited_for.get(name)):
                unsettled[name] = signature, self._settle
                continue
            read = await self._read(path, regular=signature.regular)
            if await asyncio.to_thread(Signature.now, path) != signature:
                unsettled[name] = signature, self._settle
                continue
            there[name] = read.hash
            reports.append(await self._take_safely(name, signature, read, known, there))
            if name in known and half_done(known[name]):
                if is_settling(signature, self._withdraw_after, waited_for.get(name)):
                    unsettled[name] = signature, self._withdraw_after
                else:
                    shorter.append((name, signature, read))
        told(len(listing.files), len(listing.files))
        # What is in no file any more is only known when all were read that changed.
        if waited_for or not unsettled:
            for name, signature, read in shorter:
                reports.append(await self._take_safely(name, signature, read, known, there, withdraw=True))
        await self._remember((name for name, seen in self._seen.items() if before.get(name) is not seen), known)
        return ScanReport.of(reports), unsettled

    async def _note_missing(self, listing: Listing, known: dict[str, KnownFile]) -> list[str]:
        """Note which files are gone. A digest that was published from elsewhere has an absolute name."""
        gone = [
            name
            for name, file in known.items()
            if name not in listing.files
            and file.state != "missing"
            and not PurePosixPath(name).is_absolute()
            and not listing.hides(name)
        ]
        if gone:
            await self._store.digests.missing(gone, self._now())
            known.update({name: replace(known[name], state="missing") for name in gone})
        return gone

    async def _note_unchanged(
        self, listing: Listing, known: Mapping[str, KnownFile], waited_for: Mapping[str, Unsettled]
    ) -> dict[str, str]:
        """Note the files that are as they were taken in, by whichever process: they need not be parsed, and those that
        look as they did need not be read. Returns the hashes of what is there by name, as far as they are known."""
        asked = []
        for name, (path, signature) in listing.files.items() if known else ():
            if self._seen.get(name) == signature or not signature.regular:
                continue
            if is_settling(signature, self._settle, waited_for.get(name)):
                continue
            if name in known and (known[name].state, known[name].signature) == ("ok", str(signature)):
                self._seen[name] = signature
            else:
                asked.append((name, path, signature))
        found = await asyncio.to_thread(hashes_of, asked, self._hasher) if asked else {}
        for name, hash_ in found.items():
            if name in known and (known[name].state, known[name].hash) == ("ok", hash_):
                self._seen[name] = listing.files[name][1]
        return {name: known[name].hash for name in listing.files if name in known} | found

    async def _rename(
        self, listing: Listing, known: dict[str, KnownFile], there: Mapping[str, str]
    ) -> tuple[dict[str, str], list[BadFile]]:
        """Note which files have other names now, before any is put: a put takes the papers that are known under a name
        for those of the file that has it. Returns the new names by the old ones, and what was put aside as a copy."""
        moved = renames(known, there)
        copies = []
        hashes = {file.hash for file in known.values()}
        for old in [old for old in moved if old in there and there[old] not in hashes]:
            read = await self._read(listing.files[old][0])
            if read.parsed.digest is not None and read.parsed.digest.date == known[old].date:
                copy = moved.pop(old)  # it was corrected, and a copy of what it was is kept
                if copy not in known:
                    copies.append(await self._put_aside(copy, there[copy], (copy_of(old),), known))
        if moved:
            await self._store.digests.rename(moved)
            files = {new: replace(known.pop(old), name=new, state="ok") for old, new in moved.items()}
            known.update(files)
            for old, new in moved.items():
                log.info("%s is called %s now", old, new)
        return moved, copies

    async def _remember(self, names: Iterable[str], known: Mapping[str, KnownFile]) -> None:
        """Have the next process know files that are as they were read by what they look like."""
        looks = [
            (name, known[name].hash, str(self._seen[name]))
            for name in names
            if known[name].state == "ok" and known[name].signature != str(self._seen[name])
        ]
        try:
            if looks:
                await self._store.digests.remember(looks)
        except StoreError as error:
            log.warning("the next start reads every digest again: %s", error)

    async def _take_safely(
        self,
        name: str,
        signature: Signature,
        read: FileDigest,
        known: dict[str, KnownFile],
        there: Mapping[str, str],
        *,
        withdraw: bool = False,
    ) -> ScanReport:
        """Take one file in; it is not looked at again as it is where that was done, and done for good."""
        try:
            done = await self._take(name, read, known, there, withdraw=withdraw)
        except StoreError as error:
            log.warning("%s: not stored, will be tried again: %s", name, error)
            return ScanReport(failed=(name,))
        except Exception:
            log.exception("%s: not stored, will be tried again", name)
            return ScanReport(failed=(name,))
        if not half_done(known[name]) and not any(problem.code in _PASSING for problem in known[name].problems):
            self._seen[name] = signature
        return done

    async def _take(
        self, name: str, read: FileDigest, known: dict[str, KnownFile], there: Mapping[str, str], *, withdraw: bool
    ) -> ScanReport:
        """Do what is to be done about one file, and note in `known` what is known then."""
        before = known.get(name)
        match step_for(name, read, known, there):
            case Leave():
                return ScanReport()
            case Quarantine(problems=problems):
                return ScanReport(bad=(await self._put_aside(name, read.hash, problems, known),))
            case Put(digest=digest):
                publish = self._is_recent(digest.date)
                # A wrong date, set right now, had it kept for searching only.
                kept_back = before is not None and before.date is not None and not self._is_recent(before.date)
                result = await self._put(
                    name, read, digest, publish=publish, publish_rest=publish and kept_back, withdraw=withdraw
                )
                if kept_back:
                    self._on_change()
                problems = kept_problems(read)
                hash_ = "" if result.left else read.hash
                known[name] = KnownFile(name=name, hash=hash_, state="ok", date=digest.date, problems=problems)
                return ScanReport(
                    new=result.new, changed=result.changed, withdrawn=result.withdrawn, restored=result.restored
                )
            case _ as never:
                assert_never(never)

    async def _put_aside(
        self, name: str, hash_: str, problems: tuple[StoredProblem, ...], known: dict[str, KnownFile]
    ) -> BadFile:
        await self._store.digests.quarantine(name, hash_, problems, self._now())
        known[name] = KnownFile(name=name, hash=hash_, state="bad", date=None, problems=problems)
        log_problems(name, problems)
        return BadFile(name=name, problems=problems)

    async def _put(
        self,
        name: str,
        read: FileDigest,
        digest: Digest,
        *,
        publish: bool,
        publish_rest: bool = False,
        withdraw: bool = True,
    ) -> PutResult:
        problems = kept_problems(read)
        result = await self._store.digests.put(
            name,
            read.hash,
            digest,
            problems=problems,
            slug=lambda raw: tag_slug(raw, self._lexicon),
            match=match,
            publish=publish,
            publish_rest=publish_rest,
            withdraw=withdraw,
            fingerprint=self._lexicon.fingerprint,
            now=self._now(),
        )
        if not result.left:
            log_problems(name, problems)
            if ahead := far_ahead(digest.date, self._now().date()):
                log.warning("%s:%d: %s", name, ahead.line, ahead.message)
        not_posted = "" if publish else "; too old to be posted"
        if result.repeated:
            not_posted = f"; {result.repeated} not posted, for the archive has the same already"
        log.info(
            "%s: %d new, %d changed, %d withdrawn, %d restored, %d unchanged%s",
            name,
            *(len(ids) for ids in (result.new, result.changed, result.withdrawn, result.restored, result.unchanged)),
            not_posted,
        )
        return result

    async def _read(self, path: Path, *, regular: bool = True) -> FileDigest:
        return await asyncio.to_thread(read_safely, path, self._reader, regular=regular)

    def _is_recent(self, day: date) -> bool:
        return day >= self._now().astimezone(self._zone).date() - self._publish_within

    def _complain(self, complaint: str) -> None:
        """Warn once for as long as it lasts."""
        if complaint != self._complaint:
            log.warning("%s", complaint)
        self._complaint = complaint
