"""The administrator's pages (机构人员与清单): organisations, people, editions, working days, state of the log."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role, StaffKind
from mingcha.accounts.models import Certificate, Officer, Organisation
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.disclosure import queries as disclosure
from mingcha.files import queries as files
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.ledger import queries as ledger
from mingcha.ledger import sweeping
from mingcha.ledger.cosigning import client as cosigning

_TABS = (
    ("administration", "机构"),
    ("administration-people", "人员"),
    ("lists", "清单和程序"),
    ("periods-calendar", "工作日历"),
    ("administration-ledger", "账本"),
)
CRUMBS = [("机构人员与清单", "/in/administration/")]
# A certificate that ends within this many days is shown as ending soon.
SOON = 60


def tabs(current: str) -> list[dict[str, Any]]:
    return [{"label": label, "url": reverse(route), "current": route == current} for route, label in _TABS]


def own_organisation(actor: Actor, organisation_id: uuid.UUID) -> Organisation:
    """An organisation of the administrator's own jurisdiction. Raises NotFound."""
    found = accounts.organisations(actor.jurisdiction).filter(id=organisation_id).first()
    if found is None:
        raise NotFound("没有找到这个机构，或者它不在您管理的地区。")
    return found


def own_officer(actor: Actor, officer_id: uuid.UUID) -> Officer:
    """A person of the administrator's own jurisdiction. Raises NotFound."""
    found = accounts.staff(actor.jurisdiction).filter(id=officer_id).first()
    if found is None:
        raise NotFound("没有找到这名人员，或者不在您管理的地区。")
    return found


@viewers(Role.ADMIN)
def organisations(request: HttpRequest) -> HttpResponse:
    """The tree of organisations with power source and basis, accountable persons, founding acts."""
    actor = actor_of(request)
    rows = list(accounts.organisations(actor.jurisdiction).prefetch_related("delegations__principal"))
    answering = accounts.accountables_of([row.id for row in rows])
    context = {
        "tabs": tabs("administration"),
        "tree": _branches(rows, None),
        "accountable": [
            {
                "cells": [
                    row.organisation.name,
                    row.get_matter_display(),
                    row.get_rank_display(),
                    row.officer.name,
                    row.since.isoformat(),
                ]
            }
            for row in answering
        ],
        "accountable_columns": [{"label": name} for name in ("机构", "制度", "责任", "人员", "起始日期")],
        "acts": list(catalogues.founding_acts(actor.jurisdiction)),
    }
    return page(
        request, "workbench/admin/organisations.html", context, title="机构", crumbs=CRUMBS, active="administration"
    )


def _branches(rows: list[Organisation], parent: uuid.UUID | None) -> list[dict[str, Any]]:
    return [{"row": row, "children": _branches(rows, row.id)} for row in rows if row.parent_id == parent]


def state_of(certificate: Certificate) -> tuple[str, str]:
    """Word and colour of a certificate today."""
    today = clock.today()
    if certificate.suspended_on and certificate.suspended_on <= today:
        return f"{certificate.suspended_on.isoformat()}起暂停", "late"
    if certificate.valid_to < today:
        return "已过期", "late"
    if certificate.valid_from > today:
        return "尚未生效", "warn"
    if (certificate.valid_to - today).days <= SOON:
        return f"还剩{(certificate.valid_to - today).days}日", "warn"
    return "有效", "ok"


def roles_of(officer: Officer) -> list[str]:
    """Labels of the roles that a person holds today."""
    today = clock.today()
    grants = [row for row in officer.grants.all() if row.since <= today and (row.until is None or row.until > today)]
    return [str(Role(row.role).label) for row in grants]


@viewers(Role.ADMIN)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody of the jurisdiction: certificate with validity, roles; auxiliary staff marked."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()[:40]
    rows = []
    for row in accounts.staff(actor.jurisdiction):
        numbers = [item.number for item in row.certificates.all()]
        if text and not any(text in word for word in (row.name, row.organisation.name, *numbers)):
            continue
        rows.append({"cells": _person(row)})
    context = {
        "tabs": tabs("administration-people"),
        "rows": rows,
        "query": text,
        "columns": [{"label": name} for name in ("姓名", "机构", "执法证", "有效期至", "角色")],
    }
    return page(request, "workbench/admin/people.html", context, title="人员", crumbs=CRUMBS, active="administration")


def _person(row: Officer) -> list[Any]:
    name: dict[str, Any] = {"text": row.name, "url": reverse("administration-person", args=[row.id]), "note": row.title}
    if row.staff_kind == StaffKind.AUXILIARY:
        name |= {"tag": "辅助人员", "tag_kind": ""}
    certificates = list(row.certificates.all())
    valid: Any = "—"
    if certificates:
        word, kind = state_of(certificates[0])
        valid = {"text": certificates[0].valid_to.isoformat(), "tag": word, "tag_kind": kind}
    return [
        name,
        row.organisation.name,
        certificates[0].number if certificates else "没有",
        valid,
        "、".join(roles_of(row)) or "没有",
    ]


@viewers(Role.ADMIN)
def person(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """One person: certificates, qualification, roles, sign-in, and what can be registered."""
    actor = actor_of(request)
    row = own_officer(actor, officer_id)
    certificates = [(item, *state_of(item)) for item in row.certificates.all()]
    context = {
        "officer": row,
        "certificates": [{"row": item, "word": word, "kind": kind} for item, word, kind in certificates],
        "qualifications": list(row.qualifications.all()),
        "grants": row.grants.all(),
        "user": accounts.user_of(row.id),
        "auxiliary": row.staff_kind == StaffKind.AUXILIARY,
        "photo": hasattr(row, "portrait"),
        "photo_public": row.id in disclosure.with_portrait([row]),
    }
    crumbs = [*CRUMBS, ("人员", reverse("administration-people"))]
    return page(request, "workbench/admin/person.html", context, title=row.name, crumbs=crumbs, active="administration")


# State of a witness → (kind of the label, words).
WITNESS_WORDS = {
    cosigning.CURRENT: ("ok", "已共签到最新"),
    cosigning.WAITING: ("warn", "等待共签"),
    cosigning.UNREACHABLE: ("warn", "连不上，正在重试"),
    cosigning.CONTRADICTS: ("late", "与本站矛盾，请立即查明"),
}


@viewers(Role.ADMIN)
def log(request: HttpRequest) -> HttpResponse:
    """State of the public log: newest checkpoint, what it does not cover yet."""
    actor = actor_of(request)
    context = {
        "tabs": tabs("administration-ledger"),
        "checkpoint": ledger.latest_checkpoint(actor.jurisdiction),
        "pending": ledger.pending(actor.jurisdiction),
        "log": actor.jurisdiction,
        "final": ledger.final_size(actor.jurisdiction),
        "witnesses": [(row, WITNESS_WORDS[row.state]) for row in ledger.witnesses(actor.jurisdiction)],
        "checks": sweeping.standing(),
    }
    return page(request, "workbench/admin/ledger.html", context, title="账本", crumbs=CRUMBS, active="administration")


@viewers(Role.ADMIN)
def scan(request: HttpRequest, organisation_id: uuid.UUID) -> FileResponse:
    """The scan of the paper decision of a founding act."""
    organisation = own_organisation(actor_of(request), organisation_id)
    act = catalogues.founding_acts(organisation.jurisdiction).filter(organisation=organisation).first()
    if act is None:
        raise NotFound("这个机构没有登记建制文件。")
    stored = files.stored(act.scan_sha256)
    return FileResponse(
        files.content_path(act.scan_sha256).open("rb"),
        content_type=stored.media_type,
        headers={"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"},
    )
