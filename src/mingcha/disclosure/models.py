from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer, Organisation
from mingcha.cases.models import Case
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, forbid
from mingcha.decisions.models import Decision
from mingcha.disclosure import letters
from mingcha.disclosure.choices import PublicState, SourceKind
from mingcha.disclosure.models_channels import ChannelEndAnswer, ChannelEndRequest, ChannelEvent, CreditReferral
from mingcha.disclosure.models_committing import Commitment, Opening, Presentation, Uncommitted
from mingcha.disclosure.models_controls import DualControl, Submission, SubmissionAnswer
from mingcha.disclosure.models_credit import CreditAnswer, CreditRequest
from mingcha.disclosure.models_replacing import Replacement, ReplacementRelease
from mingcha.disclosure.models_yearly import YearDraft, YearRelease, YearSent
from mingcha.documents.models import Document
from mingcha.precedents.models import HistoricDecision

__all__ = [
    "ChannelEndAnswer",
    "ChannelEndRequest",
    "ChannelEvent",
    "Commitment",
    "CreditAnswer",
    "CreditReferral",
    "CreditRequest",
    "DualControl",
    "Opening",
    "Presentation",
    "PublicEntry",
    "Publication",
    "Release",
    "Replacement",
    "ReplacementRelease",
    "Signoff",
    "Submission",
    "SubmissionAnswer",
    "Uncommitted",
    "Withdrawal",
    "YearDraft",
    "YearRelease",
    "YearSent",
]


class Publication(models.Model):
    """Something that must be made public, from the moment the duty arises. What became of it are later rows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="publications")
    source = models.CharField(max_length=20, choices=SourceKind.choices)
    decision = models.OneToOneField(Decision, models.PROTECT, null=True, related_name="publication")
    historic = models.OneToOneField(HistoricDecision, models.PROTECT, null=True, related_name="publication")
    # A letter that is public for its own sake: the change of a decision, a licence, an order, a measure …
    letter = models.OneToOneField(Document, models.PROTECT, null=True, related_name="publication")
    due_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "created_at"], name="publication_by_organ")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    source="decision", decision__isnull=False, historic__isnull=True, letter__isnull=True
                )
                | models.Q(source="historic", decision__isnull=True, historic__isnull=False, letter__isnull=True)
                | models.Q(
                    source__in=["change", "act"], decision__isnull=True, historic__isnull=True, letter__isnull=False
                ),
                name="publication_of_one_thing",
            )
        ]

    @property
    def document(self) -> Document | None:
        """The first version of the letter that is made public; None for a historic decision."""
        return self.decision.document if self.decision is not None else self.letter

    @property
    def case(self) -> Case | None:
        """The case in which it was issued; None for a historic decision."""
        return self.decision.case if self.decision is not None else self.letter.case if self.letter else None

    @property
    def rule(self) -> str:
        """The rule of its last day: PUB-01 for penalties and licences, PUB-02 for other acts — R040, R041."""
        public = letters.of_kind(self.letter.kind) if self.source == SourceKind.ACT and self.letter else None
        return public.rule if public else "PUB-01"

    @property
    def number(self) -> str:
        """Number of the letter; of a historic decision as it stands on the paper."""
        if self.historic is not None:
            return self.historic.number
        if self.decision is not None:
            return self.decision.number
        return (self.letter.number or self.letter.title) if self.letter is not None else ""


class Signoff(models.Model):
    """Redaction sign-off (脱敏签发): which original, which spans, what is left in public, who answers for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    publication = models.ForeignKey(Publication, models.PROTECT, related_name="signoffs")
    original_digest = models.CharField(max_length=64)
    spans = models.JSONField()
    text = models.TextField()
    residual = models.PositiveIntegerField()
    signed_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(residual=0), name="signoff_nothing_left")]


