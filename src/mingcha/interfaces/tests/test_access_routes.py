"""Every route declares who may use it, and holds to it: walked from the resolver and from the OpenAPI document."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import ApiToken, Officer, User
from mingcha.accounts.queries import actor_named, actor_of_user
from mingcha.archives.models import Disposal, ErasureRequest, ErasureWords, Hold, Loan, Purge
from mingcha.archives.scanning.actions import take_in
from mingcha.cases import actions as case_actions
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.catalogues.actions import begin as begin_list
from mingcha.catalogues.actions import begin_import
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.decisions import queries as decisions
from mingcha.disclosure.models import Publication
from mingcha.documents import queries as documents
from mingcha.documents.agency.actions import upload
from mingcha.documents.agency.filling import examine
from mingcha.documents.agency.models import AgencyForm
from mingcha.documents.numbering import issue_pad
from mingcha.documents.tests.forms_docx import KIND as FORM
from mingcha.documents.tests.test_agency_forms import whole
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.api.urls import api, document, operations, rule_of
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.interfaces.gate import Rule
from mingcha.ledger.sequencer import sequence
from mingcha.performance.models import Appeal
from mingcha.statutes import actions as statutes
from mingcha.statutes.queries import law as law_in_force

pytestmark = pytest.mark.django_db
# One person per role, an officer without any, and another organisation's officers.
OWN = ("admin", "lince", "luming", "zhouheng", "shenyi", "sutang", "jiangmu", "fangzhi", "qiman")
FOREIGN = ("luochuan", "heshan")
CLOSED = {302, 401, 403, 404, 405}
NOW = "2026-09-14T09:00:00+08:00"


@dataclass
class Route:
    """One address with its converters."""

    text: str
    callback: Any
    converters: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


def walk(patterns: list[Any], before: str = "", converters: dict[str, Any] | None = None) -> Iterator[Route]:
    for pattern in patterns:
        known = {**(converters or {}), **getattr(pattern.pattern, "converters", {})}
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, text, known)
        elif isinstance(pattern, URLPattern):
            yield Route(text, pattern.callback, known)


def routes() -> list[Route]:
    return list(walk(get_resolver().url_patterns))


def rules(route: Route) -> list[Rule | None]:
    several = getattr(route.callback, "access_rules", None)
    return list(several.values()) if several else [getattr(route.callback, "access_rule", None)]


def test_every_route_declares_a_rule() -> None:
    found = routes()
    assert len(found) > 60
    undeclared = [str(route) for route in found if any(rule is None for rule in rules(route))]
    assert undeclared == []
    for route in found:
        for rule in rules(route):
            assert rule is not None and rule.audience in ("public", "officials", "token"), route


def test_every_operation_of_the_document_declares_a_rule() -> None:
    declared = {
        (method, pattern.pattern._route)
        for pattern in api.urls[0]
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
        for operation in operations(pattern)
        for method in operation.methods
        if rule_of(operation) is not None
    }
    described = [(method.upper(), path) for path, item in document()["paths"].items() for method in item]
    assert len(described) == len(declared) > 40


@pytest.fixture
def ids(play: Callable[..., Any], settings: Any, tmp_path: Path) -> dict[str, str]:
    """Real keys of a case of the bureau that waits for publication, and of one that is published."""
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    published = play("publish").case
    sequence(published.jurisdiction)
    journey = play("serve-decision")
    case = journey.case
    letter = documents.latest(case, "penalty-decision")
    decision = decisions.of_case(case)
    evidence = cases.evidence(case).exclude(file=None).first()
    statement = next(iter(cases.statements(case)), None)
    assert letter and decision and evidence and statement
    holder = actor_named("lince").officer_id
    pad = issue_pad(actor=actor_named("luming"), kind="onsite-penalty-decision", count=2, holder_id=holder)
    lists = begin_list("recording-list", "all", title="清单", actor=actor_named("admin"))
    sheet = receive_bytes("编码,名称\n1,甲\n".encode())
    job = begin_import(lists.id, file=sheet, filename="清单.csv", actor=actor_named("admin"))
    return {
        **_statutes(),
        **_archives(case),
        "case_id": str(case.id),
        "document_id": str(letter.id),
        "evidence_id": str(evidence.id),
        "recording_id": str(case.recordings.earliest("id").id),
        "statement_id": str(statement.id),
        "decision_id": str(decision.id),
        **_joint(play("evidence")),
        "publication_id": str(Publication.objects.get(decision=decision).id),
        "entry_id": str(Publication.objects.get(decision__case_id=published.id).id),
        "officer_id": str(User.objects.get(username="lince").officer_id),
        "edition_id": str(case.items_id),
        "other_id": str(case.items_id),
        "draft_id": str(lists.id),
        "job_id": str(job.id),
        "token_id": str(_token().id),
        "sha256": str(evidence.file_id),
        "kind": "penalty-decision",
        "to": "perform-wait",
        "matter": "1",
        "name": case.jurisdiction,
        "path": "checkpoint",
        "rest": "nothing",
        "code": "P-PT",
        "form": "svg",
        "ending": "csv",
        "pad_id": str(pad.id),
        "n": "1",
        "form_id": str(_layout().id),
        "approval_id": str(uuid.uuid4()),
    }


def _layout() -> AgencyForm:
    """An own form of the bureau that waits to be put into use."""
    data = whole()
    report = examine(FORM, data)
    return upload(FORM, name="", incoming=receive_bytes(data), report=report, actor=actor_named("admin"))


def _joint(journey: Any) -> dict[str, str]:
    """Real keys of a joining and of the second party's case."""
    with clock.frozen(clock.at(journey.day, 15)):
        party = {**_PARTY, "party_name": "远望市政工程有限公司", "uscc": "91990100MA1YW00014"}
        other = case_actions.add_party(journey.id, actor=actor_named("lince"), reason="共同实施", **party)
    return {"joint_id": str(other.id), "joining_id": str(cases.joinings(other)[0].id)}


