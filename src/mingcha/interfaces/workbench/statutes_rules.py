"""The library of the institution's own rules (制度文件): list, draft, issue, file with the justice bureau, repeal."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header

from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.files import queries as files
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import handbook
from mingcha.interfaces.workbench.base import Form, date_field, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.statutes import CRUMBS, table_file, tabs
from mingcha.statutes import actions
from mingcha.statutes import queries as statutes
from mingcha.statutes.choices import RuleKind, RuleState
from mingcha.statutes.models import RuleVersion
from mingcha.statutes.splitting import rule_lines

PAPERS = ("application/pdf", "image/png", "image/jpeg")
RULE_CRUMBS = [*CRUMBS, ("制度文件", "/in/statutes/rules/")]
_STATES = {
    RuleState.DRAFT: "warn",
    RuleState.ISSUED: "ok",
    RuleState.SUPERSEDED: "empty",
    RuleState.REPEALED: "late",
}


class TextForm(Form):
    body = forms.CharField(
        label="正文",
        max_length=200_000,
        widget=text_area(18),
        help_text="从原件复制正文；每条以“第几条”开头另起一行，系统据此生成目录。",
    )
    original = forms.FileField(label="原件", required=False, help_text="盖章的文本，PDF或者图片。")


class RuleForm(TextForm):
    kind = forms.ChoiceField(label="种类", choices=[("", "请选择"), *RuleKind.choices])
    title = forms.CharField(label="名称", max_length=120)
    field_order = ("kind", "title", "body", "original")


class IssueForm(Form):
    document_number = forms.CharField(label="文号", max_length=60, help_text="例如：明综执发〔2026〕8号")
    effective_from = date_field("施行日期")


class FilingForm(Form):
    authority = forms.CharField(label="备案机关", max_length=100, help_text="本级司法局。")
    number = forms.CharField(label="备案号", max_length=60)
    filed_on = date_field("备案日期")
    receipt = forms.FileField(label="备案回执", required=False, help_text="PDF或者图片。")


class RepealForm(Form):
    last_day = date_field("施行的最后一天")
    reason = forms.CharField(label="废止理由", max_length=300, widget=text_area(3))


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    """All rules of the organ, filtered by kind and by words of the title."""
    actor = actor_of(request)
    kind, text = str(request.GET.get("kind", "")), str(request.GET.get("title", "")).replace("\0", "").strip()[:60]
    rows = [row for row in statutes.rules(actor.organ_id) if kind in ("", row.kind) and text in row.title]
    context = {
        "tabs": tabs(request, "rules"),
        "rows": [_line(row) for row in rows],
        "kinds": [{"label": "全部", "url": "?", "current": not kind}]
        + [{"label": label, "url": f"?kind={value}", "current": value == kind} for value, label in RuleKind.choices],
        "q": text,
        "filtered": bool(kind or text),
        "keeper": actor.has(Role.ADMIN, Role.REVIEWER),
        "choosing": statutes.in_force_rules(actor.organ_id, clock.today()),
    }
    return page(request, "workbench/statutes/rules.html", context, title="制度文件", crumbs=CRUMBS, active="statutes")


def _line(row: Any) -> dict[str, Any]:
    versions = list(row.versions.all())
    shown = next((version for version in versions if version.state == RuleState.ISSUED), versions[0])
    filing = getattr(shown, "filing", None)
    return {
        "rule": row,
        "version": shown,
        "state": (_STATES[RuleState(shown.state)], shown.get_state_display()),
        "draft": any(version.state == RuleState.DRAFT for version in versions) and shown.state != RuleState.DRAFT,
        "filing": f"{filing.number}（{filing.filed_on.isoformat()}）" if filing else "",
        "unfiled": shown.state == RuleState.ISSUED and filing is None,
    }


@viewers()
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Every version of every rule as CSV."""
    rows = (
        [
            rule.get_kind_display(),
            rule.title,
            f"第{version.number}版",
            version.get_state_display(),
            version.document_number,
            version.effective_from or "",
            version.effective_to or "",
            version.filing.number if hasattr(version, "filing") else "",
        ]
        for rule in statutes.rules(actor_of(request).organ_id)
        for version in rule.versions.all()
    )
    return table_file("rules.csv", ["种类", "名称", "版本", "状态", "文号", "施行", "终止", "备案号"], rows)


@officials(Role.ADMIN, Role.REVIEWER)
def new(request: HttpRequest) -> HttpResponse:
    form = RuleForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(actions.draft_rule(actor=actor_of(request), **cleaned).id),
            uploads={"original": PAPERS},
        )
        if done is not None:
            return redirect("rule-version", done.result)
    return form_page(
        request, form, title="起草制度", submit="保存草稿", crumbs=RULE_CRUMBS, active="statutes",
        cancel_url=reverse("rules"), guard=True,
    )  # fmt: skip


