"""Readers of page pictures (文字识别): registered by name, the first that can read a page reads it — R076.

Two ship: the text layer that a scanner put into a PDF, and RapidOCR where the extra `ocr` is installed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2

from mingcha.archives.lending.marking import picture


@dataclass(frozen=True)
class Read:
    """The lines of a page from top to bottom; confidence of a thousand, None where the reader does not say."""

    text: str
    confidence: int | None = None


Reader = Callable[[Path, str, int], Read | None]
_readers: dict[str, Reader] = {}


def reader(name: str, read: Reader) -> None:
    """Register a reader. `read(path, media_type, page)` gives None for a page that it cannot read."""
    if _readers.setdefault(name, read) is not read:
        raise ValueError(f"two readers named {name}")


def read(path: Path, media_type: str, page: int) -> tuple[str, Read]:
    """Name of the reader and what it read; ("", nothing) where no reader can: a person types then."""
    for name, found in _readers.items():
        result = found(path, media_type, page)
        if result is not None:
            return name, result
    return "", Read("")


def names() -> list[str]:
    return list(_readers)


def text_layer(path: Path, media_type: str, page: int) -> Read | None:
    """The text that lies in the PDF itself."""
    if media_type != "application/pdf":
        return None
    with pypdfium2.PdfDocument(path) as pdf:
        text = pdf[page - 1].get_textpage().get_text_range()
    text = "\n".join(line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip())
    return Read(text) if text else None


def ocr_installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    # Two threads: the machine serves people at the same time.
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "EngineConfig.onnxruntime.intra_op_num_threads": 2,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def rapidocr(path: Path, media_type: str, page: int) -> Read | None:
    """Text recognised on the picture of the page."""
    if not ocr_installed():
        return None
    import numpy

    found = _engine()(numpy.asarray(picture(path, media_type, page)))
    if not found.txts:
        return Read("", 0)
    boxes = sorted(zip(found.boxes, found.txts, strict=True), key=lambda item: float(item[0][0][1]))
    return Read("\n".join(_lines(boxes)), round(sum(found.scores) / len(found.scores) * 1000))


def _lines(boxes: list[tuple[Any, str]]) -> list[str]:
    """Boxes whose middles lie at one height are one line, from left to right."""
    lines: list[tuple[float, list[tuple[float, str]]]] = []
    for box, text in boxes:
        top, bottom = float(box[0][1]), float(box[2][1])
        middle = (top + bottom) / 2
        if lines and abs(lines[-1][0] - middle) < (bottom - top) * 0.6:
            lines[-1][1].append((float(box[0][0]), text))
        else:
            lines.append((middle, [(float(box[0][0]), text)]))
    return ["　".join(text for _, text in sorted(parts)) for _, parts in lines]


reader("text-layer", text_layer)
reader("rapidocr", rapidocr)

LABELS = {"text-layer": "PDF 自带文字", "rapidocr": "机器识别（RapidOCR）", "": "没有识别，由人录入"}
