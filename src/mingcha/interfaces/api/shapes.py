"""What the REST interface takes and gives."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _near(value: dt.datetime) -> dt.datetime:
    # At the ends of the calendar an instant cannot be turned into another time zone.
    if not 1900 <= value.year <= 9000:
        raise ValueError("out of range")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_near)]
Fields = dict[str, Any]


class Input(BaseModel):
    """What is sent; not ninja's Schema, which reads every object twice when it forbids what is not described."""

    model_config = ConfigDict(extra="forbid")


class PartyIn(Input):
    party_kind: str
    party_name: str
    id_number: str = ""
    uscc: str = ""
    legal_representative: str = ""
    address: str = ""
    phone: str = ""


class LeadIn(PartyIn):
    procedure: str = "P-PT"
    entry: str = ""
    source: str
    cause: str
    facts: str
    item_code: str
    conduct_ended_on: dt.date
    discovered_on: dt.date
    second_officer_id: uuid.UUID | None = None


class FindingIn(Input):
    guard: str
    met: bool
    grounds: str


class MoveIn(Input):
    to: str
    reason: str = ""
    branch: uuid.UUID | None = None
    findings: list[FindingIn] = []


class FactsIn(Input):
    facts: dict[str, Any]


class FactOut(Schema):
    name: str
    label: str
    type: str
    value: Any = None


class LinkIn(Input):
    procedure: str
    to: str
    reason: str = ""
    branch: uuid.UUID | None = None


class FindingOut(Schema):
    id: uuid.UUID
    guard: str
    met: bool
    grounds: str
    made_by: str
    at: dt.datetime


class HandlerIn(Input):
    officer_id: uuid.UUID


class AvoidanceIn(Input):
    conflict: bool
    ground: str = ""


class AvoidanceRequestIn(Input):
    officer_id: uuid.UUID
    applicant: str
    ground: str


class AvoidanceDecisionIn(Input):
    officer_id: uuid.UUID
    granted: bool
    ground: str


class EvidenceIn(Input):
    kind: str
    name: str
    proves: str
    origin: str
    collected_at: Moment
    collected_by: str = ""


class ExclusionIn(Input):
    reason: str


class RecordingIn(Input):
    stage: str
    matter: str
    title: str
    started_at: Moment
    device: str = ""


class ExcuseIn(Input):
    matter: str
    reason: str


class StatementIn(Input):
    kind: str
    speaker: str
    text: str
    received_at: Moment


class AnswerIn(Input):
    adopted: bool
    reasons: str


class DraftIn(Input):
    fields: Fields
    version: int | None = None


class DocumentIn(Input):
    kind: str
    fields: Fields | None = None
    # A paper made on the spot without network names its number and its hour.
    pad_number: str = ""
    made_at: Moment | None = None


class ReviewAnswerIn(Input):
    code: str
    text: str


class SubmissionIn(Input):
    attested: bool
    answers: Annotated[list[ReviewAnswerIn], Field(max_length=100)] = []


class PointIn(Input):
    code: str
    result: str
    link: str = ""
    note: str = ""


class OpinionIn(Input):
    conclusion: str
    text: str
    points: Annotated[list[PointIn], Field(max_length=100)]


class DecisionIn(Input):
    opinion: str


class ReasonIn(Input):
    reason: str


class PaymentIn(Input):
    amount_fen: int
    paid_on: dt.date
    voucher: str


class RejectedIn(Input):
    index: int
    reason: str


class SpanIn(Input):
    start: int
    end: int


class PublishIn(Input):
    attested: bool
    rejected: Annotated[list[RejectedIn], Field(max_length=10_000)] = []
    added: Annotated[list[SpanIn], Field(max_length=10_000)] = []
    profile: Annotated[str, Field(max_length=40)] = "public"


class WithholdIn(Input):
    ground: Annotated[str, Field(max_length=30)]
    reason: Annotated[str, Field(max_length=500)]


class ApprovalIn(Input):
    approved: bool
    reason: Annotated[str, Field(max_length=500)] = ""


class Made(Schema):
    """What a write made: its key, and the number where one was given."""

    id: str
    number: str = ""


class CaseOut(Schema):
    id: uuid.UUID
    number: str
    cause: str
    party: str
    item_code: str
    stage: str
    step: str
    moves: int
    created_at: dt.datetime
    filed_on: dt.date | None
    closed_on: dt.date | None


class CasePage(Schema):
    items: list[CaseOut]
    next_cursor: str | None


class ReasonOut(Schema):
    code: str
    message: str
    articles: list[str]
    fix: str


class OptionOut(Schema):
    to: str
    procedure: str
    branch: uuid.UUID | None
    parallel: bool
    label: str
    action: str
    roles: list[str]
    permitted: bool
    open: bool
    reasons: list[ReasonOut]


class DutyOut(Schema):
    officer_id: uuid.UUID
    name: str
    duty: str
    since: dt.datetime


class EvidenceOut(Schema):
    id: uuid.UUID
    seq: int
    kind: str
    name: str
    proves: str
    origin: str
    collected_at: dt.datetime
    collected_by: str
    sha256: str | None
    digest: str
    excluded: bool


class RecordingOut(Schema):
    id: uuid.UUID
    stage: str
    matter: str
    title: str
    started_at: dt.datetime
    sha256: str


class StatementOut(Schema):
    id: uuid.UUID
    kind: str
    speaker: str
    text: str
    received_at: dt.datetime
    answered: bool


class PeriodOut(Schema):
    rule: str
    label: str
    starts_on: dt.date
    due_on: dt.date
    ended_on: dt.date | None


class DocumentOut(Schema):
    id: uuid.UUID
    kind: str
    title: str
    number: str
    digest: str
    issued_by: str
    issued_at: dt.datetime
    rendered: bool
    effective_on: dt.date | None


class DraftOut(Schema):
    kind: str
    version: int
    fields: Fields
    gaps: list[str]


class SubmissionOut(Schema):
    id: uuid.UUID
    round: int
    digest: str
    submitted_at: dt.datetime
    materials: list[Fields]
    changes: list[Fields]
    conclusion: str | None
    opinion: str | None


class LaterActOut(Schema):
    what: str
    at: dt.datetime
    reason: str
    document_id: uuid.UUID
    number: str
    title: str


class DecisionOut(Schema):
    id: uuid.UUID
    number: str
    document_id: uuid.UUID
    decided_on: dt.date
    fine_fen: int
    confiscated_fen: int
    revoked: bool
    state: str
    later: list[LaterActOut]
    paid_fen: int
    surcharge_fen: int
    left_fen: int


class PublicationOut(Schema):
    id: uuid.UUID
    number: str
    party: str
    due_on: dt.date | None
    state: str
    submission_id: uuid.UUID | None


class PublicationPreview(Schema):
    text: str
    spans: list[Fields]
    leftover: int


class DossierOut(Schema):
    digest: str
    entries: int
    accepted_at: dt.datetime | None
    main: list[Fields]
    second: list[Fields]


class PublicOut(Schema):
    id: uuid.UUID
    number: str
    party: str
    authority: str
    cause: str
    decided_on: dt.date | None
    published_at: dt.datetime | None
    state: str
    fine_fen: int | None
    confiscated_fen: int | None


class PublicPage(Schema):
    items: list[PublicOut]
    next_cursor: str | None
    count: int


class PublicDetail(PublicOut):
    withdrawn_reason: str
    content: Fields
