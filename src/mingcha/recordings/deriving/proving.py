"""The proof of a derivative (遮挡检验): what was hidden or muted is looked for on the output itself, as a stranger would."""

from __future__ import annotations

import array
import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mingcha.recordings.deriving import covering, faces, machine
from mingcha.recordings.deriving.covering import Box
from mingcha.recordings.deriving.errors import NotProved
from mingcha.recordings.deriving.machine import Medium
from mingcha.recordings.deriving.rules import Plan, Span, timecode

MOST_SAMPLES = 48
_EACH = 5
# Samples of 16 bits: one step is -90 dB.
_SILENT = 1
_RATE = 48000
# Names of tags that a bare MP4 carries; whatever else stands there came from the original.
_OWN_TAGS = {"major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id", "language", "encoder"}
_OWN_VALUES = {"VideoHandler", "SoundHandler", "und", "isom", "512", "[0][0][0][0]"}


@dataclass(frozen=True)
class Sample:
    """A picture of the output and of the original that the proof looks at, with the parts hidden on it."""

    output: int
    original: int
    parts: tuple[Box, ...]


class Wanted:
    """Which pictures the proof looks at: the edges and the inside of every area, faces all along, some without parts."""

    def __init__(self, plan: Plan, whole: int, rate: float) -> None:
        self.numbers: set[int] = set()
        self.left = MOST_SAMPLES
        for area in plan.areas:
            first = math.ceil(area.begin * rate / 1000)
            last = max(first, min(whole, math.ceil(area.end * rate / 1000)) - 1)
            self.numbers |= {first + (last - first) * n // (_EACH - 1) for n in range(_EACH)}
        self.every = max(1, whole // 12)
        # Many areas: thinned evenly, so that none is left out at the end only.
        if len(self.numbers) > MOST_SAMPLES - 14:
            ordered = sorted(self.numbers)
            self.numbers = set(ordered[:: math.ceil(len(ordered) / (MOST_SAMPLES - 14))])

    def __call__(self, number: int, parts: Sequence[Box]) -> bool:
        if self.left and (number in self.numbers or number % self.every == 0):
            self.left -= 1
            return True
        return False


def pictures(
    made: Path, picture: tuple[int, int], plan: Plan, samples: Sequence[Sample], held: IO[bytes]
) -> dict[str, Any]:
    """Decode the sampled pictures of the output and measure them. Raises NotProved."""
    wide, high = picture
    worst, least, changed, looked, parts = 0.0, None, 0.0, 0, 0
    held.seek(0)
    finder = faces.detector() if plan.faces else None
    seen = 0
    for sample, output in zip(samples, _output(made, picture, samples), strict=True):
        original = held.read(wide * high)
        luma = memoryview(output)[: wide * high]
        looked += 1
        for part in sample.parts:
            parts += 1
            found = covering.detail(luma, wide, part, plan.method)
            worst = max(worst, found)
            away = covering.difference(original, luma, wide, part)
            least = away if least is None else min(least, away)
            if found > covering.MOST_DETAIL:
                raise NotProved(message=f"检验没有通过：第{sample.output + 1}帧的遮挡区域里还有细节。")
            if covering.detail(original, wide, part, plan.method) > 3 * covering.MOST_DETAIL and away < 4:
                raise NotProved(message=f"检验没有通过：第{sample.output + 1}帧的遮挡区域与原件几乎相同。")
        rest = covering.outside(original, luma, picture, sample.parts)
        if rest is not None:
            changed = max(changed, rest)
            if rest > covering.MOST_CHANGE:
                raise NotProved(message=f"检验没有通过：第{sample.output + 1}帧在遮挡区域以外也变了。")
        if finder is not None:
            seen += len(finder.find(*_small(output, picture), least=faces.CERTAIN))
    if finder is not None and seen:
        raise NotProved(message=f"检验没有通过：遮挡后还能找到{seen}处人脸。请画出遮挡区域后重新制作。")
    return {
        "pictures": looked,
        "parts": parts,
        "detail_most": f"{worst:.2f}",
        "detail_bound": f"{covering.MOST_DETAIL:.2f}",
        "changed_inside_least": None if least is None else f"{least:.2f}",
        "changed_outside_most": f"{changed:.2f}",
        "changed_outside_bound": f"{covering.MOST_CHANGE:.2f}",
        "faces_left": seen if finder is not None else None,
    }


def _output(made: Path, picture: tuple[int, int], samples: Sequence[Sample]) -> list[bytes]:
    """The sampled pictures of the output, by their number."""
    chosen = "+".join(f"eq(n\\,{sample.output})" for sample in samples)
    arguments = [
        "-protocol_whitelist", "file,pipe", "-f", "mov", "-i", f"file:{made}", "-vf", f"select='{chosen}'",
        "-vsync", "0", "-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1",
    ]  # fmt: skip
    size = picture[0] * picture[1] * 3 // 2
    found = []
    with machine.running(arguments, seconds=3600, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while frame := process.stdout.read(size):
            found.append(frame)
    if len(found) != len(samples) or any(len(frame) != size for frame in found):
        raise NotProved(message="检验没有通过：衍生件的画面数目不对。")
    return found


def _small(frame: bytes, picture: tuple[int, int]) -> tuple[bytes, int, int]:
    """Brightness as grey RGB, thinned to the size at which faces are looked for: they are found without colour too."""
    wide, high = picture
    step = -(-max(wide, high) // faces.LONG_SIDE)
    grey = b"".join(frame[row * wide : (row + 1) * wide : step] for row in range(0, high, step))
    packed = bytearray(3 * len(grey))
    packed[0::3] = packed[1::3] = packed[2::3] = grey
    return bytes(packed), -(-wide // step), -(-high // step)


def sound(path: Path, media_type: str, made: Path, plan: Plan, keeps: Sequence[Span]) -> dict[str, Any]:
    """Muted spans of the output hold no sample above -90 dB; where nothing was muted the sound is as loud as before."""
    loudest = 0
    for span in plan.mutes:
        for begin, end in _after(span, keeps):
            loudest = max(loudest, _loudness("mov", made, begin, end)[0])
            if loudest > _SILENT:
                raise NotProved(message=f"检验没有通过：{timecode(span[0])}起的静音段里还有声音。")
    compared = 0
    for begin, end in keeps:
        # Three places of each kept span, away from the muted ones.
        for n in (1, 2, 3):
            at = begin + (end - begin) * n // 4
            if any(one - 500 < at < two + 500 for one, two in plan.mutes) or end - at < 400:
                continue
            before = _loudness(machine.DEMUXERS[media_type], path, at, at + 250)[1]
            moved = sum(min(until, at) - first for first, until in keeps if first < at)
            after = _loudness("mov", made, moved, moved + 250)[1]
            compared += 1
            if before > 200 and not before / 2 < after < before * 2:
                raise NotProved(message=f"检验没有通过：{timecode(at)}处没有静音，声音却变了。")
    return {"muted_loudest": loudest, "muted_bound": _SILENT, "sound_compared": compared}


def _after(span: Span, keeps: Sequence[Span]) -> list[Span]:
    """Where a span of the original lies in the output."""
    found, before = [], 0
    for begin, end in keeps:
        one, two = max(begin, span[0]), min(end, span[1])
        if two > one:
            found.append((before + one - begin, before + two - begin))
        before += end - begin
    return found


def _loudness(demuxer: str, path: Path, begin: int, end: int) -> tuple[int, float]:
    """The loudest sample and the mean loudness between two moments of a file."""
    out = machine.run(
        "ffmpeg",
        ["-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{path}", "-map", "0:a:0", "-af",
         f"aresample={_RATE},atrim={begin / 1000:.6f}:{end / 1000:.6f}", "-f", "s16le", "pipe:1"],
        seconds=3600,
        most=1 << 30,
    )  # fmt: skip
    samples = array.array("h")
    samples.frombytes(out[: len(out) // 2 * 2])
    if not samples:
        return 0, 0.0
    some = samples[:: max(1, len(samples) // 100_000)]
    return max(abs(max(samples)), abs(min(samples))), math.sqrt(sum(value * value for value in some) / len(some))


def bare(made: Path, parent: Medium) -> dict[str, Any]:
    """The output carries no tag of the original. Raises NotProved."""
    found = machine.probe(made, "video/mp4").tags
    foreign = {name for name in found if name not in _OWN_TAGS}
    kept = {
        name for name, value in parent.tags.items()
        if name not in ("major_brand", "minor_version", "compatible_brands", "encoder") and value
        and value not in _OWN_VALUES and value in found.values()
    }  # fmt: skip
    if foreign or kept:
        raise NotProved(message=f"检验没有通过：衍生件里还有元数据（{'、'.join(sorted(foreign | kept))}）。")
    return {"tags": sorted(found)}


def length(made: Path, keeps: Sequence[Span]) -> dict[str, Any]:
    """What was cut is gone: the output is as long as what stays, give or take a fifth of a second and two per cent."""
    expected = sum(end - begin for begin, end in keeps)
    found = machine.probe(made, "video/mp4").duration_ms or 0
    if abs(found - expected) > 200 + expected // 50:
        raise NotProved(message=f"检验没有通过：衍生件长{timecode(found)}，应为{timecode(expected)}。")
    return {"length_ms": found, "length_expected_ms": expected}
