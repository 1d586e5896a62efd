"""Rules of watching, pure: who may be shown what and how long, what is still unsaid, transcripts read from files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from mingcha.common.errors import InvalidInput, Reason
from mingcha.recordings.watching.terms import Term

# A share is for a task at hand; whoever needs longer asks again.
LONGEST_SHARE = dt.timedelta(days=30)
MOST_CUES = 20_000
Cue = tuple[int, int | None, str]


def may_share(*, sees: bool, auxiliary: bool, oneself: bool, active: bool, lasts: dt.timedelta) -> list[Reason]:
    """Why a recording cannot be shared with this person for this long."""
    reasons = []
    if not sees:
        reasons.append(Reason("share-by-guest", "您是通过共享看到这段音像的，不能再共享给别人。"))
    if auxiliary:
        reasons.append(
            Reason("share-not-officer", "辅助人员不能单独查看执法音像，不能共享给辅助人员。", ("行政处罚法第四十二条",))
        )
    if oneself:
        reasons.append(Reason("share-oneself", "不用共享给自己。"))
    if not active:
        reasons.append(Reason("share-no-account", "这个人没有能够登录的账号。"))
    if not dt.timedelta(0) < lasts <= LONGEST_SHARE:
        reasons.append(Reason("share-too-long", f"共享期限应晚于现在，最长{LONGEST_SHARE.days}天。"))
    return reasons


def unsaid(items: Iterable[Term], heard: Iterable[str]) -> list[Term]:
    """Items of the spoken announcement that nobody has heard in the recording."""
    known = set(heard)
    return [item for item in items if item.code not in known]


_STAMP = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_RANGE = re.compile(rf"\s*{_STAMP}\s*-->\s*{_STAMP}(?:\s.*)?\Z")
_INLINE = re.compile(r"\[?(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?\]?[\s:：、]*(.*)\Z")
_TAG = re.compile(r"<[^<>]{0,80}>")


def read_transcript(data: bytes) -> list[Cue]:
    """Lines with begin and end in milliseconds from SRT, WebVTT or plain text (lines may begin with 分:秒). Raises InvalidInput."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise _unreadable("文字稿应为 UTF-8 或者 GB18030 编码的文本文件。") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise _unreadable("文字稿应为文本文件（SRT、VTT 或者 TXT）。")
    timed = any(_RANGE.match(line) for line in text.split("\n")[:2000])
    cues = _timed(text) if timed else _plain(text)
    if not cues:
        raise _unreadable("文字稿里没有文字。")
    if len(cues) > MOST_CUES:
        raise _unreadable(f"文字稿超过{MOST_CUES}行，请分成几份。")
    return cues


def _timed(text: str) -> list[Cue]:
    cues: list[Cue] = []
    for block in re.split(r"\n\s*\n", text):
        lines = block.split("\n")
        at = next((n for n, line in enumerate(lines) if _RANGE.match(line)), None)
        if at is None:
            continue
        found = _RANGE.match(lines[at])
        assert found is not None
        begin, end = _ms(found.groups()[:4]), _ms(found.groups()[4:])
        said = _clean(" ".join(lines[at + 1 :]))
        if said and end >= begin:
            cues.append((begin, end, said))
    return sorted(cues, key=lambda cue: cue[0])


def _plain(text: str) -> list[Cue]:
    cues: list[Cue] = []
    last = 0
    for line in text.split("\n"):
        found = _INLINE.match(line.strip())
        if found and found[5]:
            last = max(last, _ms(found.groups()[:4]))
            cues.append((last, None, _clean(found[5])))
        elif line.strip():
            cues.append((last, None, _clean(line)))
    return [cue for cue in cues if cue[2]]


def _ms(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, rest = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 1000 + int((rest or "0").ljust(3, "0"))


def _clean(text: str) -> str:
    return "".join(char for char in _TAG.sub("", text).strip() if char >= " " and char != "\x7f")[:1000]


def _unreadable(message: str) -> InvalidInput:
    return InvalidInput({"file": [message]})


def as_rows(cues: Iterable[Cue]) -> list[list[Any]]:
    return [list(cue) for cue in cues]


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None for no or several ranges. Raises ValueError for one outside the file."""
    found = re.fullmatch(r"\s*bytes\s*=\s*([0-9]{0,19})\s*-\s*([0-9]{0,19})\s*", header)
    if found is None or found.groups() == ("", ""):
        return None
    left, right = found.groups()
    if not left:
        if int(right) == 0:
            raise ValueError("empty suffix")
        return max(0, size - int(right)), size - 1
    first, last = int(left), min(int(right), size - 1) if right else size - 1
    if first >= size:
        raise ValueError("beyond the end")
    return (first, last) if first <= last else None
