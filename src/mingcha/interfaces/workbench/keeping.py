"""Pages of retention (保管期限): what is due, why a dossier is kept how long, holds, appraisal, erasure of personal data."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.erasing import actions as erasing
from mingcha.archives.erasing import queries as erased
from mingcha.archives.keeping import actions, disposing, queries, rules
from mingcha.archives.keeping.choices import ErasureGround, HoldGround
from mingcha.archives.models import ErasureRequest
from mingcha.archives.schemas import in_force
from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.explained import Explained
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.exporting import Table, table_response

_SIZE = 50
_MOST_EXPORTED = 5000
READERS = (Role.ARCHIVIST, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD, Role.SUPERVISOR)
CRUMBS = [("保管和销毁", "/in/keeping/")]
HEADS = ("案卷", "案由", "结案", "保管期限", "保管到", "能否销毁", "说明")


class ListForm(Form):
    """A list of dossiers to be destroyed."""

    cases = forms.MultipleChoiceField(label="案卷", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label="销毁理由", max_length=300, initial="保管期限届满，经鉴定没有继续保存价值")


class HoldForm(Form):
    """A legal hold."""

    ground = forms.ChoiceField(label="冻结的情形", choices=HoldGround.choices)
    reference = forms.CharField(label="案号或者来文编号", max_length=120, required=False)
    reason = forms.CharField(label="说明", max_length=300, widget=text_area(2))


class ReasonForm(Form):
    """A reason, nothing else."""

    reason = forms.CharField(label="理由", max_length=300, widget=text_area(2))


class AppraiseForm(Form):
    """A longer term."""

    years = forms.ChoiceField(label="保管期限", choices=[("30", "三十年"), ("", "永久")])
    reason = forms.CharField(label="理由", max_length=300, widget=text_area(2))


class LastingForm(Form):
    """A recording that is kept for good."""

    recording_id = forms.ChoiceField(label="音像")
    ground = forms.ChoiceField(label="永久保存的情形")
    note = forms.CharField(label="说明", max_length=300, required=False, widget=text_area(2))


class EraseForm(Form):
    """Whose data, on what ground."""

    words = forms.CharField(
        label="要删除的姓名、证件号码、电话",
        max_length=600,
        widget=text_area(3),
        help_text="每行一个。批准以前只有办理的人看得到，办结以后不再保存。",
    )
    ground = forms.ChoiceField(label="法定理由", choices=ErasureGround.choices)
    reference = forms.CharField(label="申请或者决定的编号", max_length=120)
    reason = forms.CharField(
        label="说明", max_length=300, widget=text_area(2), help_text="不要写被删除人的姓名或者号码。"
    )


def _chosen(request: HttpRequest, actor: Actor) -> QuerySet[Case]:
    rows = queries.candidates(actor.organ_id)
    for word in str(request.GET.get("q", "")).split()[:5]:
        rows = rows.filter(Q(number__icontains=word) | Q(cause__icontains=word))
    return rows


def _told(found: Explained[rules.Term]) -> dict[str, Any]:
    """The reckoning for people; what nobody has compared with the local table says so."""
    return {"rule": found.rule, "article": found.article, "steps": found.steps, "doubt": found.provisional}


def _state(case: Case) -> tuple[dict[str, Any], str, str]:
    """Term of a candidate, whether it may go and why not."""
    found = queries.retention(case)
    if listed := queries.listed(case):
        return _told(found) | {"value": found.value}, "on_list", f"已列入{listed}"
    reasons = rules.may_dispose(found, clock.today())
    state = "no" if reasons else "yes"
    return _told(found) | {"value": found.value}, state, "；".join(reason.message for reason in reasons)


@officials(*READERS)
def due(request: HttpRequest) -> HttpResponse:
    """Archived dossiers whose term may be over, each with its reckoning; the archivist makes a list of them."""
    actor = actor_of(request)
    rows = _chosen(request, actor)
    found = page_of(rows, order=("created_at", "id"), cursor=request.GET.get("cursor"), size=_SIZE)
    lines = []
    for case in found.rows:
        reckoning, state, why = _state(case)
        term = reckoning["value"]
        lines.append({"case": case, "term": term, "reckoning": reckoning, "state": state, "why": why})
    archivist = actor.has(Role.ARCHIVIST)
    form = ListForm(request.POST or None)
    free = [row["case"] for row in lines if row["state"] == "yes"]
    form.fields["cases"].choices = [(str(row.id), f"{row}　{row.cause}") for row in free]  # type: ignore[attr-defined]
    if request.method == "POST" and archivist:

        def act(cleaned: dict[str, Any]) -> str:
            ids = [uuid.UUID(value) for value in cleaned["cases"]]
            return str(disposing.list_up(ids, actor=actor, reason=cleaned["reason"]).id)

        if done := submitted(request, form, act):
            messages.success(request, "已编制销毁清册，等待审核和批准。")
            return redirect("disposal", done.result)
    query = {name: value for name, value in request.GET.items() if value and name != "cursor"}
    context = {
        "lines": lines,
        "page": found,
        "q": request.GET.get("q", ""),
        "form": form if archivist and free else None,
        "law": in_force("retention-list", actor.organ_id),
        "exports": [
            (name, reverse("keeping-export", args=[name]) + (f"?{urlencode(query)}" if query else ""))
            for name in ("xlsx", "csv")
        ],
    }
    status = 422 if form.is_bound else 200
    return page(request, "workbench/keeping/due.html", context, title="保管和销毁", active="keeping", status=status)


@viewers(*READERS)
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The due list as XLSX or CSV."""
    labels = {"yes": "可以列入清册", "no": "不能", "on_list": "在清册中"}

    def lines() -> Any:
        for case in _chosen(request, actor_of(request)).order_by("created_at", "id")[:_MOST_EXPORTED]:
            reckoning, state, why = _state(case)
            term = reckoning["value"]
            yield [str(case), case.cause, case.closed_on, term.words, term.until or "", labels[state], why]

    return table_response(Table("到期案卷", HEADS, lines()), ending, "keeping")


