"""Pages as pictures with reader, purpose and time across them (水印页): what leaves the archive can be traced back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import manimgx_fonts_cjk
import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from mingcha.common.errors import NotFound

# Enough to read print of 9 points on a screen and on paper.
DPI = 144
_A4 = (1191, 1684)
_MOST_PIXELS = 40_000_000
_ANGLE = 30
# The collection holds Japanese, Korean, then Simplified Chinese forms.
_SIMPLIFIED = 2


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_font_file()), size, index=_SIMPLIFIED)


@cache
def _font_file() -> Path:
    root = Path(manimgx_fonts_cjk.__file__).parent
    return next(
        path for path in sorted(root.rglob("*")) if path.suffix in (".otf", ".ttf", ".ttc") and "Sans" in path.name
    )


def pages_of(path: Path, media_type: str) -> int:
    """How many pages can be shown; none for what is no picture and no PDF."""
    if media_type == "application/pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            return len(pdf)
    return 1 if media_type.startswith("image/") else 0


def picture(path: Path, media_type: str, page: int) -> Image.Image:
    """A page, counted from 1, as it is. Raises NotFound for a page that is not there."""
    if not 1 <= page <= pages_of(path, media_type):
        raise NotFound("没有这一页。")
    if media_type == "application/pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            sheet = pdf[page - 1]
            width, height = sheet.get_size()
            # A page of hostile size is shown smaller, never refused and never in full.
            scale = min(DPI / 72, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
            found: Image.Image = sheet.render(scale=scale).to_pil().convert("RGB")
            return found
    with Image.open(path) as opened:
        if opened.width * opened.height > _MOST_PIXELS * 2:
            raise NotFound("图片过大，不能按页显示。请由档案员提供。")
        shown = opened.convert("RGB")
    shown.thumbnail((_A4[0] * 2, _A4[1] * 2))
    return shown


def marked(page: Image.Image, lines: Sequence[str]) -> Image.Image:
    """The page with `lines` repeated across it: pale enough to read through, dense enough that no crop is free of it."""
    text = "　".join(lines)
    layer = _layer(page.size, text)
    found = page.copy()
    found.paste(Image.new("RGB", page.size, (150, 20, 20)), (0, 0), layer)
    # Once more in full at the foot, where it can be read without effort.
    foot = ImageDraw.Draw(found)
    small = _font(max(page.width // 70, 11))
    width = int(small.getlength(text))
    foot.rectangle((0, page.height - small.size - 12, width + 20, page.height), fill=(255, 255, 255))
    foot.text((10, page.height - small.size - 8), text, font=small, fill=(120, 20, 20))
    return found


@lru_cache(maxsize=8)
def _layer(size: tuple[int, int], text: str) -> Image.Image:
    """The mark for pages of one size: how much of its colour each point takes."""
    width, height = size
    letter = max(width // 45, 14)
    font = _font(letter)
    length = int(font.getlength(text))
    diagonal = int((width**2 + height**2) ** 0.5)
    layer = Image.new("L", (diagonal, diagonal), 0)
    draw = ImageDraw.Draw(layer)
    for row, top in enumerate(range(0, diagonal, letter * 7)):
        for left in range(-(row * letter * 9) % (length + letter * 4) - length, diagonal, length + letter * 4):
            draw.text((left, top), text, font=font, fill=72)
    layer = layer.rotate(_ANGLE, resample=Image.Resampling.BILINEAR)
    left, top = (diagonal - width) // 2, (diagonal - height) // 2
    return layer.crop((left, top, left + width, top + height))


def as_jpeg(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "JPEG", quality=82)
    return out.getvalue()


def as_pdf(pages: Sequence[Image.Image], title: str) -> bytes:
    """Pictures of marked pages as one PDF, without any text of the originals in it."""
    out = io.BytesIO()
    first, *rest = pages
    first.save(out, "PDF", save_all=True, append_images=rest, resolution=DPI, title=title, quality=82)
    return out.getvalue()
