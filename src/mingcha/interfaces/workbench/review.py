"""The reviewer's workplace (法制审核): material and checklist side by side, machine findings, notes, letter preview."""

from __future__ import annotations

import io
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.lending.marking import pages_of, picture
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.deadlines import queries as deadlines
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.rendering import template
from mingcha.files import queries as files
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench import letters, terms
from mingcha.interfaces.workbench.base import Form, fresh_token, page, submitted, text_area
from mingcha.interfaces.workbench.materials import shown
from mingcha.interfaces.workbench.review_acts import links, offered, voided
from mingcha.review import actions, queries
from mingcha.review.choices import Conclusion, PointResult
from mingcha.review.file import gather
from mingcha.review.findings import findings, summary
from mingcha.review.models import Submission
from mingcha.review.rules import checklist, effect, may_review

_SUMMARY = {"met": ("ok", "机器：已核对"), "unclear": ("", "机器：需人判断"), "differs": ("warn", "机器：有不一致")}


class LinkSelect(forms.Select):
    """A select over all materials whose options are written once for all nine: a template each would take too long."""

    def __init__(self, written: Mapping[str, SafeString], whole: SafeString) -> None:
        super().__init__()
        self.written, self.whole = written, whole

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        whole, chosen = self.whole, self.written.get(str(value or ""))
        if value and chosen is not None:
            before, mark, after = chosen.partition(">")
            # Both parts were escaped when the options were written.
            whole = mark_safe(whole.replace(chosen, f"{before} selected{mark}{after}", 1))  # noqa: S308
        more = format_html_join("", ' {}="{}"', self.build_attrs(self.attrs, attrs).items())
        return format_html('<select name="{}"{}>{}</select>', name, more, whole)


