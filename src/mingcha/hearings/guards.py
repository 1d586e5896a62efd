"""What the hearing tells of a case, so that nobody has to find it (已知)."""

from __future__ import annotations

from mingcha.cases import facts
from mingcha.cases.findings import Known, known
from mingcha.cases.models import Case
from mingcha.hearings import queries
from mingcha.hearings.choices import Ending

# Where the hearing itself is what the stage is about; its report comes at its end.
_AT_HEARING = ("hearing-notice", "hearing-recusal", "hearing-held")


@known("finding-g-08@1")
def _heard(case: Case) -> Known | None:
    """Held by law with record and report, and nothing decided beyond the record; without a host named, somebody finds."""
    request = facts.last_request(case)
    if request is None:
        return Known(True, "当事人没有要求听证")
    if facts.withdrawn(case, request):
        return Known(True, "当事人已撤回听证要求")
    hearing = queries.current(case)
    if hearing is None:
        return None
    inputs = {"hearing": str(hearing.id)}
    end = queries.closing(hearing)
    if end is None:
        return Known(False, "听证还没有举行", "请主持人组织听证，或者登记当事人撤回听证要求的书面材料。", inputs)
    if end.ending != Ending.HELD:
        return Known(True, str(Ending(end.ending).label), inputs=inputs)
    if case.stage in _AT_HEARING:
        return Known(True, "听证已举行，听证笔录已制作", inputs=inputs)
    report = queries.report(hearing)
    if report is None:
        return Known(False, "主持人还没有提交听证报告", "请听证主持人提交听证报告。", inputs)
    beyond = queries.against_record(case)
    if beyond:
        return Known(False, "；".join(beyond), "决定应当根据听证笔录作出，请修改决定书草稿或者再次听证。", inputs)
    return Known(
        True, "听证已举行，笔录、报告齐全，决定以笔录为根据", inputs={**inputs, "report": str(report.document_id)}
    )


@known("finding-gp-18@1")
def _free(case: Case) -> Known | None:
    hearing = queries.current(case)
    found = queries.session(hearing) if hearing else None
    if found is None:
        return None
    return Known(True, "听证通知书没有要求当事人承担费用", inputs={"notice": str(found.notice_id)})
