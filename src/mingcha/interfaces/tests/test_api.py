"""The REST interface: the same actions, once per key, problems with stable codes, and a description that holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mingcha.accounts.actions import create_token, revoke_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import ApiToken, User
from mingcha.accounts.queries import actor_named
from mingcha.cases.models import Case, Evidence
from mingcha.common import clock
from mingcha.interfaces.api import door
from mingcha.interfaces.tests.test_access_routes import _LEAD
from mingcha.project.wsgi import application

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 14)


@pytest.fixture
def tokens(district: None) -> Callable[[str], str]:
    door._seen.clear()

    def make(username: str) -> str:
        officer = User.objects.select_related("officer__organisation").get(username=username).officer
        return create_token(officer, label="测试", by=SYSTEM)

    return make


def send(token: str, method: str, path: str, body: Any = None, key: str = "", **more: Any) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {token}", **({"idempotency-key": key} if key else {})}
    with clock.frozen(clock.at(DAY, 10)):
        data = body if isinstance(body, bytes) else json.dumps(body)
        answer = Client().generic(
            method, f"/api/v1{path}", data, content_type="application/json", headers=headers, **more
        )
    return answer.status_code, json.loads(answer.content)


def test_a_lead_is_registered_and_moved_by_the_right_people(tokens: Callable[[str], str]) -> None:
    lince, handu, luming = tokens("lince"), tokens("handu"), tokens("luming")
    second = str(actor_named("handu").officer_id)
    status, case = send(lince, "POST", "/cases", {**_LEAD, "second_officer_id": second})
    assert status == 201 and case["stage"] == "lead" and case["party"] == "清和建筑工程有限公司"
    at = f"/cases/{case['id']}"
    status, refused = send(lince, "POST", f"{at}/moves", {"to": "verify-lead"})
    assert status == 409 and refused["code"] == "avoidance-undeclared"
    assert refused["reasons"][0]["articles"] == ["行政处罚法第四十三条"]
    for token in (lince, handu):
        assert send(token, "POST", f"{at}/avoidance", {"conflict": False})[0] == 201
    assert send(lince, "POST", f"{at}/moves", {"to": "verify-lead"})[1]["stage"] == "verify-lead"
    assert send(lince, "POST", f"{at}/moves", {"to": "file"})[0] == 403
    assert [row["to"] for row in send(luming, "GET", f"{at}/options")[1]] == ["file", "close", "refer-out", "lead"]
    status, refused = send(luming, "POST", f"{at}/moves", {"to": "file"})
    assert status == 409 and [row["code"] for row in refused["reasons"]] == ["finding-missing"]
    finding = {"guard": "finding-gp-02@1", "met": True, "grounds": "符合立案标准。"}
    assert send(luming, "POST", f"{at}/moves", {"to": "file", "findings": [{**finding, "grounds": " "}]})[0] == 422
    status, filed = send(luming, "POST", f"{at}/moves", {"to": "file", "findings": [finding]})
    assert status == 200 and filed["number"].startswith("明综执立〔2026〕") and filed["stage"] == "investigate"
    asked = send(lince, "GET", f"{at}/facts")[1]
    assert {row["name"] for row in asked if row["type"] == "bool"} >= {"grave", "complex", "public_interest"}
    assert send(lince, "POST", f"{at}/facts", {"facts": {"grave": "是"}})[0] == 422
    assert send(lince, "POST", f"{at}/facts", {"facts": {"grave": False}})[0] == 201
    assert [row["value"] for row in send(lince, "GET", f"{at}/facts")[1] if row["name"] == "grave"] == [False]


def test_one_key_acts_once(tokens: Callable[[str], str]) -> None:
    token = tokens("lince")
    first = send(token, "POST", "/cases", _LEAD, key="a-1")
    assert send(token, "POST", "/cases", _LEAD, key="a-1") == first
    assert Case.objects.count() == 1
    status, problem = send(token, "POST", "/cases", {**_LEAD, "facts": "另一件事"}, key="a-1")
    assert (status, problem["code"]) == (409, "idempotency-key-reused")
    assert send(tokens("handu"), "POST", "/cases", _LEAD, key="a-1")[0] == 201
    assert Case.objects.count() == 2


def test_a_refused_call_may_be_sent_again_with_its_key(tokens: Callable[[str], str]) -> None:
    token = tokens("lince")
    assert send(token, "POST", "/cases", {**_LEAD, "party_name": ""}, key="b-1")[0] == 422
    assert send(token, "POST", "/cases", _LEAD, key="b-1")[0] == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b'{"cause": 1.5}', "body"),
        (b'{"cause": NaN}', "body"),
        (b'{"cause": "\\ud800"}', "body"),
        (b'{"cause": "\\u0000"}', "body"),
        (b"[" * 100_000, "body"),
        (json.dumps({**_LEAD, "cause": 7}).encode(), "cause"),
        (json.dumps({**_LEAD, "cause": "长" * 121}).encode(), "cause"),
        (json.dumps({**_LEAD, "conduct_ended_on": "昨天"}).encode(), "conduct_ended_on"),
        (json.dumps({**_LEAD, "surprise": "x"}).encode(), "surprise"),
        (json.dumps({name: value for name, value in _LEAD.items() if name != "source"}).encode(), "source"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(tokens: Callable[[str], str], body: bytes, field: str) -> None:
    status, problem = send(tokens("lince"), "POST", "/cases", body)
    assert (status, problem["code"]) == (422, "invalid-input")
    assert field in problem["fields"]
    assert not Case.objects.exists()


def test_evidence_with_a_file_that_is_none_is_refused(tokens: Callable[[str], str], play: Callable[..., Any]) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case = play("evidence").case
    before = Evidence.objects.count()
    form = {
        "kind": "electronic",
        "name": "截图",
        "proves": "时间",
        "origin": "提取",
        "collected_at": "2026-09-14T09:00:00+08:00",
    }
    headers = {"authorization": f"Bearer {tokens('lince')}"}
    for file, words in ((b"", "空"), (b"not a pdf at all", "这里只接受"), (None, "应当上传")):
        more = {} if file is None else {"file": SimpleUploadedFile("a.pdf", file)}
        answer = Client().post(f"/api/v1/cases/{case.id}/evidence", {**form, **more}, headers=headers)
        assert answer.status_code == 422 and words in answer.json()["fields"]["file"][0]
    assert Evidence.objects.count() == before


def test_a_draft_of_wrong_types_is_refused(tokens: Callable[[str], str], play: Callable[..., Any]) -> None:
    case = play("conclude").case
    path = f"/cases/{case.id}/drafts/investigation-report"
    for fields, place in (
        ({"penalties": "罚款"}, "penalties"),
        ({"penalties": [{"kind": "fine", "amount": "多"}]}, "penalties[0].amount"),
        ({"facts": [{"text": 3}]}, "facts[0].text"),
        ({"nonsense": 1}, "nonsense"),
    ):
        status, problem = send(tokens("lince"), "PUT", path, {"fields": fields})
        assert status == 422 and place in " ".join(problem["fields"])


def test_a_revoked_token_stops_within_two_seconds(
    tokens: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens("lince")
    assert send(token, "GET", "/cases")[0] == 200
    revoke_token(ApiToken.objects.get(label="测试").id, actor=actor_named("admin"))
    moment = door.time.monotonic()
    monkeypatch.setattr(door.time, "monotonic", lambda: moment + 2)
    status, problem = send(token, "GET", "/cases")
    assert (status, problem["code"]) == (401, "token-invalid")


def test_lists_page_by_key_and_see_only_what_the_person_may(tokens: Callable[[str], str]) -> None:
    lince = tokens("lince")
    made = {send(lince, "POST", "/cases", _LEAD)[1]["id"] for _ in range(5)}
    seen, cursor = [], ""
    for _ in range(3):
        page = send(lince, "GET", f"/cases?size=2&cursor={cursor}")[1]
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"] or ""
    assert set(seen) == made and len(seen) == 5 and not cursor
    assert send(tokens("weiqing"), "GET", "/cases")[1]["items"] == []
    assert send(lince, "GET", "/cases?cursor=nonsense")[0] == 422


def test_unknown_addresses_and_methods_are_problems(client: Client) -> None:
    for method, path, status in (
        ("get", "/api/v1/nothing", 404),
        ("delete", "/api/v1/cases", 405),
        ("get", "/api/", 404),
    ):
        answer = getattr(client, method)(path)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_no_cookie_opens_the_interface(login: Callable[[str], Client]) -> None:
    assert login("lince").get("/api/v1/cases").status_code == 401


def test_a_list_costs_the_same_for_few_and_many(tokens: Callable[[str], str]) -> None:
    lince, counts = tokens("lince"), []
    for more in (1, 8):
        for _ in range(more):
            send(lince, "POST", "/cases", _LEAD)
        door._seen.clear()
        with CaptureQueriesContext(connection) as queries:
            assert len(send(lince, "GET", "/cases?size=100")[1]["items"]) >= more
        counts.append(len(queries))
    assert counts == [3, 3]


schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own test client does: the end of a request must not close the connection of the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("username", ["lince"])
@schema.parametrize()
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_description_holds(case: Any, username: str, tokens: Callable[[str], str]) -> None:
    answer = case.call(headers={"Authorization": f"Bearer {tokens(username)}"})
    case.validate_response(
        answer,
        checks=[not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance],
    )
