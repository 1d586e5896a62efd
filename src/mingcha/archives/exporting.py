"""A sealed package copied out (导出封存包): verified byte by byte, with or without recordings, with the proof of its sealing."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from mingcha.archives import collecting
from mingcha.archives.errors import SealingFailed
from mingcha.archives.models import Package
from mingcha.archives.packing import bag as bags
from mingcha.archives.packing import checking, reading
from mingcha.archives.packing.bag import RECORDINGS, Bag, Digests, Source
from mingcha.archives.packing.reading import Contents, Unreadable
from mingcha.archives.sealing import folder
from mingcha.common.canonical import canonical
from mingcha.files import queries as files
from mingcha.ledger import queries as ledger
from mingcha.ledger.core import proof
from mingcha.ledger.errors import NotYetSequenced


def export(
    package: Package,
    target: Path,
    *,
    with_recordings: bool = False,
    tar: bool = False,
    told: Callable[[int], None] = lambda done: None,
) -> Path:
    """Copy a package below the folder `target`; gives the path of the copy. Every byte is checked on the way.

    Raises SealingFailed where the sealed package or a recording is not what it was.
    """
    bag = _again(package, with_recordings=with_recordings)
    target.mkdir(parents=True, exist_ok=True)
    place = target / package.name
    bags.write(bag, place, told=told)
    if (sealed := seal_file(package)) is not None:
        _write(target / f"{package.name}.seal.json", lambda out: out.write(sealed))
    if not tar:
        return place
    packed = target / f"{package.name}.tar"
    _write(packed, lambda out: _pack(place, out))
    bags.remove(place)
    return packed


def seal_file(package: Package) -> bytes | None:
    """The proof that exactly these contents were sealed, kept beside a copy; None until the ledger covers the entry."""
    entry = ledger.entry(package.entry_id)
    recorded = ledger.payload(entry)
    try:
        shown = ledger.inclusion_proof(entry)
    except NotYetSequenced:
        return None
    checkpoint = collecting.checkpoint_over(entry.log, shown.size)
    return (
        canonical(
            {
                "format": "mingcha-seal@1",
                "header": ledger.header(entry),
                "payload": recorded,
                "salt": entry.content.salt,
                "index": shown.index,
                "proof": proof.to_hex(shown.hashes),
                "checkpoint": checkpoint.note,
            }
        )
        + b"\n"
    )


def _again(package: Package, *, with_recordings: bool) -> Bag:
    """The bag of a sealed package, its payload to be copied and verified against the manifests that were sealed."""
    place = folder(package.name)
    try:
        found = reading.open_package(place)
        listed = {
            name: reading.manifest(found.read(f"manifest-{name}.txt"), f"manifest-{name}.txt")
            for name in bags.ALGORITHMS
        }
        told: dict[str, Any] = found.json(checking.DOSSIER)
        entries = found.lines(checking.ENTRIES)
    except Unreadable as error:
        raise SealingFailed("package-damaged", f"封存包不完整：{error}请从备份恢复后再导出。") from None
    bag = Bag()
    for path, sha256 in listed["sha256"].items():
        if not path.startswith(RECORDINGS):
            bag.sources[path] = _source(found, path, sha256, listed["sm3"].get(path, ""))
    if bags.contents_digest({path: source.known for path, source in bag.sources.items()}) != package.contents:
        raise SealingFailed("package-altered", "封存包的清单不是封存时的清单，没有导出。请立即核查。")
    if with_recordings:
        for row in told["recordings"]:
            bag.sources[row["path"]] = Source(
                functools.partial(files.open_stored, row["sha256"]), Digests(row["sha256"], row["sm3"], row["size"])
            )
    collecting.dress(bag, told, entries, with_recordings=with_recordings)
    return bag


def _source(found: Contents, path: str, sha256: str, sm3: str) -> Source:
    place = found.root / path
    try:
        size = place.stat().st_size
    except OSError:
        raise SealingFailed("package-damaged", f"封存包缺少 {path}。请从备份恢复后再导出。") from None

    def opened() -> BinaryIO:
        return place.open("rb")

    return Source(opened, Digests(sha256, sm3, size))


def _pack(place: Path, out: BinaryIO) -> None:
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in [place, *sorted(place.rglob("*"))]:
            archive.add(path, path.relative_to(place.parent).as_posix(), recursive=False, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    # Who wrote it and when is said by the ledger; the same package always gives the same file.
    member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
    return member


def _write(target: Path, fill: Callable[[BinaryIO], Any]) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with fresh.open("wb") as out:
            fill(out)
            out.flush()
            os.fsync(out.fileno())
        fresh.rename(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        raise


def table_of_contents(package: Package) -> dict[str, Any]:
    """The dossier as the sealed package tells of it. Raises SealingFailed where it cannot be read."""
    try:
        found: dict[str, Any] = json.loads(reading.open_package(folder(package.name)).read(checking.DOSSIER))
    except (Unreadable, ValueError) as error:
        raise SealingFailed("package-damaged", f"封存包不能读取：{error}") from None
    return found
