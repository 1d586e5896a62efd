"""The hearing page (听证): its day with the calendar, persons, papers; the host fixes, records, terminates, reports."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case, Evidence
from mingcha.common import clock
from mingcha.hearings import actions, queries
from mingcha.hearings.choices import Attending, Ending, Proposal, Secret
from mingcha.hearings.models import Session
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import CHOOSE, Form, form_page, moment_field, page, plainly, submitted, text_area


class FixForm(Form):
    held_at = moment_field("听证时间")
    place = forms.CharField(label="听证地点", max_length=200)
    clerk_id = forms.ChoiceField(label="记录人")
    public = forms.TypedChoiceField(
        label="是否公开举行",
        choices=[("yes", "公开举行"), ("no", "不公开举行")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    attend = forms.CharField(label="旁听办法（公开的）", widget=text_area(2), max_length=500, required=False)
    seats = forms.IntegerField(label="旁听席位（公开的）", min_value=0, max_value=1000, required=False)
    secret = forms.ChoiceField(label="不公开的理由", choices=[("", "（公开的不选）"), *Secret.choices], required=False)
    secret_why = forms.CharField(label="不公开的具体情况", max_length=300, required=False)
    reason = forms.CharField(label="改期的理由", widget=text_area(2), max_length=500, required=False)
    unannounced = forms.BooleanField(
        label="听证日所在年份的放假安排还没有公布：我将在公布后核对，是休息日的改期并重新通知",
        required=False,
        help_text="放假安排已经公布的，不用勾选。",
    )
    disinterested = forms.BooleanField(label="我与本案没有直接利害关系，没有参与本案调查", required=False)

    def __init__(self, *args: Any, clerks: list[tuple[str, str]], again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clerk_id"]
        if isinstance(field, forms.ChoiceField):
            field.choices = clerks
        if not again:
            del self.fields["reason"]


class AttendeeForm(Form):
    role = forms.ChoiceField(label="身份", choices=Attending.choices)
    name = forms.CharField(label="姓名", max_length=60)
    authority = forms.CharField(
        label="证件、授权", max_length=200, required=False, help_text="委托代理人写明授权委托书和授权范围。"
    )


class RecordForm(Form):
    start = moment_field("开始时间")
    end = moment_field("结束时间")
    presentation = forms.CharField(label="调查人员提出的事实、证据和处罚建议", widget=text_area(5))
    defence = forms.CharField(label="当事人的申辩", widget=text_area(4))
    debate = forms.CharField(label="辩论", widget=text_area(3))
    last_word = forms.CharField(label="最后陈述", widget=text_area(2))
    recordings = forms.CharField(label="录音录像", max_length=200, required=False)
    refusal = forms.CharField(label="拒绝签名的情况", widget=text_area(2), required=False)
    read_by = forms.ChoiceField(label="核对方式", choices=[CHOOSE, ("self", "本人阅读"), ("aloud", "向本人宣读")])

    def __init__(self, *args: Any, evidence: list[Evidence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evidence = evidence
        for row in evidence:
            self.fields[f"e-{row.id}"] = forms.CharField(
                label=f"质证意见：证据{row.seq} {row.name}",
                widget=text_area(2),
                required=False,
                help_text="没有出示的留空；留空的证据不能作为决定的根据。",
            )

    def shown(self, cleaned: dict[str, Any]) -> list[dict[str, Any]]:
        rows = [(row.id, cleaned.get(f"e-{row.id}", "")) for row in self.evidence]
        return [{"evidence_id": key, "opinion": text, "shown_by": "officers"} for key, text in rows if text]


class TerminateForm(Form):
    ending = forms.ChoiceField(
        label="终止的情形",
        choices=[(item.value, item.label) for item in (Ending.ABSENT, Ending.LEFT)],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="终止的情况", widget=text_area(4), max_length=2000)


class ReportForm(Form):
    gist = forms.CharField(label="听证的基本情况", widget=text_area(4))
    disputes = forms.CharField(label="争议的事实", widget=text_area(4))
    opinion = forms.CharField(label="听证意见", widget=text_area(5))
    proposal = forms.ChoiceField(label="处理建议", choices=[CHOOSE, *Proposal.choices])

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exam = names
        for place, name in enumerate(names):
            self.fields[f"a-{place}"] = forms.ChoiceField(
                label=f"{name}：是否采信",
                choices=[CHOOSE, ("yes", "采信"), ("part", "部分采信"), ("no", "不采信")],
                error_messages={"required": f"请选择是否采信{name}。"},
            )
            self.fields[f"r-{place}"] = forms.CharField(
                label=f"{name}：理由",
                max_length=1000,
                error_messages={"required": f"请填写{name}采信或者不采信的理由。"},
            )

    def views(self, cleaned: dict[str, Any]) -> list[dict[str, str]]:
        return [
            {"name": name, "accepted": cleaned[f"a-{place}"], "reason": cleaned[f"r-{place}"]}
            for place, name in enumerate(self.exam)
        ]


def _crumbs(case: Case, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id])), *more]


@viewers()
def hearing(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One hearing on one page: calendar, persons, papers, what comes next."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    found = queries.current(case)
    session = queries.session(found) if found else None
    end = queries.closing(found) if found else None
    hosts = found is not None and _hosts(actor, case)
    context = {
        "case": case,
        "hearing": found,
        "session": session,
        "earlier": queries.sessions(found)[:-1] if found else [],
        "closing": end,
        "ending": Ending(end.ending).label if end else "",
        "report": queries.report(found) if found else None,
        "attendees": [(Attending(row.role).label, row) for row in queries.attendees(found)] if found else [],
        "warnings": queries.warnings(case, session) if session and end is None else [],
        "secret": Secret(session.secret).label if session and session.secret else "",
        "hosts": hosts,
        "hosting": [row.name for row in cases.officers_on(case, DutyKind.HEARING_HOST)],
        "may_register": found is not None and end is None and (hosts or _handles(actor, case)),
        "days": _days(case, session),
        "first": plainly(queries.earliest(case)),
        "unexamined": queries.unexamined(case, end) if end and end.record else [],
        "beyond": queries.against_record(case) if end and end.record else [],
    }
    title = "听证"
    return page(
        request, "workbench/hearings/hearing.html", context, title=title, crumbs=_crumbs(case), active="hearings"
    )


def _days(case: Case, session: Session | None) -> list[dict[str, Any]]:
    """The days from today to a week after the first possible one, each with why it is or is not open."""
    calendar, first, today = queries.calendar(case), queries.earliest(case).value, clock.today()
    last = max(first, session.held_on if session else first)
    span = (last - today).days + 7
    rows = []
    for day in (today + dt.timedelta(days=step) for step in range(1, min(span, 60))):
        works = calendar.is_workday(day)
        state = "off" if not works else "early" if day < first else "open"
        rows.append(
            {
                "day": day,
                "state": state,
                "why": calendar.why(day),
                "sure": calendar.is_announced(day),
                "fixed": bool(session and session.held_on == day),
            }
        )
    return rows


def _hosts(actor: Actor, case: Case) -> bool:
    held = cases.duties_of(case, actor.officer_id)
    return DutyKind.HEARING_HOST in held and actor.officer_id not in cases.avoiding(case)


def _handles(actor: Actor, case: Case) -> bool:
    return DutyKind.HANDLER in cases.duties_of(case, actor.officer_id)


def _act(
    request: HttpRequest, case: Case, form: Form, run: Callable[[dict[str, Any]], Any], done: str, **shown: Any
) -> HttpResponse:
    """One form of the hearing; back to its page when done."""
    here = reverse("hearing", args=[case.id])
    if request.method == "POST" and submitted(request, form, lambda cleaned: {"id": str(run(cleaned).pk)}):
        messages.success(request, done)
        return redirect(here)
    return form_page(request, form, crumbs=_crumbs(case, ("听证", here)), cancel_url=here, active="hearings", **shown)


@officials()
def fix(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Fix the day, or move it with a reason; notice and announcement are made."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    found = queries.current(case)
    again = bool(found and queries.session(found))
    handlers = {row.id for row in cases.officers_on(case, DutyKind.HANDLER)}
    staff = accounts.officers_with_role(actor.organ_id, Role.CLERK) | accounts.officers_with_role(
        actor.organ_id, Role.REVIEWER
    )
    clerks = [(str(row.id), row.name) for row in staff if row.id not in handlers and row.id != actor.officer_id]
    form = FixForm(request.POST or None, clerks=clerks, again=again)

    def run(cleaned: dict[str, Any]) -> Session:
        fields = {**cleaned, "clerk_id": uuid.UUID(cleaned["clerk_id"]), "seats": cleaned.get("seats") or 0}
        return actions.fix(case.id, actor=actor, **fields)

    first = queries.earliest(case)
    return _act(
        request,
        case,
        form,
        run,
        "已确定听证时间地点，听证通知书已制作，请承办人员送达。",
        title="听证改期" if again else "确定听证时间地点",
        submit="确定并制作通知书",
        lead=f"今天通知的，最早可以在{first.value.isoformat()}举行；休息日不能安排（行政处罚法第六十四条第二项）。",
    )


@officials()
def attendee(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Register who takes part."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    form = AttendeeForm(request.POST or None)
    return _act(
        request,
        case,
        form,
        lambda cleaned: actions.register_attendee(case.id, actor=actor, **cleaned),
        "已登记参加人。",
        title="登记听证参加人",
        submit="登记",
        lead="当事人可以亲自参加，也可以委托一至二人代理（行政处罚法第六十四条第五项）。",
    )


@officials()
def record(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The record of a hearing that was held, with the examination of each piece of evidence."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    evidence = cases.counted_evidence(case)
    begun = {"presentation": "\n".join(actions.presented(case))}
    form = RecordForm(request.POST or None, evidence=evidence, initial=begun)

    def run(cleaned: dict[str, Any]) -> Any:
        said = {name: value for name, value in cleaned.items() if not name.startswith("e-")}
        return actions.record(case.id, actor=actor, examined=form.shown(cleaned), **said)

    return _act(
        request,
        case,
        form,
        run,
        "听证笔录已制作，请参加人逐页核对签名。",
        title="制作听证笔录",
        submit="制作笔录",
        guard=True,
        lead="决定应当根据听证笔录作出：没有质证的证据、笔录没有记载的事实，不能写入决定（行政处罚法第六十五条）。",
    )


@officials()
def terminate(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The party stayed away or left: the hearing ends."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    return _act(
        request,
        case,
        TerminateForm(request.POST or None),
        lambda cleaned: actions.terminate(case.id, actor=actor, **cleaned),
        "听证已终止。",
        title="终止听证",
        submit="终止听证",
        danger=True,
        lead="无正当理由拒不出席或者未经许可中途退出的，视为放弃听证权利（行政处罚法第六十四条第六项）。",
    )


@officials()
def report(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The host's own opinion, after the record."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    found = queries.current(case)
    end = queries.closing(found) if found else None
    exam = end.record.fields.get("exam", []) if end and end.record else []
    form = ReportForm(request.POST or None, names=[row["evidence"] for row in exam])

    def run(cleaned: dict[str, Any]) -> Any:
        told = {name: cleaned[name] for name in ("gist", "disputes", "opinion", "proposal")}
        return actions.report(case.id, actor=actor, evidence=form.views(cleaned), **told)

    return _act(
        request,
        case,
        form,
        run,
        "听证报告已提交。",
        title="提交听证报告",
        submit="提交报告",
        guard=True,
        lead="由主持人独立提出意见；不得因当事人要求听证而加重处罚（行政处罚法第四十五条第二款）。",
    )
