"""The local demonstration authority (演示证书): its own root, seals, officers' certificates, time-stamps, revocation list.

It exists so that a demonstration signs and checks for real. Its certificates say 演示证书 in their subject and prove
nothing about anybody. Keys lie in the data directory, readable for its owner only.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import keys, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MARK = "演示证书（不具法律效力）"
_BITS = 2048
_YEARS = 10
_CRL_DAYS = 3650


@dataclass(frozen=True)
class Material:
    """A certificate with its key and the certificates above it, all as PEM."""

    certificate: bytes
    key: bytes
    chain: tuple[bytes, ...]


def certificate(data: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(_der(data))


def private_key(data: bytes) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(_der(data))


def _der(data: bytes) -> bytes:
    return pem.unarmor(data)[2] if pem.detect(data) else data


class DemoAuthority:
    """The authority in one directory. `create` is idempotent; certificates are issued at their first use."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def exists(self) -> bool:
        return (self.home / "ca.pem").exists() and (self.home / "tsa.pem").exists()

    def create(self, *, now: dt.datetime | None = None) -> None:
        """Root, time-stamp certificate and an empty revocation list."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        moment = now or dt.datetime.now(dt.UTC)
        with self._locked():
            if not (self.home / "ca.pem").exists():
                self._make_root(moment)
            if not (self.home / "tsa.pem").exists():
                self._issue("tsa", "演示时间戳", moment, moment + dt.timedelta(days=365 * _YEARS), stamps=True)
            if not self.crl_path.exists():
                self._write_crl({}, moment)

    @property
    def crl_path(self) -> Path:
        return self.home / "revoked.crl"

    def root(self) -> bytes:
        return (self.home / "ca.pem").read_bytes()

    def timestamping(self) -> Material:
        return self._material("tsa")

    def holder(
        self,
        role: str,
        key: str,
        name: str,
        *,
        begins: dt.datetime | None = None,
        ends: dt.datetime | None = None,
    ) -> Material:
        """The certificate of a holder: `role` is seal or officer, `key` tells holders of one name apart."""
        label = f"{role}-{hashlib.sha256(f'{key}|{name}'.encode()).hexdigest()[:20]}"
        if not (self.home / f"{label}.pem").exists():
            with self._locked():
                if not (self.home / f"{label}.pem").exists():
                    # A case played into the past is signed now; its certificate is as old as the authority.
                    start = begins or self._certificate("ca").not_valid_before_utc
                    self._issue(label, name, start, ends or start + dt.timedelta(days=365 * _YEARS - 1))
        return self._material(label)

    def revoke(self, serial: int, *, at: dt.datetime | None = None) -> None:
        """Put a certificate on the revocation list from `at` on."""
        now = dt.datetime.now(dt.UTC)
        with self._locked():
            known = {
                row.serial_number: row.revocation_date_utc for row in x509.load_pem_x509_crl(self.crl_path.read_bytes())
            }
            known.setdefault(serial, at or now)
            self._write_crl(known, now)

    # --- inside ---

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.home / ".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _write(self, name: str, data: bytes) -> None:
        temporary = self.home / f".{name}.{secrets.token_hex(6)}"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self.home / name)

    def _material(self, label: str) -> Material:
        return Material(
            (self.home / f"{label}.pem").read_bytes(), (self.home / f"{label}.key").read_bytes(), (self.root(),)
        )

    def _certificate(self, label: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.home / f"{label}.pem").read_bytes())

    def _root_key(self) -> rsa.RSAPrivateKey:
        key = serialization.load_pem_private_key((self.home / "ca.key").read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the root of the demonstration has an RSA key")
        return key

    def _make_root(self, now: dt.datetime) -> None:
        key = rsa.generate_private_key(65537, _BITS)
        name = _name("明察演示根证书")
        certificate = (
            _builder(name, name, key.public_key(), now - dt.timedelta(days=400), now + dt.timedelta(days=366 * _YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(issuing=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        self._write("ca.key", _pem(key))
        self._write("ca.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def _issue(self, label: str, name: str, begins: dt.datetime, ends: dt.datetime, *, stamps: bool = False) -> None:
        key, root, root_key = rsa.generate_private_key(65537, _BITS), self._certificate("ca"), self._root_key()
        builder = (
            _builder(_name(name), root.subject, key.public_key(), begins, ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(issuing=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )
        if stamps:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        certificate = builder.sign(root_key, hashes.SHA256())
        self._write(f"{label}.key", _pem(key))
        # Last, since its presence says that the pair is whole.
        self._write(f"{label}.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def _write_crl(self, revoked: dict[int, dt.datetime], now: dt.datetime) -> None:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate("ca").subject)
            .last_update(now)
            .next_update(now + dt.timedelta(days=_CRL_DAYS))
        )
        for serial, moment in revoked.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment).build()
            )
        crl = builder.sign(self._root_key(), hashes.SHA256())
        self._write(self.crl_path.name, crl.public_bytes(serialization.Encoding.PEM))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, begins: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    # Serials of one length keep the size of a signature foreseeable, so that its place in the file has no slack.
    serial = (1 << 126) | secrets.randbits(126)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, issuing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issuing,
        content_commitment=not issuing,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issuing,
        crl_sign=issuing,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
