"""SD-JWT (RFC 9901): claims committed with salts, each disclosed or withheld by itself. Pure; no key from the token counts.

Of the standard only what Mingcha issues is read: top-level claims under `_sd`, elements of arrays under `...`, EdDSA.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mingcha.ledger.core import strict
from mingcha.ledger.core.errors import ProofError, UnreadableBundle

TYPE = "mingcha-decision+sd-jwt"
# Names that a disclosed claim may not have: they steer the processing (RFC 9901 §4.2.1, §7.1).
_RESERVED = frozenset({"_sd", "...", "_sd_alg", "iss", "iat", "text", "document_digest"})


class CommitmentBroken(ProofError):
    """The token was not signed with this key, or a disclosure is not one that was committed."""

    code = "commitment-broken"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise CommitmentBroken(message="承诺中有不能读的一段。") from None
    if b64(data) != text:
        raise CommitmentBroken(message="承诺中有写法不规范的一段。")
    return data


def _json(data: bytes) -> Any:
    try:
        return strict.loads(data)
    except UnreadableBundle as error:
        raise CommitmentBroken(message=f"承诺中有一段不能读：{error.message}") from None


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """The public key as JWK (RFC 8037)."""
    return {"crv": "Ed25519", "kty": "OKP", "x": b64(key.public_bytes_raw())}


def thumbprint(key: Mapping[str, Any]) -> str:
    """RFC 7638 over the members that a key of this kind needs."""
    needed = {name: key[name] for name in ("crv", "kty", "x")}
    return b64(hashlib.sha256(json.dumps(needed, separators=(",", ":"), sort_keys=True).encode()).digest())


def salt(seed: bytes, place: str) -> str:
    """128 bits for one place; without the seed no salt tells anything of another."""
    return b64(hmac.digest(seed, place.encode(), "sha256")[:16])


def disclosure(*parts: Any) -> str:
    """Salt, name and value of a claim, or salt and value of an element, as they are handed out."""
    return b64(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode())


def digest(disclosed: str) -> str:
    return b64(hashlib.sha256(disclosed.encode()).digest())


def sign(
    private: Ed25519PrivateKey, base: Mapping[str, Any], claims: Iterable[str], elements: Mapping[str, Iterable[str]]
) -> str:
    """The signed token over the digests of disclosures; those of claims sorted, so that their order tells nothing."""
    payload = {
        **base,
        "_sd_alg": "sha-256",
        "_sd": sorted(map(digest, claims)),
        **{name: [{"...": digest(item)} for item in items] for name, items in elements.items()},
    }
    header = {"alg": "EdDSA", "kid": thumbprint(jwk(private.public_key())), "typ": TYPE}
    signed = ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, payload))
    return f"{signed}.{b64(private.sign(signed.encode()))}"


def present(token: str, disclosed: Iterable[str]) -> str:
    """The token with what is shown (RFC 9901 §4, without key binding)."""
    return "~".join([token, *disclosed, ""])


@dataclass(frozen=True)
class Opened:
    """A presentation that stands: base claims, disclosed claims, per array its elements with None for what is withheld."""

    token: str
    base: Mapping[str, Any]
    claims: Mapping[str, Any]
    withheld_claims: int
    arrays: Mapping[str, Sequence[Any]]


def opened(presentation: str, key: Mapping[str, Any]) -> Opened:
    """Check signature and disclosures (RFC 9901 §7.1). Raises CommitmentBroken."""
    token, *disclosed, end = presentation.split("~")
    if end:
        raise CommitmentBroken(message="承诺的末尾多出一段。")
    payload = _signed(token, key)
    if payload.get("_sd_alg") != "sha-256":
        raise CommitmentBroken(message="承诺使用了不认识的摘要算法。")
    wanted = payload.get("_sd")
    lists = {name: value for name, value in payload.items() if isinstance(value, list) and name != "_sd"}
    if not isinstance(wanted, list) or not all(isinstance(item, str) for item in wanted):
        raise CommitmentBroken(message="承诺的字段摘要形式不对。")
    places: list[Any] = [*wanted]
    for items in lists.values():
        for item in items:
            if not isinstance(item, dict) or list(item) != ["..."] or not isinstance(item["..."], str):
                raise CommitmentBroken(message="承诺的段落摘要形式不对。")
            places.append(item["..."])
    if len(set(places)) != len(places):
        raise CommitmentBroken(message="承诺中有两处用了同一个摘要。")
    found: dict[str, list[Any]] = {}
    salts: set[str] = set()
    for item in disclosed:
        value = _json(_raw(item))
        mark = digest(item)
        if mark in found or mark not in places:
            raise CommitmentBroken(message="出示了一段签发时没有承诺的内容，或者同一段出示了两次。")
        if not isinstance(value, list) or not value or not isinstance(value[0], str) or value[0] in salts:
            raise CommitmentBroken(message="出示的一段形式不对，或者两段用了同一个盐值。")
        salts.add(value[0])
        found[mark] = value
    claims: dict[str, Any] = {}
    for mark in wanted:
        if mark not in found:
            continue
        if len(found[mark]) != 3 or not isinstance(found[mark][1], str):
            raise CommitmentBroken(message="出示的字段形式不对。")
        _, name, value = found[mark]
        if name in _RESERVED or name in payload or name in claims:
            raise CommitmentBroken(message=f"出示的字段“{name[:40]}”不能有这个名称，或者出示了两次。")
        claims[name] = value
    arrays = {name: [_element(found.get(item["..."])) for item in items] for name, items in lists.items()}
    base = {name: value for name, value in payload.items() if name not in ("_sd", "_sd_alg") and name not in lists}
    return Opened(token, base, claims, len(wanted) - len(claims), arrays)


def _element(value: list[Any] | None) -> Any:
    if value is None:
        return None
    if len(value) != 2 or not isinstance(value[1], str):
        raise CommitmentBroken(message="出示的段落形式不对。")
    return value[1]


def _signed(token: str, key: Mapping[str, Any]) -> dict[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:
        raise CommitmentBroken(message="承诺不是签名的令牌。")
    header, payload = _json(_raw(parts[0])), _json(_raw(parts[1]))
    if not isinstance(header, dict) or header.get("alg") != "EdDSA" or header.get("typ") != TYPE:
        raise CommitmentBroken(message="承诺的签名算法或者类型不对。")
    if not isinstance(payload, dict) or key.get("kty") != "OKP" or key.get("crv") != "Ed25519":
        raise CommitmentBroken(message="承诺或者它的公钥形式不对。")
    try:
        public = Ed25519PublicKey.from_public_bytes(_raw(str(key.get("x", ""))))
        public.verify(_raw(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    except (ValueError, InvalidSignature):
        raise CommitmentBroken(message="承诺的签名与公钥不符。") from None
    return payload
