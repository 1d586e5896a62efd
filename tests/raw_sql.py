"""Raw SQL against each invariant: what somebody with the database password would try."""

from __future__ import annotations

import json
import uuid

from django.db import connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.cases.actions import take_duty
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.disclosure.commitments import making
from mingcha.disclosure.models import Publication
from mingcha.documents import actions as documents
from mingcha.documents import queries as document_queries
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.actions import append


def decision_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    """All is in order (numbered letter, decider, served notice) except the review: missing, or of another text."""
    case = journey.case
    head = actor_named("shenyi")
    draft = document_queries.draft(case, "penalty-decision")
    assert draft is not None
    with transaction.atomic():
        take_duty(lock(case.id), "decider", actor=head)
        typed = {**draft.fields, "decision_date": clock.today()}
        letter = documents.make(lock(case.id), "penalty-decision", typed, by=head.snapshot("head"))
    text = (
        "INSERT INTO decisions_decision (id, case_id, document_id, opinion_id, exemption_id, content_digest, number, "
        "outcome, fine_fen, confiscated_fen, decided_by_id, decided_on, decided_at) VALUES "
        "(%s, %s, %s, %s, NULL, 'another text', %s, 'penalty', 0, 0, %s, %s, %s)"
    )
    rows: list[tuple[str, list[object], str]] = []
    submission = case.submissions.order_by("-round").first()
    for opinion in (None, submission.id if submission else None):
        values: list[object] = [uuid.uuid4(), case.id, letter.id, opinion, letter.number, head.officer_id]
        rows.append((text, [*values, clock.today(), clock.now()], "decision-without-review"))
    return rows


def stage_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    case = journey.case
    return [
        ("UPDATE cases_case SET stage = 'close', moves = moves + 1 WHERE id = %s", [case.id], "stage-not-permitted"),
        ("UPDATE cases_case SET stage = 'decide' WHERE id = %s", [case.id], "stage-not-permitted"),
        ("UPDATE cases_case SET procedure_id = items_id WHERE id = %s", [case.id], "case-pinned"),
        (
            "INSERT INTO cases_stagechange (case_id, seq, source, target, entry_id, at) VALUES (%s, %s, %s, 'close', %s, %s)",
            [case.id, case.moves + 1, case.stage, case.changes.latest("seq").entry_id, clock.now()],
            "stage-not-permitted",
        ),
        ("DELETE FROM cases_case WHERE id = %s", [case.id], "record-immutable"),
        (
            "INSERT INTO procedures_edge (edition_id, source, target) VALUES (%s, 'lead', 'decide')",
            [case.procedure_id],
            "edges-closed",
        ),
    ]


def duty_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    text = "INSERT INTO cases_duty (id, case_id, officer_id, duty, since) VALUES (%s, %s, %s, %s, %s)"
    handler = actor_named("lince").officer_id
    aide = actor_named("qiman").officer_id
    return [
        (text, [uuid.uuid4(), journey.id, handler, "reviewer", clock.now()], "duty-incompatible"),
        (text, [uuid.uuid4(), journey.id, handler, "decider", clock.now()], "duty-incompatible"),
        (text, [uuid.uuid4(), journey.id, aide, "handler", clock.now()], "handler-without-certificate"),
        ("DELETE FROM cases_duty WHERE case_id = %s", [journey.id], "record-immutable"),
        ("UPDATE cases_duty SET duty = 'reviewer' WHERE case_id = %s", [journey.id], "record-immutable"),
    ]


def publication_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    publication = Publication.objects.get(decision__case_id=journey.id)
    assert publication.decision is not None
    promise = making.commit(publication, publication.decision.document)
    assert promise is not None
    with transaction.atomic():
        entry = append(
            "decision-published",
            log=publication.jurisdiction,
            subject=("publication", str(publication.id)),
            actor=actor_named("sutang").snapshot("clerk"),
            payload={},
        )
    return [
        (
            "INSERT INTO disclosure_release (publication_id, signoff_id, content, content_digest, entry_id, released_at) "
            "VALUES (%s, %s, %s, 'x', %s, %s)",
            [publication.id, uuid.uuid4(), json.dumps({"token": promise.token_digest}), entry.pk, clock.now()],
            "publish-without-signoff",
        ),
        (
            "INSERT INTO disclosure_publicentry (id, jurisdiction, source, state, number, party, authority, cause, "
            "decided_on, published_at, kinds, content, search_text, withdrawn_reason) VALUES "
            "(%s, 'x', 'decision', 'valid', '', '', '', '', %s, %s, '[]', '{}', '', '')",
            [publication.id, clock.today(), clock.now()],
            "public-without-release",
        ),
        ("DELETE FROM disclosure_publication WHERE id = %s", [publication.id], "record-immutable"),
        # Nobody declares a letter to be from before the commitments, and no commitment stands on another entry.
        (
            "INSERT INTO disclosure_uncommitted (document_id) VALUES (%s)",
            [publication.decision.document_id] if publication.decision else [],
            "uncommitted-closed",
        ),
        (
            "INSERT INTO disclosure_commitment (document_id, token, token_digest, document_digest, key, "
            "entry_id, made_at) SELECT document_id, 'x', 'x', 'x', '{}', %s, decided_at FROM decisions_decision",
            [entry.pk],
            "*",
        ),
    ]


