"""Signatures and seals of a document (签名与印章): how they stand, the pad, refusals, the signed copy."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common.errors import InvalidInput, MingchaError, NotFound, NotPermitted
from mingcha.documents import access as papers
from mingcha.documents.models import Document
from mingcha.documents.rendering import template
from mingcha.documents.rendering.about import SIGNERS
from mingcha.documents.sealing import actions, queries, rules
from mingcha.documents.signing import sm2
from mingcha.documents.signing import strokes as drawing
from mingcha.documents.signing.errors import SigningUnavailable
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.middleware import as_mingcha_error
from mingcha.interfaces.workbench import letters
from mingcha.interfaces.workbench.base import Form, acted, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.files import respond
from mingcha.recordings import queries as recordings

SCANS = ("application/pdf", "image/")
_KINDS = {"valid": "ok", "invalid": "late", "unsure": "warn", "unsigned": "empty", "unreadable": "late"}


class PadForm(Form):
    """Who signs, and the strokes that the pad has put together."""

    names = {"device": "strokes"}
    who = forms.ChoiceField(label="签名人是")
    name = forms.CharField(label="签名人姓名", max_length=60)
    capacity = forms.CharField(
        label="身份", max_length=60, required=False, help_text="例如法定代表人、委托代理人、现场负责人。"
    )
    strokes = forms.CharField(label="签名", widget=forms.HiddenInput(attrs={"id": "strokes"}), max_length=300_000)
    device = forms.CharField(widget=forms.HiddenInput(attrs={"id": "device"}), required=False)
    digest = forms.CharField(widget=forms.HiddenInput(attrs={"id": False}))

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = _signers(document)  # type: ignore[attr-defined]
        self.fields["digest"].initial = document.digest
        self.fields["strokes"].error_messages["required"] = "还没有签名。请在签名框里书写姓名。"


class RefusalForm(Form):
    """A refusal to sign with its proof."""

    who = forms.ChoiceField(label="拒绝签名的人是")
    name = forms.CharField(label="姓名", max_length=60)
    reason = forms.CharField(
        label="拒签情况", max_length=300, widget=text_area(3), help_text="写明怎样出示、怎样告知，当事人怎样表示。"
    )
    witness = forms.CharField(label="见证人", max_length=60, required=False, help_text="没有见证人的，选择现场录像。")
    recording = forms.ChoiceField(label="现场录像", required=False)

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [("", "没有录像")]
        rows += [(str(row.id), f"{row.title}") for row in recordings.shown(document.case)]
        self.fields["recording"].choices = rows  # type: ignore[attr-defined]
        self.fields["who"].choices = [row for row in _signers(document) if row[0] in rules.OUTSIDE]  # type: ignore[attr-defined]


class PaperForm(Form):
    """Who signed the printed original in ink, and its scan."""

    scan = forms.FileField(label="签名原件", help_text="签名原件的扫描件或者照片，签名要看得清楚。")

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = [who for who, _ in _signers(document)]
        scan = self.fields.pop("scan")
        for who, label in _signers(document):
            self.fields[who] = forms.CharField(
                label=label,
                max_length=200,
                required=False,
                help_text="签了名的人的姓名，多人用顿号分开；没有签的留空。",
            )
        self.fields["scan"] = scan

    def signed(self, cleaned: dict[str, Any]) -> list[dict[str, str]]:
        rows = ((who, name.strip()) for who in self.roles for name in re.split("[、，,;；]", cleaned[who]))
        return [{"who": who, "name": name} for who, name in rows if name]


def _signers(document: Document) -> list[tuple[str, str]]:
    """Who may sign by hand: those whom the kind wants first, then the others."""
    wanted = [row.who for row in rules.demands(document.kind, document.template_version) if row.who != "organ"]
    order = dict.fromkeys([*wanted, "party", "witness", "interpreter", "other", "officers"])
    return [(who, SIGNERS[who]) for who in order]


def _opened(request: HttpRequest, document_id: uuid.UUID) -> Document:
    return papers.document(actor_of(request), document_id)


def _crumbs(document: Document) -> list[tuple[str, str]]:
    case = document.case
    return [
        ("案件", reverse("cases")),
        (case.number or case.cause, reverse("case", args=[case.id])),
        (document.title, reverse("document-signatures", args=[document.id])),
    ]


@officials()
def standing(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The panel of one document: who has to sign, who has, and the check of the signed copy, in words."""
    actor = actor_of(request)
    document = _opened(request, document_id)
    problem = ""
    if request.method == "POST":
        try:
            # A certificate of the demonstration is made at its first use: not inside the transaction of the act.
            if (source := actions.provider()) is not None:
                source.officer(str(actor.officer_id), actor.name)
            acted(request, lambda: _sign(document, actor, str(request.POST.get("digest", ""))))
            messages.success(request, _copied(document_id, "已经电子签名"))
            return redirect("document-signatures", document_id)
        except (MingchaError, DatabaseError) as error:
            shown = as_mingcha_error(error)
            if shown is None or isinstance(shown, NotPermitted | NotFound):
                raise
            problem = shown.message
    without = ""
    try:
        if actions.provider() is None:
            without = "本机关还没有接入数字证书，文书没有电子签章。请联系信息管理员设置证书来源。"
    except SigningUnavailable as error:
        without = error.message
    case, marks = document.case, queries.marks(document)
    copies = list(queries.copies(document))
    report = queries.report(copies[0]) if copies else None
    handles = _handles(request, case)
    context = {
        "document": document,
        "case": case,
        "void": getattr(document, "void", None),
        "problem": problem,
        "without": without,
        "due": queries.standing(document),
        "each_page": template(document.kind, document.template_version).about.each_page.who,
        "hand": [{"row": row, "bound": queries.still_bound(row), "who": SIGNERS[row.who]} for row in marks.hand],
        "refusals": [{"row": row, "who": SIGNERS[row.who]} for row in marks.refusals],
        "electronic": marks.electronic,
        "paper": [{"row": row, "who": SIGNERS[row.who]} for row in marks.paper],
        "copies": copies,
        "report": report,
        "report_kind": _KINDS[report.state] if report else "",
        "checked": [{"row": row, "kind": _KINDS[row.state]} for row in report.signatures] if report else [],
        "waiting": bool(not copies or copies[0].basis != marks.basis) and not without,
        "sm2": _sm2(copies[0].sm2) if copies and copies[0].sm2 else "",
        "handles": handles,
        "may_sign": not without
        and actions.may_sign_as(document, actor) is not None
        and not any(row.officer_id == actor.officer_id for row in marks.electronic),
    }
    crumbs = _crumbs(document)[:2]
    return page(
        request,
        "workbench/documents/signing.html",
        context,
        title=f"{document.title}的签名与印章",
        crumbs=crumbs,
        active="cases",
        status=422 if problem else 200,
    )


