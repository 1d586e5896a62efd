"""The slip with the code by which a party follows its case (进度查询告知单), to print and hand over."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.cases import access
from mingcha.disclosure.reading_cases import case_code
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import link, page


@viewers()
def slip(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Number, code and address for the party; only who may see the case may see the code."""
    case = access.case(actor_of(request), case_id)
    code = case_code(case.id)
    context = {
        "case": case,
        "code": f"{code[:4]}-{code[4:]}",
        "address": settings.BASE_URL + link("portal:own-case"),
        "card": settings.BASE_URL + link("portal:card"),
    }
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    title = "进度查询告知单"
    return page(request, "workbench/petitions/slip.html", context, title=title, crumbs=crumbs, active="cases")
