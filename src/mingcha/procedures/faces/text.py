"""Text set in a width (排字): the width of a line and where it breaks. One em for a Chinese character."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Marks that may not begin a line, and those that may not end one — GB/T 15834.
_NOT_FIRST = set("，。、；：？！）》〉」』】〕”’…%")
_NOT_LAST = set("（《〈「『【〔“‘")


def width(text: str) -> float:
    """The width of a text in em."""
    return sum(_em(sign) for sign in text)


def _em(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.0
    return 0.62 if sign.isupper() or sign in "%—…" else 0.56


def wrap(text: str, most: float) -> list[str]:
    """Lines of at most `most` em. A run of Latin letters and digits stays together where it fits a line."""
    return list(_wrapped(text, most))


@lru_cache(maxsize=8192)
def _wrapped(text: str, most: float) -> tuple[str, ...]:
    """Kept: the same labels stand on every chart of a procedure, and setting them is half of drawing it."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and width(line + piece) > most:
            if piece[0] in _NOT_FIRST:
                line += piece
                continue
            carry = ""
            while line and line[-1] in _NOT_LAST:
                line, carry = line[:-1], line[-1] + carry
            lines.append(line.rstrip())
            line = carry
            piece = piece.lstrip()
        while width(piece) > most:
            cut = next(i for i in range(1, len(piece) + 1) if width(piece[:i]) > most) - 1
            lines.append(piece[: max(1, cut)])
            piece = piece[max(1, cut) :]
        line += piece
    return (*lines, line.rstrip()) if line.strip() else tuple(lines)


def _pieces(text: str) -> list[str]:
    """Single Chinese characters and whole runs of everything else."""
    pieces: list[str] = []
    for sign in " ".join(text.split()):
        run = sign.isascii() and not sign.isspace()
        if run and pieces and pieces[-1].isascii() and not pieces[-1].isspace():
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces
