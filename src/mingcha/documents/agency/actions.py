"""Writes of an agency's own forms: a version uploaded and checked, put into use by a second person, withdrawn."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Max

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotPermitted, Reason, Refused
from mingcha.documents.agency import queries
from mingcha.documents.agency.choices import DECIDES, UPLOADS, FormAct
from mingcha.documents.agency.filling import Report
from mingcha.documents.agency.models import AgencyForm, AgencyFormDecision
from mingcha.documents.rendering import template
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append


@transaction.atomic
def upload(kind: str, *, name: str, incoming: Incoming, report: Report, actor: Actor) -> AgencyForm:
    """Store the next version of a form with the report of `filling.examine`. Raises NotPermitted, InvalidInput."""
    role = actor.require(*UPLOADS)
    title = template(kind).title
    check = Check()
    name = check.text("name", name or title, "格式名称", most=120)
    check.done()
    # The organisation row serialises two people uploading the same kind.
    organ = Organisation.objects.select_for_update().get(id=actor.organ_id)
    last = AgencyForm.objects.filter(organisation=organ, kind=kind).aggregate(last=Max("number"))["last"] or 0
    found = AgencyForm.objects.create(
        organisation=organ,
        kind=kind,
        number=last + 1,
        name=name,
        file=keep(incoming),
        report=report.as_dict(),
        usable=report.usable,
        uploaded_by_id=actor.officer_id,
        uploaded_at=clock.now(),
    )
    append(
        "agency-form-uploaded",
        log=actor.jurisdiction,
        subject=("agency-form", str(found.id)),
        actor=actor.snapshot(role),
        payload={"kind": kind, "number": found.number, "sha256": incoming.sha256, "usable": found.usable},
    )
    return found


@transaction.atomic
def put_into_use(form_id: uuid.UUID, *, actor: Actor) -> AgencyFormDecision:
    """Use a version for all documents of its kind. Raises NotPermitted for the uploader, Refused for one with gaps."""
    role = actor.require(*DECIDES)
    found = queries.form(actor, form_id)
    if found.uploaded_by_id == actor.officer_id:
        raise NotPermitted(message="上传的人不能启用自己上传的格式，请由另一位有权限的人核对后启用。")
    if not found.usable:
        raise Refused(
            [Reason("form-unusable", "这一版没有通过检查，不能启用。", fix="请按检查结果修改后上传新的一版。")]
        )
    newer = AgencyForm.objects.filter(
        organisation=found.organisation_id, kind=found.kind, number__gt=found.number, decisions__act=FormAct.USE
    )
    if newer.exists():
        raise Conflict("form-outdated", "后来的一版已经启用，不能再启用旧版。需要旧版的内容，请重新上传为新的一版。")
    return _decide(found, FormAct.USE, "", role, actor)


@transaction.atomic
def withdraw(form_id: uuid.UUID, *, reason: str, actor: Actor) -> AgencyFormDecision:
    """Stop using a version; documents are then offered as PDF only. Raises Conflict when it is not in use."""
    role = actor.require(*DECIDES)
    found = queries.form(actor, form_id)
    check = Check()
    reason = check.text("reason", reason, "停用的理由", most=300)
    check.done()
    if not found.decisions.filter(act=FormAct.USE).exists():
        raise Conflict("form-not-in-use", "这一版没有启用，不需要停用。")
    return _decide(found, FormAct.WITHDRAW, reason, role, actor)


def _decide(found: AgencyForm, act: FormAct, reason: str, role: str, actor: Actor) -> AgencyFormDecision:
    if found.decisions.filter(act=act).exists():
        raise Conflict("form-decided", f"这一版已经{act.label}，请刷新页面。")
    row = AgencyFormDecision.objects.create(
        form=found, act=act, officer_id=actor.officer_id, name=actor.name, reason=reason, at=clock.now()
    )
    append(
        "agency-form-used" if act == FormAct.USE else "agency-form-withdrawn",
        log=actor.jurisdiction,
        subject=("agency-form", str(found.id)),
        actor=actor.snapshot(role),
        payload={"kind": found.kind, "number": found.number, **({"reason": reason} if reason else {})},
    )
    return row
