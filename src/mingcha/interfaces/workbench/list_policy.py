"""Policy profiles (政策参数): values with source and effect, five ready ones, changes with reason; trying a review list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access as case_access
from mingcha.cases import queries as cases
from mingcha.catalogues import access, actions, conditions, overview, profiles, queries
from mingcha.catalogues.models import Edition
from mingcha.catalogues.schemas import schema
from mingcha.common import clock, money
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, NotFound
from mingcha.common.explained import Explained
from mingcha.deadlines import queries as deadlines
from mingcha.documents import queries as documents
from mingcha.documents.rules import money as sum_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, plainly, refuse, submitted, text_area
from mingcha.interfaces.workbench.list_drafts import suggestions
from mingcha.interfaces.workbench.list_forms import FactsForm, policy_field, policy_value
from mingcha.interfaces.workbench.lists import CRUMBS, organisation_of, values_of
from mingcha.interfaces.workbench.policy_parts import shown as parts_of


@viewers()
def policy(request: HttpRequest) -> HttpResponse:
    """The profile in force: each value, where it comes from, what it decides today; the five ready ones beside it."""
    actor, today = actor_of(request), clock.today()
    organ = organisation_of(request, actor)
    running = queries.in_force(organ.id, "policy-profile", today)
    content = running.content if running else {}
    own = organ.id == actor.organ_id
    context = {
        "organ": organ,
        "edition": running,
        "values": values_of(content),
        "parts": parts_of(content) if running else [],
        "effects": effects(actor, organ.id, content) if running else [],
        "ready": [{"code": code, **row} for code, row in profiles.shipped().items()],
        "compared": compared(content),
        "draft": queries.open_draft(organ.id, "policy-profile", "all"),
        "may_write": own and actor.has(*access.WRITERS),
    }
    return page(request, "workbench/lists/policy.html", context, title="政策参数", crumbs=CRUMBS, active="lists")


def compared(content: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """One row per key, own value and those of the five documents: first where these differ, then where they are alike."""
    rows: dict[str, list[dict[str, Any]]] = {"differing": [], "alike": []}
    for name, key in profiles.keys().items():
        own = profiles.words(name, profiles.value(content, name)) if content else ""
        others = [(row["name"], profiles.words(name, profiles.value(row, name))) for row in profiles.shipped().values()]
        cells = [{"name": title, "words": text, "same": text == own} for title, text in others]
        alike = len({text for _, text in others}) == 1
        rows["alike" if alike else "differing"].append({"label": key.label, "own": own, "others": cells})
    return rows


def effects(actor: Actor, organ_id: Any, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the values come to today, each with its reckoning."""
    today = clock.today()
    table = deadlines.calendar(actor.jurisdiction)
    reviewers = accounts.officers_with_role(organ_id, Role.REVIEWER).count()
    ratio = profiles.ratio(content, reviewers, accounts.enforcing(organ_id, today))
    upload = profiles.upload_due(content, today, table.nth_workday)
    penalty = profiles.publish_due(content, "penalty", today, table.nth_workday)
    other = profiles.publish_due(content, "other", today, table.nth_workday)
    report = profiles.report_due(content, today.year)
    plans = overview.plans_due(organ_id, today.replace(month=1, day=1), today.replace(month=12, day=31), today)
    rows: list[tuple[str, str, str, Explained[Any]]] = [
        ("审核人员配备", "达到要求" if ratio.value else "没有达到要求", "ok" if ratio.value else "late", ratio),
        ("今天录制的音像", f"最迟{upload.value}入库" if upload.value else "没有期限", "", upload),
        ("今天作出的处罚决定", f"最迟{penalty.value}公开", "", penalty),
        ("今天作出的其他决定", f"最迟{other.value}公开", "", other),
        (f"{today.year}年度报告", f"最迟{report.value}公开、上报" if report.value else "没有规定日期", "", report),
    ]
    found: list[dict[str, Any]] = [{"label": a, "value": b, "kind": c, "explained": plainly(d)} for a, b, c, d in rows]
    if plans:
        missing = [item.term.label for item in plans if item.state == "late"]
        text = f"今年应当公布{len(plans)}期，" + (f"还缺{'、'.join(missing)}" if missing else "到期的都已公布")
        found.append({"label": "检查计划", "value": text, "kind": "late" if missing else "ok", "explained": None})
    else:
        found.append({"label": "检查计划", "value": "政策没有规定频次", "kind": "", "explained": None})
    return found


