"""Service (送达): the list of what waits, the form of each mode, attempts, signed addresses, void and corrected papers."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as case_queries
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.common.paging import page as page_of
from mingcha.deadlines import queries as deadlines
from mingcha.documents import access as papers
from mingcha.documents import actions as documents
from mingcha.documents import correcting, numbering
from mingcha.documents.agency import queries as agency
from mingcha.documents.choices import DECIDED, ServiceMode
from mingcha.documents.models import Document
from mingcha.documents.presuming import presumed
from mingcha.documents.queries import came_later
from mingcha.documents.rendering import template
from mingcha.documents.rendering.about import about
from mingcha.documents.serving import actions as serving
from mingcha.documents.serving import queries, rules
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import page, plainly, submitted
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.interfaces.workbench.records import back, show
from mingcha.interfaces.workbench.service_forms import AddressForm, AttemptForm, ServeForm, SlipForm, VoidForm, told

_PROOF = ("application/pdf", "image/", "video/", "audio/")
_SIZE = 50
_MOST_EXPORTED = 5000


def _document(request: HttpRequest, case: Case, document_id: uuid.UUID) -> Document:
    found = (
        Document.objects.filter(id=document_id, case=case).select_related("service", "void", "case", "corrects").first()
    )
    if found is None:
        raise NotFound("没有找到这份文书。")
    papers.require(actor_of(request), case, found.kind)
    return found


def _served_case(request: HttpRequest, case_id: uuid.UUID, document_id: uuid.UUID) -> tuple[Case, Document]:
    """A paper to be served with its case: an open one of this handler, or a later act in a closed one."""
    case = access.own_case(actor_of(request), case_id, afterwards=True)
    document = _document(request, case, document_id)
    if not came_later(document):
        access.require_open(case)
    return case, document


# --- what waits ---


def _selected(request: HttpRequest) -> Any:
    tried = {"yes": True, "no": False}.get(str(request.GET.get("tried", "")))
    kind = str(request.GET.get("kind", ""))
    return queries.matching(
        queries.waiting(actor_of(request)),
        words=str(request.GET.get("q", "")),
        kind=kind if kind in queries.served_kinds() else "",
        tried=tried,
    )


def _due(row: Document) -> dict[str, Any] | None:
    found = queries.due(row)
    if found is None:
        return None
    today = clock.today()
    left = deadlines.calendar(row.case.jurisdiction).workdays_between(today, found.value)
    colour = "red" if found.value < today else "amber" if left <= 2 else "green"
    return {"left": left, "colour": colour, "due_on": found.value, "unit": "个工作日"}


@viewers()
def waiting(request: HttpRequest) -> HttpResponse:
    """待送达: issued papers that have not reached the party, with the last day of decisions."""
    actor = actor_of(request)
    found = page_of(_selected(request), order=("issued_at", "id"), cursor=request.GET.get("cursor"), size=_SIZE)
    query = {name: str(request.GET.get(name, "")) for name in ("q", "kind", "tried") if request.GET.get(name)}

    def url(**changes: str) -> str:
        return "?" + urlencode({name: value for name, value in {**query, **changes}.items() if value})

    present = queries.waiting(actor).order_by("kind").values_list("kind", flat=True).distinct()
    filters = [
        {"label": "全部", "url": url(kind="", tried=""), "current": not query.get("kind") and "tried" not in query}
    ]
    filters += [
        {"label": template(kind).title, "url": url(kind=kind), "current": query.get("kind") == kind} for kind in present
    ]
    filters += [
        {
            "label": "送达未成",
            "url": url(tried="" if query.get("tried") else "yes"),
            "current": query.get("tried") == "yes",
        }
    ]
    tries = _tries(found.rows)
    context = {
        "rows": [_row(request, row, tries) for row in found.rows],
        "columns": [{"label": name} for name in ("文书", "案件", "当事人", "制作", "送达期限", "经过")],
        "page": found,
        "filters": filters,
        "q": query.get("q", ""),
        "exports": [(name, reverse("service-export", args=[name]) + url()) for name in ("xlsx", "csv")],
    }
    return page(request, "workbench/service/waiting.html", context, title="待送达", active="service")


def _tries(rows: list[Document]) -> dict[uuid.UUID, int]:
    found: dict[uuid.UUID, int] = {}
    for row in queries.attempts_on(rows):
        found[row] = found.get(row, 0) + 1
    return found


def _row(request: HttpRequest, row: Document, tries: dict[uuid.UUID, int]) -> dict[str, Any]:
    due = _due(row)
    mine = actor_of(request).has(Role.HANDLER)
    place = reverse("case-serve", args=[row.case_id, row.id]) if mine else reverse("document-pdf", args=[row.id])
    return {
        "cells": [
            {"text": row.title, "url": place, "note": row.number},
            {"text": row.case.number or "未立案", "url": reverse("case", args=[row.case_id]), "note": row.case.cause},
            row.case.party_name,
            clock.legal_day(row.issued_at).isoformat(),
            {"due": due} if due else "及时送达",
            f"已尝试{tries[row.id]}次" if row.id in tries else "—",
        ],
        "late": bool(due and due["colour"] == "red"),
    }


@viewers()
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """The same list as XLSX or CSV."""
    rows = list(_selected(request).order_by("issued_at", "id")[:_MOST_EXPORTED])
    tries = _tries(rows)
    table = Table(
        "待送达",
        ("文书", "文号", "案号", "案由", "当事人", "制作日期", "最迟送达", "已尝试次数"),
        (
            (
                row.title,
                row.number,
                row.case.number,
                row.case.cause,
                row.case.party_name,
                clock.legal_day(row.issued_at),
                due["due_on"] if (due := _due(row)) else "",
                tries.get(row.id, 0),
            )
            for row in rows
        ),
    )
    return table_response(table, ending, "service")


# --- one paper ---


@viewers()
def paper(request: HttpRequest, case_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """One paper: its versions, whether it is void, every attempt and hand-over, how the day of effect was reckoned."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    document = _document(request, case, document_id)
    corrections = queries.corrections(case)
    by, of = corrections.get(document.id), getattr(document, "corrects", None)
    handed = [
        {
            "row": row,
            "explained": plainly(row.reckoning),
            "receipt": reverse("document-pdf", args=[row.receipt_id]),
            "proof": reverse("file", args=[row.evidence_id]) if row.evidence_id else "",
        }
        for row in queries.handovers_of(document)
    ]
    own = actor.officer_id in {row.id for row in case_queries.active_handlers(case)}
    live = not hasattr(document, "void") and of is None and (case.closed_on is None or came_later(document))
    waits = document.kind in queries.served_kinds() and not hasattr(document, "service")
    head = document.kind in DECIDED and actor.has(Role.HEAD) and case.organisation_id == actor.organ_id
    context = {
        "document": document,
        "case": case,
        "corrected_by": by if by and by.original_id == document.id else None,
        "corrects": of,
        "handed": handed,
        "circle": reverse("case-circle", args=[case.id, document.kind]) if about(document.kind).restricted else "",
        "own_form": agency.used_for(document),
        "tried": queries.attempts([document], case.party_name),
        "presumed": presumed(document),
        "may_serve": own and live and waits,
        "may_void": own and live and case.closed_on is None and not numbering.may_void(document),
        "may_correct": (own or head)
        and (not by or by.original_id != document.id)
        and not hasattr(document, "void")
        and correcting.may_now(document)
        and (head or document.kind not in DECIDED),
    }
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    return page(request, "workbench/service/paper.html", context, title=str(document), crumbs=crumbs, active="cases")


