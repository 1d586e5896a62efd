"""Guards that the case answers for: handlers, avoidance, limitation, evidence, statements, hearing window."""

from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.cases import facts, findings, queries
from mingcha.cases.choices import STATEMENTS, AvoidanceState, DutyKind, StatementKind
from mingcha.cases.models import Case
from mingcha.cases.rules import enough_handlers, limitation
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.procedures.guards import Answer, guard

# That the hearing was held by law: its record and report are named in the grounds.
_HEARD = "finding-g-08@1"


@guard("party-recorded@1", "当事人已登记", "行政处罚法第五十四条")
def party_recorded(case: Case, actor: Actor) -> Answer:
    party = queries.party(case)
    return Answer(inputs={"party": str(party.id), "identifier_flagged": party.identifier_flagged})


@guard("item-published@1", "执法事项已公布", "行政处罚法第三十九条")
def item_published(case: Case, actor: Actor) -> Answer:
    inputs = {"items": str(case.items_id), "item": case.item_code}
    if catalogues.entry(case.items, case.item_code):
        return Answer(inputs=inputs)
    return Answer((Reason("item-not-published", "执法事项不在已公布的清单中。", ("行政处罚法第三十九条",)),), inputs)


@guard("handlers-qualified@1", "两名以上执法人员，均有执法资格", "行政处罚法第四十二条")
def handlers_qualified(case: Case, actor: Actor) -> Answer:
    handlers = queries.officers_on(case, "handler")
    reasons = enough_handlers(handlers, clock.today(), queries.avoiding(case))
    return Answer(tuple(reasons), {"handlers": [str(officer.id) for officer in handlers]})


@guard("avoidance-declared@1", "承办人员已作回避声明", "行政处罚法第四十三条")
def avoidance_declared(case: Case, actor: Actor) -> Answer:
    declared = {row.officer_id for row in queries.avoidance_rows(case)}
    reasons = tuple(
        Reason(
            "avoidance-undeclared",
            f"{officer.name}还没有作回避声明。",
            ("行政处罚法第四十三条",),
            f"请{officer.name}登录后声明是否存在应当回避的情形。",
        )
        for officer in queries.active_handlers(case)
        if officer.id not in declared
    )
    return Answer(reasons, {"declared": [str(item) for item in declared]})


@guard("no-open-avoidance@1", "没有待决定的回避申请", "行政处罚法第四十三条")
def no_open_avoidance(case: Case, actor: Actor) -> Answer:
    last = {row.officer_id: row for row in queries.avoidance_rows(case)}
    waiting = [row for row in last.values() if row.state == AvoidanceState.OPEN]
    return Answer(
        tuple(
            Reason(
                "avoidance-open",
                f"对{row.officer.name}的回避申请尚未决定。",
                ("行政处罚法第四十三条",),
                "请机关负责人先作出是否回避的决定。",
            )
            for row in waiting
        ),
        {"open": [str(row.id) for row in waiting]},
    )


@guard("limitation-open@1", "未超过处罚时效", "行政处罚法第三十六条")
def limitation_open(case: Case, actor: Actor) -> Answer:
    item = catalogues.entry(case.items, case.item_code) or {}
    years = 5 if item.get("long_limitation") else 2
    return Answer(
        tuple(limitation(case.conduct_ended_on, case.discovered_on, years)),
        {"conduct_ended_on": case.conduct_ended_on, "discovered_on": case.discovered_on, "years": years},
    )


@guard("evidence-sufficient@1", "有查证属实的证据", "行政处罚法第四十条、第四十六条")
def evidence_sufficient(case: Case, actor: Actor) -> Answer:
    digests = [row.digest for row in queries.counted_evidence(case)]
    if digests:
        return Answer(inputs={"evidence": digests})
    return Answer(
        (
            Reason(
                "evidence-missing",
                "还没有登记可以作为定案根据的证据。",
                ("行政处罚法第四十条", "行政处罚法第四十六条"),
                "请登记证据及其证明内容。",
            ),
        )
    )


@guard("statement-received@1", "当事人提出了陈述申辩", "行政处罚法第四十五条")
def statement_received(case: Case, actor: Actor) -> Answer:
    rows = queries.statements(case, kinds=STATEMENTS, round=queries.notice_round(case))
    if rows:
        return Answer(inputs={"statements": [str(row.id) for row in rows]})
    return Answer(
        (Reason("statement-none", "当事人还没有提出陈述申辩，没有可以复核的内容。", ("行政处罚法第四十五条",)),)
    )


@guard("no-statement-pending@1", "没有尚未复核的陈述申辩", "行政处罚法第四十五条第一款")
def no_statement_pending(case: Case, actor: Actor) -> Answer:
    return Answer(_unanswered(case))


@guard("statement-answered@1", "陈述申辩已逐项复核", "行政处罚法第四十五条第一款")
def statement_answered(case: Case, actor: Actor) -> Answer:
    return Answer(_unanswered(case))


@guard("statement-period-over@1", "陈述申辩期已满或者当事人明确放弃", "行政处罚法第四十四条、第六十二条")
def statement_period_over(case: Case, actor: Actor) -> Answer:
    return _period_over(case, "PEN-14", StatementKind.WAIVED, "陈述申辩期", "statement-period-running")


