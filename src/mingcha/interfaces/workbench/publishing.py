"""The clerk's pages (公示): queue, redaction editor with sign-off and publication, withdrawal. Head and supervisor read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.calendar import Calendar
from mingcha.disclosure import access, actions, backlog, changed, controls, ending, letters, preparing, replacing
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.models import Publication, Replacement
from mingcha.disclosure.queries import waiting
from mingcha.interfaces.feeding import standing as feeding
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import publication_control, redacting, terms
from mingcha.interfaces.workbench.base import Form, form_page, link, page, submitted, text_area

MOST = 100
_READERS = (Role.CLERK, Role.HEAD, Role.SUPERVISOR)


class WithdrawForm(Form):
    reason = forms.CharField(
        label="撤下理由", widget=text_area(3), max_length=300, help_text="公众在原页面会看到这个理由。"
    )


class SignoffForm(Form):
    """What the clerk keeps visible (with a reason), what is hidden in addition, and the attestation."""

    hide = forms.CharField(
        label="另外隐去的文字",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-hide-list": ""}),
        max_length=5000,
        help_text="每行一处，按原文逐字填写；同样的文字在全文中都会隐去，所在的分句整句隐去，因为签发时逐句作了承诺。",
    )
    hide_reason = forms.CharField(
        label="另外隐去的理由",
        required=False,
        max_length=200,
        help_text="如商业秘密、可能识别举报人。随签发存档，不对外公开。",
    )
    attested = forms.BooleanField(label="本人已逐项核对隐去和公开的内容", required=False)

    def __init__(self, editor: redacting.Editor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editor = editor
        names: dict[str, str] = {}
        for group in editor.groups:
            if not group.keepable:
                continue
            self.fields[f"keep-{group.key}"] = forms.BooleanField(label=f"保留“{group.text}”", required=False)
            self.fields[f"reason-{group.key}"] = forms.CharField(
                label=f"保留“{group.text}”的理由", required=False, max_length=200
            )
            if group.count > 1:
                self.fields[f"places-{group.key}"] = forms.MultipleChoiceField(
                    label=f"只保留“{group.text}”的这几处",
                    required=False,
                    choices=[(str(index), str(index)) for index in group.indexes],
                )
            names |= {f"reason-{index}": f"reason-{group.key}" for index in group.indexes}
        self.names = names

    def clean(self) -> dict[str, Any]:
        """The groups are numbered by the proposal that was shown: over another one the ticks mean something else."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.data.get("version", self.editor.version) != self.editor.version:
            raise forms.ValidationError(
                "您打开页面以后，原文或者脱敏结果有变化，没有签发。下面是最新的结果，请重新核对。",
                code="proposal-changed",
            )
        return cleaned

    def kept(self, cleaned: Mapping[str, Any]) -> dict[int, str]:
        """Span → reason, for what stays visible: all places of a group, or those that were picked."""
        found: dict[int, str] = {}
        for group in self.editor.groups:
            picked = [int(index) for index in cleaned.get(f"places-{group.key}", [])]
            if picked or cleaned.get(f"keep-{group.key}"):
                reason = cleaned.get(f"reason-{group.key}", "")
                found |= dict.fromkeys(picked or group.indexes, reason)
        return found


@viewers(*_READERS)
def queue(request: HttpRequest) -> HttpResponse:
    """What must be made public and by when; what is public already."""
    actor = actor_of(request)
    rows = access.visible(actor)
    open_ = waiting(rows)
    calendar = deadlines.calendar(actor.jurisdiction)
    today = clock.today()
    shown = list(open_[:MOST])
    asked = {row.publication_id for row in controls.waiting(rows.filter(id__in=[row.id for row in shown]))}
    due = [_waiting_row(row, calendar, today, submitted=row.id in asked) for row in shown]
    corrected = replacing.waiting(rows)
    out = rows.filter(release__isnull=False).order_by("-release__released_at", "-id")
    context = {
        "rows": due,
        "total": open_.count(),
        "most": MOST,
        "columns": [{"label": name} for name in ("文书", "当事人", "作出日期", "公示期限")],
        "corrected": [_corrected_row(duty, calendar, today) for duty in corrected[:MOST]],
        "corrected_total": corrected.count(),
        "corrected_columns": [{"label": name} for name in ("文书", "当事人", "补正通知书", "更正期限")],
        "out": [_released_row(row) for row in out[:MOST]],
        "out_total": out.count(),
        "out_columns": [{"label": name} for name in ("文书", "当事人", "公示日期", "是否按期", "状态")],
        "may_publish": actor.has(Role.CLERK),
        "approvals": backlog.answerable(actor).count() if actor.has(Role.CLERK, Role.HEAD) else 0,
        "feed": feeding.trouble(),
    }
    return page(request, "workbench/disclosure/queue.html", context, title="公示", active="disclosure")