class Release(models.Model):
    """The act of publication: the public content, its digest, and the journal entry that the log proves."""

    publication = models.OneToOneField(Publication, models.PROTECT, primary_key=True, related_name="release")
    signoff = models.OneToOneField(Signoff, models.PROTECT, related_name="release")
    content = models.JSONField()
    content_digest = models.CharField(max_length=64)
    entry_id = models.BigIntegerField(unique=True)
    released_at = models.DateTimeField()


class Withdrawal(models.Model):
    """Withdrawal with a reason that the public reads; the tombstone stays — art. 48 ¶2."""

    publication = models.OneToOneField(Publication, models.PROTECT, primary_key=True, related_name="withdrawal")
    reason = models.CharField(max_length=300)
    withdrawn_at = models.DateTimeField()


class PublicEntry(models.Model):
    """Read model of the portal, derived from releases and withdrawals; can be rebuilt at any time."""

    id = models.UUIDField(primary_key=True, editable=False)
    jurisdiction = models.CharField(max_length=12)
    source = models.CharField(max_length=20, choices=SourceKind.choices)
    # Act type (执法类别): penalty, licence, coercion, inspection …
    act = models.CharField(max_length=20, default=letters.PENALTY)
    state = models.CharField(max_length=20, choices=PublicState.choices)
    number = models.CharField(max_length=120)
    party = models.CharField(max_length=200)
    authority = models.CharField(max_length=200)
    cause = models.CharField(max_length=200)
    # A historic letter may carry no date; it is listed under the day of its publication here and shown without one.
    decided_on = models.DateField(null=True)
    listed_on = models.DateField()
    published_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    kinds = models.JSONField()
    fine_fen = models.BigIntegerField(null=True)
    confiscated_fen = models.BigIntegerField(null=True)
    content = models.JSONField()
    search_text = models.TextField()
    entry_id = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    # By the clock of the machine, so that the search index finds what it does not know yet.
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["-listed_on", "-id"], name="public_by_date"),
            models.Index(fields=["changed_at"], name="public_by_change"),
            models.Index(fields=["number"], name="public_by_number"),
        ]