def _archives(case: Case) -> dict[str, str]:
    """Real keys of a request to read, a hold, a list of destruction and a scanned paper."""
    archivist, now, today = actor_named("jiangmu"), clock.now(), clock.today()
    loan = Loan.objects.create(
        edition=Edition.objects.get(kind="loan-list", organisation=case.organisation),
        case=case, organisation_id=case.organisation_id, reader="self", reader_name="卫青禾", purpose="work",
        purpose_text="参考", volume="main", until=today, rule="LOAN-03", asked_by_id=actor_named("weiqing").officer_id,
        asked_at=now,
    )  # fmt: skip
    disposal = Disposal.objects.create(
        organisation_id=case.organisation_id, year=today.year, seq=1, reason="期满", waits_days=30,
        made_by_id=archivist.officer_id, made_at=now,
    )  # fmt: skip
    purge = Purge.objects.create(
        organisation_id=case.organisation_id, year=today.year, seq=1, reason="期满", made_by_id=archivist.officer_id,
        made_at=now,
    )  # fmt: skip
    appeal = Appeal.objects.create(
        case=case, kind="litigation", authority="明水区人民法院", number="0号", received_on=today,
        by_id=archivist.officer_id, at=now,
    )  # fmt: skip
    asked = ErasureRequest.objects.create(
        case=case, ground="court", reason="判决", reference="0号", by_id=archivist.officer_id, at=now
    )
    ErasureWords.objects.create(request=asked, text="无此人")
    hold = Hold.objects.create(case=case, ground="other", reason="核查", by_id=archivist.officer_id, at=now)
    scan = take_in([receive_bytes(paper_decision("明水区综合行政执法局", today))], actor=archivist, name="旧卷")
    return {
        "loan_id": str(loan.id),
        "disposal_id": str(disposal.id),
        "purge_id": str(purge.id),
        "hold_id": str(hold.id),
        "request_id": str(asked.id),
        "appeal_id": str(appeal.id),
        "scan_id": str(scan.id),
        "number": "1",
    }


