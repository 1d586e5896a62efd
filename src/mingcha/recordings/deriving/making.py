"""Derivatives made by ffmpeg: copies that every browser plays, stills, and copies with parts hidden, muted or left out."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from mingcha.recordings.deriving import covering, faces, machine, proving
from mingcha.recordings.deriving.covering import Box
from mingcha.recordings.deriving.errors import MediaUnreadable
from mingcha.recordings.deriving.machine import Medium
from mingcha.recordings.deriving.rules import Plan, Span, kept

Told = Callable[[int], None]
# What stays of a picture for the public; larger ones are scaled down.
LONGEST = 1920
_BARE = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"]
_PICTURE = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "2"]
_SOUND = ["-c:a", "aac", "-b:a", "128k", "-ar", "48000"]
# Muted a little beyond the marks: the coder of sound spreads what is near.
_MUTE_MARGIN = 0.06
# Looks for faces this often a second; what is seen covers the pictures around it.
_LOOKS = 6
_FACE_MARGIN = 0.35


@dataclass
class Shown:
    """The course of the pictures: size, rate, which are kept and which parts of each are hidden."""

    picture: tuple[int, int]
    rate: Fraction
    plan: Plan
    keeps: tuple[Span, ...]
    step: int = 1
    seen: dict[int, list[Box]] = field(default_factory=dict)

    def stays(self, number: int) -> bool:
        at = number * 1000 / self.rate
        return any(begin <= at < end for begin, end in self.keeps)

    def parts(self, number: int) -> list[Box]:
        """What is hidden on this picture of the original, as rectangles that do not touch."""
        at, one = number * 1000 / self.rate, 1000 / self.rate
        drawn = [
            covering.box(area.x / 1000, area.y / 1000, area.width / 1000, area.height / 1000, picture=self.picture)
            for area in self.plan.areas
            if area.begin - one <= at < area.end + one
        ]
        reach = 2 * self.step
        found = [box for look, boxes in self.seen.items() if abs(look - number) <= reach for box in boxes]
        return covering.merged([*drawn, *found])


def seconds_for(duration_ms: int | None) -> int:
    """How long one run may take: ten minutes and eight times the length, at most six hours."""
    return min(600 + (duration_ms or 3_600_000) * 8 // 1000, 6 * 3600)


def viewing_copy(path: Path, media_type: str, medium: Medium, target: Path, told: Told) -> None:
    """A copy in H.264 and AAC that every browser plays, at most 1280 pixels wide; nothing is hidden in it."""
    picture = [*_PICTURE, "-crf", "24", "-vf", "scale='trunc(min(1280,iw)/2)*2':-2"] if medium.video else []
    machine.convert(
        [*machine.source(path, media_type), "-map", "0:v:0?", "-map", "0:a:0?", *_BARE, *picture, *_SOUND,
         "-movflags", "+faststart", "-y", "-f", "mp4", f"file:{target}"],
        seconds=seconds_for(medium.duration_ms),
        duration_ms=medium.duration_ms,
        told=told,
    )  # fmt: skip


def still(path: Path, media_type: str, at_ms: int) -> bytes:
    """The picture shown at a moment, as PNG without loss. Raises MediaUnreadable where there is none."""
    out = machine.run(
        "ffmpeg",
        [*machine.source(path, media_type, start_ms=at_ms), "-map", "0:v:0", "-frames:v", "1", *_BARE,
         "-c:v", "png", "-f", "image2pipe", "pipe:1"],
        seconds=60,
    )  # fmt: skip
    if not out:
        raise MediaUnreadable("still-beyond-end", "这个时刻没有画面，请在音像长度之内选择。")
    return out


def public_copy(path: Path, media_type: str, medium: Medium, plan: Plan, target: Path, told: Told) -> dict[str, Any]:
    """Make the copy of `plan` and prove it. Returns the proof. Raises MediaUnreadable, FacesMissing, NotProved."""
    if not medium.duration_ms:
        raise MediaUnreadable(message="音像没有写明长度，不能处理。请先制作查看副本。")
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        keeps = kept(plan, medium.duration_ms)
        proof: dict[str, Any] = {}
        picture: Path | None = None
        if medium.video:
            picture = Path(place) / "picture.mp4"
            shown = _shown(medium, plan, keeps)
            if plan.faces:
                _look(path, media_type, shown, lambda done: told(done * 4 // 10))
            with tempfile.TemporaryFile(dir=place) as held:
                samples = _picture(path, media_type, shown, medium, picture, held, told)
                proof |= proving.pictures(picture, shown.picture, plan, samples, held)
            # Sound is cut where the pictures are: at their edges.
            keeps = _on_pictures(shown)
        _join(path, media_type, medium, plan, keeps, picture, target)
        if medium.audio:
            proof |= proving.sound(path, media_type, target, plan, keeps)
        proof |= proving.bare(target, medium)
        proof |= proving.length(target, keeps)
    return proof


def _shown(medium: Medium, plan: Plan, keeps: tuple[Span, ...]) -> Shown:
    scale = min(1.0, LONGEST / max(medium.width, medium.height))
    picture = (max(2, int(medium.width * scale) // 2 * 2), max(2, int(medium.height * scale) // 2 * 2))
    step = max(1, round(float(medium.rate) / _LOOKS))
    return Shown(picture, medium.rate, plan, keeps, step if plan.faces else 1)


def _on_pictures(shown: Shown) -> tuple[Span, ...]:
    """The kept spans from edge to edge of whole pictures, in milliseconds (the last one may end after the pictures)."""
    rate = shown.rate
    edges = [(-(-begin * rate // 1000), -(-end * rate // 1000)) for begin, end in shown.keeps]
    return tuple((round(first * 1000 / rate), round(last * 1000 / rate)) for first, last in edges if last > first)


def _decoder(path: Path, media_type: str, shown: Shown, more: str, layout: str) -> list[str]:
    wide, high = shown.picture
    filters = f"fps={shown.rate},scale={wide}:{high}:flags=bicubic{more},format={layout}"
    return [
        *machine.source(path, media_type), "-map", "0:v:0", "-vf", filters, "-threads", "2", "-f", "rawvideo", "pipe:1",
    ]  # fmt: skip


def _frames(pipe: IO[bytes], size: int) -> Iterator[bytearray]:
    while True:
        frame = bytearray(size)
        view, filled = memoryview(frame), 0
        while filled < size:
            count = pipe.readinto(view[filled:])  # type: ignore[attr-defined]
            if not count:
                return
            filled += count
        yield frame


def _look(path: Path, media_type: str, shown: Shown, told: Told) -> None:
    """Find faces at every `step`-th picture of the original."""
    finder = faces.detector()
    wide, high = shown.picture
    scale = min(1.0, faces.LONG_SIDE / max(wide, high))
    small = (max(2, int(wide * scale) // 2 * 2), max(2, int(high * scale) // 2 * 2))
    more = f",select='not(mod(n\\,{shown.step}))',scale={small[0]}:{small[1]}"
    arguments = [*_decoder(path, media_type, shown, more, "rgb24")]
    arguments[-3:-3] = ["-vsync", "0"]
    expected = max(1.0, shown.keeps[-1][1] * float(shown.rate) / 1000 / shown.step)
    seconds = seconds_for(shown.keeps[-1][1])
    with machine.running(arguments, seconds=seconds, stdout=subprocess.PIPE) as decoder:
        assert decoder.stdout is not None
        for look, frame in enumerate(_frames(decoder.stdout, small[0] * small[1] * 3)):
            found = finder.find(bytes(frame), *small)
            boxes = [covering.box(*face, picture=shown.picture, margin=_FACE_MARGIN) for face in found]
            shown.seen[look * shown.step] = [box for box in boxes if box.right > box.left and box.bottom > box.top]
            told(min(99, int(look * 100 / expected)))


def _picture(
    path: Path, media_type: str, shown: Shown, medium: Medium, target: Path, held: IO[bytes], told: Told
) -> list[proving.Sample]:
    """Decode, hide, encode, picture by picture. Keeps the brightness of sampled originals in `held` for the proof."""
    wide, high = shown.picture
    seconds = seconds_for(medium.duration_ms)
    whole = max(1, int((medium.duration_ms or 0) * shown.rate / 1000))
    wanted = proving.Wanted(shown.plan, whole, float(shown.rate))
    samples: list[proving.Sample] = []
    encoder_arguments = [
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{wide}x{high}", "-r", str(shown.rate), "-i", "pipe:0",
        *_BARE, *_PICTURE, "-crf", "21", "-y", "-f", "mp4", f"file:{target}",
    ]  # fmt: skip
    decoding = machine.running(
        _decoder(path, media_type, shown, "", "yuv420p"), seconds=seconds, stdout=subprocess.PIPE
    )
    encoding = machine.running(encoder_arguments, seconds=seconds, stdin=subprocess.PIPE)
    with decoding as decoder, encoding as encoder:
        assert decoder.stdout is not None and encoder.stdin is not None
        written = 0
        for number, frame in enumerate(_frames(decoder.stdout, wide * high * 3 // 2)):
            if not shown.stays(number):
                continue
            parts = shown.parts(number)
            if wanted(number, parts):
                held.write(memoryview(frame)[: wide * high])
                samples.append(proving.Sample(written, number, tuple(parts)))
            for part in parts:
                covering.cover(frame, shown.picture, part, shown.plan.method)
            encoder.stdin.write(frame)
            written += 1
            told(min(99, 40 + number * 60 // whole if shown.plan.faces else number * 100 // whole))
        encoder.stdin.close()
    if not written:
        raise MediaUnreadable(message="音像里没有读出画面。")
    return samples


def _join(
    path: Path,
    media_type: str,
    medium: Medium,
    plan: Plan,
    keeps: Sequence[Span],
    picture: Path | None,
    target: Path,
) -> None:
    """Picture as it is, sound of the original with the plan carried out, in one file that begins with its index."""
    inputs: list[str] = []
    outputs: list[str] = []
    if picture is not None:
        inputs += ["-protocol_whitelist", "file,pipe", "-f", "mov", "-i", f"file:{picture}"]
        outputs += ["-map", "0:v:0", "-c:v", "copy"]
    if medium.audio:
        outputs += ["-filter_complex", _sound(1 if inputs else 0, plan, keeps), "-map", "[out]", *_SOUND]
        inputs += machine.source(path, media_type)
    machine.convert(
        [*inputs, *outputs, *_BARE, "-movflags", "+faststart", "-y", "-f", "mp4", f"file:{target}"],
        seconds=seconds_for(medium.duration_ms),
        duration_ms=None,
    )


def _sound(number: int, plan: Plan, keeps: Sequence[Span]) -> str:
    silent = "+".join(
        f"between(t\\,{max(0.0, begin / 1000 - _MUTE_MARGIN):.3f}\\,{end / 1000 + _MUTE_MARGIN:.3f})"
        for begin, end in plan.mutes
    )
    mute = f",asetnsamples=n=256:p=0,volume=0:enable='{silent}'" if silent else ""
    head = f"[{number}:a:0]aresample=48000:async=1:first_pts=0{mute},apad"
    if len(keeps) == 1:
        begin, end = keeps[0]
        return f"{head},atrim={begin / 1000:.6f}:{end / 1000:.6f},asetpts=PTS-STARTPTS[out]"
    names = "".join(f"[a{n}]" for n in range(len(keeps)))
    trims = ";".join(
        f"[a{n}]atrim={begin / 1000:.6f}:{end / 1000:.6f},asetpts=PTS-STARTPTS[b{n}]"
        for n, (begin, end) in enumerate(keeps)
    )
    joined = "".join(f"[b{n}]" for n in range(len(keeps)))
    return f"{head},asplit={len(keeps)}{names};{trims};{joined}concat=n={len(keeps)}:v=0:a=1[out]"


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """A directory of the store for what is being made; gone afterwards."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix="making-") as place:
        yield Path(place)


def sweep(root: Path, *, hours: int = 24) -> None:
    """Remove what a killed worker left behind: no run lasts that long."""
    for place in root.glob("making-*"):
        if time.time() - place.stat().st_mtime > hours * 3600:
            shutil.rmtree(place, ignore_errors=True)
