"""Checking a signed PDF (核验签名), in words: who signed, when, with which certificate, what was altered, whom we trust."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from asn1crypto import x509

from mingcha.common.clock import SHANGHAI
from mingcha.documents.signing import container
from mingcha.documents.signing.trust import Trust

if TYPE_CHECKING:  # half a second to load, which a command that checks no signature does not wait for
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus, TimestampSignatureStatus
    from pyhanko_certvalidator import ValidationContext

VALID, INVALID, UNSURE, UNSIGNED, UNREADABLE = "valid", "invalid", "unsure", "unsigned", "unreadable"
WORDS = {
    VALID: "有效",
    INVALID: "无效",
    UNSURE: "不能确认",
    UNSIGNED: "没有签名",
    UNREADABLE: "不能读取",
}
_WORST = (VALID, UNSURE, INVALID)
_MOST = 64 << 20


@dataclass(frozen=True)
class Checked:
    """One signature as it was found."""

    field: str
    state: str
    who: str
    organisation: str
    issuer: str
    serial: str
    fingerprint: str
    valid_from: dt.datetime
    valid_until: dt.datetime
    reason: str
    signed_at: dt.datetime | None
    stamped_by: str
    covers_whole_file: bool
    altered: bool
    trusted: bool
    says: tuple[str, ...]

    @property
    def words(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True)
class Report:
    """The verdict on a file, with each signature in the order in which they were made."""

    state: str
    sha256: str
    says: tuple[str, ...]
    signatures: tuple[Checked, ...] = ()

    @property
    def words(self) -> str:
        return WORDS[self.state]

    def as_dict(self) -> dict[str, Any]:
        rows = []
        for row in self.signatures:
            found = asdict(row)
            for name in ("valid_from", "valid_until", "signed_at"):
                found[name] = found[name].isoformat() if found[name] else None
            rows.append({**found, "words": row.words})
        return {
            "state": self.state,
            "words": self.words,
            "sha256": self.sha256,
            "says": list(self.says),
            "signatures": rows,
        }


def check(data: bytes, trust: Trust, *, now: dt.datetime | None = None) -> Report:
    """The report on `data`. Never raises for a damaged or hostile file: it says what it could not read."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    moment, digest = now or dt.datetime.now(dt.UTC), hashlib.sha256(data).hexdigest()
    if len(data) > _MOST:
        return Report(UNREADABLE, digest, (f"文件超过{_MOST >> 20} MB，没有核验。",))
    if not data.startswith(b"%PDF-"):
        return Report(UNREADABLE, digest, ("这个文件不是PDF，或者开头已经损坏。",))
    trace = b"/ByteRange" in data
    fault = container.fault(data)
    try:
        found = list(PdfFileReader(io.BytesIO(data)).embedded_regular_signatures)
        if not found and not trace:
            return Report(UNSIGNED, digest, ("这个PDF里没有电子签名，也没有电子印章。",))
        if not found:
            return Report(INVALID, digest, ("文件里有签名的痕迹，但签名已经被去掉或者损坏。",))
        rows = tuple(_one(row, trust, moment) for row in found)
    except Exception:
        # A library that reads hostile bytes may raise anything; the verdict is the same.
        if trace:
            return Report(INVALID, digest, (fault or "文件结构已经损坏，签名不能核验。",))
        return Report(UNREADABLE, digest, ("文件结构已经损坏，读不出来。",))
    says = []
    state = max((row.state for row in rows), key=_WORST.index)
    if fault:
        state = INVALID
        says.append(fault)
    elif state == VALID:
        says.append(f"{len(rows)}个签名全部有效，文件从最后一次签章以后没有改动。")
    elif state == UNSURE:
        says.append("文件没有改动，但有签名不能确认，原因见下。")
    else:
        says.append("有签名无效，原因见下。")
    return Report(state, digest, tuple(says), rows)


def _one(found: EmbeddedPdfSignature, trust: Trust, now: dt.datetime) -> Checked:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    stamped = _stamped(found)
    context = _context(trust, stamped or now)
    status = validate_pdf_signature(found, context, _context(trust, now))
    certificate = found.signer_cert
    says: list[str] = []
    altered = not (status.intact and status.valid) or not _changes_allowed(status)
    worst = [VALID]
    if altered:
        worst.append(INVALID)
        says.append("签名之后内容被改动过，或者签名数据已经损坏。")
    stamp_state = _stamp(status.timestamp_validity, trust, now, says)
    worst.append(stamp_state)
    worst.append(_holder(status, certificate, stamped if stamp_state == VALID else None, trust, now, says))
    coverage = status.coverage
    if coverage is None or coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        altered = True
        worst.append(INVALID)
        says.append("签名没有覆盖它签署时的整份文件。")
    subject = certificate.subject.native
    return Checked(
        field=str(found.field_name),
        state=max(worst, key=_WORST.index),
        who=_text(subject.get("common_name")),
        organisation=_text(subject.get("organization_name")),
        issuer=_text(certificate.issuer.native.get("common_name") or certificate.issuer.human_friendly),
        serial=f"{certificate.serial_number:x}",
        fingerprint=certificate.sha256.hex(),
        valid_from=certificate.not_valid_before,
        valid_until=certificate.not_valid_after,
        reason=str(found.sig_object.get("/Reason", "")),
        signed_at=stamped,
        stamped_by=_stamper(status.timestamp_validity),
        covers_whole_file=coverage == SignatureCoverageLevel.ENTIRE_FILE,
        altered=altered,
        trusted=status.trusted,
        says=tuple(says),
    )


