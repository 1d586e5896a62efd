"""The public log as a folder of static files (公开日志导出) that any web server or bucket can serve, by C2SP tlog-tiles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mingcha.common.errors import NotFound
from mingcha.ledger import place, queries
from mingcha.ledger.core.tiles import WIDTH, TileName, pack_entries

KEY = "key.txt"
_GROUP = 64


@dataclass(frozen=True)
class Exported:
    """How large the tree in the folder is now, and how many files were written."""

    size: int
    files: int


def export(log: str, folder: Path) -> Exported:
    """Bring `folder` up to the newest final checkpoint of a log; files that never change are written once.

    The checkpoint comes last, so that whoever reads meanwhile finds every tile that it relies on. Raises NotFound.
    """
    head = queries.final_checkpoint(log)
    if head is None:
        raise NotFound(f"账本 {log} 还没有最终确认的检查点，没有可导出的内容。")
    written = 0
    files: dict[str, bytes] = {}
    for name in names(head.size):
        if (folder / name.path).exists():
            continue
        read = pack_entries(place.read_entries(log, name)) if name.level is None else place.read_tile(log, name)
        files[name.path] = read
        if len(files) == _GROUP:
            place.write_files(folder, files)
            written += len(files)
            files = {}
    place.write_files(folder, files)
    key = f"{queries.verifier_key(log).strip()}\n".encode()
    place.write_files(folder, {KEY: key, queries.KEYS_FILE: queries.key_history(log).encode()})
    place.write_files(folder, {place.CHECKPOINT: head.note.encode()})
    return Exported(head.size, written + len(files) + 3)


def names(size: int) -> list[TileName]:
    """Every tile and entry bundle of a tree of `size` leaves."""
    found: list[TileName] = []
    level, count = 0, size
    while count:
        for index in range(-(-count // WIDTH)):
            width = min(WIDTH, count - index * WIDTH)
            found.append(TileName(level, index, width))
            if level == 0:
                found.append(TileName(None, index, width))
        level, count = level + 1, count // WIDTH
    return found
