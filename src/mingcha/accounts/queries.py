"""Reads of accounts for other rooms."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable

from django.db.models import Count, Prefetch, Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.errors import TokenInvalid
from mingcha.accounts.models import (
    Accountable,
    ApiToken,
    Certificate,
    Officer,
    Organisation,
    Qualification,
    RoleGrant,
    User,
)
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.prepared import attach, prepared


@prepared
def _roles(officer_id: uuid.UUID, organ_id: uuid.UUID, day: dt.date) -> QuerySet[RoleGrant, str]:
    grants = RoleGrant.objects.filter(officer_id=officer_id, organisation_id=organ_id, since__lte=day)
    return grants.filter(Q(until=None) | Q(until__gt=day)).values_list("role", flat=True)


def actor_of(officer: Officer) -> Actor:
    """The acting person of an officer whose organisation and organ are loaded."""
    unit = officer.organisation
    organ = unit.organ or unit
    return Actor(
        officer.id,
        officer.name,
        organ.id,
        organ.name,
        unit.name,
        organ.jurisdiction,
        frozenset(_roles(officer.id, organ.id, clock.today())),
    )


@prepared
def _acting(officer_id: uuid.UUID) -> QuerySet[Officer]:
    return Officer.objects.select_related("organisation__organ").filter(id=officer_id)


def actor_of_user(user: User) -> Actor:
    """The acting person of a user. Raises Officer.DoesNotExist where the user is no officer."""
    for officer in _acting(user.officer_id) if user.officer_id else ():
        return actor_of(officer)
    raise Officer.DoesNotExist


def actor_named(username: str) -> Actor:
    """The acting person behind a user name (command line, journey, tests)."""
    try:
        return actor_of_user(User.objects.get(username=username))
    except User.DoesNotExist:
        raise NotFound(f"没有用户“{username}”。") from None


@prepared
def _tokens(digest: str) -> QuerySet[ApiToken]:
    rows = ApiToken.objects.select_related("officer__organisation__organ")
    return rows.filter(digest=digest, revoked_at=None, officer__user__is_active=True)


def actor_of_token(secret: str) -> Actor:
    """The acting person behind an API token. Raises TokenInvalid."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    token = next(iter(_tokens(digest)), None)
    if token is None or token.expires_at <= clock.now():
        raise TokenInvalid(message="接口令牌无效、已过期或者已撤销，请联系管理员重新开通。")
    return actor_of(token.officer)


def officers(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Officer]:
    """Officers by id with certificates and organisation loaded."""
    found = {}
    for officer_id in ids:
        for officer in _officer(officer_id):
            attach(officer, "certificates", _certificates(officer_id))
            attach(officer, "qualifications", _qualifications(officer_id))
            found[officer.id] = officer
    return found


@prepared
def _officer(officer_id: uuid.UUID) -> QuerySet[Officer]:
    return Officer.objects.select_related("organisation").filter(id=officer_id)


@prepared
def _certificates(officer_id: uuid.UUID) -> QuerySet[Certificate]:
    return Certificate.objects.filter(officer_id=officer_id).order_by("id")


@prepared
def _qualifications(officer_id: uuid.UUID) -> QuerySet[Qualification]:
    return Qualification.objects.filter(officer_id=officer_id).order_by("id")


def officers_with_role(organ_id: uuid.UUID, role: str) -> QuerySet[Officer]:
    """Officers who hold `role` in the organ today, by name."""
    day = clock.today()
    grants = RoleGrant.objects.filter(organisation_id=organ_id, role=role, since__lte=day)
    grants = grants.filter(Q(until=None) | Q(until__gt=day))
    rows = Officer.objects.filter(id__in=grants.values("officer_id")).select_related("organisation")
    return rows.prefetch_related("certificates").order_by("name", "id")


@prepared
def _holders(organ_id: uuid.UUID, role: str, day: dt.date) -> QuerySet[Officer, uuid.UUID]:
    grants = RoleGrant.objects.filter(organisation_id=organ_id, role=role, since__lte=day)
    grants = grants.filter(Q(until=None) | Q(until__gt=day))
    rows = Officer.objects.filter(id__in=grants.values("officer_id")).order_by("name", "id")
    return rows.values_list("id", flat=True)


def holders(organ_id: uuid.UUID, role: str) -> list[Officer]:
    """As `officers_with_role`, with certificates, qualifications and organisation loaded."""
    return list(officers(_holders(organ_id, str(role), clock.today())).values())


def organisations(jurisdiction: str) -> QuerySet[Organisation]:
    """All organisations of a jurisdiction, parents before children as far as created so."""
    return Organisation.objects.filter(jurisdiction=jurisdiction).select_related("parent").order_by("created_at", "id")


def organisation(organisation_id: uuid.UUID) -> Organisation:
    return Organisation.objects.get(id=organisation_id)


def staff(jurisdiction: str) -> QuerySet[Officer]:
    """All people of a jurisdiction with certificates, for lists."""
    certificates = Prefetch("certificates", Certificate.objects.order_by("-valid_to"))
    rows = Officer.objects.filter(organisation__jurisdiction=jurisdiction).select_related("organisation__organ")
    return rows.prefetch_related(certificates, "qualifications", "grants").order_by("created_at", "id")


def enforcing(organ_id: uuid.UUID, day: dt.date) -> int:
    """How many officers (执法人员) of an organ hold a certificate that is valid on a day."""
    inside = Q(officer__organisation_id=organ_id) | Q(officer__organisation__organ_id=organ_id)
    standing = Q(suspended_on=None) | Q(suspended_on__gt=day)
    rows = Certificate.objects.filter(inside, standing, valid_from__lte=day, valid_to__gte=day)
    return rows.aggregate(officers=Count("officer_id", distinct=True))["officers"] or 0


def accountables(organ_id: uuid.UUID) -> QuerySet[Accountable]:
    return Accountable.objects.filter(organisation_id=organ_id).select_related("officer").order_by("matter", "rank")


def certificate(number: str) -> Certificate | None:
    """A certificate by its number, with officer and organisation."""
    return Certificate.objects.select_related("officer__organisation").filter(number=number.strip()).first()


def accountables_of(organ_ids: Iterable[uuid.UUID]) -> QuerySet[Accountable]:
    """People answerable in several organs, organ joined."""
    rows = Accountable.objects.filter(organisation_id__in=list(organ_ids)).select_related("officer", "organisation")
    return rows.order_by("organisation__name", "matter", "rank", "-since")


def user_of(officer_id: uuid.UUID) -> User | None:
    """The sign-in of a person, if one was opened."""
    return User.objects.filter(officer_id=officer_id).first()
