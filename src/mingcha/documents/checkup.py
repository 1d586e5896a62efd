"""Check-up of a file (卷宗体检): every paper against its checks again, the order of dates, what has no proof, what lapses.

Run before review and before decision, and whenever somebody asks. Nothing is stored: the answer is that of this moment.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

import pypdfium2

from mingcha.cases.models import Case
from mingcha.common.errors import InvalidInput, Reason
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.choices import Colour
from mingcha.documents import examining, preceding
from mingcha.documents.approving import queries as approvals
from mingcha.documents.checking import Mark, Past, examine
from mingcha.documents.checking.expressions import night
from mingcha.documents.checking.lattice import order
from mingcha.documents.models import Document
from mingcha.documents.rendering import Unprintable, check_fields, restricted, template
from mingcha.documents.sealing import queries as sealing
from mingcha.files.queries import content_path

_RECORDS = ("inquiry-record", "site-record", "inspection-record")
# Answers of two people that agree to this degree, over this many characters, were hardly both spoken.
_ALIKE, _LONG = 0.9, 40
# Records are made on the spot: those of other cases that can overlap were made within these days.
_NEAR = dt.timedelta(days=3)
_UNSERVED = ("S0", "S5")


@dataclass(frozen=True)
class Found:
    """One finding of a check-up: what, on which paper (none: the file as a whole), on which page."""

    mark: Mark
    document: Document | None = None
    page: int | None = None

    @property
    def grave(self) -> bool:
        return self.mark.refuses


def checkup(case: Case) -> list[Found]:
    """All findings of a case file, grave ones first, in the order of the papers."""
    rows = list(_papers(case))
    papers = {row.id: examining.past(row) for row in rows}
    found: list[Found] = []
    for row in rows:
        found += _one(
            case, row, [papers[other.id] for other in rows if other.issued_at <= row.issued_at and other != row]
        )
    by_past = {id(papers[row.id]): row for row in rows}
    for mark, later in order(list(papers.values()), deadlines.calendar(case.jurisdiction)):
        found.append(Found(mark, by_past[id(later)], 1))
    found += [
        *_unserved(rows),
        *_unsigned(rows),
        *_sittings(case, rows),
        *_alike(rows),
        *_open_approvals(case),
        *_stages(case, rows),
    ]
    found += _lapsing(case)
    return sorted(found, key=lambda item: not item.grave)


def _papers(case: Case) -> Sequence[Document]:
    """Papers that count: those made void or corrected have been replaced."""
    rows = Document.objects.filter(case=case, void=None).exclude(kind__in=restricted())
    rows = rows.select_related("service", "rendering__file")
    return list(rows.order_by("issued_at", "id"))


def _one(case: Case, row: Document, before: Sequence[Past]) -> Iterator[Found]:
    try:
        values = check_fields(row.kind, row.fields, version=row.template_version)
    except (InvalidInput, Unprintable) as error:
        reason = Reason(
            "paper-unreadable", f"《{row.title}》的内容不能按其格式读出：{error.message}", ("行政处罚法第四十七条",)
        )
        yield Found(Mark(reason, "V12", True), row, 1)
        return
    newest = {paper.kind: paper for paper in before}
    paper = examining.paper(case, row.kind, values, row.issued_at, past=newest.get)
    for mark in examine(paper):
        yield Found(mark, row, page_of(row, str(mark.reason.data.get("field", ""))))


def page_of(row: Document, path: str) -> int | None:
    """The page of the made paper on which a field stands; the first where the field is not printed as typed."""
    rendering = getattr(row, "rendering", None)
    if rendering is None:
        return None
    value = _at(row.fields, path) if path else ""
    wanted = re.sub(r"\s", "", value)[:12] if isinstance(value, str) else ""
    if not wanted:
        return 1
    with pypdfium2.PdfDocument(content_path(rendering.file_id)) as pdf:
        for n in range(len(pdf)):
            if wanted in re.sub(r"\s", "", pdf[n].get_textpage().get_text_range()):
                return n + 1
    return 1


def _at(fields: Any, path: str) -> Any:
    for step in re.split(r"[.\[\]]+", path.rstrip("]")):
        if isinstance(fields, Mapping):
            fields = fields.get(step)
        elif isinstance(fields, list) and step.isdigit() and int(step) < len(fields):
            fields = fields[int(step)]
        else:
            return None
    return fields


def _found(code: str, text: str, article: str, *, ladder: str = "flaw", grave: bool = False, fix: str = "") -> Mark:
    return Mark(Reason(code, text, (article,), fix), code, grave, ladder)


def _unserved(rows: Sequence[Document]) -> Iterator[Found]:
    """V10 for the file: the newest external paper of its kind without proof of service."""
    newest = {row.kind: row for row in rows}
    for row in newest.values():
        about = template(row.kind).about
        if about.sphere == "external" and about.service not in _UNSERVED and getattr(row, "service", None) is None:
            mark = _found(
                "V10-no-receipt", f"《{row.title}》没有送达凭证。", "行政处罚法第六十一条", fix="请登记送达，上传凭证。"
            )
            yield Found(mark, row, 1)


def _unsigned(rows: Sequence[Document]) -> Iterator[Found]:
    """V4, V5 for the file: signatures and seals that a paper demands and does not bear. Signed paper counts when scanned."""
    for row in rows:
        lacking = [f"{due.label}的{due.form}" for due in sealing.standing(row) if due.required and not due.met]
        if lacking:
            text = f"《{row.title}》缺少{'、'.join(lacking)}。"
            fix = "请补签；拒绝签名的，记明情况；纸质原件上已经签名的，请核对原件。"
            yield Found(_found("unsigned", text, "行政处罚法第五十五条、第五十九条", fix=fix), row, 1)


def _sittings(case: Case, rows: Sequence[Document]) -> Iterator[Found]:
    """One officer sits in one place at a time, in this case and in others; a sitting at night is shown."""
    for row in rows:
        span = _span(row)
        if row.kind not in _RECORDS or span is None:
            continue
        if night(span[0]):
            text = f"《{row.title}》在夜间制作，请核对有无必要的说明。"
            yield Found(_found("made-at-night", text, "行政处罚法第五十五条"), row, 1)
        elsewhere = Document.objects.filter(
            kind__in=_RECORDS,
            void=None,
            case__organisation_id=case.organisation_id,
            issued_at__range=(row.issued_at - _NEAR, row.issued_at + _NEAR),
        ).exclude(case=case)
        here = [other for other in rows if other.kind in _RECORDS and other != row]
        mine = {person["name"] for person in row.fields.get("officers", [])}
        for other in (*here, *elsewhere.select_related("case")):
            theirs, shared = _span(other), mine & {person["name"] for person in other.fields.get("officers", [])}
            # On one site officers may look and ask in turns; two questionings at once are never both attended.
            both_asked = row.kind == other.kind == "inquiry-record"
            if other.case_id == case.id and not both_asked:
                continue
            if theirs and shared and span[0] < theirs[1] and theirs[0] < span[1]:
                where = "本案" if other.case_id == case.id else f"{other.case}"
                text = f"{'、'.join(sorted(shared))}在同一时间还在{where}的《{other.title}》上，时间重叠。"
                mark = _found(
                    "sittings-overlap", text, "行政处罚法第四十二条、第五十五条", ladder="revocable", grave=both_asked
                )
                yield Found(mark, row, page_of(row, ""))


def _span(row: Document) -> tuple[dt.datetime, dt.datetime] | None:
    start, end = row.fields.get("start"), row.fields.get("end")
    if not start or not end:
        return None
    return dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)


def _alike(rows: Sequence[Document]) -> Iterator[Found]:
    """Answers of several people in the same words."""
    texts = [(row, "".join(item.get("answer", "") for item in row.fields.get("questions", []))) for row in rows]
    long = [(row, text) for row, text in texts if row.kind == "inquiry-record" and len(text) >= _LONG]
    for (first, left), (second, right) in combinations(long, 2):
        if first.fields.get("person", {}).get("name") == second.fields.get("person", {}).get("name"):
            continue
        if SequenceMatcher(None, left, right, autojunk=False).ratio() >= _ALIKE:
            names = "、".join(str(row.fields.get("person", {}).get("name", "")) for row in (first, second))
            mark = _found(
                "answers-alike",
                f"{names}的回答几乎一字不差，请核对是否分别询问。",
                "行政处罚法第四十六条",
                ladder="excluded",
            )
            yield Found(mark, second, page_of(second, "questions[0].answer"))


def _open_approvals(case: Case) -> Iterator[Found]:
    for row in approvals.of_case(case).filter(~approvals.ended()):
        text = f"《{template(row.kind).title}》还在审批，没有制作。"
        yield Found(_found("approval-open", text, "行政处罚法第五十七条"))


def _stages(case: Case, rows: Sequence[Document]) -> Iterator[Found]:
    """A stage that was passed and left none of the papers that its procedure names."""
    for stage, wanted in preceding.unpapered(case, {row.kind for row in rows}):
        told = preceding.words(stage, wanted)
        yield Found(_found(told.code, told.message, told.articles[0]))


def _lapsing(case: Case) -> Iterator[Found]:
    """Periods that are over or about to be."""
    for view in deadlines.open_periods(case_ids=[case.id], colours=[Colour.RED, Colour.AMBER]):
        late = view.colour == Colour.RED
        words = "已经届满" if late else f"将在{view.days_left}日后届满"
        article = str(view.period.explanation.get("article", "")) or "行政处罚法第六十条"
        text = f"{view.period.label}{words}（{view.period.due_on.isoformat()}）。"
        yield Found(_found("period-lapsing", text, article, ladder="discipline" if late else "flaw"))
