"""Hearing thresholds and addresses of the profile (听证标准、办理地址和账户): the form in which they are changed, with reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.catalogues import access, actions, local, queries
from mingcha.common import money
from mingcha.common.errors import NotFound
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, form_page, submitted, text_area
from mingcha.interfaces.workbench.lists import CRUMBS


def shown(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Both parts with their facts, source and reason, as the profile pages show them."""
    found = []
    for part in local.parts().values():
        own = content.get(part.name, {})
        facts = [{"label": label, "value": text} for label, text in local.facts(content, part.name)]
        found.append(
            {
                "part": part,
                "facts": facts,
                "source": own.get("source", ""),
                "reason": own.get("reason", ""),
                "verified": bool(own.get("verified")),
                # A part of which nothing is demanded may stay empty in a published profile.
                "optional": not any(field.required for field in part.fields),
            }
        )
    return found


class PartForm(Form):
    """The fields of a part; sums are typed in yuan."""

    def __init__(self, part: local.Part, content: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored, own = local.values(content, part.name), content.get(part.name, {})
        for field in part.fields:
            self.fields[field.name] = _field(field, stored[field.name])
        self.fields["source"] = forms.CharField(
            label="依据", max_length=200, initial=own.get("source", ""), help_text="规定或者通知的名称、文号。"
        )
        self.fields["verified"] = forms.BooleanField(
            label="已经与依据核对", required=False, initial=own.get("verified", False)
        )
        self.fields["reason"] = forms.CharField(
            label="为什么改", max_length=300, widget=text_area(3), help_text="公布时与新的值一起公开。"
        )
        for name in [*stored, "source", "reason"]:
            shown_field = self.fields[name]
            verb = "选择" if isinstance(shown_field, forms.ChoiceField) else "填写"
            shown_field.error_messages["required"] = f"请{verb}{shown_field.label}。"


def _field(field: local.Field, value: Any) -> forms.Field:
    more: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.help}
    if field.type == "money":
        return forms.CharField(max_length=20, initial=money.yuan(value).replace(",", "") if value else "", **more)
    if field.type == "kinds":
        return forms.MultipleChoiceField(
            choices=list(local.kinds().items()),
            widget=forms.CheckboxSelectMultiple,
            initial=value or field.floor,
            **more,
        )
    if field.type == "choice":
        choices = list((field.choices or {}).items())
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, initial=value, **more)
    return forms.CharField(max_length=max(field.most, 60), initial=value or "", **more)


@officials(*access.WRITERS)
def edit_part(request: HttpRequest, part: str) -> HttpResponse:
    """Change thresholds or addresses in the draft of the profile; running cases keep those they began with."""
    actor = actor_of(request)
    draft = queries.open_draft(actor.organ_id, "policy-profile", "all")
    known = local.parts().get(part)
    if draft is None or known is None:
        raise NotFound("没有找到这一组政策参数，或者还没有开始修订。")
    form = PartForm(known, draft.content, request.POST or None)
    form.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput(attrs={"id": False}), initial=draft.version)

    def act(cleaned: dict[str, Any]) -> None:
        fresh = local.cleaned(part, cleaned)
        content = local.put(
            draft.content, part, fresh,
            source=cleaned["source"], verified=bool(cleaned["verified"]), reason=cleaned["reason"],
        )  # fmt: skip
        actions.save_content(draft.id, content, actor=actor, version=cleaned["seen"])

    if request.method == "POST" and submitted(request, form, act):
        return redirect(reverse("policy-edit") + f"#{part}")
    crumbs = [*CRUMBS, ("政策参数", reverse("policy")), (str(draft), reverse("policy-edit"))]
    lead = f"{known.about}依据：{known.basis}。公布以后新立的案件适用，正在办理的案件仍按立案时的那一版。"
    return form_page(
        request, form, title=known.label, submit="保存", lead=lead, crumbs=crumbs, active="lists",
        cancel_url=reverse("policy-edit"),
    )  # fmt: skip
