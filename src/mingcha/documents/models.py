from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.agency.models import AgencyForm, AgencyFormDecision
from mingcha.documents.approving.models import Approval, ApprovalOpinion
from mingcha.documents.choices import Relation, ServiceMode
from mingcha.documents.circles.models import Admission
from mingcha.documents.filings.models import FormFiling
from mingcha.documents.presence.models import DraftPresence
from mingcha.documents.questions.models import QuestionSet
from mingcha.documents.rendering import kinds
from mingcha.documents.rendering.about import about
from mingcha.documents.sealing.models import (
    ElectronicSignature,
    HandSignature,
    PaperSignature,
    SignedCopy,
    SigningRefusal,
)
from mingcha.documents.serving.models import Consent, HandedPaper, HandOver, ServiceAttempt
from mingcha.documents.sittings.models import Sitting
from mingcha.files.models import StoredFile

__all__ = [
    "Admission",
    "AgencyForm",
    "AgencyFormDecision",
    "Approval",
    "ApprovalOpinion",
    "Consent",
    "Correction",
    "Document",
    "DocumentVoid",
    "Draft",
    "DraftPresence",
    "ElectronicSignature",
    "FormFiling",
    "HandOver",
    "HandSignature",
    "HandedPaper",
    "PaperSignature",
    "QuestionSet",
    "Rendering",
    "Service",
    "ServiceAttempt",
    "SignedCopy",
    "SigningRefusal", "Sitting",
]  # fmt: skip


