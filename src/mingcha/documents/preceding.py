"""What stands before a deciding paper (决定以前的文书和环节): read from the pinned procedure's own table of stages."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common.errors import Reason
from mingcha.documents.models import Document
from mingcha.documents.rendering import kinds, template
from mingcha.procedures.definition import Stage

_ARTICLE = "行政处罚法第四十七条"


def unpapered(case: Case, made: Collection[str]) -> Iterator[tuple[Stage, list[str]]]:
    """Stages that the case passed and that left none of the papers they name, with those papers."""
    known = set(kinds())
    flow = cases.procedure(case)
    for name in dict.fromkeys(change.source for change in cases.changes(case)):
        stage = flow.stages.get(name)
        # The proof of a service is asked for where the service itself is.
        wanted = [kind for kind in stage.documents if kind in known and kind != "service-receipt"] if stage else []
        if stage is not None and wanted and not set(made) & set(wanted):
            yield stage, wanted


def words(stage: Stage, wanted: Collection[str]) -> Reason:
    """The reason that names a stage without a paper."""
    names = "、".join(f"《{template(kind).title}》" for kind in wanted)
    text = f"“{stage.name}”环节没有留下文书（{names}）。"
    return Reason("stage-without-paper", text, (stage.article or _ARTICLE,), "请先补齐这一环节的文书，再作决定。")


def lacking(case: Case, kind: str) -> list[Reason]:
    """Reasons why a paper may not decide an act yet: a stage on the way to it left none of its papers."""
    made = set(Document.objects.filter(case=case, void=None).values_list("kind", flat=True)) | {kind}
    return [words(stage, wanted) for stage, wanted in unpapered(case, made)]