class TemplateForm(Form):
    template = forms.ChoiceField(label="以哪一份为模板", widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, f"{row['name']}——{row['document']['title']}") for code, row in profiles.shipped().items()]
        self.fields["template"].choices = [("", "从现行的政策参数开始"), *choices]  # type: ignore[attr-defined]
        self.fields["template"].required = False


@officials(*access.WRITERS)
def begin(request: HttpRequest) -> HttpResponse:
    """Begin the next profile, from the one in force or from a ready one."""
    actor = actor_of(request)
    form = TemplateForm(request.POST or None, initial={"template": request.GET.get("template", "")})
    running = queries.in_force(actor.organ_id, "policy-profile", clock.today())

    def act(cleaned: dict[str, Any]) -> None:
        content = None
        if cleaned["template"]:
            own = running.content if running else {}
            hearing, organ = own.get("hearing", {}), own.get("organ", {})
            content = profiles.compose(cleaned["template"], hearing=hearing, organ=organ, terms=own.get("terms"))
        actions.begin("policy-profile", "all", title="政策参数", actor=actor, content=content)

    if request.method == "POST":
        try:
            if submitted(request, form, act, single=False):
                return redirect("policy-edit")
        except Conflict:
            return redirect("policy-edit")
        if any(error for error in form.non_field_errors()) and queries.open_draft(
            actor.organ_id, "policy-profile", "all"
        ):
            return redirect("policy-edit")
    lead = "听证标准、办理地址和账户、本地期限沿用现行的；其余各值采用模板，随后可以逐项改，改的每一项都要写明理由。"
    return form_page(
        request, form, title="修订政策参数", submit="开始修订", lead=lead, crumbs=[*CRUMBS, ("政策参数", reverse("policy"))],
        active="lists", cancel_url=reverse("policy"),
    )  # fmt: skip


@viewers(*access.WRITERS)
def edit(request: HttpRequest) -> HttpResponse:
    """The open draft of the profile: every value with the way to change it."""
    actor = actor_of(request)
    draft = queries.open_draft(actor.organ_id, "policy-profile", "all")
    if draft is None:
        return redirect("policy-begin")
    context = {"draft": draft, "values": values_of(draft.content), "parts": parts_of(draft.content)}
    crumbs = [*CRUMBS, ("政策参数", reverse("policy"))]
    return page(request, "workbench/lists/policy_edit.html", context, title=str(draft), crumbs=crumbs, active="lists")


@officials(*access.WRITERS)
def edit_value(request: HttpRequest, name: str) -> HttpResponse:
    """Change one value of the draft, with the reason."""
    actor = actor_of(request)
    draft = queries.open_draft(actor.organ_id, "policy-profile", "all")
    name = name.replace("--", ".")
    key = profiles.keys().get(name)
    if draft is None or key is None:
        raise NotFound("没有找到这一项政策参数，或者还没有开始修订。")
    stored = draft.content.get("values", {}).get(name, {})
    form = Form(request.POST or None)
    form.fields |= policy_field(key, profiles.value(draft.content, name))
    form.fields["reason"] = forms.CharField(
        label="为什么改",
        max_length=300,
        widget=text_area(3),
        initial=stored.get("reason", ""),
        help_text="公布时与新的值一起公开。",
    )
    form.fields["verified"] = forms.BooleanField(
        label="已经与依据文件核对", required=False, initial=stored.get("verified")
    )
    form.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": False}), initial=draft.version)

    def act(cleaned: dict[str, Any]) -> None:
        value = policy_value(key, cleaned)
        if not profiles.fits(key, value):
            raise InvalidInput({"value" if "value" in form.fields else "": [f"“{key.label}”的值不完整。{key.floor}"]})
        row = {
            "value": value, "source": "本机关确定", "words": "", "verified": bool(cleaned["verified"]),
            "reason": cleaned["reason"], "instead": stored.get("instead", stored.get("value", key.default)),
        }  # fmt: skip
        values = {**draft.content.get("values", {}), name: row}
        content = profiles.flattened({**draft.content, "values": values})
        actions.save_content(draft.id, content, actor=actor, version=cleaned["seen"])

    if request.method == "POST" and submitted(request, form, act):
        return redirect(reverse("policy-edit") + f"#{name}")
    crumbs = [*CRUMBS, ("政策参数", reverse("policy")), (str(draft), reverse("policy-edit"))]
    return form_page(
        request, form, title=key.label, submit="保存", lead=f"{key.decides}{key.floor}", crumbs=crumbs, active="lists",
        cancel_url=reverse("policy-edit"),
    )  # fmt: skip


