"""Reads of retention, holds and disposal lists (保管期限、冻结、销毁清册)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.keeping import rules
from mingcha.archives.keeping.rules import Facts, Term
from mingcha.archives.models import Acceptance
from mingcha.archives.models_keeping import (
    AppealHold,
    Appraisal,
    Disposal,
    DisposalItem,
    Erasure,
    Hold,
    LastingMark,
)
from mingcha.archives.schemas import Table, in_force, published
from mingcha.cases import queries as cases
from mingcha.cases.models import Case, Evidence
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.errors import NotFound
from mingcha.common.explained import Explained
from mingcha.decisions import queries as decisions
from mingcha.files.models import StoredFile
from mingcha.recordings.models import Recording

# Rows that only say that bytes came in; who needs the bytes stands elsewhere.
_ARRIVALS = {"recordings_intake"}
# Rows that name bytes in order to destroy them.
_NO_OWNERS = {"archives_disposalfile", "archives_erasedfile"}
_DEPTH = 4


def open_holds(case: Case) -> QuerySet[Hold]:
    return Hold.objects.filter(case=case, lift=None).select_related("by").order_by("at", "id")


def holds(case: Case) -> QuerySet[Hold]:
    """All holds of a case, lifted ones too, oldest first."""
    return Hold.objects.filter(case=case).select_related("by", "lift__by").order_by("at", "id")


def lasting(case: Case) -> dict[uuid.UUID, str]:
    """Recordings of a case that are kept for good → ground: marked by a person, or evidence of the case."""
    proof = Evidence.objects.filter(case=case, file__isnull=False).values("file_id")
    found = dict.fromkeys(Recording.objects.filter(case=case, file__in=proof).values_list("id", flat=True), "evidence")
    return found | dict(LastingMark.objects.filter(recording__case=case).values_list("recording_id", "ground"))


def facts_of(case: Case) -> Facts:
    decision = decisions.of_case(case)
    rows = (decision.document.fields.get("penalties") or []) if decision else []
    marks = lasting(case)
    remedies = [row for row in cases.periods(case) if row.rule in rules.law()["remedies"] and row.ended_on is None]
    linked = [row.other if row.case_id == case.id else row.case for row in cases.links(case)]
    return Facts(
        act_type=case.act_type,
        procedure=case.procedure.key,
        closed_on=case.closed_on,
        decided=decision is not None,
        revoked=decision is not None and hasattr(decision, "revocation"),
        penalties=[str(row.get("kind")) for row in rows],
        appraisals=_appraised(case),
        recordings=[(legal_day(row.started_at), marks.get(row.id, "")) for row in Recording.objects.filter(case=case)],
        holds=[_hold(row) for row in open_holds(case)],
        remedies=[(row.label, row.due_on) for row in remedies],
        linked_open=[str(row) for row in linked if row.closed_on is None],
        terms=terms(case),
    )


def terms(case: Case) -> Table:
    """The table of terms of a dossier: pinned when the archive took it over, else the one in force today."""
    pinned = Acceptance.objects.filter(case=case).values_list("terms_id", flat=True).first()
    return published(catalogues.pinned(pinned)) if pinned else in_force("retention-list", case.organisation_id)


def _appraised(case: Case) -> list[tuple[int | None, str]]:
    """Terms that persons set: at the acceptance, and later by appraisal."""
    taken = Acceptance.objects.filter(case=case).values_list("retention", flat=True).first()
    found = [] if taken is None else [(rules.YEARS[taken], "归档时确定")]
    return found + list(Appraisal.objects.filter(case=case).order_by("at", "id").values_list("years", "reason"))


def pending_appeal(hold: Hold) -> str:
    """The appeal that a hold came with, while it is pending; empty otherwise."""
    row = AppealHold.objects.filter(hold=hold, appeal__end=None).select_related("appeal").first()
    return str(row.appeal) if row else ""


def _hold(row: Hold) -> str:
    return "，".join(filter(None, (row.get_ground_display(), row.reference, row.reason))) + "。"


def retention(case: Case) -> Explained[Term]:
    """Until when the dossier is kept and what stands against its destruction, with every step."""
    return rules.term(facts_of(case), clock.today())


def term_words(case: Case) -> str:
    """The term of a dossier as its cover says it (永久、三十年、十年)."""
    return retention(case).value.words


def destroyed(case: Case) -> DisposalItem | None:
    """The item of the list with which a dossier was destroyed."""
    rows = DisposalItem.objects.filter(case=case, disposal__run__isnull=False)
    return rows.select_related("disposal__run__by", "disposal__run__witness").first()


def candidates(organ_id: uuid.UUID) -> QuerySet[Case]:
    """Archived dossiers whose shortest possible term is over and that were not destroyed yet."""
    shortest = min(years for years in rules.YEARS.values() if years is not None)
    rows = Case.objects.filter(
        organisation_id=organ_id, acceptance__isnull=False, closed_on__year__lt=clock.today().year - shortest
    )
    gone = DisposalItem.objects.filter(disposal__run__isnull=False).values("case_id")
    return rows.exclude(id__in=gone).select_related("organisation", "procedure")


def disposals(organ_id: uuid.UUID) -> QuerySet[Disposal]:
    rows = Disposal.objects.filter(organisation_id=organ_id).select_related("made_by", "closing", "run")
    return rows.order_by("-made_at", "-id")


def disposal(organ_id: uuid.UUID, disposal_id: uuid.UUID) -> Disposal:
    """A list of the organ. Raises NotFound."""
    found = disposals(organ_id).filter(id=disposal_id).first()
    if found is None:
        raise NotFound("没有找到这份销毁清册。")
    return found


def to_do(actor: Actor) -> list[tuple[Disposal, str]]:
    """Open lists of the organ whose next step is this person's, with the step; the archivist's once the wait is over."""
    steps = rules.law()["disposal"]["steps"]
    if not actor.has(Role.ARCHIVIST, *(role for step in steps for role in step["roles"])):
        return []
    rows = Disposal.objects.filter(organisation_id=actor.organ_id, closing=None, run=None).order_by("made_at", "id")
    found = []
    for row in rows.prefetch_related("approvals")[:100]:
        given = sorted(row.approvals.all(), key=lambda one: one.step)
        if len(given) < len(steps):
            part = {row.made_by_id, *(one.by_id for one in given)}
            step = steps[len(given)]
            mine, what = actor.has(*step["roles"]) and actor.officer_id not in part, step["name"]
        else:
            day = given[-1].not_before
            mine, what = actor.has(Role.ARCHIVIST) and (day is None or day <= clock.today()), "两人监销，执行销毁"
        if mine:
            found.append((row, what))
    return found


def listed(case: Case) -> Disposal | None:
    """The list on which a dossier stands and that is neither closed nor carried out."""
    rows = Disposal.objects.filter(items__case=case, closing=None, run=None)
    return rows.first()


def erasures(case: Case) -> QuerySet[Erasure]:
    return Erasure.objects.filter(case=case).select_related("by", "request__by").order_by("-at", "-id")


# --- who needs which bytes -------------------------------------------------------------------------------------------


@cache
def _carriers() -> tuple[tuple[type[Model], str, str], ...]:
    """Every table with a foreign key to stored bytes: model, name of the key, way to the case ("" where there is none).

    Found from the models themselves, so that a table of a new room counts from its first day.
    """
    found = []
    for model in apps.get_models():
        if model._meta.db_table in _NO_OWNERS or model._meta.proxy:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey) and field.related_model is StoredFile:
                found.append((model, field.name, _way(model)))
    return tuple(found)


def _way(model: type[Model]) -> str:
    """The shortest chain of foreign keys from a row to its case, as a lookup."""
    front: list[tuple[type[Model], tuple[str, ...]]] = [(model, ())]
    for _ in range(_DEPTH):
        following: list[tuple[type[Model], tuple[str, ...]]] = []
        for at, names in front:
            for field in at._meta.get_fields():
                if not isinstance(field, ForeignKey):
                    continue
                other: Any = field.related_model
                if other is Case:
                    return "__".join((*names, field.name))
                if other is not StoredFile and other.__module__.startswith("mingcha."):
                    following.append((other, (*names, field.name)))
        front = following
    return ""


def files_of(case: Case) -> dict[str, str]:
    """Digest → what it is, for all bytes that rows of this case point to."""
    found: dict[str, str] = {}
    for model, name, way in _carriers():
        if way and model._meta.db_table not in _ARRIVALS:
            rows = model._default_manager.filter(**{way: case.id, f"{name}__isnull": False})
            label = _LABELS.get(model._meta.db_table, "其他材料")
            for sha256 in rows.values_list(f"{name}_id", flat=True):
                found.setdefault(sha256, label)
    return found


_LABELS = {
    "documents_rendering": "文书",
    "documents_signedcopy": "签章的文书",
    "cases_evidence": "证据",
    "cases_statement": "陈述申辩材料",
    "recordings_recording": "音像",
    "documents_service": "送达凭证",
    "documents_handover": "送达凭证",
    "documents_serviceattempt": "送达未成的凭证",
    "documents_consent": "送达地址确认书",
}


def needed_elsewhere(sha256: str, leaving: Iterable[uuid.UUID]) -> list[str]:
    """Tables whose rows still need these bytes besides the dossiers that leave and those that are gone already."""
    gone = set(leaving) | set(
        DisposalItem.objects.filter(disposal__run__isnull=False, files__file_id=sha256).values_list(
            "case_id", flat=True
        )
    )
    needed, arrivals, owned = [], [], False
    for model, name, way in _carriers():
        rows = model._default_manager.filter(**{name: sha256})
        if model._meta.db_table in _ARRIVALS:
            arrivals += [model._meta.db_table] if rows.exists() else []
            continue
        if way:
            owned = owned or rows.filter(**{f"{way}__in": gone}).exists()
            rows = rows.exclude(**{f"{way}__in": gone}) if gone else rows
        if rows.exists():
            needed.append(model._meta.db_table)
    # Bytes that came in and belong to nothing yet still wait for their case.
    return needed or ([] if owned else arrivals)


def carried_by(sha256: str) -> bool:
    """Whether any row that is not a mere arrival points to these bytes: evidence, papers, recordings of cases."""
    return any(
        model._default_manager.filter(**{name: sha256}).exists()
        for model, name, _ in _carriers()
        if model._meta.db_table not in _ARRIVALS
    )


def lasting_files(case: Case) -> set[str]:
    """Digests of the recordings of a case that are kept for good."""
    rows = Recording.objects.filter(Q(id__in=lasting(case)), case=case)
    return set(rows.values_list("file_id", flat=True))
