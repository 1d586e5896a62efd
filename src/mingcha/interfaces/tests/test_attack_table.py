"""The attack table: every door that is open to strangers, each with a real try before, during and after a publication.

A public route without a row fails, and so does a row whose try reaches nothing.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import re
import subprocess
import tempfile
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import FileField
from django.test import Client
from PIL import Image

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Certificate
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.catalogues import actions as lists
from mingcha.common import clock
from mingcha.decisions.models import Decision
from mingcha.disclosure import actions
from mingcha.disclosure.models import Publication
from mingcha.disclosure.searching.following import Follower
from mingcha.documents import actions as papers
from mingcha.files.actions import receive_bytes
from mingcha.interfaces import portal
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.feeding import selection
from mingcha.interfaces.tests.test_access_routes import routes, rules
from mingcha.ledger.sequencer import sequence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
# Never public: people and numbers of the public decision, the name and content of its evidence, all of the other case.
WITHHELD = (
    "王晓东", "11999919900307127X", "13800138000", "wx_abc123", "some.one@example.com", "6222020000000000000",
    "皖A·12345", "望江路9号3幢", "许岩岳", "相机主人乙",
)  # fmt: skip
FACTS = (
    "工地裸露土方约600平方米，现场负责人王晓东（身份证号11999919900307127X，家住望江路9号3幢，手机138 0013\n8000，微信号：wx_abc123，"
    "邮箱some.one@example.com）在场，货款汇入6222020000000000000，其驾驶皖A·12345离开。"
)
MARK = "裸露土方约600平方米"
HIDDEN = Scenario(
    party="未公开的丙有限公司", uscc="91990100MA1QH00026", representative="闵秘言", cause="涉嫌未公开的事由甲乙",
    place="未公开的街77号", mark=2,
)  # fmt: skip
DRAFTED = "尚未公布的清单条目甲乙丙"
SECRET = (DRAFTED, HIDDEN.party, HIDDEN.representative, HIDDEN.cause, HIDDEN.place, HIDDEN.uscc)
CLOSED_ROOMS = ("files", "cases", "recordings", "archives", "review")
NO = uuid.UUID(int=7)
START = dt.date(2026, 9, 14)


def photograph() -> bytes:
    """A picture as a telephone takes it: with the place, the owner's name and a thumbnail of the moment in its EXIF."""
    exif = Image.Exif()
    exif[0x013B] = "相机主人乙".encode().decode("latin-1")
    exif[0x8825] = {1: "N", 2: (31.0, 52.0, 7.5), 3: "E", 4: (117.0, 16.0, 3.25)}
    target = io.BytesIO()
    Image.new("RGB", (64, 48), (140, 110, 70)).save(target, "JPEG", exif=exif)
    return target.getvalue()


