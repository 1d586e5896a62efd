"""Pages of the heads (集体讨论、不予处罚、变更决定): each acts in his own name, the conclusion binds."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.cases import access, facts
from mingcha.cases.models import Case
from mingcha.common.errors import NotFound
from mingcha.common.money import yuan
from mingcha.decisions import actions, queries
from mingcha.decisions.choices import Conclusion, Ground, OrderedBy, Variant, View, Waiver
from mingcha.documents import queries as documents
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import CHOOSE, Form, form_page, page, plainly, submitted, text_area
from mingcha.interfaces.workbench.draftfields import established


class ConveneForm(Form):
    ground = forms.ChoiceField(label="提请讨论的情形", choices=[CHOOSE, *Ground.choices])
    agenda = forms.CharField(label="议题", widget=text_area(3), max_length=2000)
    place = forms.CharField(label="地点", max_length=200)
    clerk = forms.CharField(label="记录人", max_length=60)


class VoiceForm(Form):
    view = forms.ChoiceField(label="意见", choices=View.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="理由", widget=text_area(4), max_length=2000, help_text="写您自己的意见，记入讨论记录。"
    )


class ConcludeForm(Form):
    outcome = forms.ChoiceField(label="结论", choices=[CHOOSE, *Conclusion.choices])
    text = forms.CharField(label="讨论结论", widget=text_area(3), max_length=3000)
    report = forms.CharField(label="案情汇报", widget=text_area(4), max_length=5000)
    evidence_view = forms.CharField(label="证据、法制审核和听证的意见", widget=text_area(4), max_length=5000)
    absent = forms.CharField(label="缺席人员及原因", max_length=300, required=False)


class WaiveForm(Form):
    ground = forms.ChoiceField(label="不予处罚的情形", choices=[CHOOSE, *Waiver.choices])
    entry = forms.ChoiceField(label="清单条目", required=False)
    off_list = forms.CharField(label="不依清单的理由", widget=text_area(2), required=False, max_length=1000)
    facts = forms.CharField(label="查明的事实", widget=text_area(5), max_length=5000)
    reason = forms.CharField(label="理由", widget=text_area(4), max_length=5000)
    correction = forms.CharField(label="改正情况", widget=text_area(2), required=False, max_length=2000)
    record_query = forms.CharField(label="违法记录查询结果", required=False, max_length=500)
    education = forms.CharField(label="教育情况", widget=text_area(2), required=False, max_length=2000)
    guardian = forms.CharField(
        label="监护人",
        required=False,
        max_length=100,
        help_text="不满十四周岁、不能辨认或者控制自己行为的，写明监护人的姓名和关系，决定书责令其管教、看管。",
    )

    def __init__(self, *args: Any, entries: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["entry"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "（不依清单）"), *entries]


class TransferForm(Form):
    reason = forms.CharField(
        label="涉嫌犯罪的事实和移送的理由",
        widget=text_area(5),
        max_length=5000,
        help_text="写明涉嫌的罪名、达到的立案追诉标准和依据的证据。",
    )


class ChangeForm(Form):
    names = {"fine_fen": "fine", "confiscated_fen": "confiscated", "articles": "article"}
    variant = forms.ChoiceField(label="处理方式", choices=[CHOOSE, *Variant.choices])
    ordered_by = forms.ChoiceField(label="处理的原因", choices=[CHOOSE, *OrderedBy.choices])
    order_ref = forms.CharField(label="依据的文书名称和编号", required=False, max_length=200)
    reason = forms.CharField(label="理由", widget=text_area(4), max_length=3000)
    article = forms.CharField(label="依据", max_length=200, initial="《中华人民共和国行政处罚法》第七十五条第二款")
    content = forms.CharField(label="变更后的内容或者确认的结论", widget=text_area(3), max_length=3000)
    fine = forms.DecimalField(label="变更后的罚款（元）", min_value=Decimal(0), decimal_places=2, required=False)
    confiscated = forms.DecimalField(label="变更后的没收（元）", min_value=Decimal(0), decimal_places=2, required=False)
    effects = forms.CharField(
        label="善后处理",
        widget=text_area(3),
        max_length=3000,
        help_text="多缴的退还、财物返还、公示信息更正，逐项写明。",
    )


def _crumbs(case: Case, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id])), *more]


def _act(
    request: HttpRequest,
    case: Case,
    form: Form,
    run: Callable[[dict[str, Any]], Any],
    back: str,
    done: str,
    **shown: Any,
) -> HttpResponse:
    if request.method == "POST" and submitted(request, form, lambda cleaned: {"id": str(run(cleaned).pk)}):
        messages.success(request, done)
        return redirect(back)
    return form_page(request, form, crumbs=_crumbs(case), cancel_url=back, active="decisions", guard=True, **shown)


@viewers()
def discussion(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """All discussions of a case: agenda, who held what, conclusion, minutes."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    rows = [
        {
            "row": row,
            "ground": Ground(row.ground).label,
            "voices": [(item, View(item.view).label) for item in queries.voices(row)],
            "end": getattr(row, "resolution", None),
            "outcome": Conclusion(row.resolution.outcome).label if hasattr(row, "resolution") else "",
        }
        for row in queries.discussions(case)
    ]
    open_ = queries.open_discussion(case)
    head = actor.has(Role.HEAD) and actor.organ_id == case.organisation_id
    said = [row.officer_id for row in queries.voices(open_)] if open_ else []
    spoke = actor.officer_id in said
    chairs = open_ is not None and open_.chair_id == actor.officer_id
    short = max(open_.quorum - len(said), 0) if open_ else 0
    context = {
        "case": case,
        "rows": rows,
        "demanded": plainly(facts.together(case)),
        "needed": facts.together(case).value,
        "may_convene": head and open_ is None and case.stage in ("collective", "decide"),
        "may_speak": head and open_ is not None and not spoke,
        "may_conclude": chairs and short == 0,
        "short": short if chairs else 0,
    }
    return page(
        request,
        "workbench/together/discussion.html",
        context,
        title="集体讨论",
        crumbs=_crumbs(case),
        active="decisions",
    )


