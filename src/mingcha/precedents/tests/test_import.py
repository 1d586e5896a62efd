"""Import of historic decisions: read, extract, redact, sign off and publish as one batch; refusals; nothing twice."""

import datetime as dt
import gzip
import json
import re
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.db.models import Model

from mingcha.accounts.actions import grant_role
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.common.errors import InvalidInput, NotPermitted
from mingcha.disclosure import historic, queries
from mingcha.disclosure.actions import withdraw
from mingcha.disclosure.models import Publication, PublicEntry, Release, Signoff
from mingcha.interfaces.commands.importing import import_group
from mingcha.ledger import queries as ledger
from mingcha.ledger.core import bundle
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.sequencer import sequence
from mingcha.precedents.errors import ImportedMeanwhile, SourceUnreadable
from mingcha.precedents.importing import Record, prepare, read
from mingcha.precedents.models import HistoricDecision, ImportBatch
from mingcha.precedents.tests.test_extract import letter

FIELDS = {"document_number", "party", "authority", "date", "fine", "confiscated"}
# Stands in no letter: wherever it turned up, the index would have leaked.
SECRET = "索引独有贸易有限公司"
INDEX = {
    "处罚文书号": "明综执罚[2026]12号",
    "当事人名称": SECRET,
    "处罚机关": "明水区综合行政执法局",
    "处罚日期": "2026/4/12",
    "处罚内容": "罚款2616元；没收违法所得872元",
}


def text_of(number: int, **more: str) -> str:
    return (
        letter(**more)
        .replace("〔2026〕12 号", f"〔2026〕{number} 号")
        .replace("法定代表人：某某", "法定代表人：林怡波")
    )


def records(*numbers: int) -> list[dict]:
    return [{"id": f"r{number}", "text": text_of(number), "index": INDEX, "persons": ["林怡波"]} for number in numbers]


@pytest.fixture
def write(tmp_path):
    def to(items: list, name: str = "decisions.jsonl.gz") -> Path:
        lines = [item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode() for item in items]
        data = b"\n".join(lines) + b"\n"
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return to


@pytest.fixture
def clerk(actor):
    return actor("sutang")


def counts() -> dict[str, int]:
    """Rows of every table: what an import that changes nothing leaves as it was."""
    models: list[type[Model]] = apps.get_models()
    return {model._meta.db_table: model._default_manager.count() for model in models if model._meta.managed}


@pytest.mark.parametrize("name", ["decisions.jsonl.gz", "decisions.jsonl"])
def test_a_batch_stands_in_the_register(write, clerk, name):
    outcome = historic.import_decisions(write(records(1, 2, 3), name), actor=clerk)
    assert (outcome.read, outcome.imported, outcome.refused) == (3, 3, [])
    batch = ImportBatch.objects.get()
    assert (batch.read, batch.imported, batch.jurisdiction) == (3, 3, clerk.jurisdiction)
    assert batch.imported_by.name == "苏棠"
    kinds = JournalEntry.objects.filter(subject_type__in=["import-batch", "publication"]).order_by("id")
    assert [entry.kind for entry in kinds] == [
        "precedents-imported",
        *["redaction-signed-off"] * 3,
        *["decision-published"] * 3,
    ]
    assert {entry.actor["name"] for entry in kinds} == {"苏棠"}
    recorded = ledger.payload(kinds[0])
    assert recorded["imported"] == 3
    assert recorded["source_digest"] == batch.source_digest

    row = PublicEntry.objects.get(number="明综执罚〔2026〕2号")
    assert row.party == "明水区晴川百货有限公司"
    assert row.kinds == ["警告", "罚款", "没收违法所得"]
    assert (row.fine_fen, row.confiscated_fen) == (261600, 87200)
    assert row.content["articles"][:2] == ["《价格法》第十三条第一款", "《明码标价和禁止价格欺诈规定》第五条"]
    assert row.content["decided_on"] == "2026-04-12"
    assert "林怡波" not in json.dumps(row.content, ensure_ascii=False) + row.search_text
    assert [place.label for place in queries.withheld(row)] == ["被处罚人以外自然人的姓名（身份称谓）"]
    assert Signoff.objects.get(publication_id=row.id).signed_by.name == "苏棠"
    assert HistoricDecision.objects.get(record="r2").text == text_of(2)
    found, total = queries.search("晴川百货 〔2026〕2号")
    assert (total, found.rows[0].id) == (1, row.id)


def test_the_published_decision_verifies_offline(write, clerk, settings, tmp_path):
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    historic.import_decisions(write(records(1)), actor=clerk)
    sequence(clerk.jurisdiction)
    release = Release.objects.get()
    data = ledger.bundle_for(release.entry_id, release.content)
    key = VerifierKey.parse(ledger.verifier_key(clerk.jurisdiction))
    assert bundle.verify(data, [key]).outcome is bundle.Outcome.GENUINE
    forged = data.replace("晴川百货".encode(), "晴山百货".encode())
    assert forged != data
    assert bundle.verify(forged, [key]).outcome is bundle.Outcome.ALTERED


