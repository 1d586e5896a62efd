"""Amended laws: what rests on them is listed, examined once, and never rewritten."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.actors import Actor
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, code_of_database_error
from mingcha.ledger.models import JournalEntry
from mingcha.statutes import actions, queries
from mingcha.statutes.errors import LawUnknown
from mingcha.statutes.models import Amendment, Law, Reexamination, ReexaminationOutcome
from mingcha.statutes.refs import ArticleRef
from mingcha.statutes.resting import cited, resting_on, touches
from mingcha.statutes.tests.test_import import record, written

ActorOf = Callable[[str], Actor]
LATER = dt.date(2027, 3, 1)


@pytest.fixture
def amended(actor: ActorOf) -> Amendment:
    admin = actor("admin")
    return actions.record_amendment("大气法", kind="amended", effective_from=LATER, basis="编造的决定", actor=admin)


def attacked(statement: str, *values: object) -> str | None:
    """The code with which the database refuses a statement, or None when it does not."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, list(values))
    except IntegrityError as error:
        return code_of_database_error(error) or "constraint"
    except Exception as error:  # PostgreSQL raises other classes for its triggers
        return code_of_database_error(error) or type(error).__name__
    return None


def test_what_rests_on_the_law_is_listed(amended: Amendment, actor: ActorOf) -> None:
    rows = list(amended.reexaminations.all())
    assert rows and amended.law_name == "大气污染防治法"
    assert all("大气污染防治法" in citation for row in rows for citation in row.citations)
    assert any("扬尘" in row.place or "降尘" in row.place for row in rows)
    expected = {thing.key for _, thing in resting_on("大气污染防治法")}
    assert {row.key for row in rows} == expected
    assert {row.kind for row in rows} <= {"edition", "procedure"}
    entry = JournalEntry.objects.filter(kind="statute-amended").latest("recorded_at")
    assert entry.subject_id == str(amended.id)
    assert queries.open_counts(actor("admin").jurisdiction) >= len(rows)


def test_every_citing_entry_is_found_by_an_independent_scan(amended: Amendment, db: None) -> None:
    """Entries whose whole text names the law are exactly those listed, counted without the parser."""
    from mingcha.catalogues.models import Edition

    expected = 0
    for edition in Edition.objects.filter(effective_to=None):
        for entry in edition.content.get("entries", edition.content.get("stages", [])):
            expected += "大气污染防治法" in str(entry)
    assert len({row.key for row in amended.reexaminations.all()}) == expected


def test_only_changed_articles_count_where_both_texts_are_at_hand(tmp_path: Path, db: None) -> None:
    actions.import_laws(written(tmp_path, record("明水条例", "2020-01-01", "不变。", "旧的。", "删去。")))
    actions.import_laws(written(tmp_path, record("明水条例", "2024-01-01", "不变。", "新的。")))
    amendment = Amendment.objects.get(law_name="明水条例")
    assert amendment.changed == [[2, 0], [3, 0]] and amendment.effective_from == dt.date(2024, 1, 1)
    changed = frozenset((number, sub) for number, sub in amendment.changed)
    assert touches(ArticleRef("明水条例", 2, 1), "明水条例", changed)
    assert not touches(ArticleRef("明水条例", 1), "明水条例", changed)


def test_own_rules_are_listed_too(actor: ActorOf) -> None:
    admin = actor("admin")
    body = "第一章 总则\n第一条 依据大气法，制定本办法。\n第二条 按照《大气污染防治法》第六十九条处理。\n第三条 其他。"
    version = actions.draft_rule(kind="other", title="扬尘办法", body=body, original=None, actor=admin)
    amendment = actions.record_amendment("大气法", kind="amended", effective_from=LATER, basis="编造", actor=admin)
    rows = amendment.reexaminations.filter(kind="own-rule")
    assert [(row.place, row.citations, row.target) for row in rows] == [
        ("第二条", ["《大气污染防治法》第六十九条"], str(version.id))
    ]


