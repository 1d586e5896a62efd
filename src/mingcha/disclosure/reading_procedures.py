"""Procedures as the public reads them (执法程序): the edition in force, its chart, stages, limits, documents, files."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.documents import queries as documents
from mingcha.documents.rendering import fields as templates
from mingcha.documents.rendering import template
from mingcha.procedures import queries as procedures
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.faces import bpmn, chart, guide
from mingcha.procedures.faces import words as faces
from mingcha.procedures.faces.words import Words
from mingcha.procedures.shipped import codes, definition_file
from mingcha.review import rules as review


@dataclass(frozen=True)
class Published:
    """An edition of a procedure with what people read of it."""

    edition: Edition
    definition: Definition
    words: Words

    @property
    def act_type(self) -> str:
        return faces.act_type(self.definition.act_type)

    @property
    def file_name(self) -> str:
        return f"{self.definition.code}-{self.edition.number}"

    def chart(self, *, other: dict[str, str] | None = None) -> list[str]:
        """The public chart, one SVG per step. `other`: addresses of procedures that this one leads to, by code."""
        look = chart.Look(links=lambda stage: f"#stage-{stage}", other=lambda code: (other or {}).get(code, ""))
        return chart.pieces(self.definition, self.words, look=look)

    def svg(self) -> str:
        return chart.svg(self.definition, self.words)

    def bpmn(self) -> str:
        return bpmn.xml(self.definition, self.words)

    def json(self) -> str:
        row = self.edition
        body = {
            "organisation": row.organisation.name,
            "number": row.number,
            "effective_from": row.effective_from.isoformat(),
            "effective_to": row.effective_to.isoformat() if row.effective_to else None,
            "digest": row.digest,
            "content": row.content,
        }
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"

    def stages(self) -> list[guide.Row]:
        return guide.rows(self.definition, self.words)

    def limits(self) -> list[guide.Limit]:
        return guide.limits(self.definition, self.words)

    def checklist(self) -> list[tuple[str, list[guide.Item]]]:
        return guide.checklist(self.definition, self.words)


def procedure_vocabulary(day: dt.date) -> Words:
    """The words of procedures: roles, documents, periods, conditions, names of the others."""
    documents = {kind: template(kind).title for kind in templates.kinds()}
    return faces.of(day, documents=documents, names=faces.procedure_names())


def procedures_in_force(jurisdiction: str, day: dt.date) -> list[Published]:
    """Every procedure in force on a day, by act type and name."""
    words = procedure_vocabulary(day)
    rows = catalogues.published(jurisdiction).filter(kind="procedure", effective_from__lte=day)
    found = [
        Published(row, procedures.definition(row.id), words)
        for row in rows
        if row.effective_to is None or row.effective_to >= day
    ]
    order = list(faces.act_types())
    return sorted(
        found,
        key=lambda item: (
            order.index(item.definition.act_type) if item.definition.act_type in order else len(order),
            item.definition.code,
            item.edition.organisation.name,
        ),
    )


def procedure_read(edition_id: uuid.UUID) -> Published:
    """A published procedure. Raises NotFound."""
    try:
        row = catalogues.edition(edition_id)
    except Edition.DoesNotExist:
        raise NotFound("没有找到这份执法程序。") from None
    if row.kind != "procedure":
        raise NotFound("没有找到这份执法程序。")
    return Published(row, procedures.definition(row.id), procedure_vocabulary(clock.today()))


def review_course(day: dt.date) -> tuple[str, list[str], list[dict[str, str]]]:
    """Name and chart of the legal review (法制审核流程图, R092), one SVG per step, and the points that are gone through."""
    found = review.course()
    return found.name, chart.pieces(found, procedure_vocabulary(day)), review.checklist()


def review_by_act() -> list[tuple[str, str, str, str]]:
    """Per kind of act (分执法类别, R092): its name, the papers that are reviewed, where in its course, on what ground."""
    rows = []
    for code in codes():
        kinds = documents.decisive(code)
        if not kinds:
            continue
        found = parse(definition_file(code))
        stage = found.stages.get("legal-review")
        where = f"在“{stage.name}”环节，由审核人员转入下一环节" if stage else "文书制作以前送审，办理环节不变"
        if urgent := [text for kind in kinds if (text := review.urgent_words(kind))]:
            where += "。" + "".join(urgent)
        papers = "、".join(f"《{template(kind).title}》" for kind in kinds)
        rows.append((found.name, papers, where, review.source(found.act_type)))
    return rows


def procedure_history(edition: Edition) -> list[Any]:
    """All editions of the same procedure of the same organ, newest first."""
    rows = catalogues.published(edition.organisation.jurisdiction)
    return list(rows.filter(organisation_id=edition.organisation_id, kind="procedure", key=edition.key))