def _sign(document: Document, actor: Any, digest: str) -> str:
    return str(actions.sign_electronically(document.id, actor=actor, digest=digest).id)


def _copied(document_id: uuid.UUID, done: str) -> str:
    """What to say after a signature: its copy is made now, or by the background process where that fails."""
    try:
        actions.ensure_signed(document_id)
    except (MingchaError, OSError):
        return f"{done}。签章的版本还没有制成，系统会自动重试。"
    return f"{done}。"


def _handles(request: HttpRequest, case: Case) -> bool:
    return "handler" in cases.duties_of(case, actor_of(request).officer_id) and case.closed_on is None


def _sm2(found: dict[str, str]) -> str:
    if not sm2.available():
        return "有国密签名，本机没有安装国密算法库，没有核验"
    return "国密签名有效" if sm2.holds(sm2.Detached(**found), found["digest"]) else "国密签名无效"


@viewers()
def strokes(request: HttpRequest, document_id: uuid.UUID, signature_id: uuid.UUID) -> HttpResponse:
    """A handwritten signature as a picture."""
    document = _opened(request, document_id)
    row = document.hand_signatures.filter(id=signature_id).first()
    if row is None:
        raise NotFound("没有找到这个签名。")
    response = HttpResponse(drawing.svg(drawing.read(row.strokes)), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@officials(Role.HANDLER)
def pad(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """The pad that an officer holds out: the text that is signed, the name, the frame for writing."""
    actor = actor_of(request)
    document = _opened(request, document_id)
    case = access.own_case(actor, document.case_id)
    initial = {"who": request.GET.get("who", ""), "name": case.party_name if request.GET.get("who") == "party" else ""}
    form = PadForm(request.POST or None, document=document, initial=initial)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _taken(document_id, actor, cleaned))
        if done:
            messages.success(request, _copied(document_id, f"{form.cleaned_data['name']}已经签名"))
            return redirect("document-signatures", document_id)
    return form_page(
        request,
        form,
        title="手写签名",
        submit="确认签名",
        crumbs=_crumbs(document),
        cancel_url=reverse("document-signatures", args=[document.id]),
        template="workbench/documents/signing_pad.html",
        document=document,
        case=case,
        letter=letters.issued(document),
        each_page=template(document.kind, document.template_version).about.each_page,
    )


def _taken(document_id: uuid.UUID, actor: Any, cleaned: dict[str, Any]) -> str:
    try:
        raw = json.loads(cleaned["strokes"])
    except ValueError:
        raise InvalidInput({"strokes": ["笔迹数据不完整。请清除后重新书写。"]}) from None
    device = cleaned["device"] or "touch"
    return str(actions.sign_by_hand(document_id, actor=actor, **{**cleaned, "strokes": raw, "device": device}).id)


@officials(Role.HANDLER)
def refusal(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """Note a refusal to sign."""
    actor = actor_of(request)
    document = _opened(request, document_id)
    case = access.own_case(actor, document.case_id)
    form = RefusalForm(
        request.POST or None, document=document, initial={"who": request.GET.get("who", ""), "name": case.party_name}
    )
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: str(actions.refuse(document_id, actor=actor, **cleaned).id))
        if done:
            messages.success(request, _copied(document_id, "已记明拒签情况"))
            return redirect("document-signatures", document_id)
    return form_page(
        request,
        form,
        title="记明拒绝签名",
        submit="记明",
        crumbs=_crumbs(document),
        cancel_url=reverse("document-signatures", args=[document.id]),
        template="workbench/cases/record.html",
        case=case,
        guard=True,
        lead=f"《{document.title}》{document.number}。拒绝签名的，写明情况，由见证人在场证明或者录像。",
    )


@officials(Role.HANDLER)
def paper(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """Note who signed the printed original in ink, with its scan."""
    actor = actor_of(request)
    document = _opened(request, document_id)
    case = access.own_case(actor, document.case_id)
    form = PaperForm(request.POST or None, request.FILES or None, document=document)
    if request.method == "POST":
        done = submitted(
            request, form, lambda cleaned: _noted(document_id, actor, form, cleaned), uploads={"scan": SCANS}
        )
        if done:
            messages.success(request, "已登记纸质原件上的签名。")
            return redirect("document-signatures", document_id)
    return form_page(
        request,
        form,
        title="登记纸质签名",
        submit="登记",
        crumbs=_crumbs(document),
        cancel_url=reverse("document-signatures", args=[document.id]),
        template="workbench/cases/record.html",
        case=case,
        guard=True,
        lead=f"《{document.title}》{document.number}。打印后由有关人员在纸质原件上签名的，登记签了名的人，并上传签名原件。",
    )


def _noted(document_id: uuid.UUID, actor: Any, form: PaperForm, cleaned: dict[str, Any]) -> list[str]:
    rows = actions.note_paper(document_id, actor=actor, signed=form.signed(cleaned), scan=cleaned["scan"])
    return [str(row.id) for row in rows]


@viewers()
def signed_pdf(request: HttpRequest, document_id: uuid.UUID) -> HttpResponseBase:
    """The newest signed copy."""
    document = _opened(request, document_id)
    copy = queries.newest(document)
    if copy is None:
        raise NotFound("这份文书还没有签章的版本。")
    return respond(request, copy.file_id, f"{document}（签章）")
