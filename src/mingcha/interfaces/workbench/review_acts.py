"""What can be done beside the opinion (法制审核的其他办理): one short form each, table-driven."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from mingcha.accounts.actors import Actor
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common.errors import MingchaError, NotFound
from mingcha.documents import queries as documents
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import Form, PersonField, acted, date_field, form_page, submitted, text_area
from mingcha.review import actions, queries
from mingcha.review.choices import Outcome, PointResult
from mingcha.review.models import Submission
from mingcha.review.rules import checklist, source


class ReallocateForm(Form):
    """To whom, and why."""

    officer_id = PersonField(label="改派给")
    reason = forms.CharField(label="改派的理由", widget=text_area(2), max_length=300)


class TextForm(Form):
    """One text."""

    text = forms.CharField(label="内容", widget=text_area(4), max_length=5000)


class AnswerForm(Form):
    """The answer to a request for more, attested where the file grew."""

    text = forms.CharField(label="补充说明", widget=text_area(4), max_length=1000)
    attested = forms.BooleanField(
        label="案卷有新材料的：本人对送审材料的真实性、准确性、完整性和执法的合法性负责", required=False
    )


class NoteForm(Form):
    """A remark on a page."""

    key = forms.ChoiceField(label="材料")
    page = forms.IntegerField(label="页码", min_value=1, max_value=9999, initial=1)
    place = forms.CharField(label="所指的文字", max_length=200, required=False)
    text = forms.CharField(label="批注", widget=text_area(3), max_length=1000)


class CallForm(Form):
    """Whom to ask what, with which materials, until when."""

    counsel_id = forms.ChoiceField(label="顾问")
    question = forms.CharField(label="征询的问题", widget=text_area(4), max_length=3000)
    materials = forms.MultipleChoiceField(
        label="交给顾问的材料",
        widget=forms.CheckboxSelectMultiple,
        help_text="顾问只能看到选中的材料；音像只能查看，不能下载，到答复期限为止。",
    )
    until = date_field("答复期限")


class DisputeForm(Form):
    """Which points are not accepted, and why."""

    points = forms.MultipleChoiceField(label="有异议的要点", widget=forms.CheckboxSelectMultiple)
    view = forms.CharField(label="不同意的理由", widget=text_area(6), max_length=3000)


class MeetingForm(Form):
    """Minutes of the joint meeting."""

    held_on = date_field("会商日期")
    place = forms.CharField(label="会商地点", max_length=100)
    participants = forms.CharField(
        label="参加人员", widget=text_area(4), help_text="每行一名，须有承办人员和出具意见的审核人员。"
    )
    minutes = forms.CharField(label="会商记录", widget=text_area(8), max_length=5000)


class SettleForm(Form):
    """The head's ruling."""

    outcome = forms.ChoiceField(label="协调结果", choices=Outcome.choices, widget=forms.RadioSelect)
    reasons = forms.CharField(label="决定的理由", widget=text_area(6), max_length=3000)


class StudyForm(Form):
    """What the superior is asked."""

    superior = forms.CharField(label="上级机关", max_length=100)
    question = forms.CharField(label="请示的问题", widget=text_area(6), max_length=3000)


class ReplyForm(Form):
    """What the superior answered."""

    reference = forms.CharField(label="来文文号", max_length=100)
    text = forms.CharField(label="答复内容", widget=text_area(6), max_length=5000)


@dataclass(frozen=True)
class Act:
    """One act: title, word on the button, what is told before, form, choices to fill in, and how it is carried out."""

    title: str
    submit: str
    lead: str
    form: type[Form]
    do: Callable[[Case, Actor, Mapping[str, Any]], Any]
    fill: Callable[[Form, Case, Actor], None] = lambda form, case, actor: None
    confirm: str = ""


def _open(case: Case) -> Submission:
    found = queries.open_submission(case)
    if found is None:
        raise NotFound("没有等待审核的送审材料。")
    return found


def _fill_people(form: Form, case: Case, actor: Actor) -> None:
    now = queries.allocated(_open(case))
    form.fields["officer_id"].choices = [  # type: ignore[attr-defined]
        (str(row.id), f"{row.name}（待审{row.load}件，审过同一事项{row.alike}件）")
        for row in queries.candidates(case)
        if not row.conflicts and (now is None or row.id != now.reviewer_id)
    ]