def test_the_index_reaches_neither_extraction_nor_register(write, clerk):
    text = text_of(1)
    bare, told = (prepare(Record(1, "r1", text, index)) for index in ({}, INDEX))
    assert bare.extraction == told.extraction
    outcome = historic.import_decisions(write(records(1)), actor=clerk)
    # The comparison did see it.
    assert [item.index for item in outcome.agreement.differences if item.field == "party"] == [SECRET]
    for model in apps.get_models():
        if model._meta.app_label in ("precedents", "disclosure", "ledger"):
            assert SECRET not in str(list(model._default_manager.values())), model
            assert "索引独有" not in str(list(model._default_manager.values())), model


def test_a_second_import_changes_nothing(write, clerk):
    path = write(records(1, 2))
    historic.import_decisions(path, actor=clerk)
    before = counts()
    again = historic.import_decisions(path, actor=clerk)
    assert (again.read, again.imported, again.unchanged, again.refused) == (2, 0, 2, [])
    assert counts() == before

    # Another file that holds one of them: told by name, the new one is taken.
    other = historic.import_decisions(write(records(2, 3), "other.jsonl"), actor=clerk)
    assert (other.imported, [(item.id, item.code) for item in other.refused]) == (1, [("r2", "imported-already")])
    assert HistoricDecision.objects.count() == 3


def test_two_imports_at_once_leave_one(write, clerk):
    ready = []
    for item in read(write(records(1, 2))):
        made = prepare(item)
        ready.append(historic._Ready(made, historic.redact(made.record.text)))
    historic._publish(ready[:1], source="a" * 64, read=1, actor=clerk)
    before = counts()
    with pytest.raises(ImportedMeanwhile) as caught:
        historic._publish(ready, source="b" * 64, read=2, actor=clerk)
    assert caught.value.code == "imported-meanwhile"
    assert counts() == before


BAD = {
    "not-json": b"{",
    "not-json ": "明".encode("gbk"),
    "not-json  ": b"[" * 100_000,
    "not-a-record": ["id", "text"],
    "id-unusable": {"text": text_of(90)},
    "id-unusable ": {"id": "x" * 61, "text": text_of(91)},
    "id-unusable  ": {"id": 7, "text": text_of(92)},
    "text-missing": {"id": "b1"},
    "text-missing ": {"id": "b2", "text": " \n"},
    "text-unusable": {"id": "b3", "text": 5},
    "text-unusable ": {"id": "b4", "text": text_of(93) + "\0"},
    "text-unusable  ": {"id": "b5", "text": text_of(94) + "\u202e"},
    "text-unusable   ": b'{"id": "b6", "text": "\\ud800"}',
    "text-unusable    ": {"id": "b7", "text": "罚" * 300_001},
    "index-unusable": {"id": "b8", "text": text_of(95), "index": "x"},
    "not-a-decision": {"id": "b9", "text": "关于天气的说明。今天多云。"},
    "duplicate-id": {"id": "r1", "text": text_of(96)},
    "duplicate-text": {"id": "b10", "text": text_of(1)},
    "line-too-long": b'{"id": "b11", "text": "' + b"x" * 4_000_001 + b'"}',
}


def test_each_bad_record_is_refused_with_its_reason_and_the_good_ones_stay(write, clerk):
    path = write([records(1)[0], *BAD.values(), b"", {"id": "r2", "text": text_of(2) + "\f"}])
    outcome = historic.import_decisions(path, actor=clerk)
    assert [item.code for item in outcome.refused] == [code.strip() for code in BAD]
    assert [item.line for item in outcome.refused] == list(range(2, len(BAD) + 2))
    assert all(re.search(r"[\u4e00-\u9fff]", item.message) for item in outcome.refused)
    assert (outcome.read, outcome.imported) == (len(BAD) + 2, 2)
    assert set(HistoricDecision.objects.values_list("record", flat=True)) == {"r1", "r2"}


def test_index_values_of_any_type(write, clerk):
    index = {
        "处罚内容": 5,
        "处罚日期": "9" * 30 + "/1/1",
        "当事人名称": None,
        "处罚机关": ["x"],
        "处罚文书号": {"a": 1},
    }
    outcome = historic.import_decisions(write([{**records(1)[0], "index": index}]), actor=clerk)
    assert outcome.imported == 1
    assert outcome.agreement.as_dict()["date"]["raw_of"] == 0


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-20], lambda data: data[:200] + b"\0\0\0\0" + data[204:], lambda data: b"\x1f\x8b" + b"x" * 50],
)
def test_a_damaged_file_stores_nothing(write, clerk, damage):
    path = write(records(*range(1, 40)))
    path.write_bytes(damage(path.read_bytes()))
    before = counts()
    with pytest.raises(SourceUnreadable) as caught:
        historic.import_decisions(path, actor=clerk)
    assert "没有导入任何记录" in caught.value.message
    assert counts() == before