append_only("disclosure_publication")
append_only("disclosure_signoff")
append_only("disclosure_release", "publication_id")
append_only("disclosure_withdrawal", "publication_id")
forbid(
    "disclosure_release",
    "INSERT",
    "publish-without-signoff",
    "NOT EXISTS (SELECT 1 FROM disclosure_signoff s WHERE s.id = NEW.signoff_id AND s.residual = 0 "
    "AND s.publication_id = NEW.publication_id)",
)
forbid(
    "disclosure_release",
    "INSERT",
    "publish-revoked",
    "EXISTS (SELECT 1 FROM disclosure_publication p JOIN decisions_revocation r ON r.decision_id = p.decision_id "
    "WHERE p.id = NEW.publication_id) "
    # Neither is the letter that changed it, nor one that was changed again.
    "OR EXISTS (SELECT 1 FROM disclosure_publication p JOIN decisions_change c ON c.document_id = p.letter_id "
    "WHERE p.id = NEW.publication_id AND (EXISTS (SELECT 1 FROM decisions_revocation r "
    "WHERE r.decision_id = c.decision_id) OR EXISTS (SELECT 1 FROM decisions_change n "
    "WHERE n.decision_id = c.decision_id AND n.seq > c.seq)))",
)
# What was changed or declared illegal or void is not made public any more: art. 48 ¶2 takes it down.
forbid(
    "disclosure_release",
    "INSERT",
    "publish-changed",
    "EXISTS (SELECT 1 FROM disclosure_publication p JOIN decisions_change c ON c.decision_id = p.decision_id "
    "WHERE p.id = NEW.publication_id)",
)
forbid(
    "disclosure_publication",
    "INSERT",
    "publication-of-no-change",
    "NEW.source = 'change' AND NOT EXISTS (SELECT 1 FROM decisions_change c WHERE c.document_id = NEW.letter_id "
    "AND c.variant = 'change')",
)
forbid(
    "disclosure_publication",
    "INSERT",
    "publication-of-no-act",
    "NEW.source = 'act' AND NOT EXISTS (SELECT 1 FROM documents_document d WHERE d.id = NEW.letter_id "
    f"AND d.kind IN ({', '.join(repr(kind) for kind in letters.kinds())}))",
)
# A letter made void, or one whose effect another letter of the case took away, is not made public.
_TAKEN_AWAY = " OR ".join(
    f"(d.kind = '{kind}' AND o.kind IN ({', '.join(repr(other) for other in letters.undoing(kind))}))"
    for kind in letters.kinds()
    if letters.undoing(kind)
)
forbid(
    "disclosure_release",
    "INSERT",
    "publish-undone",
    "EXISTS (SELECT 1 FROM disclosure_publication p JOIN documents_documentvoid v ON v.document_id = p.letter_id "
    "WHERE p.id = NEW.publication_id AND p.source = 'act') OR EXISTS (SELECT 1 FROM disclosure_publication p "
    "JOIN documents_document d ON d.id = p.letter_id JOIN documents_document o ON o.case_id = d.case_id "
    "AND o.issued_at >= d.issued_at WHERE p.id = NEW.publication_id AND p.source = 'act' "
    f"AND ({_TAKEN_AWAY}) AND NOT EXISTS (SELECT 1 FROM documents_documentvoid w WHERE w.document_id = o.id))",
)
forbid(
    "disclosure_release",
    "INSERT",
    "publish-without-journal",
    "NOT EXISTS (SELECT 1 FROM ledger_journalentry j WHERE j.id = NEW.entry_id AND j.kind = 'decision-published')",
)
# Made-up decisions of a demonstration name themselves so in their number and carry no entry of the log.
_MADE_UP = "NEW.source = 'demonstration' AND NEW.entry_id IS NULL AND NEW.number LIKE '演示%'"
_NO_PUBLICATION = "NOT EXISTS (SELECT 1 FROM disclosure_publication p WHERE p.id = NEW.id)"
# The read model shows nothing that was not released, and nothing that was withdrawn.
_SHOWN = (
    f"NEW.state = 'valid' AND NOT ({_MADE_UP} AND {_NO_PUBLICATION}) "
    "AND (NOT EXISTS (SELECT 1 FROM disclosure_release r WHERE r.publication_id = NEW.id) "
    "OR EXISTS (SELECT 1 FROM disclosure_withdrawal w WHERE w.publication_id = NEW.id))"
)
# After a correction only the newest replacement is shown: the text before it is public no more.
_NEWEST = (
    "(SELECT CAST(x.content AS TEXT) FROM disclosure_replacementrelease x JOIN disclosure_replacement d "
    "ON d.id = x.replacement_id WHERE d.publication_id = NEW.id AND NOT EXISTS (SELECT 1 FROM "
    "disclosure_replacementrelease y JOIN disclosure_replacement e ON e.id = y.replacement_id "
    "WHERE e.publication_id = NEW.id AND e.number > d.number))"
)
_DIFFERS = (
    f"NEW.state = 'valid' AND CAST(NEW.content AS TEXT) <> COALESCE({_NEWEST}, (SELECT CAST(r.content AS TEXT) "
    "FROM disclosure_release r WHERE r.publication_id = NEW.id AND NOT EXISTS (SELECT 1 FROM disclosure_withdrawal w "
    "WHERE w.publication_id = NEW.id)))"
)
for _event in ("INSERT", "UPDATE"):
    forbid("disclosure_publicentry", _event, "public-differs-from-release", _DIFFERS)
forbid("disclosure_publicentry", "INSERT", "public-without-release", _SHOWN)
forbid("disclosure_publicentry", "UPDATE", "public-without-release", _SHOWN)
forbid(
    "disclosure_publicentry",
    "DELETE",
    "tombstone-stays",
    "EXISTS (SELECT 1 FROM disclosure_withdrawal w WHERE w.publication_id = OLD.id)",
)