def _subject(row: Publication) -> tuple[str, str, dt.date | None]:
    """Number, party and day of what is published."""
    if row.case is not None and row.document is not None:
        return row.number, row.case.party_name, clock.legal_day(row.document.issued_at)
    if row.historic is not None:
        return row.historic.number or "（没有文号）", row.historic.party, row.historic.decided_on
    return "", "", None


def _act(row: Publication) -> str:
    """What kind of act is made public, in words."""
    act = row.case.act_type if row.case is not None else letters.PENALTY
    return letters.acts().get(act, row.get_source_display())


def _due(row: Publication | Replacement, calendar: Calendar, today: dt.date) -> dict[str, Any] | None:
    return terms.of_day(row.due_on, calendar, today) if row.due_on else None


def _waiting_row(row: Publication, calendar: Calendar, today: dt.date, *, submitted: bool) -> dict[str, Any]:
    number, party, day = _subject(row)
    due = _due(row, calendar, today)
    return {
        "late": bool(due and due["colour"] == "red"),
        "cells": [
            {
                "text": number,
                "url": reverse("disclosure-item", args=[row.id]),
                "note": f"{_act(row)} · {row.organisation.name}{' · 待审核' if submitted else ''}",
            },
            party,
            day.isoformat() if day else "—",
            {"due": due} if due else "没有法定期限",
        ],
    }


def _corrected_row(duty: Replacement, calendar: Calendar, today: dt.date) -> dict[str, Any]:
    number, party, _ = _subject(duty.publication)
    due = terms.of_day(duty.due_on, calendar, today)
    letter = duty.correction.letter
    return {
        "late": due["colour"] == "red",
        "cells": [
            {"text": number, "url": reverse("disclosure-item", args=[duty.publication_id])},
            party,
            {"text": letter.number or letter.title, "note": clock.legal_day(duty.correction.at).isoformat()},
            {"due": due},
        ],
    }


def _released_row(row: Publication) -> dict[str, Any]:
    number, party, _ = _subject(row)
    day = clock.legal_day(row.release.released_at)
    late = row.due_on is not None and day > row.due_on
    gone = hasattr(row, "withdrawal")
    return {
        "cells": [
            {"text": number, "url": reverse("disclosure-item", args=[row.id])},
            party,
            day.isoformat(),
            {"tag": "逾期公示" if late else "按期", "tag_kind": "late" if late else "ok"} if row.due_on else "—",
            {"tag": "已撤下" if gone else "公示中", "tag_kind": "law" if gone else "ok"},
        ]
    }


@officials(*_READERS)
def item(request: HttpRequest, publication_id: uuid.UUID) -> HttpResponse:
    """One publication: the redaction editor while it waits, what the public reads once it is out."""
    actor = actor_of(request)
    publication = access.publication(actor, publication_id)
    duty = replacing.open_duty(publication.id)
    submitted_ = controls.open_submission(publication)
    if submitted_ is not None:
        return publication_control.submission_page(request, publication, submitted_)
    if hasattr(publication, "release") and duty is None:
        return _released(request, actor, publication)
    wanted = (request.POST or request.GET).get("profile", "")
    editor = redacting.open_editor(publication, wanted if wanted in preparing.profiles() else preparing.PROFILE)
    writes = actor.has(Role.CLERK) and actor.organ_id == publication.organisation_id
    form = SignoffForm(editor, request.POST or None if writes else None)
    kept: dict[int, str] = {}
    own: list[dict[str, Any]] = []
    publishing = request.POST.get("intent") == "publish"
    if form.is_bound and form.is_valid():
        kept = form.kept(form.cleaned_data)
        try:
            own = _own(editor, form.cleaned_data, kept)
        except InvalidInput as error:
            form.take(error)
        else:
            if publishing and submitted(
                request, form, lambda cleaned: _publish(actor, editor, form, cleaned), single=False
            ):
                return redirect("disclosure-item", publication_id)
    number, party, day = _subject(publication)
    context = {
        "publication": publication,
        "case": publication.case,
        "party": party,
        "day": day,
        "form": form if writes else None,
        "groups": _rows(form, editor, kept),
        "sides": redacting.sides(editor, kept, own),
        "duty": duty,
        "notes": replacing.notes(duty.correction) if duty else [],
        "public_url": link("portal:decision", publication.id) if duty else "",
        "due": _due(duty or publication, deadlines.calendar(publication.jurisdiction), clock.today()),
        "explained": _explained(publication, duty),
        "digest": editor.digest,
        "version": editor.version,
        "profile": editor.profile,
        "profiles": preparing.profiles().items(),
        "revoked": changed.undone(publication),
        "dual": controls.demanded(publication),
        "refusal": controls.last_refusal(publication),
        "may_withhold": writes and duty is None and publication.source in (SourceKind.DECISION, SourceKind.ACT),
        "of_impact": controls.scope(publication) == "impact",
    }
    status = 422 if form.is_bound and form.errors else 200
    title = f"更正公示 {number}" if duty else f"核对脱敏 {number}"
    crumbs = [("公示", reverse("disclosure"))]
    return page(
        request,
        "workbench/disclosure/editor.html",
        context,
        title=title,
        crumbs=crumbs,
        active="disclosure",
        status=status,
    )


