"""Defects of papers, evidence and recordings, and of the order in which things were done."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Evidence, StatedFact, Statement, StatementAnswer
from mingcha.documents.models import HandSignature, Service
from mingcha.recordings.models import Recording
from mingcha.review.findings import UNCLEAR
from mingcha.review.tests.defects import Defect
from mingcha.review.tests.world import World

CHANGED = "text-changed-since-review"
REVOKE = [{"kind": "revoke_permit", "text": "吊销建筑垃圾处置核准证"}]
STOP = [{"kind": "stop_production", "text": "责令停产停业整顿"}]


def signatures(world: World, kind: str, *who: str) -> None:
    rows = HandSignature.objects.filter(document=world.paper(kind))
    (rows.filter(who__in=who) if who else rows).delete()


def service(world: World, **values: Any) -> None:
    Service.objects.filter(document=world.paper("penalty-notice")).update(**values)


def unserved(world: World) -> None:
    Service.objects.filter(document=world.paper("penalty-notice")).delete()


def turned(world: World, kind: str, start: str, end: str) -> None:
    fields = world.paper(kind).fields
    world.edit(kind, **{start: fields[end], end: fields[start]})


def opening(world: World, without: str) -> None:
    rows = [
        {**row, "question": row["question"].replace(without, "材料")}
        for row in world.paper("inquiry-record").fields["opening"]
    ]
    world.edit("inquiry-record", opening=rows)


def not_told(world: World) -> None:
    rows = world.paper("site-record").fields["told"]
    world.edit("site-record", told=[{**rows[0], "done": "no"}, *rows[1:]])


def shown_late(world: World) -> None:
    start = dt.datetime.fromisoformat(world.paper("site-record").fields["start"])
    world.edit("site-record", cert_shown_at=(start + dt.timedelta(minutes=20)).isoformat())


def vague(world: World) -> None:
    world.edit("penalty-notice", penalties=[{"kind": "fine", "amount": 2_000_000, "text": "按规定处理"}])


def unheard(world: World) -> None:
    silent(world)
    world.period("PEN-14", world.now.date() + dt.timedelta(days=3))


def silent(world: World) -> None:
    StatementAnswer.objects.filter(statement__case_id=world.journey.id).delete()
    Statement.objects.filter(case_id=world.journey.id).delete()


def unanswered(world: World) -> None:
    StatementAnswer.objects.filter(statement__case_id=world.journey.id).delete()


def evidence(world: World, seq: int, **values: Any) -> None:
    Evidence.objects.filter(case_id=world.journey.id, seq=seq).update(**values)


def more_evidence(world: World) -> None:
    cases.record_evidence(
        world.journey.id,
        actor=actor_named("lince"),
        kind="documentary",
        name="补充书证",
        proves="审核以后补充",
        origin="当事人提供",
        collected_at=world.now,
    )


def exclude(world: World, *seqs: int) -> None:
    for row in Evidence.objects.filter(case_id=world.journey.id, seq__in=seqs):
        cases.exclude_evidence(row.id, actor=actor_named("lince"), reason="来源不合法")


def only_words(world: World) -> None:
    Evidence.objects.filter(case_id=world.journey.id).update(kind="party_statement")


def unrecorded(world: World) -> None:
    Recording.objects.filter(case_id=world.journey.id).update(matter="9")


def interrupted(world: World) -> None:
    row = Recording.objects.get(case_id=world.journey.id)
    Recording.objects.filter(pk=row.pk).update(duration_ms=60_000)
    row.pk, row.title, row.duration_ms, row.assignment = uuid.uuid4(), "后半段", 60_000, None
    row.started_at += dt.timedelta(minutes=20)
    row.save(force_insert=True)


def held(world: World) -> None:
    world.say("hearing_requested")
    world.copy("hearing-record", -1, start=(world.now - dt.timedelta(days=1)).isoformat())


def too_early(world: World) -> None:
    """Notified two days before the hearing."""
    notice = world.copy("hearing-notice", -4)
    receipt = world.paper("service-receipt")
    Service.objects.create(
        document=notice, mode="direct", receiver="许山河", relation="legal_rep", served_at=notice.issued_at,
        effective_on=(world.now - dt.timedelta(days=4)).date(), receipt=receipt,
    )  # fmt: skip
    world.copy("hearing-record", -2, start=(world.now - dt.timedelta(days=2)).isoformat())


def unstated(world: World) -> None:
    StatedFact.objects.filter(case_id=world.journey.id, name="grave").delete()


def refusal(world: World) -> None:
    world.edit("site-record", refusal="当事人拒绝签名", witness="", recordings="")


ROWS = [
    Defect("没有立案审批表", "documents", "paper-missing", lambda w: w.lose("case-filing-approval")),
    Defect("没有任何笔录", "documents", "paper-missing", lambda w: w.lose("site-record", "inquiry-record")),
    Defect("没有调查终结报告", "documents", "paper-missing", lambda w: w.lose("investigation-report")),
    Defect("没有事先告知书", "documents", "paper-missing", lambda w: w.lose("penalty-notice")),
    Defect("没有送达回证", "documents", "paper-missing", lambda w: w.lose("service-receipt")),
    Defect("当事人没有在现场笔录上签名", "documents", "unsigned", lambda w: signatures(w, "site-record", "party")),
    Defect("执法人员没有在现场笔录上签名", "documents", "unsigned", lambda w: signatures(w, "site-record", "officers")),
    Defect("被询问人没有在询问笔录上签名", "documents", "unsigned", lambda w: signatures(
        w, "inquiry-record", "person", "party", "questioned")),
    Defect("询问笔录没有任何签名", "documents", "unsigned", lambda w: signatures(w, "inquiry-record")),
    Defect("拒绝签名而没有见证人和录像", "documents", "V4-no-witness", refusal),
    Defect("笔录结束早于开始", "documents", "order", lambda w: turned(w, "site-record", "start", "end")),
    Defect("告知书留有没有填写的内容", "documents", "V12-left-open", lambda w: w.edit(
        "penalty-notice", reason="当事人的行为违反____的规定。")),
    Defect("笔录内容读不出来", "documents", "paper-unreadable", lambda w: w.edit("site-record", start="昨天下午")),
    Defect("送达的听证通知没有送达凭证", "documents", "service-missing", lambda w: w.copy("hearing-notice", -1)),
    Defect("报告早于询问笔录", "procedure", "L-06", lambda w: w.redate("inquiry-record", 7)),
    Defect("告知早于调查终结报告", "procedure", "L-07", lambda w: w.redate("investigation-report", 3)),
    Defect("报告早于立案", "procedure", "after-filing", lambda w: w.redate("investigation-report", -10)),
    Defect("告知书日期早于报告日期", "procedure", "notice-report", lambda w: w.edit("penalty-notice", issue_date="2026-09-18")),
    Defect("送达早于告知书", "procedure", "steps-out-of-order", lambda w: service(
        w, effective_on=w.paper("penalty-notice").issued_at.date() - dt.timedelta(days=2))),
    Defect("送审以后才送达告知书", "procedure", "steps-out-of-order", lambda w: service(
        w, effective_on=w.now.date() + dt.timedelta(days=1))),
    Defect("立案晚于调查终结报告", "procedure", "steps-out-of-order", lambda w: w.row(
        filed_on=w.now.date() - dt.timedelta(days=1))),
    Defect("告知书没有送达", "procedure", "notice-not-served", unserved),
    Defect("告知书不在案卷里", "procedure", "notice-not-served", lambda w: w.lose("penalty-notice")),
    Defect("告知书没有拟处罚内容", "procedure", "notice-incomplete", lambda w: w.edit("penalty-notice", penalties=[])),
    Defect("告知书没有理由", "procedure", "notice-incomplete", lambda w: w.edit("penalty-notice", reason="")),
    Defect("告知书没有依据", "procedure", "notice-incomplete", lambda w: w.edit(
        "penalty-notice", broken_articles=[])),
    Defect("告知书没有事实", "procedure", "notice-incomplete", lambda w: w.edit("penalty-notice", facts=[])),
    Defect("拟处罚写成按规定处理", "procedure", "notice-concrete", vague),
    Defect("没有听取陈述申辩，期限未满", "procedure", "statement-not-heard", unheard),
    Defect("陈述申辩没有复核", "procedure", "statement-unanswered", unanswered),
    Defect("第二次陈述申辩没有复核", "procedure", "statement-unanswered", lambda w: w.say("oral")),
    Defect("超过九十日才送审", "procedure", "decision-late", lambda w: w.period(
        "PEN-01", w.journey.day - dt.timedelta(days=1))),
    Defect("早已超过九十日", "procedure", "decision-late", lambda w: w.period("PEN-01", dt.date(2026, 9, 20))),
    Defect("先检查后出示证件", "procedure", "V3-shown-late", shown_late),
    Defect("询问前没有出示证件", "procedure", "shown", lambda w: opening(w, "证件")),
    Defect("询问前没有告知回避权", "procedure", "rights", lambda w: opening(w, "回避")),
    Defect("现场检查有事项没有告知", "procedure", "told", not_told),
    Defect("没有说明案件是否重大", "procedure", "circumstances-missing", unstated),
    Defect("听证没有告知：罚款数额", "procedure", "hearing-not-offered", lambda w: w.fine(6_000_000)),
    Defect("听证没有告知：吊销许可证件", "procedure", "hearing-not-offered", lambda w: w.both(penalties=REVOKE)),
    Defect("听证没有告知：停产停业", "procedure", "hearing-not-offered", lambda w: w.both(penalties=STOP)),
    Defect("听证没有告知：较大数额罚款（告知书漏写）", "procedure", "hearing-not-offered", lambda w: w.edit(
        "penalty-notice", hearing=False), world="hearing"),
    Defect("听证没有告知：对个人的较大数额罚款", "procedure", "hearing-not-offered", lambda w: w.edit(
        "penalty-notice", hearing=False), world="person"),
    Defect("听证申请期没有届满", "procedure", "hearing-window-running", lambda w: w.period(
        "PEN-04", w.now.date() + dt.timedelta(days=2)), world="hearing"),
    Defect("要求听证而没有举行", "procedure", "hearing-not-held", lambda w: w.say("hearing_requested"), world="hearing"),
    Defect("举行听证而没有报告", "procedure", "hearing-report-missing", held, world="hearing"),
    Defect("听证通知不足七个工作日", "procedure", "L-09", too_early, world="hearing"),
    Defect("送审以后改了草稿", "procedure", CHANGED, lambda w: w.redraft(correction="责令停止作业。")),
    Defect("送审以后改了罚款数额", "procedure", CHANGED, lambda w: w.redraft(
        penalties=[{"kind": "fine", "amount": 1_500_000}])),
    Defect("送审以后增加证据", "procedure", CHANGED, more_evidence, forbidden=False),
    Defect("送审以后排除证据", "procedure", CHANGED, lambda w: exclude(w, 2), forbidden=False),
    Defect("证据没有来源", "evidence", "evidence-incomplete", lambda w: evidence(w, 1, origin="")),
    Defect("证据没有证明内容", "evidence", "evidence-incomplete", lambda w: evidence(w, 3, proves="")),
    Defect("证据全部被排除", "evidence", "evidence-missing", lambda w: exclude(w, 1, 2, 3), forbidden=False),
    Defect("只有当事人陈述", "evidence", "evidence-uncorroborated", only_words, UNCLEAR),
    Defect("告知以后才取得的证据", "evidence", "evidence-after-notice", lambda w: evidence(
        w, 2, collected_at=w.now), UNCLEAR),
    Defect("缺少应当全程记录的音像", "evidence", "recording-missing", unrecorded),
    Defect("全程音像中断没有说明", "evidence", "recording-interrupted", interrupted),
    Defect("询问人员同时在询问他人", "evidence", "one-sitting", lambda w: w.edit(
        "inquiry-record", overlaps=["同一时间询问乙"])),
]  # fmt: skip
