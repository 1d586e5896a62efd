"""Writes of erasure (依法删除个人信息): one person asks, a head who did not ask carries it out — 个人信息保护法 art. 47.

The journal gives up the contents that name the person, every row of the case has the words covered, prints and sealed
packages that held them go, and the worker prints and seals anew. Digests, entries and the ledger stay.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.archives import queries as dossiers
from mingcha.archives.actions import supplement_for
from mingcha.archives.erasing import blanking, queries
from mingcha.archives.keeping import queries as keeping
from mingcha.archives.keeping import rules
from mingcha.archives.keeping.choices import ErasureGround
from mingcha.archives.models import (
    ErasedFile,
    ErasedPackage,
    ErasedRow,
    Erasure,
    ErasurePass,
    ErasureRefusal,
    ErasureRequest,
    ErasureWords,
    Reprint,
)
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.documents.models import Document, Rendering, SignedCopy
from mingcha.documents.rendering import render
from mingcha.files import tombstones
from mingcha.files.actions import keep, receive_bytes
from mingcha.files.models import StoredFile
from mingcha.ledger.actions import append, erase
from mingcha.ledger.actors import ActorSnapshot

MAY_REQUEST = (Role.ARCHIVIST, Role.REVIEWER, Role.HEAD)
_ARTICLE = ("个人信息保护法第四十七条",)


def words_of(text: str) -> list[str]:
    """The names and numbers by which a person is looked for, one per line; shorter than two characters names nobody."""
    check = Check()
    whole = check.text("words", text, "姓名、证件号码或者电话", most=600)
    words = list(dict.fromkeys(line.strip() for line in whole.splitlines() if line.strip()))
    if any(len(word) < 2 for word in words) or len(words) > 10:
        check.add("words", "每行写一个姓名或者号码，至少两个字，最多十行。")
    check.done()
    return words


@transaction.atomic
def request(
    case_id: uuid.UUID, *, actor: Actor, words: str, ground: str, reason: str, reference: str
) -> ErasureRequest:
    """Ask that a person's data be erased from a case. Raises NotPermitted, InvalidInput, NotFound, Refused."""
    role = actor.require(*MAY_REQUEST)
    case = _locked(actor, case_id)
    names = words_of(words)
    check = Check()
    check.one_of("ground", ground, "删除的法定理由", ErasureGround.values)
    reason = check.text("reason", reason, "说明", most=300)
    reference = check.text("reference", reference, "申请或者决定的编号", most=120)
    if any(name in reason or name in reference for name in names):
        check.add("reason", "说明和编号中不要写要删除的姓名或者号码，否则它又留在记录里。")
    check.done()
    _require_free(case, ground)
    if not queries.entries_naming(case, names).exists() and next(blanking.standing(case, names), None) is None:
        raise NotFound("本案的记录里没有这个姓名或者号码，没有可以删除的内容。")
    row = ErasureRequest.objects.create(
        case=case, ground=ground, reason=reason, reference=reference, by_id=actor.officer_id, at=clock.now()
    )
    ErasureWords.objects.create(request=row, text="\n".join(names))
    _tell("erasure-requested", row, actor.snapshot(role), {"ground": ground, "reason": reason, "reference": reference})
    return row


@transaction.atomic
def refuse(request_id: uuid.UUID, *, actor: Actor, reason: str) -> ErasureRefusal:
    """Refuse a request, or take the own one back. Raises NotPermitted, NotFound, InvalidInput, Conflict."""
    row = _waiting(actor, request_id)
    role = actor.require(*(MAY_REQUEST if row.by_id == actor.officer_id else (Role.HEAD,)))
    check = Check()
    reason = check.text("reason", reason, "理由", most=300)
    if any(name in reason for name in row.words.text.splitlines()):
        check.add("reason", "理由中不要写要删除的姓名或者号码，否则它又留在记录里。")
    check.done()
    ended = ErasureRefusal.objects.create(request=row, reason=reason, by_id=actor.officer_id, at=clock.now())
    ErasureWords.objects.filter(request=row).delete()
    _tell("erasure-refused", row, actor.snapshot(role), {"reason": reason})
    return ended


