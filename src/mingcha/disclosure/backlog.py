"""A backlog at once (成批签发、成批审核): a named clerk answers for each of many publications, another approves them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common.checks import Check
from mingcha.common.errors import InvalidInput, MingchaError, Reason, Refused
from mingcha.disclosure import access, actions, approving, controls, preparing
from mingcha.disclosure.commitments import making
from mingcha.disclosure.models import Publication, Submission
from mingcha.disclosure.models_controls import SubmissionKind
from mingcha.documents.queries import newest_version

# So many share a transaction: long enough to save the waiting for the disk, short enough that nobody waits for the turn.
CHUNK = 10


@dataclass
class Signed:
    """What became of the backlog: made public, handed to another for approval, and refused with the reasons."""

    released: list[uuid.UUID] = field(default_factory=list)
    submitted: list[uuid.UUID] = field(default_factory=list)
    refused: dict[uuid.UUID, list[Reason]] = field(default_factory=dict)


def text_of(publication: Publication) -> str:
    """The letter as it was committed when it was issued; only a letter without commitment is rendered again."""
    if publication.document is not None:
        row = making.of(newest_version(publication.document))
        if row is not None and row.opening.text:
            return str(row.opening.text)
    return preparing.original(publication)


def sign_off(
    ids: Sequence[uuid.UUID],
    *,
    actor: Actor,
    attested: bool,
    profile: str = preparing.PROFILE,
    said: Callable[[int], None] = lambda _: None,
) -> Signed:
    """Publish each with the engine's spans as they stand. One with something left is refused and waits for the editor.

    Call it outside a transaction. Raises NotPermitted, InvalidInput.
    """
    actor.require(Role.CLERK)
    check = Check()
    check.one_of("profile", profile, "脱敏方案", list(preparing.profiles()))
    if not attested:
        check.add("attested", "请确认已逐份核对隐去的内容。")
    check.done()
    found = Signed()
    for start in range(0, len(ids), CHUNK):
        ready: list[tuple[Publication, dict[str, Any]]] = []
        for key in ids[start : start + CHUNK]:
            _made_ready(key, actor, profile, ready, found)
        with transaction.atomic():
            for publication, signed in ready:
                _carried_out(publication, signed, actor, found)
        said(len(ready))
    return found


def _made_ready(
    key: uuid.UUID, actor: Actor, profile: str, ready: list[tuple[Publication, dict[str, Any]]], found: Signed
) -> None:
    try:
        publication = access.publication(actor, key)
        text = text_of(publication)
        proposal = preparing.marked(publication, text, profile)
        signed = actions.ready(publication, text, proposal, {}, (), profile)
    except MingchaError as error:
        found.refused[key] = _why(error)
    else:
        ready.append((publication, signed))


def _carried_out(publication: Publication, signed: dict[str, Any], actor: Actor, found: Signed) -> None:
    try:
        with transaction.atomic():
            actions.carry_out(publication, actor=actor, **signed)
    except MingchaError as error:
        found.refused[publication.id] = _why(error)
    else:
        demanded = controls.demanded(publication)
        (found.submitted if demanded else found.released).append(publication.id)


def _why(error: MingchaError) -> list[Reason]:
    return list(error.reasons) if isinstance(error, Refused) else [Reason(error.code, error.message)]


def answerable(actor: Actor) -> QuerySet[Submission]:
    """Texts handed in by others of the organ that this person may make public, the most urgent first."""
    rows = controls.waiting(access.visible(actor).filter(organisation_id=actor.organ_id))
    others = rows.filter(kind=SubmissionKind.RELEASE).exclude(asked_by_id=actor.officer_id)
    return others.order_by("publication__due_on", "asked_at", "id")


def approve(
    ids: Sequence[uuid.UUID], *, actor: Actor, attested: bool, said: Callable[[int], None] = lambda _: None
) -> Signed:
    """Make submissions public as they were handed in, each with its own answer; requests not to publish are left out.

    Call it outside a transaction. Raises NotPermitted, InvalidInput.
    """
    actor.require(Role.CLERK, Role.HEAD)
    if not attested:
        raise InvalidInput({"attested": ["请确认已逐份核对隐去和公开的内容。"]})
    known = dict(answerable(actor).filter(id__in=ids).values_list("id", "publication_id"))
    found = Signed()
    for key in dict.fromkeys(ids):
        try:
            if key not in known:
                raise Refused([_NOT_HERE])
            approving.answer(key, actor=actor, approved=True)
        except MingchaError as error:
            found.refused[key] = _why(error)
        else:
            found.released.append(known[key])
        said(1)
    return found


_NOT_HERE = Reason(
    "submission-not-answerable",
    "这项送审已经审核、不存在，或者不能由您成批审核。",
    fix="本人送审的由另一人审核；申请不公示的请逐份审核。",
)
