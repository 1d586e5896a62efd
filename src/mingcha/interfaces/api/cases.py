"""Cases over REST: leads, moves, parties, duties, avoidance, evidence, recordings, statements."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router, UploadedFile

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, actions, facts, findings, queries
from mingcha.cases.models import Case
from mingcha.cases.moves import advance, options
from mingcha.common.errors import InvalidInput
from mingcha.common.paging import page
from mingcha.deadlines import queries as deadlines
from mingcha.files.actions import Incoming, receive
from mingcha.interfaces.api import shapes
from mingcha.interfaces.api.door import PlainJson, Token, actor_of, keyed
from mingcha.recordings import actions as recordings
from mingcha.recordings import queries as recording_queries

router = Router(tags=["案件"])
MOST_PAGE = 200
# What may be attached as evidence; recordings are media only.
EVIDENCE = ("application/pdf", "image/", "video/", "audio/")


def upload(file: UploadedFile | None, allowed: tuple[str, ...]) -> Incoming | None:
    """The uploaded file on disk with its digest, before any transaction begins."""
    return None if file is None else receive(file.chunks(), allowed=allowed)


def _received(actor: Actor, case_id: uuid.UUID, file: UploadedFile | None, allowed: tuple[str, ...]) -> Incoming | None:
    # Nothing is taken in for a case that the person may not handle; without a file the action itself asks.
    if file is not None:
        access.own_case(actor, case_id)
    return upload(file, allowed)


def case_out(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": case.number,
        "cause": case.cause,
        "party": case.party_name,
        "item_code": case.item_code,
        "stage": case.stage,
        "step": case.step,
        "moves": case.moves,
        "created_at": case.created_at,
        "filed_on": case.filed_on,
        "closed_on": case.closed_on,
    }


@router.get("", auth=Token(), response=shapes.CasePage, summary="案件列表")
def list_cases(
    request: HttpRequest, cursor: str = "", size: int = Query(50, ge=1, le=MOST_PAGE), step: str = ""
) -> HttpResponse:
    """可以查看的案件，新的在前；用 next_cursor 翻页。"""
    rows = access.visible(actor_of(request))
    if step:
        rows = rows.filter(step=step)
    found = page(rows.defer("facts"), order=("-created_at", "-id"), cursor=cursor or None, size=size)
    shown = {"items": [case_out(row) for row in found.rows], "next_cursor": found.next_cursor}
    # A long list is written as it is: checking every row against its own description takes longer than reading it.
    return HttpResponse(PlainJson().render(request, shown, response_status=200), content_type="application/json")


@router.post("", auth=Token(Role.HANDLER), response={201: shapes.CaseOut}, summary="登记线索")
def register(request: HttpRequest, data: shapes.LeadIn) -> Any:
    """登记线索并录入当事人，登记人成为承办人员。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: case_out(actions.register_lead(actor=actor_of(request), **fields)))


@router.get("/{uuid:case_id}", auth=Token(), response=shapes.CaseOut, summary="案件")
def get_case(request: HttpRequest, case_id: uuid.UUID) -> dict[str, Any]:
    return case_out(access.case(actor_of(request), case_id))