@officials(Role.HEAD)
def convene(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Call the heads together."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    return _act(
        request,
        case,
        ConveneForm(request.POST or None),
        lambda cleaned: actions.convene(case.id, actor=actor, **cleaned),
        reverse("discussion", args=[case.id]),
        "已提请集体讨论，请各位负责人登录发表意见。",
        title="提请集体讨论",
        submit="提请讨论",
        lead="承办、审核、主持听证的人员可以列席汇报，不能表决（行政处罚法第五十七条第二款）。",
    )


@officials(Role.HEAD)
def voice(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One's own opinion; it cannot be changed afterwards."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    return _act(
        request,
        case,
        VoiceForm(request.POST or None),
        lambda cleaned: actions.voice(case.id, actor=actor, **cleaned),
        reverse("discussion", args=[case.id]),
        "意见已记录。",
        title="发表意见",
        submit="发表意见",
        lead="意见发表以后不能修改。",
    )


@officials(Role.HEAD)
def conclude(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The chair states what the opinions carry."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    return _act(
        request,
        case,
        ConcludeForm(request.POST or None),
        lambda cleaned: actions.conclude(case.id, actor=actor, **cleaned),
        reverse("discussion", args=[case.id]),
        "结论已记录，讨论记录已制作。",
        title="作出讨论结论",
        submit="作出结论",
        lead="结论应当与多数意见一致；处罚决定必须与结论一致。",
    )


@officials(Role.HEAD)
def waive(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Decide that no penalty is imposed."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    entries = [
        (row["code"], f"{row['code']}　{row['conditions'][:40]}")
        for ground in (Waiver.MINOR, Waiver.FIRST)
        for row in queries.lenient_entries(case, ground)
    ]
    # What the officers drafted, or at least the facts of their report, need not be typed again.
    drafted = documents.draft(case, "no-penalty-decision")
    start = drafted.fields if drafted else {"facts": established(case)}
    return _act(
        request,
        case,
        WaiveForm(request.POST or None, entries=entries, initial=start),
        lambda cleaned: actions.decide_none(case.id, actor=actor, **cleaned),
        reverse("case", args=[case.id]),
        "已作出不予行政处罚决定，请送达。",
        title="作出不予处罚决定",
        submit="作出决定",
        lead="轻微、初次违法不予处罚的，写明改正情况；首违不罚的，写明违法记录的查询结果（行政处罚法第三十三条）。",
    )


@officials(Role.HEAD)
def transfer(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Decide that a suspected crime goes to the judicial organs."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    return _act(
        request,
        case,
        TransferForm(request.POST or None),
        lambda cleaned: actions.decide_transfer(case.id, actor=actor, **cleaned),
        reverse("case", args=[case.id]),
        "已决定移送司法机关，请转入移送程序办理。",
        title="决定移送司法机关",
        submit="决定移送",
        danger=True,
        lead="违法行为涉嫌犯罪的，应当移送，不得以罚代刑（行政处罚法第二十七条、第五十七条第一款第四项）。",
    )


@officials(Role.HEAD)
def change(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Change a decision, or declare it illegal or void, by a new act."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    found = queries.of_case(case)
    if found is None:
        raise NotFound("本案还没有处罚决定。")

    def run(cleaned: dict[str, Any]) -> Any:
        def fen(name: str) -> int | None:
            return None if cleaned[name] is None else int(cleaned[name] * 100)

        told = {name: cleaned[name] for name in ("variant", "ordered_by", "order_ref", "reason", "content", "effects")}
        articles = [{"citation": cleaned["article"]}]
        return actions.change(
            found.id, actor=actor, **told, articles=articles, fine_fen=fen("fine"), confiscated_fen=fen("confiscated")
        )

    form = ChangeForm(request.POST or None)
    for name, fen_now in zip(("fine", "confiscated"), queries.amounts(found), strict=True):
        form.fields[name].help_text = f"现在是{yuan(fen_now)}元，不填即不变。"
    return _act(
        request,
        case,
        form,
        run,
        reverse("decision-case", args=[case.id]),
        "已作出新的决定，原决定保留；已公示的内容已撤回，请送达新的决定书。",
        title=f"变更处罚决定 {found.number}",
        submit="作出变更决定",
        danger=True,
        lead="变更不得重于原决定；基于新的事实的，应当撤销原决定，重新立案、告知（行政处罚法第七十五条第二款）。",
    )
