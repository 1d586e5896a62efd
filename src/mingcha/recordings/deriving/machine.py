"""ffmpeg as a subprocess with limits: time, memory, low priority, no network, one demuxer chosen by the bytes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import IO, Any

from mingcha.recordings.deriving.errors import MachineMissing, MediaUnreadable

# The demuxer follows from the bytes that came in, never from a guess of ffmpeg: a playlist that names other files is no medium.
DEMUXERS = {
    "video/mp4": "mov",
    "video/webm": "matroska",
    "video/x-msvideo": "avi",
    "video/mp2t": "mpegts",
    "video/mpeg": "mpeg",
    "video/x-ms-asf": "asf",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
}
MEMORY_KB = 4 << 20
_LAUNCH = 'ulimit -v "$0" && ulimit -t "$1" && ulimit -c 0 && shift && exec nice -n 10 "$@"'


@dataclass(frozen=True)
class Medium:
    """What a file holds. Width and height as shown (turned upright); `rate` in pictures per second."""

    duration_ms: int | None
    width: int = 0
    height: int = 0
    rate: Fraction = Fraction(25)
    video: str = ""
    audio: str = ""
    pixels: str = ""
    tags: dict[str, str] = field(default_factory=dict)


def available() -> bool:
    """Whether this server can read and make media."""
    return shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None


@cache
def version() -> str:
    """The first line of what ffmpeg says of itself, for the sheet of a derivative."""
    return run("ffmpeg", ["-version"], seconds=20).decode(errors="replace").splitlines()[0][:120]


def source(path: Path, media_type: str, *, start_ms: int = 0) -> list[str]:
    """Arguments that open a stored file as what its bytes are. Raises MediaUnreadable for what is no medium."""
    demuxer = DEMUXERS.get(media_type)
    if demuxer is None:
        raise MediaUnreadable(message="这个文件不是可以播放的音像。")
    seek = ["-ss", f"{start_ms / 1000:.3f}"] if start_ms else []
    return ["-protocol_whitelist", "file,pipe", *seek, "-f", demuxer, "-i", f"file:{path}"]


def _command(program: str, arguments: Sequence[str], seconds: int) -> list[str]:
    found = shutil.which(program)
    if found is None:
        raise MachineMissing
    quiet = ["-hide_banner", "-nostdin", "-loglevel", "error"] if program == "ffmpeg" else ["-loglevel", "error"]
    return ["/bin/sh", "-c", _LAUNCH, str(MEMORY_KB), str(seconds), found, *quiet, *arguments]


@contextlib.contextmanager
def running(
    arguments: Sequence[str], *, seconds: int, program: str = "ffmpeg", **pipes: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A running program; whatever happens inside, it is gone afterwards. Raises MediaUnreadable when it fails."""
    with tempfile.TemporaryFile() as told:
        pipes.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(  # noqa: S603
            _command(program, arguments, seconds),
            stderr=told,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            **pipes,
        )
        clock = threading.Timer(seconds, _kill, [process])
        clock.daemon = True
        clock.start()
        try:
            yield process
            code = process.wait()
        except BrokenPipeError:
            code = process.wait() or 1
        finally:
            late = not clock.is_alive()
            clock.cancel()
            _kill(process)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        if late:
            raise MediaUnreadable("media-too-long", f"处理时间超过{seconds // 60 or 1}分钟，已经停止。请截短后再试。")
        if code:
            raise MediaUnreadable(
                message="音像无法读取，文件可能已经损坏或者编码不受支持。", data={"said": _said(told)}
            )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _said(told: IO[bytes]) -> str:
    """The last words of the program without the place of the file."""
    told.seek(0)
    lines = told.read(1 << 16).decode(errors="replace").splitlines()
    return " / ".join(line.split("file:")[0][:120] for line in lines[-3:])


def run(program: str, arguments: Sequence[str], *, seconds: int = 60, most: int = 64 << 20) -> bytes:
    """What the program writes on its output, at most `most` bytes."""
    with running(arguments, seconds=seconds, program=program, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        out = process.stdout.read(most + 1)
        if len(out) > most:
            raise MediaUnreadable("media-too-long", "处理结果过大，已经停止。")
    return out


def convert(
    arguments: Sequence[str], *, seconds: int, duration_ms: int | None, told: Callable[[int], None] = lambda _: None
) -> None:
    """Run ffmpeg to a file; `told` hears the percentage as it goes."""
    with running(["-progress", "pipe:1", *arguments], seconds=seconds, stdout=subprocess.PIPE) as process:
        for line in process.stdout or ():
            name, _, value = line.decode(errors="replace").strip().partition("=")
            if name == "out_time_us" and value.isdigit() and duration_ms:
                told(min(99, int(value) // 10 // duration_ms))


def probe(path: Path, media_type: str) -> Medium:
    """What the container says of itself. Raises MediaUnreadable."""
    asked = [*source(path, media_type), "-of", "json", "-show_format", "-show_streams"]
    text = run("ffprobe", asked, seconds=60, most=4 << 20)
    try:
        found = json.loads(text)
    except ValueError:
        raise MediaUnreadable(message="音像无法读取，文件可能已经损坏。") from None
    streams = found.get("streams", [])
    video = next((row for row in streams if row.get("codec_type") == "video" and not _cover(row)), None)
    audio = next((row for row in streams if row.get("codec_type") == "audio"), None)
    if video is None and audio is None:
        raise MediaUnreadable(message="文件里没有画面也没有声音。")
    lengths = [_float(row.get("duration")) for row in (found.get("format", {}), video or {}, audio or {})]
    tags = {}
    for row in (found.get("format", {}), *streams):
        tags.update({str(name).lower(): str(value) for name, value in row.get("tags", {}).items()})
    width, height = (int(video.get("width", 0)), int(video.get("height", 0))) if video else (0, 0)
    if video and _turned(video):
        width, height = height, width
    return Medium(
        duration_ms=round(max(lengths) * 1000) or None,
        width=width,
        height=height,
        rate=_rate(video or {}),
        video=str(video.get("codec_name", "")) if video else "",
        audio=str(audio.get("codec_name", "")) if audio else "",
        pixels=str(video.get("pix_fmt", "")) if video else "",
        tags=tags,
    )


def _cover(stream: dict[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _turned(video: dict[str, Any]) -> bool:
    turns = [row.get("rotation", 0) for row in video.get("side_data_list", [])]
    return any(int(turn) % 180 for turn in turns)


def _float(value: Any) -> float:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0


def _rate(video: dict[str, Any]) -> Fraction:
    """Pictures per second between 1 and 30; what a container claims beyond that serves nobody."""
    try:
        rate = Fraction(str(video.get("avg_frame_rate")))
    except (ValueError, ZeroDivisionError):
        rate = Fraction(25)
    return min(max(rate, Fraction(1)), Fraction(30)) if rate else Fraction(25)
