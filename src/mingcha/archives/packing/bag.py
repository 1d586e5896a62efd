"""BagIt 1.0 (RFC 8493): payload and tag manifests in SHA-256 and SM3, written aside and renamed, hashed once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mingcha.archives.errors import SealingFailed
from mingcha.files import sm3

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHMS = ("sha256", "sm3")
# Recordings may be in a copy or only named by it; all else is the same in every copy.
RECORDINGS = "data/recordings/"
_BLOCK = 1 << 20
# Two readers: one waits for the disk while the other reckons.
_READERS = 2


@dataclass(frozen=True)
class Digests:
    """Both digests and the size of one file. SM3 is empty where this machine lacks it."""

    sha256: str
    sm3: str
    size: int

    def of(self, algorithm: str) -> str:
        return self.sha256 if algorithm == "sha256" else self.sm3


def has_sm3() -> bool:
    return sm3.available()


def digests_of(data: bytes) -> Digests:
    return Digests(hashlib.sha256(data).hexdigest(), sm3_of(data) if has_sm3() else "", len(data))


def sm3_of(data: bytes) -> str:
    found = sm3.new()
    found.update(data)
    return found.hexdigest()


@dataclass(frozen=True)
class Source:
    """A large file outside: its digests are known from its arrival and verified while it is taken over."""

    open: Callable[[], BinaryIO]
    known: Digests
    # Where a hard link can be made; the link shares the bytes, which are read once to prove that they are whole.
    link: Path | None = None


@dataclass
class Bag:
    """A bag being collected: payload in order, tag files, lines of bag-info."""

    info: list[tuple[str, str]] = field(default_factory=list)
    data: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    tags: dict[str, bytes] = field(default_factory=dict)

    def add(self, path: str, content: bytes) -> Digests:
        """A small payload file, below data/."""
        self.data[f"data/{path}"] = content
        return digests_of(content)

    def include(self, path: str, source: Source) -> None:
        """A large payload file, below data/."""
        self.sources[f"data/{path}"] = source

    def payload(self) -> dict[str, Digests]:
        """Digests of the whole payload by path, sorted: known ones are proved when the file is taken over."""
        found = {path: digests_of(content) for path, content in self.data.items()}
        found.update({path: source.known for path, source in self.sources.items()})
        return dict(sorted(found.items()))


def manifest(files: Mapping[str, Digests], algorithm: str) -> bytes:
    """Lines of a manifest, sorted by path; percent and line ends in paths encoded as the standard wants."""
    lines = (f"{found.of(algorithm)}  {_encoded(path)}\n" for path, found in sorted(files.items()))
    return "".join(lines).encode()


def _encoded(path: str) -> str:
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def decoded(path: str) -> str:
    return path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def contents_digest(files: Mapping[str, Digests]) -> str:
    """What the ledger keeps of a package: its payload without the recordings, so that all copies agree."""
    core = {path: found for path, found in files.items() if not path.startswith(RECORDINGS)}
    return hashlib.sha256(manifest(core, "sha256")).hexdigest()


def write(bag: Bag, target: Path, *, told: Callable[[int], None] = lambda done: None) -> str:
    """Write the bag as the folder `target`; gives the SHA-256 of its tag manifest.

    Everything is written and flushed under another name in the same folder and renamed last, so that whoever is killed
    leaves nothing that looks whole. A package of that name is replaced. Raises SealingFailed when bytes of a source are
    not those whose digest is known.
    """
    fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target)
    try:
        fresh.mkdir()
        algorithms = [name for name in ALGORITHMS if name == "sha256" or has_sm3()]
        payload = bag.payload()
        tags = {"bagit.txt": DECLARATION, **bag.tags}
        size = sum(found.size for found in payload.values())
        info = [*bag.info, ("Payload-Oxum", f"{size}.{len(payload)}")]
        tags["bag-info.txt"] = "".join(f"{name}: {_line(value)}\n" for name, value in info).encode()
        for name in algorithms:
            tags[f"manifest-{name}.txt"] = manifest(payload, name)
        listed = {path: digests_of(content) for path, content in tags.items()}
        for name in algorithms:
            tags[f"tagmanifest-{name}.txt"] = manifest(listed, name)
        done = 0
        for path, content in (*bag.data.items(), *tags.items()):
            _write(fresh / path, content)
            done += len(content)
        told(done)
        with ThreadPoolExecutor(_READERS) as pool:
            jobs = [pool.submit(_take, source, fresh / path, path) for path, source in bag.sources.items()]
            for job in jobs:
                done += job.result()
                told(done)
        _flush_folders(fresh)
        if target.exists():
            old = target.with_name(f".{target.name}.{os.getpid()}.old")
            target.rename(old)
            remove(old)
        fresh.rename(target)
        _flush(target.parent)
    except BaseException:
        remove(fresh)
        raise
    return hashlib.sha256(tags["tagmanifest-sha256.txt"]).hexdigest()


def sweep(target: Path) -> None:
    """Remove what a killed run left beside a package."""
    for left in target.parent.glob(f".{target.name}.*"):
        if left.suffix in {".part", ".old"}:
            remove(left)


def remove(folder: Path) -> None:
    """Remove a package or what is left of one; its folders are read-only."""
    if not folder.exists():
        return
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


def _line(value: str) -> str:
    return " ".join(value.split())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _take(source: Source, target: Path, path: str) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.link is not None:
        with contextlib.suppress(OSError):
            # Another file system, or one without links: then the bytes are copied.
            os.link(source.link, target)
            with target.open("rb") as handle:
                _require(_hashed(_blocks(handle), source.known), source.known, path)
            return source.known.size
    with source.open() as handle, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb") as out:
        _require(_hashed(_copied(handle, out), source.known), source.known, path)
        out.flush()
        os.fsync(out.fileno())
    return source.known.size


def verify(source: Source, path: str) -> int:
    """Read a file that the package only names, so that the sealing says it was whole. Raises SealingFailed."""
    with source.open() as handle:
        _require(_hashed(_blocks(handle), source.known), source.known, path)
    return source.known.size


def verify_all(sources: Mapping[str, Source], told: Callable[[int], None] = lambda done: None) -> None:
    """`verify` for many files, two at a time."""
    done = 0
    with ThreadPoolExecutor(_READERS) as pool:
        for size in pool.map(lambda item: verify(item[1], item[0]), sources.items()):
            done += size
            told(done)


def _hashed(blocks: Iterable[bytes], known: Digests) -> Digests:
    # The same SHA-256 means the same bytes, and those were hashed with SM3 on arrival: once is enough.
    sha, size = hashlib.sha256(), 0
    for block in blocks:
        sha.update(block)
        size += len(block)
    return Digests(sha.hexdigest(), known.sm3, size)


def _require(found: Digests, known: Digests, path: str) -> None:
    if found != known:
        raise SealingFailed(
            "original-altered",
            f"{path} 的原件与入库时的摘要不一致（入库 {known.sha256[:16]}…，现在 {found.sha256[:16]}…），没有封存。请立即核查。",
            {"path": path},
        )


def _blocks(handle: BinaryIO) -> Iterator[bytes]:
    while block := handle.read(_BLOCK):
        yield block


def _copied(handle: BinaryIO, out: BinaryIO) -> Iterator[bytes]:
    for block in _blocks(handle):
        out.write(block)
        yield block


def _flush_folders(root: Path) -> None:
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        _flush(folder)
    _flush(root)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
