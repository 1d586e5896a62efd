"""Sequencer (账本定序): gives each entry its place in the log, then publishes tiles, then signs.

Entries are found by the absence of a leaf, never by a high-water id: PostgreSQL commits out of id order.
Order: leaves committed, tiles written and renamed, checkpoint signed last. So a kill at any point leaves
something that the next round completes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Max

from mingcha.common import clock
from mingcha.ledger import keys, place, witness
from mingcha.ledger.core.checkpoint import TreeHead, open_signed
from mingcha.ledger.core.errors import ProofError
from mingcha.ledger.core.merkle import EMPTY_ROOT, leaf_hash, root_at, root_of
from mingcha.ledger.core.note import Signer
from mingcha.ledger.core.tiles import WIDTH, TileName, TileNodes, hashes_of, pack_entries
from mingcha.ledger.errors import LedgerError, LogDiverged
from mingcha.ledger.models import Checkpoint, JournalEntry, LedgerLeaf
from mingcha.ledger.names import origin, require_log_name

logger = logging.getLogger("mingcha.ledger")
BATCH = 4096
# A transaction may commit an id smaller than one already sequenced. Ids seen longer ago than this are looked at
# only by the full sweeps, so that a round costs the same at a thousand and at ten million entries.
WINDOW_SECONDS = 600
SWEEP_SECONDS = 3600
_PENDING = (
    "SELECT e.id, e.digest FROM ledger_journalentry e WHERE e.log = %s AND e.id > %s "
    "AND NOT EXISTS (SELECT 1 FROM ledger_ledgerleaf l WHERE l.entry_id = e.id) ORDER BY e.id LIMIT %s"
)
_PENDING_LOGS = (
    "SELECT DISTINCT e.log FROM ledger_journalentry e WHERE e.id > %s "
    "AND NOT EXISTS (SELECT 1 FROM ledger_ledgerleaf l WHERE l.entry_id = e.id)"
)
_DIGESTS = (
    "SELECT e.digest, l.hash FROM ledger_ledgerleaf l JOIN ledger_journalentry e ON e.id = l.entry_id "
    'WHERE l.log = %s AND l."index" >= %s AND l."index" < %s ORDER BY l."index"'
)
_INSERT = 'INSERT INTO ledger_ledgerleaf (entry_id, log, "index", hash) VALUES (%s, %s, %s, %s)'


def sequence(log: str) -> int:
    """Sequence all that waits in one log and publish it; returns the number of new leaves.

    Raises LogDiverged or KeyProblem, and then signs nothing.
    """
    return Sequencer(log).sweep()


def known_logs() -> list[str]:
    """Every log with an entry; a whole look over the journal."""
    return sorted(JournalEntry.objects.order_by().values_list("log", flat=True).distinct())


class Sequencer:
    """The one hand that extends a log."""

    def __init__(self, log: str, witnesses: Sequence[witness.Witness] | None = None) -> None:
        self.log = require_log_name(log)
        self.witnesses = witness.configured() if witnesses is None else list(witnesses)

    def sweep(self, after: int = 0, *, wait: bool = True) -> int:
        """Rounds until nothing waits among the entries with an id above `after`."""
        total = 0
        while True:
            with place.lock(self.log, wait=wait) as held:
                if not held:
                    return total
                added, after = self._round(after)
            total += added
            if added < BATCH:
                return total

    def _round(self, after: int) -> tuple[int, int]:
        signer = keys.signer(self.log, make=self._unbegun())
        head = self._newest_outside()
        size = self._size()
        self._require_extends(head, size)
        # What an earlier round committed but could not publish comes first.
        while head.size < size:
            head = self._publish(head, self._stored(head.size, min(size, head.size + BATCH)), signer)
        with connection.cursor() as cursor:
            cursor.execute(_PENDING, [self.log, after, BATCH])
            waiting = cursor.fetchall()
        if not waiting:
            return 0, after
        digests = [bytes.fromhex(digest) for _, digest in waiting]
        leaves = [leaf_hash(digest) for digest in digests]
        self._commit_leaves([key for key, _ in waiting], leaves, size)
        self._publish(head, digests, signer, leaves)
        return len(waiting), waiting[-1][0]

    def _unbegun(self) -> bool:
        return place.read_checkpoint(self.log) is None and not Checkpoint.objects.filter(log=self.log).exists()

    def _size(self) -> int:
        newest = LedgerLeaf.objects.filter(log=self.log).aggregate(newest=Max("index"))["newest"]
        return 0 if newest is None else newest + 1

    def _newest_outside(self) -> TreeHead:
        """The newest checkpoint known outside the database. Raises LogDiverged where two of them disagree."""
        head = TreeHead(origin(self.log), 0, EMPTY_ROOT)
        published = place.read_checkpoint(self.log)
        if published is not None:
            head = self._open(published, "检查点文件")
        nodes = TileNodes(head.size, lambda name: place.read_tile(self.log, name))
        for place_of in self.witnesses:
            seen = place_of.newest(self.log)
            if seen is None:
                continue
            known = self._open(seen, f"见证“{place_of.name}”")
            if known.size > head.size or root_at(nodes, known.size) != known.root:
                raise LogDiverged(
                    message=f"见证“{place_of.name}”记得大小为{known.size}的检查点，账本文件却只到{head.size}或与之不符。"
                    "账本文件可能是从旧备份恢复的，请恢复最新的账本文件，已停止签名。",
                    data={"log": self.log, "witness": known.size, "published": head.size},
                )
        return head

    def _open(self, text: str, source: str) -> TreeHead:
        try:
            return open_signed(text, keys.verifiers(self.log), origin=origin(self.log))
        except ProofError as error:
            raise LogDiverged(message=f"{source}不可信：{error.message}已停止签名。", data={"log": self.log}) from error

    def _require_extends(self, head: TreeHead, size: int) -> None:
        """Refuse a database or tiles that the newest checkpoint does not lead to."""
        if size < head.size:
            raise LogDiverged(
                message=f"数据库只有{size}条账本记录，已签名的检查点有{head.size}条。数据库可能是从旧备份恢复的，"
                "请恢复最新的数据库，已停止签名。",
                data={"log": self.log, "database": size, "published": head.size},
            )
        row = Checkpoint.objects.filter(log=self.log).order_by("-size").first()
        if row is not None and (row.size > head.size or (row.size == head.size and row.root != head.root.hex())):
            raise LogDiverged(
                message=f"数据库中的检查点大小为{row.size}，检查点文件为{head.size}或内容不同。"
                "检查点文件可能被删除或替换，请恢复最新的账本文件，已停止签名。",
                data={"log": self.log, "database": row.size, "published": head.size},
            )
        if head.size == 0:
            return
        nodes = TileNodes(head.size, lambda name: place.read_tile(self.log, name))
        stored = LedgerLeaf.objects.get(log=self.log, index=head.size - 1)
        try:
            same = root_at(nodes, head.size) == head.root and nodes.node(0, head.size - 1) == bytes(stored.hash)
        except ProofError as error:
            raise LogDiverged(message=f"{error.message}已停止签名。", data={"log": self.log}) from error
        if not same:
            raise LogDiverged(
                message="账本瓦片、数据库与已签名的检查点互相矛盾，已停止签名。"
                "请运行 mingcha ledger check 查明从哪一条开始。",
                data={"log": self.log, "size": head.size},
            )
        if row is None or row.size < head.size:
            self._remember(head, place.read_checkpoint(self.log) or "")

    def _commit_leaves(self, entries: Sequence[int], leaves: Sequence[bytes], size: int) -> None:
        rows = [(entry, self.log, size + i, leaf) for i, (entry, leaf) in enumerate(zip(entries, leaves, strict=True))]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_INSERT, rows)

    def _stored(self, start: int, end: int) -> list[bytes]:
        """Digests of leaves committed earlier. Raises LogDiverged where a leaf is not that of its entry."""
        with connection.cursor() as cursor:
            cursor.execute(_DIGESTS, [self.log, start, end])
            rows = [(bytes.fromhex(digest), bytes(stored)) for digest, stored in cursor.fetchall()]
        for offset, (digest, stored) in enumerate(rows):
            if leaf_hash(digest) != stored:
                raise LogDiverged(
                    message=f"第{start + offset}号叶与它的日志条目不符，已停止签名。",
                    data={"log": self.log, "index": start + offset},
                )
        return [digest for digest, _ in rows]

    def _publish(
        self, head: TreeHead, digests: Sequence[bytes], signer: Signer, leaves: Sequence[bytes] | None = None
    ) -> TreeHead:
        """Write the tiles of `digests`, then sign the checkpoint that covers them."""
        leaves = leaves if leaves is not None else [leaf_hash(digest) for digest in digests]
        folder = place.root(self.log)
        files = _entry_files(self.log, head.size, digests)
        tiles, tops = _tile_files(self.log, head.size, leaves)
        place.write_files(folder, {name.path: data for name, data in [*files, *tiles]})
        size = head.size + len(digests)
        nodes = TileNodes(size, lambda name: tops.get(name) or place.read_tile(self.log, name))
        if head.size and root_at(nodes, head.size) != head.root:
            raise LogDiverged(
                message="新瓦片不是已签名检查点的延续，已停止签名。", data={"log": self.log, "size": size}
            )
        grown = TreeHead(head.origin, size, root_at(nodes, size))
        note = grown.sign(signer)
        place.write_files(folder, {place.CHECKPOINT: note.encode()})
        self._remember(grown, note)
        for observer in self.witnesses:
            observer.offer(self.log, note)
        for name, _ in [*files, *tiles]:
            place.drop_partial(self.log, name)
        return grown

    def _remember(self, head: TreeHead, note: str) -> None:
        Checkpoint.objects.create(log=self.log, size=head.size, root=head.root.hex(), note=note, created=clock.now())


def _tile_files(
    log: str, start: int, leaves: Sequence[bytes]
) -> tuple[list[tuple[TileName, bytes]], dict[TileName, bytes]]:
    """Tiles of all levels that change when `leaves` follow a tree of `start`; as list and, for reading, as dict."""
    files: list[tuple[TileName, bytes]] = []
    level, row = 0, list(leaves)
    while row:
        tile, used = divmod(start, WIDTH)
        if used:
            row = hashes_of(place.read_tile(log, TileName(level, tile, used)), used) + row
        full: list[bytes] = []
        for at in range(0, len(row), WIDTH):
            chunk = row[at : at + WIDTH]
            files.append((TileName(level, tile + at // WIDTH, len(chunk)), b"".join(chunk)))
            if len(chunk) == WIDTH:
                full.append(root_of(chunk))
        level, start, row = level + 1, tile, full
    return files, dict(files)


def _entry_files(log: str, start: int, digests: Sequence[bytes]) -> list[tuple[TileName, bytes]]:
    tile, used = divmod(start, WIDTH)
    row = list(digests)
    if used:
        row = place.read_entries(log, TileName(None, tile, used)) + row
    chunks = [row[at : at + WIDTH] for at in range(0, len(row), WIDTH)]
    return [(TileName(None, tile + i, len(chunk)), pack_entries(chunk)) for i, chunk in enumerate(chunks)]


class _Horizon:
    """From which id on a quick look must begin: nothing that may still be committed lies below."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._settled = 0
        self._swept = -SWEEP_SECONDS * 1.0

    def after(self) -> int:
        moment = time.monotonic()
        if moment - self._swept >= SWEEP_SECONDS:
            self._swept = moment
            return 0
        while self._seen and moment - self._seen[0][0] > WINDOW_SECONDS:
            self._settled = self._seen.popleft()[1]
        return self._settled

    def note(self) -> None:
        """Remember the newest id; called before a look, so that the look covers everything up to it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT MAX(id) FROM ledger_journalentry")
            newest = cursor.fetchone()[0] or 0
        if not self._seen or self._seen[-1][1] != newest:
            self._seen.append((time.monotonic(), newest))


def run_forever(stop: threading.Event, *, interval: float = 0.5) -> None:
    """Sequence every log of the database until `stop` is set. A log that diverges is reported and left alone."""
    horizon = _Horizon()
    reported: dict[str, str] = {}
    todo = set(LedgerLeaf.objects.order_by().values_list("log", flat=True).distinct())
    while True:
        try:
            horizon.note()
            after = horizon.after()
            with connection.cursor() as cursor:
                cursor.execute(_PENDING_LOGS, [after])
                todo.update(row[0] for row in cursor.fetchall())
            for log in sorted(todo):
                if _attempt(log, after, reported):
                    todo.discard(log)
        except DatabaseError:
            # The database may be away for a moment (restart, failover); nothing is lost, the next look finds all.
            logger.exception("sequencer: database not reachable")
        close_old_connections()
        if stop.wait(interval):
            return


def _attempt(log: str, after: int, reported: dict[str, str]) -> bool:
    try:
        Sequencer(log).sweep(after, wait=False)
    except (LedgerError, ProofError, OSError) as error:
        if reported.get(log) != str(error):
            logger.error("账本 %s 停止定序：%s", log, error)
            reported[log] = str(error)
        return False
    if reported.pop(log, None):
        logger.info("账本 %s 恢复定序", log)
    return True
