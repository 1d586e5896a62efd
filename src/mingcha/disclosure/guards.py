from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.cases import queries as cases
from mingcha.cases.findings import Known, known
from mingcha.cases.models import Case
from mingcha.cases.periods import starts_from
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.common.prepared import prepared
from mingcha.decisions.queries import decided
from mingcha.disclosure import acts, changed, replacing
from mingcha.disclosure.models import Publication
from mingcha.procedures.guards import Answer, guard


def _publication(case: Case) -> Publication | None:
    """The text that is, or has to be, public now: of the newest change, or of the decision."""
    return next(iter(_newest(case.pk, case.pk)), None)


@prepared
def _newest(of_decision: uuid.UUID, of_letter: uuid.UUID) -> QuerySet[Publication]:
    rows = Publication.objects.filter(Q(decision__case_id=of_decision) | Q(letter__case_id=of_letter))
    return rows.select_related("release", "letter", "decision__revocation").order_by("-created_at", "-id")[:1]


@starts_from("PUB-01")
def _publication_starts(case: Case) -> dt.date | None:
    """The duty to publish a penalty has its own period from the day the profile names; other acts begin here."""
    return None if decided(case.pk) or acts.public_of(case.pk).exists() else clock.today()


@starts_from("PUB-02")
def _other_publication_starts(case: Case) -> dt.date | None:
    """Each published letter has its own period from its day; a case without one begins here."""
    return None if acts.public_of(case.pk).exists() else clock.today()


@guard("publication-settled@1", "决定已公示或者已撤销", "行政处罚法第四十八条")
def publication_settled(case: Case, actor: Actor) -> Answer:
    found = _publication(case)
    duty = replacing.open_duty(found.id) if found else None
    if duty is not None:
        return Answer(
            (
                Reason(
                    "replacement-open",
                    f"决定书已经补正，公示的仍是补正前的文本，应当在{duty.due_on.isoformat()}前更正公示。",
                    ("行政处罚法第四十八条",),
                    "请公示员核对补正后的文本，签发更正公示。",
                ),
            )
        )
    if found and (hasattr(found, "release") or changed.undone(found)):
        return Answer(inputs={"publication": str(found.id)})
    if cases.refused_publication(case):
        return Answer(inputs={"refused": True})
    if not decided(case.pk):
        return Answer(inputs={"decision": None})
    return Answer(
        (
            Reason(
                "publication-open",
                "处罚决定还没有公示，不能结案。",
                ("行政处罚法第四十八条",),
                "请公示员核对脱敏结果后公示。",
            ),
        )
    )


@guard("publication-due@1", "作出了应当判断是否公示的处罚决定", "行政处罚法第四十八条")
def publication_due(case: Case, actor: Actor) -> Answer:
    if decided(case.pk):
        return Answer(inputs={"decision": str(decided(case.pk)[0])})
    return Answer((Reason("publication-not-due", "本案没有处罚决定，不需要公示。", ("行政处罚法第四十八条",)),))


@guard("publication-released@1", "公示内容已签发并公开", "行政处罚法第四十八条")
def publication_released(case: Case, actor: Actor) -> Answer:
    found = _publication(case)
    if found and hasattr(found, "release"):
        return Answer(inputs={"publication": str(found.id), "digest": found.release.content_digest})
    return Answer(
        (
            Reason(
                "publication-open",
                "公示内容还没有签发。",
                ("行政处罚法第四十八条",),
                "请在“信息公示”中核对脱敏结果后签发。",
            ),
        )
    )


@prepared
def _waiting(case_id: uuid.UUID) -> QuerySet[Publication]:
    rows = changed.standing(acts.public_of(case_id).filter(release=None))
    return rows.select_related("letter").order_by("id")[:1]


@known("finding-gx-01@1")
def _signed_off(case: Case) -> Known | None:
    if waiting := next(iter(_waiting(case.pk)), None):
        return Known(
            False,
            f"《{waiting.letter.title}》还没有公示。" if waiting.letter else "还没有公示。",
            "请公示员在“公示”中核对脱敏结果后签发；依法不公示的，走不公示并记明理由。",
            {"publication": str(waiting.id)},
        )
    found = _publication(case)
    if found is None or not hasattr(found, "release"):
        return None
    return Known(True, "脱敏核对已签发", inputs={"publication": str(found.id)})
