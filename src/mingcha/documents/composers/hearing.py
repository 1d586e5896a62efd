"""Papers of the hearing (听证) — 行政处罚法 art. 63–65: rights told from the proposal, requests in time, who hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind, PartyKind
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents import blocks
from mingcha.documents.blocks import Fields, latest
from mingcha.documents.checking.limits import limit
from mingcha.documents.composers.enforcing import day
from mingcha.documents.composing import composer
from mingcha.documents.filling import KNOWN


def _host(case: Case) -> str:
    away = cases.avoiding(case)
    hosts = [officer for officer in cases.officers_on(case, DutyKind.HEARING_HOST) if officer.id not in away]
    return "、".join(officer.name for officer in hosts)


def _shown(case: Case) -> str:
    """The party as an announcement names it: of a person only the family name."""
    party = cases.party(case)
    return f"{party.name[:1]}某" if party.kind == PartyKind.PERSON else party.name


KNOWN["hearing.host"] = _host
KNOWN["party.shown"] = _shown
KNOWN["limit.hearing-agents"] = lambda case: limit("hearing-agents", clock.today())


@composer("hearing-right-notice")
def _rights(case: Case, typed: Mapping[str, Any]) -> Fields:
    """The same proposal as in the notice, or in the report where this letter comes first."""
    found = latest(case, "penalty-notice") or latest(case, "investigation-report")
    if found is None:
        return {}
    fields = found.fields
    penalties = list(fields.get("penalties") or [])
    due = blocks.hearing(case, penalties)
    factors = f"{fields.get('factors', '')}依照{fields.get('standard', '')}，属于“{fields.get('grade', '')}”阶次。"
    return {
        "facts": [{"text": row["text"]} for row in fields.get("facts") or []],
        "reason": fields.get("reason") or fields.get("nature", ""),
        "broken_articles": fields.get("broken_articles", []),
        "penalty_articles": fields.get("penalty_articles", []),
        "discretion_basis": fields.get("discretion_basis") or factors,
        "penalties": penalties,
        "hearing_matter": due.steps[0].rstrip("。") if due.value else "本机关认为有必要听取当事人的意见",
    }


@composer("hearing-application")
def _application(case: Case, typed: Mapping[str, Any]) -> Fields:
    received, due = day(typed.get("received_at")), day(typed.get("due"))
    return {"in_time": received <= due} if received and due else {}
