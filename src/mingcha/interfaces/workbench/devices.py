"""Recording devices (执法记录设备): register, allocation, check before the shift, faults, standard of equipment."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import (
    Form,
    date_field,
    form_page,
    page,
    plainly,
    submitted,
    text_area,
)
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.recordings.choices import DeviceKind, DeviceNoteKind, DeviceState
from mingcha.recordings.devices import actions, queries, rules
from mingcha.recordings.models import Device

_SIZE = 50
_MOST = 20_000
_ORDER = ("number", "id")
_HEADS = (
    "设备编号", "种类", "厂商", "型号", "固件", "状态", "领用", "安装地点", "购置日期", "最近检查", "时钟误差（秒）", "机关",
)  # fmt: skip
_TAGS = {DeviceState.USABLE: "ok", DeviceState.FAULTY: "warn", DeviceState.SCRAPPED: "empty"}


class RegisterForm(Form):
    """A device entered in the register."""

    number = forms.CharField(label="设备编号", max_length=60, help_text="与设备机身或者文件名中的编号一致。")
    kind = forms.ChoiceField(label="种类", choices=DeviceKind.choices)
    make = forms.CharField(label="厂商", max_length=60, required=False)
    model = forms.CharField(label="型号", max_length=60, required=False)
    firmware = forms.CharField(label="固件版本", max_length=60, required=False)
    place = forms.CharField(
        label="安装地点", max_length=120, required=False, help_text="询问室、听证室的固定设备必须填写。"
    )
    purchased_on = date_field("购置日期", required=False)


class HolderForm(Form):
    """Who gets a device."""

    holder = forms.ChoiceField(label="发给")


class CheckForm(Form):
    """The check before a shift: points as data, and the measured error of the clock."""

    drift = forms.IntegerField(
        label="时钟误差（秒）",
        required=False,
        help_text="设备时间比标准时间快的填正数，慢的填负数，准确的填0；没有测量的不填。以后按它换算录像时间。",
    )
    remarks = forms.CharField(label="说明", max_length=300, required=False, widget=text_area(2))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        points = {
            f"point-{item['code']}": forms.BooleanField(label=item["label"], required=False)
            for item in rules.checklist()["items"]
        }
        self.fields = {**points, **self.fields}


class NoteForm(Form):
    """Firmware, fault, repair or scrapping."""

    kind = forms.ChoiceField(label="事项", choices=DeviceNoteKind.choices)
    version = forms.CharField(label="固件版本", max_length=60, required=False, help_text="更换固件时填写。")
    text = forms.CharField(label="说明", max_length=300, required=False, widget=text_area(3))


class StandardForm(Form):
    """How many officers share one camera at most."""

    people = forms.IntegerField(label="每台执法记录仪最多几名执法人员", min_value=1, max_value=100)
    source = forms.CharField(label="依据", max_length=300, help_text="写明文件名称和文号。")


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: str(request.GET.get(name, "")).strip() for name in ("words", "kind", "state")}


def _day(moment: dt.datetime | None) -> str:
    return clock.legal_day(moment).isoformat() if moment else ""


def _values(row: Any) -> list[Any]:
    return [
        row.number,
        row.get_kind_display(),
        row.make,
        row.model,
        row.firmware,
        queries.state(row).label,
        row.holder or row.unit or "",
        row.place,
        row.purchased_on.isoformat() if row.purchased_on else "",
        _day(row.checked_at),
        "" if row.drift is None else row.drift,
        row.organisation.name,
    ]


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    """The register with standard and ratio of equipment on top."""
    actor = actor_of(request)
    asked = _asked(request)
    asked_rows = queries.chosen(actor, words=asked["words"], kind=asked["kind"], state=asked["state"])
    found = page_of(asked_rows, order=_ORDER, cursor=request.GET.get("cursor"), size=_SIZE)
    query = {name: value for name, value in asked.items() if value}
    ending = f"?{urlencode(query)}" if query else ""
    context = {
        "rows": [_row(row) for row in found.rows],
        "columns": [{"label": name} for name in ("设备", "状态", "领用", "最近检查", "时钟")],
        "page": found,
        "asked": asked,
        "filtered": bool(query),
        "kinds": DeviceKind.choices,
        "states": DeviceState.choices,
        "standards": [{"met": row.value, **plainly(row)} for row in queries.equipment(actor)],
        "keeper": actor.has(*actions.KEEPERS),
        "may_set": actor.has(Role.HEAD, Role.ADMIN),
        "exports": [(name, reverse("devices-export", args=[name]) + ending) for name in ("xlsx", "csv")],
    }
    return page(request, "workbench/recordings/devices.html", context, title="执法记录设备", active="devices")


def _row(row: Any) -> dict[str, Any]:
    state = queries.state(row)
    drift = "没有测量" if row.drift is None else rules.drift_words(row.drift)
    off = row.drift is not None and abs(row.drift) > rules.checklist()["drift_limit_seconds"]
    return {
        "cells": [
            {
                "text": row.number,
                "url": reverse("device", args=[row.id]),
                "note": " ".join(filter(None, (row.get_kind_display(), row.make, row.model, row.place))),
            },
            {"tag": state.label, "tag_kind": _TAGS[state]},
            row.holder or row.unit or "没有发放",
            _day(row.checked_at) or "没有检查",
            {"tag": drift, "tag_kind": "warn"} if off else drift,
        ]
    }


@viewers()
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The chosen devices as XLSX or CSV."""
    asked = _asked(request)
    found = queries.chosen(actor_of(request), words=asked["words"], kind=asked["kind"], state=asked["state"])
    rows = (_values(row) for row in found.order_by(*_ORDER)[:_MOST])
    return table_response(Table("执法记录设备", _HEADS, rows), ending, "devices")


