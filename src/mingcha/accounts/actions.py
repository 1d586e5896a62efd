"""Writes of accounts; each appends to the journal of the jurisdiction."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Accountability, AccountableFor, OrganisationKind, PowerSource, Role, StaffKind
from mingcha.accounts.models import (
    Accountable,
    ApiToken,
    Certificate,
    Delegation,
    Officer,
    Organisation,
    Qualification,
    RoleGrant,
    User,
)
from mingcha.accounts.rules import may_enforce
from mingcha.common import clock
from mingcha.common.checks import Check, uscc_valid
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot


def create_organisation(
    *,
    jurisdiction: str,
    name: str,
    kind: str,
    power_source: str,
    parent: Organisation | None = None,
    code: str = "",
    power_basis: str = "",
    legal_status: str = "",
    uscc: str = "",
    address: str = "",
    phone: str = "",
    by: ActorSnapshot,
) -> Organisation:
    """Register an enforcement subject (执法主体) or a unit. A unit acts in the name of the nearest subject above it."""
    check = Check()
    name = check.text("name", name, "机构名称", most=100)
    code = check.text("code", code, "机关代字", most=20, required=False)
    check.one_of("kind", kind, "机构类型", OrganisationKind.values)
    check.one_of("power_source", power_source, "职权来源", PowerSource.values)
    power_basis = check.text("power_basis", power_basis, "职权依据", most=300, required=kind != OrganisationKind.UNIT)
    uscc = check.text("uscc", uscc, "统一社会信用代码", most=18, required=False).upper()
    if uscc and not uscc_valid(uscc):
        check.add("uscc", "统一社会信用代码的校验码不正确，请核对。")
    if kind == OrganisationKind.UNIT and parent is None:
        check.add("parent", "内设机构必须有上级机构。")
    if Organisation.objects.filter(jurisdiction=jurisdiction, name=name).exists():
        check.add("name", "已经登记过同名机构。")
    check.done()
    organ = (parent.organ or parent) if kind == OrganisationKind.UNIT and parent else None
    with transaction.atomic():
        row = Organisation.objects.create(
            jurisdiction=jurisdiction,
            parent=parent,
            organ=organ,
            name=name,
            code=code,
            kind=kind,
            power_source=power_source,
            power_basis=power_basis,
            legal_status=legal_status,
            uscc=uscc,
            address=address,
            phone=phone,
            created_at=clock.now(),
        )
        append(
            "organisation-created",
            log=jurisdiction,
            subject=("organisation", str(row.id)),
            actor=by,
            payload={"name": name, "kind": kind, "power_source": power_source, "power_basis": power_basis},
        )
    return row


def enrol_officer(
    *, organisation: Organisation, name: str, staff_kind: str, title: str = "", by: ActorSnapshot
) -> Officer:
    """Register a person of an organisation."""
    check = Check()
    name = check.text("name", name, "姓名", most=50)
    title = check.text("title", title, "职务", most=50, required=False)
    check.one_of("staff_kind", staff_kind, "人员类别", StaffKind.values)
    check.done()
    with transaction.atomic():
        row = Officer.objects.create(
            organisation=organisation, name=name, staff_kind=staff_kind, title=title, created_at=clock.now()
        )
        append(
            "officer-enrolled",
            log=organisation.jurisdiction,
            subject=("officer", str(row.id)),
            actor=by,
            payload={"name": name, "organisation": organisation.name, "staff_kind": staff_kind, "title": title},
        )
    return row


def issue_certificate(
    officer: Officer,
    *,
    number: str,
    issuer: str,
    area: str,
    valid_from: dt.date,
    valid_to: dt.date,
    by: ActorSnapshot,
) -> Certificate:
    """Register an enforcement certificate (行政执法证). Auxiliary staff cannot have one (R031)."""
    if officer.staff_kind == StaffKind.AUXILIARY:
        raise Refused(may_enforce(officer, valid_from))
    check = Check()
    number = check.text("number", number, "执法证号", most=40)
    issuer = check.text("issuer", issuer, "发证机关", most=100)
    area = check.text("area", area, "执法区域", most=100)
    check.date("valid_from", valid_from, "有效期起")
    check.date("valid_to", valid_to, "有效期止")
    if valid_to < valid_from:
        check.add("valid_to", "有效期止不能早于有效期起。")
    if Certificate.objects.filter(number=number).exists():
        check.add("number", "这个执法证号已经登记。")
    check.done()
    with transaction.atomic():
        row = Certificate.objects.create(
            officer=officer, number=number, issuer=issuer, area=area, valid_from=valid_from, valid_to=valid_to
        )
        append(
            "certificate-issued",
            log=officer.organisation.jurisdiction,
            subject=("officer", str(officer.id)),
            actor=by,
            payload={"number": number, "issuer": issuer, "area": area, "valid_from": valid_from, "valid_to": valid_to},
        )
    return row


def suspend_certificate(certificate: Certificate, *, since: dt.date, reason: str, by: ActorSnapshot) -> None:
    """Suspend a certificate from a day on; earlier acts stay valid."""
    check = Check()
    reason = check.text("reason", reason, "暂停原因")
    check.done()
    with transaction.atomic():
        certificate.suspended_on = since
        certificate.save(update_fields=["suspended_on"])
        append(
            "certificate-suspended",
            log=certificate.officer.organisation.jurisdiction,
            subject=("officer", str(certificate.officer_id)),
            actor=by,
            payload={"number": certificate.number, "since": since, "reason": reason},
        )


def record_qualification(
    officer: Officer, *, number: str, obtained_on: dt.date, reviewing_since: dt.date | None = None, by: ActorSnapshot
) -> Qualification:
    """Register the legal professional qualification (法律职业资格) of a reviewer."""
    with transaction.atomic():
        row = Qualification.objects.create(
            officer=officer, number=number, obtained_on=obtained_on, reviewing_since=reviewing_since
        )
        append(
            "qualification-recorded",
            log=officer.organisation.jurisdiction,
            subject=("officer", str(officer.id)),
            actor=by,
            payload={"number": number, "obtained_on": obtained_on, "reviewing_since": reviewing_since},
        )
    return row


def grant_role(officer: Officer, role: str, *, since: dt.date | None = None, by: ActorSnapshot) -> RoleGrant:
    """Give an officer a role within the own organ."""
    check = Check()
    check.one_of("role", role, "角色", Role.values)
    check.done()
    unit = officer.organisation
    organ = unit.organ or unit
    chief = RoleGrant.objects.filter(organisation=organ, role=Role.CHIEF, until=None).exclude(officer=officer)
    if role == Role.CHIEF and chief.exists():
        raise Conflict("chief-already", f"{organ.name}已经登记主持工作的负责人，请先终止原来的登记。")
    with transaction.atomic():
        row, fresh = RoleGrant.objects.get_or_create(
            officer=officer, organisation=organ, role=role, until=None, defaults={"since": since or clock.today()}
        )
        if fresh:
            append(
                "role-granted",
                log=organ.jurisdiction,
                subject=("officer", str(officer.id)),
                actor=by,
                payload={"role": role, "organisation": organ.name, "since": row.since},
            )
    return row


@transaction.atomic
def end_role(grant: RoleGrant, *, reason: str, by: ActorSnapshot) -> RoleGrant:
    """End a role today: from now on the person no longer has it. Raises Conflict when it has ended already."""
    check = Check()
    reason = check.text("reason", reason, "终止的原因", most=200)
    check.done()
    row = RoleGrant.objects.select_for_update().get(id=grant.id)
    if row.until is not None:
        raise Conflict("role-ended", "这个角色已经终止。")
    row.until = clock.today()
    row.save(update_fields=["until"])
    append(
        "role-ended",
        log=row.organisation.jurisdiction,
        subject=("officer", str(row.officer_id)),
        actor=by,
        payload={"role": row.role, "organisation": row.organisation.name, "until": row.until, "reason": reason},
    )
    return row


def name_accountable(
    organisation: Organisation, officer: Officer, *, matter: str, rank: str, by: ActorSnapshot
) -> Accountable:
    """Name the person answerable for one of the three systems (R005)."""
    check = Check()
    check.one_of("matter", matter, "制度", AccountableFor.values)
    check.one_of("rank", rank, "责任", Accountability.values)
    check.done()
    with transaction.atomic():
        row = Accountable.objects.create(
            organisation=organisation, officer=officer, matter=matter, rank=rank, since=clock.today()
        )
        append(
            "accountable-named",
            log=organisation.jurisdiction,
            subject=("organisation", str(organisation.id)),
            actor=by,
            payload={"officer": officer.name, "matter": matter, "rank": rank},
        )
    return row


def record_delegation(
    *,
    principal: Organisation,
    trustee: Organisation,
    kind: str,
    scope: str,
    basis: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    by: ActorSnapshot,
) -> Delegation:
    """Record an entrustment (委托) or a transfer of power to a township (赋权) — 行政处罚法 art. 20, 24."""
    with transaction.atomic():
        row = Delegation.objects.create(
            principal=principal,
            trustee=trustee,
            kind=kind,
            scope=scope,
            basis=basis,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        append(
            "delegation-recorded",
            log=trustee.jurisdiction,
            subject=("organisation", str(trustee.id)),
            actor=by,
            payload={"principal": principal.name, "kind": kind, "scope": scope, "basis": basis},
        )
    return row


def create_user(officer: Officer, *, username: str, password: str, by: ActorSnapshot, encoded: str = "") -> User:
    """Open a sign-in for an officer. `encoded`: the password as `make_password` gave it, where the caller has it."""
    check = Check()
    username = check.text("username", username, "用户名", most=60)
    _good_password(check, password)
    if User.objects.filter(username=username).exists():
        check.add("username", "这个用户名已被使用。")
    check.done()
    with transaction.atomic():
        user = User(username=username, officer=officer, password=encoded or make_password(password))
        user.save()
        append(
            "user-created",
            log=officer.organisation.jurisdiction,
            subject=("officer", str(officer.id)),
            actor=by,
            payload={"username": username},
        )
    return user


def _good_password(check: Check, password: str) -> None:
    try:
        password_validation.validate_password(password)
    except ValidationError as error:
        for message in error.messages:
            check.add("password", message)


@transaction.atomic
def switch_user(user: User, *, active: bool, reason: str, by: ActorSnapshot) -> User:
    """Disable a sign-in at once, tokens and open sessions included, or let it in again."""
    check = Check()
    reason = check.text("reason", reason, "原因", most=200)
    check.done()
    if user.is_active == active:
        raise Conflict("user-unchanged", "这个账号已经可以登录。" if active else "这个账号已经停用。")
    user.is_active = active
    user.save(update_fields=["is_active"])
    _of_user("user-enabled" if active else "user-disabled", user, by, {"reason": reason})
    return user


@transaction.atomic
def reset_password(user: User, *, password: str, by: ActorSnapshot) -> User:
    """Give a sign-in a new password; sessions under the old one end."""
    check = Check()
    _good_password(check, password)
    check.done()
    user.set_password(password)
    user.save(update_fields=["password"])
    _of_user("password-reset", user, by, {})
    return user


def _of_user(kind: str, user: User, by: ActorSnapshot, more: dict[str, str]) -> None:
    append(
        kind,
        log=user.officer.organisation.jurisdiction,
        subject=("officer", str(user.officer_id)),
        actor=by,
        payload={"username": user.username, **more},
    )


def create_token(officer: Officer, *, label: str, days: int = 365, by: ActorSnapshot) -> str:
    """Open an API token; the secret is returned once and never stored."""
    check = Check()
    label = check.text("label", label, "用途", most=60)
    check.done()
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ApiToken.objects.create(
            officer=officer,
            label=label,
            digest=hashlib.sha256(secret.encode()).hexdigest(),
            created_at=clock.now(),
            expires_at=clock.now() + dt.timedelta(days=days),
        )
        append(
            "token-created",
            log=officer.organisation.jurisdiction,
            subject=("token", str(row.id)),
            actor=by,
            payload={"label": label, "days": days},
        )
    return secret


def revoke_token(token_id: uuid.UUID, *, actor: Actor) -> None:
    """Revoke an API token at once: one's own, or as administrator any of the jurisdiction. Raises NotFound, Conflict."""
    found = ApiToken.objects.filter(id=token_id)
    if not actor.has(Role.ADMIN):
        found = found.filter(officer_id=actor.officer_id)
    with transaction.atomic():
        token = (
            found.filter(officer__organisation__jurisdiction=actor.jurisdiction).select_for_update(of=("self",)).first()
        )
        if token is None:
            raise NotFound("没有找到这个令牌，或者它不是您的。")
        if token.revoked_at is not None:
            raise Conflict("token-revoked", "这个令牌已经撤销。")
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        append(
            "token-revoked",
            log=actor.jurisdiction,
            subject=("token", str(token.id)),
            actor=actor.snapshot(Role.ADMIN if actor.has(Role.ADMIN) else next(iter(sorted(actor.roles)), "")),
            payload={"label": token.label},
        )