class Armed(Journey):
    """A journey whose evidence holds a photograph with EXIF and a PDF that is attached to the case."""

    def evidence(self, actor: Actor) -> None:
        super().evidence(actor)
        paper = io.BytesIO()
        writer = pypdf.PdfWriter()
        writer.add_blank_page(200, 200)
        writer.add_metadata({"/Author": "相机主人乙"})
        writer.write(paper)
        for name, data in (("现场照片原件甲", photograph()), ("王晓东身份证扫描件", paper.getvalue())):
            cases.record_evidence(
                self.id, actor=actor, kind="documentary", name=name, proves="现场情况", origin="现场拍摄",
                collected_at=clock.now(), file=receive_bytes(data),
            )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What a stranger tries at one route: addresses or forms; `shows` where the public decision has to be found there."""

    tries: Sequence[str | tuple[str, Mapping[str, Any]]]
    shows: bool = False


ONE = ("{public}", "{hidden}", "{draft}", "{no}")
SAID = ("q={hidden_number}", "q={party}", "q=王晓东", "q=600平方米")
# Route → tries; {…} is filled with what a stranger could learn or guess.
TABLE: dict[str, Row] = {
    "": Row(["/"]),
    "p/": Row(["/p/"]),
    "p/decisions/": Row(
        ["/p/decisions/", *(f"/p/decisions/?{said}" for said in SAID), "/p/decisions/?cursor={public}"], True
    ),
    **{
        f"p/decisions/<uuid:entry_id>/{tail}": Row([f"/p/decisions/{key}/{tail}" for key in ONE], True)
        for tail in ("", "proof.json", "public.pdf", "text.txt")
    },
    **{
        f"p/decisions/<uuid:entry_id>/{tail}": Row([f"/p/decisions/{key}/{tail}" for key in ONE])
        for tail in ("signed.pdf", "code.svg", "post/")
    },
    "p/timeliness/": Row(["/p/timeliness/"]),
    "p/verify/": Row(["/p/verify/?number={hidden_number}", "/p/verify/?number={number}", "/p/verify/?text={party}"]),
    "p/verify/pdf/": Row([("/p/verify/pdf/", {"pdf": "{photo}"})]),
    "p/verify/bundle/": Row([("/p/verify/bundle/", {"bundle": "{tampered}"})]),
    "p/verify/file/": Row([("/p/verify/file/", {"file": "{photo}"})]),
    "p/verify/<uuid:document_id>/": Row([f"/p/verify/{key}/" for key in ("{letter}", "{hidden_letter}", "{no}")]),
    "p/who/": Row(["/p/who/"]),
    "p/who/officers/": Row(["/p/who/officers/?q=王晓东", "/p/who/officers/?q={party}"]),
    "p/who/card/": Row(["/p/who/card/?number={certificate}", "/p/who/card/?number={hidden_number}"]),
    "p/who/card/code.svg": Row(["/p/who/card/code.svg?number={certificate}", "/p/who/card/code.svg?number=x"]),
    "p/who/photo/<uuid:officer_id>.jpg": Row([f"/p/who/photo/{key}.jpg" for key in ("{officer}", "{hidden}", "{no}")]),
    "p/how/": Row(["/p/how/"]),
    **{
        f"p/how/{tail}": Row(
            [
                "/p/how/" + re.sub("<.*?(edition|other)_id>", key, tail).replace("<slug:form>", "csv").replace("<path:code>", "1")
                for key in ("{no}", "{list_draft}", "{draft}")
            ]
        )
        for tail in (
            "<uuid:edition_id>/", "<uuid:edition_id>.json", "<uuid:edition_id>/list.<slug:form>",
            "<uuid:edition_id>/changes/<uuid:other_id>/", "<uuid:edition_id>/application/<path:code>.pdf",
            "<uuid:edition_id>/example/<path:code>.pdf",
        )
    },
    "p/hearings/": Row(["/p/hearings/", "/p/hearings/?q={party}"]),
    "p/log/": Row(["/p/log/"]),
    "p/log/<slug:name>/key.txt": Row(["/p/log/{log}/key.txt", "/p/log/none/key.txt"]),
    "p/log/files/<slug:name>/<path:path>": Row(
        [f"/p/log/files/{{log}}/{path}" for path in ("checkpoint", "tile/0/000.p/{size}", "tile/entries/000.p/{size}",
         "../../keys/{log}", "%2e%2e/%2e%2e/keys/{log}", "signing.key")]
    ),
    "p/search/": Row(["/p/search/?q=600平方米", "/p/search/?q=王晓东", "/p/search/?q={party}"], True),
    "p/search/names.json": Row([f"/p/search/names.json?q={word}" for word in ("未公开", "wgk", "王晓", "闵", "wxd")]),
    "p/search/decisions.<slug:form>": Row(
        [f"/p/search/decisions.{form}?{said}" for form in ("csv", "jsonl", "xlsx", "parquet") for said in ("q=600平方米", "q={party}")],
        True,
    ),
    "p/data/": Row(["/p/data/"]),
    "p/data/decisions.jsonl": Row(["/p/data/decisions.jsonl"], True),
    "p/data/decisions.atom": Row(["/p/data/decisions.atom", "/p/data/decisions.atom?q=王晓东"], True),
    "p/data/datapackage.json": Row(["/p/data/datapackage.json"]),
    "p/data/decisions-<month:month>.<slug:form>": Row(
        [f"/p/data/decisions-{{month}}.{form}" for form in ("csv", "jsonl", "xlsx", "parquet", "zip")], True
    ),
    "p/sitemap.xml": Row(["/p/sitemap.xml"]),
    "p/sitemap-<month:month>.xml": Row(["/p/sitemap-{month}.xml"], True),
    **{f"p/{name}/": Row([f"/p/{name}/"]) for name in ("map", "contact", "accessibility", "en", "rights", "channels", "laws")},
    "p/embed/": Row(["/p/embed/", "/p/embed/?q={party}"]),
    "p/channels/card/": Row(["/p/channels/card/"]),
    "p/channels/code.svg": Row(["/p/channels/code.svg"]),
    "p/screen/": Row(["/p/screen/"]),
    "p/statistics/": Row(["/p/statistics/"]),
    **{f"p/statistics/<int:year>{tail}": Row([f"/p/statistics/2026{tail}"]) for tail in ("/", ".csv", ".xlsx")},
    "p/visit/<str:code>/": Row(["/p/visit/2222-2222/", "/p/visit/{hidden}/"]),
    "p/case/": Row(
        [("/p/case/", {"number": "{case_number}", "code": code}) for code in ("22222222", "", "0", "{hidden}")]
    ),
    "p/letters/": Row(["/p/letters/", "/p/letters/?about={hidden}"]),
    "p/letters/progress/": Row([("/p/letters/progress/", {"number": "{hidden_number}", "code": "2222"})]),
    "p/subscriptions/": Row([("/p/subscriptions/?q={party}", {"email": "a@example.com", "website": "x"})]),
    "p/subscriptions/confirm/<str:token>/": Row([("/p/subscriptions/confirm/{hidden}/", {})]),
    "p/subscriptions/end/<str:token>/": Row([("/p/subscriptions/end/{hidden}/", {})]),
    "p/procedures/": Row(["/p/procedures/"]),
    "p/procedures/review/": Row(["/p/procedures/review/"]),
    **{
        f"p/procedures/<uuid:edition_id>{tail}": Row(
            [f"/p/procedures/{key}{tail}" for key in ("{no}", "{list_draft}", "{draft}")]
        )
        for tail in ("/", "/checklist/", ".svg", ".bpmn", ".json")
    },
    "p/laws/article/": Row(["/p/laws/article/?law=x&article=1"]),
    "in/sign-in/": Row(["/in/sign-in/", "/in/sign-in/?next=/in/cases/{hidden}/"]),
    "in/sign-out/": Row([("/in/sign-out/", {})]),
    "api/v1/public/decisions": Row(
        ["/api/v1/public/decisions", *(f"/api/v1/public/decisions?{said}" for said in SAID), "/api/v1/public/decisions?cursor=ZZZ"],
        True,
    ),
    **{
        f"api/v1/public/decisions/<uuidstr:entry_id>{tail}": Row(
            [f"/api/v1/public/decisions/{key}{tail}" for key in ONE], True
        )
        for tail in ("", "/bundle", "/texts")
    },
    "api/openapi.json": Row(["/api/openapi.json"]),
    "^api/(?P<rest>.*)$": Row(["/api/v1/public/decisions/{hidden}.json", "/api/files/{photo_digest}"]),
}  # fmt: skip
# Not public at all: asked without sign-in and without token, with real keys.
CLOSED = (
    "/api/v1/decisions/{decision}", "/api/v1/cases/{case}", "/api/v1/files/{photo_digest}", "/in/cases/{case}/",
    "/in/files/{photo_digest}/", "/in/disclosure/", "/in/search/?q={party}", "/media/{photo_digest}", "/files/{photo_digest}",
)  # fmt: skip


def told(client: Client, one: str | tuple[str, Mapping[str, Any]], known: Mapping[str, Any], **headers: str) -> Any:
    if isinstance(one, str):
        return client.get(one.format(**known), headers=headers)
    place, form = one
    files = ("{photo}", "{tampered}")
    filled = {name: known[text[1:-1]]() if text in files else text.format(**known) for name, text in form.items()}
    return client.post(place.format(**known), filled)


def all_of(answer: Any) -> str:
    """Headers and content; a zip with the names of its files, a PDF with its layer, metadata and every stream."""
    data = answer.getvalue()
    text = f"{answer.headers}" + data.decode("utf-8", "replace")
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            text += "".join(name + packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    if data[:4] == b"PAR1":
        from pyarrow import parquet

        text += json.dumps(parquet.read_table(io.BytesIO(data)).to_pylist(), default=str, ensure_ascii=False)
    if data[:4] == b"%PDF":
        text += words_of_pdf(data)
    assert b"Exif\0\0" not in data and b"\xff\xd8\xff" not in data, "a picture of the case came out"
    # The layers of a text are joined without the line breaks between them; what is escaped in JSON is read too.
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return re.sub(r"\s", "", text)


def words_of_pdf(data: bytes) -> str:
    """Everything a stranger can get out: text layer, metadata, every stream of every object; no picture, no attachment."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()

        def run(*words: str) -> str:
            return subprocess.run(words, capture_output=True, check=True, text=True).stdout

        text = run("pdftotext", "-raw", file.name, "-") + run("pdfinfo", "-meta", file.name)
        text += run("pdfinfo", "-custom", "-struct-text", file.name)
        assert run("pdfdetach", "-list", file.name).strip() == "0 embedded files"
        assert len(run("pdfimages", "-list", file.name).strip().splitlines()) == 2, (
            "a picture could show what is hidden"
        )
    reader = pypdf.PdfReader(io.BytesIO(data))
    assert set(reader.metadata or {}) <= {"/Title", "/Author", "/Creator", "/CreationDate", "/ModDate", "/Producer"}
    assert len(data.split(b"%%EOF")) == 2, "an earlier version of the file would still be inside"
    for number in range(1, int(str(reader.trailer["/Size"]))):
        value = reader.get_object(number)
        text += repr(value)
        if isinstance(value, pypdf.generic.StreamObject):
            text += value.get_data().decode("latin-1")
    return text


