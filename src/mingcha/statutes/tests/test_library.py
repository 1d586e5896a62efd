"""The institution's own rules: versions without gaps, issued once, filed, superseded, repealed; nothing rewritten."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from mingcha.accounts.actors import Actor
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted
from mingcha.files.actions import receive_bytes
from mingcha.ledger.models import JournalEntry
from mingcha.statutes import actions, queries
from mingcha.statutes.models import RuleVersion
from mingcha.statutes.tests.test_amending import attacked

ActorOf = Callable[[str], Actor]
BODY = "第一条 为了规范公示，制定本办法。\n第二条 自印发之日起施行。"
SINCE = dt.date(2026, 3, 1)


@pytest.fixture
def issued(actor: ActorOf) -> RuleVersion:
    draft = actions.draft_rule(kind="disclosure", title="公示办法", body=BODY, original=None, actor=actor("admin"))
    return actions.issue_rule(
        draft.id, document_number="明综执发〔2026〕1号", effective_from=SINCE, actor=actor("admin")
    )


def test_the_life_of_a_rule(issued: RuleVersion, actor: ActorOf) -> None:
    admin = actor("admin")
    paper = receive_bytes(b"%PDF-1.7\nreceipt\n%%EOF\n")
    actions.file_rule(
        issued.id, authority="明水区司法局", number="备1", filed_on=dt.date(2026, 3, 9), receipt=paper, actor=admin
    )
    second = actions.new_version(issued.rule_id, body=BODY + "\n第三条 新增。", original=paper, actor=admin)
    with pytest.raises(Conflict):
        actions.new_version(issued.rule_id, body=BODY, original=None, actor=admin)
    actions.rewrite(second.id, body=BODY + "\n第三条 改过。", original=None, actor=admin)
    with pytest.raises(InvalidInput):
        actions.issue_rule(second.id, document_number="2号", effective_from=SINCE, actor=admin)
    since = dt.date(2026, 9, 1)
    actions.issue_rule(second.id, document_number="2号", effective_from=since, actor=admin)
    issued.refresh_from_db()
    assert (issued.state, issued.effective_to) == ("superseded", dt.date(2026, 8, 31))
    assert [row.number for row in queries.in_force_rules(admin.organ_id, since)] == [2]
    assert [row.number for row in queries.in_force_rules(admin.organ_id, dt.date(2026, 8, 31))] == [1]
    actions.repeal_rule(second.id, last_day=dt.date(2026, 12, 31), reason="机构改革", actor=admin)
    assert queries.in_force_rules(admin.organ_id, dt.date(2027, 1, 1)) == []
    third = actions.new_version(issued.rule_id, body=BODY, original=None, actor=admin)
    assert third.number == 3
    kinds = JournalEntry.objects.filter(subject_type="rule-version").values_list("kind", flat=True)
    assert {"rule-drafted", "rule-issued", "rule-filed", "rule-repealed"} <= set(kinds)
    found = queries.version_with_file(paper.sha256, admin.organ_id)
    assert found is not None


def test_refusals(issued: RuleVersion, actor: ActorOf) -> None:
    admin = actor("admin")
    with pytest.raises(NotPermitted):
        actions.draft_rule(kind="review", title="审核办法", body=BODY, original=None, actor=actor("lince"))
    with pytest.raises(InvalidInput) as caught:
        actions.draft_rule(kind="无", title="公示办法", body="", original=None, actor=admin)
    assert set(caught.value.fields) == {"kind", "title", "body"}
    with pytest.raises(Conflict):
        actions.rewrite(issued.id, body="改动", original=None, actor=admin)
    with pytest.raises(Conflict):
        actions.issue_rule(issued.id, document_number="2号", effective_from=dt.date(2027, 1, 1), actor=admin)
    draft = actions.new_version(issued.rule_id, body=BODY, original=None, actor=admin)
    with pytest.raises(Conflict):
        actions.file_rule(draft.id, authority="甲", number="1", filed_on=SINCE, receipt=None, actor=admin)
    with pytest.raises(Conflict):
        actions.repeal_rule(draft.id, last_day=SINCE, reason="某", actor=admin)


def test_another_organ_sees_and_changes_nothing(issued: RuleVersion, actor: ActorOf) -> None:
    stranger = actor("luochuan")
    for read in (
        lambda: queries.version(issued.id, stranger.organ_id),
        lambda: queries.rule(issued.rule_id, stranger.organ_id),
        lambda: actions.repeal_rule(
            issued.id, last_day=SINCE, reason="某", actor=Actor(**{**vars(stranger), "roles": frozenset({"admin"})})
        ),
    ):
        with pytest.raises(NotFound):
            read()
    assert list(queries.rules(stranger.organ_id)) == []


def test_records_refuse_raw_sql(issued: RuleVersion, actor: ActorOf) -> None:
    actions.file_rule(issued.id, authority="甲", number="1", filed_on=SINCE, receipt=None, actor=actor("admin"))
    for table in ("statutes_institutionrule", "statutes_ruleversion", "statutes_rulefiling"):
        assert attacked(f'DELETE FROM "{table}"') == "record-immutable", table
    for change in (
        "body = 'x'",
        "document_number = 'x'",
        "effective_from = '2020-01-01'",
        "number = 9",
        "state = 'draft'",
    ):
        assert attacked(f"UPDATE statutes_ruleversion SET {change}") == "record-immutable", change
    assert attacked("UPDATE statutes_rulefiling SET number = 'x'") == "record-immutable"
    assert attacked("UPDATE statutes_institutionrule SET title = 'x'") == "record-immutable"
    with pytest.raises(Exception, match="rule-version-gap"), transaction.atomic():
        RuleVersion.objects.create(
            rule=issued.rule, number=7, body="跳号", drafted_by="甲", drafted_at=issued.drafted_at
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.new_version(issued.rule_id, body=BODY, original=None, actor=actor("admin"))
        RuleVersion.objects.create(
            rule=issued.rule, number=3, body="两份草稿", drafted_by="甲", drafted_at=issued.drafted_at
        )
    draft = RuleVersion.objects.filter(rule=issued.rule).order_by("-number").first()
    assert draft is not None and draft.number == 1


def test_filing_of_a_draft_is_refused_by_the_database(actor: ActorOf) -> None:
    from mingcha.statutes.models import RuleFiling

    draft = actions.draft_rule(kind="other", title="会商办法", body=BODY, original=None, actor=actor("admin"))
    with pytest.raises(Exception, match="filing-not-issued"), transaction.atomic():
        RuleFiling.objects.create(
            version=draft, authority="甲", number="1", filed_on=SINCE, recorded_by="甲", recorded_at=draft.drafted_at
        )
