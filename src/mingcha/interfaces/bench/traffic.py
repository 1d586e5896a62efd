"""One client that plays the writes of the journey over HTTP; every answer is checked and timed."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mingcha.cases.facts import questions
from mingcha.common import clock
from mingcha.interfaces.demo.paper import recording
from mingcha.interfaces.demo.signing import handwriting
from mingcha.review.rules import checklist

# A long record: ten kilobytes of text, as a site record of a real case may have.
LONG = "工地东侧土方开挖作业正在进行，裸露土方未覆盖防尘网，现场扬尘明显，执法人员拍照取证。" * 80


_FACTS = [question.name for question in questions() if question.required]

_BEGUN = clock.now()


@dataclass
class Sample:
    """One request: what it was, how long it took in seconds, the status."""

    name: str
    seconds: float
    status: int


@dataclass
class Client:
    """A keep-alive connection; `samples` collects every request."""

    port: int
    tokens: Mapping[str, str]
    mark: int = 0
    samples: list[Sample] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, name: str, who: str, path: str) -> Any:
        return self._send(name, "GET", path, self._headers(who), None)

    def post(self, name: str, who: str, path: str, body: Any, method: str = "POST") -> Any:
        headers = {**self._headers(who), "Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        return self._send(name, method, path, headers, json.dumps(body).encode())

    def form(self, name: str, who: str, path: str, fields: Mapping[str, str], file: bytes | None = None) -> Any:
        """A multipart form, as a browser sends it."""
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        if file is not None:
            head = 'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav'
            parts += [f"--{edge}\r\n{head}\r\n\r\n".encode(), file, b"\r\n"]
        parts.append(f"--{edge}--\r\n".encode())
        headers = {
            **self._headers(who),
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        return self._send(name, "POST", path, headers, b"".join(parts))

    def _headers(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def _send(self, name: str, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Any:
        begun = time.perf_counter()
        self._connection.request(method, f"/api/v1{path}", body=body, headers=dict(headers))
        answer = self._connection.getresponse()
        data = answer.read()
        self.samples.append(Sample(name, time.perf_counter() - begun, answer.status))
        if answer.status >= 400:
            self.failures.append(f"{name}: {answer.status} {data[:300].decode('utf-8', 'replace')}")
            raise RuntimeError(self.failures[-1])
        return json.loads(data)

    def case(self, officers: Mapping[str, str]) -> str:
        """The writes of one case from the lead to the decision, all checked; returns its id."""
        self.mark += 1
        today = clock.today().isoformat()
        first, second = "lince", "handu"
        lead = {
            "source": "report", "cause": "涉嫌施工工地未采取有效防尘降尘措施", "facts": "群众反映工地扬尘严重。",
            "item_code": "3.14", "conduct_ended_on": today, "discovered_on": today, "party_kind": "organisation",
            "party_name": "清和建筑工程有限公司", "uscc": "91990100MA1QH00018", "legal_representative": "许山河",
            "address": "明水区望江路66号", "second_officer_id": officers[second],
        }  # fmt: skip
        case = str(self.post("register", first, "/cases", lead)["id"])
        at = f"/cases/{case}"
        for who in (first, second):
            self.post("avoidance", who, f"{at}/avoidance", {"conflict": False})
        self.post("move", first, f"{at}/moves", {"to": "verify-lead"})
        self.post("file", "luming", f"{at}/moves", {"to": "file", "findings": [found("gp-02")]})
        for number, (kind, name) in enumerate((("documentary", "作业日志"), ("party_statement", "当事人的陈述"))):
            fields = {
                "kind": kind, "name": name, "proves": "作业时间和面积", "origin": "现场提取",
                "collected_at": _ago(30 - number),
            }  # fmt: skip
            self.form("evidence", first, f"{at}/evidence", fields)
        made = self.post("document", first, f"{at}/documents", {"kind": "site-record", "fields": site_record()})
        self._signed(str(made["id"]), first, "party")
        made = self.post("document", second, f"{at}/documents", {"kind": "inquiry-record", "fields": self.inquiry()})
        self._signed(str(made["id"]), second, "person")
        media = {"stage": "investigate", "matter": "1", "title": "现场检查全程音像", "started_at": _ago(60)}
        sound = recording(seconds=1, mark=self.mark % 30000)
        self.form("recording", second, f"{at}/recordings", media, sound)
        self.post("move", first, f"{at}/moves", {"to": "conclude"})
        self._letters(case, first, second)
        self.post("review", first, f"{at}/reviews", {"attested": True})
        self._opinion(case)
        self.post("decision", "shenyi", f"{at}/decision", {"opinion": "同意审核意见和承办意见，依法作出处罚。"})
        return case

    def _signed(self, document: str, who: str, outside: str) -> None:
        """The signatures that a record demands, on the pad."""
        seen = self.get("read", who, f"/documents/{document}/signatures")["digest"]
        for role, name in ((outside, "许山河"), ("officers", "林策"), ("officers", "韩渡"), ("recorder", "林策")):
            signature = {"who": role, "name": name, "strokes": handwriting(name), "digest": seen, "device": "pen"}
            self.post("signature", who, f"/documents/{document}/signatures", signature)

    def inquiry(self) -> dict[str, Any]:
        """Questioning at a time of its own: an officer sits in one place at once, in whichever case."""
        start = _BEGUN - dt.timedelta(hours=1, seconds=2 * self.mark)
        return {**inquiry_record(), "start": start.isoformat(), "end": (start + dt.timedelta(seconds=1)).isoformat()}

    def _letters(self, case: str, first: str, second: str) -> None:
        at = f"/cases/{case}"
        self.post("draft", first, f"{at}/drafts/investigation-report", {"fields": proposal()}, "PUT")
        self.post("document", first, f"{at}/documents", {"kind": "investigation-report"})
        self.post("facts", first, f"{at}/facts", {"facts": dict.fromkeys(_FACTS, False)})
        judged = [found(name) for name in ("gp-10", "g-13", "gp-19")]
        self.post("move", first, f"{at}/moves", {"to": "head-examine", "findings": judged})
        self.post("move", "shenyi", f"{at}/moves", {"to": "notify"})
        self.post("draft", first, f"{at}/drafts/penalty-notice", {"fields": proposal()}, "PUT")
        notice = self.post("document", first, f"{at}/documents", {"kind": "penalty-notice"})["id"]
        served = {
            "mode": "direct", "receiver": "许山河", "relation": "legal_rep", "served_at": clock.now().isoformat(),
            "place": "明水区望江路66号",
        }  # fmt: skip
        self.form("service", second, f"/documents/{notice}/service", served)
        words = {"kind": "written", "speaker": "许山河", "text": "已经整改，请求从轻。", "received_at": _ago(0)}
        statement = self.form("statement", first, f"{at}/statements", words)["id"]
        self.post("move", first, f"{at}/moves", {"to": "recheck"})
        reasons = {"adopted": False, "reasons": "整改情况已在裁量中考虑，不具备减轻处罚情形。"}
        self.post("answer", first, f"/cases/statements/{statement}/answer", reasons)
        self.post("move", first, f"{at}/moves", {"to": "review-scope"})
        self.post("draft", first, f"{at}/drafts/penalty-decision", {"fields": proposal()}, "PUT")

    def _opinion(self, case: str) -> None:
        round_ = self.get("read", "zhouheng", f"/cases/{case}/reviews")[0]
        link = round_["materials"][0]["key"]
        opinion = {
            "conclusion": "agree",
            "text": "主体合法，事实清楚，证据充分，程序合法，裁量适当，同意。",
            "points": [{"code": row["code"], "result": "met", "link": link} for row in checklist()],
        }
        self.post("opinion", "zhouheng", f"/cases/{case}/reviews/opinion", opinion)


def found(name: str) -> dict[str, Any]:
    """A condition found to be met."""
    return {"guard": f"finding-{name}@1", "met": True, "grounds": "已逐项核对，有案卷材料为证。"}


def _ago(minutes: int) -> str:
    return (clock.now() - dt.timedelta(minutes=minutes)).isoformat()


def site_record() -> dict[str, Any]:
    """A record of some ten kilobytes."""
    return {
        "start": _ago(60), "end": _ago(20), "place": "明水区清源街18号地块工地", "weather": "晴", "recorder": "林策",
        "cert_shown_at": _ago(61), "on_site_person": "许山河（法定代表人）", "party_present": True,
        "observations": [{"fact": LONG, "place": "工地东侧"}], "party_statement": "雾炮故障。", "read_by": "self",
    }  # fmt: skip


def inquiry_record() -> dict[str, Any]:
    return {
        "place": "工地办公室", "recorder": "韩渡",
        "person": {"name": "许山河", "relation": "legal_rep", "job": "总经理"},
        "questions": [{"question": "作业时采取了哪些防尘措施？", "answer": "有两台雾炮，一台坏了没有修。"}],
        "read_by": "self",
    }  # fmt: skip


def proposal() -> dict[str, Any]:
    return {
        "facts": [{"text": "当事人承建的工地进行土方开挖作业，未采取湿法作业、覆盖等防尘降尘措施，现场扬尘明显。"}],
        "nature": "当事人的行为属于施工工地未采取有效防尘降尘措施的违法行为，事实清楚，证据充分。",
        "broken_articles": [{"citation": "《中华人民共和国大气污染防治法》第六十九条第三款"}],
        "penalty_articles": [{"citation": "《中华人民共和国大气污染防治法》第一百一十五条第一款第一项"}],
        "discretion": {
            "factors": "当事人系初次违法，案发后及时完成覆盖。",
            "grade": "一般",
            "standard": "《明水区扬尘污染防治行政处罚裁量基准》第7项",
            "effect": "ordinary",
        },
        "penalties": [{"kind": "fine", "amount": 2_000_000}],
        "correction": "责令立即采取覆盖、洒水等防尘降尘措施。",
    }
