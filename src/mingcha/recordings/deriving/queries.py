"""Reads of derivatives: what was ordered and what came of it, what waits for the worker, what a browser can play."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.common.errors import NotFound
from mingcha.files.queries import local_path
from mingcha.recordings import access
from mingcha.recordings.deriving import machine, rules
from mingcha.recordings.deriving.errors import MediaUnreadable
from mingcha.recordings.deriving.machine import Medium
from mingcha.recordings.models import Derivation, Recording, Still
from mingcha.recordings.models_deriving import DerivationKind

# What the browsers of offices play: container, picture, sound.
_VIDEO = {
    "video/mp4": ({"h264", "av1", "vp9"}, {"aac", "mp3", "opus", ""}),
    "video/webm": ({"vp8", "vp9", "av1"}, {"opus", "vorbis", ""}),
}
_PIXELS = {"yuv420p", "yuvj420p"}
_AUDIO = {"audio/mpeg", "audio/wav", "audio/ogg", "audio/aac"}


def medium(recording: Recording) -> Medium:
    """What the recording holds; read once per process, since an original never changes. Raises MediaUnreadable."""
    return _medium(recording.file_id, recording.file.media_type)


@lru_cache(maxsize=2048)
def _medium(sha256: str, media_type: str) -> Medium:
    with local_path(sha256) as path:
        return machine.probe(path, media_type)


def playable(recording: Recording) -> tuple[bool, str]:
    """Whether a browser plays the original, and if not, why in words."""
    media_type = recording.file.media_type
    if not machine.available():
        return media_type in _VIDEO or media_type in _AUDIO, "浏览器不能播放这种格式"
    try:
        found = medium(recording)
    except MediaUnreadable as error:
        return False, error.message.rstrip("。")
    pictures, sounds = _VIDEO.get(media_type, (set(), set()))
    if not found.video:
        return media_type in _AUDIO or found.audio in sounds, f"浏览器不能播放这种录音（{found.audio}）"
    if found.video in pictures and found.audio in sounds and found.pixels in _PIXELS:
        return True, ""
    codec = "、".join(filter(None, (found.video, found.audio)))
    return False, f"浏览器不能直接播放这种录像（{codec}）"


def of_recording(recording: Recording) -> QuerySet[Derivation]:
    """Orders for a recording with what came of them, newest first."""
    rows = Derivation.objects.filter(recording=recording)
    return rows.select_related("outcome__file", "signoff", "progress").order_by("-at", "-id")


def viewing_copy(recording: Recording) -> Derivation | None:
    """The newest order of a viewing copy that has not failed."""
    rows = (
        of_recording(recording).filter(kind=DerivationKind.VIEWING).exclude(outcome__file=None, outcome__isnull=False)
    )
    return rows.first()


def derivation(derivation_id: uuid.UUID) -> Derivation:
    """An order with its recording. Raises NotFound."""
    found = (
        Derivation.objects.filter(id=derivation_id)
        .select_related("recording__file", "recording__case", "outcome__file", "signoff", "progress")
        .first()
    )
    if found is None:
        raise NotFound("没有找到这份副本。")
    return found


def waiting(limit: int = 10) -> list[Derivation]:
    """Orders of which nothing has come yet, oldest first; viewing copies before the others, somebody waits for them."""
    rows = Derivation.objects.filter(outcome=None).order_by("at")[: 4 * limit]
    return sorted(rows, key=lambda row: row.kind != DerivationKind.VIEWING)[:limit]


def visible(actor: Actor) -> QuerySet[Derivation]:
    """Copies for others of all recordings that this person may see."""
    rows = Derivation.objects.filter(recording__in=access.visible(actor), kind=DerivationKind.PUBLIC)
    return rows.select_related("recording__case", "outcome", "signoff", "progress")


def stills(recording: Recording) -> QuerySet[Still]:
    return Still.objects.filter(recording=recording).order_by("at_ms", "id")


def done_in_words(row: Derivation) -> list[str]:
    """What an order does to the recording."""
    if row.kind == DerivationKind.VIEWING:
        return ["转换为浏览器能够播放的格式，内容不作处理"]
    if row.kind == DerivationKind.TRANSCRIPT:
        return ["由转写插件写出文字"]
    return rules.told(plan_of(row.plan))


def plan_of(stored: dict[str, Any]) -> rules.Plan:
    """The plan as it was stored."""
    return rules.Plan(
        tuple((row[0], row[1]) for row in stored.get("cuts", [])),
        tuple((row[0], row[1]) for row in stored.get("mutes", [])),
        tuple(rules.Area(*row) for row in stored.get("areas", [])),
        bool(stored.get("faces")),
        stored.get("method", "mosaic"),
    )
