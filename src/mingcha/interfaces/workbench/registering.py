"""The administrator's forms: register organisations, people, certificates, roles, sign-ins, working days."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import actions, queries
from mingcha.accounts.choices import Accountability, AccountableFor, OrganisationKind, PowerSource, Role, StaffKind
from mingcha.accounts.models import User
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.administration import CRUMBS, own_officer, own_organisation
from mingcha.interfaces.workbench.base import Form, date_field, form_page, submitted
from mingcha.ledger.actors import ActorSnapshot


def _choose(choices: Any) -> list[tuple[str, str]]:
    return [("", "请选择"), *choices]


class OrganisationForm(Form):
    name = forms.CharField(label="机构名称", max_length=100)
    kind = forms.ChoiceField(label="机构类型", choices=_choose(OrganisationKind.choices))
    parent = forms.ChoiceField(label="上级机构", required=False)
    power_source = forms.ChoiceField(label="职权来源", choices=_choose(PowerSource.choices))
    power_basis = forms.CharField(
        label="职权依据", required=False, max_length=300, help_text="执法主体必填，写明法律名称和条款。"
    )
    code = forms.CharField(label="机关代字", required=False, max_length=20, help_text="用于编文号，如“明综执”。")
    legal_status = forms.CharField(label="法律地位", required=False, max_length=100)
    uscc = forms.CharField(label="统一社会信用代码", required=False, max_length=18)
    address = forms.CharField(label="地址", required=False, max_length=200)
    phone = forms.CharField(label="电话", required=False, max_length=40)

    def __init__(self, jurisdiction: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = queries.organisations(jurisdiction)
        self.fields["parent"].choices = [("", "没有上级机构"), *((str(row.id), row.name) for row in rows)]  # type: ignore[attr-defined]


class PersonForm(Form):
    name = forms.CharField(label="姓名", max_length=50)
    organisation = forms.ChoiceField(label="机构")
    staff_kind = forms.ChoiceField(
        label="人员类别", choices=_choose(StaffKind.choices), help_text="辅助人员不能登记执法证，也不能承办案件。"
    )
    title = forms.CharField(label="职务", required=False, max_length=50)

    def __init__(self, jurisdiction: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = queries.organisations(jurisdiction)
        self.fields["organisation"].choices = _choose((str(row.id), row.name) for row in rows)  # type: ignore[attr-defined]


class CertificateForm(Form):
    number = forms.CharField(label="执法证号", max_length=40)
    issuer = forms.CharField(label="发证机关", max_length=100)
    area = forms.CharField(label="执法区域", max_length=100)
    valid_from = date_field("有效期起")
    valid_to = date_field("有效期止")


class SuspendForm(Form):
    since = date_field("暂停之日", help_text="暂停前已经办理的事项仍然有效。")
    reason = forms.CharField(label="暂停原因", max_length=200)


class QualificationForm(Form):
    number = forms.CharField(label="法律职业资格证书编号", max_length=40)
    obtained_on = date_field("取得日期")
    reviewing_since = date_field("从事法制审核的起始日", required=False)


class RoleForm(Form):
    role = forms.ChoiceField(label="角色", choices=_choose(Role.choices))


class UserForm(Form):
    username = forms.CharField(label="用户名", max_length=60)
    password = forms.CharField(
        label="初始密码",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 10 个字，不能是常用密码。请当面告知本人。",
    )


class PasswordForm(Form):
    password = forms.CharField(
        label="新密码",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 10 个字，不能是常用密码。请当面告知本人；原来的登录随即失效。",
    )


class WhyForm(Form):
    reason = forms.CharField(label="原因", max_length=200)


class AccountableForm(Form):
    officer = forms.ChoiceField(label="人员")
    matter = forms.ChoiceField(label="制度", choices=_choose(AccountableFor.choices))
    rank = forms.ChoiceField(label="责任", choices=_choose(Accountability.choices))

    def __init__(self, jurisdiction: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = queries.staff(jurisdiction)
        self.fields["officer"].choices = _choose((str(row.id), f"{row.name}（{row.organisation}）") for row in rows)  # type: ignore[attr-defined]


def _snapshot(request: HttpRequest) -> ActorSnapshot:
    return actor_of(request).snapshot(Role.ADMIN)


def _serve(
    request: HttpRequest,
    form: Form,
    act: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    submit: str,
    back: str,
    lead: str = "",
    single: bool = True,
) -> HttpResponse:
    """One form of registration: carried out once, then back to where the result stands."""
    if form.is_bound and submitted(request, form, act, single=single):
        return redirect(back)
    return form_page(
        request,
        form,
        title=title,
        submit=submit,
        crumbs=CRUMBS,
        active="administration",
        cancel_url=back,
        lead=lead,
        guard=True,
    )


@officials(Role.ADMIN)
def organisation(request: HttpRequest) -> HttpResponse:
    """Register an enforcement subject or a unit."""
    actor = actor_of(request)

    def act(cleaned: dict[str, Any]) -> None:
        parent = cleaned.pop("parent")
        above = own_organisation(actor, uuid.UUID(parent)) if parent else None
        actions.create_organisation(jurisdiction=actor.jurisdiction, parent=above, by=_snapshot(request), **cleaned)

    form = OrganisationForm(actor.jurisdiction, request.POST or None)
    return _serve(request, form, act, title="登记机构", submit="登记", back=reverse("administration"))


@officials(Role.ADMIN)
def person(request: HttpRequest) -> HttpResponse:
    """Register a person."""
    actor = actor_of(request)

    def act(cleaned: dict[str, Any]) -> None:
        unit = own_organisation(actor, uuid.UUID(cleaned.pop("organisation")))
        actions.enrol_officer(organisation=unit, by=_snapshot(request), **cleaned)

    form = PersonForm(actor.jurisdiction, request.POST or None)
    return _serve(request, form, act, title="登记人员", submit="登记", back=reverse("administration-people"))


@officials(Role.ADMIN)
def accountable(request: HttpRequest) -> HttpResponse:
    """Name the person answerable for one of the three systems, in the person's own organ."""
    actor = actor_of(request)

    def act(cleaned: dict[str, Any]) -> None:
        officer = own_officer(actor, uuid.UUID(cleaned["officer"]))
        organ = officer.organisation.organ or officer.organisation
        actions.name_accountable(organ, officer, matter=cleaned["matter"], rank=cleaned["rank"], by=_snapshot(request))

    form = AccountableForm(actor.jurisdiction, request.POST or None)
    return _serve(request, form, act, title="指定责任人", submit="指定", back=reverse("administration"))


