"""Pictures of officers (执法人员照片): re-made from their pixels, so that nothing of the file that was sent is kept."""

from __future__ import annotations

import hashlib
import io
import warnings

from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from mingcha.accounts.models import Officer, Portrait
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, NotFound
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot

SIZE = (300, 400)
MOST_BYTES, MOST_PIXELS = 10 << 20, 40_000_000
_LEAST = (150, 200)


def remade(data: bytes) -> bytes:
    """A JPEG of 300 × 400 without any metadata. Raises InvalidInput."""
    if len(data) > MOST_BYTES:
        raise InvalidInput({"photo": ["照片超过10兆字节，请缩小后上传。"]})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise InvalidInput({"photo": ["照片的像素太多，请缩小后上传。"]})
                upright = ImageOps.exif_transpose(found).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning):
        raise InvalidInput({"photo": ["不是可以读取的JPEG或者PNG照片。"]}) from None
    if upright.width < _LEAST[0] or upright.height < _LEAST[1]:
        raise InvalidInput({"photo": [f"照片太小，至少{_LEAST[0]}×{_LEAST[1]}像素。"]})
    small = ImageOps.fit(upright, SIZE, Image.Resampling.LANCZOS, centering=(0.5, 0.3))
    # Pasted into a fresh picture: what hangs on the old one (EXIF, XMP, profile, comment) stays behind.
    clean = Image.new("RGB", SIZE)
    clean.paste(small)
    target = io.BytesIO()
    clean.save(target, "JPEG", quality=85, optimize=True)
    return target.getvalue()


def set_portrait(officer: Officer, data: bytes, *, by: ActorSnapshot) -> Portrait:
    """Set or replace the picture; the one before is gone. Raises InvalidInput."""
    image = remade(data)
    with transaction.atomic():
        row, _ = Portrait.objects.update_or_create(
            officer=officer,
            defaults={"image": image, "sha256": hashlib.sha256(image).hexdigest(), "changed_at": clock.now()},
        )
        _entered("portrait-set", officer, row.sha256, by)
    return row


def remove_portrait(officer: Officer, *, reason: str, by: ActorSnapshot) -> None:
    """Take the picture away. Raises NotFound, InvalidInput."""
    if not reason.strip():
        raise InvalidInput({"reason": ["请填写原因。"]})
    with transaction.atomic():
        row = Portrait.objects.select_for_update().filter(officer=officer).first()
        if row is None:
            raise NotFound("这名人员没有照片。")
        _entered("portrait-removed", officer, row.sha256, by, reason=reason.strip()[:200])
        row.delete()


def _entered(kind: str, officer: Officer, sha256: str, by: ActorSnapshot, **more: str) -> None:
    append(
        kind,
        log=officer.organisation.jurisdiction,
        subject=("officer", str(officer.id)),
        actor=by,
        payload={"sha256": sha256, **more},
    )