def _keys(case: Case) -> list[tuple[str, str]]:
    return [("draft", "决定书送审稿"), *((row["key"], row["label"]) for row in _open(case).materials)]


def _fill_note(form: Form, case: Case, actor: Actor) -> None:
    form.fields["key"].choices = _keys(case)  # type: ignore[attr-defined]


def _fill_call(form: Form, case: Case, actor: Actor) -> None:
    form.fields["counsel_id"].choices = [  # type: ignore[attr-defined]
        (str(row.id), f"{row.officer.name}（{row.get_kind_display()}，{row.field}）")
        for row in queries.pool(case.organisation_id)
    ]
    form.fields["materials"].choices = _keys(case)  # type: ignore[attr-defined]


def _fill_dispute(form: Form, case: Case, actor: Actor) -> None:
    labels = {row["code"]: row["label"] for row in checklist()}
    opinion = queries.last_opinion(case)
    form.fields["points"].choices = [  # type: ignore[attr-defined]
        (row["code"], f"{labels[row['code']]}：{row['note']}")
        for row in (opinion.points if opinion else [])
        if row["result"] == PointResult.PROBLEM
    ]


def _call(case: Case, actor: Actor, data: Mapping[str, Any]) -> None:
    actions.call_counsel(
        case.id,
        uuid.UUID(data["counsel_id"]),
        actor=actor,
        question=data["question"],
        materials=data["materials"],
        until=data["until"],
    )


def _meet(case: Case, actor: Actor, data: Mapping[str, Any]) -> None:
    people = re.split(r"[\n、，,；;]", data["participants"])
    actions.hold_meeting(
        case.id, actor=actor, held_on=data["held_on"], place=data["place"], participants=people, minutes=data["minutes"]
    )


ACTS: Mapping[str, Act] = {
    "reallocate": Act(
        "改派审核人员", "改派", "改派和理由记入案件经过。", ReallocateForm,
        lambda case, actor, data: actions.reallocate(
            case.id, uuid.UUID(data["officer_id"]), actor=actor, reason=data["reason"]
        ),
        _fill_people,
    ),
    "supplement": Act(
        "要求补充材料", "要求补充", "审核期限从今天起停止计算，承办人员答复后恢复。", TextForm,
        lambda case, actor, data: actions.ask_supplement(case.id, actor=actor, text=data["text"]),
    ),
    "answer": Act(
        "答复补充材料要求", "答复", "草稿、证据或者音像有变化的，自动作为下一轮送审，审核人员能看到改动。", AnswerForm,
        lambda case, actor, data: actions.answer_supplement(
            case.id, actor=actor, text=data["text"], attested=data["attested"]
        ),
    ),
    "withdraw": Act(
        "撤回送审", "撤回", "撤回以后审核期限结束，审核人员不能再出具意见；处理好以后再次送审。", TextForm,
        lambda case, actor, data: actions.withdraw(case.id, actor=actor, reason=data["text"]),
        confirm="撤回送审？撤回和理由记入案件经过。",
    ),
    "note": Act(
        "批注", "写批注", "批注随审核意见给承办人员看。", NoteForm,
        lambda case, actor, data: actions.add_note(
            case.id, actor=actor, key=data["key"], page=data["page"], text=data["text"], place=data["place"]
        ),
        _fill_note,
    ),
    "counsel": Act(
        "征询法律顾问、公职律师意见", "征询", "顾问只能看到选中的材料，到答复期限为止；意见和回避都入卷。", CallForm, _call, _fill_call,
    ),
    "dispute": Act(
        "对审核意见提出异议", "提出异议", "异议按政策参数规定的方式协调；负责人决定以前不能再次送审。", DisputeForm,
        lambda case, actor, data: actions.dispute(case.id, actor=actor, points=data["points"], view=data["view"]),
        _fill_dispute, "提出异议？异议入卷，不能撤回。",
    ),
    "meeting": Act("记录会商", "记录", "会商记录入卷。", MeetingForm, _meet),
    "settle": Act(
        "决定审核分歧", "决定", "协调不能代替法制审核：决定以后仍须再次送审，取得同意的意见。", SettleForm,
        lambda case, actor, data: actions.settle(
            case.id, actor=actor, outcome=data["outcome"], reasons=data["reasons"]
        ),
        confirm="作出协调决定？决定不能修改，并制作分歧协调记录。",
    ),
    "study": Act(
        "报上级专题研究", "报上级", "重大复杂的案件可以报上级专题研究，按政策参数办理。", StudyForm,
        lambda case, actor, data: actions.ask_superior(
            case.id, actor=actor, superior=data["superior"], question=data["question"]
        ),
    ),
    "reply": Act(
        "登记上级答复", "登记", "答复入卷，审核人员和承办人员都能看到。", ReplyForm,
        lambda case, actor, data: actions.record_reply(
            case.id, actor=actor, reference=data["reference"], text=data["text"]
        ),
    ),
}  # fmt: skip
_LABELS = {"supplement": ("需要补充的材料", 1000), "withdraw": ("撤回的理由", 500)}
_NAMES = {"withdraw": {"reason": "text"}}


