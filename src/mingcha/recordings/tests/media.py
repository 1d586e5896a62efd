"""Real media of a few seconds, made by ffmpeg: a moving test picture, a tone, tags that must not survive."""

from __future__ import annotations

import subprocess
from functools import cache

_TAGS = ("-metadata", "title=王某某家门口", "-metadata", "location=+39.9000+116.3000/", "-metadata", "artist=lince")


@cache
def _made(suffix: str, *arguments: str) -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        target = f"{place}/made.{suffix}"
        subprocess.run(["ffmpeg", "-loglevel", "error", *arguments, "-y", target], check=True, timeout=60)
        with open(target, "rb") as handle:
            return handle.read()


def _picture(seconds: int, size: str) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=12:duration={seconds}")


def _tone(seconds: int) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=16000:duration={seconds}")


def mp4(seconds: int = 3, size: str = "160x120") -> bytes:
    """H.264 and AAC, as a body camera writes it, with tags."""
    coding = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", *_TAGS)
    return _made("mp4", *_picture(seconds, size), *_tone(seconds), *coding)


def avi(seconds: int = 2) -> bytes:
    """Motion JPEG, which no browser plays."""
    return _made("avi", *_picture(seconds, "160x120"), *_tone(seconds), "-c:v", "mjpeg", "-c:a", "pcm_s16le")


def wav(seconds: int = 2) -> bytes:
    return _made("wav", *_tone(seconds))


def of_pictures(rgb: bytes, width: int, height: int, seconds: int = 1) -> bytes:
    """A video that shows one picture, drifting to the left."""
    command = [
        "ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "pipe:0",
        "-vf", f"loop={seconds * 12}:1:0,crop={width - 60}:{height - 60}:'n':10", "-r", "12", "-pix_fmt", "yuv420p",
        "-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1",
    ]  # fmt: skip
    return subprocess.run(command, input=rgb, capture_output=True, check=True, timeout=60).stdout
