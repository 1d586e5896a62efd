"""What every page of the workbench shares: the shell with its counts, forms that lose nothing, acts carried out once.

Names of routes that other modules must keep, because links lead there (all under /in/):
home · cases · case (case_id) · review · review-case (case_id) · review-submit (case_id) · decisions · decision-case (case_id) ·
disclosure · disclosure-item (publication_id) · archives · archive-case (case_id) · administration · supervision · profile ·
statutes · lists · procedures · periods.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common.errors import InvalidInput, MingchaError, NotFound, NotPermitted, Reason, Refused
from mingcha.common.explained import Explained
from mingcha.deadlines import queries as deadlines
from mingcha.files.actions import Incoming, receive
from mingcha.interfaces.gate import actor_of
from mingcha.interfaces.middleware import as_mingcha_error
from mingcha.interfaces.once import once
from mingcha.interfaces.refusals import note
from mingcha.interfaces.workbench import tasks

Crumb = tuple[str, str]
# What a judgment starts from: nothing is chosen for anybody.
CHOOSE = ("", "请选择")

# Who answers for recordings being handed in.
_WATCHERS = (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)
# Group, label, route, icon, roles that see it (empty: everybody), key of its count.
_NAV: tuple[tuple[str, str, str, str, tuple[str, ...], str], ...] = (
    ("", "今天要办", "home", "home", (), "home"),
    ("", "案件", "cases", "case", (), ""),
    ("", "我的", "profile", "user", (), ""),
    ("办案", "法制审核", "review", "scale", (Role.REVIEWER,), "review"),
    ("办案", "审核统计", "review-figures", "list", (Role.REVIEWER, Role.HEAD, Role.ADMIN, Role.SUPERVISOR), ""),
    ("办案", "处罚决定", "decisions", "stamp", (Role.HEAD,), "decide"),
    ("办案", "听证", "hearings", "people", (Role.HANDLER, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD), ""),
    ("办案", "集体讨论", "discussions", "people", (Role.UNIT_HEAD, Role.HEAD), ""),
    ("办案", "文书审批", "approvals", "doc", (Role.UNIT_HEAD, Role.HEAD), "papers"),
    ("办案", "待送达", "service", "publish", (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD), ""),
    ("办案", "执法台账", "register", "list", (), ""),
    ("办案", "预编号码", "pads", "doc", (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD), ""),
    ("办案", "上传音像", "recordings-upload", "upload", (), ""),
    ("办案", "音像收件箱", "recordings-inbox", "video", _WATCHERS, "recordings"),
    ("办案", "音像入库督促", "recordings-watch", "clock", _WATCHERS, ""),
    ("办案", "音像年度上报", "recordings-handover", "archive", (Role.ARCHIVIST, *_WATCHERS[1:]), ""),
    ("办案", "执法记录设备", "devices", "list", (Role.ADMIN, *_WATCHERS), ""),
    ("办案", "音像查阅", "watching", "eye", (), ""),
    ("办案", "询问提纲", "questions", "list", (Role.HANDLER, Role.UNIT_HEAD, Role.HEAD, Role.ADMIN), ""),
    ("办案", "公示", "disclosure", "publish", (Role.CLERK, Role.HEAD, Role.SUPERVISOR), "publish"),
    ("办案", "案卷", "archives", "archive", (Role.ARCHIVIST,), "archive"),
    ("办案", "按对象查材料", "objects", "search", (), ""),
    ("办案", "调阅", "loans", "archive", (), ""),
    ("办案", "保管和销毁", "keeping", "clock", (Role.ARCHIVIST, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD), ""),
    ("办案", "纸质档案", "scans", "doc", (Role.ARCHIVIST, Role.REVIEWER, Role.HEAD), ""),
    ("管理", "执法监督", "supervision", "shield", (Role.SUPERVISOR,), ""),
    ("管理", "来信", "petitions", "people", (Role.SUPERVISOR, Role.HEAD, Role.CLERK), ""),
    ("管理", "机构人员与清单", "administration", "people", (Role.ADMIN,), ""),
    ("管理", "本机关格式", "own-forms", "doc", (Role.ADMIN, Role.HEAD), ""),
    ("依据", "法条与制度", "statutes", "book", (), "law"),
    ("依据", "清单与政策", "lists", "list", (), "policy"),
    ("依据", "执法程序", "procedures", "scale", (), ""),
    ("依据", "文书格式", "forms", "doc", (), ""),
    ("依据", "期限与日历", "periods", "clock", (), ""),
)


def link(name: str, *args: Any) -> str:
    """The address of a route, or nothing where this installation does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def shell(actor: Actor, active: str) -> dict[str, Any]:
    """Frame of the workbench: person, roles, navigation with the counts of what waits."""
    counts = tasks.counts(actor)
    groups: dict[str, list[dict[str, Any]]] = {}
    for group, label, route, icon, roles, key in _NAV:
        url = link(route)
        if url and (not roles or actor.has(*roles)):
            count = counts.get(key)
            groups.setdefault(group, []).append(
                {
                    "label": label,
                    "url": url,
                    "icon": icon,
                    "current": route == active,
                    "count": str(count) if count and count.waiting else None,
                    "late": bool(count and count.late),
                }
            )
    return {
        "nav": [{"label": label, "items": items} for label, items in groups.items()],
        "organisation": actor.organ,
        "person": actor.name,
        "role": "、".join(role_names(actor)) or "无角色",
        "notices": deadlines.unseen(actor.officer_id, tasks.own_cases(actor)),
        "notices_url": reverse("periods-notices"),
        "home_url": reverse("home"),
        "search_url": reverse("cases"),
        "sign_out_url": reverse("sign-out"),
    }