def _rows(form: SignoffForm, editor: redacting.Editor, kept: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "group": group,
            "keep": form[f"keep-{group.key}"] if group.keepable else None,
            "reason": form[f"reason-{group.key}"] if group.keepable else None,
            "picked": _picked(group, kept),
            "parted": any(index in kept for index in group.indexes)
            and not all(index in kept for index in group.indexes),
        }
        for number, group in enumerate(editor.groups, 1)
    ]


def _picked(group: redacting.Group, kept: Mapping[int, str]) -> list[dict[str, Any]]:
    """Each place to tick by itself, where there is more than one and the clerk has the choice."""
    if not group.keepable or group.count == 1:
        return []
    all_ = all(index in kept for index in group.indexes)
    return [{"place": place, "on": place.index in kept and not all_} for place in group.places]


def _own(editor: redacting.Editor, cleaned: Mapping[str, Any], kept: Mapping[int, str]) -> list[dict[str, Any]]:
    return redacting.added(editor, cleaned["hide"].splitlines(), kept, cleaned["hide_reason"])


def _publish(actor: Actor, editor: redacting.Editor, form: SignoffForm, cleaned: Mapping[str, Any]) -> None:
    kept = form.kept(cleaned)
    actions.publish(
        editor.publication.id,
        actor=actor,
        attested=cleaned["attested"],
        rejected=kept,
        added=_own(editor, cleaned, kept),
        profile=editor.profile,
    )


def _explained(publication: Publication, duty: Replacement | None) -> Any:
    if publication.case is None:
        return None
    rows = deadlines.periods_of(publication.case.id)
    period = rows.filter(rule="PUB-01" if duty else publication.rule, subject=str((duty or publication).id)).last()
    return period.explanation if period else None


def _released(request: HttpRequest, actor: Actor, publication: Publication) -> HttpResponse:
    release = replacing.current(publication.id) or publication.release
    signoff = release.signoff
    hidden = [row for row in signoff.spans if "start" in row]
    number, party, _ = _subject(publication)
    context = {
        "publication": publication,
        "case": publication.case,
        "party": party,
        "release": release,
        "signoff": signoff,
        "content": release.content,
        "hidden": [{**preparing.described(row["rule"]), "count": row["count"]} for row in release.content["hidden"]],
        "hidden_total": len(hidden),
        "reasons": [row["reason"] for row in signoff.spans if "rejected" in row],
        "hiding_reasons": sorted({row["reason"] for row in hidden if row.get("reason")}),
        "withdrawal": getattr(publication, "withdrawal", None),
        "first": publication.release,
        "notes": release.content.get("corrections", []),
        "earlier": replacing.earlier(publication.id),
        "until": ending.until(publication),
        "public_url": link("portal:decision", publication.id),
        "may_withdraw": actor.has(Role.CLERK, Role.HEAD)
        and actor.organ_id == publication.organisation_id
        and not hasattr(publication, "withdrawal"),
        "late": publication.due_on is not None
        and clock.legal_day(publication.release.released_at) > publication.due_on,
    }
    crumbs = [("公示", reverse("disclosure"))]
    title = f"公示 {number}"
    return page(request, "workbench/disclosure/released.html", context, title=title, crumbs=crumbs, active="disclosure")


@officials(Role.CLERK, Role.HEAD)
def withdraw(request: HttpRequest, publication_id: uuid.UUID) -> HttpResponse:
    """Take a publication down with a reason that the public reads."""
    actor = actor_of(request)
    publication = access.publication(actor, publication_id)
    number, _, _ = _subject(publication)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _withdraw(actor, publication, cleaned["reason"]))
        if done:
            return redirect("disclosure-item", publication_id)
    back = reverse("disclosure-item", args=[publication_id])
    return form_page(
        request,
        form,
        title=f"撤下 {number}",
        submit="撤下公示",
        crumbs=[("公示", reverse("disclosure")), (number, back)],
        active="disclosure",
        cancel_url=back,
        lead="撤下后，公众在原页面只看到文号、撤下日期和理由，不再看到内容。撤下不能撤回。",
        confirm="撤下后不能恢复。确认撤下这项公示？",
        confirm_title="撤下公示",
        confirm_yes="撤下",
        danger=True,
    )


def _withdraw(actor: Actor, publication: Publication, reason: str) -> None:
    actions.withdraw(publication.id, actor=actor, reason=reason)
