"""Guards that documents answer for: records, report, notice and decision served, the draft complete and as notified."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.cases.periods import starts_from
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.documents import queries
from mingcha.documents.rules import as_notified, not_heavier
from mingcha.documents.sealing import queries as sealing
from mingcha.documents.sealing.rules import missing
from mingcha.procedures.guards import Answer, guard


@starts_from("PEN-14")
def _statement_starts(case: Case) -> dt.date | None:
    return queries.served_on(case, "penalty-notice")


@starts_from("PEN-04")
def _hearing_starts(case: Case) -> dt.date | None:
    notice = queries.latest(case, "penalty-notice")
    return queries.served_on(case, "penalty-notice") if notice and notice.fields.get("hearing") else None


@starts_from("PEN-06")
def _payment_starts(case: Case) -> dt.date | None:
    """From the decision; one made on the spot (当场处罚) has a letter of its own — 行政处罚法 arts. 52, 67."""
    spot = cases.procedure(case).code == "P-JY"
    return queries.served_on(case, "onsite-penalty-decision" if spot else "penalty-decision")


@starts_from("REV-01")
def _review_starts(case: Case) -> dt.date | None:
    return queries.challenged_on(case)


@starts_from("LIT-01")
def _suit_starts(case: Case) -> dt.date | None:
    return queries.challenged_on(case)


@starts_from("COE-06")
def _substitute_starts(case: Case) -> dt.date | None:
    """From the second demand (再次催告), not from the notice of a clearing that was urgent — 行政强制法 art. 51."""
    found = queries.latest(case, "substitute-demand")
    return queries.served_on(case, "substitute-demand") if found and found.fields.get("variant") == "remind" else None


@starts_from("COE-10")
def _court_demand_starts(case: Case) -> dt.date | None:
    return queries.served_on(case, "demand-notice")


def _issued(case: Case, kinds: tuple[str, ...], code: str, message: str, article: str, fix: str) -> Answer:
    for kind in kinds:
        found = queries.latest(case, kind)
        if found:
            return Answer(inputs={"document": str(found.id), "digest": found.digest})
    return Answer((Reason(code, message, (article,), fix),))


@guard("records-made@1", "已制作现场笔录或者询问笔录", "行政处罚法第五十五条")
def records_made(case: Case, actor: Actor) -> Answer:
    return _issued(
        case,
        ("site-record", "inquiry-record"),
        "record-missing",
        "还没有现场笔录或者询问笔录。",
        "行政处罚法第五十五条",
        "请制作笔录，记明已出示执法证件。",
    )


@guard("report-issued@1", "调查终结报告已制作", "行政处罚法第五十七条")
def report_issued(case: Case, actor: Actor) -> Answer:
    return _issued(
        case,
        ("investigation-report",),
        "report-missing",
        "还没有制作调查终结报告。",
        "行政处罚法第五十七条",
        "请制作调查终结报告，写明事实、证据、依据和拟处罚意见。",
    )


@guard("correction-noted@1", "已责令改正或者记明不需要", "行政处罚法第二十八条第一款")
def correction_noted(case: Case, actor: Actor) -> Answer:
    draft = queries.draft(case, "investigation-report")
    text = str((draft.fields if draft else {}).get("correction") or "")
    if text:
        return Answer(inputs={"correction": text})
    return Answer(
        (
            Reason(
                "correction-not-noted",
                "调查终结报告没有写明责令改正的情况。",
                ("行政处罚法第二十八条第一款",),
                "请写明责令改正的内容，或者写明不需要责令改正的理由。",
            ),
        )
    )


@guard("notice-served@1", "事先告知书已送达", "行政处罚法第四十四条、第六十二条")
def notice_served(case: Case, actor: Actor) -> Answer:
    return _served(case, "penalty-notice", "行政处罚事先告知书", "行政处罚法第四十四条")


@guard("decision-served@1", "决定书已送达", "行政处罚法第六十一条")
def decision_served(case: Case, actor: Actor) -> Answer:
    return _served(case, "penalty-decision", "行政处罚决定书", "行政处罚法第六十一条")


def _served(case: Case, kind: str, title: str, article: str) -> Answer:
    found = queries.latest(case, kind)
    if found is None:
        return Answer((Reason(f"{kind}-missing", f"还没有制作《{title}》。", (article,), f"请先制作《{title}》。"),))
    if kind == "penalty-notice":
        # After a change of facts, basis or penalty the earlier notice no longer counts (V16).
        entered = next((row.at for row in reversed(cases.changes(case)) if row.target == "notify"), None)
        if entered and found.issued_at < entered:
            return Answer(
                (
                    Reason(
                        "notice-outdated",
                        "事实、依据或者处罚有变，此前的告知书不再适用。",
                        (article,),
                        "请重新制作并送达事先告知书。",
                    ),
                )
            )
    service = getattr(found, "service", None)
    inputs: dict[str, Any] = {"document": str(found.id), "number": found.number}
    if service is None:
        return Answer(
            (Reason(f"{kind}-not-served", f"《{title}》还没有送达。", (article,), "请登记送达，上传送达凭证。"),),
            inputs,
        )
    inputs["effective_on"] = service.effective_on
    if service.effective_on > clock.today():
        # Public notice: recorded when it goes out, in effect when its days have passed.
        return Answer(
            (
                Reason(
                    f"{kind}-service-not-effective",
                    f"《{title}》公告送达期未满，{service.effective_on.isoformat()}才视为送达。",
                    (article, "民事诉讼法第九十五条"),
                    "请等公告期满。",
                    {"effective_on": service.effective_on},
                ),
            ),
            inputs,
        )
    return Answer(inputs=inputs)


@guard("file-complete@1", "决定书草稿要素齐全", "行政处罚法第五十九条")
def file_complete(case: Case, actor: Actor) -> Answer:
    if queries.draft(case, "penalty-decision") is None:
        return Answer(
            (
                Reason(
                    "decision-draft-missing",
                    "还没有拟写处罚决定书。",
                    ("行政处罚法第五十九条",),
                    "请拟写决定书草稿。",
                ),
            )
        )
    gaps = queries.gaps(case, "penalty-decision")
    return Answer(
        tuple(
            Reason(
                "decision-field-missing",
                f"决定书草稿缺少：{label}。",
                ("行政处罚法第五十九条",),
                "请补充后再提交。",
                {"field": name},
            )
            for name, label in gaps
        )
    )


@guard("renotice-not-heavier@1", "重新告知不因申辩加重", "行政处罚法第四十五条第二款")
def renotice_not_heavier(case: Case, actor: Actor) -> Answer:
    """A second notice may be heavier only when evidence came in after the first: a defence alone never makes it so."""
    notices = queries.notices(case.id)
    if len(notices) < 2:
        return Answer(inputs={"notices": len(notices)})
    now, before = notices
    reasons = not_heavier(before.fields.get("penalties", []), now.fields.get("penalties", []))
    fresh = any(row.created_at > before.issued_at for row in cases.counted_evidence(case))
    inputs = {"before": before.digest, "now": now.digest, "new_evidence": fresh}
    return Answer(() if fresh else tuple(reasons), inputs)


@guard("not-heavier@1", "不重于事先告知的处罚", "行政处罚法第四十五条第二款")
def never_heavier(case: Case, actor: Actor) -> Answer:
    notice, draft = queries.latest(case, "penalty-notice"), queries.draft(case, "penalty-decision")
    if notice is None or draft is None:
        return Answer((Reason("notice-or-draft-missing", "缺少事先告知书或者决定书草稿，无法比较。"),))
    before, now = notice.fields.get("penalties", []), draft.fields.get("penalties", [])
    return Answer(tuple(not_heavier(before, now)), {"notified": before, "proposed": now})


@guard("as-notified@1", "事实、依据、处罚种类与告知一致", "行政处罚法第四十四条、第六十二条")
def same_as_notified(case: Case, actor: Actor) -> Answer:
    notice, draft = queries.latest(case, "penalty-notice"), queries.draft(case, "penalty-decision")
    if notice is None or draft is None:
        return Answer((Reason("notice-or-draft-missing", "缺少事先告知书或者决定书草稿，无法比较。"),))
    return Answer(tuple(as_notified(notice.fields, draft.fields)), {"notice": notice.digest})


_SIGNED = ("最高人民法院关于行政诉讼证据若干问题的规定第十条、第十五条", "行政强制法第十八条")


@guard("signatures-complete@1", "现场制作的笔录、清单签名齐全或者记明拒签", "、".join(_SIGNED))
def signatures_complete(case: Case, actor: Actor) -> Answer:
    """Records and lists are signed by all whom they demand, on the pad, by certificate or in ink, or the refusal is noted."""
    found = sealing.unsigned_on_the_spot(case)
    reasons = [reason for paper, dues in found for reason in missing(dues, title=paper.title, articles=_SIGNED)]
    return Answer(tuple(reasons), {"unsigned": [str(paper.id) for paper, _ in found]})
