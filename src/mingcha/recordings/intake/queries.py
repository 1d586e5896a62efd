from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mingcha.common.prepared import prepared
from mingcha.recordings.models_intake import Intake


def taken(organisation_id: uuid.UUID, sha256: str) -> Intake | None:
    """The recording that an organ took in with these bytes."""
    return next(iter(_taken(organisation_id, sha256)), None)


@prepared
def _taken(organisation_id: uuid.UUID, sha256: str) -> QuerySet[Intake]:
    return Intake.objects.filter(organisation_id=organisation_id, file_id=sha256).select_related("file")
