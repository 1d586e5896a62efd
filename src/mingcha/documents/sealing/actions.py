"""Writes of signing: by hand on the pad, refusals, electronic signatures, and the signed copy made of all of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.db import transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, NotPermitted, Reason, Refused
from mingcha.common.prepared import insert
from mingcha.documents import access as papers
from mingcha.documents import queries as documents
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.circles.queries import reported
from mingcha.documents.circles.rules import may_know
from mingcha.documents.models import (
    Document,
    ElectronicSignature,
    HandSignature,
    PaperSignature,
    SignedCopy,
    SigningRefusal,
)
from mingcha.documents.rendering.about import SIGNERS
from mingcha.documents.rendering.errors import Unprintable
from mingcha.documents.rendering.glyphs import unprintable
from mingcha.documents.sealing import queries, rules, sheets
from mingcha.documents.sealing.queries import Marks
from mingcha.documents.signing import providers, sm2
from mingcha.documents.signing import strokes as drawing
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.errors import SigningUnavailable
from mingcha.files import queries as files
from mingcha.files.actions import Incoming, keep, receive_bytes
from mingcha.ledger.actions import append
from mingcha.recordings import queries as recordings

_MOST_SIGNERS = 20
# Which role stands for which signer of a template.
_ROLES = {"head": Role.HEAD, "unit_head": Role.UNIT_HEAD, "reviewer": Role.REVIEWER}


def provider() -> providers.Provider | None:
    """The source of certificates that the operator chose; None: nothing is signed. Raises SigningUnavailable."""
    return providers.chosen(settings.SIGNING_ROOT)


def adopt_demo() -> None:
    """Set up the demonstration authority in the data directory and choose it, where no other source is chosen."""
    home = settings.SIGNING_ROOT
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    DemoAuthority(home / "demo").create()
    if sm2.available():
        sm2.create(home / "sm2.key")
    if not (home / "provider").exists():
        (home / "provider").write_text("local-demo\n", "utf-8")


def sign_by_hand(
    document_id: uuid.UUID,
    *,
    actor: Actor,
    who: str,
    name: str,
    strokes: Any,
    digest: str,
    capacity: str = "",
    device: str = "touch",
) -> HandSignature:
    """Take a signature on the pad that a handler holds out. `digest` is of the document that was shown beside it.

    Raises InvalidInput, Refused where the document is another by now or void, Conflict for a second signature.
    """
    check = Check()
    check.one_of("who", who, "签名人", list(SIGNERS))
    check.one_of("device", device, "书写方式", list(sheets.DEVICES))
    name = check.text("name", name, "签名人姓名", most=60)
    capacity = check.text("capacity", capacity, "身份", most=60, required=False)
    check.done()
    _printable(name, capacity)
    found = drawing.read(strokes)
    with transaction.atomic():
        document = _locked(document_id, actor)
        _same_text(document, digest)
        if queries.signed_by_hand(document.id, who, name):
            raise Conflict("signed-already", f"{name}已经在这份文书上签名。")
        at = clock.now()
        bound = drawing.bound(
            found,
            document=str(document.id),
            document_digest=document.digest,
            who=who,
            name=name,
            capacity=capacity,
            at=at,
        )
        row = insert(
            HandSignature(
                document=document,
                who=who,
                name=name,
                capacity=capacity,
                document_digest=document.digest,
                strokes=[list(map(list, stroke)) for stroke in found],
                strokes_digest=bound,
                device=device,
                at=at,
                taken_by_id=actor.officer_id,
            )
        )
        _enter(
            document,
            "document-hand-signed",
            actor,
            {"who": who, "name": name, "capacity": capacity, "document_digest": document.digest, "strokes": bound},
        )
    return row


def refuse(
    document_id: uuid.UUID,
    *,
    actor: Actor,
    who: str,
    name: str,
    reason: str,
    witness: str = "",
    recording: str = "",
) -> SigningRefusal:
    """Note that somebody outside the organ refuses to sign, with the reason and a witness or a recording (V4)."""
    check = Check()
    check.one_of("who", who, "拒绝签名的人", list(rules.OUTSIDE))
    name = check.text("name", name, "姓名", most=60)
    reason = check.text("reason", reason, "拒签情况", most=300)
    witness = check.text("witness", witness, "见证人", most=60, required=False)
    if not witness and not recording:
        check.add("witness", "请填写见证人，或者选择现场录像。没有见证人也没有录像的，拒签没有证明。")
    check.done()
    _printable(name, reason, witness)
    with transaction.atomic():
        document = _locked(document_id, actor)
        video = None
        if recording:
            video = next((row for row in recordings.rows(document.case) if str(row.id) == recording), None)
            if video is None:
                check.add("recording", "本案没有这段录音录像。请先上传。")
                check.done()
        if queries.signed_by_hand(document.id, who, name):
            raise Conflict("signed-already", f"{name}已经在这份文书上签名，不能再记为拒签。")
        if document.signing_refusals.filter(who=who, name=name).exists():
            raise Conflict("refused-already", f"已经记明{name}拒绝签名。")
        row = SigningRefusal.objects.create(
            document=document,
            who=who,
            name=name,
            reason=reason,
            witness=witness,
            recording=video,
            at=clock.now(),
            noted_by_id=actor.officer_id,
        )
        _enter(
            document,
            "document-signing-refused",
            actor,
            {
                "who": who,
                "name": name,
                "reason": reason,
                "witness": witness,
                "recording": video.file_id if video else None,
                "document_digest": document.digest,
            },
        )
    return row


def note_paper(
    document_id: uuid.UUID, *, actor: Actor, signed: Sequence[Mapping[str, str]], scan: Incoming
) -> list[PaperSignature]:
    """Note who signed the paper original in ink (纸质签名), with the scan that shows it; `signed`: who, name.

    Raises InvalidInput, Refused for a void paper, Conflict for a second signature of one person.
    """
    check = Check()
    if not 1 <= len(signed) <= _MOST_SIGNERS:
        check.add("signed", f"请写明在纸质原件上签名的人，1至{_MOST_SIGNERS}名。")
    rows = []
    for row in signed[:_MOST_SIGNERS]:
        check.one_of("who", row.get("who", ""), "签名人", list(SIGNERS))
        rows.append((row.get("who", ""), check.text("name", row.get("name", ""), "签名人姓名", most=60)))
    if len(set(rows)) != len(rows):
        check.add("signed", "同一名签名人只写一次。")
    check.done()
    _printable(*(name for _, name in rows))
    with transaction.atomic():
        document = _locked(document_id, actor)
        _same_text(document, document.digest)
        if unmet := [why for _, name in rows for why in may_know(name, reported(document.case, document.kind))]:
            raise Refused(unmet)
        found = queries.marks(document)
        have = set(found.signed)
        if twice := [name for who, name in rows if (who, name) in have]:
            raise Conflict("signed-already", f"{'、'.join(twice)}已经在这份文书上签名。")
        kept = keep(scan)
        made = [
            PaperSignature.objects.create(
                document=document, who=who, name=name, scan=kept, at=clock.now(), noted_by_id=actor.officer_id
            )
            for who, name in rows
        ]
        _enter(
            document,
            "document-paper-signed",
            actor,
            {
                "signed": [{"who": who, "name": name} for who, name in rows],
                "scan": kept.pk,
                "document_digest": document.digest,
            },
        )
    return made


def sign_electronically(document_id: uuid.UUID, *, actor: Actor, digest: str) -> ElectronicSignature:
    """The acting officer signs with the own certificate; the copy with the signature is made afterwards.

    Raises SigningUnavailable without a provider, NotPermitted for whom the document does not want, Refused, Conflict.
    """
    source = provider()
    if source is None:
        raise SigningUnavailable("本机关还没有接入数字证书，不能电子签名。请用手写签名，或者联系信息管理员。")
    # Before the transaction: a demonstration certificate may have to be made first.
    material = source.officer(str(actor.officer_id), actor.name)
    with transaction.atomic():
        document = _document(document_id)
        case = lock(document.case_id)
        access.case(actor, case.id)
        papers.require(actor, case, document.kind)
        _same_text(document, digest)
        who = may_sign_as(document, actor)
        if who is None:
            raise NotPermitted(message="这份文书不需要您签名。")
        if document.electronic_signatures.filter(officer_id=actor.officer_id).exists():
            raise Conflict("signed-already", "您已经在这份文书上签名。")
        fingerprint = x509.load_pem_x509_certificate(material.certificate).fingerprint(SHA256()).hex()
        row = ElectronicSignature.objects.create(
            document=document,
            officer_id=actor.officer_id,
            who=who,
            name=actor.name,
            title=SIGNERS[who],
            document_digest=document.digest,
            fingerprint=fingerprint,
            at=clock.now(),
        )
        _enter(
            document,
            "document-signed",
            actor,
            {"who": who, "name": actor.name, "certificate": fingerprint, "document_digest": document.digest},
        )
    return row


def may_sign_as(document: Document, actor: Actor) -> str | None:
    """As whom the acting person may sign this document: as officer of the case or by role; None: not at all."""
    wanted = {row.who for row in rules.demands(document.kind, document.template_version)}
    if "officers" in wanted and DutyKind.HANDLER in cases.duties_of(document.case, actor.officer_id):
        return "officers"
    own = document.case.organisation_id == actor.organ_id
    return next((who for who, role in _ROLES.items() if who in wanted and own and actor.has(role)), None)


def ensure_signed(document_id: uuid.UUID) -> SignedCopy | None:
    """The signed copy of all signatures so far, made now if need be; None where nothing is to be signed or no provider is
    set up. Runs outside a transaction. Raises SigningUnavailable, TimestampUnavailable.
    """
    source = provider()
    document = _document(document_id)
    if source is None or hasattr(document, "void"):
        return queries.newest(document)
    seal_due = rules.sealed(document.kind, document.template_version)
    for _ in range(3):
        found, present = queries.marks(document), queries.newest(document)
        if (present is not None and present.basis == found.basis) or not (found or seal_due):
            return present
        made = _signed(document, found, source, seal_due)
        if made is not None:
            return made
    raise Conflict("signing-busy", "文书正在被签名，请稍后再试。")


def _signed(document: Document, found: Marks, source: providers.Provider, seal_due: bool) -> SignedCopy | None:
    """The copy of these marks; None where somebody signed meanwhile."""
    from mingcha.documents.signing.signer import OfficerSignature, Seal, sign

    rendering = ensure_rendered(document.id)
    case = document.case
    organ = str(document.fields.get("organ_name") or case.organisation.name)
    pdf = sign(
        files.content_path(rendering.file_id).read_bytes(),
        timestamper=source.timestamper(),
        officers=[
            OfficerSignature(
                source.officer(str(row.officer_id), row.name), row.name, f"{row.title}　{sheets.minute(row.at)}"
            )
            for row in found.electronic
        ],
        # The organ closes every copy: without its certificate nothing would protect strokes and refusals.
        seal=Seal(
            source.organ(str(case.organisation_id), organ), organ, sheets.dated(document), source.mark, visible=seal_due
        ),
        sheet=sheets.sheet(document, found) if found.hand or found.refusals else None,
        pages=sheets.page_marks(document, found),
    )
    incoming = receive_bytes(pdf)
    key = settings.SIGNING_ROOT / "sm2.key"
    beside = sm2.sign(key, incoming.sha256).as_dict() if key.exists() and sm2.available() else None
    with transaction.atomic():
        lock(document.case_id)
        if queries.marks(document).basis != found.basis:
            return None
        last = queries.newest(document)
        if last is not None and last.basis == found.basis:
            return last
        row = SignedCopy.objects.create(
            document=document,
            seq=last.seq + 1 if last else 1,
            file=keep(incoming),
            source_id=rendering.file_id,
            basis=found.basis,
            provider=source.label,
            sealed=seal_due,
            sm2=beside,
            at=clock.now(),
        )
        append(
            "document-sealed",
            log=case.jurisdiction,
            subject=("document", str(document.id)),
            case_id=case.id,
            actor=SYSTEM,
            payload={
                "sha256": incoming.sha256,
                "source": rendering.file_id,
                "seq": row.seq,
                "sealed": seal_due,
                "officers": [entry.name for entry in found.electronic],
                "certificates": source.label,
            },
        )
    return row


def _printable(*texts: str) -> None:
    # The sheet is printed later and by nobody's hand: what no font has is refused while somebody is there to mend it.
    if found := unprintable(list(texts)):
        raise Unprintable(found)


def _document(document_id: uuid.UUID) -> Document:
    found = next(iter(documents.with_id(document_id)), None)
    if found is None:
        raise NotFound("没有找到这份文书。")
    return found


def _locked(document_id: uuid.UUID, actor: Actor) -> Document:
    document = _document(document_id)
    access.own_locked(actor, document.case_id)
    papers.require(actor, document.case, document.kind)
    return document


def _same_text(document: Document, digest: str) -> None:
    if hasattr(document, "void"):
        raise Refused([Reason("document-void", "这份文书已经作废，不能签名。", (), "请在重新制作的文书上签名。")])
    if digest != document.digest:
        raise Refused(
            [
                Reason(
                    "signed-other-text",
                    "签名时看到的文书与现在的不一致，没有签名。",
                    (),
                    "请刷新页面，核对文书内容后重新签名。",
                )
            ]
        )


def _enter(document: Document, kind: str, actor: Actor, payload: dict[str, Any]) -> None:
    append(
        kind,
        log=document.case.jurisdiction,
        subject=("document", str(document.id)),
        case_id=document.case_id,
        actor=actor.snapshot(
            Role.HANDLER if actor.has(Role.HANDLER) else next(iter(sorted(actor.roles)), Role.HANDLER)
        ),
        payload=payload,
    )
