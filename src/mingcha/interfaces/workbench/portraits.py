"""Pictures of officers (执法人员照片): uploaded, replaced, taken down by the administrator."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import portraits
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, Portrait
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.administration import CRUMBS, own_officer
from mingcha.interfaces.workbench.base import Form, form_page, submitted


class PhotoForm(Form):
    photo = forms.FileField(
        label="照片",
        help_text="JPEG 或者 PNG，正面免冠，至少 150×200 像素。保存时重新制作，不保留拍摄地点、设备等信息。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )


class RemoveForm(Form):
    reason = forms.CharField(label="原因", max_length=200)


def _page(request: HttpRequest, officer: Officer, form: Form, title: str, submit: str) -> HttpResponse:
    back = reverse("administration-person", args=[officer.id])
    crumbs = [*CRUMBS, ("人员", reverse("administration-people")), (officer.name, back)]
    return form_page(request, form, title=title, submit=submit, crumbs=crumbs, active="administration", cancel_url=back)


@officials(Role.ADMIN)
def change(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """Upload or replace."""
    officer = own_officer(actor_of(request), officer_id)
    form = PhotoForm(request.POST or None, request.FILES or None)

    def act(cleaned: dict[str, Any]) -> None:
        data = cleaned["photo"].read(portraits.MOST_BYTES + 1)
        portraits.set_portrait(officer, data, by=actor_of(request).snapshot(Role.ADMIN))

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, f"已保存{officer.name}的照片。")
        return redirect("administration-person", officer.id)
    return _page(request, officer, form, f"{officer.name}：照片", "保存照片")


@officials(Role.ADMIN)
def remove(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """Take down."""
    officer = own_officer(actor_of(request), officer_id)
    form = RemoveForm(request.POST or None)

    def act(cleaned: dict[str, Any]) -> None:
        by = actor_of(request).snapshot(Role.ADMIN)
        portraits.remove_portrait(officer, reason=cleaned["reason"], by=by)

    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, f"已撤下{officer.name}的照片。")
        return redirect("administration-person", officer.id)
    return _page(request, officer, form, f"{officer.name}：撤下照片", "撤下照片")


@viewers(Role.ADMIN)
def now(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """The picture as it is kept, public or not."""
    officer = own_officer(actor_of(request), officer_id)
    row = Portrait.objects.filter(officer=officer).first()
    if row is None:
        raise NotFound("这名人员没有照片。")
    return HttpResponse(bytes(row.image), content_type="image/jpeg")
