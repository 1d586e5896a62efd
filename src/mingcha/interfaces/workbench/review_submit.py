"""The handler's side of a review (送审): why it is demanded, whether all is there, what is handed over, attestation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.archives.lending.marking import pages_of
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.cases.moves import Option, options
from mingcha.common.errors import Reason, Refused
from mingcha.documents import queries as documents
from mingcha.documents.models import Rendering
from mingcha.documents.rendering import template
from mingcha.files import queries as files
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench import checkups, letters
from mingcha.interfaces.workbench.base import Form, link, page, submitted, text_area
from mingcha.review import actions, queries
from mingcha.review.choices import PointResult
from mingcha.review.models import Opinion
from mingcha.review.rules import attestations, checklist


class SubmitForm(Form):
    """Answers to each problem of the last opinion, and the attestation."""

    urgent = forms.CharField(
        label="加急的理由", required=False, max_length=300, help_text="需要先审的写明理由；不加急的不填。"
    )
    attested = forms.BooleanField(label="本人对送审材料的真实性、准确性、完整性和执法的合法性负责", required=False)

    def __init__(self, problems: Sequence[Mapping[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = [self.fields.pop("urgent"), self.fields.pop("attested")]
        for row in problems:
            self.fields[f"answer-{row['code']}"] = forms.CharField(
                label=f"对“{row['label']}”的答复",
                help_text=f"审核意见：{row['note']}",
                widget=text_area(3),
                max_length=2000,
            )
        self.fields["urgent"], self.fields["attested"] = last
        self.codes = [row["code"] for row in problems]


@officials(Role.HANDLER)
def submit(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Submission (送审): why review is demanded, whether all is there, what is handed over, attestation."""
    actor = actor_of(request)
    case = access.own_case(actor, case_id)
    last = queries.latest(case)
    problems = _problems(queries.last_opinion(case))
    form = SubmitForm(problems, request.POST or None)
    option = next((row for row in options(case, actor) if row.move.action == "review-submit"), None)
    again = last is not None and hasattr(last, "withdrawal") and case.stage == "legal-review"
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _submit(actor, case, form, cleaned))
        if done:
            return redirect("case", case_id)
    frozen = documents.frozen(case)
    kinds = [frozen.content["kind"]] if frozen else documents.decisive(cases.procedure(case).code)
    context = {
        "case": case,
        "form": form,
        "option": option,
        "reasons": [] if again else _reasons(case, option),
        "papers": [{"title": template(kind).title, "url": link("draft", case.id, kind)} for kind in kinds],
        "met": [check.label for check in option.checks if check.met] if option else [],
        "demanded": queries.in_scope(case),
        "attestations": attestations(),
        "materials": index(case),
        "last": last,
        "problems": problems,
        "letter": letters.draft(case, frozen.content, last.content if last else None) if frozen else None,
        "digest": frozen.digest if frozen else "",
        "checked": checkups.summary(case),
    }
    crumbs = [("案件", reverse("cases")), (str(case), reverse("case", args=[case.id]))]
    title = "再次送审" if last else "提交法制审核"
    status = 422 if form.is_bound else 200
    return page(
        request, "workbench/review/submit.html", context, title=title, crumbs=crumbs, active="cases", status=status
    )


def _problems(opinion: Opinion | None) -> list[dict[str, str]]:
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
    actions.submit(case.id, actor=actor, attested=cleaned["attested"], answers=answers, urgent=cleaned["urgent"])


def index(case: Case) -> list[dict[str, Any]]:
    """The materials as a list for reading: place among the pages, and where each opens."""
    prints = dict(Rendering.objects.filter(document__case=case).values_list("document_id", "file_id"))
    originals = {row.id: row.file_id for row in cases.counted_evidence(case)}
    rows, last = [], 0
    for row in queries.materials(case):
        kind, _, key = row["key"].partition(":")
        pages, url = 0, ""
        if kind == "document":
            url = reverse("document-pdf", args=[key])
            pages = page_count(prints[uuid.UUID(key)]) if uuid.UUID(key) in prints else 0
        elif kind == "recording":
            url = reverse("recording", args=[key])
        elif originals.get(uuid.UUID(key)):
            url = f"{reverse('file', args=[originals[uuid.UUID(key)]])}?case={case.id}"
        rows.append({**row, "url": url, "pages": pages, "first": last + 1, "last": last + pages})
        last += pages
    return rows


@lru_cache(4096)
def page_count(sha256: str) -> int:
    """Pages of a print; kept for good, the name of the bytes is their digest."""
    return pages_of(files.content_path(sha256), "application/pdf")


def scope_of(case: Case) -> dict[str, Any] | None:
    """For the case page, from the first day: whether review will be demanded, by which condition of which edition."""
    if not documents.decisive(cases.procedure(case).code):
        return None
    try:
        demanded = queries.in_scope(case)
    except Refused as error:
        return {"missing": error.reasons}
    last = queries.latest(case)
    opinion = getattr(last, "opinion", None)
    beside = demanded.value and actions.STAGE not in cases.procedure(case).stages
    return {
        "submit": beside and not (last and queries.waits(last)) and queries.standing(case) is None,
        "demanded": demanded,
        "edition": queries.list_in_force(case),
        "last": last,
        "opinion": opinion,
        "withdrawn": hasattr(last, "withdrawal") if last else False,
        "voiding": getattr(opinion, "voiding", None),
        "allocated": queries.allocated(last) if last and queries.waits(last) else None,
        "supplement": queries.open_supplement(last) if last and queries.waits(last) else None,
    }


def _reasons(case: Case, option: Option | None) -> list[Reason]:
    if option is None and actions.STAGE not in cases.procedure(case).stages:
        return actions.gaps(case)
    if option is None:
        stage = cases.stage(case).name
        return [
            Reason(
                "not-submittable", f"案件现在处于“{stage}”环节，不能送审。", (), "请先在案件页办理到审核范围判断环节。"
            )
        ]
    return option.reasons
