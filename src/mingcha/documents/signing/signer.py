"""Signing (签章) of a finished PDF/A by incremental updates, PAdES B-T: sheet first, officers next, the organ's seal last.

Everything here is pure: bytes and certificates in, bytes out. Each signature covers the whole file as it then is, so the
seal, which comes last, covers all of it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from mingcha.documents.signing import paging, pictures
from mingcha.documents.signing.authority import Material, certificate, private_key
from mingcha.documents.signing.errors import TimestampUnavailable
from mingcha.documents.signing.placing import Place, lines, person_place, seal_place
from mingcha.documents.signing.timestamps import LocalAuthority

_MIDDLE = AxisAlignment.ALIGN_MID


@dataclass(frozen=True)
class OfficerSignature:
    """An officer's electronic signature: who, and the second line of the stamp."""

    material: Material
    name: str
    note: str


@dataclass(frozen=True)
class Seal:
    """The seal of an organ. `visible` is False where the organ only closes the file over others' signatures."""

    material: Material
    organ: str
    date: str = ""
    mark: str = ""
    visible: bool = True


@dataclass(frozen=True)
class PageMarks:
    """What stands on each page of the print (逐页签名): the marks, a note, and the words at whose line they belong."""

    marks: tuple[paging.Mark, ...]
    note: str = ""
    foot: str = ""


def sign(
    pdf: bytes,
    *,
    timestamper: TimeStamper,
    officers: Sequence[OfficerSignature] = (),
    seal: Seal | None = None,
    sheet: bytes | None = None,
    pages: PageMarks | None = None,
) -> bytes:
    """The signed file. Takes some 50 ms per signature and more where the time-stamp comes over the network.

    Raises TimestampUnavailable.
    """
    places = [person_place(pdf, seq, above=pages is not None) for seq in range(len(officers))]
    seal_at = seal_place(pdf, seal.organ, seal.date) if seal and seal.visible else None
    pdf = _prepared(pdf, sheet, pages)
    for seq, (officer, place) in enumerate(zip(officers, places, strict=True), 1):
        picture = pictures.person(f"电子签名　{officer.name}", officer.note)
        pdf = _signed(pdf, officer.material, f"Officer{seq}", f"{officer.name}的电子签名", place, picture, timestamper)
    if seal is not None:
        picture = pictures.seal(seal.organ, seal.mark) if seal_at else b""
        words = f"{seal.organ}的电子印章" if seal_at else f"{seal.organ}封存"
        pdf = _signed(pdf, seal.material, "OrganSeal", words, seal_at, picture, timestamper)
    return pdf


def _signed(
    pdf: bytes,
    material: Material,
    field: str,
    reason: str,
    place: Place | None,
    picture: bytes,
    timestamper: TimeStamper,
) -> bytes:
    writer = _Writer(io.BytesIO(pdf))
    chain = SimpleCertificateStore()
    for row in material.chain:
        chain.register(certificate(row))
    style = None
    if place is not None:
        style = StaticStampStyle(
            background=_Picture(picture),
            background_layout=SimpleBoxLayoutRule(x_align=_MIDDLE, y_align=_MIDDLE, margins=Margins.uniform(0)),
            border_width=0,
        )
    signer = signers.PdfSigner(
        signers.PdfSignatureMetadata(
            field_name=field,
            md_algorithm="sha256",
            reason=reason,
            subfilter=fields.SigSeedSubFilter.PADES,
            signer_key_usage={"digital_signature"},
            # Zeros after the signature would be bytes that nobody signs: none where the size of the token is known.
            tight_size_estimates=isinstance(timestamper, LocalAuthority),
        ),
        _Signer(certificate(material.certificate), private_key(material.key), chain, embed_roots=False),
        timestamper=timestamper,
        stamp_style=style,
        new_field_spec=fields.SigFieldSpec(
            field,
            on_page=place.page if place else 0,
            box=place.box if place else None,
            readable_field_name=reason,
        ),
    )
    try:
        out = signer.sign_pdf(writer)
    except TimestampRequestError as error:
        raise TimestampUnavailable("时间戳机构拒绝了请求，文书没有签章。请联系时间戳机构后重试。") from error
    return bytes(out.getvalue())


def _prepared(pdf: bytes, sheet: bytes | None, pages: PageMarks | None) -> bytes:
    """The file with marks of its pages and the sheet at its end, in a revision of its own that all signed later covers."""
    writer = _Writer(io.BytesIO(pdf))
    if "/Metadata" in writer.root:
        metadata = writer.root["/Metadata"]
        # Fields of signatures are not in the structure tree, so the signed file is PDF/A and no longer PDF/UA.
        kept = re.sub(rb"<pdfuaid:part>\d+</pdfuaid:part>", b"", metadata.data)
        names = {generic.pdf_name("/Type"): generic.pdf_name("/Metadata")}
        names[generic.pdf_name("/Subtype")] = generic.pdf_name("/XML")
        writer.root["/Metadata"] = writer.add_object(generic.StreamObject(names, stream_data=kept))
        writer.update_root()
    if pages is not None:
        paging.stamp(writer, pages.marks, pages.note, lines(pdf, pages.foot))
    if sheet is not None:
        _append(writer, sheet)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _append(writer: IncrementalPdfFileWriter, sheet: bytes) -> None:
    source = PdfFileReader(io.BytesIO(sheet))
    for number in range(int(source.root["/Pages"]["/Count"])):
        picture = writer.import_page_as_xobject(source, page_ix=number)
        box = picture.get_object()["/BBox"]
        content = generic.StreamObject(stream_data=b"q /Sheet Do Q")
        page = generic.DictionaryObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/Page"),
                generic.pdf_name("/MediaBox"): generic.ArrayObject([generic.FloatObject(float(n)) for n in box]),
                generic.pdf_name("/Resources"): generic.DictionaryObject(
                    {generic.pdf_name("/XObject"): generic.DictionaryObject({generic.pdf_name("/Sheet"): picture})}
                ),
                generic.pdf_name("/Contents"): writer.add_object(content),
            }
        )
        writer.insert_page(page)


class _Writer(IncrementalPdfFileWriter):
    """Leaves the metadata alone: pyHanko would write the PDF/A extension schema anew, and not as PDF/A wants it."""

    def _update_meta(self) -> None:
        pass


class _Picture(PdfContent):
    """The first page of a PDF in memory as a form."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = pdf
        super().__init__()

    def render(self) -> bytes:
        form = self._ensure_writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self.pdf)))
        self.resources.xobject["/Picture"] = form
        left, bottom, right, top = form.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        return b"/Picture Do"


class _Signer(signers.SimpleSigner):
    """Loads its key without proving again that it is a key, which takes longer than the signature."""

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        if self.signing_key.algorithm != "rsa" or self.prefer_pss:
            return bytes(super().sign_raw(data, digest_algorithm))
        key = load_der_private_key(self.signing_key.dump(), None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("an RSA key was announced")
        return key.sign(data, PKCS1v15(), get_pyca_cryptography_hash(digest_algorithm))
