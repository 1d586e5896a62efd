"""Pictures of officers: public only where the list in force says so; nothing of the file sent stays; other zone too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Certificate, Portrait
from mingcha.accounts.portraits import set_portrait
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.interfaces.feeding import selection
from mingcha.ledger import queries as ledger
from mingcha.ledger.models import JournalEntry

pytestmark = pytest.mark.django_db
NUMBER = "990100-0231"
DAY = dt.date(2026, 9, 14)


def photo(size: tuple[int, int] = (600, 800)) -> bytes:
    """A JPEG with GPS, a camera, a comment and a profile in it."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(0x8825)[2] = (29.0, 33.0, 1.0)
    target = BytesIO()
    image = Image.new("RGB", size, (90, 110, 130))
    image.save(target, "JPEG", exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETPROFILE" * 20)
    return target.getvalue()


def listed(shown: str) -> None:
    row = Certificate.objects.select_related("officer__organisation").get(number=NUMBER)
    entry = {"code": "1", "name": row.officer.name, "unit": "执法一大队", "certificate": NUMBER}
    put("officers", {"entries": [{**entry, "photo": shown} if shown else entry]})


def test_a_picture_is_public_only_by_the_list(district: None, client: Client, login: Callable[[str], Client]) -> None:
    officer = Certificate.objects.get(number=NUMBER).officer
    place = reverse("portal:portrait", args=[officer.id])
    form = reverse("administration-photo", args=[officer.id])
    with clock.frozen(clock.at(DAY, 10)):
        admin = login("admin")

        def send(data: bytes, name: str = "张三_身份证.jpg") -> int:
            return admin.post(form, {"photo": SimpleUploadedFile(name, data)}).status_code

        assert [send(data) for data in (b"GIF89a", b"\xff\xd8\xff" + b"0" * 50, photo((100, 100)))] == [422] * 3
        assert Portrait.objects.count() == 0
        assert login("sutang").post(form, {"photo": SimpleUploadedFile("a.jpg", photo())}).status_code == 403
        assert send(photo()) == 302
        row = Portrait.objects.get()
        kept = bytes(row.image)
        assert b"SECRET" in photo() and b"SECRET" not in kept and b"Exif" not in kept and b"ICC" not in kept
        assert Image.open(BytesIO(kept)).size == (300, 400)
        assert ledger.payload(JournalEntry.objects.get(kind="portrait-set")) == {"sha256": row.sha256}

        def seen() -> tuple[int, bool, bool, int]:
            card = client.get(reverse("portal:card"), {"number": NUMBER}).content.decode()
            people = client.get(reverse("portal:officers"), {"q": NUMBER}).content.decode()
            table = next(item for item in selection.TABLES if item.model is Portrait)
            return client.get(place).status_code, place in card, place in people, len(list(selection.rows(table)))

        # No list, or one that is silent, or one that says no: nothing anywhere, and nothing for the other zone.
        assert seen() == (404, False, False, 0)
        listed("yes")
        assert seen() == (200, True, True, 1)
        assert client.get(place).content == kept and client.get(place).headers["Cache-Control"] == "no-store"
        remove = reverse("administration-photo-remove", args=[officer.id])
        assert admin.post(remove, {"reason": "本人申请"}).status_code == 302
        assert seen() == (404, False, False, 0) and Portrait.objects.count() == 0


@pytest.mark.parametrize("shown", ["", "no"])
def test_a_list_that_does_not_show_hides(shown: str, district: None, client: Client) -> None:
    officer = Certificate.objects.get(number=NUMBER).officer
    with clock.frozen(clock.at(DAY, 10)):
        set_portrait(officer, photo(), by=SYSTEM)
        listed(shown)
        assert client.get(reverse("portal:portrait", args=[officer.id])).status_code == 404
        assert "没有公开照片" in client.get(reverse("portal:card"), {"number": NUMBER}).content.decode()
