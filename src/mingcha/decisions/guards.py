"""Guards over the decision, and what the papers of a penalty already tell, so that nobody is asked again (已知)."""

from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.cases import facts
from mingcha.cases import queries as cases
from mingcha.cases.findings import Known, known, of_case
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.deadlines.queries import open_period
from mingcha.decisions import queries
from mingcha.decisions.choices import Result, View
from mingcha.decisions.rules import as_concluded
from mingcha.documents import queries as documents
from mingcha.documents.choices import ServiceMode
from mingcha.documents.guards import decision_served
from mingcha.documents.models import Document
from mingcha.procedures.guards import Answer, guard

_RECORDS = ("site-record", "inquiry-record")
_TOLD = "finding-gx-09@1"


@guard("decision-in-time@1", "在办案期限内", "行政处罚法第六十条")
def decision_in_time(case: Case, actor: Actor) -> Answer:
    period = open_period(case.id, "PEN-01")
    if period is None:
        return Answer((Reason("handling-period-missing", "没有办案期限的记录。", ("行政处罚法第六十条",)),))
    inputs = {"due_on": period.due_on}
    if clock.today() <= period.due_on:
        return Answer(inputs=inputs)
    return Answer(
        (
            Reason(
                "decision-late",
                f"办案期限已于{period.due_on.isoformat()}届满。",
                ("行政处罚法第六十条",),
                "法律、法规、规章另有规定的，请先登记延长或者扣除期间的依据。",
            ),
        ),
        inputs,
    )


@guard("transfer-decided@1", "已决定移送司法机关", "行政处罚法第五十七条第一款第四项")
def transfer_decided(case: Case, actor: Actor) -> Answer:
    """The presiding head has decided that the suspected crime is transferred, with his reasons."""
    found = queries.outcome(case)
    if found is not None and found.result == Result.TRANSFER:
        return Answer(inputs={"decided_on": found.decided_on})
    text = "还没有作出移送司法机关的决定。"
    article = ("行政处罚法第二十七条", "行政执法机关移送涉嫌犯罪案件的规定第五条")
    return Answer(
        (Reason("transfer-undecided", text, article, "请正职负责人或者主持工作的负责人作出决定，写明理由。"),)
    )


@guard("outcome-served@1", "决定书已送达当事人", "行政处罚法第六十一条")
def outcome_served(case: Case, actor: Actor) -> Answer:
    """A penalty by its receipt; the letter of a case without penalty is made outside, so somebody finds it served."""
    if queries.decided(case.pk):
        return decision_served(case, actor)
    other = queries.outcome(case)
    if other is not None and other.document is not None:
        return _letter_served(other.document)
    found = next((row for row in of_case(case) if row.guard == _TOLD), None)
    if found is not None and found.met:
        return Answer(inputs={"finding": str(found.id)})
    return Answer(
        (
            Reason(
                "finding-missing",
                "本案没有作出处罚，还没有人认定不予处罚决定书已经送达。",
                ("行政处罚法第六十一条",),
                "请写明送达的时间、方式和签收人。",
                {"guard": _TOLD},
            ),
        )
    )


def _letter_served(letter: Document) -> Answer:
    service = getattr(letter, "service", None)
    inputs = {"document": str(letter.id), "number": letter.number}
    if service is not None and service.effective_on <= clock.today():
        return Answer(inputs={**inputs, "effective_on": service.effective_on})
    reason = Reason(
        "outcome-not-served", f"《{letter.title}》还没有送达。", ("行政处罚法第六十一条",), "请登记送达，上传送达凭证。"
    )
    return Answer((reason,), inputs)


@known("finding-g-10@1")
def _discussed(case: Case) -> Known | None:
    """Discussed where it must be, and what is decided is what was concluded."""
    demanded = facts.together(case)
    found = queries.discussions(case)
    if not found:
        if demanded.value is None:
            return None
        why = "".join(demanded.steps)
        if not demanded.value:
            return Known(True, why.rstrip("。"))
        # Passed through its stage before discussions were kept here.
        if any(row.source == "collective" for row in cases.changes(case)):
            return Known(True, "已经负责人集体讨论")
        return Known(False, f"{why}还没有集体讨论", "请提请负责人集体讨论。")
    end = queries.resolution(case)
    inputs = {"discussion": str(found[0].id)}
    if end is None:
        return Known(False, "集体讨论还没有形成结论", "请参加讨论的负责人发表意见，由主持人作出结论。", inputs)
    frozen = documents.frozen(case)
    reasons = as_concluded(end.outcome, end.content_digest, frozen.digest if frozen else None)
    if reasons:
        return Known(False, reasons[0].message.rstrip("。"), reasons[0].fix, inputs)
    return Known(True, "已经负责人集体讨论，决定与结论一致", inputs={**inputs, "minutes": str(end.minutes_id)})


@known("finding-g-11@1")
def _weighed(case: Case) -> Known | None:
    end = queries.resolution(case)
    if end is None or end.outcome not in (View.NONE, View.TRANSFER):
        return None
    return Known(True, f"负责人集体讨论的结论：{View(end.outcome).label}", inputs={"minutes": str(end.minutes_id)})


@known("finding-gp-01@1")
def _certificates_shown(case: Case) -> Known | None:
    for kind in _RECORDS:
        paper = documents.latest(case, kind)
        if paper and paper.fields.get("cert_shown_at"):
            return Known(True, f"《{paper.title}》记明了出示证件的时间", inputs={"document": str(paper.id)})
    return None


@known("finding-g-15@1")
def _standard_published(case: Case) -> Known | None:
    day = case.filed_on or clock.legal_day(case.created_at)
    edition = catalogues.in_force(case.organisation_id, "discretion", day)
    if edition is None:
        return None
    return Known(True, f"裁量基准《{edition.title}》第{edition.number}版已公布", inputs={"edition": str(edition.id)})


@known("finding-g-07@1")
def _hearing_told(case: Case) -> Known | None:
    notice = documents.latest(case, "penalty-notice")
    if notice is None:
        return None
    told = "告知书已写明听证权利" if notice.fields.get("hearing") else "拟作出的处罚不属于听证范围"
    return Known(True, told, inputs={"document": str(notice.id)})


@known("finding-gp-11@1")
def _remedies_told(case: Case) -> Known | None:
    frozen = documents.frozen(case)
    told = (frozen.content["fields"].get("remedies") or {}) if frozen else {}
    if told.get("recon_organ") and told.get("lit_court"):
        return Known(True, "决定书写明了复议机关、起诉法院和期限")
    return None


@known("finding-g-19@1")
def _bank_collects(case: Case) -> Known | None:
    letter = documents.latest(case, "penalty-decision")
    if letter is None:
        return None
    payment = letter.fields.get("payment")
    if not payment:
        return Known(True, "决定没有罚款")
    return Known(True, f"决定书指定向{payment['bank']}缴款") if payment.get("bank") else None


@known("finding-gp-20@1")
def _consent_kept(case: Case) -> Known | None:
    letter = documents.latest(case, "penalty-decision")
    service = getattr(letter, "service", None)
    if service is None:
        return None
    if service.mode != ServiceMode.ELECTRONIC:
        return Known(True, "没有采用电子送达")
    # Electronic service is not recorded without the signed consent.
    return Known(True, "当事人签署的送达地址确认书已留存")
