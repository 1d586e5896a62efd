"""The signature container of a PDF, read without a PDF library: a second opinion that needs no cross-reference table.

It answers one question: is each byte of the file either under the last signature or part of its container, and does that
signature hold for exactly these bytes?
"""

from __future__ import annotations

import binascii
import hashlib
import re

from asn1crypto import cms, tsp, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
# Bit, octet and character strings in parts: BER, not DER.
_STRINGS = tuple(0x20 | tag for tag in (0x03, 0x04, 0x0C, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1E))
# Members by their tags (RFC 5652 §5.1, §5.3): a member under another tag would be passed over by a reader as unknown.
_SIGNED_DATA = re.compile(rb"\x02\x31\x30\xa0?\xa1?\x31")
_SIGNER_INFO = re.compile(rb"\x02[\x30\x80]\x30\xa0\x30\x04\xa1?")
_HEX = (re.compile(rb"[0-9a-f]*"), re.compile(rb"[0-9A-F]*"))


def fault(data: bytes) -> str:
    """What is wrong with the last signature and the bytes it should cover, in words; empty where nothing is."""
    found = list(_RANGE.finditer(data))
    if not found:
        return "文件里没有签名。"
    begin, first, second, rest = (int(number) for number in found[-1].groups())
    if begin != 0 or not 0 < first < second or second + rest > len(data):
        return "签名标示的范围与文件不符。"
    if second + rest != len(data):
        return "签名之后文件又被追加过内容。"
    if data[first : first + 1] != b"<" or data[second - 1 : second] != b">":
        return "签名标示的范围与文件不符。"
    digits = data[first + 1 : second - 1]
    if len(digits) % 2 or not any(form.fullmatch(digits) for form in _HEX):
        return "签名数据被改动过。"
    raw = binascii.unhexlify(digits)
    try:
        return _container_fault(raw, data[:first] + data[second:])
    except Exception:
        # Hostile bytes: whatever a decoder raises means the same.
        return "签名数据被改动过。"


def _container_fault(raw: bytes, content: bytes) -> str:
    length = der_length(raw)
    der, slack = raw[:length], raw[length:]
    if slack.strip(b"\0"):
        return "签名数据被改动过。"
    info = cms.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        return "签名数据被改动过。"
    signed = info["content"]
    signer = signed["signer_infos"][0]
    digest = hashlib.new(signer["digest_algorithm"]["algorithm"].native, content).digest()
    if _attribute(signer["signed_attrs"], "message_digest") != digest:
        return "签名之后文件内容被改动过。"
    if structure_fault(signed, "data") or not canonical(der):
        return "签名数据被改动过。"
    if not _holds(signed, signer):
        return "签名数据被改动过。"
    for row in signer["unsigned_attrs"]:
        if row["type"].native == "signature_time_stamp_token":
            return _token_fault(row["values"][0], signer["signature"].native)
    return "" if not signer["unsigned_attrs"] else "签名数据被改动过。"


def _token_fault(token: cms.ContentInfo, signature: bytes) -> str:
    signed = token["content"]
    if token["content_type"].native != "signed_data" or structure_fault(signed, "tst_info"):
        return "时间戳被改动过。"
    content = signed["encap_content_info"]["content"]
    info = content.parsed
    if not isinstance(info, tsp.TSTInfo):
        return "时间戳被改动过。"
    imprint = info["message_imprint"]
    digest = hashlib.new(imprint["hash_algorithm"]["algorithm"].native, signature).digest()
    if imprint["hashed_message"].native != digest:
        return "时间戳不是这份签名的。"
    signer = signed["signer_infos"][0]
    inner = hashlib.new(signer["digest_algorithm"]["algorithm"].native, content.contents).digest()
    if _attribute(signer["signed_attrs"], "message_digest") != inner or not _holds(signed, signer):
        return "时间戳被改动过。"
    return ""


def structure_fault(signed: cms.SignedData, content_type: str) -> bool:
    """Whether parts of the container that no signature covers differ from what RFC 5652 lays down."""
    signers = signed["signer_infos"]
    if len(signers) != 1:
        return True
    signer = signers[0]
    by_key = signer["sid"].name == "subject_key_identifier"
    plain = content_type == "data" and not by_key
    algorithm = signer["digest_algorithm"]["algorithm"].native
    listed = [row["algorithm"].native for row in signed["digest_algorithms"]]
    parameters = [row["parameters"].native for row in (*signed["digest_algorithms"], signer["digest_algorithm"])]
    return (
        not _SIGNED_DATA.fullmatch(_tags(signed.contents))
        or not _SIGNER_INFO.fullmatch(_tags(signer.contents))
        or signed["encap_content_info"]["content_type"].native != content_type
        or signed["version"].native not in (("v1",) if plain else ("v3",))
        or signer["version"].native != ("v3" if by_key else "v1")
        or listed != [algorithm]
        or any(row is not None for row in parameters)
        or _attribute(signer["signed_attrs"], "content_type") != content_type
    )


def canonical(der: bytes) -> bool:
    """Whether `der` is one DER value all through: no other encoding of the same values would be taken for it."""
    return _after(der, 0, len(der)) == len(der)