def test_an_empty_file_makes_no_batch(write, clerk):
    outcome = historic.import_decisions(write([]), actor=clerk)
    assert (outcome.read, outcome.imported) == (0, 0)
    assert not ImportBatch.objects.exists()


def test_only_a_clerk_signs_off(write, actor):
    with pytest.raises(NotPermitted):
        historic.import_decisions(write(records(1)), actor=actor("lince"))
    assert not ImportBatch.objects.exists()


def test_the_clerk_must_be_named_where_there_are_two(district):
    assert historic.sole_clerk().name == "苏棠"
    grant_role(Officer.objects.get(name="江牧"), Role.CLERK, by=SYSTEM)
    with pytest.raises(InvalidInput) as caught:
        historic.sole_clerk()
    assert "--clerk" in caught.value.message


def test_a_letter_without_a_date_is_shown_without_one(write, clerk, on_day):
    undated = text_of(5).replace("2026 年 4 月 12 日", "")
    with on_day(dt.date(2026, 9, 14)):
        historic.import_decisions(write([*records(1), {"id": "u", "text": undated, "index": INDEX}]), actor=clerk)
    row = PublicEntry.objects.get(number="明综执罚〔2026〕5号")
    assert row.decided_on is None
    assert row.content["decided_on"] is None
    assert row.listed_on.isoformat() == "2026-09-14"
    first, total = queries.search("晴川百货", size=1)
    second, _ = queries.search("晴川百货", size=1, cursor=first.next_cursor)
    assert total == 2
    assert [first.rows[0].id, second.rows[0].decided_on.isoformat()] == [row.id, "2026-04-12"]


def test_a_withdrawn_historic_decision_leaves_a_tombstone(write, clerk):
    historic.import_decisions(write(records(1)), actor=clerk)
    publication = Publication.objects.get()
    withdraw(publication.id, actor=clerk, reason="经复核，原决定已被撤销。")
    row = PublicEntry.objects.get()
    assert (row.state, row.content) == ("withdrawn", {})
    assert "晴川百货" not in row.search_text


def test_the_command_prints_what_happened(write, district):
    path = write([*records(1, 2), b"{"])
    run = CliRunner().invoke(import_group, ["decisions", str(path), "--json"])
    told = json.loads(run.output)
    assert run.exit_code == 0
    assert set(told) == {"read", "imported", "refused", "agreement"}
    assert (told["read"], told["imported"], told["refused"][0]["code"]) == (3, 2, "not-json")
    assert set(told["agreement"]) == FIELDS
    assert told["agreement"]["fine"] == {"agree": 2, "of": 2, "raw_agree": 2, "raw_of": 2}
    assert told["agreement"]["party"] == {"agree": 0, "of": 0, "raw_agree": 0, "raw_of": 2}

    plain = CliRunner().invoke(import_group, ["decisions", str(path), "--clerk", "sutang"])
    assert "读取3条，导入0条，拒绝1条" in plain.output
    assert "以前导入过" in plain.output
    assert re.search(
        rf"r1　当事人　索引：{SECRET}　提取：明水区晴川百货有限公司　索引所载的值不见于文书正文", plain.output
    )
    assert "第3行" in plain.output


@pytest.mark.shared
def test_the_real_decisions_stand_in_the_register(write, clerk, shared):
    if shared is None:
        warnings.warn("samr_company_decisions.jsonl.gz: absent, import measured on made-up records", stacklevel=1)
        path, expected = write(records(*range(1, 6))), 5
    else:
        path, expected = shared / "decisions" / "samr_company_decisions.jsonl.gz", 191
    outcome = historic.import_decisions(path, actor=clerk)
    assert (outcome.read, outcome.imported, outcome.refused) == (expected, expected, [])
    assert PublicEntry.objects.filter(source="historic", state="valid").count() == expected
    for name, found in outcome.agreement.fields.items():
        assert not found.of or found.agree / found.of >= 0.98, name
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        persons = {record["id"]: record["persons"] for record in map(json.loads, lines)}
    left = []
    for entry in PublicEntry.objects.all():
        record = HistoricDecision.objects.get(publication__id=entry.id).record
        # The punished one's own name stands, also where it contains the name of its founder.
        shown = re.sub(r"\s", "", json.dumps(entry.content, ensure_ascii=False) + entry.search_text)
        shown = shown.replace(entry.party, "") if entry.party else shown
        left += [(record, name) for name in persons[record] if name in shown]
    assert left == []
    before = counts()
    again = historic.import_decisions(path, actor=clerk)
    assert (again.imported, again.unchanged, counts()) == (0, expected, before)
