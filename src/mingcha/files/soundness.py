"""Whether the bytes of every original are there and unchanged (原件核验), for `mingcha ledger check`."""

from __future__ import annotations

from collections.abc import Iterator

from mingcha.common.errors import MingchaError
from mingcha.files import queries
from mingcha.files.digests import Digests
from mingcha.files.models import StoredFile
from mingcha.files.store import CHUNK
from mingcha.files.tombstones import buried
from mingcha.ledger.soundness import Finding, Tally, sound

_GROUP = 200


@sound("files", "原件")
def check(tally: Tally, after: str = "") -> Iterator[Finding]:
    """Every stored file in the order of its digest, from `after` on. What was destroyed by law is known by its tombstone."""
    while True:
        rows = list(StoredFile.objects.filter(sha256__gt=after).order_by("sha256")[:_GROUP])
        if not rows:
            return
        gone = buried(row.sha256 for row in rows)
        for row in rows:
            after = row.sha256
            tally.add("files")
            if row.sha256 in gone:
                tally.add("files_destroyed_by_law")
            else:
                yield from check_file(row, tally)
        tally.tell(f"已核对原件 {tally.counts['files']} 个，{tally.counts.get('bytes', 0) >> 20} MB")


def check_file(row: StoredFile, tally: Tally) -> Iterator[Finding]:
    """One original: there, as long as its row says, with both digests."""
    where = {"sha256": row.sha256}
    name = f"原件 {row.sha256[:16]}…"
    if not queries.held(row.sha256):
        yield Finding("file-missing", f"{name}不在存储中。", where)
        return
    digests = Digests()
    try:
        with queries.open_stored(row.sha256) as handle:
            while block := handle.read(CHUNK):
                digests.update(block)
                tally.add("bytes", len(block))
    except (OSError, MingchaError) as error:
        yield Finding("file-unreadable", f"{name}读不出来（{type(error).__name__}）。", where)
        return
    digests.settle()
    if digests.size != row.size:
        yield Finding("file-altered", f"{name}的长度是{digests.size}字节，入库时是{row.size}字节。", where)
    elif digests.sha256 != row.sha256 or (row.sm3 and digests.sm3 and digests.sm3 != row.sm3):
        yield Finding("file-altered", f"{name}的内容与入库时的摘要不符，被改动或调换过。", where)
