"""Defects of facts, law, discretion and of the draft itself."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from mingcha.cases.models import Case, Evidence, EvidenceExclusion, Party, StatedFact, Statement
from mingcha.review.findings import UNCLEAR
from mingcha.review.tests.defects import Defect
from mingcha.review.tests.world import World, identity
from mingcha.statutes.models import Law

AIR = "大气污染防治法"
OTHER = "《中华人民共和国大气污染防治法》第七十条"
RANGE, GRADE = "amount-out-of-range", "amount-off-grade"
IN_FORCE = "article-not-in-force"


def cite(world: World, name: str, text: str) -> None:
    world.both(**{name: [{"citation": text}]})


def law(**values: Any) -> None:
    Law.objects.filter(name=AIR).update(**values)


def renewed(world: World) -> None:
    """A new version of the law stands since yesterday and says something else."""
    law(effective_to=world.now.date() - dt.timedelta(days=2))
    row = Law.objects.get(name=AIR)
    articles = list(row.articles.all())
    row.pk, row.effective_from, row.effective_to = uuid.uuid4(), world.now.date() - dt.timedelta(days=1), None
    row._state.adding = True
    row.save(force_insert=True)
    for article in articles:
        article.pk, article.law, article.summary = uuid.uuid4(), row, article.summary + "（修订）"
        article._state.adding = True
        article.save(force_insert=True)


def discretion(world: World, **values: Any) -> None:
    before = world.submission.content["fields"]["discretion"]
    world.draft(discretion={**before, **values})


def effect(world: World, name: str, fen: int) -> None:
    discretion(world, effect=name)
    world.fine(fen)


def party(world: World, **values: Any) -> None:
    row = Party.objects.filter(case_id=world.journey.id).latest("version")
    for name, value in values.items():
        setattr(row, name, value)
    row.pk, row.version = uuid.uuid4(), row.version + 1
    row._state.adding = True
    row.save(force_insert=True)


def twice(world: World) -> None:
    """The same party was fined for the same conduct of the same day in another case."""
    case = world.case
    mine = Party.objects.filter(case=case).latest("version")
    Case.objects.filter(pk=world.spare).update(
        conduct_ended_on=case.conduct_ended_on, item_code=case.item_code, party_name=case.party_name
    )
    Party.objects.filter(case_id=world.spare).update(uscc=mine.uscc, name=mine.name)
    letter = world.copy("penalty-decision", penalties=[{"kind": "fine", "amount": 1_000_000}])
    type(letter).objects.filter(pk=letter.pk).update(case_id=world.spare)


def beside(world: World) -> None:
    """The same party, the same day, still at work."""
    case = world.case
    mine = Party.objects.filter(case=case).latest("version")
    Case.objects.filter(pk=world.spare).update(conduct_ended_on=case.conduct_ended_on)
    Party.objects.filter(case_id=world.spare).update(uscc=mine.uscc)


def prosecuted(world: World) -> None:
    world.row(cause="涉嫌销售不合格产品")
    StatedFact.objects.create(
        case_id=world.journey.id, name="amount", value=8_000_000, at=world.now,
        stated_by_id=world.submission.submitted_by_id,
    )  # fmt: skip


def renamed(world: World) -> None:
    rows = world.submission.content["fields"]["parties"]
    world.draft(parties=[{**rows[0], "name": "清河建筑工程有限公司"}])


def remedies(world: World, **values: Any) -> None:
    world.draft(remedies={**world.submission.content["fields"]["remedies"], **values})


def without(world: World, *names: str) -> None:
    world.draft(**dict.fromkeys(names, ""))


def addressed(world: World, **values: Any) -> None:
    rows = world.submission.content["fields"]["parties"]
    world.draft(parties=[{**rows[0], **values}])


def excluded(world: World) -> None:
    """A piece of evidence is excluded after the draft was written; the draft still rests on it."""
    row = Evidence.objects.filter(case_id=world.journey.id).earliest("seq")
    EvidenceExclusion.objects.create(evidence=row, reason="取得程序违法", at=world.now)


def early(world: World) -> None:
    rows = Statement.objects.filter(case_id=world.journey.id)
    rows.update(received_at=world.now - dt.timedelta(days=60))


ROWS = [
    Defect("草稿的立案日期与案卷不同", "procedure", "draft-filing-day", lambda w: w.draft(filing_date="2026-09-01")),
    Defect("草稿的告知书文号是另一份", "procedure", "draft-notice-number", lambda w: w.draft(
        notice_no="明综执罚告〔2026〕99号")),
    Defect("草稿的告知送达日期与回证不同", "procedure", "draft-notice-day", lambda w: w.draft(
        notice_served_on="2026-09-02")),
    Defect("草稿说没有陈述申辩而案卷有", "procedure", "draft-denies-statement", lambda w: w.draft(response="none")),
    Defect("草稿说有陈述申辩而案卷没有", "procedure", "draft-invents-statement", lambda w: Statement.objects.filter(
        case_id=w.journey.id).update(kind="hearing_waived")),
    Defect("应当告知听证而草稿说不属于", "procedure", "draft-denies-hearing", lambda w: w.draft(hearing="not_due"),
        world="hearing"),
    Defect("草稿说举行了听证而案卷没有", "procedure", "draft-invents-hearing", lambda w: w.draft(hearing="held")),
    Defect("陈述申辩登记在告知送达以前", "procedure", "statement-before-notice", early),
    Defect("草稿的统一社会信用代码与案件不同", "facts", "identifier-differs", lambda w: addressed(
        w, usc_code="91990100MA1QH00034")),
    Defect("草稿的公民身份号码与案件不同", "facts", "identifier-differs", lambda w: addressed(
        w, id_no=identity("19900101")), world="person"),
    Defect("草稿的法定代表人与案件不同", "facts", "representative-differs", lambda w: addressed(w, legal_rep="石山河")),
    Defect("草稿仍用已经排除的证据", "evidence", "evidence-excluded-used", excluded),
    Defect("笔录写的是另一案的案号", "documents", "paper-of-another-case", lambda w: w.edit(
        "inquiry-record", case_no="明综执立〔2026〕999号")),
    Defect("草稿的事实没有告知过", "facts", "fact-not-notified", lambda w: w.draft(facts=[{"text": "另有夜间施工。"}])),
    Defect("草稿没有事实", "facts", "facts-missing", lambda w: w.draft(facts=[])),
    Defect("草稿的当事人不是本案当事人", "facts", "party-differs", renamed),
    Defect("告知以后当事人更名", "facts", "party-not-notified", lambda w: party(w, name="清和建设集团有限公司")),
    Defect("统一社会信用代码校验不符", "facts", "identifier-flagged", lambda w: party(w, identifier_flagged=True), UNCLEAR),
    Defect("引用没有告知过的条款", "law", "article-not-notified", lambda w: w.draft(
        broken_articles=[{"citation": OTHER}])),
    Defect("处罚依据没有告知过", "law", "article-not-notified", lambda w: w.draft(penalty_articles=[{"citation": OTHER}])),
    Defect("引用的法律在行为时已经废止", "law", IN_FORCE, lambda w: law(effective_to=dt.date(2026, 6, 30))),
    Defect("引用的法律在行为以后才施行", "law", IN_FORCE, lambda w: law(effective_from=dt.date(2026, 10, 1))),
    Defect("引用的条款不存在", "law", IN_FORCE, lambda w: [law(records=[["x", "y"]]), cite(
        w, "broken_articles", "《中华人民共和国大气污染防治法》第九百条")]),
    Defect("行为以后法律废止", "law", "article-repealed-since", lambda w: law(
        effective_to=w.case.conduct_ended_on + dt.timedelta(days=2)), UNCLEAR),
    Defect("行为以后法律修改", "law", "article-changed-since", renewed, UNCLEAR),
    Defect("引用写成按有关规定", "law", "citation-unreadable", lambda w: cite(w, "penalty_articles", "有关规定")),
    Defect("没有处罚依据", "law", "basis-missing", lambda w: w.both(penalty_articles=[])),
    Defect("违反的条款不是清单列明的", "law", "article-unlike-item", lambda w: cite(w, "broken_articles", OTHER)),
    Defect("处罚依据不是清单列明的", "law", "article-unlike-item", lambda w: cite(w, "penalty_articles", OTHER)),
    Defect("超过两年才发现", "law", "limitation-passed", lambda w: w.row(conduct_ended_on=dt.date(2024, 9, 1))),
    Defect("差一日超过两年", "law", "limitation-passed", lambda w: w.row(
        conduct_ended_on=w.case.discovered_on.replace(year=w.case.discovered_on.year - 2) - dt.timedelta(days=1))),
    Defect("同一行为已经罚过款", "law", "fined-twice", twice),
    Defect("同一当事人同日另案在办", "law", "fined-twice", beside, UNCLEAR),
    Defect("罚款重于告知", "discretion", "heavier-than-notified", lambda w: w.fine(3_000_000, told=False)),
    Defect("罚款比告知多一分", "discretion", "heavier-than-notified", lambda w: w.fine(2_000_001, told=False)),
    Defect("增加没收违法所得", "discretion", "heavier-than-notified", lambda w: w.draft(
        penalties=[{"kind": "fine", "amount": 2_000_000}, {"kind": "confiscate_gains", "amount": 100_000}])),
    Defect("增加更重的处罚种类", "discretion", "heavier-kind-than-notified", lambda w: w.draft(
        penalties=[{"kind": "fine", "amount": 2_000_000}, {"kind": "revoke_permit", "text": "吊销"}])),
    Defect("处罚种类没有告知过", "discretion", "penalty-not-notified", lambda w: w.draft(
        penalties=[{"kind": "warning"}])),
    Defect("没有裁量因素", "discretion", "discretion-unexplained", lambda w: discretion(w, factors="")),
    Defect("没有裁量阶次", "discretion", "discretion-unexplained", lambda w: discretion(w, grade=" ")),
    Defect("没有裁量基准", "discretion", "discretion-unexplained", lambda w: discretion(w, standard="")),
    Defect("罚款高于上限", "discretion", RANGE, lambda w: w.fine(10_000_001)),
    Defect("罚款低于下限而没有减轻", "discretion", RANGE, lambda w: w.fine(900_000)),
    Defect("罚款远低于下限", "discretion", RANGE, lambda w: w.fine(100)),
    Defect("一般情节按从重幅度罚款", "discretion", GRADE, lambda w: w.fine(4_000_100)),
    Defect("从重情节按一般幅度罚款", "discretion", GRADE, lambda w: effect(w, "heavier", 2_000_000)),
    Defect("不满十四周岁", "discretion", "under-fourteen", lambda w: party(
        w, id_number=identity("20121201")), world="person"),
    Defect("差一日满十四周岁", "discretion", "under-fourteen", lambda w: party(
        w, id_number=identity((w.case.conduct_ended_on.replace(year=2012) + dt.timedelta(days=1)).strftime("%Y%m%d"))),
        world="person"),
    Defect("不满十八周岁没有从轻", "discretion", "minor-not-lighter", lambda w: party(
        w, id_number=identity("20091201")), world="person"),
    Defect("草稿没有救济途径", "documents", "draft-incomplete", lambda w: w.draft(remedies={})),
    Defect("草稿没有当事人", "documents", "draft-incomplete", lambda w: w.draft(parties=[])),
    Defect("草稿没有定性", "documents", "draft-incomplete", lambda w: without(w, "nature")),
    Defect("草稿没有案件来源和经过", "documents", "draft-incomplete", lambda w: without(w, "case_source", "procedure")),
    Defect("草稿没有证据", "documents", "draft-incomplete", lambda w: w.draft(evidence=[])),
    Defect("草稿没有处罚内容", "documents", "draft-incomplete", lambda w: w.draft(penalties=[])),
    Defect("缴款数额与罚款合计不一致", "documents", "draft-contradicts-itself", lambda w: w.draft(
        payment={**w.submission.content["fields"]["payment"], "amount": 3_000_000})),
    Defect("复议机关写成上一级部门", "documents", "V9-organ", lambda w: remedies(w, recon_organ="上一级主管部门")),
    Defect("互联网送达没有线上复议渠道", "documents", "draft-incomplete", lambda w: remedies(
        w, served_online=True, recon_online="")),
    Defect("草稿留有没有填写的内容", "documents", "V12-left-open", lambda w: w.draft(correction="责令于____前改正。")),
    Defect("草稿留有模板提示", "documents", "V12-left-open", lambda w: w.draft(correction="（此处填写改正要求）")),
    Defect("达到立案追诉标准", "crime", "crime-hint", prosecuted, UNCLEAR),
]  # fmt: skip
