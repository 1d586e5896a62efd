"""Each shipped procedure runs: a case goes from where it begins to the archive, and nowhere that is not published."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from mingcha.accounts.actors import Actor
from mingcha.archives import actions as dossiers
from mingcha.archives import queries as archives
from mingcha.cases import access, actions, findings, queries, waits
from mingcha.cases.errors import MoveUnknown
from mingcha.cases.locks import lock
from mingcha.cases.models import Branch, Case
from mingcha.cases.moves import advance, options
from mingcha.cases.tasks import follow_expiries
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines.queries import open_period
from mingcha.documents import actions as papers
from mingcha.documents.approving import actions as approving
from mingcha.documents.making import make
from mingcha.documents.serving.actions import serve
from mingcha.documents.tests.sets import samples
from mingcha.documents.tests.test_from_case_g import typed
from mingcha.ledger.models import JournalEntry
from mingcha.procedures.definition import Definition
from mingcha.procedures.guards import catalogue
from mingcha.procedures.queries import account_role, codes

PEOPLE = {
    "handler": "lince", "unit_head": "luming", "head": "shenyi", "clerk": "sutang", "archivist": "jiangmu",
    "supervisor": "fangzhi", "chief": "shenyi",
}  # fmt: skip
# What the ordinary procedure computes is played by the journey and in test_penalty_courses; these run on findings.
RUN = [code for code in codes() if code not in ("P-PT", "P-TZ")]
DAY = dt.date(2026, 9, 14)
Who = Callable[[str], Actor]


@pytest.fixture
def who(actor: Who, on_day: Callable[[dt.date], object]) -> object:
    with on_day(DAY):  # type: ignore[attr-defined]
        yield lambda role: actor(PEOPLE.get(role, role))


def begin(who: Who, procedure: str) -> Case:
    case = actions.register_lead(
        actor=who("handler"), procedure=procedure, source="report", cause="试办一件", facts="按程序试办。",
        item_code="3.14", conduct_ended_on=DAY, discovered_on=DAY, party_kind="organisation",
        party_name="清和建筑工程有限公司", uscc="91990100MA1QH00018", legal_representative="许山河",
        address="明水区望江路66号", second_officer_id=who("handu").officer_id,
    )  # fmt: skip
    for name in ("lince", "handu"):
        actions.declare_avoidance(case.id, actor=who(name), conflict=False)
    if procedure == "P-JY":
        actions.record_evidence(
            case.id, actor=who("handler"), kind="documentary", name="现场照片", proves="违法事实", origin="现场提取",
            collected_at=clock.now(), file=None,
        )  # fmt: skip
    return case


def acting(move_roles: tuple[str, ...]) -> str:
    """The role of a demonstration person who may take a move, or nothing."""
    return next((role for role in map(account_role, move_roles) if role in PEOPLE), "")


def way(flow: Definition, start: str, end: str = "") -> list[str]:
    """The shortest way to the end, or to one place, on which somebody of the demonstration acts at every step."""
    paths, seen = [[start]], {start}
    for path in paths:
        stage = flow.stage(path[-1])
        if stage.id == end or (stage.terminal and not end):
            return path
        for move in stage.own:
            if move.to not in seen and not move.parallel and acting(move.roles):
                seen.add(move.to)
                paths.append([*path, move.to])
    raise AssertionError(f"{flow.code}: no way from {start}")


def take(case: Case, to: str, who: Who, branch: uuid.UUID | None = None) -> Case:
    """One move by somebody whose move it is: refused while findings are missing, taken once they are made."""
    move = queries.procedure(case).move(queries.stage_of(case, branch), to)
    assert move is not None
    actor = who(acting(move.roles))
    have = {row.guard for row in findings.of_case(case)}
    wanted = [name for name in move.guards if name.startswith("finding-") and name not in have | waits.NAMES]
    if wanted:
        with pytest.raises(Refused) as refused:
            advance(case.id, to, actor=actor, branch=branch, reason="试办")
        assert {reason.data.get("guard") for reason in refused.value.reasons} - {None} == set(wanted)
        for name in wanted:
            findings.record_finding(case.id, name, actor=actor, met=True, grounds="试办：已核对。")
    with clock.frozen(clock.at(waited(case, move.guards), 10)):
        return advance(case.id, to, actor=actor, branch=branch, reason="试办")


def waited(case: Case, names: tuple[str, ...]) -> dt.date:
    """The day on which the times to wait of a move are over; what only a served paper starts is started here."""
    today = max([clock.today(), *(clock.legal_day(row.at) for row in queries.changes(case))])
    over = (name for name in names if catalogue()[name].state in ("over", "run-out"))
    named = {rule for name in over for rule in catalogue()[name].period.split("/")}
    if not named and not waits.NAMES & set(names):
        return today
    for rule in {"COE-06", "COE-10"} & set(queries.stage(case).starts):
        deadlines.start(rule, case_id=case.id, jurisdiction=case.jurisdiction, start=clock.today())
    rules = named or {"EXP-01", "EXP-04", "COE-06", "COE-10"}
    rows = [row for row in queries.periods(Case.objects.get(id=case.id)) if row.rule in rules]
    return max([today, *(waits.first_day(row) for row in rows)])


@pytest.mark.parametrize("code", RUN)
def test_a_case_runs_from_beginning_to_archive(code: str, who: Who) -> None:
    case = begin(who, code)
    for to in way(queries.procedure(case), case.stage)[1:]:
        case = take(case, to, who)
    case = Case.objects.get(id=case.id)
    assert case.stage == "archive"
    assert case.closed_on == clock.legal_day(queries.changes(case)[-1].at)
    assert [row.target for row in queries.changes(case)][-1] == "archive"
    # The closing handed the dossier over; the archivist takes it, with every paper that was made on the way.
    assert [step.kind for step in archives.custody(case)] == ["offered"]
    with clock.frozen(queries.changes(case)[-1].at + dt.timedelta(hours=2)):
        taken = dossiers.accept(case.id, actor=who("archivist"))
    assert [step.kind for step in archives.custody(case)] == ["offered", "received"]
    assert archives.holder(case) == f"档案部门（{who('archivist').name}）" and taken.entries > 3


@pytest.mark.parametrize(
    ("code", "place", "to", "rule", "too_soon", "first"),
    [
        ("P-ZF", "solicit", "hearing", "EXP-01", "2026-10-14", "2026-10-15"),
        # The ten working days of the first announcement are over on 29 September.
        ("P-ZT", "plan-notice", "hearing", "EXP-04", "2026-10-29", "2026-10-30"),
    ],
)
def test_no_finding_shortens_the_thirty_days(
    code: str, place: str, to: str, rule: str, too_soon: str, first: str, who: Who
) -> None:
    """房屋征收补偿条例 art. 10, 土地管理法 art. 47: a hearing in between does not end the time for opinions."""
    case = begin(who, code)
    flow = queries.procedure(case)
    for step in _to(flow, case.stage, place)[1:]:
        case = take(case, step, who)
    case = take(case, to, who)
    after = next(move for move in flow.stage(to).own if "finding-ge-02@1" in move.guards)
    actor = who(acting(after.roles))
    for name in ("finding-ge-02@1", "finding-ge-03@1"):
        findings.record_finding(case.id, name, actor=actor, met=True, grounds="已经够了。")
    with clock.frozen(clock.at(dt.date.fromisoformat(too_soon), 10)), pytest.raises(Refused, match=first) as refused:
        advance(case.id, after.to, actor=actor, reason="试办")
    assert [reason.code for reason in refused.value.reasons] == ["finding-contradicted"]
    with clock.frozen(clock.at(dt.date.fromisoformat(first), 10)):
        assert advance(case.id, after.to, actor=actor, reason="试办").stage == after.to
    row = queries.last_period(Case.objects.get(id=case.id), rule)
    assert row and row.due_on.isoformat() == first


def test_the_ten_days_before_the_court_run_from_the_service_of_the_demand(who: Who) -> None:
    """行政强制法 art. 54: not from the day on which somebody entered the stage, and not by a finding."""
    case = begin(who, "P-FY")
    for to in _to(queries.procedure(case), case.stage, "demand-54")[1:]:
        case = take(case, to, who)
    assert open_period(case.id, "COE-10") is None
    actor = who("handler")
    needed = queries.procedure(case).move("demand-54", "apply")
    assert needed
    for name in needed.guards:
        if name.startswith("finding-"):
            findings.record_finding(case.id, name, actor=actor, met=True, grounds="已核对。")
    with pytest.raises(Refused, match="催告书还没有送达"):
        advance(case.id, "apply", actor=actor, reason="试办")
    said = {
        key: value for key, value in samples()["demand-notice"]["fields"].items() if key not in ("parties", "doc_no")
    } | {"issue_date": "2026-09-15", "pay_due": "2026-09-01", "perform_by": "2026-10-15"}
    with clock.frozen(clock.at(dt.date(2026, 9, 15), 10)):
        with transaction.atomic():
            paper = make(lock(case.id), "demand-notice", said, by=actor.snapshot("handler"))
        assert open_period(case.id, "COE-10") is None
        serve(
            paper.id, actor=actor, mode="direct", receiver="许山河", relation="legal_rep", served_at=clock.now(),
            place="明水区望江路66号",
        )  # fmt: skip
    row = open_period(case.id, "COE-10")
    assert row and (row.starts_on, row.due_on) == (dt.date(2026, 9, 15), dt.date(2026, 9, 29))
    with clock.frozen(clock.at(row.due_on, 10)), pytest.raises(Refused, match="2026-09-30以前不能办理"):
        advance(case.id, "apply", actor=actor, reason="试办")
    with clock.frozen(clock.at(dt.date(2026, 10, 8), 10)):
        assert advance(case.id, "apply", actor=actor, reason="试办").stage == "apply"


def test_a_finding_against_refuses_until_a_later_one(who: Who) -> None:
    case = begin(who, "P-ZY")
    flow = queries.procedure(case)
    move = next(move for move in flow.stage(case.stage).own if any(name.startswith("finding-") for name in move.guards))
    name = next(name for name in move.guards if name.startswith("finding-"))
    actor = who(acting(move.roles))
    findings.record_finding(case.id, name, actor=actor, met=False, grounds="条件不具备。")
    with pytest.raises(Refused) as refused:
        advance(case.id, move.to, actor=actor, reason="试办")
    assert "finding-negative" in {reason.code for reason in refused.value.reasons}
    with pytest.raises(InvalidInput):
        findings.record_finding(case.id, name, actor=actor, met=True, grounds=" ")
    with pytest.raises(NotFound):
        findings.record_finding(case.id, "handlers-qualified@1", actor=actor, met=True, grounds="不能代替计算。")
    with pytest.raises(NotFound):
        findings.record_finding(case.id, name, actor=who("luochuan"), met=True, grounds="外机关。")
    with pytest.raises(NotPermitted):
        findings.record_finding(case.id, name, actor=who("fangzhi"), met=True, grounds="监督人员不办案。")


def test_a_supervisor_of_another_organ_finds_nothing_in_a_case_that_he_may_read(who: Who) -> None:
    """The draw of an inspection has a role for supervisors; that of the justice bureau only reads."""
    case = begin(who, "P-JC")
    flow = queries.procedure(case)
    for to in _to(flow, case.stage, "draw")[1:]:
        case = take(case, to, who)
    name = next(name for move in flow.stage("draw").own for name in move.guards if name.startswith("finding-"))
    assert access.visible(who("supervisor")).filter(id=case.id).exists()
    with pytest.raises(NotPermitted):
        findings.record_finding(case.id, name, actor=who("supervisor"), met=True, grounds="外机关。")


def in_branch(who: Who) -> tuple[Case, Branch]:
    """A fee notice with the publication running beside it."""
    case = begin(who, "P-SF")
    flow = queries.procedure(case)
    beside = next(move for stage in flow.stages.values() for move in stage.own if move.parallel)
    for to in _to(flow, case.stage, beside.source)[1:]:
        case = take(case, to, who)
    take(case, beside.to, who)
    return Case.objects.get(id=case.id), Branch.objects.get(case=case)


def test_branches_run_beside_and_hold_the_close(who: Who) -> None:
    case, branch = in_branch(who)
    assert case.stage == branch.origin
    assert {option.branch for option in options(case, who("clerk"))} == {None, branch.id}
    assert access.visible(who("clerk")).filter(id=case.id).exists()
    with pytest.raises(Conflict):
        take(case, branch.door, who)
    for to in way(queries.procedure(case), case.stage)[1:]:
        if to == "close":
            with pytest.raises(Refused) as refused:
                take(case, to, who)
            assert {reason.code for reason in refused.value.reasons} == {"branch-open"}
            with (
                pytest.raises(IntegrityError, match="branch-open"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(
                    "INSERT INTO cases_stagechange (case_id, seq, source, target, entry_id, at) "
                    "SELECT case_id, seq + 1, target, 'close', entry_id, at FROM cases_stagechange "
                    "WHERE case_id = %s ORDER BY seq DESC LIMIT 1",
                    [case.id.hex if connection.vendor == "sqlite" else case.id],
                )
                Case.objects.filter(id=case.id).update(stage="close", moves=case.moves + 1)
            while branch.closed_at is None:
                flow = queries.procedure(case)
                following = flow.stage(branch.stage).own[0].to
                take(case, following, who, branch.id)
                branch.refresh_from_db()
        case = take(case, to, who)
    assert Case.objects.get(id=case.id).closed_on == DAY
    with pytest.raises(NotFound):
        advance(case.id, "close", actor=who("clerk"), branch=branch.id)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE cases_branch SET stage = 'archive', moves = moves + 1",
        "UPDATE cases_branch SET origin = 'archive'",
        "DELETE FROM cases_branch",
        "INSERT INTO cases_branchmove (branch_id, seq, source, target, entry_id, at) "
        "SELECT id, 1, stage, 'archive', entry_id, opened_at FROM cases_branch",
        "UPDATE cases_finding SET met = NOT met",
        "DELETE FROM cases_finding",
    ],
)
def test_the_database_keeps_branches_and_findings(sql: str, who: Who) -> None:
    in_branch(who)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_way_into_another_procedure_begins_a_linked_case(who: Who) -> None:
    case = begin(who, "P-PT")
    with pytest.raises(MoveUnknown):
        actions.link(case.id, "P-CS", "need-check", actor=who("handler"))
    case = begin(who, "P-ZT")
    flow = queries.procedure(case)
    stage = next(stage for stage in flow.stages.values() if stage.links)
    move = stage.links[0]
    for to in _to(flow, case.stage, stage.id)[1:]:
        case = take(case, to, who)
    for name in move.guards:
        if name.startswith("finding-"):
            findings.record_finding(case.id, name, actor=who(acting(move.roles)), met=True, grounds="已核对。")
    other = actions.link(case.id, move.procedure, move.to, actor=who(acting(move.roles)), reason="转入")
    assert (other.stage, queries.procedure(other).code) == (move.to, move.procedure)
    assert [row.other_id for row in queries.links(case)] == [other.id]
    assert {officer.id for officer in queries.active_handlers(other)} == {
        officer.id for officer in queries.active_handlers(case)
    }
    assert Case.objects.get(id=case.id).stage == stage.id


def _to(flow: Definition, start: str, end: str) -> list[str]:
    paths, seen = [[start]], {start}
    for path in paths:
        if path[-1] == end:
            return path
        for move in flow.stage(path[-1]).own:
            if move.to not in seen and not move.parallel and acting(move.roles):
                seen.add(move.to)
                paths.append([*path, move.to])
    raise AssertionError(f"no way to {end}")


def test_silence_means_acceptance(who: Who, on_day: Callable[[dt.date], object]) -> None:
    """行政许可法 art. 32 (4): what is not answered in five working days is accepted from the day of receipt."""
    case = begin(who, "P-XK")
    case = take(case, "intake", who)
    due = next(row.due_on for row in queries.periods(case) if row.rule == "LIC-01")
    with on_day(due):  # type: ignore[attr-defined]
        assert follow_expiries() == 0
    with on_day(due + dt.timedelta(days=1)):  # type: ignore[attr-defined]
        assert follow_expiries() == 1
        assert follow_expiries() == 0
    case = Case.objects.get(id=case.id)
    assert case.stage == "deemed-accepted"
    entry = JournalEntry.objects.filter(case_id=case.id, kind="case-moved").order_by("-case_seq")[0]
    assert entry.actor["name"] == "系统"


def test_findings_on_the_screen_take_no_second_click_and_no_stranger(who: Who, login: Callable[[str], Client]) -> None:
    case = begin(who, "P-XK")
    url, handler = f"/in/cases/{case.id}/finding/finding-gl-11@1/", login("lince")
    assert handler.post(url, {"grounds": "没有选择结果", "form_token": "a"}).status_code == 422
    said = {"met": "yes", "grounds": "<script>alert(1)</script>", "form_token": "b"}
    assert [handler.post(url, said).status_code for _ in range(2)] == [302, 302]
    assert len(findings.of_case(case)) == 1
    assert "<script>alert" not in handler.get(f"/in/cases/{case.id}/").content.decode()
    for name, status in (("luochuan", 404), ("qiman", 404), ("zhouheng", 404), ("fangzhi", 403)):
        assert login(name).post(url, said | {"form_token": "c"}).status_code == status, name
    assert handler.post(f"/in/cases/{case.id}/finding/review-stands@1/", said).status_code == 404
    wrong = {"branch": "none", "form_token": "d"}
    assert handler.post(f"/in/cases/{case.id}/move/intake/", wrong).status_code == 404


def test_a_case_on_the_spot_ends_without_penalty_by_an_approved_letter(who: Who) -> None:
    """Officers on the spot propose, a head approves, and the letter is made with it — 行政处罚法 art. 33, 57 ¶1 (2)."""
    case = begin(who, "P-JY")
    for to in ("fix-facts", "eligibility", "no-penalty"):
        case = take(case, to, who)
    with clock.frozen(clock.at(DAY, 15)):
        fields = typed("no-penalty-decision") | {"decision_date": DAY.isoformat()}
        with pytest.raises(Refused) as refused:
            papers.issue(case.id, "no-penalty-decision", actor=who("handler"), fields=fields)
        assert [reason.code for reason in refused.value.reasons] == ["approval-needed"]
        asked = approving.ask(case.id, "no-penalty-decision", actor=who("handler"), fields=fields)
        letter = approving.answer(asked.id, actor=who("head"), step="head", choice="agree", digest_seen=asked.digest)
    assert letter is not None and letter.kind == "no-penalty-decision"
    assert take(case, "close", who).stage == "close"
