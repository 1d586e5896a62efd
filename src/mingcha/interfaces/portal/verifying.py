"""Is this paper genuine? (验真) — by number, by the code on the letter, by a proof bundle."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import checking
from mingcha.interfaces.portal.pages import asked, show
from mingcha.ledger.core.bundle import Step

CRUMBS = [("验真与投诉", "")]


@public
def verify(request: HttpRequest) -> HttpResponse:
    number = asked(request, "number")
    context = {"number": number, "asked": "number" in request.GET, "rows": queries.by_number(number)}
    return show(request, "verify", context, section="verify", crumbs=CRUMBS)


@public
def document(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """Where the code on a letter leads. A letter that is not public yet answers like one that does not exist."""
    row = queries.of_document(document_id)
    context = {
        "row": row,
        "stands": row is not None and queries.stands(row),
        "checked": checking.check(row) if row is not None and queries.stands(row) else None,
    }
    crumbs = [("验真与投诉", reverse("portal:verify")), ("扫码核验", "")]
    return show(request, "document", context, section="verify", crumbs=crumbs, status=200 if row else 404)


@public
@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """Check a bundle. Nothing is stored and nobody is signed in, so the form needs no token and sets no cookie."""
    crumbs = [("验真与投诉", reverse("portal:verify")), ("核验证明包", "")]
    if request.method != "POST":
        return show(request, "upload", {}, section="verify", crumbs=crumbs)
    file = request.FILES.get("bundle")
    if file is None:
        context = {"errors": ["请选择要核验的证明包文件（扩展名 .json）。"]}
        return show(request, "upload", context, section="verify", crumbs=crumbs, status=422)
    if checking.too_large(file.size):
        step = Step("读取证明包", "文件是格式正确的证明包", False, "文件太大，不是证明包。")
        found = checking.Upload(checking.UNREADABLE, [step], step.differs)
    else:
        found = checking.check_upload(file.read())
    result: dict[str, Any] = {
        "found": found,
        "name": file.name,
        "stands": found.row is not None and queries.stands(found.row),
    }
    return show(request, "upload", result, section="verify", crumbs=crumbs)
