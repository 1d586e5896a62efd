from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer
from mingcha.archives.choices import Retention
from mingcha.archives.models_erasing import (
    ErasedFile,
    ErasedPackage,
    ErasedRow,
    ErasurePass,
    ErasureRefusal,
    ErasureRequest,
    ErasureWords,
    Reprint,
)
from mingcha.archives.models_keeping import (
    AppealHold,
    Appraisal,
    Disposal,
    DisposalApproval,
    DisposalClosing,
    DisposalFile,
    DisposalItem,
    DisposalRun,
    Erasure,
    Hold,
    HoldLift,
    LastingMark,
)
from mingcha.archives.models_lending import CircleEntry, Loan, LoanDecision, LoanEnd, MarkedCopy, PageView, Secrecy
from mingcha.archives.models_packages import (
    CustodyStep,
    Package,
    PropertyCheck,
    Sealing,
    Supplement,
    SupplementEnd,
    Transfer,
    TransferItem,
    TransferReceipt,
)
from mingcha.archives.models_purging import Purge, PurgeClosing, PurgeItem, PurgeRun
from mingcha.archives.models_scanning import PageText, Scan, ScanCheck, ScanPage
from mingcha.archives.schemas import unpinned
from mingcha.cases.models import Case
from mingcha.catalogues.models import Edition
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.documents.models import Document

__all__ = [
    "Acceptance", "AppealHold", "Appraisal", "CircleEntry", "CustodyStep", "Disposal", "DisposalApproval", "DisposalClosing",
    "DisposalFile", "DisposalItem", "DisposalRun", "ErasedFile", "ErasedPackage", "ErasedRow", "Erasure",
    "ErasurePass", "ErasureRefusal", "ErasureRequest", "ErasureWords", "Hold", "HoldLift", "LastingMark", "Loan",
    "LoanDecision", "LoanEnd", "MarkedCopy", "Package", "PageText", "PageView", "PropertyCheck", "Purge", "PurgeClosing",
    "PurgeItem", "PurgeRun", "Reprint", "Scan", "ScanCheck",
    "ScanPage", "Sealing", "Secrecy", "Supplement", "SupplementEnd", "Transfer", "TransferItem", "TransferReceipt",
]  # fmt: skip


class Acceptance(models.Model):
    """Custody passes to the archive (R070): who took the dossier over, with the digest of all that it held."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="acceptance")
    # Dossiers taken over before packages were sealed have their index here; now the sealing makes it, with page numbers.
    index = models.OneToOneField(Document, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    entries = models.PositiveIntegerField()
    fonds_no = models.CharField("全宗号", max_length=30, blank=True)
    catalogue_no = models.CharField("目录号", max_length=30, blank=True)
    # The published table of terms (保管期限表) of that day; none where the organ had published none.
    terms = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="+")
    retention = models.CharField("保管期限", max_length=10, choices=Retention.choices, default=Retention.THIRTY)
    accepted_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()


append_only("archives_acceptance")
forbid(
    "archives_acceptance",
    "INSERT",
    "dossier-case-open",
    "NOT EXISTS (SELECT 1 FROM cases_case c WHERE c.id = NEW.case_id AND c.closed_on IS NOT NULL)",
)
forbid(
    "archives_acceptance",
    "INSERT",
    "retention-list-not-pinned",
    unpinned(
        "retention-list",
        "NEW.terms_id",
        "(SELECT c.organisation_id FROM cases_case c WHERE c.id = NEW.case_id)",
        "NEW.accepted_at",
    ),
)
# Files under way and files done are kept by different people (R070).
forbid(
    "archives_acceptance",
    "INSERT",
    "custody-by-handler",
    "EXISTS (SELECT 1 FROM cases_duty d WHERE d.case_id = NEW.case_id AND d.officer_id = NEW.accepted_by_id "
    "AND d.duty = 'handler')",
)