def _token() -> ApiToken:
    create_token(
        Officer.objects.get(id=actor_named("lince").officer_id), label="试", by=actor_named("lince").snapshot("handler")
    )
    return ApiToken.objects.latest("created_at")


def _statutes() -> dict[str, str]:
    """Real keys of a law, of an own rule and of a re-examination."""
    admin = actor_named("admin")
    rule = statutes.draft_rule(kind="other", title="会商办法", body="第一条 会商。", original=None, actor=admin)
    day = dt.date(2027, 3, 1)
    amended = statutes.record_amendment("大气法", kind="amended", effective_from=day, basis="编造", actor=admin)
    law = law_in_force("大气法")
    listed = amended.reexaminations.first()
    assert law and listed
    return {
        "law_id": str(law.id),
        "rule_id": str(rule.rule_id),
        "version_id": str(rule.id),
        "amendment_id": str(amended.id),
        "reexamination_id": str(listed.id),
    }


def address(text: str, ids: dict[str, str]) -> str:
    """The address with real keys; a parameter that the test does not know gets a key that exists nowhere."""

    def value(match: re.Match[str]) -> str:
        return ids.get(match[2], str(uuid.uuid4()))

    text = re.sub(r"\(\?P<(rest)>[^)]*\)", lambda match: ids[match[1]], text)
    return "/" + re.sub(r"<(?:(\w+):)?(\w+)>", value, text).replace("^", "").replace("$", "")


def asks(client: Client, method: str, path: str) -> int:
    # A closed door must not depend on what is sent: an empty form does.
    response = client.generic(method, path, b"", "application/x-www-form-urlencoded")
    if response.streaming:
        b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return response.status_code


def test_nobody_gets_behind_a_closed_door(ids: dict[str, str]) -> None:
    wrong = []
    for route in routes():
        for method in ("GET", "POST"):
            declared = getattr(route.callback, "access_rules", {}).get(method) or rules(route)[0]
            status = asks(Client(), method, address(route.text, ids))
            if status >= 500 or (declared.audience != "public" and status not in CLOSED):
                wrong.append((method, str(route), status))
    assert wrong == []


def test_each_role_meets_its_rule_and_no_fault(ids: dict[str, str], login: Callable[[str], Client]) -> None:
    wrong = []
    for username in OWN:
        actor, client = actor_of_user(User.objects.get(username=username)), login(username)
        for route in routes():
            rule = rules(route)[0]
            if rule.audience != "officials" or "sign-out" in route.text:
                continue
            shut = bool(rule.roles) and not actor.has(*rule.roles)
            for method in ("GET", "POST"):
                status = asks(client, method, address(route.text, ids))
                if status >= 500 or (shut and status not in CLOSED):
                    wrong.append((username, method, str(route), status))
    assert wrong == []


def test_a_page_that_is_only_read_takes_nothing_else(login: Callable[[str], Client]) -> None:
    assert login("lince").post("/in/statutes/").status_code == 405
    assert login("lince").post("/in/administration/").status_code == 403, "the role is asked first"
    assert Client().post("/in/statutes/").status_code == 302


_OBJECTS = (
    "appeal_id",
    "recording_id",
    "token_id",
    "draft_id",
    "case_id",
    "document_id",
    "evidence_id",
    "statement_id",
    "decision_id",
    "publication_id",
    "pad_id",
    "loan_id",
    "disposal_id",
    "purge_id",
    "scan_id",
    "sha256",
)


