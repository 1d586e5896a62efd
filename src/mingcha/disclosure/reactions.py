"""What the law demands of disclosure when a decision is issued or revoked, in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mingcha.cases.locks import lock
from mingcha.cases.moves import settle
from mingcha.cases.queries import open_branches
from mingcha.catalogues.profiles import waits_for_effect
from mingcha.catalogues.queries import pinned
from mingcha.common.errors import Refused
from mingcha.decisions.choices import Variant
from mingcha.decisions.queries import changes, decided, decision
from mingcha.disclosure import acts, changed, letters, replacing
from mingcha.disclosure.actions import not_published, queue, take_down, withdraw_revoked
from mingcha.disclosure.commitments import making
from mingcha.disclosure.controls import demand, waiting_decision, withheld
from mingcha.disclosure.rules import withhold_needs_another
from mingcha.documents.models import Correction, Document
from mingcha.documents.queries import served_on
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.kinds import PAYLOAD_ERASED
from mingcha.ledger.reactions import on


@on("decision-issued")
def queue_publication(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """With the decision, or, where the policy profile says so, only when it has taken effect by service (R040)."""
    row = decision(uuid.UUID(entry.subject_id))
    if not waits_for_effect(pinned(row.case.profile_id).content):
        queue(row, by=actor)


@on("document-served")
def queue_when_effective(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    found = decided(entry.case_id) if payload.get("kind") == "penalty-decision" else []
    if not found:
        return
    row = decision(found[0])
    served = served_on(row.case, "penalty-decision")
    if served and waits_for_effect(pinned(row.case.profile_id).content) and not hasattr(row, "revocation"):
        queue(row, by=actor, since=served)


@on("document-issued")
def queue_act(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """With the letter by which an act other than an ordinary penalty is decided; what it undoes comes down."""
    if letters.of_kind(payload["kind"]) is None:
        return
    letter = acts.letter_of(uuid.UUID(entry.subject_id))
    if acts.public_kind(letter) is None:
        return
    _take_down(
        letter, f"许可已被{acts.spoken(letter).get('act') or '注销'}：{letter.number or letter.title}", entry, actor
    )
    made = acts.queue(letter, by=actor)
    if made is not None and not hasattr(made, "dual_control"):
        demand(made, pinned(letter.case.profile_id).content)


@on("document-voided")
def withdraw_void(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """A letter made void is not published, and comes down where it was."""
    if letters.of_kind(payload["kind"]) is not None:
        letter = acts.letter_of(uuid.UUID(entry.subject_id))
        _take_down(letter, f"文书已作废：{payload['reason']}", entry, actor)


def _take_down(letter: Document, reason: str, entry: Any, by: ActorSnapshot) -> None:
    for publication in acts.touched(letter):
        if hasattr(publication, "release"):
            take_down(publication, reason=reason, by=by)
        else:
            acts.end_period(publication, entry=entry.pk)


@on("decision-revoked")
def withdraw_publication(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    withdraw_revoked(decision(uuid.UUID(entry.subject_id)), reason=payload["reason"], by=actor)


@on("decision-changed")
def withdraw_changed(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    what = "由本机关" + payload["variant"]
    row = decision(uuid.UUID(entry.subject_id))
    withdraw_revoked(row, reason=payload["reason"], by=actor, what=what)
    made = changed.queue(changes(row)[-1], by=actor)
    if made is not None:
        demand(made, pinned(row.case.profile_id).content)


@on("decision-changed")
def end_unpublished(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Declared illegal or void before it was made public: there is nothing to publish, the branch ends."""
    row = decision(uuid.UUID(entry.subject_id))
    if changes(row)[-1].variant != Variant.CHANGE:
        _end_branch(entry, f"决定已由本机关{payload['variant']}，不再公示。")


@on("decision-revoked")
def end_publication(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """What is revoked before it was made public will not be: the branch of the publication ends."""
    _end_branch(entry, "决定已撤销，不再公示。")


def _end_branch(entry: Any, why: str) -> None:
    case = lock(entry.case_id)
    for row in open_branches(case):
        if row.stage == "publish-check":
            settle(case, row, "close", why)


@on("branch-moved")
def stop_waiting(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """The clerk's reasoned decision not to publish ends the period of the publication."""
    if (payload["from"], payload["to"]) == ("publish-check", "close"):
        if waiting_decision(entry.case_id) and not withheld(entry.case_id):
            raise Refused([withhold_needs_another()])
        not_published(entry.case_id, entry.pk)


@on("case-moved")
def close_unpublished(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Where the judgement on publication is a stage of the course itself, the same holds of its way past it."""
    if (payload.get("from"), payload.get("to")) == ("publish-check", "close") and waiting_decision(entry.case_id):
        raise Refused([withhold_needs_another()])


@on("document-corrected")
def replace_publication(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """A public letter was corrected: the corrected text has to replace the public one."""
    replacing.arise(Correction.objects.get(successor_id=uuid.UUID(payload["successor"])), by=actor)


@on(PAYLOAD_ERASED)
def close_commitments(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    """Where the law makes contents of a case go, what opens its committed letters goes too — 个人信息保护法 art. 47."""
    if entry.case_id is not None:
        making.erase(entry.case_id)
