"""Documents over REST: drafts, issue, PDF."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase
from ninja import Router

from mingcha.archives.erasing.actions import print_of
from mingcha.cases import access
from mingcha.common.errors import InvalidInput
from mingcha.documents import access as papers
from mingcha.documents import actions, queries
from mingcha.documents.models import Document
from mingcha.documents.rendering import kinds, template
from mingcha.files.queries import content_path
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.cases import made
from mingcha.interfaces.api.door import Token, actor_of, keyed

router = Router(tags=["文书"])


def _known(kind: str) -> str:
    if kind not in kinds():
        raise InvalidInput({"kind": ["没有这种文书。"]})
    template(kind)
    return kind


@router.get("/cases/{uuid:case_id}/documents", auth=Token(), response=list[shapes.DocumentOut], summary="文书列表")
def list_documents(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    actor = actor_of(request)
    return [_out(row) for row in papers.of_case(actor, access.case(actor, case_id))]


def _out(row: Document) -> dict[str, Any]:
    service = getattr(row, "service", None)
    return {
        "id": row.id,
        "kind": row.kind,
        "title": row.title,
        "number": row.number,
        "digest": row.digest,
        "issued_by": row.issued_by,
        "issued_at": row.issued_at,
        "rendered": hasattr(row, "rendering"),
        "effective_on": service.effective_on if service else None,
    }


@router.get("/cases/{uuid:case_id}/drafts/{kind}", auth=Token(), response=shapes.DraftOut, summary="文书草稿")
def get_draft(request: HttpRequest, case_id: uuid.UUID, kind: str) -> dict[str, Any]:
    """草稿，没有草稿时为前一文书带入的内容；gaps 是还缺少的要素。"""
    case = access.case(actor_of(request), case_id)
    papers.require(actor_of(request), case, _known(kind))
    found = queries.draft(case, kind)
    return {
        "kind": kind,
        "version": found.version if found else 0,
        "fields": queries.typed(case, kind),
        "gaps": [label for _, label in queries.gaps(case, kind)],
    }


@router.put("/cases/{uuid:case_id}/drafts/{kind}", auth=Token(), response=shapes.DraftOut, summary="保存文书草稿")
def save_draft(request: HttpRequest, case_id: uuid.UUID, kind: str, data: shapes.DraftIn) -> Any:
    """version 是所依据的草稿版本；他人已保存新版本时不覆盖。"""
    actor = actor_of(request)
    _well_formed(_known(kind), data.fields)

    def act() -> dict[str, Any]:
        row = actions.save_draft(case_id, kind, data.fields, actor=actor, version=data.version)
        return {"kind": kind, "version": row.version, "fields": row.fields, "gaps": []}

    return keyed(request, data.model_dump(), act)


def _well_formed(kind: str, fields: Mapping[str, Any]) -> None:
    """Refuse values of a wrong type, before they are composed into a letter. Raises InvalidInput."""
    errors = queries.wrong_types(kind, fields)
    if errors:
        raise InvalidInput(errors)


@router.post("/cases/{uuid:case_id}/documents", auth=Token(), response={201: shapes.Made}, summary="制作文书")
def issue(request: HttpRequest, case_id: uuid.UUID, data: shapes.DocumentIn) -> Any:
    """由草稿（或者所附 fields）制作当前环节的文书，文号连续编制，制作后不能修改。"""
    actor = actor_of(request)
    kind = _known(data.kind)
    if data.fields is not None:
        _well_formed(kind, data.fields)

    def act() -> dict[str, str]:
        return made(
            actions.issue(
                case_id, kind, actor=actor, fields=data.fields, pad_number=data.pad_number, made_at=data.made_at
            )
        )

    return keyed(request, data.model_dump(), act)


@router.get("/documents/{uuid:document_id}/pdf", auth=Token(), summary="文书PDF")
def pdf(request: HttpRequest, document_id: uuid.UUID) -> HttpResponseBase:
    found = papers.document(actor_of(request), document_id)
    anew = print_of(document_id)
    rendering = actions.ensure_rendered(document_id)
    return FileResponse(
        content_path(anew.sha256 if anew else rendering.file_id).open("rb"),
        content_type="application/pdf",
        filename=f"{found}.pdf",
    )
