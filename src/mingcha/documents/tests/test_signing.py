"""Signing and checking without a database: what is altered, stripped, appended, revoked or expired is said so."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pypdf
import pytest
from asn1crypto import tsp
from cryptography import x509

from mingcha.common.errors import InvalidInput
from mingcha.documents.signing import container, placing, sm2, strokes, timestamps, trust
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.errors import SigningUnavailable, TimestampUnavailable
from mingcha.documents.signing.providers import chosen
from mingcha.documents.signing.signer import Seal, sign
from mingcha.documents.signing.verifying import INVALID, UNSURE, VALID
from mingcha.documents.tests.signing_parts import NAME, ORGAN, sealed, verdict


def test_a_signed_decision_is_valid_and_says_who_and_when(signed: bytes, authority: DemoAuthority) -> None:
    found = verdict(signed, authority)
    assert found.state == VALID, found
    officer, organ = found.signatures
    assert (officer.who, organ.who) == ("林策", ORGAN)
    assert organ.covers_whole_file
    assert not officer.covers_whole_file
    assert organ.signed_at is not None
    assert abs(dt.datetime.now(dt.UTC) - organ.signed_at) < dt.timedelta(minutes=10)
    assert organ.stamped_by == "演示时间戳"
    assert "演示证书" in organ.organisation
    assert container.fault(signed) == ""


def test_the_print_below_the_seal_is_what_was_issued(signed: bytes, plain: bytes) -> None:
    assert signed.startswith(plain), "an incremental update leaves every byte of the print"
    before, after = pypdf.PdfReader(io.BytesIO(plain)), pypdf.PdfReader(io.BytesIO(signed))
    assert len(after.pages) == len(before.pages) + 1
    for one, other in zip(before.pages, after.pages, strict=False):
        assert one.extract_text() == other.extract_text()
    assert "许山河" in after.pages[-1].extract_text()
    xmp = after.xmp_metadata
    assert xmp is not None
    marks = after.trailer["/Root"]["/Metadata"].get_object().get_data()
    assert b"<pdfaid:part>2</pdfaid:part>" in marks
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in marks
    assert b"<pdfuaid:part>" not in marks, "fields of signatures are not tagged: no claim to PDF/UA"
    original = before.trailer["/Root"]["/Metadata"].get_object().get_data()
    assert marks == re.sub(rb"<pdfuaid:part>\d</pdfuaid:part>", b"", original)


def test_pdf_a_rules_for_what_was_added(signed: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(signed))
    form = reader.trailer["/Root"]["/AcroForm"]
    assert "/NeedAppearances" not in form or not form["/NeedAppearances"]
    widgets = [row.get_object() for page in reader.pages for row in page.get("/Annots", ())]
    fields = [row for row in widgets if row.get("/Subtype") == "/Widget"]
    assert len(fields) == 2
    for row in fields:
        assert row["/F"] & 4, "printed"
        assert not row["/F"] & 0b100011, "neither hidden, invisible nor without view"
        assert set(row["/AP"]) == {"/N"}
        assert "/AA" not in row
        assert "/A" not in row
    fonts = [font for page in reader.pages for font in _fonts(page["/Resources"])]
    fonts += [font for row in fields for font in _fonts(row["/AP"]["/N"].get("/Resources", {}))]
    assert fonts
    for font in fonts:
        descendants = font.get("/DescendantFonts")
        described = (descendants[0].get_object() if descendants else font)["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described), "every font is inside the file"


def _fonts(resources: pypdf.generic.PdfObject) -> Iterator[pypdf.generic.DictionaryObject]:
    resources = resources.get_object()
    for font in resources.get("/Font", {}).values():
        yield font.get_object()
    for form in resources.get("/XObject", {}).values():
        if form.get_object().get("/Subtype") == "/Form":
            yield from _fonts(form.get_object().get("/Resources", {}))


def test_the_seal_covers_name_and_date(plain: bytes) -> None:
    place = placing.seal_place(plain, ORGAN, "2026年4月21日")
    left, bottom, right, top = place.box
    program = shutil.which("pdftotext")
    assert program
    page = str(place.page + 1)
    seen = subprocess.run(
        [program, "-bbox", "-f", page, "-l", page, "-", "-"], input=plain, capture_output=True, check=True
    )
    words = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]+)<', seen.stdout.decode()
    )
    tall = 841.89
    name = [tuple(map(float, row[:4])) for row in words if row[4] == ORGAN][-1]
    date = [tuple(map(float, row[:4])) for row in words if "21" in row[4]][-1]
    for box in (name, date):
        middle = tall - (box[1] + box[3]) / 2
        assert bottom < middle < top
        assert box[0] < right
        assert left < box[2]
    assert left < (name[0] + name[2]) / 2 < right
    assert abs((right - left) - 42 * 72 / 25.4) < 2


def test_revoked_before_and_after_the_signature(plain: bytes, tmp_path: Path) -> None:
    own = DemoAuthority(tmp_path / "demo")
    own.create()
    data = sealed(plain, own)
    serial = x509.load_pem_x509_certificate(own.holder("seal", "1", ORGAN).certificate).serial_number
    own.revoke(serial, at=dt.datetime.now(dt.UTC) + dt.timedelta(days=30))
    later = verdict(data, own)
    assert later.state == VALID
    assert "后来" in later.signatures[0].says[0]
    other = DemoAuthority(tmp_path / "two" / "demo")
    other.create()
    data = sealed(plain, other)
    serial = x509.load_pem_x509_certificate(other.holder("seal", "1", ORGAN).certificate).serial_number
    other.revoke(serial, at=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    found = verdict(data, other)
    assert found.state == INVALID
    assert "被吊销" in found.signatures[0].says[0]
    assert not found.signatures[0].altered, "revoked is not altered"


def test_expired_certificates_are_said_so(plain: bytes, tmp_path: Path) -> None:
    own = DemoAuthority(tmp_path / "demo")
    own.create()
    now = dt.datetime.now(dt.UTC)
    own.holder("seal", "old", ORGAN, begins=now - dt.timedelta(days=300), ends=now - dt.timedelta(days=100))
    found = verdict(sealed(plain, own, key="old"), own)
    assert found.state == INVALID
    assert "到期" in found.signatures[0].says[0]
    # Signed while it was valid, as the time-stamp proves; it ended since.
    early = sealed(plain, own, key="old", fixed=now - dt.timedelta(days=150))
    found = verdict(early, own)
    assert found.state == VALID, found
    assert "时间戳证明" in found.signatures[0].says[0]


def test_strangers_and_wrong_time_stamps_are_not_trusted(
    plain: bytes, authority: DemoAuthority, tmp_path: Path
) -> None:
    stranger = DemoAuthority(tmp_path / "demo")
    stranger.create()
    found = verdict(sealed(plain, stranger), authority)
    assert found.state == UNSURE
    assert any("信任名单" in word for word in found.signatures[0].says)
    mixed = sign(
        plain,
        timestamper=timestamps.local(stranger.timestamping()),
        seal=Seal(authority.holder("seal", "1", ORGAN), ORGAN),
    )
    found = verdict(mixed, authority)
    assert found.state == UNSURE
    assert "时间戳" in found.signatures[0].says[0]
    # A certificate that may not stamp time stamps it nevertheless.
    wrong = sign(
        plain,
        timestamper=timestamps.local(authority.holder("officer", "9", "冒充时间戳")),
        seal=Seal(authority.holder("seal", "1", ORGAN), ORGAN),
    )
    assert verdict(wrong, authority).state == UNSURE


def test_a_revocation_list_by_somebody_else_counts_for_nothing(authority: DemoAuthority, tmp_path: Path) -> None:
    stranger = DemoAuthority(tmp_path / "demo")
    stranger.create()
    assert trust.trust([authority.root()], [stranger.crl_path.read_bytes()]).lists == ()
    assert len(trust.trust([authority.root()], [authority.crl_path.read_bytes()]).lists) == 1


class _Answers(BaseHTTPRequestHandler):
    authority: timestamps.LocalAuthority
    broken = False

    def do_POST(self) -> None:
        request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        body = b"no" if self.broken else self.authority.request_tsa_response(request).dump()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_time_stamp_over_http(plain: bytes, authority: DemoAuthority) -> None:
    _Answers.authority = timestamps.local(authority.timestamping())
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    remote = timestamps.RemoteAuthority(f"http://127.0.0.1:{server.server_port}/")
    seal = Seal(authority.holder("seal", "1", ORGAN), ORGAN)
    try:
        assert verdict(sign(plain, timestamper=remote, seal=seal), authority).state == VALID
        _Answers.broken = True
        with pytest.raises(TimestampUnavailable):
            sign(plain, timestamper=timestamps.RemoteAuthority(remote.url), seal=seal)
    finally:
        server.shutdown()
        server.server_close()
        _Answers.broken = False
    with pytest.raises(TimestampUnavailable):
        sign(plain, timestamper=timestamps.RemoteAuthority(remote.url), seal=seal)
    with pytest.raises(TimestampUnavailable):
        timestamps.RemoteAuthority("file:///etc/passwd")


def test_keys_of_the_demonstration_are_for_their_owner_only(authority: DemoAuthority) -> None:
    authority.holder("officer", "1", "林策")
    keys = list(authority.home.glob("*.key"))
    assert len(keys) >= 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
    again = DemoAuthority(authority.home)
    root = again.root()
    again.create()
    assert again.root() == root


def test_without_a_provider_nothing_is_signed(tmp_path: Path) -> None:
    assert chosen(tmp_path, {}) is None
    with pytest.raises(SigningUnavailable) as caught:
        chosen(tmp_path, {"MINGCHA_SIGNING": "of-nobody"})
    assert (caught.value.code, caught.value.message[:2]) == ("signing-unavailable", "没有")
    with pytest.raises(SigningUnavailable):
        chosen(tmp_path, {"MINGCHA_SIGNING": "local-demo"})
    missing = chosen(tmp_path, {"MINGCHA_SIGNING": "pkcs12"})
    assert missing is not None
    with pytest.raises(SigningUnavailable):
        missing.organ("1", ORGAN)
    with pytest.raises(SigningUnavailable):
        missing.timestamper()


def test_pkcs12_files_sign_like_any_other(plain: bytes, authority: DemoAuthority, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12

    own = authority.holder("seal", "p12", ORGAN)
    certificate = x509.load_pem_x509_certificate(own.certificate)
    key = load_pem_private_key(own.key, None)
    data = pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, None, BestAvailableEncryption(b"made-up-word")
    )
    (tmp_path / f"organ-{ORGAN}.p12").write_bytes(data)
    setting = {
        "MINGCHA_SIGNING": "pkcs12",
        "MINGCHA_CERTIFICATES": str(tmp_path),
        "MINGCHA_CERTIFICATES_PASSWORD": "made-up-word",
    }
    found = chosen(tmp_path, setting)
    assert found is not None
    material = found.organ("1", ORGAN)
    stamper = timestamps.local(authority.timestamping())
    assert verdict(sign(plain, timestamper=stamper, seal=Seal(material, ORGAN)), authority).state == VALID
    wrong = chosen(tmp_path, {**setting, "MINGCHA_CERTIFICATES_PASSWORD": "another"})
    assert wrong is not None
    with pytest.raises(SigningUnavailable):
        wrong.organ("1", ORGAN)


def test_strokes_are_read_or_refused() -> None:
    found = strokes.read(NAME)
    assert len(found) == 2
    assert strokes.svg(found).count("<path") == 40
    for bad in (
        None, "x", [], [[]], [[[1, 2, 3]]], [[[1, 2, 3, 1001]] * 9], [[[1, 2, 3, 4.5]] * 9], [[[5, 5, 1, 500]] * 20],
        [[[900, 1, 50, 5], [1, 900, 10, 5]] * 10], [[[1, 2, 3, True]] * 9], [[[1, 1, 1, 1]] * 7000],
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            strokes.read(bad)


def test_strokes_are_bound_to_document_signer_and_time() -> None:
    at = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)
    same = {
        "document": "1",
        "document_digest": "ab",
        "who": "party",
        "name": "许山河",
        "capacity": "法定代表人",
        "at": at,
    }
    first = strokes.bound(strokes.read(NAME), **same)  # type: ignore[arg-type]
    for name, other in (("document", "2"), ("document_digest", "cd"), ("name", "许山"), ("at", at + dt.timedelta(1))):
        assert strokes.bound(strokes.read(NAME), **{**same, name: other}) != first  # type: ignore[arg-type]
    assert strokes.bound(strokes.read([*NAME, [[1, 1, 990, 1]]]), **same) != first  # type: ignore[arg-type]


def test_sm2_beside_the_pdf(tmp_path: Path) -> None:
    path = tmp_path / "sm2.key"
    sm2.create(path)
    before = path.read_text()
    sm2.create(path)
    assert path.read_text() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = sm2.sign(path, "ab" * 32)
    assert sm2.holds(found, "ab" * 32)
    assert not sm2.holds(found, "ac" * 32)
    assert not sm2.holds(sm2.Detached("ac" * 32, found.public_key, found.signature), "ac" * 32)
    assert not sm2.holds(sm2.Detached(found.digest, "00", found.signature), found.digest)
    assert "private" not in str(found.as_dict())
