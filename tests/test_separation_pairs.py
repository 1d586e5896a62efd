"""Who must be different persons: every pair of the house's table by rule, on screen, over REST, past the program.

One row per pair; a cell that refuses nothing fails. Re-doing by others: decisions/tests/test_redoing.py; approval of a
publication by another: disclosure/tests.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, User
from mingcha.accounts.queries import actor_named
from mingcha.accounts.rules import may_preside
from mingcha.archives.rules import may_accept
from mingcha.cases import actions as cases
from mingcha.cases import findings
from mingcha.cases.models import Statement
from mingcha.cases.moves import advance
from mingcha.cases.rules import enough_handlers, may_approve, may_decide_avoidance, may_recheck, may_take_duty
from mingcha.cases.tests.test_separation import NAME, WHO, able
from mingcha.common import clock, triggers
from mingcha.common.errors import Refused
from mingcha.decisions.models import Discussion
from mingcha.decisions.rules import may_discuss
from mingcha.documents import actions as papers
from mingcha.documents import queries as documents
from mingcha.documents.checking import examine
from mingcha.documents.circles.rules import may_know
from mingcha.documents.tests.sets import paper, samples
from mingcha.interfaces.demo.journey import Journey
from tests.raw_sql import terms_of
from tests.test_rings import attack_sql
from tests.test_rings_review import row, who

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
Call = tuple[str, str, dict[str, Any]]
REFUSED = (403, 404, 409, 422)
# What a refused act must leave as it was.
KEPT = (
    "cases.Duty", "cases.Avoidance", "cases.StatementAnswer", "cases.StageChange", "decisions.Decision",
    "decisions.Discussion", "decisions.Outcome", "documents.HandOver", "archives.Acceptance", "review.Allocation",
)  # fmt: skip
# Tested where their room is, with all rings.
ELSEWHERE = {"公示审核 / 公示录入": "publish-own-approval", "重作承办 / 原承办": "redo-by-old-handler"}


@dataclass(frozen=True)
class Pair:
    """A pair; `screens` and `rest` are (user, route or path, body); `sql` the statements past the program."""

    name: str
    rule: Callable[[Journey], list[Any]]
    screens: Callable[[Journey], list[Call]]
    rest: Callable[[Journey], list[Call]]
    sql: Callable[[Journey], list[tuple[str, list[object], str]]]
    code: str = ""
    prepare: Callable[[Journey], object] = field(default=lambda journey: None)


def place(name: str, journey: Journey, *args: object) -> str:
    return reverse(name, args=[journey.id, *args])


def duty(journey: Journey, name: str, kind: str, code: str = "duty-incompatible") -> tuple[str, list[object], str]:
    values = {"id": uuid.uuid4(), "case_id": journey.id, "officer_id": who(name), "duty": kind, "since": clock.now()}
    return row("cases_duty", code, **values)


def takes(kind: str, held: str) -> Callable[[Journey], list[Any]]:
    return lambda journey: may_take_duty(Officer.objects.get(name=NAME), kind, [held], clock.today())


def handles(journey: Journey) -> None:
    """A person with every role and certificate handles the case."""
    person = able()
    cases.assign_handler(journey.id, person.id, actor=actor_named("luming"))


def key(name: str) -> dict[str, str]:
    return {"officer_id": str(who(name))}


def avoid(journey: Journey) -> None:
    handles(journey)
    cases.request_avoidance(journey.id, who("lince"), actor=actor_named("handu"), applicant="甲", ground="近亲属")
    cases.declare_avoidance(journey.id, actor=actor_named(WHO), conflict=True, ground="近亲属")


def discussed(journey: Journey) -> None:
    handles(journey)
    Discussion.objects.create(
        case_id=journey.id, seq=1, ground="major", agenda="x", place="x", chair_id=who("shenyi"), clerk="x", quorum=2,
        vote="majority", started_at=clock.now(),
    )  # fmt: skip


CLUE = "supervision-clue-letter"


def reports(journey: Journey) -> None:
    """A clue on the second handler: whom it names is outside whatever he is."""
    said = {
        **samples()[CLUE]["fields"], "person": "韩渡", "reported_to": "沈毅", "issue_date": clock.today().isoformat(),
        "found_on": clock.today().isoformat(),
    }  # fmt: skip
    said = {
        name: value for name, value in said.items() if name not in ("organ_name", "case_no", "doc_no", "verify_url")
    }
    made = papers.issue(journey.id, CLUE, actor=actor_named("lince"), fields=said)
    papers.ensure_rendered(made.id)


def clue(journey: Journey) -> Any:
    return documents.all_of_case(journey.case).get(kind=CLUE)


def third(kind: str, **fault: str) -> list[Any]:
    return examine(paper(kind, samples()[kind], {"set": fault}))


def own(kind: str) -> str:
    return str(samples()[kind]["fields"]["organ_name"])


def interested(journey: Journey, kind: str, name: str) -> tuple[str, list[object], str]:
    fields = json.dumps({name: journey.case.organisation.name}, ensure_ascii=False)
    return row("documents_document", "*", **{**copied(journey), "kind": kind, "fields": fields})


def drawn(journey: Journey) -> None:
    """An inspection whose object a supervisor of the organ drew."""
    person = Officer.objects.get(name=NAME)
    accounts.grant_role(person, Role.SUPERVISOR, since=clock.today(), by=SYSTEM)
    case = cases.register_lead(
        actor=actor_named("lince"), procedure="P-JC", source="report", cause="检查", facts="按计划检查。", item_code="3.14",
        conduct_ended_on=clock.today(), discovered_on=clock.today(), party_kind="organisation", entry="plan",
        party_name="清和建筑工程有限公司", uscc="91990100MA1QH00018", legal_representative="许山河",
        address="明水区望江路66号", second_officer_id=who("handu"),
    )  # fmt: skip
    findings.record_finding(case.id, "finding-gi-01@1", actor=actor_named("shenyi"), met=True, grounds="在名单内。")
    advance(case.id, "draw", actor=actor_named("shenyi"))
    journey.case_id = case.id
    # Who is to inspect does not draw, whatever roles he holds.
    accounts.grant_role(Officer.objects.get(id=who("handu")), Role.SUPERVISOR, since=clock.today(), by=SYSTEM)
    with pytest.raises(Refused, match="drawer-handles"):
        advance(case.id, "freq-check", actor=actor_named("handu"))
    for name in ("finding-gi-03@1", "finding-gi-11@1"):
        findings.record_finding(case.id, name, actor=actor_named(WHO), met=True, grounds="已核对。")
    advance(case.id, "freq-check", actor=actor_named(WHO))


def named(journey: Journey) -> None:
    cases.name_rechecker(journey.id, who("guyan"), actor=actor_named("shenyi"))


def said(journey: Journey) -> Statement:
    return Statement.objects.get(case_id=journey.id)


_DECIDE = {"granted": "no", "ground": "不成立"}
_DECIDED = {"granted": False, "ground": "不成立"}
_CONVENE = {"ground": "major", "agenda": "议题", "place": "会议室", "clerk": "苏棠"}
_AVOID = {"conflict": True, "ground": "", "applicant": "甲"}

REVIEWED = [
    Pair(
        "承办甲 / 承办乙",
        lambda journey: enough_handlers([Officer.objects.get(name="林策")], clock.today()),
        lambda journey: [("luming", place("case-handler", journey), key("lince"))],
        lambda journey: [("luming", f"cases/{journey.id}/duties", key("lince"))],
        lambda journey: [duty(journey, "lince", "handler", "*")],
        "duty-held",
    ),
    Pair(
        "听证主持 / 调查人员",
        takes("hearing_host", "handler"),
        lambda journey: [("shenyi", place("case-host", journey), key("lince"))],
        lambda journey: [("shenyi", f"cases/{journey.id}/hearing-hosts", key("lince"))],
        lambda journey: [duty(journey, "lince", "hearing_host")],
        "duty-incompatible",
    ),
    Pair(
        "审核 / 承办",
        takes("reviewer", "handler"),
        lambda journey: [
            ("shenyi", place("review-act", journey, "reallocate"), key(WHO) | {"reason": "人手不够"}),
            ("luming", place("case-handler", journey), key("zhouheng")),
        ],
        lambda journey: [
            ("shenyi", f"cases/{journey.id}/reviews/allocation", key(WHO) | {"reason": "人手不够"}),
            (WHO, f"cases/{journey.id}/reviews/opinion", {"conclusion": "agree", "points": [], "text": "同意"}),
        ],
        lambda journey: [duty(journey, WHO, "reviewer")],
        prepare=handles,
    ),
    Pair(
        "负责人（决定） / 承办",
        takes("decider", "handler"),
        lambda journey: [(WHO, place("decision-case", journey), {"opinion": "同意"})],
        lambda journey: [(WHO, f"cases/{journey.id}/decision", {"opinion": "同意"})],
        lambda journey: [duty(journey, WHO, "decider")],
        prepare=handles,
    ),
    Pair(
        "负责人（批准） / 实施人员",
        lambda journey: may_approve(NAME, Role.HEAD, ["handler"]),
        lambda journey: [(WHO, place("case-avoidance-decide", journey, who("lince")), _DECIDE)],
        lambda journey: [(WHO, f"cases/{journey.id}/avoidance/decisions", key("lince") | _DECIDED)],
        lambda journey: [duty(journey, "luming", "handler", "approver-handles")],
        "approver-handles",
        avoid,
    ),
    Pair(
        "回避决定人 / 被申请人",
        lambda journey: may_decide_avoidance(1, 1),
        lambda journey: [(WHO, place("case-avoidance-decide", journey, who(WHO)), _DECIDE)],
        lambda journey: [(WHO, f"cases/{journey.id}/avoidance/decisions", key(WHO) | _DECIDED)],
        lambda journey: [
            row(
                "cases_avoidance", "avoidance-own", id=uuid.uuid4(), case_id=journey.id, officer_id=who(WHO),
                state="rejected", decided_by_id=who(WHO), at=clock.now(), **_AVOID,
            )
        ],
        "avoidance-own",
        avoid,
    ),
    Pair(
        "集体讨论成员 / 承办",
        lambda journey: may_discuss(NAME, ["handler"], head=True),
        lambda journey: [
            (WHO, place("discussion-convene", journey), _CONVENE),
            (WHO, place("discussion-voice", journey), {"view": "agree", "reason": "同意"}),
        ],
        lambda journey: [(WHO, f"cases/{journey.id}/discussions/voices", {"view": "agree", "reason": "同意"})],
        lambda journey: [
            row(
                "decisions_voice", "discussion-by-handler", id=uuid.uuid4(), officer_id=who(WHO), view="agree",
                discussion_id=Discussion.objects.get().id, reason="x", at=clock.now(),
            )
        ],
        "discussion-by-handler",
        discussed,
    ),
    Pair(
        "正职（移送批准） / 副职",
        lambda journey: may_preside("程远", [Role.HEAD]),
        lambda journey: [("chengyuan", place("transfer-crime", journey), {"reason": "涉嫌犯罪"})],
        lambda journey: [("chengyuan", f"cases/{journey.id}/transfer", {"reason": "涉嫌犯罪"})],
        lambda journey: [
            row(
                "decisions_outcome", "approver-not-presiding", case_id=journey.id, result="transfer",
                ground="", entry="", reason="x", decided_by_id=who("chengyuan"), decided_on=clock.today(),
                decided_at=clock.now(),
            )
        ],
        "approver-not-presiding",
    ),
    Pair(
        "代履行第三人 / 利害关系人；代收机构 / 决定机关",
        lambda journey: [
            mark
            for kind, fault in (("substitute-decision", {"interested": True}), ("payment-slip", slip()))
            for mark in examine(paper(kind, samples()[kind], {"set": fault}))
        ],
        lambda journey: [],
        lambda journey: [],
        lambda journey: [
            row(
                "documents_document", "third-person-interested",
                **{**copied(journey), "kind": kind, "fields": json.dumps(fields, ensure_ascii=False)},
            )
            for kind, fields in (
                ("substitute-decision", {"interested": True}),
                ("payment-slip", {"payee": journey.case.organisation.name}),
            )
        ],
    ),
    Pair(
        "拍卖机构 / 机关",
        lambda journey: [
            *third("goods-early-disposal", method="auction", auctioneer=own("goods-early-disposal")),
            *third("goods-disposal", method="auction", receiver=own("goods-disposal")),
        ],
        lambda journey: [],
        lambda journey: [],
        lambda journey: [
            interested(journey, "goods-early-disposal", "auctioneer"), interested(journey, "goods-disposal", "receiver"),
        ],
    ),
    Pair(
        "评估机构 / 征收部门",
        lambda journey: third("compensation-decision", appraiser=own("compensation-decision")),
        lambda journey: [],
        lambda journey: [],
        lambda journey: [interested(journey, "compensation-decision", "appraiser")],
    ),
    Pair(
        "移监察报告链 / 被反映人",
        lambda journey: may_know("韩　渡", ["韩渡"]),
        lambda journey: [
            ("shenyi", place("case-circle", journey, CLUE), key("handu") | {"reason": "协助办理"}),
            ("handu", reverse("document-sign-paper", args=[clue(journey).id]), {"who": "head", "name": "韩渡"}),
        ],
        lambda journey: [
            ("shenyi", f"cases/{journey.id}/circles/{CLUE}/admissions", key("handu") | {"reason": "协助办理"})
        ],
        lambda journey: [
            row(
                "documents_admission", "reported-in-chain", id=uuid.uuid4(), case_id=journey.id, kind=CLUE,
                officer_id=who("handu"), reason="x", admitted_by_id=who("shenyi"), at=clock.now(),
            ),
            row(
                "documents_papersignature", "reported-in-chain", id=uuid.uuid4(), document_id=clue(journey).id,
                who="head", name="韩渡", scan_id=clue(journey).rendering.file_id, at=clock.now(),
                noted_by_id=who("lince"),
            ),
            row(
                "documents_document", "reported-in-chain",
                **{**copied(journey), "kind": CLUE, "fields": '{"person": "沈毅", "reported_to": "沈毅"}'},
            ),
            # The drafter of this paper is in its circle already.
            row(
                "documents_document", "reported-in-chain",
                **{**copied(journey), "kind": CLUE, "fields": '{"person": "林策", "reported_to": "沈毅"}'},
            ),
        ],
        "reported-in-chain",
        reports,
    ),
]  # fmt: skip
# Known from papers only; over REST each in its own procedure, see test_third_persons.py.
ONE_ACT = {"代履行第三人 / 利害关系人；代收机构 / 决定机关", "拍卖机构 / 机关", "评估机构 / 征收部门"}

NOTICED = [
    Pair(
        "见证人 / 执法人员（送达）",
        lambda journey: examine(paper("site-record", samples()["site-record"], {"set": {"witness": first_officer()}})),
        lambda journey: [("lince", place("case-serve", journey, notice(journey)), left(journey))],
        lambda journey: [("lince", f"documents/{notice(journey)}/service", left(journey))],
        lambda journey: [
            row(
                "documents_document", "witness-is-officer", **{**copied(journey), "fields": '{"witness": "林策"}'}
            )
        ],
        "不能作见证人",
    ),
]  # fmt: skip

STATED = [
    Pair(
        "申辩复核 / 承办",
        lambda journey: [*may_recheck("林策", ["handler"], named=True), *takes("rechecker", "handler")(journey)],
        lambda journey: [
            ("shenyi", place("case-rechecker", journey), key("lince")),
            ("lince", place("case-answer", journey, said(journey).id), {"adopted": "no", "reasons": "不成立"}),
        ],
        lambda journey: [
            ("lince", f"cases/statements/{said(journey).id}/answer", {"adopted": False, "reasons": "不成立"})
        ],
        lambda journey: [
            duty(journey, "lince", "rechecker"),
            row(
                "cases_statementanswer", "recheck-not-named", statement_id=said(journey).id, adopted=False, reasons="x",
                by="林策", officer_id=who("lince"), at=clock.now(),
            ),
        ],
        "recheck-not-named",
        named,
    ),
]  # fmt: skip


def keeps(journey: Journey) -> None:
    accounts.grant_role(Officer.objects.get(id=who("lince")), Role.ARCHIVIST, by=SYSTEM)


CLOSED = [
    Pair(
        "在办卷 / 办结卷保管",
        lambda journey: may_accept(closed=True, last="offered", handled=True),
        lambda journey: [("lince", place("archive-accept", journey), {"retention": "thirty"})],
        lambda journey: [("lince", f"cases/{journey.id}/acceptance", {"retention": "thirty"})],
        lambda journey: [
            row(
                "archives_acceptance", "custody-by-handler", id=uuid.uuid4(), case_id=journey.id, digest="x", entries=1,
                fonds_no="", catalogue_no="", retention="30", accepted_by_id=who("lince"), accepted_at=clock.now(),
                terms_id=terms_of(journey.case).id,
            )
        ],
        "custody-by-handler",
        keeps,
    ),
]  # fmt: skip


DRAWN = [
    Pair(
        "抽取对象 / 选派人员",
        lambda journey: may_approve(NAME, Role.SUPERVISOR, ["handler"]),
        lambda journey: [("luming", place("case-handler", journey), key(WHO))],
        lambda journey: [("luming", f"cases/{journey.id}/duties", key(WHO))],
        lambda journey: [duty(journey, WHO, "handler", "drawer-handles")],
        "drawer-handles",
        drawn,
    )
]


def notice(journey: Journey) -> uuid.UUID:
    return documents.of_case(journey.case).get(kind="penalty-notice").id


def copied(journey: Journey) -> dict[str, Any]:
    found = documents.of_case(journey.case).get(kind="penalty-notice")
    fields = {item.column: getattr(found, item.attname) for item in found._meta.local_fields}
    return {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in fields.items()} | {
        "id": uuid.uuid4(),
        "number": "",
    }


def first_officer() -> str:
    values = samples()["site-record"]["fields"]
    return str(next(row["name"] for name in ("officers", "handlers") for row in values.get(name) or []))


def slip() -> dict[str, str]:
    return {"payee": samples()["payment-slip"]["fields"]["organ_name"]}


def left(journey: Journey) -> dict[str, Any]:
    return {"mode": "left", "served_at": f"{clock.today()}T09:00", "place": "工地", "refusal": "拒收",
            "witness": "林策", "witness_unit": "社区"}  # fmt: skip


def kept() -> dict[str, int]:
    return {name: apps.get_model(name).objects.count() for name in KEPT}


def post(call: Call) -> tuple[int, str]:
    user, path, body = call
    if path.startswith("/"):
        client = Client()
        client.force_login(User.objects.get(username=user))
        answer = client.post(path, body)
    else:
        token = accounts.create_token(Officer.objects.get(user__username=user), label="试", by=SYSTEM)
        head = {"authorization": f"Bearer {token}"}
        if path.endswith("/service"):
            moment = {"served_at": f"{body['served_at']}:00+08:00"}
            answer = Client().post(f"/api/v1/{path}", body | moment, headers=head)
        else:
            answer = Client().post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=head)
    return answer.status_code, answer.content.decode()


def walk(table: list[Pair], journey: Journey) -> None:
    wrong = []
    for pair in table:
        with transaction.atomic():
            pair.prepare(journey)
            if not pair.rule(journey):
                wrong.append(f"{pair.name}: the rule lets pass")
            before = kept()
            for ring, calls in (("screen", pair.screens(journey)), ("REST", pair.rest(journey))):
                if not calls and pair.name not in ONE_ACT:
                    wrong.append(f"{pair.name}: no {ring}")
                for call in calls:
                    status, body = post(call)
                    if status not in REFUSED or "没有这个地址" in body or "接口没有" in body:
                        wrong.append(f"{pair.name}: {ring} {call[1]} answers {status}: {body[:300]}")
                    if ring == "REST" and pair.code and pair.code not in body:
                        wrong.append(f"{pair.name}: {ring} says {body[:200]}, not {pair.code}")
            if kept() != before:
                wrong.append(f"{pair.name}: something was stored")
            statements = pair.sql(journey)
            if not statements:
                wrong.append(f"{pair.name}: no SQL")
            for text, values, code in statements:
                told = attack_sql(text, values)
                if told is None or (code not in ("*", told)):
                    wrong.append(f"{pair.name}: the database says {told}, not {code}")
            transaction.set_rollback(True)
    assert wrong == [], "\n".join(wrong)


def test_pairs_of_a_case_under_review(play: Play) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        walk(REVIEWED, journey)


def test_pairs_of_a_statement(play: Play) -> None:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 15)):
        walk(NOTICED, journey)
        journey.serve("penalty-notice", actor_named("handu"))
        cases.record_statement(
            journey.id,
            actor=actor_named("lince"),
            kind="written",
            speaker="甲",
            text="请求从轻。",
            received_at=clock.now(),
        )
        walk(STATED, journey)
        # Who was named answers, and the record says who; where nobody was named a handler does, with the advice.
        named(journey)
        status, body = post(
            ("guyan", f"cases/statements/{said(journey).id}/answer", {"adopted": True, "reasons": "成立。"})
        )
        assert status == 201, body
        assert said(journey).answer.officer_id == who("guyan")


def test_pairs_of_a_draw(play: Play) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        walk(DRAWN, journey)


def test_pairs_of_a_closed_case(play: Play) -> None:
    journey = play("close")
    with clock.frozen(clock.at(journey.day, 16)):
        walk(CLOSED, journey)


def test_no_pair_is_forgotten() -> None:
    """Sixteen rows of the table, those with two names counted twice: each stands somewhere, none twice."""
    tried = {pair.name for pair in (*REVIEWED, *NOTICED, *STATED, *CLOSED, *DRAWN)}
    assert not tried & set(ELSEWHERE)
    assert len(tried) + len(ELSEWHERE) == 18
    known = {row.code for row in triggers.registered()}
    assert set(ELSEWHERE.values()) <= known
    assert {pair.code for pair in (*REVIEWED, *STATED, *CLOSED, *DRAWN) if pair.code} - {"duty-held"} <= known