@pytest.fixture
def world(settings: Any) -> dict[str, Any]:
    """A decision that waits for its publication with evidence that must never be public, and one of another case."""
    settings.BASE_URL = "https://portal.example"
    hidden = Journey(START, HIDDEN)
    hidden.run("serve-decision")
    public = Armed(START, Scenario(representative="许岩岳", facts=FACTS))
    public.run("serve-decision")
    mine = Publication.objects.select_related("decision__document").get(decision__case_id=public.id)
    other = Publication.objects.select_related("decision__document").get(decision__case_id=hidden.id)
    assert isinstance(mine.decision, Decision) and isinstance(other.decision, Decision)
    with clock.frozen(clock.at(public.day, 16)):
        entry = {"code": "9.99", "name": DRAFTED}
        listed = lists.begin("items", "all", title=DRAFTED, actor=actor_named("admin"), content={"entries": [entry]})
        drafted = papers.save_draft(hidden.id, "publicity-notice", {"party": HIDDEN.party}, actor=actor_named("lince"))
    digest = public.case.evidence.get(name="现场照片原件甲").file_id
    return {
        "journey": public,
        "row": mine,
        "public": mine.id,
        "hidden": other.id,
        "no": NO,
        "draft": drafted.id,
        "list_draft": listed.id,
        "officer": actor_named("lince").officer_id,
        "letter": mine.decision.document_id,
        "hidden_letter": other.decision.document_id,
        "decision": other.decision.id,
        "case": hidden.id,
        "number": mine.number,
        "hidden_number": other.number,
        "case_number": hidden.case.number,
        "party": HIDDEN.party,
        "month": f"{public.day:%Y-%m}",
        "log": mine.jurisdiction,
        "photo_digest": digest,
        "size": 9,
        "certificate": Certificate.objects.filter(officer__user__username="lince").values_list("number", flat=True)[0],
        "photo": lambda: SimpleUploadedFile("photo.pdf", photograph()),
        "tampered": lambda: SimpleUploadedFile("b.json", b"{}"),
    }