def role_names(actor: Actor) -> list[str]:
    return [str(label) for value, label in Role.choices if value in actor.roles]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    title: str,
    crumbs: Iterable[Crumb] = (),
    active: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page of the workbench: `template` extends workbench/base.html and fills the block `body`.

    `crumbs` are (label, url) from the top, the page itself comes last by its `title`; `active` is the route of the
    navigation entry. The context gains title, shell, crumbs, actor and form_token (for forms written by hand).
    """
    actor = actor_of(request)
    trail = [{"label": label, "url": url} for label, url in crumbs]
    full = {
        "title": title,
        "shell": shell(actor, active),
        "crumbs": [*trail, {"label": title, "url": ""}] if trail else [],
        "actor": actor,
        "form_token": fresh_token(),
        **(context or {}),
    }
    return render(request, template, full, status=status)


def form_page(
    request: HttpRequest,
    form: Form,
    *,
    title: str,
    submit: str,
    crumbs: Iterable[Crumb] = (),
    active: str = "cases",
    cancel_url: str = "",
    template: str = "workbench/form.html",
    **context: Any,
) -> HttpResponse:
    """A page with one form; 422 when the form came back with errors. Context: lead, confirm, danger, guard, autosave."""
    failed = form.is_bound and (bool(form.errors) or bool(form.refused))
    return page(
        request,
        template,
        {"form": form, "submit": submit, "cancel_url": cancel_url, **context},
        title=title,
        crumbs=crumbs,
        active=active,
        status=422 if failed else 200,
    )


def plainly(explained: Explained[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """An explanation for people: its steps and article. The facts carry names for programs and stand in the steps."""
    whole = explained.as_dict() if isinstance(explained, Explained) else dict(explained)
    return {name: whole[name] for name in ("steps", "article", "rule", "provisional") if name in whole}


def fresh_token() -> str:
    return uuid.uuid4().hex


class Form(forms.Form):
    """A form that speaks Chinese, carries a token against double submission and takes the errors of actions back.

    `names` maps a field of the action to the form's field where they differ. What the action refuses by law stands in
    `refused`, above the form, with articles.
    """

    names: Mapping[str, str] = {}
    form_token = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"id": False}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: list[Reason] = []
        self.fields["form_token"].initial = fresh_token()
        self._say()

    def full_clean(self) -> None:
        # Once more, for the fields that a form adds when it knows the case.
        self._say()
        super().full_clean()

    def _say(self) -> None:
        """Each field says in its own words what is missing, unless it has words already."""
        for name, field in self.fields.items():
            if field.label is None:
                field.label = name
            verb = (
                "选择"
                if isinstance(field, forms.ChoiceField)
                else "上传"
                if isinstance(field, forms.FileField)
                else "填写"
            )
            if str(field.error_messages.get("required")) == str(forms.Field.default_error_messages["required"]):
                field.error_messages["required"] = f"请{verb}{field.label}。"
            if isinstance(field, forms.DateTimeField):
                field.error_messages["invalid"] = f"请填写{field.label}（日期和时间）。"
            elif isinstance(field, forms.DateField):
                field.error_messages["invalid"] = f"请填写{field.label}（年-月-日）。"
            elif isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = f"请从列出的选项中选择{field.label}。"
            if isinstance(field, forms.FileField):
                field.error_messages["empty"] = "文件是空的（0 字节），没有保存。请检查设备后重新上传。"

    @property
    def token(self) -> str:
        return str(self.data.get(self.add_prefix("form_token"), ""))

    def take(self, error: InvalidInput) -> None:
        """Put the messages of an action beside the fields they speak of; those of no field stand on top."""
        for name, messages in error.fields.items():
            target = self.names.get(name, name)
            for message in messages:
                self.add_error(target if target in self.fields else None, message)


class PersonField(forms.ChoiceField):
    """People to choose from. Who is not offered is refused by the action, with its reason and on record."""

    def valid_value(self, value: Any) -> bool:
        try:
            uuid.UUID(str(value))
        except ValueError:
            return False
        return True


def date_field(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more)


def moment_field(label: str, **more: Any) -> forms.DateTimeField:
    """An instant in Shanghai wall time, to the minute."""
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **more)


def text_area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


@dataclass(frozen=True)
class Done:
    """An act that was carried out, with its JSON result."""

    result: Any


def submitted(
    request: HttpRequest,
    form: Form,
    act: Callable[[dict[str, Any]], Any],
    *,
    uploads: Mapping[str, Sequence[str]] | None = None,
    single: bool = True,
) -> Done | None:
    """Validate a posted form and carry `act(cleaned)` out once. None: show the form again, it carries what went wrong.

    `uploads` names file fields with their allowed media types: their bytes are received before the transaction and
    stand in `cleaned` as Incoming (or None). `act` must return JSON or nothing. `single=False`: the act may not run in
    a transaction of the caller (publishing); a double submit is then up to the action.
    NotPermitted and NotFound pass on to the error page.
    """
    if not form.is_valid():
        return None
    try:
        cleaned = {name: value for name, value in form.cleaned_data.items() if name != "form_token"}
        for name, allowed in (uploads or {}).items():
            cleaned[name] = received(cleaned.get(name), name, allowed)
        asked = {name: value.sha256 if isinstance(value, Incoming) else str(value) for name, value in cleaned.items()}
        asked["path"] = request.path
        if not single:
            return Done(act(cleaned))
        return Done(once(actor_of(request).officer_id, form.token, asked, lambda: act(cleaned)))
    except (MingchaError, DatabaseError) as error:
        if (shown := as_mingcha_error(error)) is not None:
            note(request, shown)
        refuse(form, error)
        return None


def refuse(form: Form, error: Exception) -> None:
    """Show on the form why an act was not carried out. Raises what belongs on an error page instead."""
    shown = as_mingcha_error(error)
    if shown is None or isinstance(shown, NotPermitted | NotFound):
        raise error
    if isinstance(shown, InvalidInput):
        form.take(shown)
    elif isinstance(shown, Refused):
        form.refused = shown.reasons
    else:
        form.add_error(None, shown.message)


def received(upload: Any, field: str, allowed: Sequence[str]) -> Incoming | None:
    """The bytes of an upload, safe in the store, or None where nothing was sent."""
    return receive(upload.chunks(), field=field, allowed=allowed) if upload else None


def acted(request: HttpRequest, act: Callable[[], Any]) -> Any:
    """Carry out a button without fields (form_token in the post) at most once."""
    asked = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    asked["path"] = [request.path]
    return once(actor_of(request).officer_id, str(request.POST.get("form_token", "")), asked, act)