@transaction.atomic
def carry_out(request_id: uuid.UUID, *, actor: Actor) -> Erasure:
    """Erase what the request names, as the second person. Bytes go and prints are made anew by `tasks.finish`.

    Raises NotPermitted, NotFound, Conflict, Refused.
    """
    role = actor.require(Role.HEAD)
    row = _waiting(actor, request_id)
    if row.by_id == actor.officer_id:
        message = "删除个人信息由两人办理，申请人不能自己批准。"
        raise Refused([Reason("erasure-same-person", message, _ARTICLE, "请另一名机关负责人批准。")])
    case = row.case
    _require_free(case, row.ground)
    names, by = row.words.text.splitlines(), actor.snapshot(role)
    ErasurePass.objects.create(request=row, by_id=actor.officer_id, at=clock.now())
    ErasureWords.objects.filter(request=row).delete()
    entries = list(queries.entries_naming(case, names))
    for entry in entries:
        erase(entry, actor=by, ground=f"{_ARTICLE[0]}：{ErasureGround(row.ground).label}")
    rows, papers = [], []
    for found in list(blanking.standing(case, names)):
        before, after = blanking.put(found)
        columns = sorted(found.values)
        ErasedRow.objects.create(
            request=row, table_name=found.table, key=found.key, columns=columns, before=before, after=after
        )
        rows.append([found.table, found.key, after])
        if found.model is Document:
            papers.append(found.pk)
    files = _prints(row, papers)
    packages = list(queries.packages(case))
    for package in packages:
        ErasedPackage.objects.create(package=package, request=row)
    done = Erasure.objects.create(
        case=case,
        request=row,
        ground=row.ground,
        reason=row.reason,
        reference=row.reference,
        payloads=len(entries),
        rows=len(rows),
        files=len(files),
        packages=len(packages),
        by_id=actor.officer_id,
        at=clock.now(),
    )
    payload = {
        "ground": row.ground,
        "reason": row.reason,
        "reference": row.reference,
        "entries": [entry.pk for entry in entries],
        "rows": sorted(rows),
        "files": files,
        "packages": [package.contents for package in packages],
        "remains": queries.remains(case),
    }
    _tell("personal-data-erased", row, by, payload)
    if packages:
        reason = f"依法删除个人信息（{row.reference}）后重新封存，此前各卷的封存包停止使用"
        supplement_for(case, reason=reason, officer_id=actor.officer_id, by=by)
    return done


def _prints(row: ErasureRequest, papers: list[uuid.UUID]) -> list[str]:
    """Prints of blanked papers, named and buried; those that another case needs too stay."""
    if Document.objects.filter(id__in=papers, rendering=None).exists():
        message = "有文书的版式文件还没有制成，制成以后才能删除。"
        raise Refused([Reason("erasure-print-missing", message, _ARTICLE, "请稍后再办理。")])
    found: dict[str, uuid.UUID] = {}
    for model in (Rendering, SignedCopy, Reprint):
        pairs = model._base_manager.filter(document_id__in=papers).values_list("file_id", "document_id")
        found |= dict(pairs)
    gone = set(tombstones.buried(found))
    for sha256, document_id in sorted(found.items()):
        ErasedFile.objects.create(request=row, file_id=sha256, document_id=document_id)
        if sha256 not in gone:
            tombstones.bury(sha256, why=f"依法删除个人信息（{row.reference}）", disposal_id=row.id)
    return sorted(found)


def print_anew(document_id: uuid.UUID, request_id: uuid.UUID) -> Reprint:
    """The print of a blanked paper from what it says now; rendered outside the transaction. Safe to repeat."""
    document = Document.objects.select_related("case").get(id=document_id)
    made = render(document.kind, document.fields, version=document.template_version)
    incoming = receive_bytes(made.pdf)
    with transaction.atomic():
        lock(document.case_id)
        found = Reprint.objects.filter(document=document, request_id=request_id).first()
        if found is not None:
            return found
        row = Reprint.objects.create(document=document, request_id=request_id, file=keep(incoming), at=clock.now())
        append(
            "document-reprinted",
            log=document.case.jurisdiction,
            subject=("document", str(document.id)),
            case_id=document.case_id,
            actor=SYSTEM,
            payload={"sha256": incoming.sha256, "digest": queries.digest_now(document)},
        )
    return row


def print_of(document_id: uuid.UUID) -> StoredFile | None:
    """The print of a blanked paper, made now if the worker has not done so; None where nothing was blanked."""
    last = ErasedFile.objects.filter(document_id=document_id).order_by("-request__at").first()
    if last is None:
        return None
    return queries.reprint(document_id) or print_anew(document_id, last.request_id).file


def _require_free(case: Case, ground: str) -> None:
    facts, today = keeping.facts_of(case), clock.today()
    until = rules.term(facts, today).value.until
    if reasons := rules.may_erase(ground, until is not None and until < today, facts.holds):
        raise Refused(reasons)
    if dossiers.progress(case) is not None:
        message = "案卷正在封存，封存完成以后才能删除。"
        raise Refused([Reason("erasure-while-sealing", message, _ARTICLE, "请稍后再办理。")])


def _locked(actor: Actor, case_id: uuid.UUID) -> Case:
    access.case(actor, case_id)
    return lock(case_id)


def _waiting(actor: Actor, request_id: uuid.UUID) -> ErasureRequest:
    found = ErasureRequest.objects.filter(id=request_id).first()
    if found is None:
        raise NotFound("没有找到这份删除申请。")
    case = _locked(actor, found.case_id)
    row = queries.waiting(case).filter(id=request_id).first()
    if row is None:
        raise Conflict("erasure-ended", "这份删除申请已经办结。")
    return row


def _tell(kind: str, row: ErasureRequest, by: ActorSnapshot, payload: Mapping[str, object]) -> None:
    append(
        kind,
        log=row.case.jurisdiction,
        subject=("erasure", str(row.id)),
        case_id=row.case_id,
        actor=by,
        payload=payload,
    )
