"""Writing the next edition: begin, save content or single entries, reorder, discard. Nobody's text is overwritten."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.catalogues import access, profiles
from mingcha.catalogues.choices import UNFINISHED, DraftState
from mingcha.catalogues.models import Draft, DraftEntry, Drafter, Edition
from mingcha.catalogues.queries import fixed_above, in_force
from mingcha.catalogues.resting import texts
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.common.canonical import plain
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from mingcha.ledger.actions import append
from mingcha.statutes.queries import unfounded


@transaction.atomic
def begin(
    kind: str,
    key: str,
    *,
    title: str,
    actor: Actor,
    base: Edition | None = None,
    content: Mapping[str, Any] | None = None,
) -> Draft:
    """Begin the next edition of a list of the actor's organ, from `content`, from `base`, or from the one in force.

    Raises NotPermitted, InvalidInput; Conflict `draft-exists` (data: draft) while another one is unfinished.
    """
    role = actor.require(*access.WRITERS)
    found = schema(kind)
    check = Check()
    title = check.text("title", title, "清单名称", most=120)
    key = check.text("key", key, "清单编号", most=30)
    check.done()
    organisation = Organisation.objects.get(id=actor.organ_id)
    open_one = Draft.objects.filter(organisation=organisation, kind=kind, key=key, state__in=UNFINISHED).first()
    if open_one:
        raise _exists(open_one)
    base = base or in_force(organisation.id, kind, clock.today(), key)
    now = clock.now()
    whole = plain(content) if content is not None else dict(base.content) if base else plain(found.first or {})
    if kind == "policy-profile" and "values" in whole:
        # An older edition does not carry what keys that are newer than it come to.
        whole = {**profiles.flattened(whole), **whole}
    entries = whole.pop("entries", []) if found.columns else []
    try:
        with transaction.atomic():
            draft = Draft.objects.create(
                organisation=organisation,
                kind=kind,
                key=key,
                title=title,
                basis="",
                base=base,
                content=whole,
                created_by_id=actor.officer_id,
                created_at=now,
                changed_by_id=actor.officer_id,
                changed_at=now,
            )
    except IntegrityError:
        raise _exists(Draft.objects.get(organisation=organisation, kind=kind, key=key, state__in=UNFINISHED)) from None
    _wrote(draft, actor)
    if found.columns:
        append_entries(draft, [row for row in entries if not row.get("inherited")], actor)
        take_fixed(draft, actor)
    append(
        "list-draft-begun",
        log=organisation.jurisdiction,
        subject=("list-draft", str(draft.id)),
        actor=actor.snapshot(role),
        payload={"kind": kind, "key": key, "title": title, "base": str(base.id) if base else None},
    )
    return draft


def _exists(draft: Draft) -> Conflict:
    return Conflict(
        "draft-exists",
        f"《{draft.title}》已经有一份没有办完的草稿，请在那份草稿上修改。",
        {"draft": str(draft.id)},
    )


@transaction.atomic
def save_content(
    draft_id: uuid.UUID,
    content: Mapping[str, Any],
    *,
    actor: Actor,
    version: int,
    title: str | None = None,
    basis: str | None = None,
) -> Draft:
    """Replace what stands outside the entries (the whole of a procedure or a profile).

    `version` is that of the draft the writer saw. Raises Conflict `draft-changed` when somebody saved in between.
    """
    draft = writable(draft_id, actor)
    if draft.version != version:
        raise Conflict(
            "draft-changed",
            f"{draft.changed_by.name}已经在{clock.legal_day(draft.changed_at).isoformat()}修改过这份草稿，您的修改没有保存。"
            "请核对最新内容后重新填写。",
            {"version": draft.version, "content": draft.content, "changed_by": draft.changed_by.name},
        )
    check = Check()
    if title is not None:
        draft.title = check.text("title", title, "清单名称", most=120)
    if basis is not None:
        draft.basis = check.text("basis", basis, "制定依据", most=200, required=False)
    check.done()
    draft.content = plain(content)
    draft.version += 1
    _noted(draft, actor)
    return draft


@transaction.atomic
def save_entry(
    draft_id: uuid.UUID,
    data: Mapping[str, Any],
    *,
    actor: Actor,
    entry_id: uuid.UUID | None = None,
    version: int = 0,
) -> DraftEntry:
    """Add an entry at the end, or save one that the writer saw at `version`.

    What is written is kept even when incomplete; submission asks for the rest. Raises Conflict `entry-changed` with
    the other person's text in `data`, InvalidInput for values of the wrong type and for articles that do not exist.
    """
    draft = writable(draft_id, actor)
    cleaned = schema(draft.kind).clean(data)
    if unfounded(texts(cleaned), clock.today()):
        told = {name: unfounded(texts(value), clock.today()) for name, value in cleaned.items()}
        raise InvalidInput({name: found for name, found in told.items() if found})
    if entry_id is None:
        return append_entries(draft, [cleaned], actor)[0]
    row = _entry(draft, entry_id)
    own = row.changed_by_id == actor.officer_id
    if row.version != version and not (own and row.run_from <= version < row.version):
        raise Conflict(
            "entry-changed",
            f"{row.changed_by.name}刚刚修改过这一条，您的修改没有保存，也没有覆盖对方的内容。请对照两份内容后再保存。",
            {"version": row.version, "data": row.data, "yours": cleaned, "changed_by": row.changed_by.name},
        )
    _not_inherited(row)
    row.data, row.code = cleaned, str(cleaned.get("code", ""))[:40]
    if not own:
        row.run_from = row.version
    row.version += 1
    row.changed_by_id, row.changed_at = actor.officer_id, clock.now()
    row.save(update_fields=["data", "code", "version", "run_from", "changed_by", "changed_at"])
    _noted(draft, actor)
    return row


@transaction.atomic
def remove_entry(draft_id: uuid.UUID, entry_id: uuid.UUID, *, actor: Actor, version: int) -> None:
    """Remove an entry that the writer saw at `version`. Raises Conflict, Refused for one that the superior fixed."""
    draft = writable(draft_id, actor)
    row = _entry(draft, entry_id)
    _not_inherited(row)
    if row.version != version:
        raise Conflict("entry-changed", f"{row.changed_by.name}刚刚修改过这一条，没有删除。请看过最新内容再决定。")
    row.delete()
    DraftEntry.objects.filter(draft=draft, position__gt=row.position).update(position=F("position") - 1)
    _noted(draft, actor)


@transaction.atomic
def remove_entries(draft_id: uuid.UUID, seen: Mapping[uuid.UUID, int], *, actor: Actor) -> int:
    """Remove several entries, each as the writer saw it (key → version); all of them or none. The count removed.

    Raises NotFound, Conflict for one that somebody changed since, Refused for one that the superior fixed.
    """
    draft = writable(draft_id, actor)
    rows = list(DraftEntry.objects.select_related("changed_by").filter(draft=draft, id__in=seen))
    if len(rows) != len(seen):
        raise NotFound("选中的条目有的已经被删除，请刷新页面。")
    for row in rows:
        _not_inherited(row)
        if row.version != seen[row.id]:
            raise Conflict(
                "entry-changed",
                f"{row.changed_by.name}刚刚修改过“{row.code}”，一条都没有删除。请看过最新内容再决定。",
            )
    DraftEntry.objects.filter(id__in=seen).delete()
    kept = list(DraftEntry.objects.filter(draft=draft).order_by("position", "id"))
    moved = [(place, row) for place, row in enumerate(kept, 1) if row.position != place]
    for place, row in moved:
        row.position = place
    DraftEntry.objects.bulk_update([row for _, row in moved], ["position"], batch_size=500)
    _noted(draft, actor)
    return len(rows)


@transaction.atomic
def move_entry(draft_id: uuid.UUID, entry_id: uuid.UUID, *, actor: Actor, to: int) -> None:
    """Put an entry at place `to` (from 1); the others keep their order."""
    draft = writable(draft_id, actor)
    row = _entry(draft, entry_id)
    last = DraftEntry.objects.filter(draft=draft).aggregate(last=Max("position"))["last"] or 1
    target = min(max(to, 1), last)
    others = DraftEntry.objects.filter(draft=draft).exclude(id=row.id)
    if target < row.position:
        others.filter(position__gte=target, position__lt=row.position).update(position=F("position") + 1)
    elif target > row.position:
        others.filter(position__gt=row.position, position__lte=target).update(position=F("position") - 1)
    DraftEntry.objects.filter(id=row.id).update(position=target)
    _noted(draft, actor)


@transaction.atomic
def discard(draft_id: uuid.UUID, *, actor: Actor, reason: str) -> Draft:
    """Give a draft up, with the reason."""
    draft = writable(draft_id, actor)
    check = Check()
    reason = check.text("reason", reason, "作废的理由", most=200)
    check.done()
    draft.state = DraftState.DISCARDED
    _noted(draft, actor)
    append(
        "list-draft-discarded",
        log=draft.organisation.jurisdiction,
        subject=("list-draft", str(draft.id)),
        actor=actor.snapshot(actor.require(*access.WRITERS)),
        payload={"kind": draft.kind, "key": draft.key, "title": draft.title, "reason": reason},
    )
    return draft


@transaction.atomic
def import_entries(
    draft_id: uuid.UUID, entries: Iterable[Mapping[str, Any]], *, actor: Actor, replace: bool = False
) -> int:
    """Add entries read from a file, or put them in place of the draft's own ones. The count of entries taken over.

    An entry whose code exists already replaces that one; entries fixed by the superior stay. Raises InvalidInput.
    """
    draft = writable(draft_id, actor)
    cleaned = [schema(draft.kind).clean(row) for row in entries]
    rows = DraftEntry.objects.filter(draft=draft)
    if replace:
        rows.filter(inherited=False).delete()
        for place, row in enumerate(rows.order_by("position"), 1):
            if row.position != place:
                DraftEntry.objects.filter(id=row.id).update(position=place)
    fixed = set(rows.filter(inherited=True).values_list("code", flat=True))
    taken = [row for row in cleaned if str(row.get("code", "")) not in fixed]
    if not replace:
        known = {row.code: row for row in rows.filter(inherited=False)}
        fresh, now = [], clock.now()
        for item in taken:
            old = known.get(str(item.get("code", "")))
            if old is None:
                fresh.append(item)
                continue
            old.data, old.version = item, old.version + 1
            old.changed_by_id, old.changed_at = actor.officer_id, now
        DraftEntry.objects.bulk_update(known.values(), ["data", "version", "changed_by", "changed_at"], batch_size=200)
        append_entries(draft, fresh, actor)
    else:
        append_entries(draft, taken, actor)
    _noted(draft, actor)
    return len(taken)


@transaction.atomic
def follow_superior(draft_id: uuid.UUID, *, actor: Actor) -> int:
    """Take over what the superior fixes today; the count of entries taken over or renewed."""
    draft = writable(draft_id, actor)
    count = take_fixed(draft, actor)
    _noted(draft, actor)
    return count


def take_fixed(draft: Draft, actor: Actor) -> int:
    """Bring the entries fixed by the superior to the front of a draft, as they stand in its edition in force."""
    fixed = fixed_above(draft.organisation_id, draft.kind, clock.today())
    rows = DraftEntry.objects.filter(draft=draft)
    rows.filter(inherited=True).delete()
    rows.filter(code__in=[str(row["code"]) for row in fixed]).delete()
    now = clock.now()
    made = [
        DraftEntry(
            draft=draft,
            position=place,
            code=str(data["code"]),
            data=data,
            inherited=True,
            changed_by_id=actor.officer_id,
            changed_at=now,
        )
        for place, data in enumerate(fixed, 1)
    ]
    kept = list(rows.order_by("position", "id"))
    for place, row in enumerate(kept, len(made) + 1):
        row.position = place
    DraftEntry.objects.bulk_update(kept, ["position"], batch_size=500)
    DraftEntry.objects.bulk_create(made, batch_size=500)
    return len(made)


def append_entries(draft: Draft, entries: Iterable[Mapping[str, Any]], actor: Actor) -> list[DraftEntry]:
    """New entries at the end of a draft, in order."""
    last = DraftEntry.objects.filter(draft=draft).aggregate(last=Max("position"))["last"] or 0
    now = clock.now()
    rows = [
        DraftEntry(
            draft=draft,
            position=place,
            code=str(data.get("code", ""))[:40],
            data=plain(data),
            changed_by_id=actor.officer_id,
            changed_at=now,
        )
        for place, data in enumerate(entries, last + 1)
    ]
    DraftEntry.objects.bulk_create(rows, batch_size=500)
    _noted(draft, actor)
    return rows


def writable(draft_id: uuid.UUID, actor: Actor) -> Draft:
    """An open draft of the own organ, locked. Raises NotPermitted, NotFound, Refused."""
    actor.require(*access.WRITERS)
    rows = Draft.objects.select_for_update(of=("self",)).select_related("organisation", "changed_by")
    draft = rows.filter(id=draft_id, organisation_id=actor.organ_id).first()
    if draft is None:
        raise NotFound("没有找到这份清单草稿，或者它不属于您的机关。")
    if draft.state != DraftState.OPEN:
        raise Refused(
            [
                Reason(
                    "draft-closed",
                    f"《{draft.title}》{draft.get_state_display()}，不能再修改。",
                    fix="需要修改的，请先撤回送审，或者请审核人退回。"
                    if draft.state in UNFINISHED
                    else "请另起一份草稿。",
                )
            ]
        )
    return draft


def _entry(draft: Draft, entry_id: uuid.UUID) -> DraftEntry:
    row = DraftEntry.objects.select_related("changed_by").filter(draft=draft, id=entry_id).first()
    if row is None:
        raise NotFound("这一条已经被删除，请刷新页面。")
    return row


def _not_inherited(row: DraftEntry) -> None:
    if row.inherited:
        raise Refused(
            [
                Reason(
                    "entry-fixed-above",
                    f"“{row.code}”由上级清单固定，下级应当遵照执行，不能改动。",
                    fix="可以另外增加条目；认为上级条目有误的，请向上级反映。",
                )
            ]
        )


def _noted(draft: Draft, actor: Actor) -> None:
    """Who changed the draft last. `version` is that of title, basis and content; each entry has its own."""
    draft.changed_by_id, draft.changed_at = actor.officer_id, clock.now()
    draft.save(update_fields=["title", "basis", "content", "state", "version", "changed_by", "changed_at"])
    _wrote(draft, actor)


def _wrote(draft: Draft, actor: Actor) -> None:
    Drafter.objects.get_or_create(draft=draft, officer_id=actor.officer_id)
