"""Tables of organisations, officers, certificates, roles and sign-in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from mingcha.accounts.choices import Accountability, AccountableFor, OrganisationKind, PowerSource, Role, StaffKind
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid


class Organisation(models.Model):
    """Enforcement subject (执法主体) or one of its units. `organ` is the subject in whose name it acts (itself or above)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12, help_text="属地：行政区划代码，也是账本的名字")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    organ = models.ForeignKey("self", models.PROTECT, null=True, related_name="units")
    name = models.CharField(max_length=100)
    code = models.CharField("机关代字", max_length=20, blank=True)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    power_source = models.CharField(max_length=20, choices=PowerSource.choices)
    power_basis = models.CharField("职权依据", max_length=300, blank=True)
    legal_status = models.CharField("法律地位", max_length=100, blank=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "name"], name="organisation_name_once"),
            models.UniqueConstraint(
                fields=["jurisdiction", "code"], condition=~models.Q(code=""), name="organisation_code_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Officer(models.Model):
    """A person of an organisation (执法人员 or 辅助人员)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="officers")
    name = models.CharField(max_length=50)
    staff_kind = models.CharField(max_length=20, choices=StaffKind.choices)
    title = models.CharField("职务", max_length=50, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Certificate(models.Model):
    """Enforcement certificate (行政执法证) — 行政处罚法 art. 42."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=40, unique=True)
    issuer = models.CharField(max_length=100)
    area = models.CharField("执法区域", max_length=100)
    valid_from = models.DateField()
    valid_to = models.DateField()
    suspended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(valid_to__gte=models.F("valid_from")), name="certificate_dates")
        ]

    def valid_on(self, day: dt.date) -> bool:
        """Whether the certificate covers `day`."""
        return self.valid_from <= day <= self.valid_to and (self.suspended_on is None or day < self.suspended_on)


class Portrait(models.Model):
    """Picture of an officer (执法人员照片), re-made without metadata; replaced and removed at any time."""

    officer = models.OneToOneField(Officer, models.PROTECT, primary_key=True, related_name="portrait")
    image = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    changed_at = models.DateTimeField()


class Qualification(models.Model):
    """Legal professional qualification (法律职业资格) of a reviewer — 行政处罚法 art. 58 ¶2."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="qualifications")
    number = models.CharField(max_length=40, unique=True)
    obtained_on = models.DateField()
    reviewing_since = models.DateField(null=True, help_text="从事法制审核工作的起始日")


class RoleGrant(models.Model):
    """A role of an officer within an organ, for a time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="grants")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=Role.choices)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["officer", "organisation", "role"], condition=models.Q(until=None), name="role_granted_once"
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(until=None, role="chief"), name="role_one_chief"
            ),
        ]


class Accountable(models.Model):
    """Person answerable for a duty (第一责任人、直接责任人) — R005."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="accountables")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    matter = models.CharField(max_length=20, choices=AccountableFor.choices)
    rank = models.CharField(max_length=10, choices=Accountability.choices)
    since = models.DateField()


class Delegation(models.Model):
    """Entrustment or transfer of power (委托、赋权) with scope and period — 行政处罚法 art. 20, 24."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    trustee = models.ForeignKey(Organisation, models.PROTECT, related_name="delegations")
    kind = models.CharField(max_length=20, choices=PowerSource.choices)
    scope = models.CharField(max_length=300)
    basis = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.select_related("officer__organisation__organ").get(username=username)


class User(AbstractBaseUser):
    """Sign-in of an officer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField("用户名", max_length=60, unique=True)
    officer = models.OneToOneField(Officer, models.PROTECT, related_name="user")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects: Any = UserManager()


class ApiToken(models.Model):
    """Token of the REST interface; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


append_only("accounts_qualification")
append_only("accounts_accountable")
append_only("accounts_delegation")
for _table in ("accounts_organisation", "accounts_officer", "accounts_certificate", "accounts_rolegrant"):
    forbid(_table, "DELETE", "record-immutable")
forbid(
    "accounts_certificate",
    "UPDATE",
    "certificate-fixed",
    "NEW.officer_id <> OLD.officer_id OR NEW.number <> OLD.number OR NEW.valid_from <> OLD.valid_from "
    "OR NEW.valid_to <> OLD.valid_to OR OLD.suspended_on IS NOT NULL",
)
forbid(
    "accounts_rolegrant",
    "UPDATE",
    "role-grant-fixed",
    "NEW.officer_id <> OLD.officer_id OR NEW.organisation_id <> OLD.organisation_id OR NEW.role <> OLD.role "
    "OR NEW.since <> OLD.since OR OLD.until IS NOT NULL",
)
forbid("accounts_officer", "UPDATE", "staff-kind-fixed", "NEW.staff_kind <> OLD.staff_kind")
forbid(
    "accounts_organisation",
    "UPDATE",
    "organisation-fixed",
    "NEW.jurisdiction <> OLD.jurisdiction OR NEW.code <> OLD.code OR NEW.kind <> OLD.kind "
    "OR COALESCE(CAST(NEW.organ_id AS TEXT), '') <> COALESCE(CAST(OLD.organ_id AS TEXT), '')",
)
# 辅助人员 never hold a certificate (R031).
forbid(
    "accounts_certificate",
    "INSERT",
    "auxiliary-without-certificate",
    "EXISTS (SELECT 1 FROM accounts_officer o WHERE o.id = NEW.officer_id AND o.staff_kind = 'auxiliary')",
)