@guard("hearing-window-over@1", "听证申请期已满、当事人放弃或者不适用听证", "行政处罚法第六十三条、第六十四条第一项")
def hearing_window_over(case: Case, actor: Actor) -> Answer:
    request = facts.last_request(case)
    if request is None or request.round != queries.notice_round(case):
        return _period_over(case, "PEN-04", StatementKind.HEARING_WAIVED, "听证申请期", "hearing-window-running")
    inputs = {"request": str(request.id)}
    back = facts.withdrawn(case, request)
    if back is not None:
        return Answer(inputs={**inputs, "withdrawn": str(back.id)})
    told = findings.told(case, _HEARD)
    if told is not None and told.met:
        return Answer(inputs={**inputs, "known": told.why, **told.inputs})
    held = next((row for row in findings.of_case(case) if row.guard == _HEARD and row.at > request.created_at), None)
    # A hearing that is kept here answers for itself; one that was held on paper only is found with its grounds.
    if told is None and held is not None and held.met:
        return Answer(inputs={**inputs, "finding": str(held.id)})
    if told is not None:
        article = ("行政处罚法第六十三条", "行政处罚法第六十五条")
        return Answer((Reason("hearing-requested", f"当事人已要求听证：{told.why}。", article, told.fix),), inputs)
    return Answer(
        (
            Reason(
                "hearing-requested",
                "当事人已要求听证，听证结束以前不得作出处罚决定。",
                ("行政处罚法第六十三条", "行政处罚法第六十五条"),
                "请组织听证。听证结束、制作了听证笔录和听证报告的，请认定；当事人撤回的，请登记其书面材料。",
                {"guard": _HEARD},
            ),
        ),
        inputs,
    )


@guard("circumstances-stated@1", "已说明案件情况：是否重大、复杂、涉及公共利益", "行政处罚法第五十七条、第五十八条")
def circumstances_stated(case: Case, actor: Actor) -> Answer:
    wanted = facts.missing(case)
    if not wanted:
        return Answer(inputs={"facts": facts.stated(case)})
    labels = "、".join(question.label for question in wanted)
    return Answer(
        (
            Reason(
                "circumstances-missing",
                f"还没有说明案件情况：{labels}。",
                ("行政处罚法第五十七条第二款", "行政处罚法第五十八条第一款"),
                "请逐项说明，它们决定是否应当法制审核、集体讨论。",
            ),
        )
    )


@guard("hearing-asked@1", "当事人要求听证", "行政处罚法第六十三条、第六十四条第一项")
def hearing_asked(case: Case, actor: Actor) -> Answer:
    request = facts.last_request(case)
    if request is not None and facts.withdrawn(case, request) is None:
        return Answer(inputs={"request": str(request.id)})
    return Answer(
        (
            Reason(
                "hearing-not-asked",
                "当事人没有要求听证，或者已经撤回。",
                ("行政处罚法第六十四条第一项",),
                "当事人要求听证的，请先登记其要求。",
            ),
        )
    )


@guard("hearing-host-named@1", "已指定听证主持人", "行政处罚法第六十四条第四项")
def hearing_host_named(case: Case, actor: Actor) -> Answer:
    hosts = queries.officers_on(case, DutyKind.HEARING_HOST)
    if hosts:
        return Answer(inputs={"hosts": [str(officer.id) for officer in hosts]})
    return Answer(
        (
            Reason(
                "hearing-host-missing",
                "还没有指定听证主持人。",
                ("行政处罚法第六十四条第四项",),
                "请机关负责人指定没有参与本案调查的人员主持。",
            ),
        )
    )


@guard("statement-closed@1", "已告知并听取陈述申辩", "行政处罚法第四十五条、第六十二条")
def statement_closed(case: Case, actor: Actor) -> Answer:
    reasons = _unanswered(case)
    heard = bool(queries.statements(case, kinds=STATEMENTS, round=queries.notice_round(case)))
    if reasons or heard:
        return Answer(reasons, {"heard": heard})
    return _period_over(case, "PEN-14", StatementKind.WAIVED, "陈述申辩期", "statement-period-running")


def _unanswered(case: Case) -> tuple[Reason, ...]:
    rows = queries.statements(case, kinds=STATEMENTS, round=queries.notice_round(case))
    return tuple(
        Reason(
            "statement-unanswered",
            f"{row.speaker}的{StatementKind(row.kind).label}还没有复核。",
            ("行政处罚法第四十五条第一款",),
            "请写明是否采纳及理由。",
        )
        for row in rows
        if not hasattr(row, "answer")
    )


def _period_over(case: Case, rule: str, waiver: str, label: str, code: str) -> Answer:
    """Met when the period of the present round has lapsed, never ran, or was waived explicitly."""
    waived = queries.statements(case, kinds=[waiver], round=queries.notice_round(case))
    if waived:
        return Answer(inputs={"waived": str(waived[0].id)})
    period = queries.last_period(case, rule)
    if period is None:
        return Answer(inputs={"rule": rule, "runs": False})
    inputs = {"rule": rule, "due_on": period.due_on, "provisional": period.provisional}
    if clock.today() > period.due_on:
        return Answer(inputs=inputs)
    return Answer(
        (
            Reason(
                code,
                f"{label}至{period.due_on.isoformat()}届满，届满以前不得作出处罚决定。",
                ("行政处罚法第六十二条" if rule == "PEN-14" else "行政处罚法第六十四条第一项",),
                f"请在{period.due_on.isoformat()}之后办理；当事人明确放弃的，请登记其书面材料。",
                {"due_on": period.due_on.isoformat()},
            ),
        ),
        inputs,
    )
