"""One pass over a log (账本逐条核验): leaves, checkpoints, cosignatures and files are derived again and compared."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from mingcha.ledger import checks_keys, keys, place, queries
from mingcha.ledger.core import cosignature, note
from mingcha.ledger.core.checkpoint import TreeHead, open_signed
from mingcha.ledger.core.errors import ProofError
from mingcha.ledger.core.merkle import HASH_SIZE, CompactRange, leaf_hash, root_of
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.core.tiles import WIDTH, TileName, pack_entries, parse_path
from mingcha.ledger.cosigning import policy
from mingcha.ledger.errors import KeyProblem
from mingcha.ledger.models import Checkpoint, Cosignature, LedgerLeaf
from mingcha.ledger.names import origin
from mingcha.ledger.soundness import Finding

_CHUNK = 2000


class Counts(Protocol):
    """Where the pass counts what it has looked at."""

    leaves: int
    checkpoints: int


class LogPass:
    """One pass over the leaves of a log, with its checkpoints and its files."""

    def __init__(self, log: str, report: Counts) -> None:
        self.log, self.report = log, report
        self.range = CompactRange()
        self.rows: list[list[bytes]] = []  # per level, the hashes of the tile not yet full
        self.digests: list[bytes] = []
        self.partial: set[str] = set()  # files that a client needs who holds an older checkpoint

    def findings(self) -> Iterator[Finding]:
        try:
            trusted = keys.verifiers(self.log)
        except KeyProblem as error:
            yield Finding("key-missing", error.message, {"log": self.log})
            return
        if keys.kept(self.log):
            try:
                keys.signer(self.log)
            except KeyProblem as error:
                yield Finding("key-broken", error.message, {"log": self.log})
        # The sequencer goes on meanwhile: what it signs after this look belongs to the next check.
        covered = queries.covered_size(self.log)
        heads = Checkpoint.objects.filter(log=self.log, size__lte=covered).order_by("size").iterator(_CHUNK)
        head = next(heads, None)
        leaves = LedgerLeaf.objects.filter(log=self.log).order_by("index").select_related("entry").iterator(_CHUNK)
        for leaf in leaves:
            self.report.leaves += 1
            where = {"log": self.log, "index": leaf.index, "entry": leaf.entry_id}
            name = f"账本 {self.log} 第{leaf.index}号叶"
            if leaf.index != self.range.size:
                yield Finding("leaf-missing", f"账本 {self.log} 缺少第{self.range.size}号叶。", where)
                return
            try:
                digest = bytes.fromhex(leaf.entry.digest)
            except ValueError:  # the journal's own check has named it
                digest = b""
            if bytes(leaf.hash) != leaf_hash(digest) or leaf.entry.log != self.log:
                yield Finding("leaf-altered", f"{name}与它的日志条目不符。", where)
            self.range.append(bytes(leaf.hash))
            if leaf.index < covered:
                yield from self._files(bytes(leaf.hash), digest)
            while head is not None and head.size <= self.range.size:
                yield from self._checkpoint(head, trusted)
                head = next(heads, None)
        if head is not None:
            yield Finding(
                "leaves-lost",
                f"账本 {self.log} 的检查点覆盖{head.size}条，数据库只有{self.range.size}条。",
                {"log": self.log, "size": head.size, "leaves": self.range.size},
            )
            return
        yield from checks_keys.check(self.log, covered)
        yield from self._rest(covered)
        yield from self._published(trusted)
        yield from self._cosigned()
        yield from self._others(covered, trusted)

    def _checkpoint(self, head: Checkpoint, trusted: list[VerifierKey]) -> Iterator[Finding]:
        self.report.checkpoints += 1
        self._expect(head.size)
        where = {"log": self.log, "size": head.size}
        name = f"账本 {self.log} 大小为{head.size}的检查点"
        root = self.range.root() if head.size == self.range.size else b""
        try:
            signed = open_signed(head.note, trusted, origin=origin(self.log))
        except ProofError as error:
            yield Finding("checkpoint-untrusted", f"{name}：{error.message}", where)
            return
        if signed != TreeHead(origin(self.log), head.size, root) or head.root != root.hex():
            yield Finding("checkpoint-differs", f"{name}与数据库中的叶不符：这之前有记录被改动或调换。", where)

    def _expect(self, size: int) -> None:
        for level in range((size.bit_length() + 7) // 8):
            index, width = divmod(size >> 8 * level, WIDTH)
            if width:
                self.partial.add(TileName(level, index, width).path)
                if level == 0:
                    self.partial.add(TileName(None, index, width).path)

    def _files(self, leaf: bytes, digest: bytes) -> Iterator[Finding]:
        self.digests.append(digest)
        if len(self.digests) == WIDTH:
            name = TileName(None, (self.range.size - 1) // WIDTH)
            yield from self._compare(name, pack_entries(self.digests))
            self.digests = []
        level, value = 0, leaf
        while True:
            if len(self.rows) <= level:
                self.rows.append([])
            row = self.rows[level]
            row.append(value)
            if len(row) < WIDTH:
                return
            yield from self._compare(TileName(level, (self.range.size >> 8 * (level + 1)) - 1), b"".join(row))
            level, value = level + 1, root_of(row)
            row.clear()

    def _rest(self, covered: int) -> Iterator[Finding]:
        """The partial tiles at the right edge of the newest checkpoint."""
        for level, row in enumerate(self.rows):
            if row:
                yield from self._compare(TileName(level, covered >> 8 * (level + 1), len(row)), b"".join(row))
        if self.digests:
            yield from self._compare(TileName(None, covered // WIDTH, len(self.digests)), pack_entries(self.digests))

    def _compare(self, name: TileName, expected: bytes) -> Iterator[Finding]:
        where = {"log": self.log, "path": name.path}
        try:
            if name.level is None:
                found = pack_entries(place.read_entries(self.log, name))
            else:
                found = place.read_tile(self.log, name)
        except ProofError:
            yield Finding("tile-missing", f"账本 {self.log} 缺少文件 {name.path}，或它不完整。", where)
            return
        if found != expected:
            yield Finding("tile-altered", f"账本 {self.log} 的文件 {name.path} 与数据库中的叶不符。", where)

    def _published(self, trusted: list[VerifierKey]) -> Iterator[Finding]:
        # Under the lock no round stands between the file and its row.
        with place.lock(self.log):
            text = place.read_checkpoint(self.log)
            newest = queries.latest_checkpoint(self.log)
        where: dict[str, Any] = {"log": self.log}
        if text is None:
            if newest is not None:
                yield Finding("checkpoint-file-missing", f"账本 {self.log} 的检查点文件不见了。", where)
            return
        try:
            head = open_signed(text, trusted, origin=origin(self.log))
        except ProofError as error:
            yield Finding("checkpoint-file-untrusted", f"账本 {self.log} 的检查点文件：{error.message}", where)
            return
        size = 0 if newest is None else newest.size
        where |= {"published": head.size, "database": size}
        if head.size > size:
            yield Finding(
                "checkpoint-row-missing",
                f"账本 {self.log} 已公布大小为{head.size}的检查点，数据库只记到{size}。"
                "若上次定序中途停机，运行 mingcha ledger sequence 即可补齐；否则数据库中的检查点被删除过。",
                where,
            )
        elif newest is None or head.size < size or head.root.hex() != newest.root:
            yield Finding(
                "checkpoint-file-differs",
                f"账本 {self.log} 的检查点文件大小为{head.size}，数据库的检查点为{size}，或二者内容不同。",
                where,
            )

    def _others(self, covered: int, trusted: list[VerifierKey]) -> Iterator[Finding]:
        """Files that no newest tile accounts for: older partial tiles, the cosigned checkpoint, strangers."""
        folder = place.root(self.log)
        for name in sorted(self.partial):
            tile = parse_path(name)
            # Partial tiles may go once the full one stands; until then every published checkpoint can be proved.
            if not (folder / name).exists() and (tile.index + 1) * WIDTH > covered >> 8 * (tile.level or 0):
                where = {"log": self.log, "path": name}
                yield Finding("tile-missing", f"账本 {self.log} 缺少先前检查点的文件 {name}。", where)
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            name = path.relative_to(folder).as_posix()
            where = {"log": self.log, "path": name}
            if name == place.CHECKPOINT or name.endswith(".tmp"):
                continue
            if name == place.WITNESSED:
                yield from self._witnessed(trusted)
                continue
            try:
                tile = parse_path(name)
            except ProofError:
                yield Finding("file-unknown", f"账本 {self.log} 的目录里有不属于它的文件 {name}。", where)
                continue
            count = covered >> 8 * (tile.level or 0)
            known = min(WIDTH, count - tile.index * WIDTH)
            if tile.width > known:
                # Tiles are written before their checkpoint: what a killed round left is written again by the next.
                if self.range.size == covered:
                    yield Finding("tile-unknown", f"账本 {self.log} 多出文件 {name}，检查点没有覆盖它。", where)
            elif tile.width < known:
                yield from self._older(tile, path.read_bytes(), known)

    def _older(self, tile: TileName, data: bytes, known: int) -> Iterator[Finding]:
        """A partial tile of an earlier checkpoint is the beginning of today's, which has been compared already."""
        now = TileName(tile.level, tile.index, known)
        with contextlib.suppress(ProofError):
            if tile.level is None:
                same = pack_entries(place.read_entries(self.log, now)[: tile.width]) == data
            else:
                same = place.read_tile(self.log, now)[: tile.width * HASH_SIZE] == data
            if not same:
                where = {"log": self.log, "path": tile.path}
                yield Finding("tile-altered", f"账本 {self.log} 的文件 {tile.path} 与后来的瓦片不符。", where)

    def _witnessed(self, trusted: list[VerifierKey]) -> Iterator[Finding]:
        wanted = policy.of(self.log)
        try:
            text = place.read_checkpoint(self.log, place.WITNESSED) or ""
            head = open_signed(text, trusted, origin=origin(self.log))
            enough = len(cosignature.times(note.parse(text), wanted.keys)) >= wanted.demanded
            row = Checkpoint.objects.filter(log=self.log, size=head.size).first()
            if enough and row is not None and row.root == head.root.hex():
                return
            words = "共签不足，或与数据库的检查点不同"
        except (ProofError, UnicodeDecodeError) as error:
            words = error.message if isinstance(error, ProofError) else "不是文本"
        where = {"log": self.log, "path": place.WITNESSED}
        yield Finding("checkpoint-file-untrusted", f"账本 {self.log} 的文件 {place.WITNESSED}：{words}。", where)

    def _cosigned(self) -> Iterator[Finding]:
        """Each kept cosignature against the key in the policy; of a witness no longer named nothing can be said."""
        trusted = {key.name: key for key in policy.of(self.log).keys}
        notes = dict(Checkpoint.objects.filter(log=self.log).values_list("size", "note"))
        rows = Cosignature.objects.filter(log=self.log, witness__in=list(trusted)).order_by("size", "witness")
        for row in rows.iterator(_CHUNK):
            text = note.parse(notes[row.size]).text if row.size in notes else ""
            try:
                found = cosignature.times(note.parse(f"{text}\n{row.line}"), [trusted[row.witness]])
            except ProofError:
                found = {}
            if found.get(row.witness) != int(row.seen_at.timestamp()):
                yield Finding(
                    "cosignature-untrusted",
                    f"账本 {self.log} 大小为{row.size}的检查点上，见证“{row.witness}”的共签与它的公钥不符。",
                    {"log": self.log, "size": row.size, "witness": row.witness},
                )