@officials(*actions.KEEPERS)
def new(request: HttpRequest) -> HttpResponse:
    """Enter a device."""
    actor = actor_of(request)
    form = RegisterForm(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: str(actions.register(actor=actor, **cleaned).id))
        if done:
            messages.success(request, "已登记。")
            return redirect("device", done.result)
    return form_page(
        request,
        form,
        title="登记设备",
        submit="登记",
        crumbs=_crumbs(),
        active="devices",
        cancel_url=reverse("devices"),
    )


def _crumbs(row: Device | None = None) -> list[tuple[str, str]]:
    trail = [("执法记录设备", reverse("devices"))]
    return [*trail, (row.number, reverse("device", args=[row.id]))] if row else trail


@viewers()
def one(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """A device with its whole history."""
    actor = actor_of(request)
    row: Any = queries.device(actor, device_id)
    state = queries.state(row)
    keeper = actor.has(*actions.KEEPERS) and row.organisation_id == actor.organ_id
    holds = keeper or row.holder_id == actor.officer_id or (row.unit is not None and row.unit == actor.unit)
    in_use = state != DeviceState.SCRAPPED
    context = {
        "row": row,
        "facts": [
            {"label": "状态", "value": "", "tag": state.label, "tag_kind": _TAGS[state]},
            {"label": "领用", "value": row.holder or row.unit or "没有发放"},
            {"label": "种类", "value": row.get_kind_display()},
            {"label": "厂商和型号", "value": " ".join(filter(None, (row.make, row.model))) or "没有登记"},
            {"label": "固件", "value": row.firmware or "没有登记"},
            {"label": "安装地点", "value": row.place or "—"},
            {"label": "购置日期", "value": row.purchased_on.isoformat() if row.purchased_on else "没有登记"},
            {"label": "时钟", "value": rules.drift_words(row.drift)},
            {"label": "机关", "value": row.organisation.name},
        ],
        "columns": [{"label": name} for name in ("时间", "事项", "说明", "人员")],
        "rows": [
            {
                "cells": [
                    event.at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M"),
                    {"tag": event.what, "tag_kind": "warn" if event.bad else "ok"},
                    event.text or "—",
                    event.by or "—",
                ]
            }
            for event in queries.history(row)
        ],
        "may_check": holds and in_use,
        "may_note": holds and in_use,
        "may_allocate": keeper and state == DeviceState.USABLE,
        "may_take_back": keeper and bool(row.holder or row.unit),
    }
    title = f"设备 {row.number}"
    return page(request, "workbench/recordings/device.html", context, title=title, crumbs=_crumbs(), active="devices")


@officials(*actions.KEEPERS)
def allocate(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """Give a device out, or take it back (`back` in the post)."""
    actor = actor_of(request)
    row = queries.device(actor, device_id)
    form = HolderForm(request.POST or None)
    form.fields["holder"].choices = queries.holders(actor)  # type: ignore[attr-defined]
    if "back" in request.POST:
        form = HolderForm({"holder": "", "form_token": request.POST.get("form_token", "")})
        form.fields["holder"].required = False
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> None:
            if not cleaned["holder"]:
                actions.take_back(row.id, actor=actor)
                return
            what, _, key = cleaned["holder"].partition(":")
            actions.allocate(row.id, actor=actor, **{f"{what}_id": uuid.UUID(key)})

        if submitted(request, form, act):
            messages.success(request, "已收回。" if "back" in request.POST else "已发放。")
            return redirect("device", row.id)
    return form_page(
        request,
        form,
        title="发放设备",
        submit="发放",
        crumbs=_crumbs(row),
        active="devices",
        cancel_url=reverse("device", args=[row.id]),
        lead="原领用人同时交回。领用的时间用来确定录像是谁拍摄的，不能事后修改。",
    )


@officials()
def check(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """The check before a shift."""
    actor = actor_of(request)
    row = queries.device(actor, device_id)
    form = CheckForm(request.POST or None)

    def act(cleaned: dict[str, Any]) -> None:
        results = {name.removeprefix("point-"): value for name, value in cleaned.items() if name.startswith("point-")}
        actions.check_before_shift(
            row.id, actor=actor, results=results, drift=cleaned["drift"], remarks=cleaned["remarks"]
        )

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, "已登记勤前检查。")
        return redirect("device", row.id)
    return form_page(
        request,
        form,
        title="勤前检查",
        submit="登记检查",
        crumbs=_crumbs(row),
        active="devices",
        cancel_url=reverse("device", args=[row.id]),
        lead=_source(rules.checklist()),
    )


def _source(data: dict[str, Any]) -> str:
    return f"项目来源：{data['source']}{'' if data['verified'] else '（未核实）'}。"


@officials()
def note(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """Firmware, fault, repair, scrapping."""
    actor = actor_of(request)
    row = queries.device(actor, device_id)
    form = NoteForm(request.POST or None, initial={"kind": request.GET.get("kind", DeviceNoteKind.FAULT)})
    if not actor.has(*actions.KEEPERS):
        form.fields["kind"].choices = [DeviceNoteKind.choices[1]]  # type: ignore[attr-defined]
    if request.method == "POST" and submitted(
        request, form, lambda cleaned: str(actions.note(row.id, actor=actor, **cleaned).id)
    ):
        messages.success(request, "已登记。")
        return redirect("device", row.id)
    return form_page(
        request,
        form,
        title="登记固件、故障、修复或者报废",
        submit="登记",
        crumbs=_crumbs(row),
        active="devices",
        cancel_url=reverse("device", args=[row.id]),
        lead="报废以后不能再发放、检查或者改回。",
    )


@officials(Role.HEAD, Role.ADMIN)
def standard(request: HttpRequest) -> HttpResponse:
    """Set the standard of equipment of the organ."""
    actor = actor_of(request)
    form = StandardForm(request.POST or None)
    if request.method == "POST" and submitted(
        request, form, lambda cleaned: str(actions.set_standard(actor=actor, **cleaned).id)
    ):
        messages.success(request, "已确定配备标准。")
        return redirect("devices")
    return form_page(
        request,
        form,
        title="确定配备标准",
        submit="确定",
        crumbs=_crumbs(),
        active="devices",
        cancel_url=reverse("devices"),
    )