class Draft(models.Model):
    """A document being written: what a person typed, saved as one writes. One per case and kind."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="drafts")
    kind = models.CharField(max_length=40)
    fields = models.JSONField()
    version = models.PositiveIntegerField()
    saved_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="draft_once")]


class Document(models.Model):
    """An issued document (文书): complete fields under one template edition, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=40)
    template_version = models.PositiveIntegerField()
    title = models.CharField(max_length=60)
    number = models.CharField(max_length=60, blank=True)
    fields = models.JSONField()
    digest = models.CharField(max_length=64)
    issued_by = models.CharField(max_length=60)
    issued_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["case", "issued_at"], name="document_by_case"),
            models.Index(fields=["number"], condition=~models.Q(number=""), name="document_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}".strip()


class Rendering(models.Model):
    """The PDF/A of a document, made after the transaction; found by its absence."""

    document = models.OneToOneField(Document, models.PROTECT, primary_key=True, related_name="rendering")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    template_digest = models.CharField(max_length=64)
    at = models.DateTimeField()


class Service(models.Model):
    """Service (送达) of a document with its proof and the day on which it takes effect — 民事诉讼法 art. 87–95."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.OneToOneField(Document, models.PROTECT, related_name="service")
    mode = models.CharField(max_length=20, choices=ServiceMode.choices)
    receiver = models.CharField(max_length=60)
    relation = models.CharField(max_length=20, choices=Relation.choices)
    served_at = models.DateTimeField()
    effective_on = models.DateField()
    evidence = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    receipt = models.ForeignKey(Document, models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    handover = models.ForeignKey("documents.HandOver", models.PROTECT, null=True, related_name="services")


class DocumentVoid(models.Model):
    """A document made void before service (作废重做): the paper and its number stay and count no more."""

    document = models.OneToOneField(Document, models.PROTECT, primary_key=True, related_name="void")
    reason = models.CharField(max_length=300)
    voided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Correction(models.Model):
    """Correction of a slip (补正): a new version beside the old one, told by a letter. The pointer never changes."""

    original = models.OneToOneField(Document, models.PROTECT, primary_key=True, related_name="corrected_by")
    successor = models.OneToOneField(Document, models.PROTECT, related_name="corrects")
    letter = models.OneToOneField(Document, models.PROTECT, related_name="+")
    slips = models.JSONField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()


for _table, _key in (
    ("document", "id"),
    ("rendering", "document_id"),
    ("service", "id"),
    ("documentvoid", "document_id"),
    ("correction", "original_id"),
):
    append_only(f"documents_{_table}", _key)
# A number is given by the series, never typed: a numbered document without its row in the series cannot be stored.
forbid(
    "documents_document",
    "INSERT",
    "number-not-issued",
    "NEW.number <> '' AND NOT EXISTS (SELECT 1 FROM cases_issuednumber i JOIN cases_case c ON c.id = NEW.case_id "
    "WHERE i.organisation_id = c.organisation_id AND i.text = NEW.number)",
)
forbid(
    "documents_document",
    "INSERT",
    "number-used",
    "NEW.number <> '' AND EXISTS (SELECT 1 FROM documents_document d JOIN cases_case a ON a.id = d.case_id "
    "JOIN cases_case b ON b.id = NEW.case_id WHERE d.number = NEW.number AND a.organisation_id = b.organisation_id "
    # The corrected version bears the number of its original.
    "AND NOT EXISTS (SELECT 1 FROM documents_correction k WHERE k.successor_id = NEW.id AND NEW.case_id = d.case_id "
    "AND NEW.kind = d.kind AND (k.original_id = d.id OR EXISTS (SELECT 1 FROM documents_correction e "
    "WHERE e.original_id = d.id))))",
)
_ISSUED = (
    "FROM cases_issuednumber i JOIN cases_case c ON c.organisation_id = i.organisation_id "
    "WHERE c.id = NEW.case_id AND i.text = NEW.number"
)
forbid(
    "documents_document",
    "INSERT",
    "number-voided",
    f"EXISTS (SELECT 1 {_ISSUED} AND EXISTS (SELECT 1 FROM cases_voidednumber v WHERE v.number_id = i.id))",
)
forbid(
    "documents_document",
    "INSERT",
    "pad-number-not-used",
    f"EXISTS (SELECT 1 {_ISSUED} AND EXISTS (SELECT 1 FROM cases_padnumber p WHERE p.number_id = i.id) "
    "AND NOT EXISTS (SELECT 1 FROM cases_paduse u WHERE u.number_id = i.id AND u.case_id = NEW.case_id "
    "AND u.kind = NEW.kind))",
)
forbid(
    "cases_voidednumber",
    "INSERT",
    "number-on-paper",
    "EXISTS (SELECT 1 FROM cases_issuednumber i JOIN cases_case c ON c.organisation_id = i.organisation_id "
    "JOIN documents_document d ON d.case_id = c.id AND d.number = i.text WHERE i.id = NEW.number_id "
    "AND NOT EXISTS (SELECT 1 FROM documents_documentvoid v WHERE v.document_id = d.id))",
)
forbid(
    "documents_documentvoid",
    "INSERT",
    "served-not-voided",
    "EXISTS (SELECT 1 FROM documents_service s WHERE s.document_id = NEW.document_id) "
    "OR EXISTS (SELECT 1 FROM documents_handedpaper p WHERE p.document_id = NEW.document_id)",
)
forbid(
    "documents_handedpaper",
    "INSERT",
    "void-not-served",
    "EXISTS (SELECT 1 FROM documents_documentvoid v WHERE v.document_id = NEW.document_id)",
)
# Art. 52 ¶2, 行政强制法 art. 18: where both officers have to sign, the paper does not leave the house before they did.
_BY_OFFICERS = ", ".join(
    f"'{kind}'"
    for kind in kinds()
    if about(kind).service != "S0" and any(row.who == "officers" and row.required for row in about(kind).signatures)
)
_SIGNED = " UNION ".join(
    f"SELECT s.name FROM documents_{_table} s WHERE s.document_id = NEW.document_id AND s.who = 'officers'"
    for _table in ("handsignature", "electronicsignature", "papersignature")
)
forbid(
    "documents_handedpaper",
    "INSERT",
    "unsigned-not-served",
    f"EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id AND d.kind IN ({_BY_OFFICERS})) "
    f"AND (SELECT COUNT(*) FROM ({_SIGNED}) AS signers) < 2",
)
forbid(
    "documents_correction",
    "INSERT",
    "correction-unsound",
    "NEW.original_id = NEW.successor_id OR EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.successor_id) "
    "OR NOT EXISTS (SELECT 1 FROM documents_document d JOIN documents_document l ON l.case_id = d.case_id "
    "WHERE d.id = NEW.original_id AND l.id = NEW.letter_id AND l.kind = 'decision-correction')",
)
# Third persons who must not be those whose business it is (代履行人、代收机构、拍卖机构、评估机构、见证人) — 行政强制法
# art. 18 (9), 48, 50, 行政处罚法 art. 67, 国有土地上房屋征收与补偿条例 art. 20.
forbid(
    "documents_document",
    "INSERT",
    "third-person-interested",
    "(NEW.kind = 'substitute-decision' AND CAST(NEW.fields ->> 'interested' AS TEXT) IN ('1', 'true')) "
    "OR (NEW.kind IN ('payment-slip', 'goods-disposal', 'goods-early-disposal', 'compensation-decision') "
    "AND (SELECT o.name FROM accounts_organisation o JOIN cases_case c ON c.organisation_id = o.id "
    "WHERE c.id = NEW.case_id) = COALESCE(NEW.fields ->> 'payee', NEW.fields ->> 'receiver', "
    "NEW.fields ->> 'auctioneer', NEW.fields ->> 'appraiser'))",
)
# The levy is decided, and its compensation, by the government of city or county alone — 国有土地上房屋征收与补偿条例 art. 8, 26.
forbid(
    "documents_document",
    "INSERT",
    "levy-not-by-government",
    "NEW.kind IN ('levy-decision', 'compensation-decision', 'land-levy-announcement') AND NOT EXISTS ("
    "SELECT 1 FROM cases_case c JOIN accounts_organisation o ON o.id = c.organisation_id "
    "WHERE c.id = NEW.case_id AND o.kind = 'government')",
)
# What others than the handlers say of a case is not written by its handlers — 行政处罚法 art. 57, 58, 64 (4), 65.
forbid(
    "documents_document",
    "INSERT",
    "paper-by-handler",
    "NEW.kind IN ('review-opinion', 'hearing-record', 'hearing-report', 'collective-discussion') AND EXISTS ("
    "SELECT 1 FROM cases_duty d JOIN accounts_officer o ON o.id = d.officer_id WHERE d.case_id = NEW.case_id "
    "AND d.duty = 'handler' AND o.name = NEW.issued_by)",
)
# Who is reported on is not in the chain that reports (移监察报告链、被反映人) — 监察法 art. 37.
_REPORTS = "supervision-clue-letter"


def _plain(name: str) -> str:
    """A name as it is compared: spaced out it is still the same (`cases.rules.same_name`)."""
    return f"REPLACE(REPLACE({name}, ' ', ''), '\u3000', '')"


_NEW_PERSON, _TOLD = _plain("(NEW.fields ->> 'person')"), _plain("(NEW.fields ->> 'reported_to')")
_PERSON = _plain("(d.fields ->> 'person')")
forbid(
    "documents_document",
    "INSERT",
    "reported-in-chain",
    f"NEW.kind = '{_REPORTS}' AND ({_NEW_PERSON} = {_TOLD} "
    "OR EXISTS (SELECT 1 FROM documents_admission a JOIN accounts_officer o ON o.id = a.officer_id "
    "WHERE a.case_id = NEW.case_id AND a.kind = NEW.kind "
    f"AND {_plain('o.name')} = {_NEW_PERSON}))",
)
forbid(
    "documents_admission",
    "INSERT",
    "reported-in-chain",
    "EXISTS (SELECT 1 FROM documents_document d JOIN accounts_officer o "
    f"ON {_plain('o.name')} = {_PERSON} "
    f"WHERE d.case_id = NEW.case_id AND d.kind = NEW.kind AND d.kind = '{_REPORTS}' AND o.id = NEW.officer_id)",
)
for _table in ("papersignature", "electronicsignature"):
    forbid(
        f"documents_{_table}",
        "INSERT",
        "reported-in-chain",
        f"EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.document_id AND d.kind = '{_REPORTS}' "
        f"AND {_PERSON} = {_plain('NEW.name')})",
    )
forbid(
    "documents_document",
    "INSERT",
    "witness-is-officer",
    "COALESCE(NEW.fields ->> 'witness', '') <> '' AND EXISTS (SELECT 1 FROM cases_duty d JOIN accounts_officer o "
    "ON o.id = d.officer_id WHERE d.case_id = NEW.case_id AND d.duty = 'handler' "
    "AND REPLACE(NEW.fields ->> 'witness', o.name, '') <> (NEW.fields ->> 'witness'))",
)
