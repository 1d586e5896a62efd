"""The reviewer's pages (法制审核): what waits, the workplace with material and checklist; the handler's submission."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.cases.moves import Option, options
from mingcha.common.clock import legal_day
from mingcha.common.errors import NotFound, Reason
from mingcha.deadlines import queries as deadlines
from mingcha.documents import queries as documents
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench import checkups, letters, terms
from mingcha.interfaces.workbench.base import Form, page, submitted, text_area
from mingcha.interfaces.workbench.materials import shown
from mingcha.review import actions, queries
from mingcha.review.choices import Conclusion, PointResult
from mingcha.review.file import gather
from mingcha.review.findings import findings, summary
from mingcha.review.models import Submission
from mingcha.review.rules import checklist, may_review

_SUMMARY = {"met": ("ok", "机器：已核对"), "unclear": ("", "机器：需人判断"), "differs": ("warn", "机器：有不一致")}


class OpinionForm(Form):
    """The marks on every point, the conclusion and the written opinion."""

    conclusion = forms.ChoiceField(
        label="审核结论", choices=Conclusion.choices, widget=forms.RadioSelect, required=False
    )
    text = forms.CharField(label="审核意见", widget=text_area(5), max_length=5000)

    def __init__(self, materials: Sequence[Mapping[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        links = [("", "请选择依据的材料"), *((row["key"], row["label"]) for row in materials)]
        names = {}
        for point in checklist():
            code, label = point["code"], point["label"]
            self.fields[f"mark-{code}"] = forms.ChoiceField(
                label=label, choices=PointResult.choices, widget=forms.RadioSelect, required=False
            )
            self.fields[f"link-{code}"] = forms.ChoiceField(label=f"{label}依据的材料", choices=links, required=False)
            self.fields[f"note-{code}"] = forms.CharField(
                label=f"{label}的说明", required=False, widget=text_area(2), max_length=2000
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


@officials(Role.REVIEWER)
def queue(request: HttpRequest) -> HttpResponse:
    """Cases that wait for a review opinion, and the opinions that this person gave."""
    actor = actor_of(request)
    waiting = list(access.visible(actor).filter(stage="legal-review").order_by("id"))
    views = {
        view.period.case_id: view
        for view in deadlines.open_periods(case_ids=[row.id for row in waiting])
        if view.period.rule == "PEN-16"
    }
    rounds = queries.newest([row.id for row in waiting])
    rows = []
    for row in waiting:
        view = views.get(row.id)
        submission = rounds.get(row.id)
        rows.append(
            {
                "due_on": view.period.due_on if view else None,
                "late": bool(view and view.days_left < 0),
                "cells": [
                    {"text": str(row), "url": reverse("review-case", args=[row.id]), "note": row.cause},
                    row.party_name,
                    {"text": f"第{submission.round}轮", "note": f"{submission.submitted_by.name} 送审"}
                    if submission
                    else "",
                    _due(view),
                ],
            }
        )
    rows.sort(key=lambda row: (row["due_on"] is None, row["due_on"]))
    given = [
        {
            "cells": [
                {"text": str(row.submission.case), "url": reverse("review-case", args=[row.submission.case_id])},
                row.submission.case.party_name,
                {"text": f"第{row.submission.round}轮"},
                {"tag": Conclusion(row.conclusion).label, "tag_kind": "ok" if row.conclusion == "agree" else "warn"},
                {"text": legal_day(row.given_at).isoformat()},
            ]
        }
        for row in queries.given_by(actor.officer_id)[:20]
    ]
    context = {
        "rows": rows,
        "columns": [{"label": name} for name in ("案件", "当事人", "轮次", "审核期限")],
        "given": given,
        "given_columns": [{"label": name} for name in ("案件", "当事人", "轮次", "结论", "出具日期")],
    }
    return page(request, "workbench/review/queue.html", context, title="法制审核", active="review")


def _due(view: deadlines.PeriodView | None) -> dict[str, Any]:
    return {"text": "—"} if view is None else {"due": terms.of_view(view)}


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
    opinion = getattr(submission, "opinion", None)
    blocked = _blocked(actor, case) if opinion is None else []
    form = None
    if opinion is None and actor.has(Role.REVIEWER) and not blocked:
        looking = "show" in request.POST
        # Opening a material keeps what was marked so far, and judges nothing yet.
        given = {"initial": request.POST.dict()} if looking else {"data": request.POST or None}
        form = OpinionForm(submission.materials, **given)
        if form.is_bound:
            done = submitted(request, form, lambda cleaned: _opine(actor, case, cleaned))
            if done:
                return redirect("review-case", case_id)
    key = request.POST.get("show") or request.GET.get("show") or "draft"
    if request.headers.get("X-Requested-With") == "fetch":
        return render(request, "workbench/review/pane.html", _material(case, submission, rounds, key))
    context = {
        **_material(case, submission, rounds, key),
        "case": case,
        "submission": submission,
        "opinion": opinion,
        "rounds": rounds,
        "changes": queries.changed_since_last(submission),
        "form": form,
        "blocked": blocked if actor.has(Role.REVIEWER) else [],
        "points": _points(submission, form, opinion),
        "periods": _clock(case) if opinion is None else [],
        "index": _index(submission, key),
    }
    crumbs = [("法制审核", reverse("review"))] if actor.has(Role.REVIEWER) else [("案件", reverse("cases"))]
    crumbs.append((str(case), reverse("case", args=[case.id])))
    status = 422 if form is not None and form.is_bound else 200
    title = f"法制审核 · 第{submission.round}轮"
    active = "review" if actor.has(Role.REVIEWER) else "cases"
    return page(
        request, "workbench/review/workplace.html", context, title=title, crumbs=crumbs, active=active, status=status
    )


def _blocked(actor: Actor, case: Case) -> list[Reason]:
    officer = accounts.officers([actor.officer_id])[actor.officer_id]
    return may_review(officer, cases.held_duties(case.id, actor.officer_id))


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


def _material(case: Case, submission: Submission, rounds: Sequence[Submission], key: str) -> dict[str, Any]:
    """The middle of the workplace: the frozen draft, or one of the materials handed over."""
    before = next((row for row in rounds if row.round == submission.round - 1), None)
    if key == "draft" or key not in {row["key"] for row in submission.materials}:
        letter = letters.draft(submission.content, before.content if before else None)
        return {"shown": {"key": "draft", "title": "行政处罚决定书（送审稿）", "letter": letter}}
    label = next(row["label"] for row in submission.materials if row["key"] == key)
    return {"shown": {"key": key, "title": label, **shown(case, key)}}


def _index(submission: Submission, key: str) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {"送审稿": [{"key": "draft", "label": "行政处罚决定书（送审稿）"}]}
    names = {"evidence": "证据", "recording": "音像"}
    for row in submission.materials:
        groups.setdefault(names.get(row["kind"], "文书"), []).append({"key": row["key"], "label": row["label"]})
    return [
        {"label": label, "items": [{**row, "current": row["key"] == key} for row in rows]}
        for label, rows in groups.items()
    ]


def _points(submission: Submission, form: OpinionForm | None, opinion: Any) -> list[dict[str, Any]]:
    labels = {row["key"]: row["label"] for row in submission.materials}
    found = findings(gather(submission))
    marks = {row["code"]: row for row in opinion.points} if opinion else {}
    answers = {row["code"]: row["text"] for row in submission.answers}
    rows = []
    for number, point in enumerate(checklist(), 1):
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
                "link": form[f"link-{code}"] if form else None,
                "note": form[f"note-{code}"] if form else None,
                "given": {**mark, "label": PointResult(mark["result"]).label, "on": labels.get(mark["link"], "")}
                if mark
                else None,
            }
        )
    return rows


class SubmitForm(Form):
    """Answers to each problem of the last opinion, and the attestation."""

    attested = forms.BooleanField(label="本人对送审材料的真实性、准确性、完整性负责", required=False)

    def __init__(self, problems: Sequence[Mapping[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attested = self.fields.pop("attested")
        for row in problems:
            self.fields[f"answer-{row['code']}"] = forms.CharField(
                label=f"对“{row['label']}”的答复",
                help_text=f"审核意见：{row['note']}",
                widget=text_area(3),
                max_length=2000,
            )
        self.fields["attested"] = attested
        self.codes = [row["code"] for row in problems]


@officials(Role.HANDLER)
def submit(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Submission (送审): why review is demanded, whether all is there, what is handed over, attestation."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    last = queries.latest(case)
    problems = _problems(last)
    form = SubmitForm(problems, request.POST or None)
    option = next((row for row in options(case, actor) if row.move.action == "review-submit"), None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _submit(actor, case, form, cleaned))
        if done:
            return redirect("case", case_id)
    frozen = documents.frozen(case)
    context = {
        "case": case,
        "form": form,
        "option": option,
        "reasons": _reasons(case, option),
        "met": [check.label for check in option.checks if check.met] if option else [],
        "demanded": queries.demanded(case),
        "materials": queries.materials(case),
        "last": last,
        "problems": problems,
        "letter": letters.draft(frozen.content, last.content if last else None) if frozen else None,
        "digest": frozen.digest if frozen else "",
        "checked": checkups.summary(case),
    }
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    title = "再次送审" if last else "提交法制审核"
    status = 422 if form.is_bound else 200
    return page(
        request, "workbench/review/submit.html", context, title=title, crumbs=crumbs, active="cases", status=status
    )


def _problems(last: Submission | None) -> list[dict[str, str]]:
    opinion = getattr(last, "opinion", None)
    labels = {point["code"]: point["label"] for point in checklist()}
    if opinion is None:
        return []
    return [
        {"code": row["code"], "label": labels[row["code"]], "note": row["note"]}
        for row in opinion.points
        if row["result"] == PointResult.PROBLEM
    ]


def _submit(actor: Actor, case: Case, form: SubmitForm, cleaned: Mapping[str, Any]) -> None:
    answers = [{"code": code, "text": cleaned[f"answer-{code}"]} for code in form.codes]
    actions.submit(case.id, actor=actor, attested=cleaned["attested"], answers=answers)


def _reasons(case: Case, option: Option | None) -> list[Reason]:
    if option is None:
        stage = cases.stage(case).name
        return [
            Reason(
                "not-submittable", f"案件现在处于“{stage}”环节，不能送审。", (), "请先在案件页办理到审核范围判断环节。"
            )
        ]
    return option.reasons