@viewers()
def rule(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    """A rule through its versions."""
    actor = actor_of(request)
    row = statutes.rule(rule_id, actor.organ_id)
    versions = list(row.versions.all())
    context = {
        "rule": row,
        "versions": [
            {
                "row": version,
                "state": (_STATES[RuleState(version.state)], version.get_state_display()),
                "filing": getattr(version, "filing", None),
            }
            for version in versions
        ],
        "may_draft": actor.has(Role.ADMIN, Role.REVIEWER)
        and not any(version.state == RuleState.DRAFT for version in versions),
    }
    return page(
        request, "workbench/statutes/rule.html", context, title=row.title, crumbs=RULE_CRUMBS, active="statutes"
    )


@officials(Role.ADMIN, Role.REVIEWER)
def draft(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    """The next version, beginning with the text of the last."""
    actor = actor_of(request)
    row = statutes.rule(rule_id, actor.organ_id)
    last = statutes.version(row.versions.all()[0].id, actor.organ_id)
    form = TextForm(request.POST or None, request.FILES or None, initial={"body": last.body})
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(actions.new_version(row.id, actor=actor, **cleaned).id),
            uploads={"original": PAPERS},
        )
        if done is not None:
            return redirect("rule-version", done.result)
    crumbs = [*RULE_CRUMBS, (row.title, reverse("rule", args=[row.id]))]
    return form_page(
        request, form, title="起草新版", submit="保存草稿", crumbs=crumbs, active="statutes",
        cancel_url=reverse("rule", args=[row.id]), guard=True,
    )  # fmt: skip


@viewers()
def version(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """The text of one version, with what can be done next."""
    actor = actor_of(request)
    row = statutes.version(version_id, actor.organ_id)
    keeper = actor.has(Role.ADMIN, Role.REVIEWER)
    filing = getattr(row, "filing", None)
    context = {
        "version": row,
        "state": (_STATES[RuleState(row.state)], row.get_state_display()),
        "lines": rule_lines(row.body),
        "filing": filing,
        "may_change": keeper and row.state == RuleState.DRAFT,
        "may_file": keeper and row.state != RuleState.DRAFT and filing is None,
        "may_repeal": keeper and row.state == RuleState.ISSUED,
    }
    crumbs = [*RULE_CRUMBS, (row.rule.title, reverse("rule", args=[row.rule_id]))]
    return page(
        request, "workbench/statutes/version.html", context, title=f"{row.rule.title}（第{row.number}版）",
        crumbs=crumbs, active="statutes",
    )  # fmt: skip


def _step(
    request: HttpRequest, row: RuleVersion, form: Form, act: Any, title: str, submit: str, **more: Any
) -> HttpResponse:
    """A form about one version; back to the version when it is done."""
    uploads = {name: PAPERS for name, field in form.fields.items() if isinstance(field, forms.FileField)}
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: str(act(row.id, actor=actor_of(request), **cleaned).pk), uploads=uploads
        )
        if done is not None:
            return redirect("rule-version", row.id)
    here = reverse("rule-version", args=[row.id])
    crumbs = [*RULE_CRUMBS, (f"{row.rule.title}（第{row.number}版）", here)]
    return form_page(
        request, form, title=title, submit=submit, crumbs=crumbs, active="statutes", cancel_url=here, **more
    )


def _own(request: HttpRequest, version_id: uuid.UUID) -> RuleVersion:
    return statutes.version(version_id, actor_of(request).organ_id)


@officials(Role.ADMIN, Role.REVIEWER)
def edit(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    row = _own(request, version_id)
    form = TextForm(request.POST or None, request.FILES or None, initial={"body": row.body})
    return _step(request, row, form, actions.rewrite, "修改草稿", "保存", guard=True)


@officials(Role.ADMIN, Role.REVIEWER)
def issue(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    row = _own(request, version_id)
    form = IssueForm(request.POST or None)
    return _step(
        request, row, form, actions.issue_rule, "印发", "印发", confirm="印发后正文不能再改，原来施行的版本同时终止。"
    )


@officials(Role.ADMIN, Role.REVIEWER)
def file(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    row = _own(request, version_id)
    form = FilingForm(request.POST or None, request.FILES or None)
    return _step(request, row, form, actions.file_rule, "登记备案", "登记备案")


@officials(Role.ADMIN, Role.REVIEWER)
def repeal(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    row = _own(request, version_id)
    form = RepealForm(request.POST or None)
    return _step(
        request,
        row,
        form,
        actions.repeal_rule,
        "废止",
        "废止",
        confirm="废止后不能恢复，需要时另行起草新版。",
        danger=True,
    )


@viewers()
def original(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """The stamped original of a version, or the receipt of its filing; only of the person's own organ."""
    row = statutes.version_with_file(sha256, actor_of(request).organ_id)
    if row is None:
        raise NotFound("没有找到这个文件，或者它不属于本机关的制度。")
    stored = files.stored(sha256)
    response = FileResponse(files.content_path(sha256).open("rb"), content_type=stored.media_type)
    ending = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}.get(stored.media_type, "bin")
    name = f"{row.rule.title}第{row.number}版{'原件' if row.file_sha256 == sha256 else '备案回执'}.{ending}"
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    return response


@viewers()
def handbook_pdf(request: HttpRequest) -> HttpResponse:
    """The chosen rules in force (all, when none is chosen) as a printed handbook (执法工作手册)."""
    actor = actor_of(request)
    rows = statutes.in_force_rules(actor.organ_id, clock.today())
    if chosen := set(request.GET.getlist("version")):
        rows = [row for row in rows if str(row.id) in chosen]
    if not rows:
        raise NotFound("没有正在施行的制度文件，不能汇编手册。请先印发制度文件。")
    response = HttpResponse(handbook.pdf(actor.organ, rows, clock.today()), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, "执法工作手册.pdf") or "inline"
    return response
