"""Cover, index and note of each volume (案卷封面、卷内目录、备考表) with the page numbers of the finished prints."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pypdfium2

from mingcha.archives.choices import CustodyKind, Retention
from mingcha.archives.erasing import queries as erasing
from mingcha.archives.errors import NotReady
from mingcha.archives.models import Acceptance
from mingcha.archives.ordering import FRAME, MAIN, SECOND, VOLUMES
from mingcha.archives.queries import ENDED, Paper, acceptance, custody, dossier
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents.actions import ensure_rendered, make
from mingcha.documents.blocks import officers_block
from mingcha.documents.models import Correction, Document
from mingcha.documents.sealing import actions as signing
from mingcha.documents.sealing import queries as signatures
from mingcha.files import queries as files
from mingcha.files.models import StoredFile
from mingcha.ledger import queries as ledger
from mingcha.ledger.actors import ActorSnapshot

# The forms say "side" for the secondary volume.
_FORM_VOLUME = {MAIN: "main", SECOND: "side"}
_MAKING = {"document-issued", "evidence-recorded", "recording-added", "appeal-recorded"}
PAPERS = ("application/pdf", "image/png", "image/jpeg")


@dataclass(frozen=True)
class Leaf:
    """One item of a volume with the bytes that are bound and the pages they fill; 0 pages: an annex, or no bytes."""

    paper: Paper
    stored: StoredFile | None
    pages: int
    first: int

    @property
    def last(self) -> int:
        return self.first + self.pages - 1 if self.pages else 0


def since(case: Case, before: int) -> set[str]:
    """Documents, evidence, recordings and papers of appeals that came after entry number `before` of the case's journal."""
    rows = ledger.entries_of_case(case.id).filter(case_seq__gt=before)
    made = set(rows.filter(kind__in=_MAKING).values_list("subject_id", flat=True))
    # A corrected version has no entry of its own: that of the correction names the paper it replaces.
    slipped = [uuid.UUID(key) for key in rows.filter(kind="document-corrected").values_list("subject_id", flat=True)]
    made |= {str(row.successor_id) for row in Correction.objects.filter(original_id__in=slipped)}
    return made | {f"{key}{ENDED}" for key in rows.filter(kind="appeal-ended").values_list("subject_id", flat=True)}


def papers(case: Case, before: int) -> dict[str, list[Paper]]:
    """Papers of the next volume to be sealed: all of them, or what came after the volume before."""
    whole = dossier(case)
    if not before:
        return {MAIN: whole.main, SECOND: whole.second}
    wanted = since(case, before)
    return {name: [paper for paper in whole.volume(name) if paper.key in wanted] for name in VOLUMES}


def render_all(found: Mapping[str, list[Paper]], told: Callable[[int, int], None] = lambda done, all_: None) -> None:
    """The prints of all papers, signed where the site signs; outside any transaction."""
    rows = [paper.document for part in found.values() for paper in part if paper.document is not None]
    for done, row in enumerate(rows):
        told(done, len(rows))
        finish(row)


def finish(row: Document) -> None:
    if row.id in erasing.erased_papers(row.case_id):
        # Its print went with an erasure; the worker makes the new one, and nobody signs what was blanked.
        if erasing.reprint(row.id) is None:
            raise NotReady(message=f"《{row.title}》依法删除内容以后正在重新制作版式文件，制成以后继续封存。")
        return
    ensure_rendered(row.id)
    if signing.provider() is not None and not hasattr(row, "void"):
        signing.ensure_signed(row.id)


def print_of(row: Document) -> StoredFile:
    """The newest signed copy of a document, else its print. Raises NotReady before there is one."""
    if row.id in erasing.erased_papers(row.case_id):
        anew = erasing.reprint(row.id)
        if anew is None:
            raise NotReady(message=f"《{row.title}》依法删除内容以后正在重新制作版式文件，制成以后继续封存。")
        return anew
    copy = signatures.newest(row)
    if copy is not None:
        return copy.file
    fresh = Document.objects.select_related("rendering__file").get(id=row.id)
    if not hasattr(fresh, "rendering"):
        raise NotReady(message=f"《{row.title}》还没有制成版式文件，制成以后继续封存。")
    return fresh.rendering.file


def pages_of(stored: StoredFile) -> int:
    """Pages that a file fills in the bound volume: those of a PDF, one for a picture, none for anything else."""
    if stored.media_type == "application/pdf":
        with files.local_path(stored.sha256) as path, pypdfium2.PdfDocument(path) as document:
            return len(document)
    return 1 if stored.media_type in PAPERS else 0


