"""The page of a check-up (卷宗体检): findings by gravity, each with paper, page, article and what it leads to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.cases import access
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents.checkup import Found, checkup
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page


def lines(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Findings as the pages show them."""
    return [
        {
            "text": row.mark.reason.message,
            "fix": row.mark.reason.fix,
            "articles": [text for text in row.mark.reason.articles if text],
            "consequence": row.mark.consequence,
            "grave": row.grave,
            "check": row.mark.check,
            "document": row.document,
            "url": f"{reverse('document-pdf', args=[row.document.id])}#page={row.page or 1}" if row.document else "",
            "page": row.page,
        }
        for row in found
    ]


def summary(case: Case) -> dict[str, Any]:
    """The findings for pages that show them beside something else."""
    found = lines(checkup(case))
    return {"grave": [row for row in found if row["grave"]], "light": [row for row in found if not row["grave"]]}


@viewers()
def checked(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    case = access.case(actor, case_id)
    context = {"case": case, **summary(case), "at": clock.now()}
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    return page(request, "workbench/papers/checkup.html", context, title="卷宗体检", crumbs=crumbs, active="cases")