def test_another_organisation_sees_nothing(ids: dict[str, str], login: Callable[[str], Client]) -> None:
    wrong, asked = [], 0
    for username in FOREIGN:
        client = login(username)
        for route in routes():
            if rules(route)[0].audience != "officials" or not any(f":{name}>" in route.text for name in _OBJECTS):
                continue
            for method in ("GET", "POST"):
                asked += 1
                status = asks(client, method, address(route.text, ids))
                if status not in CLOSED:
                    wrong.append((username, method, str(route), status))
    assert asked > 80
    assert wrong == []


_LEAD = {
    "source": "report",
    "cause": "涉嫌施工工地未采取有效防尘降尘措施",
    "facts": "群众反映工地扬尘严重。",
    "item_code": "3.14",
    "conduct_ended_on": "2026-09-14",
    "discovered_on": "2026-09-14",
    "party_kind": "organisation",
    "party_name": "清和建筑工程有限公司",
    "uscc": "91990100MA1QH00018",
    "address": "明水区望江路66号",
}
_PARTY = {name: _LEAD[name] for name in ("party_kind", "party_name", "uscc", "address")}
# A body that would be accepted from the right person, so that only the door can refuse it. A dict with "form" is multipart.
BODIES: dict[tuple[str, str], Any] = {
    ("post", "/cases"): _LEAD,
    ("post", "/cases/{case_id}/moves"): {"to": "perform-wait"},
    ("post", "/cases/{case_id}/links"): {"procedure": "P-CS", "to": "need-check"},
    ("post", "/cases/{case_id}/findings"): {"guard": "finding-gp-01@1", "met": True, "grounds": "已出示证件"},
    ("post", "/cases/{case_id}/facts"): {"facts": {"grave": False}},
    ("post", "/cases/{case_id}/hearing-hosts"): {"officer_id": "officer_id"},
    ("post", "/cases/{case_id}/rechecks"): {"officer_id": "officer_id"},
    ("post", "/cases/{case_id}/parties"): _PARTY,
    ("post", "/cases/{case_id}/duties"): {"officer_id": "officer_id"},
    ("post", "/cases/{case_id}/avoidance"): {"conflict": False},
    ("post", "/cases/{case_id}/avoidance/requests"): {"officer_id": "officer_id", "applicant": "甲", "ground": "亲属"},
    ("post", "/cases/{case_id}/avoidance/decisions"): {"officer_id": "officer_id", "granted": True, "ground": "亲属"},
    ("post", "/cases/{case_id}/evidence"): {
        "form": {"kind": "documentary", "name": "日志", "proves": "时间", "origin": "提取", "collected_at": NOW}
    },
    ("post", "/cases/evidence/{evidence_id}/exclusion"): {"reason": "来源不合法"},
    ("post", "/cases/{case_id}/recordings"): {
        "form": {"stage": "investigate", "matter": "1", "title": "音像", "started_at": NOW}
    },
    ("post", "/cases/{case_id}/excuses"): {"matter": "2", "reason": "当日设备送修，已报告负责人。"},
    ("post", "/cases/{case_id}/statements"): {
        "form": {"kind": "written", "speaker": "甲", "text": "请求从轻", "received_at": NOW}
    },
    ("post", "/cases/statements/{statement_id}/answer"): {"adopted": False, "reasons": "不成立"},
    ("put", "/cases/{case_id}/drafts/{kind}"): {"fields": {}},
    ("post", "/cases/{case_id}/documents"): {"kind": "site-record", "fields": {}},
    ("post", "/documents/{document_id}/service"): {
        "form": {"mode": "direct", "receiver": "甲", "relation": "self", "served_at": NOW, "place": "某处"}
    },
    ("post", "/documents/{document_id}/attempts"): {
        "form": {"mode": "direct", "outcome": "absent", "tried_at": NOW, "place": "某处", "account": "无人"}
    },
    ("post", "/cases/{case_id}/address"): {
        "form": {"receiver": "甲", "phone": "1", "address": "某处", "electronic": False}
    },
    ("post", "/documents/{document_id}/void"): {"reason": "写错"},
    ("post", "/documents/{document_id}/correction"): {
        "slips": [{"path": "publicity", "before": "甲", "after": "乙"}],
        "reason": "漏字",
    },
    ("post", "/documents/{document_id}/signatures"): {
        "who": "party",
        "name": "甲",
        "strokes": [[[1, 1, 0, 500], [9, 9, 20, 500]]],
        "digest": "0" * 64,
    },
    ("post", "/documents/{document_id}/refusals"): {"who": "party", "name": "甲", "reason": "不愿签", "witness": "乙"},
    ("post", "/documents/{document_id}/paper-signatures"): {"form": {"signed": "party:甲"}},
    ("post", "/layouts"): {"form": {"kind": "site-record", "name": "笔录"}},
    ("post", "/layouts/check"): {"form": {"kind": "site-record"}},
    ("post", "/layouts/{form_id}/use"): None,
    ("post", "/layouts/{form_id}/withdrawal"): {"reason": "改版"},
    ("post", "/cases/{case_id}/approvals"): {"kind": "preserve-approval", "fields": {}},
    ("post", "/approvals/{approval_id}/answer"): {"step": "head", "choice": "agree", "digest": "0" * 64},
    ("post", "/approvals/{approval_id}/withdrawal"): None,
    ("post", "/cases/{case_id}/circles/{kind}/admissions"): {"officer_id": "officer_id", "reason": "协助核查"},
    ("post", "/pads"): {"kind": "onsite-penalty-decision", "count": 2, "holder_id": "officer_id"},
    ("post", "/pads/voids"): {"number": "明综执当罚〔2026〕1号", "reason": "损毁"},
    ("post", "/pads/{pad_id}/closing"): None,
    ("post", "/cases/{case_id}/reviews"): {"attested": True},
    ("post", "/cases/{case_id}/reviews/withdrawal"): {"reason": "改草稿"},
    ("post", "/cases/{case_id}/reviews/allocation"): {"officer_id": "officer_id", "reason": "出差"},
    ("post", "/cases/{case_id}/reviews/supplement"): {"text": "补充录像"},
    ("post", "/cases/{case_id}/reviews/supplement/answer"): {"text": "已补充"},
    ("post", "/cases/{case_id}/reviews/notes"): {"key": "draft", "page": 1, "text": "引用有误"},
    ("post", "/cases/{case_id}/reviews/dispute"): {"points": ["facts"], "view": "录像足以证明"},
    ("post", "/cases/{case_id}/reviews/meetings"): {
        "held_on": "2026-09-14",
        "place": "会议室",
        "participants": ["林策"],
        "minutes": "讨论",
    },
    ("post", "/cases/{case_id}/reviews/ruling"): {"outcome": "adopted", "reasons": "理由"},
    ("post", "/cases/{case_id}/reviews/consultations"): {
        "counsel_id": "officer_id",
        "question": "定性？",
        "materials": ["draft"],
        "until": "2026-09-14",
    },
    ("post", "/cases/{case_id}/reviews/opinion"): {"conclusion": "agree", "text": "同意", "points": []},
    ("post", "/cases/{case_id}/decision"): {"opinion": "同意"},
    ("post", "/decisions/{decision_id}/revocation"): {"reason": "主体有误"},
    ("post", "/decisions/{decision_id}/redo"): {
        "ordered_by": "self",
        "fault": "facts",
        "reason": "事实不清",
        "handlers": ["00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"],
    },
    ("post", "/decisions/{decision_id}/changes"): {
        "variant": "change",
        "reason": "裁量过重",
        "content": "罚款改为一万元",
        "effects": "退还多缴的罚款",
        "articles": [{"citation": "《行政处罚法》第七十五条第二款"}],
    },
    ("post", "/cases/{case_id}/hearing/session"): {
        "held_at": "2026-10-20T09:00:00+08:00",
        "place": "会议室",
        "clerk_id": "officer_id",
        "disinterested": True,
    },
    ("post", "/cases/{case_id}/hearing/attendees"): {"role": "party", "name": "甲"},
    ("post", "/cases/{case_id}/hearing/record"): {
        "start": NOW,
        "end": NOW,
        "examined": [],
        "presentation": "陈述",
        "defence": "申辩",
        "debate": "辩论",
        "last_word": "请求从轻",
    },
    ("post", "/cases/{case_id}/hearing/termination"): {"ending": "absent", "reason": "没有到场"},
    ("post", "/cases/{case_id}/hearing/report"): {
        "gist": "经过",
        "disputes": "无",
        "evidence": [{"name": "书证：日志", "accepted": "yes", "reason": "真实"}],
        "opinion": "维持",
        "proposal": "keep",
    },
    ("post", "/cases/{case_id}/discussions"): {
        "ground": "complex",
        "agenda": "处罚意见",
        "place": "会议室",
        "clerk": "苏棠",
    },
    ("post", "/cases/{case_id}/discussions/voices"): {"view": "agree", "reason": "事实清楚"},
    ("post", "/cases/{case_id}/discussions/conclusion"): {
        "outcome": "agree",
        "text": "同意",
        "report": "汇报",
        "evidence_view": "充分",
    },
    ("post", "/cases/{case_id}/no-penalty"): {"ground": "no_fault", "facts": "事实", "reason": "没有过错"},
    ("post", "/cases/{case_id}/transfer"): {"reason": "涉嫌犯罪"},
    ("post", "/cases/{case_id}/joint-cases"): {"other_id": "joint_id", "reason": "同一事实"},
    ("post", "/cases/{case_id}/joint-cases/parties"): {**_PARTY, "reason": "共同违法"},
    ("post", "/joinings/{joining_id}/parting"): {"reason": "进度不同"},
    ("post", "/consultations/{consultation_id}/answer"): {"text": "定性准确"},
    ("post", "/counsel"): {"officer_id": "officer_id", "kind": "adviser", "field": "环境保护"},
    ("post", "/counsel/{counsel_id}/end"): {"reason": "合同期满"},
    ("post", "/cases/{case_id}/reviews/study"): {"superior": "清和市局", "question": "是否属于一事"},
    ("post", "/cases/{case_id}/reviews/study/reply"): {"reference": "清执函〔2026〕1号", "text": "属于"},
    ("post", "/cases/{case_id}/payments"): {"amount_fen": 100, "paid_on": "2026-10-20", "voucher": "P1"},
    ("post", "/cases/{case_id}/appeals"): {
        "form": {"kind": "litigation", "authority": "明水区人民法院", "number": "1号", "received_on": "2026-10-20"}
    },
    **{
        ("post", place): {"ids": ["01a2052c-264f-7a9f-ab03-69cdb7b29021"], "attested": True}
        for place in ("/publications/sign-off", "/publication-submissions/approvals")
    },
    ("post", "/cases/{case_id}/visits"): {"place": "明水区望江路66号"},
    ("post", "/cases/{case_id}/visits/confirmation"): {"word": "123456", "confirmed_by": "许山河"},
    ("post", "/appeals/{appeal_id}/end"): {"form": {"outcome": "upheld", "number": "2号", "ended_on": "2026-10-21"}},
    ("post", "/cases/{case_id}/acceptance"): None,
    ("post", "/cases/{case_id}/dossier/return"): {"reason": "缺页"},
    ("post", "/cases/{case_id}/dossier/offer"): {"note": "已补正"},
    ("post", "/cases/{case_id}/erasures"): {
        "words": "许山河",
        "ground": "court",
        "reason": "判决删除",
        "reference": "9号",
    },
    ("post", "/erasures/{request_id}/approval"): None,
    ("post", "/erasures/{request_id}/refusal"): {"reason": "不符合法定情形"},
    ("post", "/publications/{publication_id}/release"): {"attested": True},
    ("post", "/publications/{publication_id}/withdrawal"): {"reason": "有误"},
    ("post", "/publications/{publication_id}/withholding"): {"ground": "privacy", "reason": "隐去后仍能识别。"},
    ("post", "/publication-submissions/{submission_id}/answer"): {"approved": True},
    ("post", "/decisions/{decision_id}/credit"): {"severity": "general", "publish": True},
    ("post", "/credit-requests/{credit_request_id}/answer"): {"approved": True},
    ("post", "/decisions/{decision_id}/channels/report"): {"happened_on": "2026-10-20"},
    ("post", "/decisions/{decision_id}/channels/end"): {
        "channel": "credit",
        "ground": "expired",
        "arose_on": "2026-10-20",
        "happened_on": "2026-10-20",
    },
    ("post", "/channel-ends/{channel_end_id}/answer"): {"approved": True},
    ("post", "/years"): {"year": 2026},
    ("post", "/years/{year_draft_id}/release"): None,
    ("post", "/years/{year_draft_id}/sending"): {"receiver": "市局", "sent_on": "2026-10-20"},
    ("post", "/petitions/{petition_id}/steps"): {"kind": "accepted", "text": "已经受理。"},
}


