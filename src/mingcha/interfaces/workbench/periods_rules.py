"""Rules of periods (期限规则): each with its article, the law of its unit, whether it was checked, and a calculator."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.errors import MingchaError, NotFound
from mingcha.common.explained import Explained
from mingcha.deadlines import periods as reckoning
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines import rulebook
from mingcha.deadlines.calendar import written
from mingcha.deadlines.remedies import Remedy, court_window
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import Form, date_field, moment_field, page, refuse
from mingcha.interfaces.workbench.periods import CRUMBS, tabs

GROUPS = {
    "PEN": "行政处罚",
    "COE": "行政强制",
    "LIC": "行政许可",
    "PUB": "公示和信息公开",
    "REV": "行政复议",
    "LIT": "行政诉讼和赔偿",
    "CRM": "移送司法和监察",
    "INS": "行政检查",
    "EXP": "征收征用",
    "FEE": "收费和确认",
    "OTH": "档案、个人信息和计算规则",
}
_GROUP_OF = {"R06": "PEN", "G-2": "PEN", "GC-": "COE", "GL-": "LIC", "GM-": "CRM", "SUP": "CRM", "CFM": "FEE"}
REMEDIES = {
    "default": "可以复议，也可以起诉",
    "review-first": "须先申请复议（当场处罚等）",
    "special": "法律另有起诉期限",
    "reviewed": "已经复议，收到复议决定",
    "deferred": "批准延期、分期，填其结束之日",
    "untold": "没有告知救济途径和期限",
}


def _group(rule: rulebook.Rule) -> str:
    key = _GROUP_OF.get(rule.id[:3], rule.id[:3])
    return key if key in GROUPS else "OTH"


@viewers()
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule: what starts it, how long, in which unit under which law, article, verified or not."""
    actor = actor_of(request)
    group, text = str(request.GET.get("group", "")), str(request.GET.get("q", "")).strip()[:40]
    doubtful = request.GET.get("doubt") == "1"
    known = rulebook.rules(clock.today())
    shown = [
        rule
        for rule in known
        if (group not in GROUPS or _group(rule) == group)
        and (not doubtful or not rule.verified)
        and (
            not text or any(text.upper() in part.upper() for part in (rule.id, rule.label, rule.trigger, rule.article))
        )
    ]
    filters = [{"label": "全部", "url": "?", "count": len(known), "current": group not in GROUPS and not doubtful}]
    filters += [
        {
            "label": label,
            "url": f"?group={key}",
            "count": sum(_group(rule) == key for rule in known),
            "current": key == group,
        }
        for key, label in GROUPS.items()
    ]
    unverified = sum(not rule.verified for rule in known)
    filters.append({"label": "未核实", "url": "?doubt=1", "count": unverified, "current": doubtful})
    parts = [
        {"label": label, "rules": found}
        for key, label in GROUPS.items()
        if (found := [rule for rule in shown if _group(rule) == key])
    ]
    context = {"tabs": tabs("periods-rules", actor), "filters": filters, "parts": parts, "query": text}
    return page(request, "workbench/periods/rules.html", context, title="期限规则", crumbs=CRUMBS, active="periods")