@officials(Role.HANDLER)
def serve(request: HttpRequest, case_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """Service (送达) of an issued document in one mode, with its receipt."""
    actor = actor_of(request)
    case, document = _served_case(request, case_id, document_id)
    party = case_queries.party(case)
    mode = str(request.POST.get("mode") or request.GET.get("mode") or ServiceMode.DIRECT)
    if mode not in ServiceMode.values:
        mode = ServiceMode.DIRECT
    others = list(queries.together(document))
    initial = {
        "served_at": clock.now(),
        "place": party.address,
        "receiver": party.legal_representative or party.name,
        "relation": "self" if party.kind != "organisation" else "legal_rep",
        **({"place": ""} if mode == ServiceMode.ANNOUNCEMENT else _from_consent(case, mode)),
    }
    form = ServeForm(
        request.POST or None, request.FILES or None, initial=initial, mode=mode, party=party, others=others
    )
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            given = told(cleaned)
            also = [uuid.UUID(key) for key in given.pop("also", [])]
            return documents.serve(document_id, actor=actor, also=also, **given).effective_on.isoformat()

        done = submitted(request, form, act, uploads={"evidence": _PROOF})
        if done:
            words = "期满视为送达" if mode == ServiceMode.ANNOUNCEMENT else "生效"
            return back(request, case, f"《{document.title}》已送达，{done.result}{words}，送达回证已制作。")
    law = rules.law()["modes"][mode]
    return show(
        request,
        case,
        form,
        f"送达{document.title}",
        "登记送达",
        template="workbench/service/serve.html",
        lead=f"{document.number or document.title}，受送达人：{case.party_name}。登记后制作送达回证，不能修改。",
        modes=[
            {"label": label, "url": f"?mode={value}", "current": value == mode} for value, label in ServiceMode.choices
        ],
        law=law,
        tried=queries.attempts([document], case.party_name),
        attempt_url=reverse("case-attempt", args=[case.id, document.id]),
        address_url=reverse("case-address", args=[case.id]),
    )


def _from_consent(case: Case, mode: str) -> dict[str, str]:
    """The address that the party has confirmed stands before the one of the register."""
    found = queries.consent(case, case.party_name, clock.now())
    if found is None:
        return {}
    if mode == ServiceMode.ELECTRONIC:
        return {"place": f"{found.account}", "receiver": found.receiver}
    return {"place": found.address, "receiver": found.receiver} if mode == ServiceMode.POST else {}


@officials(Role.HANDLER)
def attempt(request: HttpRequest, case_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """An attempt that did not succeed, recorded before another mode is tried."""
    actor = actor_of(request)
    case, document = _served_case(request, case_id, document_id)
    initial = {"tried_at": clock.now(), "place": case_queries.party(case).address}
    form = AttemptForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(serving.record_attempt([document_id], actor=actor, **cleaned)[0].id),
            uploads={"evidence": _PROOF},
        )
        if done:
            return back(request, case, f"已登记《{document.title}》送达未成的经过。")
    return show(
        request,
        case,
        form,
        "登记送达未成",
        "登记",
        lead=f"{document.title}{document.number}。逐次登记，不能修改；公告送达以前须用过其他方式。",
    )


@officials(Role.HANDLER)
def address(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The signed address form of the party (送达地址确认书), with or without consent to electronic service."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id, afterwards=True)
    party = case_queries.party(case)
    initial = {
        "receiver": party.legal_representative or party.name,
        "phone": party.phone,
        "address": party.address,
    }
    form = AddressForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST":
        done = submitted(
            request,
            form,
            lambda cleaned: str(serving.record_consent(case_id, actor=actor, **cleaned).id),
            uploads={"signed": ("application/pdf", "image/")},
        )
        if done:
            return back(request, case, "已登记送达地址确认书。")
    return show(
        request,
        case,
        form,
        "登记送达地址确认书",
        "登记",
        lead="当事人签订确认书同意的，才可以电子送达（行政处罚法第六十一条第二款）；以最近一次签订的为准。",
    )


@officials(Role.HANDLER)
def void(request: HttpRequest, case_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """Make a paper void before service; its number stays and never returns."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    document = _document(request, case, document_id)
    form = VoidForm(request.POST or None)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: str(numbering.make_void(document_id, actor=actor, **cleaned).document_id)
        )
        if done:
            return back(request, case, f"《{document.title}》已作废，号码不再使用，请重新制作。")
    return show(
        request,
        case,
        form,
        f"作废{document.title}",
        "作废",
        danger=True,
        lead=f"{document.number or document.title}。还没有送达的文书写错了，作废后重新制作；作废的文书和文号都保留。",
    )


@officials(Role.HANDLER, Role.HEAD)
def correct(request: HttpRequest, case_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """Correct a slip: a new version and the letter that tells the party."""
    actor = actor_of(request)
    case = access.case(actor, case_id)
    document = _document(request, case, document_id)
    if document.kind not in DECIDED:
        access.own_case(actor, case_id)
    texts = {place.path: place for place in correcting.places(document)}
    form = SlipForm(request.POST or None)
    choices = [(place.path, f"{place.label}：{place.text[:40]}") for place in texts.values()]
    form.fields["path"].choices = choices  # type: ignore[attr-defined]
    if request.method == "POST":

        def act(cleaned: dict[str, Any]) -> str:
            text = texts[cleaned["path"]].text
            after = text.replace(cleaned["before"], cleaned["after"], 1)
            slip = correcting.Slip(cleaned["path"], text if cleaned["before"] in text else cleaned["before"], after)
            return str(correcting.correct(document_id, [slip], reason=cleaned["reason"], actor=actor).successor_id)

        done = submitted(request, form, act)
        if done:
            return back(request, case, f"《{document.title}》已补正，请送达补正通知书。")
    return show(
        request,
        case,
        form,
        f"补正{document.title}",
        "补正",
        lead="只更正笔误。事实、依据、处罚或者当事人有误的，应当变更或者撤销，不能补正。",
    )
