"""The inner side of the feed (推送): compares what the public may have with what was told, and tells the difference.

Work by absence: nobody announces a change. A withdrawal is told in a batch of its own before anything else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max

from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.interfaces.feeding import answers, batches, codec, files, keeping, progress, selection
from mingcha.ledger.models import JournalEntry

WINDOW = dt.timedelta(minutes=10)
CHUNK = 200
LOOK_SECONDS, ROUND_SECONDS = 2.0, 60.0
ROUND = 50
_BEGINNING = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
Change = tuple[dict[str, Any], str, str, str | None]


def drop() -> Path:
    """Where batches are laid: the portal's own folder on this machine, or one that is carried to the other zone."""
    return Path(settings.FEED_OUT)


def back() -> Path:
    """Where the portal's zone lays its letters and what it has applied."""
    return Path(settings.FEED_BACK)


def report() -> dict[str, Any]:
    """What the portal says it has applied; empty where nothing comes back."""
    try:
        found: dict[str, Any] = json.loads((back() / "state.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


class Sender:
    """The one teller of a site; call `step` again and again."""

    def __init__(self) -> None:
        self.state = keeping.State()
        self.key = keeping.signing_key()
        self._mark = _BEGINNING
        self._seen: dict[uuid.UUID, dt.datetime] = {}
        self._version: Any = None
        self._behind = True
        self._journal = 0
        self._looked = self._went_round = 0.0
        self._stamps: dict[str, str] = {}
        if self.state.epoch:
            self._mark = dt.datetime.fromisoformat(self.state.meta("mark", _BEGINNING.isoformat()))
            self._journal = int(self.state.meta("journal", "0"))

    def close(self) -> None:
        self.state.close()

    def step(self, *, whole: bool = False) -> int:
        """Tell what has changed; returns how many batches. `whole`: compare everything now."""
        before = self.state.seq
        if self._must_begin():
            return self.begin()
        self._deliver()
        if whole or self._something_happened():
            self._behind = True
            self._entries()
        waited = time.monotonic() - self._looked
        if whole or waited > ROUND_SECONDS or (self._behind and waited > LOOK_SECONDS):
            self._look()
            if whole or time.monotonic() - self._went_round > ROUND_SECONDS:
                self._go_round(whole=whole)
            self._looked = time.monotonic()
            # What waits for the log is looked at again.
            self._behind = bool(self.state.waiting("a:entry", 1))
        return self.state.seq - before

    def begin(self) -> int:
        """A new run, which tells everything."""
        for _, _, name in batches.ordered(os.listdir(drop()) if drop().exists() else []):
            (drop() / name).unlink(missing_ok=True)
        self.state.begin(selection.fingerprint())
        self._mark, self._seen, self._journal, self._stamps = _BEGINNING, {}, 0, {}
        self._entries()
        self._look()
        self._tell([], last=True)
        self.state.note("whole", "1")
        self._looked = self._went_round = time.monotonic()
        return self.state.seq

    def _must_begin(self) -> bool:
        if not self.state.epoch or self.state.meta("schema") != selection.fingerprint() or not self.state.meta("whole"):
            return True
        told = report()
        if not told:
            return False
        if told["epoch"] == self.state.epoch:
            self.state.arrived(int(told["seq"]))
            return bool(told["problem"] == "feed-gap" and self.state.data(int(told["seq"]) + 1) is None)
        # A portal whose database is new, or older than what was sent last: its first batch must still be on its way.
        return bool(told["epoch"] < self.state.epoch and self.state.data(1) is None) or told["epoch"] > self.state.epoch

    def _something_happened(self) -> bool:
        """Whether anybody has written since the last look; cheap enough to be asked five times a second."""
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA data_version")
            else:
                cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            found = cursor.fetchone()[0]
        changed = found != self._version
        self._version = found
        return bool(changed)

    # What is public of decisions, by the time of its change.

    def _entries(self) -> None:
        since = PublicEntry.objects.filter(changed_at__gt=self._mark - WINDOW).values_list("id", "changed_at", "state")
        fresh = [(key, at, state) for key, at, state in since if self._seen.get(key) != at]
        fresh = [
            row for row in fresh if self.state.digest("t:disclosure_publicentry", str(row[0])) != row[1].isoformat()
        ]
        gone = [key for key, _, state in fresh if state == PublicState.WITHDRAWN]
        for keys, count in ((gone, len(gone)), ([key for key, _, state in fresh if state != PublicState.WITHDRAWN], 0)):
            for start in range(0, len(keys), CHUNK):
                self._tell(self._of_entries(keys[start : start + CHUNK]), gone=count)
        for key, at, _ in fresh:
            self._seen[key] = at
            self._mark = max(self._mark, at)
        if fresh:
            self.state.note("mark", self._mark.isoformat())
            self._seen = {key: at for key, at in self._seen.items() if at > self._mark - WINDOW}

    def _of_entries(self, keys: list[uuid.UUID]) -> Iterator[Change]:
        for row in PublicEntry.objects.filter(id__in=keys):
            told = selection.ENTRIES.row(row)
            name = selection.ENTRIES.name
            yield {"t": name, "k": str(row.id), "v": told}, f"t:{name}", str(row.id), row.changed_at.isoformat()
            yield from self._about(row)

    def _about(self, row: PublicEntry) -> Iterator[Change]:
        answer = answers.of_entry(row)
        text = codec.dumps(answer)
        made = _digest(text) if answers.is_whole(answer) else f"waits:{_digest(text)}"
        key = row.id.hex
        if self.state.digest("a:entry", key) != made:
            yield {"a": "entry", "k": key, "v": text}, "a:entry", key, made
        for letter in answer["documents"]:
            if self.state.digest("a:document", letter) is None:
                yield {"a": "document", "k": letter, "v": codec.dumps(row.id)}, "a:document", letter, key

    # Everything else, compared with what was told.

    def _look(self) -> None:
        for table in selection.TABLES:
            made = selection.stamp(table)
            if made and self._stamps.get(table.name) == made:
                continue
            self._section(
                "t", table.name, ((key, json.dumps(row, sort_keys=True), row) for key, row in selection.rows(table))
            )
            self._stamps[table.name] = made
        for name, items in answers.small().items():
            self._section("a", name, ((key, text, text) for key, text in _texts(items)))
        self._files()
        self._cases()
        self._tell(
            change
            for key in self.state.waiting("a:entry", CHUNK)
            for row in PublicEntry.objects.filter(id=uuid.UUID(hex=key))
            for change in self._about(row)
        )

    def _section(self, sort: str, name: str, items: Iterable[tuple[str, str, Any]]) -> None:
        # A look takes a while; what was withdrawn meanwhile must not wait for its end.
        self._entries()
        known = self.state.digests(f"{sort}:{name}")
        changes: list[Change] = []
        for key, text, value in items:
            made = _digest(text)
            if known.pop(key, None) != made:
                changes.append(({sort: name, "k": key, "v": value}, f"{sort}:{name}", key, made))
            if len(changes) >= CHUNK:
                self._tell(changes)
                changes = []
        gone: list[Change] = [({sort: name, "k": key, "v": None}, f"{sort}:{name}", key, None) for key in known]
        self._tell([*gone, *changes])

    def _files(self) -> None:
        """Files of the log: tiles before the checkpoint that covers them."""
        changes: list[Change] = []
        known = self.state.digests("f:log")
        for path, made, read in files.public():
            if known.pop(path, None) != made and (data := read()) is not None:
                changes.append(({"f": path, "v": data}, "f:log", path, made))
        self._tell(changes)

    def _cases(self) -> None:
        """Progress of the cases in which something was entered since, sealed for their parties."""
        newest = JournalEntry.objects.aggregate(newest=Max("id"))["newest"] or 0
        touched = JournalEntry.objects.filter(id__gt=max(self._journal - CHUNK, 0), case_id__isnull=False)
        cases = Case.objects.filter(number__gt="")
        if self._journal:
            cases = cases.filter(id__in=list(touched.values_list("case_id", flat=True).distinct()))
            about = PublicEntry.objects.filter(
                id__in=Publication.objects.filter(decision__case_id__in=cases.values("id")).values("id")
            )
            self._tell(change for row in about for change in self._about(row))
        for case in cases.order_by("id").iterator(chunk_size=CHUNK):
            self._entries()
            self._tell(self._of_case(case))
        self._journal = newest
        self.state.note("journal", str(newest))

    def _of_case(self, case: Case) -> Iterator[Change]:
        for number, code, body in answers.of_case(case):
            made = hmac.new(settings.SECRET_KEY.encode(), body.encode(), hashlib.sha256).hexdigest()
            slot = f"{case.id.hex}:{number}"
            if self.state.digest("a:case", slot) != made:
                place, sealed = progress.seal(number, code, body)
                yield {"a": "case", "k": place, "v": codec.dumps(sealed)}, "a:case", slot, made

    def _go_round(self, *, whole: bool) -> None:
        """What no change announces (a certificate of a seal that has run out), a few at a time; and lost rows."""
        self._went_round = time.monotonic()
        if whole or PublicEntry.objects.count() != self.state.count("t:disclosure_publicentry"):
            self._mark, self._seen = _BEGINNING, {}
            self._entries()
            there = {str(key) for key in PublicEntry.objects.values_list("id", flat=True)}
            lost = [key for key in self.state.digests("t:disclosure_publicentry") if key not in there]
            name = selection.ENTRIES.name
            self._tell((({"t": name, "k": key, "v": None}, f"t:{name}", key, None) for key in lost), gone=len(lost))
        keys = self.state.after("a:entry", self.state.meta("round"), ROUND)
        self.state.note("round", keys[-1] if len(keys) == ROUND else "")
        rows = PublicEntry.objects.filter(id__in=[uuid.UUID(hex=key) for key in keys])
        self._tell(change for row in rows for change in self._about(row))

    # Batches.

    def _tell(self, changes: Iterable[Change], *, last: bool = False, gone: int = 0) -> None:
        part: list[Change] = []
        size = 0
        for change in changes:
            part.append(change)
            size += len(str(change[0]["v"]))
            if len(part) >= 2 * CHUNK or size > batches.MOST_BYTES // 8:
                self._batch(part, last=False, gone=gone)
                part, size = [], 0
        if part or last:
            self._batch(part, last=last, gone=gone)

    def _batch(self, part: list[Change], *, last: bool, gone: int) -> None:
        batch = batches.Batch(
            self.state.epoch, self.state.seq + 1, self.state.meta("digest"), selection.fingerprint(), last,
            clock.now().isoformat(), tuple(change[0] for change in part),
        )  # fmt: skip
        data, digest = batches.pack(batch, self.key)
        told = [(section, key, made) for _, section, key, made in part]
        self.state.tell(batch.name, data, digest, told, gone=gone)
        lay(drop(), batch.name, data)

    def _deliver(self) -> None:
        """Lay again what was made and neither lies there nor has arrived: after a kill, or a carrier that lost it."""
        told = report()
        if told.get("epoch") != self.state.epoch:
            return
        for seq, name, made, _ in self.state.undelivered():
            if time.time() - made > 1 and not (drop() / name).exists() and (data := self.state.data(seq)) is not None:
                lay(drop(), name, data)


def _texts(items: Callable[[], Iterator[answers.Item]]) -> Iterator[tuple[str, str]]:
    for key, make in items():
        yield key, codec.dumps(make())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def lay(folder: Path, name: str, data: bytes) -> None:
    """A file that is there whole or not at all, for its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{name}.{os.getpid()}"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)
    fresh.rename(folder / name)
