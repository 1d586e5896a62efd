"""Keeping the index (跟随): a worker puts what has changed into it; a command makes it anew.

What has changed is found by looking again at everything changed shortly before the mark and taking what was not seen
yet: on PostgreSQL a transaction may commit an earlier time than one already read. After very many changes the whole of
that time is looked at less often. A transaction that stays open longer than that shows as a difference in number, and
then the index is made anew.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import tantivy
from django.db import DatabaseError, close_old_connections
from django.db.models import Max
from django.utils import timezone

from mingcha.common.errors import Conflict
from mingcha.disclosure.models import PublicEntry
from mingcha.disclosure.searching import frequent, index

log = logging.getLogger("mingcha.search")
WINDOW, LATELY = dt.timedelta(minutes=10), dt.timedelta(seconds=5)
# With more rows than this in the window it is looked at as a whole once in so many seconds, in between at what is new.
MOST_LOOKED_AT, LOOK_SECONDS = 1000, 10.0
CHUNK = 500
COUNT_SECONDS = 60.0
# A sample is read from as many places of the register.
_PLACES = 50
_BEGINNING = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
Progress = Callable[[int, int], None]


class Busy(Conflict):
    """Another process writes the index or makes it anew."""

    def __init__(self) -> None:
        super().__init__("search-index-busy", "另一个进程正在写检索索引，请等它完成，或者先停止后台进程。")


@contextmanager
def _held(folder: Path, name: str) -> Iterator[IO[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield file


def rebuild(folder: Path | None = None, *, progress: Progress | None = None) -> int:
    """Make the index anew beside the old one and put it in use when it is whole; returns the number of rows.

    Killed at any moment, it leaves the old index in use. Raises Busy while another rebuild runs.
    """
    folder = folder or index.root()
    with _held(folder, "rebuild.lock"):
        index.clear(folder, keep=index.current(folder))
        total, mark = PublicEntry.objects.count(), _newest()
        common = _common(total)
        generation, made = index.begin(folder, common)
        writer = index.maker(made)
        done = 0
        seen: dict[uuid.UUID, dt.datetime] = {}
        for row in PublicEntry.objects.order_by("id").values(*index.COLUMNS).iterator(chunk_size=CHUNK):
            writer.add_document(index.document(row, common))
            if row["changed_at"] > mark - WINDOW:
                seen[row["id"]] = row["changed_at"]
            done += 1
            if progress and not done % 5000:
                progress(done, total)
        writer.commit()
        writer.wait_merging_threads()
        index.write_seen(generation, seen)
        index.write_mark(generation, mark)
        index.switch(folder, generation)
        if progress:
            progress(done, total)
        return done


def _common(total: int) -> frequent.Frequent:
    """What is common in the register, from rows all over it; a small register needs none."""
    if total < frequent.LEAST_ROWS:
        return frequent.Frequent()
    rows = PublicEntry.objects.order_by("id").values("search_text")
    each = frequent.SAMPLE // _PLACES
    starts = (part * total // _PLACES for part in range(_PLACES))
    read = (row for start in starts for row in rows[start : start + each])
    return frequent.learn([index.folded(row) for row in read], total)


def _newest() -> dt.datetime:
    return PublicEntry.objects.aggregate(newest=Max("changed_at"))["newest"] or _BEGINNING


class Follower:
    """The one writer of an index in use; call `step` again and again."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or index.root()
        self._generation: Path | None = None
        self._index: tantivy.Index | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._common = frequent.Frequent()
        self._seen: dict[uuid.UUID, dt.datetime] = {}
        self._mark = _BEGINNING
        self._counted = self._looked = time.monotonic()

    def step(self) -> int:
        """Take over what has changed; returns how many rows. Makes the index where there is none."""
        generation = index.current(self.folder)
        if generation is None:
            rebuild(self.folder)
            generation = index.current(self.folder)
        if generation != self._generation or self._writer is None:
            self._open(generation)
        # A new index may hold what changed while it was made, which its mark does not know.
        known = max([self._mark, *self._seen.values()])
        changed = self._changed()
        newest = max([known, *changed.values()])
        if changed or newest > self._mark:
            self._write(list(changed), newest)
        elif time.monotonic() - self._counted > COUNT_SECONDS:
            self._count()
        return len(changed)

    def close(self) -> None:
        """Let go of the index, so that another process may write."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
        self._writer = self._index = self._generation = None

    def _open(self, generation: Path | None) -> None:
        self.close()
        if generation is None:
            return
        self._index = index.reopen(generation)
        self._writer = self._index.writer(index.HEAP, 1)
        self._common = index.frequent_of(generation)
        self._generation, self._mark, self._seen = generation, index.read_mark(generation), index.read_seen(generation)

    def _changed(self) -> dict[uuid.UUID, dt.datetime]:
        now, window = time.monotonic(), LATELY
        if len(self._seen) <= MOST_LOOKED_AT or now - self._looked > LOOK_SECONDS:
            self._looked, window = now, WINDOW
        rows = PublicEntry.objects.filter(changed_at__gt=self._mark - window).values_list("id", "changed_at")
        return {key: at for key, at in rows if self._seen.get(key) != at}

    def _write(self, keys: list[uuid.UUID], newest: dt.datetime) -> None:
        if self._writer is None or self._generation is None:
            raise RuntimeError("the index is not open")
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            found: list[dict[str, Any]] = list(PublicEntry.objects.filter(id__in=part).values(*index.COLUMNS))
            index.add_all(self._writer, found, self._common)
            # What was read counts: a row may have changed once more since it was found.
            self._seen |= {row["id"]: row["changed_at"] for row in found}
        self._writer.commit()
        self._mark = newest
        index.write_mark(self._generation, newest)
        self._seen = {key: at for key, at in self._seen.items() if at > self._mark - WINDOW}

    def _count(self) -> None:
        self._counted = time.monotonic()
        if self._index is None:
            return
        self._index.reload()
        held, there = self._index.searcher().num_docs, PublicEntry.objects.count()
        if held != there and not self._changed():
            log.warning("检索索引有%d件，公示登记册有%d件，重新建立索引。", held, there)
            rebuild(self.folder)
        elif there >= 2 * max(self._common.rows, frequent.LEAST_ROWS):
            log.info("公示登记册从%d件增加到%d件，重新选取常见词语并建立索引。", self._common.rows, there)
            rebuild(self.folder)


def run_forever(stop: threading.Event, *, interval: float = 0.5) -> None:
    """Follow the read model until `stop` is set; what fails is tried again."""
    follower: Follower | None = None
    waited = 0.0
    while not stop.is_set():
        try:
            with _held(index.root(), "writer.lock"):
                follower = Follower()
                while not stop.is_set():
                    if not follower.step():
                        close_old_connections()
                        stop.wait(interval)
        except Busy:
            # Another worker of this site writes; this one takes over when that one ends.
            waited = 5.0
        except (DatabaseError, OSError, ValueError) as error:
            log.error("检索索引没有跟上，%d秒后重试：%s", 10, error)
            waited = 10.0
        finally:
            if follower is not None:
                follower.close()
                follower = None
        close_old_connections()
        stop.wait(waited)


def lag(folder: Path | None = None) -> dict[str, Any]:
    """How far the index is behind: rows that it does not hold yet, its mark, its size."""
    folder = folder or index.root()
    generation = index.current(folder)
    if generation is None:
        return {"there": False, "waiting": PublicEntry.objects.count(), "mark": None, "bytes": 0, "rows": 0}
    mark = index.read_mark(generation)
    return {
        "there": True,
        "waiting": PublicEntry.objects.filter(changed_at__gt=mark).count(),
        "mark": timezone.localtime(mark).isoformat(),
        "bytes": index.size_of(generation),
        "rows": index.reopen(generation).searcher().num_docs,
    }
