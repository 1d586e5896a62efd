"""Cases of each procedure count for themselves, and terms run from a service that is recorded after its stage was left."""

from __future__ import annotations

import datetime as dt

from mingcha.cases import queries
from mingcha.cases.models import Case
from mingcha.cases.models_numbers import IssuedNumber
from mingcha.common import clock
from mingcha.deadlines.models import RunningPeriod
from mingcha.documents.composing import compose
from mingcha.documents.serving.actions import serve
from mingcha.documents.tests.test_from_case_e import made
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.paper import recording
from mingcha.interfaces.demo.signing import all_sign
from mingcha.recordings.actions import add
from tests.test_procedures_run import Who, begin, take, who

__all__ = ["who"]
DAY = dt.date(2026, 9, 21)


def test_each_procedure_counts_its_cases_without_gap_or_twin(who: Who) -> None:
    found = [begin(who, code).number for code in ("P-CS", "P-JC", "P-CS", "P-XK", "P-JC")]
    assert found == [
        "明综执强案〔2026〕1号", "明综执检案〔2026〕1号", "明综执强案〔2026〕2号", "明综执许案〔2026〕1号", "明综执检案〔2026〕2号",
    ]  # fmt: skip
    assert set(IssuedNumber.objects.filter(text__in=found).values_list("scope", flat=True)) == {"kind"}
    # Where a case is filed first, a lead has no number yet — 行政处罚法 art. 54.
    assert begin(who, "P-PT").number == ""


def test_terms_start_with_a_service_recorded_after_the_stage(who: Who) -> None:
    case, by = begin(who, "P-CS"), who("handler")
    for to in ("approve", "on-site"):
        case = take(case, to, who)
    document = made(case, "seizure-decision", by, DAY)
    with clock.frozen(clock.at(DAY, 21)):
        all_sign(document, by, party="许山河", officers=["林策", "韩渡"])
        add(
            case.id, actor=by, stage="on-site", matter="4", title="扣押现场全程音像", file=receive_bytes(recording()),
            started_at=clock.at(DAY, 10),
        )  # fmt: skip
        case = take(case, "in-force", who)
    rows = RunningPeriod.objects.filter(case_id=case.id, rule__in=("REV-01", "LIT-01"))
    assert queries.stage(Case.objects.get(id=case.id)).id == "in-force" and not rows.exists()
    late = DAY + dt.timedelta(days=1)
    with clock.frozen(clock.at(late, 9)):
        serve(
            document.id, actor=by, mode="direct", receiver="许山河", relation="legal_rep", served_at=clock.now(),
            place="明水区望江路66号",
        )  # fmt: skip
    # The closing sheet knows what is still held, whatever is typed, and whose goods they are.
    told = compose(case, "closure-approval", {"way": "performed", "measures": "none"})
    assert told["measures"] == "open" and document.number in told["goods"] and "尚未处理" in told["goods"]
    with clock.frozen(clock.at(late, 12)):
        released = made(case, "seizure-release", by, late)
    told = compose(case, "closure-approval", {"way": "performed"})
    assert told["measures"] == "ended" and released.number in told["goods"] and "尚未" not in told["goods"]
    assert {(row.rule, row.starts_on, row.ended_on) for row in rows} == {("REV-01", late, None), ("LIT-01", late, None)}