def _after(der: bytes, at: int, end: int) -> int:
    """Where the value at `at` ends; -1 where it is no DER (X.690 clauses 10 and 11)."""
    if at + 2 > end or der[at] & 0x1F == 0x1F:
        # Tags of more than one byte stand in no container of ours.
        return -1
    tag, size = der[at], der[at + 1]
    start = at + 2
    if size & 0x80:
        count = size & 0x7F
        start += count
        size = int.from_bytes(der[at + 2 : start], "big")
        if not 1 <= count <= 4 or start > end or size < 0x80 or der[at + 2] == 0:
            return -1
    stop = start + size
    if stop > end:
        return -1
    if tag & 0x20:
        return stop if tag not in _STRINGS and _inside(der, tag, start, stop) else -1
    return stop if _plain(der, tag, start, stop) else -1


def _inside(der: bytes, tag: int, start: int, stop: int) -> bool:
    before, at = b"", start
    while at < stop:
        following = _after(der, at, stop)
        if following < 0:
            return False
        if tag == 0x31:
            # Members of a set stand in order.
            member = der[at:following]
            if member < before:
                return False
            before = member
        at = following
    return True


def _plain(der: bytes, tag: int, start: int, stop: int) -> bool:
    size = stop - start
    if tag == 0x01:
        return size == 1 and der[start] in (0x00, 0xFF)
    if tag == 0x02:
        twice = size > 1 and der[start] in (0x00, 0xFF) and (der[start] ^ der[start + 1]) & 0x80 == 0
        return size > 0 and not twice
    if tag == 0x03:
        return size > 0 and der[start] < 8 and (size > 1 or der[start] == 0) and der[stop - 1] % (1 << der[start]) == 0
    if tag == 0x05:
        return size == 0
    if tag == 0x06:
        # No arc begins with filling, the last one ends.
        return size > 0 and der[stop - 1] < 0x80 and b"\x80" not in _starts(der[start:stop])
    return tag not in (0x30, 0x31)


def _starts(arcs: bytes) -> bytes:
    """The first byte of each arc of an object identifier."""
    return bytes(byte for before, byte in zip(b"\0" + arcs, arcs, strict=False) if before < 0x80)


def _tags(members: bytes) -> bytes:
    """The tags of the values that stand one after another. Raises ValueError where they are no DER."""
    found, at = bytearray(), 0
    while at < len(members):
        found.append(members[at])
        at = _after(members, at, len(members))
        if at < 0:
            raise ValueError("no DER")
    return bytes(found)


def der_length(raw: bytes) -> int:
    """Length of the DER value at the start of `raw`. Raises ValueError."""
    if len(raw) < 4 or raw[0] != 0x30 or not 0x80 < raw[1] <= 0x84:
        raise ValueError("no DER sequence")
    count = raw[1] & 0x7F
    length = 2 + count + int.from_bytes(raw[2 : 2 + count], "big")
    if length > len(raw) or raw[2] == 0:
        raise ValueError("a length that does not fit")
    return length


def _attribute(attributes: cms.CMSAttributes, name: str) -> object:
    found = [row["values"][0].native for row in attributes if row["type"].native == name]
    return found[0] if len(found) == 1 else None


def _holds(signed: cms.SignedData, signer: cms.SignerInfo) -> bool:
    """Whether the signature over the signed attributes holds under the certificate that the container names."""
    certificate = _certificate(signed, signer)
    if certificate is None or not _named(certificate, signer["signed_attrs"]):
        return False
    from pyhanko_certvalidator.util import get_pyca_cryptography_hash

    key = load_der_public_key(certificate.public_key.dump())
    digest = get_pyca_cryptography_hash(signer["digest_algorithm"]["algorithm"].native)
    content = signer["signed_attrs"].untag().dump(force=True)
    algorithm = signer["signature_algorithm"]
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm.signature_algo == "rsassa_pkcs1v15":
            key.verify(signer["signature"].native, content, padding.PKCS1v15(), digest)
        elif isinstance(key, rsa.RSAPublicKey):
            mask = padding.MGF1(digest)
            key.verify(signer["signature"].native, content, padding.PSS(mask, padding.PSS.AUTO), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer["signature"].native, content, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _named(certificate: x509.Certificate, attributes: cms.CMSAttributes) -> bool:
    """Whether the signed attributes name this very certificate by its digest (ESS signing-certificate)."""
    der = certificate.dump(force=True)
    for row in attributes:
        if row["type"].native in ("signing_certificate_v2", "signing_certificate"):
            found = row["values"][0]["certs"][0]
            old = row["type"].native == "signing_certificate"
            name = "sha1" if old else found["hash_algorithm"]["algorithm"].native
            return bool(found["cert_hash"].native == hashlib.new(name, der).digest())
    return False


def _certificate(signed: cms.SignedData, signer: cms.SignerInfo) -> x509.Certificate | None:
    sid = signer["sid"]
    for row in signed["certificates"]:
        found = row.chosen
        if sid.name == "issuer_and_serial_number":
            wanted = sid.chosen
            if found.issuer == wanted["issuer"] and found.serial_number == wanted["serial_number"].native:
                return found
        elif found.key_identifier == sid.native:
            return found
    return None
