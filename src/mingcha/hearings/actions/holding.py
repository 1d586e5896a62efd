"""A hearing is held, terminated, reported (听证笔录、听证报告) — 行政处罚法 art. 64 (6)–(8), 65."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case, Evidence
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Reason, Refused
from mingcha.common.prepared import insert
from mingcha.documents import queries as documents
from mingcha.documents.blocks import evidence_named
from mingcha.documents.making import make
from mingcha.hearings import queries
from mingcha.hearings.actions.writing import entered, go, hosted
from mingcha.hearings.choices import Ending, Proposal, Secret
from mingcha.hearings.errors import HearingState
from mingcha.hearings.models import Closing, Examined, Hearing, Report, Session

_TOLD = (
    "已核对参加人的身份和代理权限",
    "已宣布案由、主持人和记录人",
    "已告知申请主持人回避、陈述申辩、质证的权利",
    "已宣布听证纪律",
)


def _sitting(case: Case, hearing: Hearing) -> Session:
    """The date that counts, today or past, with its notice served and its seven days over. Raises Refused."""
    found = queries.session(hearing)
    if found is None:
        raise HearingState("hearing-not-fixed", "还没有确定听证的时间地点，请先制发听证通知书。")
    if queries.closing(hearing):
        raise HearingState("hearing-ended", "听证已经结束，记录不能修改。")
    article, today = "行政处罚法第六十四条第二项", clock.today()
    reasons = []
    if getattr(found.notice, "service", None) is None:
        reasons.append(Reason("hearing-notice-not-served", "听证通知书还没有送达。", (article,), "请承办人员先送达。"))
    running = queries.waiting_until(case)
    if running is not None and running.due_on > today:
        text = f"听证最早可以在{running.due_on.isoformat()}举行。"
        reasons.append(Reason("hearing-too-early", text, (article,), "请改期并重新通知当事人。"))
    if found.held_on > today:
        text = f"通知的听证日期是{found.held_on.isoformat()}，不能提前举行。"
        reasons.append(Reason("hearing-before-its-day", text, (article,), "请按通知的时间举行，或者改期。"))
    reasons += queries.day_lost(case, found)
    if reasons:
        raise Refused(reasons)
    return found


@transaction.atomic
def record(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    start: dt.datetime,
    end: dt.datetime,
    examined: Sequence[Mapping[str, Any]],
    **said: Any,
) -> Closing:
    """Make the record of a hearing that was held (听证笔录) — art. 64 (7), (8).

    `examined`: each piece of evidence shown, as `evidence_id`, `opinion`, `shown_by` (officers or party). `said`: the
    other fields of the record (presentation, defence, debate, last_word, read_by, recordings, refusal, …).
    """
    case, hearing = hosted(case_id, actor)
    found = _sitting(case, hearing)
    check = Check()
    check.moment("start", start, "开始时间", latest=clock.now())
    check.moment("end", end, "结束时间", latest=clock.now())
    rows = {row.id: row for row in cases.counted_evidence(case)}
    shown: list[tuple[Evidence, str, str]] = []
    for place, item in enumerate(examined):
        evidence = rows.get(item["evidence_id"])
        if evidence is None:
            check.add("examined", "质证的证据不在本案证据之中，或者已经排除。")
            continue
        opinion = check.text(f"opinion-{place}", item.get("opinion"), f"对“{evidence.name}”的质证意见", most=2000)
        shown.append((evidence, opinion, str(item.get("shown_by") or "officers")))
    if not queries.attendees(hearing):
        check.add("attendees", "还没有登记听证参加人。当事人没有出席的，请办理终止听证。")
    check.done()
    go(case, actor, "hearing-held")
    case = lock(case_id)
    typed = {
        **said,
        "start": start,
        "end": end,
        "place": found.place,
        "public": found.public,
        "closed_ground": f"{Secret(found.secret).label}：{found.secret_why}" if found.secret else "",
        "told": said.get("told") or [{"item": item, "done": "yes"} for item in _TOLD],
        "attendees": [
            {"name": row.name, "role": row.role, "letter": row.authority} for row in queries.attendees(hearing)
        ],
        "exam": [{"evidence": evidence_named(row), "shown_by": by, "opinion": opinion} for row, opinion, by in shown],
    }
    snapshot = actor.snapshot(Role.REVIEWER)
    paper = make(case, "hearing-record", typed, by=snapshot)
    closing = insert(
        Closing(
            hearing=hearing,
            session=found,
            ending=Ending.HELD,
            record=paper,
            held_on=clock.legal_day(start),
            at=clock.now(),
        )
    )
    for evidence, opinion, _ in shown:
        insert(Examined(closing=closing, evidence=evidence, opinion=opinion))
    told = {"record": paper.number, "digest": paper.digest, "examined": [row.seq for row, _, _ in shown]}
    entered("hearing-held", hearing, snapshot, told)
    go(case, actor, "hearing-record")
    return closing


@transaction.atomic
def terminate(case_id: uuid.UUID, *, actor: Actor, ending: str, reason: str) -> Closing:
    """Terminate (终止听证): the party stayed away without good reason or left without leave — art. 64 (6)."""
    case, hearing = hosted(case_id, actor)
    found = _sitting(case, hearing)
    check = Check()
    check.one_of("ending", ending, "终止的情形", (Ending.ABSENT, Ending.LEFT))
    reason = check.text("reason", reason, "终止的情况", most=2000)
    check.done()
    go(case, actor, "hearing-held")
    closing = insert(
        Closing(hearing=hearing, session=found, ending=ending, reason=reason, held_on=clock.today(), at=clock.now())
    )
    told = {"ending": Ending(ending).label, "reason": reason}
    entered("hearing-terminated", hearing, actor.snapshot(Role.REVIEWER), told)
    case = lock(case_id)
    go(case, actor, "hearing-terminated")
    case = lock(case_id)
    go(case, actor, "hear-statement")
    return closing


@transaction.atomic
def report(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    gist: str,
    disputes: str,
    evidence: Sequence[Mapping[str, Any]],
    opinion: str,
    proposal: str,
    heavier: bool = False,
) -> Report:
    """Hand in the report with the host's own opinion (听证报告) — art. 65. Never heavier for the hearing's sake (art. 45)."""
    case, hearing = hosted(case_id, actor)
    end = queries.closing(hearing)
    if end is None or end.ending != Ending.HELD:
        raise HearingState("hearing-not-held", "听证还没有举行，不能提交听证报告。请先制作听证笔录。")
    if queries.report(hearing):
        raise HearingState("hearing-reported", "听证报告已经提交，不能修改。")
    check = Check()
    gist = check.text("gist", gist, "听证的基本情况", most=5000)
    disputes = check.text("disputes", disputes, "争议的事实", most=5000)
    opinion = check.text("opinion", opinion, "听证意见", most=5000)
    check.one_of("proposal", proposal, "处理建议", Proposal.values)
    check.done()
    by = actor.snapshot(Role.REVIEWER)
    typed = {
        "gist": gist,
        "disputes": disputes,
        "evidence": list(evidence),
        "opinion": opinion,
        "proposal": proposal,
        "heavier": heavier,
    }
    paper = make(case, "hearing-report", typed, by=by)
    row = insert(
        Report(hearing=hearing, document=paper, proposal=proposal, reported_by_id=actor.officer_id, at=clock.now())
    )
    entered("hearing-reported", hearing, by, {"proposal": Proposal(proposal).label, "digest": paper.digest})
    go(case, actor, "recheck")
    return row


def presented(case: Case) -> list[str]:
    """Texts of the facts that the notice told, for the record's first part."""
    notice = documents.latest(case, "penalty-notice")
    return [str(row.get("text", "")) for row in notice.fields.get("facts") or []] if notice else []