class PlainArea(forms.Textarea):
    """A text area written without a template of its own: there are as many as there are points."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = self.build_attrs(self.attrs, attrs)
        more = format_html_join("", ' {}="{}"', ((key, kept) for key, kept in given.items() if kept is not False))
        return format_html('<textarea name="{}"{}>\n{}</textarea>', name, more, value or "")


def _radios(field: Any) -> SafeString:
    """The three judgments of a point: a template for each of all the points would take too long."""
    now, name = str(field.value() or ""), field.html_name
    return format_html_join(
        "",
        '<label for="{}"><input type="radio" name="{}" value="{}" id="{}"{}> {}</label>',
        (
            (
                f"{field.auto_id}_{n}",
                name,
                value,
                f"{field.auto_id}_{n}",
                mark_safe(" checked") if value == now else "",
                label,
            )
            for n, (value, label) in enumerate(PointResult.choices)
        ),
    )


class LinkField(forms.CharField):
    """The key of a material handed over; a field of choices would walk through all of them once per point."""

    def __init__(self, written: Mapping[str, SafeString], whole: SafeString, **options: Any) -> None:
        super().__init__(widget=LinkSelect(written, whole), required=False, **options)
        self.known = written

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and value not in self.known:
            raise ValidationError("请从列表中选择依据的材料。")


class OpinionForm(Form):
    """The marks on every point, the conclusion and the written opinion."""

    conclusion = forms.ChoiceField(
        label="审核结论", choices=Conclusion.choices, widget=forms.RadioSelect, required=False
    )
    text = forms.CharField(label="审核意见", widget=text_area(5), max_length=5000)

    def __init__(self, materials: Sequence[Mapping[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        links = {"": "请选择依据的材料"} | {row["key"]: row["label"] for row in materials}
        written = {key: format_html('<option value="{}">{}</option>', key, label) for key, label in links.items()}
        whole = format_html_join("", "{}", ((option,) for option in written.values()))
        names = {}
        for point in checklist():
            code, label = point["code"], point["label"]
            self.fields[f"mark-{code}"] = forms.ChoiceField(
                label=label, choices=PointResult.choices, widget=forms.RadioSelect, required=False
            )
            self.fields[f"link-{code}"] = LinkField(written, whole, label=f"{label}依据的材料")
            self.fields[f"note-{code}"] = forms.CharField(
                label=f"{label}的说明", required=False, widget=PlainArea({"rows": 2}), max_length=2000
            )
            names[f"point-{code}"] = f"mark-{code}"
        self.names = names

    @staticmethod
    def points(cleaned: Mapping[str, Any]) -> list[dict[str, str]]:
        return [
            {
                "code": point["code"],
                "result": cleaned[f"mark-{point['code']}"],
                "link": cleaned[f"link-{point['code']}"],
                "note": cleaned[f"note-{point['code']}"],
            }
            for point in checklist()
        ]


@officials()
def workplace(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One case under review: material, checklist with plain facts, the reviewer's own marks. Others read."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    rounds = list(queries.submissions(case))
    if not rounds:
        raise NotFound("这个案件还没有送审。")
    wanted = request.GET.get("round", "")
    submission = next((row for row in rounds if str(row.round) == wanted), rounds[0])
    key = request.POST.get("show") or request.GET.get("show") or "draft"
    if request.headers.get("X-Requested-With") == "fetch" and request.method == "GET":
        pane = _material(request, actor, case, submission, rounds, key)
        return render(request, "workbench/review/pane.html", {**pane, "case": case, "form_token": fresh_token()})
    opinion = getattr(submission, "opinion", None)
    waits = queries.waits(submission)
    blocked = _blocked(actor, case) if waits else []
    form = None
    if waits and actor.has(Role.REVIEWER) and not blocked:
        looking = "show" in request.POST or "preview" in request.POST
        # Opening a material keeps what was marked so far, and judges nothing yet.
        given = {"initial": request.POST.dict()} if looking else {"data": request.POST or None}
        form = OpinionForm(submission.materials, **given)
        if "preview" in request.POST:
            return _preview(request, actor, case, submission)
        if form.is_bound:
            done = submitted(request, form, lambda cleaned: _opine(actor, case, cleaned))
            if done:
                return redirect("review-case", case_id)
    elif request.method == "POST" and "show" not in request.POST and "preview" not in request.POST:
        actor.require(Role.REVIEWER)
        if blocked:
            raise Refused(blocked)
        raise Conflict(
            "review-not-open",
            "这次送审已经有审核意见或者已经撤回，您的意见没有记录。请回到待审列表，看看有没有新的一轮。",
        )
    context = {
        **_material(request, actor, case, submission, rounds, key),
        **_beside(actor, case, submission),
        "case": case,
        "submission": submission,
        "opinion": opinion,
        "rounds": rounds,
        "changes": queries.changed_since_last(submission),
        "form": form,
        "effects": {value: effect(value)["effect"] for value in Conclusion.values},
        "blocked": blocked if actor.has(Role.REVIEWER) else [],
        "points": _points(submission, form, opinion),
        "periods": _clock(case) if waits else [],
    }
    context["index"] = _index(submission, key, context["note_counts"])
    crumbs = [("法制审核", reverse("review"))] if actor.has(Role.REVIEWER) else [("案件", reverse("cases"))]
    crumbs.append((str(case), reverse("case", args=[case.id])))
    status = 422 if form is not None and form.is_bound else 200
    title = f"法制审核 · 第{submission.round}轮"
    active = "review" if actor.has(Role.REVIEWER) else "cases"
    return page(
        request, "workbench/review/workplace.html", context, title=title, crumbs=crumbs, active=active, status=status
    )


def _preview(request: HttpRequest, actor: Actor, case: Case, submission: Submission) -> HttpResponse:
    """The opinion letter as it would be; nothing is written."""
    data = {name: str(value) for name, value in request.POST.items()}
    points = [
        {
            "code": row["code"],
            "result": data.get(f"mark-{row['code']}", ""),
            "link": data.get(f"link-{row['code']}", ""),
            "note": data.get(f"note-{row['code']}", ""),
        }
        for row in checklist()
    ]
    conclusion = data.get("conclusion", "")
    conclusion = conclusion if conclusion in Conclusion.values else ""
    fields = actions.preview(
        case, submission, actor=actor, conclusion=conclusion, points=points, text=data.get("text", "")
    )
    return render(request, "workbench/review/preview.html", {"letter": letters.typed("review-opinion", fields, case)})


def _beside(actor: Actor, case: Case, submission: Submission) -> dict[str, Any]:
    """What was asked, said and decided around this round, and what can be done now."""
    handles = DutyKind.HANDLER in cases.duties_of(case, actor.officer_id)
    reviews = actor.has(Role.REVIEWER) and not handles
    names = offered(case, submission, actor, handles, reviews, actor.has(Role.HEAD) and not handles)
    found = queries.disagreement(case)
    consultations = [row for row in queries.consultations(case) if row.submission_id == submission.id]
    studies = list(queries.studies(case))
    return {
        "outside": len(consultations) + len(studies),
        "acts": links(case, names),
        "act_names": names,
        "allocation": queries.allocated(submission),
        "mine": (row := queries.allocated(submission)) is not None and row.reviewer_id == actor.officer_id,
        "supplements": queries.supplements(submission),
        "attestations": list(submission.attestations.select_related("officer")),
        "consultations": consultations,
        "studies": studies,
        "disagreement": found,
        "meetings": list(found.meetings.order_by("at")) if found else [],
        "ruling": getattr(found, "ruling", None),
        "void": voided(case),
        "handles": handles,
    }


def _blocked(actor: Actor, case: Case) -> list[Reason]:
    officer = accounts.officers([actor.officer_id])[actor.officer_id]
    return may_review(officer, cases.held_duties(case.id, actor.officer_id), case.act_type)


def _opine(actor: Actor, case: Case, cleaned: Mapping[str, Any]) -> None:
    actions.give_opinion(
        case.id,
        actor=actor,
        conclusion=cleaned["conclusion"],
        points=OpinionForm.points(cleaned),
        text=cleaned["text"],
    )


def _clock(case: Case) -> list[dict[str, Any]]:
    views = deadlines.open_periods(case_ids=[case.id])
    return [
        terms.of_view(view) | {"explained": view.period.explanation} for view in views if view.period.rule == "PEN-16"
    ]


def _material(
    request: HttpRequest,
    actor: Actor,
    case: Case,
    submission: Submission,
    rounds: Sequence[Submission],
    key: str,
) -> dict[str, Any]:
    """The middle of the workplace: the frozen draft, or one of the materials handed over, with the notes on it."""
    written = [row for row in queries.notes(submission) if _notes_open(submission, actor)]
    notes = [row for row in written if row.key == key]
    counts = Counter(row.key for row in written)
    may_note = queries.waits(submission) and actor.has(Role.REVIEWER)
    beside = {"notes": notes, "note_counts": counts, "may_note": may_note, "actor": actor}
    before = next((row for row in rounds if row.round == submission.round - 1), None)
    if key == "draft" or key not in {row["key"] for row in submission.materials}:
        letter = letters.draft(case, submission.content, before.content if before else None)
        return {**beside, "shown": {"key": "draft", "title": _draft_title(submission), "letter": letter}}
    label = next(row["label"] for row in submission.materials if row["key"] == key)
    found = shown(case, key)
    pages = _pages(case, key) if request.GET.get("as") == "pages" else []
    toggle = key.startswith("document:")
    return {**beside, "shown": {"key": key, "title": label, **found, "pages": pages, "toggle": toggle}}


def _draft_title(submission: Submission) -> str:
    return f"{template(submission.content['kind']).title}（送审稿）"


def _notes_open(submission: Submission, actor: Actor) -> bool:
    """Reviewers see the notes at once, others with the opinion."""
    return actor.has(Role.REVIEWER) or hasattr(submission, "opinion")


def _pages(case: Case, key: str) -> list[dict[str, Any]]:
    """The pages of a printed document, as addresses of pictures that load when they come into view."""
    document_id = uuid.UUID(key.partition(":")[2])
    file = ensure_rendered(document_id).file
    count = pages_of(files.content_path(file.sha256), file.media_type)
    return [
        {"number": number, "url": reverse("review-page", args=[case.id, document_id, number])}
        for number in range(1, count + 1)
    ]


@viewers()
def sheet(request: HttpRequest, case_id: uuid.UUID, document_id: uuid.UUID, number: int) -> HttpResponse:
    """One page of a printed document that was handed over, as a picture."""
    case = access.case(actor_of(request), case_id)
    keys = {row["key"] for found in queries.submissions(case) for row in found.materials}
    if f"document:{document_id}" not in keys:
        raise NotFound("没有找到这份材料。")
    file = ensure_rendered(document_id).file
    out = io.BytesIO()
    picture(files.content_path(file.sha256), file.media_type, number).save(out, "PNG")
    return HttpResponse(out.getvalue(), content_type="image/png")


def _index(submission: Submission, key: str, notes: Mapping[str, int]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {"送审稿": [{"key": "draft", "label": _draft_title(submission)}]}
    names = {"evidence": "证据", "recording": "音像"}
    for row in submission.materials:
        groups.setdefault(names.get(row["kind"], "文书"), []).append({"key": row["key"], "label": row["label"]})
    return [
        {
            "label": label,
            "items": [{**row, "current": row["key"] == key, "notes": notes.get(row["key"], 0)} for row in rows],
        }
        for label, rows in groups.items()
    ]


def _points(submission: Submission, form: OpinionForm | None, opinion: Any) -> list[dict[str, Any]]:
    labels = {row["key"]: row["label"] for row in submission.materials}
    found = findings(gather(submission))
    marks = {row["code"]: row for row in opinion.points} if opinion else {}
    answers = {row["code"]: row["text"] for row in submission.answers}
    rows = []
    for number, point in enumerate(checklist(submission.case.act_type), 1):
        code = point["code"]
        mark = marks.get(code)
        kind, word = _SUMMARY[summary(found[code])]
        rows.append(
            {
                **point,
                "number": number,
                "findings": [{"item": item, "label": labels.get(item.link, "")} for item in found[code]],
                "kind": kind,
                "word": word,
                "answer": answers.get(code, ""),
                "mark": form[f"mark-{code}"] if form else None,
                "radios": _radios(form[f"mark-{code}"]) if form else "",
                "link": form[f"link-{code}"] if form else None,
                "note": form[f"note-{code}"] if form else None,
                "given": {**mark, "label": PointResult(mark["result"]).label, "on": labels.get(mark["link"], "")}
                if mark
                else None,
            }
        )
    return rows
