"""The way of a draft into force: submitted, reviewed by somebody who did not write it, published, or sent back."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.catalogues import access, queries
from mingcha.catalogues.actions.publishing import publish, withdraw
from mingcha.catalogues.choices import Conclusion, DraftState
from mingcha.catalogues.models import Draft, DraftEntry, Drafter, Edition, ListReview, Proposal, Superior, Withdrawal
from mingcha.catalogues.resting import texts
from mingcha.catalogues.rules import circular, follows, may_review, may_take_effect
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound, NotPermitted, Reason, Refused
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.statutes.queries import unfounded


@transaction.atomic
def submit(draft_id: uuid.UUID, *, actor: Actor, basis: str) -> Proposal:
    """Freeze a draft and hand it to the reviewer. Raises Refused with every reason why it cannot be published as it is."""
    role = actor.require(*access.WRITERS)
    draft = _locked(draft_id, actor.organ_id)
    _in_state(draft, DraftState.OPEN)
    check = Check()
    basis = check.text("basis", basis, "制定依据", most=200)
    check.done()
    content = plain(queries.composed(draft))
    reasons = obstacles(draft)
    if reasons:
        raise Refused(reasons, f"《{draft.title}》还不能送审：{reasons[0].message}")
    before = queries.latest_proposal(draft)
    row = Proposal.objects.create(
        draft=draft,
        round=(before.round if before else 0) + 1,
        organisation=draft.organisation,
        kind=draft.kind,
        key=draft.key,
        title=draft.title,
        basis=basis,
        content=content,
        digest=digest(content),
        submitted_by_id=actor.officer_id,
        submitted_at=clock.now(),
    )
    draft.basis = basis
    _to(draft, DraftState.SUBMITTED)
    Drafter.objects.get_or_create(draft=draft, officer_id=actor.officer_id)
    append(
        "list-submitted",
        log=draft.organisation.jurisdiction,
        subject=("list-draft", str(draft.id)),
        actor=actor.snapshot(role),
        payload={"kind": row.kind, "key": row.key, "round": row.round, "digest": row.digest, "basis": basis},
    )
    return row


def obstacles(draft: Draft) -> list[Reason]:
    """Why a draft cannot be submitted: its own check, articles that do not exist, and what the superior has fixed."""
    content = queries.composed(draft)
    found = schema(draft.kind)
    reasons = list(found.check(content))
    for said in unfounded(texts(content), clock.today()):
        reasons.append(Reason("citation-no-article", said, (), "请核对法律名称和条、款、项的序号。"))
    if found.columns:
        above = queries.superiors(draft.organisation_id, draft.kind, clock.today())
        fixed = queries.fixed_above(draft.organisation_id, draft.kind, clock.today())
        reasons += follows(fixed, content["entries"], above[0].name if above else "上级")
    return reasons


@transaction.atomic
def recall(draft_id: uuid.UUID, *, actor: Actor) -> Draft:
    """Take a submitted draft back to go on writing, as long as nobody has reviewed it."""
    role = actor.require(*access.WRITERS)
    draft = _locked(draft_id, actor.organ_id)
    _in_state(draft, DraftState.SUBMITTED)
    _to(draft, DraftState.OPEN)
    append(
        "list-recalled",
        log=draft.organisation.jurisdiction,
        subject=("list-draft", str(draft.id)),
        actor=actor.snapshot(role),
        payload={"kind": draft.kind, "key": draft.key},
    )
    return draft


@transaction.atomic
def review(
    proposal_id: uuid.UUID,
    *,
    actor: Actor,
    conclusion: str,
    opinion: str,
    organ: str = "",
    document_number: str = "",
    scan: Incoming | None = None,
) -> ListReview:
    """Give the opinion on a submitted list. Never by somebody who wrote on it.

    Kinds that the superior reviews need an official of an organ above, or its letter: `organ`, number and scan.
    """
    role = actor.require(*access.REVIEWERS)
    proposal = access.proposal(actor, proposal_id)
    draft = _locked(proposal.draft_id, proposal.organisation_id)
    _in_state(draft, DraftState.SUBMITTED)
    latest = queries.latest_proposal(draft)
    if latest is None or latest.id != proposal.id:
        raise Refused([Reason("list-review-outdated", "这份送审稿已经被新的一轮代替，请审核最新的一轮。")])
    drafted = Drafter.objects.filter(draft=draft, officer_id=actor.officer_id).exists()
    reasons = may_review(drafted=drafted, name=actor.name)
    if reasons:
        raise Refused(reasons)
    if not (actor.organ_id == proposal.organisation_id or actor.has(Role.SUPERVISOR) or _stands_above(actor, proposal)):
        raise NotPermitted(message="这份清单由本机关的法制机构、同级司法行政机关或者上级部门审核。")
    check = Check()
    check.one_of("conclusion", conclusion, "审核结论", Conclusion.values)
    opinion = check.text("opinion", opinion, "审核意见", most=2000)
    outside = schema(proposal.kind).reviewed_by == "superior" and not _stands_above(actor, proposal)
    if outside and conclusion == Conclusion.AGREE:
        organ = check.text("organ", organ, "审定机关", most=100)
        document_number = check.text("document_number", document_number, "审定文号", most=60)
        if scan is None:
            check.add("scan", "这类清单由上级业务主管部门审定，请上传审定文件的扫描件。")
    check.done()
    row = ListReview.objects.create(
        proposal=proposal,
        reviewer_id=actor.officer_id,
        organ=organ if outside and organ else actor.organ,
        conclusion=conclusion,
        opinion=opinion,
        document_number=document_number if outside else "",
        scan_sha256=keep(scan).sha256 if scan is not None and outside else "",
        at=clock.now(),
    )
    _to(draft, DraftState.APPROVED if conclusion == Conclusion.AGREE else DraftState.OPEN)
    append(
        "list-reviewed",
        log=draft.organisation.jurisdiction,
        subject=("list-draft", str(draft.id)),
        actor=actor.snapshot(role),
        payload={
            "kind": proposal.kind,
            "key": proposal.key,
            "round": proposal.round,
            "digest": proposal.digest,
            "conclusion": conclusion,
            "organ": row.organ,
            "document_number": row.document_number,
        },
    )
    return row


def _stands_above(actor: Actor, proposal: Proposal) -> bool:
    above = {organ.id for organ in queries.superiors(proposal.organisation_id, proposal.kind, clock.today())}
    return actor.organ_id in above or actor.organ_id == proposal.organisation.parent_id


@transaction.atomic
def put_in_force(draft_id: uuid.UUID, *, actor: Actor, effective_from: dt.date) -> Edition:
    """Publish an approved draft; it drives cases from `effective_from`. Raises Refused for a day that is past or taken."""
    role = actor.require(*access.PUBLISHERS)
    draft = _locked(draft_id, actor.organ_id)
    _in_state(draft, DraftState.APPROVED)
    check = Check()
    check.date("effective_from", effective_from, "施行日期")
    check.done()
    proposal = queries.latest_proposal(draft)
    if proposal is None:
        raise NotFound("没有找到送审稿。")
    reasons = may_take_effect(effective_from, clock.today())
    if reasons:
        raise Refused(reasons)
    edition = publish(
        draft.organisation,
        kind=draft.kind,
        key=draft.key,
        title=proposal.title,
        content=proposal.content,
        basis=proposal.basis,
        approved_by=proposal.review.organ,
        effective_from=effective_from,
        by=actor.snapshot(role),
        review=proposal.review,
    )
    _to(draft, DraftState.PUBLISHED)
    DraftEntry.objects.filter(draft=draft).delete()
    return edition


@transaction.atomic
def reopen(draft_id: uuid.UUID, *, actor: Actor) -> Draft:
    """Go back to writing after an approval, before publication: what changes is reviewed again."""
    role = actor.require(*access.WRITERS)
    draft = _locked(draft_id, actor.organ_id)
    _in_state(draft, DraftState.APPROVED)
    _to(draft, DraftState.OPEN)
    append(
        "list-recalled",
        log=draft.organisation.jurisdiction,
        subject=("list-draft", str(draft.id)),
        actor=actor.snapshot(role),
        payload={"kind": draft.kind, "key": draft.key},
    )
    return draft


@transaction.atomic
def take_back(edition_id: uuid.UUID, *, actor: Actor, reason: str) -> Withdrawal:
    """Withdraw an edition of the own organ without a next one; from tomorrow nothing rests on it."""
    role = actor.require(*access.PUBLISHERS)
    edition = access.edition(actor, edition_id)
    if edition.organisation_id != actor.organ_id:
        raise NotFound("没有找到这一版清单，或者它不属于您的机关。")
    return withdraw(edition, reason=reason, officer_id=actor.officer_id, by=actor.snapshot(role))


@transaction.atomic
def set_superior(kind: str, superior_id: uuid.UUID | None, *, actor: Actor) -> Superior | None:
    """Name the organ whose fixed entries the own organ follows in a kind of list, or none.

    Raises Refused `inheritance-circular`, `superior-without-list`.
    """
    role = actor.require(*access.PUBLISHERS)
    label = schema(kind).label
    today = clock.today()
    organisation = Organisation.objects.select_for_update().get(id=actor.organ_id)
    superior = Organisation.objects.filter(id=superior_id).first() if superior_id else None
    if superior_id and superior is None:
        raise NotFound("没有找到上级机关。")
    if superior is not None:
        above = [superior.id, *(organ.id for organ in queries.superiors(superior.id, kind, today))]
        if circular(organisation.id, above):
            raise Refused(
                [
                    Reason(
                        "inheritance-circular",
                        f"{superior.name}的{label}已经遵照{organisation.name}执行，不能反过来作它的上级。",
                        fix="请核对上下级关系。",
                    )
                ]
            )
        if queries.in_force(superior.id, kind, today) is None:
            raise Refused(
                [
                    Reason(
                        "superior-without-list",
                        f"{superior.name}没有公布有效的{label}，没有可以遵照的条目。",
                        fix="请等上级公布以后再确定。",
                    )
                ]
            )
    current = queries.superior_of(organisation.id, kind, today)
    if current is not None and superior is not None and current.superior_id == superior.id:
        return current
    Superior.objects.filter(organisation=organisation, kind=kind, until=None).update(until=today)
    row = None
    if superior is not None:
        row = Superior.objects.create(organisation=organisation, kind=kind, superior=superior, since=today)
    append(
        "list-superior-set",
        log=organisation.jurisdiction,
        subject=("organisation", str(organisation.id)),
        actor=actor.snapshot(role),
        payload={"kind": kind, "superior": superior.name if superior else None},
    )
    return row


def _locked(draft_id: uuid.UUID, organisation_id: uuid.UUID) -> Draft:
    rows = Draft.objects.select_for_update(of=("self",)).select_related("organisation")
    draft = rows.filter(id=draft_id, organisation_id=organisation_id).first()
    if draft is None:
        raise NotFound("没有找到这份清单草稿，或者它不属于您的机关。")
    return draft


def _in_state(draft: Draft, state: str) -> None:
    if draft.state != state:
        wanted = DraftState(state).label
        raise Refused(
            [
                Reason(
                    "draft-state",
                    f"《{draft.title}》现在是“{draft.get_state_display()}”，只有“{wanted}”的清单才能这样办理。",
                    fix="请刷新页面，看看谁刚刚办理过。",
                )
            ]
        )


def _to(draft: Draft, state: str) -> None:
    draft.state = state
    draft.version += 1
    draft.save(update_fields=["state", "version", "basis"])