@viewers(*READERS)
def one(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Until when a dossier is kept and why; holds, recordings, erasures; what was destroyed."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    found = queries.retention(case)
    marks = queries.lasting(case)
    grounds = rules.law()["recordings"]["lasting"]
    context = {
        "case": case,
        "term": found.value,
        "reckoning": _told(found),
        "blocks": rules.may_dispose(found, clock.today()),
        "holds": [
            {
                "hold": row,
                "lift": getattr(row, "lift", None),
                "may_lift": actor.has(*actions.MAY_LIFT) and not queries.pending_appeal(row),
            }
            for row in queries.holds(case)
        ],
        "recordings": [
            {"recording": row, "ground": grounds.get(marks.get(row.id, ""), "")}
            for row in case.recordings.order_by("started_at", "id")
        ],
        "erasures": queries.erasures(case),
        "destroyed": queries.destroyed(case),
        "listed": queries.listed(case),
        "may_hold": actor.has(*actions.MAY_HOLD),
        "may_appraise": actor.has(*actions.MAY_APPRAISE) and found.value.years is not None,
        "may_mark": actor.has(Role.ARCHIVIST, Role.UNIT_HEAD, Role.HEAD),
        "may_erase": actor.has(*erasing.MAY_REQUEST),
        "asked": [
            {"row": row, "mine": row.by_id == actor.officer_id, "may": actor.has(Role.HEAD)}
            for row in erased.waiting(case)
        ],
    }
    title = f"保管期限 {case}"
    return page(request, "workbench/keeping/one.html", context, title=title, crumbs=CRUMBS, active="keeping")


def _form(
    request: HttpRequest, case: Case, form: Form, act: Any, *, title: str, submit: str, said: str, **more: Any
) -> Any:
    """A page with one form about a dossier; back to the dossier when it is done."""
    back = reverse("keeping-case", args=[case.id])
    if request.method == "POST" and submitted(request, form, act):
        messages.success(request, said)
        return redirect(back)
    crumbs = [*CRUMBS, (str(case), back)]
    return form_page(
        request, form, title=title, submit=submit, crumbs=crumbs, active="keeping", cancel_url=back, **more
    )


@officials(*actions.MAY_HOLD)
def hold(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.case(actor, case_id)
    return _form(
        request,
        case,
        HoldForm(request.POST or None),
        lambda given: str(actions.hold(case.id, actor=actor, **given).id),
        title="冻结案卷",
        submit="冻结",
        said="已冻结。解除以前，案卷不能销毁，内容不能删除。",
        lead="复议、诉讼、投诉、监督检查没有终结以前，案卷不得销毁。",
    )


@officials(*actions.MAY_LIFT)
def lift(request: HttpRequest, case_id: uuid.UUID, hold_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.case(actor, case_id)
    if not queries.holds(case).filter(id=hold_id).exists():
        raise NotFound("没有找到这项冻结。")
    return _form(
        request,
        case,
        ReasonForm(request.POST or None),
        lambda given: str(actions.lift(hold_id, actor=actor, **given).hold_id),
        title="解除冻结",
        submit="解除",
        said="已解除冻结。",
    )


@officials(*actions.MAY_APPRAISE)
def appraise(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.case(actor, case_id)

    def act(given: dict[str, Any]) -> str:
        years = int(given["years"]) if given["years"] else None
        return str(actions.appraise(case.id, actor=actor, years=years, reason=given["reason"]).id)

    form = AppraiseForm(request.POST or None)
    form.fields["years"].required = False
    return _form(
        request, case, form, act, title="延长保管期限", submit="延长", said="已延长。", lead="鉴定只能延长，不能缩短。"
    )


@officials(Role.ARCHIVIST, Role.UNIT_HEAD, Role.HEAD)
def lasting(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.case(actor, case_id)
    form = LastingForm(request.POST or None)
    fields: Any = form.fields
    marks = queries.lasting(case)
    fields["recording_id"].choices = [
        (str(row.id), row.title) for row in case.recordings.order_by("started_at", "id") if row.id not in marks
    ]
    fields["ground"].choices = list(rules.law()["recordings"]["lasting"].items())

    def act(given: dict[str, Any]) -> str:
        recording_id = uuid.UUID(given.pop("recording_id"))
        return str(actions.keep_for_good(recording_id, actor=actor, **given).pk)

    return _form(request, case, form, act, title="音像转为永久保存", submit="确定", said="这段音像永久保存。")


@officials(*erasing.MAY_REQUEST)
def erase(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Ask that a person's data be erased; another head carries it out."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    return _form(
        request,
        case,
        EraseForm(request.POST or None),
        lambda given: str(erasing.request(case.id, actor=actor, **given).id),
        title="申请依法删除个人信息",
        submit="提出申请",
        said="已提出申请，由另一名机关负责人批准后删除。",
        lead="批准以后，过程记录中含有这个人信息的内容整条删除，文书、当事人、证据等记录里的姓名和号码逐字遮盖，"
        "含有这些信息的版式文件和封存包销毁后重新制作；摘要值和账本保留，仍可核验。公示内容请在公示页撤下；"
        "证据原件（照片、扫描件、音像）里的内容只随案卷按销毁清册办理。",
    )


@officials(Role.HEAD)
def erase_decide(request: HttpRequest, case_id: uuid.UUID, request_id: uuid.UUID) -> HttpResponse:
    """What a request would take away, and the approval that does it."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    asked = _asked_erasure(case, request_id)
    extent = erased.extent(case, asked.words.text.splitlines())
    return _form(
        request,
        case,
        # Nothing to fill in: an empty post is still a post.
        Form(request.POST if request.method == "POST" else None),
        lambda given: str(erasing.carry_out(asked.id, actor=actor).id),
        title="批准依法删除个人信息",
        submit="批准并删除",
        said="已删除，摘要值保留，账本仍可核验；版式文件正在重新制作。",
        danger=True,
        confirm="删除后不能恢复。",
        lead=f"{asked.by.name}于{asked.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}申请，编号：{asked.reference}。"
        f"理由：{asked.get_ground_display()}，{asked.reason}。要删除：{'、'.join(asked.words.text.splitlines())}。"
        f"涉及过程记录{extent['entries']}条、数据记录{extent['rows']}条（其中文书{extent['papers']}份）、"
        f"封存包{extent['packages']}个。" + "".join(f"{told}。" for told in erased.remains(case)),
    )


@officials(*erasing.MAY_REQUEST)
def erase_refuse(request: HttpRequest, case_id: uuid.UUID, request_id: uuid.UUID) -> HttpResponse:
    """Refuse a request, or take the own one back."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    asked = _asked_erasure(case, request_id)
    return _form(
        request,
        case,
        ReasonForm(request.POST or None),
        lambda given: str(erasing.refuse(asked.id, actor=actor, **given).pk),
        title="不予删除或者撤回申请",
        submit="确定",
        said="申请已经终止，没有删除任何内容。",
    )


def _asked_erasure(case: Case, request_id: uuid.UUID) -> ErasureRequest:
    found = erased.waiting(case).filter(id=request_id).first()
    if found is None:
        raise NotFound("没有找到这份删除申请，可能已经办结。")
    return found