_VERDICTS: dict[bool | None, tuple[str, str]] = {
    True: ("符合", "act"),
    False: ("不符合", ""),
    None: ("没有认定", "warn"),
}


@viewers()
def trying(request: HttpRequest) -> HttpResponse:
    """Which entries of the review list a case meets: a real one, or values typed in."""
    actor = actor_of(request)
    running = queries.in_force(actor.organ_id, "review-list", clock.today())
    if running is None:
        raise NotFound("本机关没有公布法制审核目录清单，无从试算。")
    names = suggestions_of(running)
    form = FactsForm(list(names.items()), request.GET or None)
    recent = list(case_access.visible(actor).filter(organisation_id=actor.organ_id).order_by("-created_at")[:20])
    facts: dict[str, Any] | None = None
    chosen = next((row for row in recent if str(row.id) == request.GET.get("case")), None)
    try:
        if chosen is not None:
            facts = facts_of(chosen)
        elif form.is_bound and form.is_valid():
            facts = form.facts()
    except MingchaError as error:
        if isinstance(error, InvalidInput):
            for name, messages in error.fields.items():
                form.add_error(name, messages[0])
        else:
            refuse(Form(), error)
    draft = queries.open_draft(actor.organ_id, "review-list", running.key)
    entries = (
        queries.composed(draft)["entries"]
        if draft and request.GET.get("which") == "draft"
        else running.content["entries"]
    )
    rows = []
    for entry in entries if facts is not None else []:
        if not entry.get("condition") or conditions.check(entry["condition"]):
            continue
        verdict = conditions.evaluate(entry["condition"], facts or {})
        word, kind = _VERDICTS[verdict.holds]
        said = conditions.sentence(entry["condition"], names)
        note = f"要看：{'、'.join(verdict.unknown)}" if verdict.unknown else said
        rows.append(
            {
                "cells": [
                    entry.get("code", ""),
                    {"text": entry.get("plain", ""), "note": note},
                    {"tag": word, "tag_kind": kind},
                ]
            }
        )
    context = {
        "form": form, "edition": running, "draft": draft, "facts": said_facts(facts or {}, names), "rows": rows,
        "asked": facts is not None, "cases": recent, "chosen": chosen,
        "columns": [{"label": "编码"}, {"label": "应当审核的情形"}, {"label": "结果"}],
        "hit": any(row["cells"][2]["tag"] != "不符合" for row in rows),
    }  # fmt: skip
    crumbs = [*CRUMBS, (str(running), reverse("list-edition", args=[running.id]))]
    return page(request, "workbench/lists/try.html", context, title="试一试", crumbs=crumbs, active="lists")


def suggestions_of(running: Edition) -> dict[str, str]:
    """Published procedures by code."""
    return suggestions(schema("review-list"), running.organisation_id)


def facts_of(case: Any) -> dict[str, Any]:
    """What a case states by itself: procedure, act type, party, intended penalties."""
    penalties: list[dict[str, Any]] = []
    for kind in ("penalty-decision", "penalty-notice", "investigation-report"):
        draft = documents.draft(case, kind)
        if draft and draft.fields.get("penalties"):
            penalties = draft.fields["penalties"]
            break
    party = cases.party(case)
    found: dict[str, Any] = {
        "procedure": cases.procedure(case).code, "act_type": case.act_type, "party_kind": party.kind, "hearing_held": False,
    }  # fmt: skip
    if penalties:
        found |= {"kinds": {row["kind"] for row in penalties}, "fine": sum_of(penalties, "fine")}
        found["confiscation"] = sum_of(penalties, "confiscate_gains")
    return found


def said_facts(facts: Mapping[str, Any], procedures: Mapping[str, str]) -> list[dict[str, str]]:
    """Facts in words, for the page."""
    amounts = {"fine": "罚款", "confiscation": "没收违法所得", "amount": "涉案金额"}
    rows = []
    for name, value in facts.items():
        key = conditions.keys().get(name)
        if name in amounts:
            rows.append({"label": amounts[name], "value": f"{money.yuan(int(value))}元"})
        elif name == "party_kind":
            rows.append({"label": "当事人", "value": "公民" if value == "person" else "单位"})
        elif name == "complaints":
            rows.append({"label": "投诉举报", "value": f"{value}件"})
        elif key is not None and isinstance(value, bool):
            rows.append({"label": key.label, "value": "是" if value else "否"})
        elif key is not None:
            labels = procedures if key.type == "procedures" else key.choices
            items = [value] if isinstance(value, str) else sorted(value)
            rows.append({"label": key.label, "value": "、".join(labels.get(item, item) for item in items)})
    return rows
