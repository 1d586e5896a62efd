"""Writes of signing: by hand on the pad, refusals, electronic signatures, and the signed copy made of all of them."""

from __future__ import annotations

import datetime as dt
import uuid
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
from mingcha.documents.actions import ensure_rendered
from mingcha.documents.models import Document, ElectronicSignature, HandSignature, SignedCopy, SigningRefusal
from mingcha.documents.rendering import template, wording
from mingcha.documents.rendering.about import SIGNERS
from mingcha.documents.rendering.errors import Unprintable
from mingcha.documents.rendering.glyphs import unprintable
from mingcha.documents.sealing import queries, rules
from mingcha.documents.sealing.queries import Marks
from mingcha.documents.signing import paging, pictures, providers, sm2
from mingcha.documents.signing import strokes as drawing
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.errors import SigningUnavailable
from mingcha.documents.signing.signer import OfficerSignature, PageMarks, Seal, sign
from mingcha.files import queries as files
from mingcha.files.actions import keep, receive_bytes
from mingcha.ledger.actions import append
from mingcha.recordings import queries as recordings

DEVICES = {"pen": "触控笔", "touch": "手指", "mouse": "鼠标"}
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
    check.one_of("device", device, "书写方式", list(DEVICES))
    name = check.text("name", name, "签名人姓名", most=60)
    capacity = check.text("capacity", capacity, "身份", most=60, required=False)
    check.done()
    _printable(name, capacity)
    found = drawing.read(strokes)
    with transaction.atomic():
        document = _locked(document_id, actor)
        _same_text(document, digest)
        if document.hand_signatures.filter(who=who, name=name).exists():
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
        row = HandSignature.objects.create(
            document=document,
            who=who,
            name=name,
            capacity=capacity,
            document_digest=document.digest,
            strokes=[[list(point) for point in stroke] for stroke in found],
            strokes_digest=bound,
            device=device,
            at=at,
            taken_by_id=actor.officer_id,
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
        if document.hand_signatures.filter(who=who, name=name).exists():
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
    rendering = ensure_rendered(document.id)
    case = document.case
    organ = str(document.fields.get("organ_name") or case.organisation.name)
    pdf = sign(
        files.content_path(rendering.file_id).read_bytes(),
        timestamper=source.timestamper(),
        officers=[
            OfficerSignature(source.officer(str(row.officer_id), row.name), row.name, f"{row.title}　{_minute(row.at)}")
            for row in found.electronic
        ],
        # The organ closes every copy: without its certificate nothing would protect strokes and refusals.
        seal=Seal(
            source.organ(str(case.organisation_id), organ), organ, _dated(document), source.mark, visible=seal_due
        ),
        sheet=_sheet(document, found) if found.hand or found.refusals else None,
        pages=_page_marks(document, found),
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


def _sheet(document: Document, found: Marks) -> bytes:
    """The signature sheet (签名页): text, strokes and what they are bound to."""
    rows = [
        pictures.SheetRow(
            f"{SIGNERS[row.who]}　{row.name}" + (f"（{row.capacity}）" if row.capacity else ""),
            (
                f"签名时间：{_minute(row.at)}　书写方式：{DEVICES[row.device]}",
                f"签名数据摘要（SHA-256）：{row.strokes_digest}",
            ),
            drawing.svg(drawing.read(row.strokes)),
            f"{row.name}的手写签名",
        )
        for row in found.hand
    ]
    rows += [
        pictures.SheetRow(
            f"{SIGNERS[row.who]}　{row.name}　拒绝签名",
            (
                f"情况：{row.reason}",
                f"记明时间：{_minute(row.at)}　记明人：{row.noted_by.name}",
                f"见证人：{row.witness}" if row.witness else "见证人：无",
                *((f"现场录像：{row.recording.title}",) if row.recording else ()),
            ),
        )
        for row in found.refusals
    ]
    lines = [f"《{document.title}》{document.number}", f"文书内容摘要（SHA-256）：{document.digest}"]
    return pictures.sheet("签名页", lines, rows)


def _page_marks(document: Document, found: Marks) -> PageMarks | None:
    """What stands on each page of a record that is signed page by page: strokes, or the word for what stands instead."""
    form = template(document.kind, document.template_version)
    rows = [
        *((row.who, row.name, drawing.svg(drawing.read(row.strokes)), "") for row in found.hand),
        *((row.who, row.name, "", "电子签名") for row in found.electronic),
        *((row.who, row.name, "", "拒绝签名") for row in found.refusals),
    ]
    marks = tuple(
        paging.Mark(f"{SIGNERS[who]}　{name}", svg, words, organ=who not in rules.OUTSIDE)
        for who, name, svg, words in rows
        if who in form.about.each_page.who
    )
    return PageMarks(marks, f"内容摘要{document.digest[:12]}", form.foot) if marks else None


def _dated(document: Document) -> str:
    """The date as the tail of the document prints it."""
    value = document.fields.get(template(document.kind, document.template_version).date)
    if not isinstance(value, str):
        return ""
    day = clock.legal_day(dt.datetime.fromisoformat(value)) if "T" in value else dt.date.fromisoformat(value)
    return wording.day(day)


def _minute(at: dt.datetime) -> str:
    return at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _printable(*texts: str) -> None:
    # The sheet is printed later and by nobody's hand: what no font has is refused while somebody is there to mend it.
    if found := unprintable(list(texts)):
        raise Unprintable(found)


def _document(document_id: uuid.UUID) -> Document:
    found = Document.objects.select_related("case__organisation").filter(id=document_id).first()
    if found is None:
        raise NotFound("没有找到这份文书。")
    return found


def _locked(document_id: uuid.UUID, actor: Actor) -> Document:
    document = _document(document_id)
    access.own_locked(actor, document.case_id)
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
