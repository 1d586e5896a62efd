"""The institution's own rules (制度文件): drafted, issued, filed with the justice bureau, superseded or repealed — R006."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.statutes.choices import RuleKind, RuleState
from mingcha.statutes.kinds import RULE_DRAFTED, RULE_FILED, RULE_ISSUED, RULE_REPEALED
from mingcha.statutes.models import InstitutionRule, RuleFiling, RuleVersion

KEEPERS = (Role.ADMIN, Role.REVIEWER)
MOST_BODY = 200_000


@transaction.atomic
def draft_rule(*, kind: str, title: str, body: str, original: Incoming | None, actor: Actor) -> RuleVersion:
    """Begin a rule with its first draft. Raises InvalidInput, NotPermitted."""
    role = actor.require(*KEEPERS)
    check = Check()
    kind = check.one_of("kind", kind, "种类", RuleKind.values)
    title = check.text("title", title, "名称", most=120)
    body = check.text("body", body, "正文", most=MOST_BODY)
    if title and InstitutionRule.objects.filter(organisation_id=actor.organ_id, title=title).exists():
        check.add("title", "本机关已经有这个名称的制度。要修改它，请在它的页面上起草新版。")
    check.done()
    rule = InstitutionRule.objects.create(
        organisation=Organisation.objects.get(id=actor.organ_id), kind=kind, title=title, created_at=clock.now()
    )
    return _draft(rule, body, original, actor, role)


@transaction.atomic
def new_version(rule_id: uuid.UUID, *, body: str, original: Incoming | None, actor: Actor) -> RuleVersion:
    """Draft the next version of a rule. Raises InvalidInput, NotFound, Conflict (a draft is open), NotPermitted."""
    role = actor.require(*KEEPERS)
    rule = _rule(rule_id, actor)
    check = Check()
    body = check.text("body", body, "正文", most=MOST_BODY)
    check.done()
    if rule.versions.filter(state=RuleState.DRAFT).exists():
        raise Conflict("rule-draft-open", "这项制度已经有一份起草中的新版，请先修改或者印发它。")
    return _draft(rule, body, original, actor, role)


def _draft(rule: InstitutionRule, body: str, original: Incoming | None, actor: Actor, role: str) -> RuleVersion:
    last = rule.versions.order_by("-number").first()
    version = RuleVersion.objects.create(
        rule=rule,
        number=(last.number if last else 0) + 1,
        body=body,
        file_sha256=keep(original).sha256 if original else "",
        drafted_by=actor.name,
        drafted_at=clock.now(),
    )
    _journal(RULE_DRAFTED, version, actor, role, {})
    return version


@transaction.atomic
def rewrite(version_id: uuid.UUID, *, body: str, original: Incoming | None, actor: Actor) -> RuleVersion:
    """Change the text of a draft. Raises InvalidInput, NotFound, Conflict (issued already), NotPermitted."""
    actor.require(*KEEPERS)
    version = _version(version_id, actor)
    check = Check()
    body = check.text("body", body, "正文", most=MOST_BODY)
    check.done()
    _still_draft(version)
    version.body = body
    if original:
        version.file_sha256 = keep(original).sha256
    version.save(update_fields=["body", "file_sha256"])
    return version


@transaction.atomic
def issue_rule(version_id: uuid.UUID, *, document_number: str, effective_from: dt.date, actor: Actor) -> RuleVersion:
    """Issue a draft under its number; the version in force ends the day before.

    Raises InvalidInput, NotFound, Conflict, NotPermitted.
    """
    role = actor.require(*KEEPERS)
    version = _version(version_id, actor)
    _still_draft(version)
    check = Check()
    document_number = check.text("document_number", document_number, "文号", most=60)
    check.date("effective_from", effective_from, "施行日期")
    previous = version.rule.versions.filter(state=RuleState.ISSUED).first()
    if previous and previous.effective_from and effective_from <= previous.effective_from:
        check.add("effective_from", f"应晚于第{previous.number}版的施行日期{previous.effective_from.isoformat()}。")
    check.done()
    if previous:
        _end(previous, RuleState.SUPERSEDED, effective_from - dt.timedelta(days=1), f"由第{version.number}版取代")
    version.state = RuleState.ISSUED
    version.document_number = document_number
    version.effective_from = effective_from
    version.issued_at = clock.now()
    version.save(update_fields=["state", "document_number", "effective_from", "issued_at"])
    _journal(RULE_ISSUED, version, actor, role, {"number": document_number, "effective_from": effective_from})
    return version


@transaction.atomic
def repeal_rule(version_id: uuid.UUID, *, last_day: dt.date, reason: str, actor: Actor) -> RuleVersion:
    """Repeal the version in force with a reason. Raises InvalidInput, NotFound, Conflict, NotPermitted."""
    role = actor.require(*KEEPERS)
    version = _version(version_id, actor)
    if version.state != RuleState.ISSUED or version.effective_from is None:
        raise Conflict("rule-not-issued", "只能废止正在施行的版本。")
    check = Check()
    check.date("last_day", last_day, "最后一天")
    reason = check.text("reason", reason, "废止理由", most=300)
    if last_day < version.effective_from:
        check.add("last_day", f"不能早于施行日期{version.effective_from.isoformat()}。")
    check.done()
    _end(version, RuleState.REPEALED, last_day, reason)
    _journal(RULE_REPEALED, version, actor, role, {"last_day": last_day, "reason": reason})
    return version


@transaction.atomic
def file_rule(
    version_id: uuid.UUID, *, authority: str, number: str, filed_on: dt.date, receipt: Incoming | None, actor: Actor
) -> RuleFiling:
    """Record the filing of an issued version with the justice bureau. Raises InvalidInput, NotFound, Conflict."""
    role = actor.require(*KEEPERS)
    version = _version(version_id, actor)
    check = Check()
    authority = check.text("authority", authority, "备案机关", most=100)
    number = check.text("number", number, "备案号", most=60)
    check.date("filed_on", filed_on, "备案日期", latest=clock.today())
    if version.state == RuleState.DRAFT:
        raise Conflict("rule-not-issued", "起草中的版本还不能备案，请先印发。")
    check.done()
    if RuleFiling.objects.filter(version=version).exists():
        raise Conflict("rule-filed", "这个版本已经登记过备案。")
    filing = RuleFiling.objects.create(
        version=version,
        authority=authority,
        number=number,
        filed_on=filed_on,
        receipt_sha256=keep(receipt).sha256 if receipt else "",
        recorded_by=actor.name,
        recorded_at=clock.now(),
    )
    _journal(RULE_FILED, version, actor, role, {"authority": authority, "number": number, "filed_on": filed_on})
    return filing


def _rule(rule_id: uuid.UUID, actor: Actor) -> InstitutionRule:
    """A rule of the actor's own organ, locked, so that two people cannot number or issue at once."""
    row = InstitutionRule.objects.select_for_update().filter(id=rule_id, organisation_id=actor.organ_id).first()
    if row is None:
        raise NotFound("没有找到这项制度，或者它不属于本机关。")
    return row


def _version(version_id: uuid.UUID, actor: Actor) -> RuleVersion:
    rule_id = RuleVersion.objects.filter(id=version_id).values_list("rule_id", flat=True).first()
    if rule_id is None:
        raise NotFound("没有找到这个版本。")
    _rule(rule_id, actor)
    return RuleVersion.objects.select_related("rule").get(id=version_id)


def _still_draft(version: RuleVersion) -> None:
    if version.state != RuleState.DRAFT:
        raise Conflict("rule-issued", "这个版本已经印发，不能再改。要修改，请起草新版。")


def _end(version: RuleVersion, state: str, last_day: dt.date, reason: str) -> None:
    if version.effective_from and last_day < version.effective_from:
        raise InvalidInput({"effective_from": ["施行日期太早，与前一版重叠。"]})
    version.state, version.effective_to, version.end_reason = state, last_day, reason
    version.save(update_fields=["state", "effective_to", "end_reason"])


def _journal(kind: str, version: RuleVersion, actor: Actor, role: str, more: dict[str, object]) -> None:
    append(
        kind,
        log=actor.jurisdiction,
        subject=("rule-version", str(version.id)),
        actor=actor.snapshot(role),
        payload={"title": version.rule.title, "version": version.number, **more},
    )