@pytest.mark.usefixtures("own_index")
def test_every_door(world: dict[str, Any], client: Client) -> None:
    journey, row = world["journey"], world["row"]
    open_to_all = {str(route) for route in routes() if any(rule and rule.audience == "public" for rule in rules(route))}
    assert open_to_all - set(TABLE) == set()
    assert [place for place, door in TABLE.items() if not door.tries] == []
    never = [re.sub(r"\s", "", word) for word in (*WITHHELD, *SECRET, str(world["photo_digest"]))]
    with clock.frozen(clock.at(journey.day, 17)):
        # Before: nobody can tell what waits from what does not exist.
        for place, door in TABLE.items():
            for one in door.tries:
                answer = told(client, one, world)
                words = all_of(answer)
                assert answer.status_code < 500, one
                asked = str(one).format(**world) if isinstance(one, str) else ""
                assert [word for word in (*never, MARK, row.number) if word in words and word not in asked] == [], one
                if "_id>" in place and answer.status_code == 200:
                    assert "draft}" not in str(one), one
                    assert "{public}" not in str(one) and "{hidden}" not in str(one) and "letter}" not in str(one), one
        for one in CLOSED:
            answer = told(Client(), one, world)
            assert answer.status_code in (302, 401, 403, 404), one
        actions.publish(row.id, actor=actor_named("sutang"), attested=True)
        sequence(row.jurisdiction)
        follower = Follower()
        follower.step()
        # During: what is public is there, and nothing else.
        held: dict[str, str] = {}
        for place, door in TABLE.items():
            seen = 0
            for one in door.tries:
                answer = told(client, one, world)
                words = all_of(answer)
                seen += MARK in words or str(row.id) in words
                asked = str(one).format(**world) if isinstance(one, str) else ""
                assert [word for word in never if word in words and word not in asked] == [], one
                if isinstance(one, str) and answer.headers.get("ETag"):
                    held[one] = answer.headers["ETag"]
            assert seen or not door.shows, place
        # The signed original stays shut while something of it is withheld.
        assert client.get(f"/p/decisions/{row.id}/signed.pdf").status_code == 404
        forge(client, client.get(f"/p/decisions/{row.id}/proof.json").content)
        actions.withdraw(row.id, actor=actor_named("sutang"), reason="内容有误")
        follower.step()
        # After: gone from each, also for who holds an old copy and asks whether it is still good.
        for door in TABLE.values():
            for one in door.tries:
                mark = held.get(str(one), "")
                answer = told(client, one, world, **({"If-None-Match": mark} if mark else {}))
                words = all_of(answer)
                assert answer.status_code != 304 and MARK not in words, one
                assert [word for word in never if word in words and word not in str(one).format(**world)] == [], one
        follower.close()