@officials()
def act(request: HttpRequest, case_id: uuid.UUID, name: str) -> HttpResponse:
    """One act with its form; back to the workplace, or to the case where the handler acts."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    chosen = ACTS.get(name)
    if chosen is None:
        raise NotFound("没有这项办理。")
    initial = {"page": 1, "key": request.GET.get("key", "")}
    form = chosen.form(request.POST or None, initial=initial)
    if name in _LABELS:
        form.fields["text"].label, form.fields["text"].max_length = _LABELS[name]  # type: ignore[attr-defined]
    form.names = _NAMES.get(name, {})
    chosen.fill(form, case, actor)
    back = reverse("review-case", args=[case_id])

    def carry_out(cleaned: dict[str, Any]) -> None:
        chosen.do(case, actor, cleaned)

    if request.method == "POST" and submitted(request, form, carry_out):
        messages.success(request, f"已办理“{chosen.title}”。")
        return redirect(f"{back}?show={form.cleaned_data['key']}#material" if name == "note" else back)
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id])), ("法制审核", back)]
    lead, confirm = chosen.lead, chosen.confirm
    return form_page(
        request, form, title=chosen.title, submit=chosen.submit, crumbs=crumbs, cancel_url=back, lead=lead,
        confirm=confirm, active="review",
    )  # fmt: skip


@require_POST
@officials()
def remove_note(request: HttpRequest, case_id: uuid.UUID, note_id: uuid.UUID) -> HttpResponse:
    """Take back a remark of one's own."""
    actor = actor_of(request)
    access.case(actor, case_id)
    try:
        acted(request, lambda: actions.remove_note(case_id, note_id, actor=actor))
    except MingchaError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "批注已经撤销。")
    return redirect("review-case", case_id)


def offered(case: Case, submission: Submission, actor: Actor, handles: bool, reviews: bool, heads: bool) -> list[str]:
    """The acts that make sense on this round now, for links; each is checked again where it is carried out."""
    names = []
    waits, supplement = queries.waits(submission), queries.open_supplement(submission)
    if waits and reviews:
        names += ["note", "counsel", "reallocate", *([] if supplement else ["supplement"])]
    elif waits and heads:
        names.append("reallocate")
    if waits and handles:
        names += ["withdraw", *(["answer"] if supplement else [])]
    opinion = getattr(submission, "opinion", None)
    if case.stage in ("legal-review", "review-return"):
        found = queries.disagreement(case) if opinion is not None and opinion.conclusion != "agree" else None
        if opinion is not None and opinion.conclusion != "agree" and found is None and handles:
            names.append("dispute")
        if found is not None and not hasattr(found, "ruling"):
            names += ["meeting"] if handles or reviews or heads else []
            names += ["settle"] if heads else []
        if reviews or heads:
            open_study = any(not hasattr(row, "reply") for row in queries.studies(case))
            names.append("reply" if open_study else "study")
    return names


def links(case: Case, names: list[str]) -> list[dict[str, str]]:
    """Links to the acts, each with its words."""
    return [
        {"name": name, "label": ACTS[name].title, "url": reverse("review-act", args=[case.id, name])} for name in names
    ]


def voided(case: Case) -> dict[str, Any] | None:
    """What the approval of the newest round lost by, where it is void."""
    row = queries.voided_one(case.id)
    now = documents.frozen(case) if row else None
    if row is None:
        return None
    undone = bool(now and now.digest == row.opinion.submission.digest)
    return {"row": row, "undone": undone, "article": source(case.act_type)}
