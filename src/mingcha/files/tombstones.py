"""Destroying bytes (销毁): only with a tombstone, called from the disposal of the archive and nowhere else — 档案法 art. 31."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from mingcha.common import clock
from mingcha.common.errors import Reason, Refused
from mingcha.files.models import Tombstone
from mingcha.files.store import store


def bury(sha256: str, *, why: str, disposal_id: uuid.UUID) -> Tombstone:
    """Write the tombstone, in the transaction that carries out the disposal; the database asks whether it may."""
    return Tombstone.objects.create(sha256=sha256, why=why, disposal_id=disposal_id, at=clock.now())


def buried(digests: Iterable[str]) -> dict[str, Tombstone]:
    """The newest tombstone of each of `digests` that has one: their bytes are missing by law."""
    rows = Tombstone.objects.filter(sha256__in=list(digests)).order_by("at", "id")
    return {row.sha256: row for row in rows}


def of_disposal(disposal_id: uuid.UUID) -> list[str]:
    """Digests that a list destroyed."""
    return list(Tombstone.objects.filter(disposal_id=disposal_id).order_by("sha256").values_list("sha256", flat=True))


def remove_bytes(sha256: str) -> bool:
    """Delete the bytes of a file that has a tombstone; whether there were any.

    Raises Refused without a tombstone, StoreFailed while an object lock holds.
    """
    if not buried([sha256]):
        raise Refused(
            [
                Reason(
                    "bytes-without-tombstone",
                    "没有销毁记录的原件不能删除。",
                    ("档案法第三十一条",),
                    "请按销毁清册办理。",
                )
            ]
        )
    place = store()
    if not place.has(sha256):
        return False
    place.remove(sha256)
    return True
