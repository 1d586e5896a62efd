"""Whom we trust (信任的签发机构): root certificates and revocation lists from the data directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mingcha.documents.signing.authority import DemoAuthority, certificate


@dataclass(frozen=True)
class Revoked:
    """What the revocation lists say of a certificate; `known` is False where no fresh list of its issuer is at hand."""

    known: bool
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Trust:
    """Roots, and revocation lists that one of the roots has signed."""

    roots: tuple[asn1_x509.Certificate, ...]
    lists: tuple[x509.CertificateRevocationList, ...] = ()

    def revoked(self, serial: int, issuer: bytes, now: dt.datetime) -> Revoked:
        """Whether and when a certificate, by serial and DER name of its issuer, was revoked."""
        known = False
        for row in self.lists:
            if row.issuer.public_bytes() != issuer:
                continue
            known = known or row.next_update_utc is None or row.next_update_utc > now
            entry = row.get_revoked_certificate_by_serial_number(serial)
            if entry is not None:
                return Revoked(True, entry.revocation_date_utc)
        return Revoked(known)


def trust(roots: Iterable[bytes], lists: Iterable[bytes] = ()) -> Trust:
    """Trust in `roots`; a revocation list that none of them has signed is left out."""
    found = [x509.load_pem_x509_certificate(row) for row in roots]
    kept = []
    for data in lists:
        row = x509.load_pem_x509_crl(data) if data.startswith(b"-----") else x509.load_der_x509_crl(data)
        if any(root.subject == row.issuer and _signed_by(row, root) for root in found):
            kept.append(row)
    return Trust(tuple(certificate(row.public_bytes(Encoding.PEM)) for row in found), tuple(kept))


def load(home: Path) -> Trust:
    """Roots of `home`/trust/*.pem and the demonstration's own; lists of `home`/trust/*.crl."""
    folder = home / "trust"
    roots = [path.read_bytes() for path in sorted(folder.glob("*.pem"))]
    lists = [path.read_bytes() for path in sorted(folder.glob("*.crl"))]
    demo = DemoAuthority(home / "demo")
    if demo.exists:
        roots.append(demo.root())
        lists.append(demo.crl_path.read_bytes())
    return trust(roots, lists)


def _signed_by(row: x509.CertificateRevocationList, root: x509.Certificate) -> bool:
    key = root.public_key()
    return bool(row.is_signature_valid(key))  # type: ignore[arg-type]