@router.get("/{uuid:case_id}/options", auth=Token(), response=list[shapes.OptionOut], summary="可以办理的下一步")
def get_options(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """当前环节的各个去向，以及尚未满足的条件和依据。"""
    actor = actor_of(request)
    return [
        {
            "to": option.move.to,
            "procedure": option.move.procedure,
            "branch": option.branch,
            "parallel": option.move.parallel,
            "label": option.move.label,
            "action": option.move.action,
            "roles": list(option.move.roles),
            "permitted": option.permitted,
            "open": option.open,
            "reasons": [reason.as_dict() for reason in option.reasons],
        }
        for option in options(access.case(actor, case_id), actor)
    ]


@router.post("/{uuid:case_id}/moves", auth=Token(), response=shapes.CaseOut, summary="转入下一环节")
def move(request: HttpRequest, case_id: uuid.UUID, data: shapes.MoveIn) -> Any:
    """branch 是并行环节的编号，来自可以办理的下一步；不填的是案件本身。findings 是随同作出的认定。

    没有什么需要判断的环节自动经过，返回的是案件最后所在的环节。
    """
    actor, fields = actor_of(request), data.model_dump()
    found = fields.pop("findings")
    return keyed(request, data.model_dump(), lambda: case_out(advance(case_id, actor=actor, found=found, **fields)))


@router.get("/{uuid:case_id}/facts", auth=Token(), response=list[shapes.FactOut], summary="案件情况")
def list_facts(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    """需要由人说明的案件情况；value为空的还没有说明。"""
    stated = facts.stated(access.case(actor_of(request), case_id))
    return [
        {"name": row.name, "label": row.label, "type": row.type, "value": stated.get(row.name)}
        for row in facts.questions()
    ]


@router.post("/{uuid:case_id}/facts", auth=Token(), response={201: dict[str, Any]}, summary="说明案件情况")
def state_facts(request: HttpRequest, case_id: uuid.UUID, data: shapes.FactsIn) -> Any:
    """是否重大、复杂、涉及公共利益等，决定是否应当法制审核和集体讨论；说明了的不能删除，以最新的为准。"""
    said = data.facts
    return keyed(request, said, lambda: actions.state_facts(case_id, actor=actor_of(request), said=said))


@router.post(
    "/{uuid:case_id}/hearing-hosts", auth=Token(Role.HEAD), response={201: shapes.Made}, summary="指定听证主持人"
)
def name_host(request: HttpRequest, case_id: uuid.UUID, data: shapes.HandlerIn) -> Any:
    return keyed(
        request, data.model_dump(), lambda: made(actions.name_host(case_id, data.officer_id, actor=actor_of(request)))
    )


@router.post(
    "/{uuid:case_id}/rechecks",
    auth=Token(Role.HEAD, Role.UNIT_HEAD),
    response={201: shapes.Made},
    summary="指定申辩复核人员",
)
def name_rechecker(request: HttpRequest, case_id: uuid.UUID, data: shapes.HandlerIn) -> Any:
    """指定以后，陈述申辩只能由被指定的人员复核；没有指定的，由承办人员复核。"""
    asked = data.model_dump()
    return keyed(
        request, asked, lambda: made(actions.name_rechecker(case_id, data.officer_id, actor=actor_of(request)))
    )


@router.post("/{uuid:case_id}/links", auth=Token(), response={201: shapes.CaseOut}, summary="转入其他程序")
def link(request: HttpRequest, case_id: uuid.UUID, data: shapes.LinkIn) -> Any:
    """按程序转入另一个程序，形成关联的新案件，当事人和承办人员随案转入。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: case_out(actions.link(case_id, actor=actor_of(request), **fields)))


@router.get("/{uuid:case_id}/findings", auth=Token(), response=list[shapes.FindingOut], summary="认定")
def list_findings(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    case = access.case(actor_of(request), case_id)
    return [
        {
            "id": row.id,
            "guard": row.guard,
            "met": row.met,
            "grounds": row.grounds,
            "made_by": row.made_by.name,
            "at": row.at,
        }
        for row in findings.of_case(case)
    ]


@router.post("/{uuid:case_id}/findings", auth=Token(), response={201: shapes.Made}, summary="作出认定")
def record_finding(request: HttpRequest, case_id: uuid.UUID, data: shapes.FindingIn) -> Any:
    """机器不能单独判断的法定条件，由办理人员写明理由和证据后认定。"""
    fields = data.model_dump()
    name = fields.pop("guard")

    def act() -> dict[str, str]:
        return made(findings.record_finding(case_id, name, actor=actor_of(request), **fields))

    return keyed(request, data.model_dump(), act)


@router.get("/{uuid:case_id}/periods", auth=Token(), response=list[shapes.PeriodOut], summary="期限")
def list_periods(request: HttpRequest, case_id: uuid.UUID) -> Any:
    access.case(actor_of(request), case_id)
    return list(deadlines.periods_of(case_id))


@router.post("/{uuid:case_id}/parties", auth=Token(), response={201: shapes.Made}, summary="更正当事人")
def correct_party(request: HttpRequest, case_id: uuid.UUID, data: shapes.PartyIn) -> Any:
    """更正形成新的版本，原来的版本保留。"""
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.correct_party(case_id, actor=actor_of(request), **fields)))


@router.get("/{uuid:case_id}/duties", auth=Token(), response=list[shapes.DutyOut], summary="经办人员")
def list_duties(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    case = access.case(actor_of(request), case_id)
    return [
        {"officer_id": row.officer_id, "name": row.officer.name, "duty": row.duty, "since": row.since}
        for row in queries.duties(case)
    ]


@router.post("/{uuid:case_id}/duties", auth=Token(), response={201: shapes.Made}, summary="增加承办人员")
def assign(request: HttpRequest, case_id: uuid.UUID, data: shapes.HandlerIn) -> Any:
    return keyed(
        request,
        data.model_dump(),
        lambda: made(actions.assign_handler(case_id, data.officer_id, actor=actor_of(request))),
    )


@router.post("/{uuid:case_id}/avoidance", auth=Token(), response={201: shapes.Made}, summary="声明是否应当回避")
def declare(request: HttpRequest, case_id: uuid.UUID, data: shapes.AvoidanceIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.declare_avoidance(case_id, actor=actor_of(request), **fields)))


@router.post("/{uuid:case_id}/avoidance/requests", auth=Token(), response={201: shapes.Made}, summary="登记回避申请")
def request_avoidance(request: HttpRequest, case_id: uuid.UUID, data: shapes.AvoidanceRequestIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.request_avoidance(case_id, actor=actor_of(request), **fields)))


@router.post(
    "/{uuid:case_id}/avoidance/decisions",
    auth=Token(Role.HEAD, Role.UNIT_HEAD),
    response={201: shapes.Made},
    summary="决定是否回避",
)
def decide_avoidance(request: HttpRequest, case_id: uuid.UUID, data: shapes.AvoidanceDecisionIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(actions.decide_avoidance(case_id, actor=actor_of(request), **fields)))


@router.get("/{uuid:case_id}/evidence", auth=Token(), response=list[shapes.EvidenceOut], summary="证据")
def list_evidence(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    case = access.case(actor_of(request), case_id)
    return [
        {
            "id": row.id,
            "seq": row.seq,
            "kind": row.kind,
            "name": row.name,
            "proves": row.proves,
            "origin": row.origin,
            "collected_at": row.collected_at,
            "collected_by": row.collected_by,
            "sha256": row.file_id,
            "digest": row.digest,
            "excluded": hasattr(row, "exclusion"),
        }
        for row in queries.evidence(case)
    ]


@router.post("/{uuid:case_id}/evidence", auth=Token(), response={201: shapes.Made}, summary="登记证据")
def add_evidence(
    request: HttpRequest,
    case_id: uuid.UUID,
    data: Form[shapes.EvidenceIn],
    file: File[UploadedFile | None] = None,
) -> Any:
    """multipart/form-data；视听资料和电子数据须附文件。"""
    actor = actor_of(request)
    incoming = _received(actor, case_id, file, EVIDENCE)
    fields = data.model_dump()
    fields["collected_by"] = [fields["collected_by"]] if fields["collected_by"] else []
    return keyed(
        request,
        [fields, incoming.sha256 if incoming else ""],
        lambda: made(actions.record_evidence(case_id, actor=actor, file=incoming, **fields)),
    )


@router.post("/evidence/{uuid:evidence_id}/exclusion", auth=Token(), response={201: shapes.Made}, summary="排除证据")
def exclude(request: HttpRequest, evidence_id: uuid.UUID, data: shapes.ExclusionIn) -> Any:
    def act() -> dict[str, str]:
        actions.exclude_evidence(evidence_id, actor=actor_of(request), reason=data.reason)
        return {"id": str(evidence_id), "number": ""}

    return keyed(request, data.model_dump(), act)


@router.get("/{uuid:case_id}/recordings", auth=Token(), response=list[shapes.RecordingOut], summary="音像记录")
def list_recordings(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    case = access.case(actor_of(request), case_id)
    return [
        {
            "id": row.id,
            "stage": row.stage,
            "matter": row.matter,
            "title": row.title,
            "started_at": row.started_at,
            "sha256": row.file_id,
        }
        for row in recording_queries.of_case(case)
    ]


@router.post("/{uuid:case_id}/recordings", auth=Token(), response={201: shapes.Made}, summary="上传音像记录")
def add_recording(
    request: HttpRequest, case_id: uuid.UUID, data: Form[shapes.RecordingIn], file: File[UploadedFile | None] = None
) -> Any:
    actor = actor_of(request)
    access.own_case(actor, case_id)
    incoming = upload(file, recordings.MEDIA)
    if incoming is None:
        raise InvalidInput({"file": ["请上传音像文件。"]})
    fields, length = data.model_dump(), recordings.length_of(incoming)
    return keyed(
        request,
        [fields, incoming.sha256],
        lambda: made(recordings.add(case_id, actor=actor, file=incoming, duration_ms=length, **fields)),
    )


@router.post("/{uuid:case_id}/excuses", auth=Token(), response={201: shapes.Made}, summary="说明没有音像记录的原因")
def excuse(request: HttpRequest, case_id: uuid.UUID, data: shapes.ExcuseIn) -> Any:
    fields = data.model_dump()
    return keyed(request, fields, lambda: made(recordings.excuse(case_id, actor=actor_of(request), **fields)))


@router.get("/{uuid:case_id}/statements", auth=Token(), response=list[shapes.StatementOut], summary="陈述申辩")
def list_statements(request: HttpRequest, case_id: uuid.UUID) -> list[dict[str, Any]]:
    case = access.case(actor_of(request), case_id)
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "speaker": row.speaker,
            "text": row.text,
            "received_at": row.received_at,
            "answered": hasattr(row, "answer"),
        }
        for row in queries.statements(case)
    ]


@router.post("/{uuid:case_id}/statements", auth=Token(), response={201: shapes.Made}, summary="登记陈述申辩")
def add_statement(
    request: HttpRequest, case_id: uuid.UUID, data: Form[shapes.StatementIn], file: File[UploadedFile | None] = None
) -> Any:
    """multipart/form-data；放弃陈述申辩或者听证须附签名材料。"""
    actor = actor_of(request)
    incoming = _received(actor, case_id, file, EVIDENCE)
    fields = data.model_dump()
    return keyed(
        request,
        [fields, incoming.sha256 if incoming else ""],
        lambda: made(actions.record_statement(case_id, actor=actor, file=incoming, **fields)),
    )


@router.post(
    "/statements/{uuid:statement_id}/answer", auth=Token(), response={201: shapes.Made}, summary="复核陈述申辩"
)
def answer(request: HttpRequest, statement_id: uuid.UUID, data: shapes.AnswerIn) -> Any:
    fields = data.model_dump()
    return keyed(
        request, fields, lambda: made(actions.answer_statement(statement_id, actor=actor_of(request), **fields))
    )


def made(row: Any) -> dict[str, str]:
    """Key and number of a row just made."""
    return {"id": str(row.pk), "number": getattr(row, "number", "") or ""}