def _stamped(found: EmbeddedPdfSignature) -> dt.datetime | None:
    """The time that the time-stamp states; whether it is to be believed is looked at separately."""
    for row in found.signer_info["unsigned_attrs"]:
        if row["type"].native == "signature_time_stamp_token":
            content = row["values"][0]["content"]["encap_content_info"]["content"]
            return content.parsed["gen_time"].native
    return None


def _changes_allowed(status: PdfSignatureStatus) -> bool:
    """Whether what came after this signature is nothing but further signatures."""
    from pyhanko.sign.diff_analysis import ModificationLevel

    level = status.modification_level
    return level is not None and level in (
        ModificationLevel.NONE,
        ModificationLevel.LTA_UPDATES,
        ModificationLevel.FORM_FILLING,
    )


def _stamp(found: TimestampSignatureStatus | None, trust: Trust, now: dt.datetime, says: list[str]) -> str:
    if found is None:
        says.append("没有可信时间戳，签名时间只是签名人自己的说法。")
        return UNSURE
    if not (found.intact and found.valid):
        says.append("时间戳已经损坏，或者不是这份签名的。")
        return INVALID
    certificate = found.signing_cert
    revoked = trust.revoked(certificate.serial_number, certificate.issuer.dump(), now)
    if revoked.at is not None and revoked.at <= found.timestamp:
        says.append(f"时间戳机构的证书在盖时间戳以前（{_day(revoked.at)}）已被吊销。")
        return INVALID
    if not found.trusted:
        expired = certificate.not_valid_after < now
        says.append("时间戳机构的证书已经到期。" if expired else "盖时间戳的机构不在信任名单里。")
        return UNSURE
    return VALID


def _holder(
    status: PdfSignatureStatus,
    certificate: x509.Certificate,
    stamped: dt.datetime | None,
    trust: Trust,
    now: dt.datetime,
    says: list[str],
) -> str:
    """What the certificate is worth: at the time that the time-stamp proves, otherwise now."""
    moment = stamped or now
    revoked = trust.revoked(certificate.serial_number, certificate.issuer.dump(), now)
    if revoked.at is not None and revoked.at <= moment:
        says.append(f"签名证书已于{_day(revoked.at)}被吊销，签名时证书已经失效。")
        return INVALID
    if certificate.not_valid_after < moment:
        says.append(f"签名证书已于{_day(certificate.not_valid_after)}到期，签名时证书已经失效。")
        return INVALID
    if certificate.not_valid_before > moment:
        says.append(f"签名证书{_day(certificate.not_valid_before)}才生效，签名时还没有生效。")
        return INVALID
    if not status.trusted:
        says.append("签名证书的签发机构不在信任名单里，不能确认签名人的身份。")
        return UNSURE
    if revoked.at is not None:
        says.append(f"签名证书后来于{_day(revoked.at)}被吊销；时间戳证明签名时证书有效。")
    elif certificate.not_valid_after < now:
        says.append(f"签名证书后来于{_day(certificate.not_valid_after)}到期；时间戳证明签名时证书有效。")
    elif not revoked.known:
        says.append("没有签发机构有效的吊销列表，没有核对证书是否被吊销。")
        return UNSURE
    return VALID


def _context(trust: Trust, moment: dt.datetime) -> ValidationContext:
    from pyhanko_certvalidator import ValidationContext

    # Revocation is looked up by ourselves, so that its date can be said; nothing is fetched from a network.
    return ValidationContext(trust_roots=list(trust.roots), allow_fetching=False, moment=moment)


def _stamper(found: TimestampSignatureStatus | None) -> str:
    return _text(found.signing_cert.subject.native.get("common_name")) if found is not None else ""


def _text(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value or "")


def _day(moment: dt.datetime) -> str:
    day = moment.astimezone(SHANGHAI)
    return f"{day.year}年{day.month}月{day.day}日"