def forge(client: Client, bundle: bytes) -> None:
    """No changed character of a proof bundle is called genuine, wherever it stands."""
    rng = random.Random(20261122)
    genuine = "真实：一个字也没有改动"

    def page(data: bytes) -> str:
        return client.post("/p/verify/bundle/", {"bundle": SimpleUploadedFile("b.json", data)}).content.decode()

    assert genuine in page(bundle)
    for _ in range(6):
        at = rng.choice([match.start() for match in re.finditer(rb"[0-9a-f]", bundle)])
        changed = bytearray(bundle)
        changed[at] = ord("1") if changed[at] != ord("1") else ord("2")
        assert genuine not in page(bytes(changed)), at


def test_nothing_the_public_reads_has_room_for_a_file() -> None:
    """Attachments and evidence are never public: no told column is a file, or leads to one."""
    for table in selection.held().values():
        for column in table.fields():
            assert not isinstance(column, FileField), (table.name, column)
            related = column.related_model
            assert related is None or related._meta.app_label not in CLOSED_ROOMS, (table.name, column)
        assert table.model._meta.app_label not in CLOSED_ROOMS
    # The inner reading of the portal is held by the same line: its rooms may not be imported there.
    for source in sorted(Path(portal.__file__).parent.glob("*.py")):
        named = set(re.findall(r"^(?:from|import) mingcha\.(\w+)", source.read_text(encoding="utf-8"), re.MULTILINE))
        assert not named & set(CLOSED_ROOMS), source.name
