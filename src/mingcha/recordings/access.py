"""The only door from a request to a recording: the case must be visible, and a secret mark shuts out all but its circle — R072."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access as cases
from mingcha.cases.models import Case
from mingcha.common.errors import NotFound
from mingcha.recordings.devices.queries import held_intakes
from mingcha.recordings.models import Intake, Recording, SecretMark


def _marks(actor: Actor | None) -> QuerySet[SecretMark]:
    """Marks that stand and whose circle this person is not of; with nobody named, all that stand."""
    rows = SecretMark.objects.filter(lift=None)
    return rows if actor is None else rows.exclude(readers__officer_id=actor.officer_id)


def open_rows(rows: QuerySet[Recording], actor: Actor | None = None) -> QuerySet[Recording]:
    """Those of `rows` that no secret mark hides from this person; with nobody named, those that none hides at all."""
    hidden = _marks(actor).filter(Q(case_id=OuterRef("case_id")) | Q(intake_id=OuterRef("intake_id")))
    return rows.filter(~Exists(hidden))


def visible(actor: Actor) -> QuerySet[Recording]:
    """Recordings that count, of cases that this person may see, outside secret marks or inside the own circle."""
    rows = Recording.objects.filter(case__in=cases.visible(actor), assignment__replaced_by=None)
    return open_rows(rows, actor).select_related("file", "recorded_by", "case")


def recording(actor: Actor, recording_id: uuid.UUID) -> Recording:
    """A recording this person may see. Raises NotFound for absent, hidden and secret ones alike."""
    found = visible(actor).filter(id=recording_id).first()
    if found is None:
        raise NotFound("没有找到这段音像，或者您无权查看。")
    return found


def of_case(actor: Actor, case: Case) -> QuerySet[Recording]:
    """The recordings of a visible case that this person may see, in order."""
    rows = Recording.objects.filter(case=case, assignment__replaced_by=None)
    return open_rows(rows, actor).select_related("file", "recorded_by").order_by("started_at", "id")


def secret_ids(case_ids: Collection[uuid.UUID]) -> set[str]:
    """Keys of the recordings of these cases that a mark keeps apart, corrected ones too: what a timeline must not name."""
    if not case_ids or not SecretMark.objects.filter(lift=None).exists():
        return set()
    rows = Recording.objects.filter(case_id__in=case_ids)
    return {str(key) for key in rows.exclude(pk__in=open_rows(rows).values("pk")).values_list("pk", flat=True)}


def hides(actor: Actor, sha256: str) -> bool:
    """Whether the bytes are those of a recording kept apart from this person."""
    rows = Recording.objects.filter(file_id=sha256)
    if rows.count() != open_rows(rows, actor).count():
        return True
    return Intake.objects.filter(file_id=sha256).filter(Exists(_marks(actor).filter(intake_id=OuterRef("pk")))).exists()


def intakes(actor: Actor) -> QuerySet[Intake]:
    """Received recordings of the own organ: heads all, others those they made, held the device of, or handed in."""
    if actor.has(Role.SUPERVISOR):
        rows = Intake.objects.filter(jurisdiction=actor.jurisdiction)
    else:
        rows = Intake.objects.filter(organisation_id=actor.organ_id)
        if not actor.has(Role.UNIT_HEAD, Role.HEAD):
            mine = Q(officer_id=actor.officer_id) | Q(received_by_id=actor.officer_id)
            rows = rows.filter(mine | Exists(held_intakes(actor)))
    of_case = Recording.objects.filter(intake_id=OuterRef(OuterRef("pk")), case_id=OuterRef("case_id"))
    hidden = _marks(actor).filter(Q(intake_id=OuterRef("pk")) | Exists(of_case))
    return rows.filter(~Exists(hidden))


def intake(actor: Actor, intake_id: uuid.UUID) -> Intake:
    """A received recording this person may see, also as one of a case in the own hands. Raises NotFound."""
    rows = Intake.objects.filter(id=intake_id).select_related("file", "officer", "organisation")
    found = rows.filter(pk__in=intakes(actor).values("pk")).first()
    if found is None and visible(actor).filter(intake_id=intake_id).exists():
        found = rows.first()
    if found is None:
        raise NotFound("没有找到这段音像，或者您无权查看。")
    return found


def intake_locked(actor: Actor, intake_id: uuid.UUID) -> Intake:
    """As `intake`, with the row locked: how an action on it begins. The supervisor looks and does not touch."""
    found = intake(actor, intake_id)
    if found.organisation_id != actor.organ_id:
        raise NotFound("没有找到这段音像，或者您无权办理。")
    return Intake.objects.select_for_update(of=("self",)).select_related("file").get(id=found.id)
