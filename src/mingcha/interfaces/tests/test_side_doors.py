"""Side doors of the portal: nothing unpublished or withheld comes out by file names, text layers, metadata, exports, feeds."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.disclosure import actions
from mingcha.disclosure.models import Publication
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.ledger.sequencer import sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
SECRETS = (
    "王晓东", "11999919900307127X", "13800138000", "wx_abc123", "some.one@example.com", "6222020000000000000", "皖A·12345",
    "许山河", "望江路9号3幢",
)  # fmt: skip
FACTS = (
    "工地裸露土方约600平方米，现场负责人王晓东（身份证号11999919900307127X，家住望江路9号3幢，手机138 0013\n8000，微信号：wx_abc123，"
    "邮箱some.one@example.com）在场，货款汇入6222020000000000000，其驾驶皖A·12345离开。"
)
MARK = "裸露土方约600平方米"


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def words_of_pdf(data: bytes, folder: Path) -> str:
    """Everything a stranger can get out: text layer, metadata, outline, attachments, every stream of every object."""
    path = folder / "public.pdf"
    path.write_bytes(data)
    layer = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True, text=True).stdout
    told = subprocess.run(["pdfinfo", "-meta", path], capture_output=True, check=True, text=True).stdout
    told += subprocess.run(
        ["pdfinfo", "-custom", "-struct-text", path], capture_output=True, check=True, text=True
    ).stdout
    attached = subprocess.run(["pdfdetach", "-list", path], capture_output=True, check=True, text=True).stdout
    assert attached.strip() == "0 embedded files"
    images = subprocess.run(["pdfimages", "-list", path], capture_output=True, check=True, text=True).stdout
    assert len(images.strip().splitlines()) == 2, "a picture could show what the text hides"
    reader = pypdf.PdfReader(io.BytesIO(data))
    assert len(data.split(b"%%EOF")) == 2, "an earlier version of the file would still be inside"
    objects = []
    for number in range(1, int(reader.trailer["/Size"])):
        value = reader.get_object(number)
        objects.append(repr(value))
        if isinstance(value, pypdf.generic.StreamObject):
            objects.append(value.get_data().decode("latin-1"))
    return layer + told + "".join(objects)


def test_nothing_unpublished_and_nothing_withheld(play: Callable[..., Journey], client: Client, tmp_path: Path) -> None:
    journey = play(until="serve-decision", scenario=Scenario(facts=FACTS))
    row = Publication.objects.get(decision__case_id=journey.id)
    number = row.decision.number if row.decision else ""
    places = [f"portal:{name}" for name in ("decision", "text", "public-pdf", "proof", "signed", "code")]
    with clock.frozen(clock.at(journey.day, 17)):
        # Before the publication its id and the letter's id answer like ids that do not exist.
        for name in places:
            assert client.get(reverse(name, args=[row.id])).status_code == 404, name
        assert client.get(reverse("portal:document", args=[row.decision.document_id])).status_code == 404  # type: ignore[union-attr]
        assert client.get(f"/api/decisions/{row.id}").status_code == 404
        lists = [
            reverse(f"portal:{name}") for name in ("results", "jsonl", "feed", "sitemap", "suggestions", "everywhere")
        ]
        month = journey.day.replace(day=1)
        lists += [reverse("portal:month", args=[month, form]) for form in ("csv", "jsonl", "xlsx")]
        lists += [f"{reverse('portal:results-file', args=[form])}?q=600" for form in ("csv", "xlsx")]
        for place in lists:
            assert number not in everything(client, place), place
        actions.publish(row.id, actor=actor_named("sutang"), attested=True)
        sequence(row.jurisdiction)
        seen = ""
        for place in [*lists, *(reverse(name, args=[row.id]) for name in places), f"/api/decisions/{row.id}"]:
            words = bare(everything(client, place))
            seen += words
            assert [secret for secret in SECRETS if bare(secret) in words] == [], place
        for secret in ("王晓东", "13800138000"):
            assert number not in everything(client, f"{reverse('portal:results')}?q={secret}")
        # What is public is in all of them: the files were not empty.
        assert seen.count(bare(MARK)) >= 5
        answer = client.get(reverse("portal:public-pdf", args=[row.id]))
        assert answer.headers["Content-Disposition"] == f'inline; filename="public-{row.id}.pdf"'
        words = bare(words_of_pdf(answer.content, tmp_path))
        assert [secret for secret in SECRETS if bare(secret) in words] == []
        assert bare(MARK) in words and "公示文本" in words and "（已隐去）" in words
        reader = pypdf.PdfReader(io.BytesIO(answer.content))
        assert set(reader.metadata or {}) <= {"/Title", "/Author", "/Creator", "/CreationDate", "/ModDate", "/Producer"}
        # The signed original stays shut while something of it is withheld.
        assert client.get(reverse("portal:signed", args=[row.id])).status_code == 404
        actions.withdraw(row.id, actor=actor_named("sutang"), reason="内容有误")
        for name in places:
            assert client.get(reverse(name, args=[row.id])).status_code == 410, name


def everything(client: Client, place: str) -> str:
    """An answer with its headers; what is packed is unpacked, with the names of its files."""
    answer = client.get(place)
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[arg-type]
    text = f"{answer.headers}" + data.decode("utf-8", "replace")
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            text += "".join(name + packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return text