def _of_person(
    request: HttpRequest,
    officer_id: uuid.UUID,
    form: Form,
    act: Callable[[Any, dict[str, Any]], Any],
    title: str,
    submit: str,
    lead: str = "",
    single: bool = True,
) -> HttpResponse:
    officer = own_officer(actor_of(request), officer_id)
    back = reverse("administration-person", args=[officer_id])

    def run(cleaned: dict[str, Any]) -> None:
        act(officer, cleaned)

    return _serve(
        request, form, run, title=f"{officer.name}：{title}", submit=submit, back=back, lead=lead, single=single
    )


@officials(Role.ADMIN)
def certificate(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """Register an enforcement certificate."""

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        actions.issue_certificate(officer, by=_snapshot(request), **cleaned)

    return _of_person(request, officer_id, CertificateForm(request.POST or None), act, "登记执法证", "登记")


@officials(Role.ADMIN)
def suspend(request: HttpRequest, officer_id: uuid.UUID, certificate_id: uuid.UUID) -> HttpResponse:
    """Suspend a certificate from a day on."""

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        found = next((row for row in officer.certificates.all() if row.id == certificate_id), None)
        if found is None:
            raise NotFound("没有找到这张执法证。")
        actions.suspend_certificate(found, since=cleaned["since"], reason=cleaned["reason"], by=_snapshot(request))

    form = SuspendForm(request.POST or None)
    return _of_person(
        request,
        officer_id,
        form,
        act,
        "暂停执法证",
        "暂停",
        "暂停以后不能再承办案件。暂停只登记一次，恢复执法请登记新证。",
    )


@officials(Role.ADMIN)
def qualification(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """Register the legal professional qualification of a reviewer."""

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        actions.record_qualification(officer, by=_snapshot(request), **cleaned)

    return _of_person(request, officer_id, QualificationForm(request.POST or None), act, "登记法律职业资格", "登记")


@officials(Role.ADMIN)
def role(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """Give a role in the own organ."""

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        actions.grant_role(officer, cleaned["role"], by=_snapshot(request))

    return _of_person(request, officer_id, RoleForm(request.POST or None), act, "授予角色", "授予")


@officials(Role.ADMIN)
def user(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """Open a sign-in."""

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        actions.create_user(officer, username=cleaned["username"], password=cleaned["password"], by=_snapshot(request))

    # The key against double submission would keep a digest of the password; a user name can be taken only once anyway.
    return _of_person(request, officer_id, UserForm(request.POST or None), act, "开通登录", "开通", single=False)


@officials(Role.ADMIN)
def end_role(request: HttpRequest, officer_id: uuid.UUID, grant_id: uuid.UUID) -> HttpResponse:
    """End a role of a person today."""

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        grant = next((row for row in officer.grants.all() if row.id == grant_id), None)
        if grant is None:
            raise NotFound("没有找到这个角色。")
        actions.end_role(grant, by=_snapshot(request), **cleaned)

    return _of_person(request, officer_id, WhyForm(request.POST or None), act, "终止角色", "终止")


@officials(Role.ADMIN)
def switch(request: HttpRequest, officer_id: uuid.UUID, state: str) -> HttpResponse:
    """Disable a sign-in, or let it in again."""
    if state not in ("enable", "disable"):
        raise NotFound("没有这个页面。")
    active = state == "enable"

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        actions.switch_user(_user(officer), active=active, by=_snapshot(request), **cleaned)

    title, submit = ("恢复登录", "恢复") if active else ("停用登录", "停用")
    return _of_person(request, officer_id, WhyForm(request.POST or None), act, title, submit)


@officials(Role.ADMIN)
def password(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """Reset a password."""

    def act(officer: Any, cleaned: dict[str, Any]) -> None:
        actions.reset_password(_user(officer), password=cleaned["password"], by=_snapshot(request))

    # No key against double submission: it would keep a digest of the password.
    return _of_person(request, officer_id, PasswordForm(request.POST or None), act, "重置密码", "重置", single=False)


def _user(officer: Any) -> User:
    found = queries.user_of(officer.id)
    if found is None:
        raise NotFound("这名人员没有开通登录。")
    return found
