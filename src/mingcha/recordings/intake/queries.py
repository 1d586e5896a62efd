from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mingcha.common.errors import InvalidInput
from mingcha.common.prepared import prepared
from mingcha.files import tombstones
from mingcha.recordings.models_intake import Intake


class Destroyed(InvalidInput):
    """The organ destroyed these bytes by a list; handing them in again would undo that — 档案法 art. 31."""

    code = "recording-destroyed"


def taken(organisation_id: uuid.UUID, sha256: str) -> Intake | None:
    """The recording that an organ took in with these bytes. Raises Destroyed where it destroyed them by a list."""
    found = next(iter(_taken(organisation_id, sha256)), None)
    if found is not None and (grave := tombstones.buried([sha256]).get(sha256)):
        told = f"这段音像已经按{grave.why}销毁，不再入库。确有需要继续保存的，请向档案员说明，并另行登记来源。"
        raise Destroyed({"file": [told]})
    return found


@prepared
def _taken(organisation_id: uuid.UUID, sha256: str) -> QuerySet[Intake]:
    return Intake.objects.filter(organisation_id=organisation_id, file_id=sha256).select_related("file")
