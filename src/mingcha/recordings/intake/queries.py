from __future__ import annotations

import uuid

from mingcha.recordings.models_intake import Intake


def taken(organisation_id: uuid.UUID, sha256: str) -> Intake | None:
    """The recording that an organ took in with these bytes."""
    return Intake.objects.filter(organisation_id=organisation_id, file_id=sha256).select_related("file").first()
