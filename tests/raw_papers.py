"""Papers under attack: one that nobody signed, numbers of pads and void numbers; raw SQL and the acts that are refused."""

from __future__ import annotations

import datetime as dt
import uuid

from mingcha.accounts.queries import actor_named
from mingcha.cases.models_numbers import IssuedNumber
from mingcha.common import clock
from mingcha.documents import actions as documents
from mingcha.documents import queries
from mingcha.documents.models import Document, HandOver
from mingcha.documents.numbering import issue_pad, make_void
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.signing import all_sign


def unsigned_record(journey: Journey) -> Document:
    """A record of the scene that nobody has signed yet."""
    at = clock.now()
    fields = {
        "start": at - dt.timedelta(minutes=50), "end": at - dt.timedelta(minutes=30), "place": journey.scenario.place,
        "recorder": "林策", "cert_shown_at": at - dt.timedelta(minutes=51), "on_site_person": "许山河（法定代表人）",
        "party_present": True, "observations": [{"fact": "第二次查看，裸露土方仍未覆盖。", "place": "工地北侧"}],
        "party_statement": "正在整改。", "read_by": "self",
    }  # fmt: skip
    return documents.issue(journey.id, "site-record", actor=actor_named("lince"), fields=fields)


def serve_unsigned(journey: Journey) -> None:
    _serve(unsigned_record(journey))


def _serve(record: Document) -> None:
    documents.serve(
        record.id, actor=actor_named("lince"), mode="direct", receiver="许山河",
        relation="legal_rep", served_at=clock.now(), place="明水区望江路66号",
    )  # fmt: skip


def unsigned_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    signed = queries.latest(journey.case, "site-record")
    assert signed is not None
    all_sign(signed, actor_named("lince"), party="许山河", officers=["林策", "韩渡"])
    _serve(signed)
    given = HandOver.objects.get()
    handed = "INSERT INTO documents_handedpaper (handover_id, document_id, addressee) VALUES (%s, %s, %s)"
    return [(handed, [given.id, unsigned_record(journey).id, given.addressee], "unsigned-not-served")]


def void_served(journey: Journey) -> None:
    notice = queries.latest(journey.case, "penalty-notice")
    assert notice is not None
    make_void(notice.id, actor=actor_named("lince"), reason="想收回告知书")


def pad_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    """A void number for a paper in force, a pad number twice, a pad number that nobody spent, a void paper taken back."""
    case, notice = journey.case, queries.latest(journey.case, "penalty-notice")
    assert notice is not None
    officer = actor_named("lince")
    pad = issue_pad(actor=actor_named("luming"), kind="onsite-penalty-decision", count=2, holder_id=officer.officer_id)
    first = IssuedNumber.objects.filter(on_pad__pad=pad).order_by("n")[0]
    issued = IssuedNumber.objects.get(organisation_id=case.organisation_id, text=notice.number)
    paper = (
        "INSERT INTO documents_document (id, case_id, kind, template_version, title, number, fields, digest, issued_by, "
        "issued_at) VALUES (%s, %s, 'onsite-penalty-decision', 1, '当场行政处罚决定书', %s, '{}', 'x', '某', %s)"
    )
    void = "INSERT INTO cases_voidednumber (number_id, reason, voided_by_id, at) VALUES (%s, '不要了', %s, %s)"
    number = (
        "INSERT INTO cases_issuednumber (organisation_id, code, year, n, scope, part, text, at) "
        "VALUES (%s, %s, %s, %s, 'kind', 0, %s, %s)"
    )
    # The second machine gives the same number again, or skips one.
    row = [case.organisation_id, first.code, first.year]
    return [
        (void, [issued.pk, officer.officer_id, clock.now()], "number-on-paper"),
        (number, [*row, first.n, f"{first.text}重", clock.now()], "*"),
        (number, [*row, first.n + 7, f"{first.text}跳", clock.now()], "number-gap"),
        (paper, [uuid.uuid4(), case.id, first.text, clock.now()], "pad-number-not-used"),
        (paper, [uuid.uuid4(), case.id, notice.number, clock.now()], "number-used"),
        (
            "INSERT INTO documents_documentvoid (document_id, reason, voided_by_id, at) VALUES (%s, '收回', %s, %s)",
            [notice.id, officer.officer_id, clock.now()],
            "served-not-voided",
        ),
    ]
