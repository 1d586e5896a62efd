"""What the container of a recording says of itself (音像元数据), and whether it is whole."""

from __future__ import annotations

import datetime as dt
import re
import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from mingcha.recordings.deriving import machine
from mingcha.recordings.deriving.errors import MediaUnreadable

_BOXES = ("video/mp4", "video/quicktime")
_EPOCH_1904 = dt.datetime(1904, 1, 1, tzinfo=dt.UTC)
# Clocks that were never set: cameras count from 1904, 1970 or 1980.
_FIRST_YEAR = 2000
_PLACES = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
# A longer header holds more than the format of the samples: tags that a program reads.
_WAV_HEADER = 80
_SAMPLES = {1: "pcm_u8", 2: "pcm_s16le", 3: "pcm_s24le", 4: "pcm_s32le"}
_DEVICES = ("device_id", "device-id", "deviceid", "serial_number", "serial", "camera_serial")


@dataclass(frozen=True)
class Facts:
    """What was read. `broken` says in words why the file is no whole recording; `unread` why nothing could be read."""

    duration_ms: int | None = None
    started_at: dt.datetime | None = None
    place: str = ""
    device_no: str = ""
    broken: str = ""
    unread: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def probe(path: Path, media_type: str) -> Facts:
    """Read a recording with ffprobe where the server has it; without it MP4 and MOV by their boxes. A plain WAV needs neither."""
    if media_type.startswith("image/"):
        return Facts(unread="照片不读取内部信息")
    if media_type == "audio/wav" and (plain := _wav(path)) is not None:
        return plain
    boxes = _mp4(path) if media_type in _BOXES else None
    if boxes is not None and boxes.broken:
        return boxes
    if not machine.available() or media_type not in machine.DEMUXERS:
        return boxes or Facts(
            unread="服务器没有安装 ffmpeg，没有读取内部信息" if not machine.available() else "这种格式不读取内部信息"
        )
    try:
        medium = machine.probe(path, media_type)
    except MediaUnreadable as error:
        return Facts(broken=error.message.rstrip("。"))
    return Facts(
        duration_ms=medium.duration_ms or (boxes.duration_ms if boxes else None),
        started_at=_moment(medium.tags.get("creation_time", "")) or (boxes.started_at if boxes else None),
        place=_place(next((medium.tags[name] for name in _PLACES if name in medium.tags), "")),
        device_no=_plain(next((medium.tags[name] for name in _DEVICES if name in medium.tags), "")),
        details={
            name: value
            for name, value in (
                ("video", medium.video),
                ("audio", medium.audio),
                ("width", medium.width),
                ("height", medium.height),
            )
            if value
        },
    )


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or moment.year < _FIRST_YEAR:
        return None
    return moment


def _place(text: str) -> str:
    """Latitude and longitude of an ISO 6709 text such as +30.5702+104.0648+500/."""
    match = re.match(r"([+-][0-9]{1,2}(?:\.[0-9]+)?)([+-][0-9]{1,3}(?:\.[0-9]+)?)", text)
    return f"{float(match[1]):.6f},{float(match[2]):.6f}" if match else ""


def _plain(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z._-]", "", text)[:60]


def _wav(path: Path) -> Facts | None:
    """A whole WAV of plain samples says its length in its header; None where a program must look closer."""
    try:
        with wave.open(str(path)) as sound:
            frames, rate, width = sound.getnframes(), sound.getframerate(), sound.getsampwidth()
            size = frames * width * sound.getnchannels()
    except (wave.Error, EOFError):
        return None
    around = path.stat().st_size - size
    if not size or not 0 <= around <= _WAV_HEADER:
        return None
    return Facts(duration_ms=round(frames * 1000 / rate), details={"audio": _SAMPLES[width]})


def _mp4(path: Path) -> Facts:
    """Duration and time of the movie header; a file cut off or never closed lacks it or ends inside a box."""
    with path.open("rb") as source:
        size = path.stat().st_size
        movie = None
        for kind, start, end in _children(source, 0, size):
            if end > size:
                return Facts(broken="文件在中途断开，不完整")
            if kind == b"moov":
                movie = (start, end)
        if movie is None:
            return Facts(broken="文件没有正常结束（缺少索引），可能是设备断电或者复制没有完成")
        for kind, start, end in _children(source, *movie):
            if kind == b"mvhd" and end - start >= 20:
                source.seek(start)
                return _header(source.read(min(end - start, 36)))
    return Facts(broken="文件的索引不完整")


def _children(source: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Boxes between two places: kind, first byte of the content, end as declared."""
    while start + 8 <= end:
        source.seek(start)
        length, kind = struct.unpack(">I4s", source.read(8))
        content = start + 8
        if length == 1:
            length = int.from_bytes(source.read(8), "big")
            content += 8
        stop = end if length == 0 else start + length
        if stop < content:
            yield kind, content, 1 << 62
            return
        yield kind, content, stop
        start = stop


def _header(data: bytes) -> Facts:
    wide = data[:1] == b"\x01"
    if len(data) < (32 if wide else 20):
        return Facts(broken="文件的索引不完整")
    made, _, scale, length = struct.unpack(">QQIQ" if wide else ">IIII", data[4:32] if wide else data[4:20])
    try:
        moment = _EPOCH_1904 + dt.timedelta(seconds=made)
    except OverflowError:
        moment = _EPOCH_1904
    return Facts(
        duration_ms=length * 1000 // scale if scale and length < 1 << 40 else None,
        started_at=moment if moment.year >= _FIRST_YEAR else None,
    )
