"""The book of forms (文书格式): the whole set, each form with fields, checks, guide and specimen, and its filing."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.common.errors import NotFound
from mingcha.documents.checking import VALIDATORS
from mingcha.documents.filings import actions
from mingcha.documents.filings.queries import filed
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.about import FORMS, LADDER, SERVICES, SIGNERS, SPHERES, VOLUMES, About
from mingcha.documents.rendering.fields import SOURCES, Field
from mingcha.documents.specimen import schema, specimen
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted
from mingcha.procedures.queries import codes, definition_file

_CRUMBS = [("文书格式", "/in/forms/")]
_TYPES = {
    "text": "文字", "long": "长文字", "date": "日期", "moment": "日期和时间", "int": "整数", "money": "金额", "bool": "是否",
    "enum": "选项", "object": "一组", "list": "多行", "texts": "多段",
}  # fmt: skip
_UNVERIFIED = {
    "number_code": "文种代字", "service": "送达方式", "copies": "份数", "signatures": "签名盖章", "volume": "归入案卷",
    "remedy": "救济途径", "fields": "要素", "validators": "校验",
}  # fmt: skip


class FilingForm(Form):
    filed_with = forms.CharField(label="备案机关", max_length=100)
    number = forms.CharField(label="备案编号", max_length=60)
    filed_on = forms.DateField(label="备案日期", widget=forms.DateInput(attrs={"type": "date"}))
    scope = forms.ChoiceField(
        label="备案范围",
        choices=[("all", "全部没有备案或者备案后有变动的格式"), ("one", "只登记一种")],
        widget=forms.RadioSelect,
        initial="all",
    )
    kind = forms.ChoiceField(label="文书格式", required=False, choices=[])


def _state(kind: str, known: dict[str, Any]) -> tuple[str, str]:
    row = known.get(kind)
    if row is None:
        return "没有备案", "warn"
    if row.digest != template(kind).digest:
        return "备案后有变动", "late"
    return "已备案", "ok"


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    """All forms by number, with search and filters by sphere, procedure and filing."""
    actor = actor_of(request)
    known = filed(actor.organ_id)
    wanted = str(request.GET.get("q", "")).strip()[:40]
    sphere, procedure, state = (str(request.GET.get(name, "")) for name in ("sphere", "procedure", "state"))
    # 行政处罚普通程序 reads as 行政处罚普通 beside the others.
    names = {code: str(definition_file(code)["name"]).partition("（")[0].removesuffix("程序") for code in codes()}
    rows = []
    for kind in sorted(kinds(), key=lambda name: (template(name).about.no or 999, name)):
        form, about = template(kind), template(kind).about
        words, colour = _state(kind, known)
        if wanted and wanted not in form.title and wanted not in about.number_code and wanted != str(about.no):
            continue
        if (sphere and about.sphere != sphere) or (state and colour != state):
            continue
        if procedure and about.procedures and procedure not in about.procedures:
            continue
        rows.append(
            {
                "cells": [
                    {"text": form.title, "url": reverse("form", args=[kind]), "note": _numbers(about)},
                    SPHERES[about.sphere],
                    "、".join(dict.fromkeys(names.get(code, code) for code in about.procedures)) or "各类",
                    SERVICES[about.service],
                    {"tag": words, "tag_kind": colour},
                ]
            }
        )
    context = {
        "rows": rows,
        "columns": [{"label": name} for name in ("文书", "性质", "用于", "送达", "备案")],
        "q": wanted,
        "filters": [
            {"name": "sphere", "label": "性质", "value": sphere, "options": [("", "全部"), *SPHERES.items()]},
            {
                "name": "procedure",
                "label": "用于",
                "value": procedure,
                "options": [("", "全部"), *sorted(names.items())],
            },
            {
                "name": "state",
                "label": "备案",
                "value": state,
                "options": [("", "全部"), ("ok", "已备案"), ("warn", "没有备案"), ("late", "备案后有变动")],
            },
        ],
        "total": len(kinds()),
        "may_file": actor.has(Role.ADMIN),
    }
    return page(request, "workbench/forms/listing.html", context, title="文书格式", active="forms")


def _numbers(about: About) -> str:
    parts = [f"第{about.no}号"] if about.no else []
    return "，".join([*parts, f"文种代字“{about.number_code}”" if about.number_code else "使用案号"])


def _known(kind: str) -> str:
    if kind not in kinds():
        raise NotFound("没有这种文书格式。")
    return kind


@viewers()
def one(request: HttpRequest, kind: str) -> HttpResponse:
    """One form: what it is for, who signs, how it is served, every field with its source, every check with its article."""
    form = template(_known(kind))
    about = form.about
    actor = actor_of(request)
    known = filed(actor.organ_id)
    words, colour = _state(kind, known)
    row = known.get(kind)
    filing = f"{row.filed_with}，{row.number}，{row.filed_on.isoformat()}" if row else ""
    context = {
        "kind": kind,
        "facts": [
            {"label": "性质", "value": SPHERES[about.sphere]},
            {"label": "编号", "value": _numbers(about)},
            {"label": "归入", "value": f"{VOLUMES[about.volume]}，一式{about.copies}份"},
            {"label": "送达", "value": SERVICES[about.service]},
            {"label": "签名盖章", "value": _signers(about)},
            {"label": "备案", "value": filing or words, "tag": words if filing else "", "tag_kind": colour},
            {"label": "版本", "value": f"第{form.version}版", "note": f"摘要值 {form.digest[:16]}…"},
        ],
        "about": about,
        "fields": [line for field in form.fields for line in _fields(field)],
        "field_columns": [{"label": name} for name in ("要素", "类型", "必填", "来源", "说明")],
        "checks": _checks(about),
        "check_columns": [{"label": name} for name in ("检查什么", "依据", "不符合时")],
        "unverified": [_UNVERIFIED.get(name, name) for name in about.unverified],
    }
    return page(request, "workbench/forms/form.html", context, title=form.title, crumbs=_CRUMBS, active="forms")


def _signers(about: About) -> str:
    if not about.signatures:
        return "不需要"
    words = [f"{SIGNERS[row.who]}{FORMS[row.form]}{'' if row.required else '（需要时）'}" for row in about.signatures]
    return "、".join(words)


def _fields(field: Field, depth: int = 0) -> list[dict[str, Any]]:
    source = "案件或者名册带入" if field.fill else "系统计算" if field.calc else SOURCES[field.source]
    notes = [field.note, "、".join((field.choices or {}).values())]
    label = "　" * depth + field.label_zh
    must = "是" if field.required else "有条件" if field.required_when else ""
    cells = [label, _TYPES[field.type], must, source, "；".join(note for note in notes if note)]
    return [{"cells": cells}, *(line for inner in field.of for line in _fields(inner, depth + 1))]


def _checks(about: About) -> list[dict[str, Any]]:
    rows = []
    for params in about.validators:
        words = VALIDATORS[params["code"]][0] if params["code"] in VALIDATORS else ""
        if params.get("document"):
            words += f"（《{template(params['document']).title}》）"
        rows.append({"cells": [words or params["code"], params.get("article", params["code"]), "不能制作"]})
    for rule in about.checks:
        end = "不能制作" if rule.level == "refuse" else "记入文书，供审核"
        rows.append({"cells": [rule.text, rule.article, {"text": end, "note": LADDER[rule.ladder][0]}]})
    return rows


@viewers()
def specimen_pdf(request: HttpRequest, kind: str) -> HttpResponse:
    """The specimen of a form as PDF."""
    response = HttpResponse(specimen(_known(kind)).pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{kind}.pdf"'
    return response


@viewers()
def schema_json(request: HttpRequest, kind: str) -> HttpResponse:
    """The form for programs."""
    body = json.dumps(schema(_known(kind)), ensure_ascii=False, indent=1)
    response = HttpResponse(body, content_type="application/schema+json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind}.schema.json"'
    return response


@officials(Role.ADMIN)
def file(request: HttpRequest) -> HttpResponse:
    """Record that forms were filed with the justice bureau."""
    actor = actor_of(request)
    form = FilingForm(request.POST or None)
    choice = form.fields["kind"]
    if isinstance(choice, forms.ChoiceField):
        choice.choices = [("", "（登记全部时不选）"), *((kind, template(kind).title) for kind in kinds())]
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _file(cleaned, actor))
        if done:
            messages.success(request, f"已登记{done.result}种文书格式的备案。")
            return redirect("forms")
    return form_page(
        request,
        form,
        title="登记文书格式备案",
        submit="登记",
        crumbs=_CRUMBS,
        active="forms",
        cancel_url=reverse("forms"),
        lead="文书格式应当报司法行政部门备案。格式有变动的，须再次备案。",
    )


def _file(cleaned: dict[str, Any], actor: Any) -> int:
    wanted = kinds() if cleaned["scope"] == "all" else [cleaned["kind"]]
    rows = actions.record(
        wanted,
        actor=actor,
        filed_with=cleaned["filed_with"],
        number=cleaned["number"],
        filed_on=cleaned["filed_on"],
    )
    return len(rows)
