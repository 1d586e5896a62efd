"""Reads of purging: recordings that concern no case, until when they are kept, the lists of what went."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.keeping.queries import carried_by
from mingcha.archives.models_purging import Purge, PurgeItem
from mingcha.archives.purging import rules
from mingcha.archives.purging.rules import Facts
from mingcha.archives.schemas import in_force
from mingcha.cases.models import Evidence
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.errors import NotFound, Reason
from mingcha.recordings.choices import Outcome
from mingcha.recordings.matching.queries import corrected_start
from mingcha.recordings.models import Assignment, Intake, Recording, SecretMark

MAY_APPROVE = (Role.UNIT_HEAD, Role.HEAD)


def word(intake: Intake) -> Assignment | None:
    """What stands of the words that a recording concerns no case."""
    rows = Assignment.objects.filter(intake=intake, outcome=Outcome.UNRELATED, replaced_by=None)
    return rows.select_related("officer").order_by("-at", "-id").first()


def facts_of(intake: Intake, said: Assignment | None, *, on: Purge | None = None) -> Facts:
    """What decides on a recording; the list `on` itself does not stand against it."""
    began = corrected_start(intake)
    other = PurgeItem.objects.filter(intake=intake, purge__closing=None).select_related("purge")
    listed = other.exclude(purge=on).first() if on else other.first()
    return Facts(
        received_on=legal_day(intake.received_at),
        recorded_on=legal_day(began) if began else None,
        said_on=legal_day(said.at) if said else None,
        in_a_case=Recording.objects.filter(intake=intake).exists()
        or Evidence.objects.filter(file_id=intake.file_id).exists(),
        secret=SecretMark.objects.filter(intake=intake, lift=None).exists(),
        listed=str(listed.purge) if listed else "",
        terms=in_force("retention-list", intake.organisation_id),
    )


def reasons(intake: Intake, *, on: Purge | None = None) -> list[Reason]:
    """Why a recording may not go today, each with its name."""
    found = rules.may_purge(facts_of(intake, word(intake), on=on), clock.today())
    return [Reason(row.code, f"{intake.name}：{row.message}", row.articles, row.fix) for row in found]


def candidates(organ_id: uuid.UUID) -> QuerySet[Intake]:
    """Recordings of an organ that concern no case and were not cleared: none of a case, none kept secret."""
    said = Assignment.objects.filter(intake_id=OuterRef("pk"), outcome=Outcome.UNRELATED, replaced_by=None)
    rows = Intake.objects.filter(Exists(said), organisation_id=organ_id).filter(
        ~Exists(Recording.objects.filter(intake_id=OuterRef("pk"))),
        ~Exists(SecretMark.objects.filter(intake_id=OuterRef("pk"), lift=None)),
        ~Exists(PurgeItem.objects.filter(intake_id=OuterRef("pk"), purge__run__isnull=False)),
    )
    return rows.select_related("officer", "file", "organisation")


def purges(organ_id: uuid.UUID) -> QuerySet[Purge]:
    rows = Purge.objects.filter(organisation_id=organ_id).select_related("made_by", "closing__by", "run__by")
    return rows.order_by("-made_at", "-id")


def to_decide(actor: Actor) -> QuerySet[Purge]:
    """Lists of the organ that wait for this person: one who neither made the list nor set aside what is on it."""
    own = PurgeItem.objects.filter(purge_id=OuterRef("pk"), assignment__officer_id=actor.officer_id)
    rows = purges(actor.organ_id).filter(closing=None, run=None).exclude(made_by_id=actor.officer_id)
    return rows.filter(~Exists(own)).order_by("made_at", "id") if actor.has(*MAY_APPROVE) else rows.none()


def purge(organ_id: uuid.UUID, purge_id: uuid.UUID) -> Purge:
    """A list of the organ. Raises NotFound."""
    found = purges(organ_id).filter(id=purge_id).first()
    if found is None:
        raise NotFound("没有找到这份音像清除清册。")
    return found


def needed(sha256: str, leaving: Collection[uuid.UUID]) -> bool:
    """Whether anything besides these received recordings, and those cleared before, still needs the bytes."""
    gone = PurgeItem.objects.filter(purge__run__isnull=False).values("intake_id")
    waiting = Intake.objects.filter(file_id=sha256).exclude(pk__in=leaving).exclude(pk__in=gone)
    return waiting.exists() or carried_by(sha256)