def leaves(part: list[Paper]) -> list[Leaf]:
    """The items of a volume with continuous page numbers; recordings and other files are annexes without."""
    found, page = [], 1
    for paper in part:
        if paper.recording is not None:
            continue
        stored = print_of(paper.document) if paper.document is not None else paper.stored
        pages = pages_of(stored) if stored is not None else 0
        found.append(Leaf(paper, stored, pages, page if pages else 0))
        page += pages
    return found


def frame_of(case: Case, before: int) -> dict[str, dict[str, Document]]:
    """Cover, index and note made for the volume that follows entry number `before`: volume → kind → document."""
    wanted = since(case, before)
    found: dict[str, dict[str, Document]] = {}
    names = {label: name for name, label in _FORM_VOLUME.items()}
    for row in Document.objects.filter(case=case, kind__in=FRAME).order_by("issued_at", "id"):
        volume = names.get(row.fields.get("volume", ""))
        if volume and str(row.id) in wanted:
            found.setdefault(volume, {})[row.kind] = row
    return found


def make_frame(
    case: Case, volume_no: int, parts: Mapping[str, list[Leaf]], recordings: Mapping[str, int], *, by: ActorSnapshot
) -> None:
    """Make cover, index and note of both volumes of a locked case, in the caller's transaction."""
    taken = acceptance(case)
    if taken is None:
        raise NotReady(message="档案部门还没有接收案卷。")
    used = [name for name in VOLUMES if parts[name]]
    for place, name in enumerate(used, 1):
        common = _common(case, taken, volume_no, name)
        rows = parts[name]
        pages = sum(leaf.pages for leaf in rows)
        told = {"pages_total": pages, "entries": _entries(rows), "retention": retention_label(taken.retention)}
        make(case, "dossier-index", {**common, **told}, by=by)
        make(
            case,
            "dossier-cover",
            {**common, "pages": pages, "volume_n": place, "volume_all": len(used)},
            by=by,
        )
        media = f"音像{recordings[name]}段，另附载体或者存放于原件库" if recordings[name] else ""
        make(
            case,
            "dossier-note",
            {**common, "pages": pages, "pieces": len(rows), "media": media, "missing": _missing(case, volume_no, rows)},
            by=by,
        )


def _common(case: Case, taken: Acceptance, volume_no: int, name: str) -> dict[str, Any]:
    steps = custody(case)
    offered = next((step for step in reversed(steps) if step.kind == CustodyKind.OFFERED), None)
    number = case.number or str(case.id)
    return {
        "case_no": case.number or case.cause,
        "cause": case.cause,
        "dossier_no": number if volume_no == 1 else f"{number}补{volume_no - 1}",
        "volume": _FORM_VOLUME[name],
        "party": case.party_name,
        "result": "已结案",
        "handlers": officers_block(case),
        "filed_on": case.filed_on or case.closed_on,
        "closed_on": case.closed_on,
        "made_on": clock.today(),
        "fonds_no": taken.fonds_no or "未编",
        "catalogue_no": taken.catalogue_no or "未编",
        "filed_by": offered.name if offered else taken.accepted_by.name,
        "compiler": offered.name if offered else "承办机构",
        "checker": taken.accepted_by.name,
        "retention": taken.retention,
    }


def _entries(rows: list[Leaf]) -> list[dict[str, str]]:
    found = []
    for leaf in rows:
        if leaf.pages:
            pages = str(leaf.first) if leaf.pages == 1 else f"{leaf.first}-{leaf.last}"
        else:
            pages = "附件" if leaf.stored else "—"
        found.append(
            {
                "name": leaf.paper.title,
                "number": leaf.paper.number,
                "maker": leaf.paper.maker,
                "date": leaf.paper.day,
                "pages": pages,
                "remark": leaf.paper.remark,
            }
        )
    return found


def _missing(case: Case, volume_no: int, rows: list[Leaf]) -> str:
    parts = []
    if volume_no > 1:
        row = case.supplements.filter(volume_no=volume_no).first()
        parts.append(f"本卷为归档后补充，原因：{row.reason}" if row else "本卷为归档后补充。")
    if bare := [leaf.paper.title for leaf in rows if leaf.stored is None]:
        parts.append(f"下列材料没有电子文件，实物另行保管：{'、'.join(bare)}。")
    if void := [leaf.paper.title for leaf in rows if leaf.paper.remark == "作废"]:
        parts.append(f"已作废而保留原件：{'、'.join(void)}。")
    return "".join(parts) or "无。"


def retention_label(value: str) -> str:
    return str(Retention(value).label)