def described() -> list[tuple[str, str]]:
    return [(method, path.removeprefix("/api/v1")) for path, item in document()["paths"].items() for method in item]


def test_every_write_of_the_document_is_tried() -> None:
    assert {(method, path) for method, path in described() if method != "get"} == set(BODIES)


def call(client: Client, method: str, path: str, ids: dict[str, str], token: str = "") -> tuple[int, str]:
    body = BODIES.get((method, path))
    target = "/api/v1" + re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], str(uuid.uuid4())), path)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    if isinstance(body, dict) and "form" in body:
        response = client.post(target, body["form"], headers=headers)
    else:
        filled = {key: ids.get(str(value), value) for key, value in body.items()} if body else body
        response = getattr(client, method)(target, filled, content_type="application/json", headers=headers)
    return response.status_code, response.headers["Content-Type"]


def token_of(username: str) -> str:
    officer = User.objects.select_related("officer__organisation").get(username=username).officer
    return create_token(officer, label="测试", by=SYSTEM)


def test_the_interface_needs_a_token(ids: dict[str, str]) -> None:
    for method, path in described():
        status, kind = call(Client(), method, path, ids)
        if path.startswith("/public/"):
            assert status == 200, path
        else:
            assert (status, kind) == (401, "application/problem+json"), (method, path)
            assert call(Client(), method, path, ids, "not-a-token")[0] == 401


def test_the_interface_shows_another_organisation_nothing(ids: dict[str, str]) -> None:
    wrong, asked = [], 0
    for username in FOREIGN:
        token = token_of(username)
        for method, path in described():
            if "{" not in path or path.startswith("/public/"):
                continue
            asked += 1
            status, _ = call(Client(), method, path, ids, token)
            if status not in (403, 404):
                wrong.append((username, method, path, status))
    assert asked > 70
    assert wrong == []


def test_the_interface_holds_each_role_to_its_rule(ids: dict[str, str]) -> None:
    wrong = []
    declared = {
        (operation.methods[0].lower(), "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern.pattern._route)): rule_of(
            operation
        )
        for pattern in api.urls[0]
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
        for operation in operations(pattern)
    }
    for username in OWN:
        token, actor = token_of(username), actor_of_user(User.objects.get(username=username))
        for method, path in described():
            rule = declared[method, path]
            with clock.frozen(clock.at(dt.date(2026, 11, 20), 10)):
                status, _ = call(Client(), method, path, ids, token)
            shut = rule.roles and not actor.has(*rule.roles)
            if status >= 500 or (shut and status != 403):
                wrong.append((username, method, path, status))
    assert wrong == []