class ReckonForm(Form):
    """The calculator of one rule; which fields it has depends on the rule."""

    def __init__(self, rule: rulebook.Rule, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if rule.kind == "before":
            self.fields["event"] = date_field("届满或者活动日期")
        elif rule.unit == "H":
            self.fields["start"] = moment_field(f"起算时间（{rule.trigger}）")
        else:
            self.fields["start"] = date_field(f"起算日（{rule.trigger}）")
        if rule.has_date and rule.length is None and not rule.fixed:
            self.fields["length"] = forms.IntegerField(
                label=f"期限长度（{rulebook.UNITS[rule.unit]}）", min_value=0, max_value=4000
            )
        if rule.pauses:
            reasons = "、".join(ground.reason for ground in rule.pauses)
            self.fields["pause_from"] = date_field("停止计算自", required=False, help_text=f"{reasons}。")
            self.fields["pause_to"] = date_field("停止计算至", required=False)
        if rule.extension:
            self.fields["extra"] = forms.IntegerField(
                label=f"批准延长（{rulebook.UNITS[rule.unit]}）",
                required=False,
                min_value=0,
                max_value=rule.extension.length,
                help_text=f"最长{rule.extension.length}{rulebook.UNITS[rule.unit]}，{rule.extension.by}，只能一次。",
            )
        if rule.id == "COE-09":
            self.fields[
                "start"
            ].help_text = "最后一项救济届满之日；选了下面的救济时，填送达、收到复议决定或者延期结束之日。"
            self.fields["remedy"] = forms.ChoiceField(
                label="当事人实际享有的救济", required=False, choices=[("", "救济届满之日已经确定"), *REMEDIES.items()]
            )
            self.fields["suit_days"] = forms.IntegerField(
                label="法律规定的起诉期限（日）",
                required=False,
                min_value=1,
                max_value=400,
                help_text="法律另有起诉期限时填写。",
            )
        for field in self.fields.values():
            # The base class has seen only the fields of the class.
            field.error_messages["required"] = f"请填写{field.label}。"
            if isinstance(field, forms.DateField | forms.DateTimeField):
                what = "日期和时间" if isinstance(field, forms.DateTimeField) else "年-月-日"
                field.error_messages["invalid"] = f"请填写{field.label}（{what}）。"


@viewers()
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule with all it says, its other terms, and a calculator that counts day by day."""
    actor = actor_of(request)
    try:
        row = rulebook.rule(rule_id, clock.today())
    except MingchaError as error:
        raise NotFound(error.message) from None
    form = ReckonForm(row, request.GET if {"start", "event"} & set(request.GET) else None)
    result, status, unknown = None, "", False
    if row.has_date and form.is_bound and form.is_valid():
        try:
            result = _reckon(row, form.cleaned_data, actor)
            unknown = result is None
            if result is not None and isinstance(result.value, dt.datetime):
                status = result.value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
            elif result is not None:
                status = result.value.isoformat()
        except MingchaError as error:
            refuse(form, error)
    base = row.id.partition(":")[0]
    context = {
        "tabs": tabs("periods-rules", actor),
        "rule": row,
        "group": GROUPS[_group(row)],
        "unit": {
            "W": "工作日",
            "N": "自然日",
            "M": "月",
            "Y": "年",
            "H": "小时",
            "D": "每年定日",
            "P": "每日百分比",
        }.get(row.unit, ""),
        "kind": {
            "within": "应在期限内完成",
            "right": "期满即生法定效果",
            "wait": "期满后方可进行",
            "before": "至少提前若干日",
            "rate": "按日加处",
            "prompt": "立即或者及时，没有天数",
            "gate": "办理条件，没有期限",
        }[row.kind],
        "others": [
            item for item in rulebook.rules(clock.today()) if item.id.partition(":")[0] == base and item.id != row.id
        ],
        "form": form,
        "result": result,
        "value": status,
        "unknown": unknown,
    }
    crumbs = [*CRUMBS, ("期限规则", reverse("periods-rules"))]
    return page(
        request, "workbench/periods/rule.html", context, title=f"{row.id} {row.label}", crumbs=crumbs, active="periods"
    )


def _reckon(row: rulebook.Rule, asked: dict[str, Any], actor: Actor) -> Explained[Any] | None:
    """The reckoning, or None where only a person can tell (remedies not told)."""
    calendar = deadlines.calendar(actor.jurisdiction)
    if asked.get("remedy"):
        window = court_window(Remedy(asked["remedy"]), asked["start"], calendar, suit_days=asked.get("suit_days"))
        if window is None:
            return None
        alert = f"预警按最早的可能日期：{written(window.alert_on)}。"
        return replace(window.last_day, steps=(*window.opens_after.steps, *window.last_day.steps, alert))
    if row.kind == "before":
        return reckoning.latest_notice(row, asked["event"], calendar)
    if row.unit == "H":
        return reckoning.compute_hours(row, asked["start"], length=asked.get("length"))
    pauses = []
    if asked.get("pause_from") and asked.get("pause_to"):
        pauses.append(reckoning.Pause(asked["pause_from"], asked["pause_to"]))
    return reckoning.compute(
        row, asked["start"], calendar, pauses=pauses, extra=asked.get("extra") or 0, length=asked.get("length")
    )