def test_citations_in_contents() -> None:
    known = frozenset({(58, 0)})
    assert cited("处罚法58、行政处罚法第五十七条", "行政处罚法", known) == ["《行政处罚法》第五十八条"]
    assert cited("依照《行政处罚法》办理", "行政处罚法", known) == ["《行政处罚法》"]
    assert cited("行政处罚法第五十七条", "行政处罚法", known) == []
    assert cited("依照《行政处罚法实施办法》办理", "行政处罚法", frozenset()) == []


def test_a_repeal_ends_the_text(actor: ActorOf) -> None:
    actions.record_amendment("噪声法", kind="repealed", effective_from=LATER, basis="编造", actor=actor("admin"))
    assert queries.law("噪声法", LATER) is None
    assert queries.law("噪声法", LATER - dt.timedelta(days=1)) is not None


def test_refusals(amended: Amendment, actor: ActorOf) -> None:
    admin = actor("admin")
    with pytest.raises(Conflict):
        actions.record_amendment("大气法", kind="amended", effective_from=LATER, basis="又一次", actor=admin)
    with pytest.raises(LawUnknown):
        actions.record_amendment("没有这部法", kind="amended", effective_from=LATER, basis="某", actor=admin)
    with pytest.raises(InvalidInput):
        actions.record_amendment("行政处罚法", kind="甲", effective_from=LATER, basis="", actor=admin)
    with pytest.raises(InvalidInput):
        actions.record_amendment(
            "行政处罚法", kind="amended", effective_from=dt.date(2000, 1, 1), basis="某", actor=admin
        )
    with pytest.raises(NotPermitted):
        actions.record_amendment("行政处罚法", kind="amended", effective_from=LATER, basis="某", actor=actor("lince"))


def test_a_re_examination_ends_once(amended: Amendment, actor: ActorOf) -> None:
    admin, row = actor("admin"), amended.reexaminations.first()
    assert row is not None
    with pytest.raises(InvalidInput):
        actions.close(row.id, result="changed", reason="换版", edition="", actor=admin)
    with pytest.raises(InvalidInput):
        actions.close(row.id, result="kept", reason="", actor=admin)
    with pytest.raises(NotPermitted):
        actions.close(row.id, result="kept", reason="内容没有变", actor=actor("lince"))
    outcome = actions.close(row.id, result="kept", reason="内容没有变", actor=admin)
    assert outcome.officer == admin.name
    with pytest.raises(Conflict):
        actions.close(row.id, result="kept", reason="再来一次", actor=admin)
    assert JournalEntry.objects.filter(kind="reexamination-closed", subject_id=str(row.id)).count() == 1


def test_another_jurisdiction_closes_nothing(amended: Amendment, actor: ActorOf) -> None:
    row = amended.reexaminations.first()
    assert row is not None
    stranger = Actor(**{**vars(actor("admin")), "jurisdiction": "990200"})
    with pytest.raises(NotFound):
        actions.close(row.id, result="kept", reason="不该可以", actor=stranger)


def test_listing_again_adds_nothing(amended: Amendment) -> None:
    assert actions.relist(amended) == []


def test_records_refuse_raw_sql(amended: Amendment, actor: ActorOf) -> None:
    row = amended.reexaminations.first()
    assert row is not None
    actions.close(row.id, result="kept", reason="内容没有变", actor=actor("admin"))
    for table in ("statutes_amendment", "statutes_reexamination", "statutes_reexaminationoutcome"):
        assert attacked(f'DELETE FROM "{table}"') == "record-immutable", table
    assert attacked("UPDATE statutes_amendment SET basis = 'x'") == "record-immutable"
    assert attacked("UPDATE statutes_reexamination SET place = 'x'") == "record-immutable"
    assert attacked("UPDATE statutes_reexaminationoutcome SET reason = 'x'") == "record-immutable"
    held = ReexaminationOutcome.objects.get(reexamination=row)
    with pytest.raises(Exception, match="reexamination-closed"), transaction.atomic():
        ReexaminationOutcome.objects.create(
            reexamination=row, result="kept", reason="另一个", officer_id=held.officer_id, officer="甲",
            decided_at=held.decided_at,
        )  # fmt: skip
    assert Reexamination.objects.filter(id=row.id).exists() and Law.objects.exists()
