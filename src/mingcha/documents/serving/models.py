from __future__ import annotations

from django.db import models

from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.choices import AttemptOutcome, Relation, ServiceMode
from mingcha.files.models import StoredFile


class Consent(models.Model):
    """Where and how an addressee wants to be served (送达地址确认书), signed — 行政处罚法 art. 61 ¶2, 民事诉讼法 art. 90.

    The newest one counts: who takes the consent to electronic service back signs a new one without it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="consents")
    addressee = models.CharField(max_length=120)
    document = models.OneToOneField("documents.Document", models.PROTECT, related_name="consent")
    electronic = models.BooleanField()
    channel = models.CharField(max_length=20, blank=True)
    account = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=200)
    receiver = models.CharField(max_length=60)
    phone = models.CharField(max_length=40)
    signed = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ServiceAttempt(models.Model):
    """An attempt at service that did not succeed (送达未成), recorded one by one before another mode is tried."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="attempts")
    addressee = models.CharField(max_length=120)
    mode = models.CharField(max_length=20, choices=ServiceMode.choices)
    outcome = models.CharField(max_length=20, choices=AttemptOutcome.choices)
    tried_at = models.DateTimeField()
    place = models.CharField(max_length=200)
    account = models.CharField("经过", max_length=500)
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    recorded_by = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()


class HandOver(models.Model):
    """One hand-over to one addressee with one receipt (送达回证); it may cover several papers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="handovers")
    addressee = models.CharField(max_length=120)
    mode = models.CharField(max_length=20, choices=ServiceMode.choices)
    receiver = models.CharField(max_length=60, blank=True)
    relation = models.CharField(max_length=20, choices=Relation.choices, blank=True)
    # Posting of a letter, sending of a message; null where the mode knows none.
    sent_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField()
    effective_on = models.DateField()
    reckoning = models.JSONField()
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="+")
    approval = models.ForeignKey("documents.Document", models.PROTECT, null=True, related_name="+")
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    witnesses = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    receipt = models.OneToOneField("documents.Document", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()


class HandedPaper(models.Model):
    """A paper that went to an addressee in a hand-over: each paper once to each addressee."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="papers")
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="handed")
    addressee = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "addressee"], name="paper_handed_once")]


for _table in ("consent", "serviceattempt", "handover", "handedpaper"):
    append_only(f"documents_{_table}")

forbid(
    "documents_consent",
    "INSERT",
    "consent-without-form",
    "NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id AND d.case_id = NEW.case_id "
    "AND d.kind = 'service-address-confirmation')",
)
# The newest signed form of the addressee must allow it.
forbid(
    "documents_handover",
    "INSERT",
    "electronic-without-consent",
    "NEW.mode = 'electronic' AND NOT EXISTS (SELECT 1 FROM documents_consent c WHERE c.id = NEW.consent_id "
    "AND c.case_id = NEW.case_id AND c.addressee = NEW.addressee AND c.electronic AND c.at <= NEW.served_at "
    "AND NOT EXISTS (SELECT 1 FROM documents_consent l WHERE l.case_id = c.case_id AND l.addressee = c.addressee "
    "AND l.at > c.at AND l.at <= NEW.served_at))",
)
forbid(
    "documents_handover",
    "INSERT",
    "announcement-without-approval",
    "NEW.mode = 'announcement' AND NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.approval_id "
    "AND d.case_id = NEW.case_id AND d.kind = 'matter-approval')",
)
forbid(
    "documents_handover",
    "INSERT",
    "announcement-too-early",
    "NEW.mode = 'announcement' AND NOT EXISTS (SELECT 1 FROM documents_serviceattempt a "
    "JOIN documents_document d ON d.id = a.document_id WHERE d.case_id = NEW.case_id "
    "AND a.addressee = NEW.addressee AND a.mode <> 'announcement' AND a.tried_at <= NEW.served_at)",
)
forbid(
    "documents_handover",
    "INSERT",
    "post-without-receipt",
    "NEW.mode = 'post' AND (NEW.evidence_id IS NULL OR NEW.sent_at IS NULL OR NEW.served_at <= NEW.sent_at)",
)
forbid(
    "documents_handover",
    "INSERT",
    "left-without-proof",
    "NEW.mode = 'left' AND NEW.evidence_id IS NULL AND CAST(NEW.witnesses AS TEXT) = '[]'",
)
# Whose signature is none: a person who is not on the list of the law.
forbid(
    "documents_handover",
    "INSERT",
    "receiver-not-entitled",
    "NEW.mode NOT IN ('left', 'announcement') AND (NEW.relation = '' OR NEW.receiver = '' "
    "OR EXISTS (SELECT 1 FROM cases_party p WHERE p.case_id = NEW.case_id AND p.name = NEW.addressee "
    "AND p.version = (SELECT MAX(q.version) FROM cases_party q WHERE q.case_id = NEW.case_id) "
    "AND ((p.kind = 'organisation' AND NEW.relation IN ('self', 'family')) "
    "OR (p.kind = 'person' AND NEW.relation IN ('legal_rep', 'head', 'mail_room')) "
    "OR (p.kind = 'trader' AND NEW.relation = 'legal_rep'))))",
)
forbid(
    "documents_handedpaper",
    "INSERT",
    "paper-of-another-case",
    "NOT EXISTS (SELECT 1 FROM documents_handover h JOIN documents_document d ON d.case_id = h.case_id "
    "WHERE h.id = NEW.handover_id AND d.id = NEW.document_id AND h.addressee = NEW.addressee)",
)
# The service of the party from which periods run is a paper handed over to it, on that day and in that mode.
forbid(
    "documents_service",
    "INSERT",
    "service-without-hand-over",
    "NOT EXISTS (SELECT 1 FROM documents_handover h JOIN documents_handedpaper p ON p.handover_id = h.id "
    "WHERE h.id = NEW.handover_id AND p.document_id = NEW.document_id AND h.mode = NEW.mode "
    "AND h.effective_on = NEW.effective_on AND h.receipt_id = NEW.receipt_id)",
)
# Who serves witnesses nothing of it (见证人不是执法人员) — 民事诉讼法 art. 89.
forbid(
    "documents_handover",
    "INSERT",
    "witness-is-officer",
    "EXISTS (SELECT 1 FROM cases_duty d JOIN accounts_officer o ON o.id = d.officer_id WHERE d.case_id = NEW.case_id "
    "AND d.duty = 'handler' AND (o.name = ((NEW.witnesses -> 0) ->> 'name') OR o.name = ((NEW.witnesses -> 1) ->> 'name')))",
)
