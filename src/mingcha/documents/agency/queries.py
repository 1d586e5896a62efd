"""Reads of an agency's own forms: versions, the one in use, a document printed on it."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.common.errors import NotFound
from mingcha.documents.agency.choices import FormAct
from mingcha.documents.agency.filling import fill_form, trial
from mingcha.documents.agency.models import AgencyForm, AgencyFormDecision
from mingcha.documents.models import Document
from mingcha.files import queries as files


def of_organ(organ_id: uuid.UUID) -> QuerySet[AgencyForm]:
    """All versions of an organ's forms, their decisions joined."""
    decided = AgencyFormDecision.objects.filter(form=OuterRef("pk"))
    rows = AgencyForm.objects.filter(organisation_id=organ_id).select_related("uploaded_by")
    return rows.prefetch_related("decisions").annotate(
        used=Exists(decided.filter(act=FormAct.USE)), withdrawn=Exists(decided.filter(act=FormAct.WITHDRAW))
    )


def form(actor: Actor, form_id: uuid.UUID) -> AgencyForm:
    """One version of the own organ. Raises NotFound."""
    found = of_organ(actor.organ_id).filter(id=form_id).first()
    if found is None:
        raise NotFound("没有找到这个文书格式，或者它不属于您的机关。")
    return found


def in_use(organ_id: uuid.UUID, kind: str) -> AgencyForm | None:
    """The version last put into use, unless that one was withdrawn: an older one does not come back by itself."""
    decision = (
        AgencyFormDecision.objects.filter(act=FormAct.USE, form__organisation_id=organ_id, form__kind=kind)
        .select_related("form")
        .order_by("-at", "-id")
        .first()
    )
    if decision is None or decision.form.decisions.filter(act=FormAct.WITHDRAW).exists():
        return None
    return decision.form


def kinds_in_use(organ_id: uuid.UUID) -> set[str]:
    """Kinds of document that can be downloaded in the organ's own layout."""
    kinds = AgencyFormDecision.objects.filter(act=FormAct.USE, form__organisation_id=organ_id)
    return {kind for kind in set(kinds.values_list("form__kind", flat=True)) if in_use(organ_id, kind)}


def content(found: AgencyForm) -> bytes:
    return files.content_path(found.file_id).read_bytes()


def used_for(document: Document) -> AgencyForm | None:
    """The version that was in use when a document was made; one made before there was any takes the one in use now.

    So a paper looks the same whenever it is printed, also after a newer version or a withdrawal.
    """
    decisions = AgencyFormDecision.objects.filter(
        form__organisation_id=document.case.organisation_id, form__kind=document.kind, at__lte=document.issued_at
    ).order_by("-at", "-id")
    last = decisions.filter(act=FormAct.USE).select_related("form").first()
    if last is None:
        return in_use(document.case.organisation_id, document.kind)
    return None if decisions.filter(act=FormAct.WITHDRAW, form=last.form).exists() else last.form


def printed(document: Document) -> tuple[AgencyForm, bytes]:
    """An issued document in the organ's own layout, beside the PDF, which stays the original. Raises NotFound."""
    found = used_for(document)
    if found is None:
        raise NotFound(f"《{document.title}》没有启用的本机关格式。请使用 PDF 原件。")
    version, title = document.template_version, document.title
    return found, fill_form(content(found), document.kind, document.fields, version=version, title=title)


def trial_of(found: AgencyForm) -> bytes:
    """The form filled with the labels of its fields."""
    return trial(content(found), found.kind)
