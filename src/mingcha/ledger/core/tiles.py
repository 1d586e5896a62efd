"""Tiles (瓦片) of the log by C2SP tlog-tiles: static files of 256 hashes from which anyone computes any proof."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mingcha.ledger.core.errors import MalformedTile
from mingcha.ledger.core.merkle import HASH_SIZE, CompactRange, parents

WIDTH = 256
HEIGHT = 8
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?\Z")


@dataclass(frozen=True)
class TileName:
    """Level (None for entry bundles), index and width (256 = full) of a tile."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{name}" + ("" if self.width == WIDTH else f".p/{self.width}")


def parse_path(path: str) -> TileName:
    """The name in a path below the log's prefix. Raises MalformedTile for any other spelling."""
    match = _PATH.match(path)
    if not match:
        raise MalformedTile(message="瓦片的路径不合规范。", data={"path": path[:200]})
    level = None if match[1] == "entries" else int(match[1])
    name = TileName(level, int(match[2].replace("x", "").replace("/", "")), int(match[3] or WIDTH))
    # Groups of leading zeros, and levels and widths out of range, are other spellings of nothing.
    if (level or 0) > 63 or (match[3] and name.width >= WIDTH) or name.path != path:
        raise MalformedTile(message="瓦片的路径不合规范。", data={"path": path[:200]})
    return name


def hashes_of(data: bytes, width: int) -> list[bytes]:
    """Hashes of a tile file of the given width. Raises MalformedTile."""
    if len(data) != width * HASH_SIZE:
        raise MalformedTile(message="瓦片的长度与宽度不符。", data={"length": len(data), "width": width})
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """Entry bundle: each entry after its length as big-endian uint16."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_entries(data: bytes) -> list[bytes]:
    """Entries of a bundle. Raises MalformedTile."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length:
            raise MalformedTile(message="条目包在中途截断。")
        entries.append(entry)
        at += 2 + length
    return entries


def tiles_at(size: int) -> Iterator[TileName]:
    """Names of the rightmost tiles, one per level, of a tree of `size` leaves: what its checkpoint relies on."""
    level, count = 0, size
    while count:
        full, width = divmod(count, WIDTH)
        yield TileName(level, full, width) if width else TileName(level, full - 1)
        level, count = level + 1, full


Levels = tuple[list[bytes], ...]


def levels_of(data: bytes, width: int) -> Levels:
    """All complete subtrees inside a tile, by height from 0 to 7. Raises MalformedTile."""
    levels = [hashes_of(data, width)]
    while len(levels) < HEIGHT and len(levels[-1]) > 1:
        levels.append(parents(levels[-1]))
    return tuple(levels)


class TileNodes:
    """Complete subtrees of a tree of `size` leaves, from tiles; `read` gets a tile's name and gives its bytes."""

    def __init__(self, size: int, read: Callable[[TileName], bytes]) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], Levels] = {}

    def levels(self, name: TileName) -> Levels:
        """Overridden where tiles are kept between proofs."""
        return levels_of(self._read(name), name.width)

    def _tile(self, level: int, index: int) -> Levels:
        key = (level, index)
        if key not in self._tiles:
            count = self.size >> (HEIGHT * level)
            self._tiles[key] = self.levels(TileName(level, index, min(WIDTH, count - index * WIDTH)))
        return self._tiles[key]

    def node(self, height: int, index: int) -> bytes:
        level, inside = divmod(height, HEIGHT)
        tile_index = (index << inside) // WIDTH
        return self._tile(level, tile_index)[inside][index - (tile_index * WIDTH >> inside)]

    def edge(self) -> CompactRange:
        """The right edge of the tree, to append to."""
        nodes, start = [], 0
        for height in range(self.size.bit_length() - 1, -1, -1):
            if self.size >> height & 1:
                nodes.append(self.node(height, start >> height))
                start += 1 << height
        return CompactRange(self.size, nodes)
