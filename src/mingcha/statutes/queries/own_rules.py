"""The library of the institution's own rules (制度文件): rules, versions, what is in force."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

from django.db.models import Prefetch, Q, QuerySet

from mingcha.common.errors import NotFound
from mingcha.statutes import resting
from mingcha.statutes.choices import RuleKind, RuleState
from mingcha.statutes.models import InstitutionRule, RuleVersion
from mingcha.statutes.queries.articles import vocabulary
from mingcha.statutes.splitting import rule_lines


def rules(organ_id: uuid.UUID) -> QuerySet[InstitutionRule]:
    """The rules of an organ with their versions (newest first) and filings, by kind and title."""
    versions = RuleVersion.objects.select_related("filing").defer("body").order_by("-number")
    return (
        InstitutionRule.objects.filter(organisation_id=organ_id)
        .prefetch_related(Prefetch("versions", versions))
        .order_by("kind", "title")
    )


def rule(rule_id: uuid.UUID, organ_id: uuid.UUID) -> InstitutionRule:
    """A rule of an organ with its versions. Raises NotFound."""
    row = rules(organ_id).filter(id=rule_id).first()
    if row is None:
        raise NotFound("没有找到这项制度，或者它不属于本机关。")
    return row


def version(version_id: uuid.UUID, organ_id: uuid.UUID) -> RuleVersion:
    """A version with its text. Raises NotFound."""
    rows = RuleVersion.objects.select_related("rule", "filing").filter(rule__organisation_id=organ_id)
    row = rows.filter(id=version_id).first()
    if row is None:
        raise NotFound("没有找到这个版本，或者它不属于本机关。")
    return row


def in_force_rules(organ_id: uuid.UUID, on: dt.date) -> list[RuleVersion]:
    """The versions in force on a day with their texts, in the order of the handbook: by kind, then title."""
    rows = RuleVersion.objects.select_related("rule", "filing").filter(
        Q(effective_to=None) | Q(effective_to__gte=on), rule__organisation_id=organ_id, effective_from__lte=on
    )
    order = {kind: place for place, kind in enumerate(RuleKind.values)}
    return sorted(rows.exclude(state=RuleState.DRAFT), key=lambda row: (order[row.rule.kind], row.rule.title))


def _resting(law: str, changed: frozenset[tuple[int, int]]) -> Iterator[resting.Resting]:
    """Own rules in force or in draft that cite the law, article by article."""
    rows = RuleVersion.objects.filter(state__in=[RuleState.DRAFT, RuleState.ISSUED]).select_related(
        "rule__organisation"
    )
    known = vocabulary()
    for row in rows.order_by("rule__title", "number"):
        for place, line in enumerate(rule_lines(row.body)):
            if citations := resting.cited(line.text, law, changed, known):
                yield resting.Resting(
                    key=f"{row.id}:{place}",
                    jurisdiction=row.rule.organisation.jurisdiction,
                    target=str(row.id),
                    title=f"{row.rule.organisation.name}《{row.rule.title}》第{row.number}版",
                    place=line.label or "正文",
                    citations=tuple(dict.fromkeys(citations)),
                )


resting.register("own-rule", "制度文件", _resting)


def version_with_file(sha256: str, organ_id: uuid.UUID) -> RuleVersion | None:
    """The version of an organ that a stored file belongs to, as original or as receipt of filing."""
    rows = RuleVersion.objects.select_related("rule").filter(rule__organisation_id=organ_id)
    return rows.filter(Q(file_sha256=sha256) | Q(filing__receipt_sha256=sha256)).first()