def replacement_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    """Of a public decision whose correction waits to be published."""
    publication = Publication.objects.get(decision__case_id=journey.id)
    duty = publication.replacements.get()
    with transaction.atomic():
        entry = append(
            "correction-published",
            log=publication.jurisdiction,
            subject=("publication", str(publication.id)),
            actor=actor_named("sutang").snapshot("clerk"),
            payload={},
        )
    text = (
        "INSERT INTO disclosure_replacementrelease (replacement_id, signoff_id, document_id, content, content_digest, "
        "entry_id, released_at) VALUES (%s, %s, %s, '{}', 'x', %s, %s)"
    )
    old, new, at = duty.correction.original_id, duty.correction.successor_id, clock.now()
    assert publication.decision is not None
    making.commit(publication, duty.correction.successor)
    return [
        (text, [duty.id, uuid.uuid4(), new, entry.pk, at], "replace-without-signoff"),
        (text, [duty.id, publication.release.signoff_id, old, entry.pk, at], "replace-not-newest"),
        ("DELETE FROM disclosure_replacement WHERE id = %s", [duty.id], "record-immutable"),
    ]


def tombstone_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    publication = Publication.objects.get(decision__case_id=journey.id)
    return [
        ("UPDATE disclosure_publicentry SET state = 'valid' WHERE id = %s", [publication.id], "public-without-release"),
        ("DELETE FROM disclosure_publicentry WHERE id = %s", [publication.id], "tombstone-stays"),
        ("DELETE FROM disclosure_withdrawal WHERE publication_id = %s", [publication.id], "record-immutable"),
    ]


def record_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    rows: list[tuple[str, list[object], str]] = []
    if connection.vendor == "postgresql":
        # TRUNCATE would otherwise trip over the deferred foreign keys of this very transaction.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in (
        "ledger_journalentry",
        "cases_evidence",
        "cases_statement",
        "cases_party",
        "documents_document",
        "documents_service",
        "recordings_recording",
        "review_submission",
        "review_opinion",
        "decisions_decision",
        "disclosure_release",
        "files_storedfile",
        "cases_issuednumber",
        "catalogues_foundingact",
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} LIMIT 1")
            columns = [column[0] for column in cursor.description]
            row = cursor.fetchone()
        names = ", ".join(f'"{name}"' for name in columns)
        rows.append((f"DELETE FROM {table}", [], "record-immutable"))
        rows.append((f'UPDATE {table} SET "{columns[-1]}" = "{columns[-1]}"', [], "record-immutable"))
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            rows.append((f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", list(row), "*"))
        else:
            rows.append((f"TRUNCATE {table} CASCADE", [], "record-immutable"))
    return rows


def edition_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    edition = journey.case.items
    text = (
        "INSERT INTO catalogues_edition (id, organisation_id, kind, key, number, title, content, digest, basis, "
        "approved_by, effective_from, published_at) VALUES (%s, %s, 'items', %s, %s, 't', '{}', 'd', 'b', 'a', %s, %s)"
    )
    now = clock.now()
    return [
        (text, [uuid.uuid4(), edition.organisation_id, "all", 2, edition.effective_from, now], "edition-overlap"),
        (text, [uuid.uuid4(), edition.organisation_id, "new", 2, edition.effective_from, now], "edition-number-gap"),
        ("UPDATE catalogues_edition SET content = '{}' WHERE id = %s", [edition.id], "record-immutable"),
        ("DELETE FROM catalogues_edition WHERE id = %s", [edition.id], "record-immutable"),
    ]


def number_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    organ = journey.case.organisation_id
    text = (
        "INSERT INTO cases_issuednumber (organisation_id, code, year, n, text, at) VALUES (%s, '罚决', %s, %s, 't', %s)"
    )
    year = clock.today().year
    return [
        (text, [organ, year, 7, clock.now()], "number-gap"),
        ("UPDATE cases_issuednumber SET n = n + 1", [], "record-immutable"),
        (
            "INSERT INTO documents_document (id, case_id, kind, template_version, title, number, fields, digest, "
            "issued_by, issued_at) VALUES (%s, %s, 'penalty-decision', 1, 't', '明综执罚决〔2026〕99号', '{}', 'd', 'b', %s)",
            [uuid.uuid4(), journey.id, clock.now()],
            "number-not-issued",
        ),
    ]


def acceptance_sql(case: Case, officer_id: uuid.UUID) -> tuple[str, list[object], str]:
    """A dossier taken over behind the back of the archive's own steps."""
    text = (
        "INSERT INTO archives_acceptance (id, case_id, index_id, digest, entries, fonds_no, catalogue_no, retention, "
        "accepted_by_id, accepted_at, terms_id) VALUES (%s, %s, NULL, 'x', 1, '', '', 'thirty', %s, %s, %s)"
    )
    return text, [uuid.uuid4(), case.id, officer_id, clock.now(), terms_of(case).id], "dossier-returned"


def terms_of(case: Case) -> Edition:
    """The table of terms that the organ of a case has published."""
    return Edition.objects.get(kind="retention-list", organisation_id=case.organisation_id)
