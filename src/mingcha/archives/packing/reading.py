"""A package as it lies on the disk, or in a tar file: names, digests, and the parts that our format knows."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mingcha.archives.packing.bag import Digests, decoded, has_sm3
from mingcha.files.sm3 import new as new_sm3

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)\Z")
_BLOCK = 1 << 20
# What a person could reasonably have put there is read into memory; a hostile package is not.
MOST_TEXT = 256 << 20


class Unreadable(Exception):
    """The package cannot be read at all; the text says why."""


@dataclass(frozen=True)
class Contents:
    """All regular files of a package by path, with a way to their bytes."""

    root: Path
    names: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """The bytes of a text part. Raises Unreadable."""
        path = self.root / name
        try:
            if path.is_symlink() or path.stat().st_size > MOST_TEXT:
                raise Unreadable(f"{name} 太大或者不是普通文件。")
            return path.read_bytes()
        except OSError:
            raise Unreadable(f"没有 {name}，或者打不开。") from None

    def json(self, name: str) -> Any:
        try:
            return json.loads(self.read(name))
        except ValueError:
            raise Unreadable(f"{name} 不是格式正确的 JSON。") from None

    def lines(self, name: str) -> list[Any]:
        try:
            return [json.loads(line) for line in self.read(name).splitlines() if line.strip()]
        except ValueError:
            raise Unreadable(f"{name} 不是格式正确的 JSON 行。") from None

    def digests(self, names: list[str]) -> dict[str, Digests]:
        """Both digests of some files, each read once, several at a time."""
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(names, pool.map(lambda name: _digests(self.root / name), names), strict=True))


def open_package(path: Path) -> Contents:
    """The files of a package folder. Raises Unreadable for anything but a folder of regular files."""
    if not path.is_dir():
        raise Unreadable("找不到这个目录。" if not path.exists() else "这不是封存包的目录。")
    names = []
    for found in sorted(path.rglob("*")):
        name = found.relative_to(path).as_posix()
        if found.is_symlink() or not (found.is_dir() or found.is_file()):
            raise Unreadable(f"{name} 不是普通文件，封存包里不应有链接或者设备。")
        if found.is_file():
            names.append(name)
    return Contents(path, tuple(names))


def unpack(path: Path, folder: Path) -> Path:
    """A package that came as a tar file, unpacked below `folder`. Raises Unreadable for names that lead out of it."""
    try:
        with tarfile.open(path) as archive:
            tops = set()
            for member in archive:
                parts = PurePosixPath(member.name).parts
                if member.name.startswith("/") or ".." in parts or not (member.isreg() or member.isdir()):
                    raise Unreadable(f"打包文件里的 {member.name[:100]} 不是普通文件，或者指向目录之外。")
                tops.add(parts[0])
                archive.extract(member, folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise Unreadable(f"打包文件不完整或者已经损坏（{type(error).__name__}）。") from None
    if len(tops) != 1:
        raise Unreadable("打包文件里应当只有一个目录。")
    return folder / tops.pop()


def manifest(data: bytes, name: str) -> dict[str, str]:
    """Path → digest of a manifest. Raises Unreadable for a line of another form, or a path named twice."""
    found: dict[str, str] = {}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{name} 不是 UTF-8 文本。") from None
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if match is None:
            raise Unreadable(f"{name} 第{number}行的格式不对。")
        path = decoded(match[2])
        if path in found:
            raise Unreadable(f"{name} 中 {path} 出现两次。")
        found[path] = match[1]
    return found


def _digests(path: Path) -> Digests:
    sha, size = hashlib.sha256(), 0
    sm3 = new_sm3() if has_sm3() else None
    for block in _blocks(path):
        sha.update(block)
        if sm3 is not None:
            sm3.update(block)
        size += len(block)
    return Digests(sha.hexdigest(), sm3.hexdigest() if sm3 is not None else "", size)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            yield block
