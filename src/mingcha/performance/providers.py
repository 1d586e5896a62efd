"""What papers take from the ledger of payments (缴款台账) and of reconsiderations and suits: nobody types it twice."""

from __future__ import annotations

from typing import Any

from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.decisions import queries as decisions
from mingcha.documents.blocks import latest
from mingcha.documents.filling import KNOWN
from mingcha.performance import queries


def _of(case: Case) -> queries.Balance | None:
    decision = decisions.of_case(case)
    return queries.balance(decision, clock.today()) if decision else None


def _sum(case: Case, name: str) -> int | None:
    found = _of(case)
    return getattr(found, name).value if found else None


def _note(case: Case) -> str | None:
    found = _of(case)
    return "".join(found.fine.steps) if found else None


_GOODS = (
    ("seizure-decision", "seizure-release", "查封、扣押财物的处理"),
    ("preserve-notice", "preserve-disposal", "先行登记保存物品的处理"),
)


def _rows(case: Case) -> list[dict[str, Any]] | None:
    """A line per demand of money and per kind of goods that the organ holds or held."""
    found = _of(case)
    rows = [dict(row) for row in found.rows] if found else []
    for taken, ended, item in _GOODS:
        if (begun := latest(case, taken)) is None:
            continue
        end = latest(case, ended)
        paper = end or begun
        rows.append({"item": item, "state": "done" if end else "none", "proof": f"《{paper.title}》{paper.number}"})
    return rows or None


def _appeals(case: Case) -> str:
    """Whether a reconsideration or a suit is or was pending, by what is recorded of them."""
    rows = list(queries.appeals(case))
    return "none" if not rows else "over" if all(hasattr(row, "end") for row in rows) else "open"


def _appeals_told(case: Case) -> str | None:
    told = []
    for row in queries.appeals(case):
        end = getattr(row, "end", None)
        word = f"{end.get_outcome_display()}（{end.number}）" if end else "正在进行"
        told.append(f"{row.get_kind_display()}（{row.authority}，{row.number}）：{word}")
    return "；".join(told) or None


KNOWN["appeals.state"] = _appeals
KNOWN["appeals.note"] = _appeals_told
KNOWN["paid.unpaid_fine"] = lambda case: _sum(case, "fine")
KNOWN["paid.late"] = lambda case: _sum(case, "late")
KNOWN["paid.left"] = lambda case: _sum(case, "left")
KNOWN["paid.total"] = lambda case: _sum(case, "paid")
KNOWN["paid.note"] = _note
KNOWN["paid.rows"] = _rows
