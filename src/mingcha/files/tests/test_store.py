"""The store: whole or not at all, read-only, one pass for both digests, constant memory."""

from __future__ import annotations

import hashlib
import os
import stat
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mingcha.common.errors import InvalidInput, NotFound
from mingcha.files import queries
from mingcha.files.actions import receive, receive_bytes
from mingcha.files.digests import Digests
from mingcha.files.rules import media_type

MIB = 1 << 20


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_ROOT, settings.S3_BUCKET = tmp_path / "files", ""
    return tmp_path / "files"


def left_over(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("sizes", [[1], [MIB], [MIB, 1], [3 * MIB, 1000, 5 * MIB + 7]])
def test_both_digests_are_those_of_the_whole_stream(sizes: list[int], root: Path) -> None:
    blocks = [os.urandom(size) for size in sizes]
    data = b"".join(blocks)
    incoming = receive(blocks)
    assert incoming.sha256 == hashlib.sha256(data).hexdigest()
    assert incoming.sm3 == hashlib.new("sm3", data).hexdigest()
    assert incoming.size == len(data)
    with queries.local_path(incoming.sha256) as path:
        assert path.read_bytes() == data
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert queries.open_stored(incoming.sha256).read() == data
    for start, end in ((0, 1), (0, len(data)), (len(data) // 2, len(data)), (len(data), len(data)), (0, len(data) + 9)):
        assert b"".join(queries.range_reader(incoming.sha256, start, end)) == data[start:end]
    assert len(left_over(root)) == 1


def test_sha256_alone_goes_on_after_a_pause_from_its_own_thread() -> None:
    digests, data = Digests(both=False), b""
    for blocks in (3, 1, 5):
        for _ in range(blocks):
            data += (block := os.urandom(MIB + 1))
            digests.update(block)
        digests.settle()
        assert (digests.size, digests.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert digests.sm3 == ""


def test_what_does_not_come_whole_leaves_nothing(root: Path) -> None:
    def breaks() -> Iterator[bytes]:
        yield bytes(3 * MIB)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive(breaks())
    for chunks, more, words in (
        ([], {}, "空的"),
        ([bytes(2 * MIB)], {"most": MIB}, "超过"),
        ([b"hello"], {"allowed": ("video/",)}, "文本"),
    ):
        with pytest.raises(InvalidInput, match=words):
            receive(chunks, **more)  # type: ignore[arg-type]
    assert left_over(root) == []


def test_the_same_bytes_are_one_file_and_stay_as_they_are(root: Path) -> None:
    first = receive_bytes(b"once")
    path = queries.content_path(first.sha256)
    before = path.stat()
    assert receive_bytes(b"once") == first
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    path.unlink()
    for read in (queries.open_stored, queries.content_path, lambda digest: queries.range_reader(digest, 0, 1)):
        with pytest.raises(NotFound, match="不在存储中"):
            read(first.sha256)
    assert not queries.held(first.sha256)


def test_a_fast_source_does_not_fill_the_memory() -> None:
    block = bytes(MIB)
    tracemalloc.start()
    try:
        # A copy each time, as from a file: what waits for SM3 is held, and there must be little of it.
        receive(bytes(bytearray(block)) for _ in range(96))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x00\x00\x00\x20ftypqt  ", "video/mp4"),
        (b"".join(b"G" + bytes(187) for _ in range(6))[:1024], "video/mp2t"),
        (b"".join(bytes(4) + b"G" + bytes(187) for _ in range(6))[:1024], "video/mp2t"),
        (b"G" + bytes(600), "application/octet-stream"),
        (b"\xff\xfe\x31\x00", "application/octet-stream"),
        (b"#!AMR\n\x3c", "audio/amr"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xf3\x40\xc0", "audio/mpeg"),
        (b"\x00\x00\x01\xba\x44", "video/mpeg"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6", "video/x-ms-asf"),
        ("设备日志".encode(), "text/plain"),
    ],
)
def test_formats_of_recording_devices_are_told_by_their_bytes(head: bytes, kind: str) -> None:
    assert media_type(head, b"") == kind
