"""Guards that legal review answers for."""

from __future__ import annotations

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.common.errors import Reason
from mingcha.documents import queries as documents
from mingcha.procedures.guards import Answer, guard
from mingcha.review import queries
from mingcha.review.choices import Conclusion, PointResult
from mingcha.review.models import Opinion
from mingcha.review.rules import source

_ARTICLE = "行政处罚法第五十八条；国办发〔2018〕118号第四部分"


@guard("review-demanded@1", "属于已公布的法制审核范围", _ARTICLE)
def review_demanded(case: Case, actor: Actor) -> Answer:
    demanded = queries.in_scope(case)
    if demanded.value:
        return Answer(inputs=demanded.as_dict())
    return Answer(
        (
            Reason(
                "review-not-in-scope",
                "本案不在公布的法制审核范围内，可直接报机关负责人决定。",
                (source(case.act_type),),
            ),
        ),
        demanded.as_dict(),
    )


@guard("review-not-demanded@1", "不在已公布的法制审核范围内", _ARTICLE)
def review_not_demanded(case: Case, actor: Actor) -> Answer:
    demanded = queries.in_scope(case)
    if not demanded.value:
        return Answer(inputs=demanded.as_dict())
    return Answer(
        (
            Reason(
                "review-missing",
                f"本案应当法制审核：{demanded.steps[-1]}",
                (source(case.act_type),),
                "请提交法制审核。",
            ),
        ),
        demanded.as_dict(),
    )


@guard("review-approved@1", "法制审核意见为同意", _ARTICLE)
def review_approved(case: Case, actor: Actor) -> Answer:
    return _approved(case)


@guard("review-problems-stated@1", "审核意见写明了存在的问题", _ARTICLE)
def problems_stated(case: Case, actor: Actor) -> Answer:
    found = queries.latest(case)
    points = found.opinion.points if found and hasattr(found, "opinion") else []
    problems = [point["code"] for point in points if point["result"] == PointResult.PROBLEM]
    if problems:
        return Answer(inputs={"problems": problems})
    return Answer((Reason("review-problems-missing", "没有写明存在的问题，不能退回。", (source(case.act_type),)),))


@guard("review-stands@1", "法制审核已通过且审核后未改动", _ARTICLE)
def review_stands(case: Case, actor: Actor) -> Answer:
    demanded = queries.in_scope(case)
    if not demanded.value and queries.latest(case) is None:
        return Answer(inputs=demanded.as_dict())
    return _approved(case)


def _approved(case: Case) -> Answer:
    frozen = documents.frozen(case)
    _, reasons = approval_of(case, frozen.digest if frozen else "")
    found = queries.latest(case)
    inputs = {"submission": str(found.id), "round": found.round, "digest": found.digest} if found else {}
    if any(row.code == "text-changed-since-review" for row in reasons):
        inputs["now"] = frozen.digest if frozen else None
    return Answer(tuple(reasons), inputs)


def approval_of(case: Case, digest: str) -> tuple[Opinion | None, list[Reason]]:
    """The approval on which a decision with this digest can rest, or why there is none."""
    found = queries.latest(case)
    if found is None:
        return None, [
            Reason(
                "review-missing",
                "本案还没有提交法制审核，未经审核不得作出决定。",
                (source(case.act_type),),
                "请先提交法制审核。",
            )
        ]
    if hasattr(found, "withdrawal"):
        text = f"第{found.round}轮送审已经撤回，未经审核不得作出决定。"
        return None, [Reason("submission-withdrawn", text, (source(case.act_type),), "请再次送审。")]
    opinion: Opinion | None = getattr(found, "opinion", None)
    if opinion is None:
        text = f"第{found.round}轮法制审核还没有出具意见，不得作出决定。"
        return None, [Reason("review-not-approved", text, (source(case.act_type),), "请等待审核意见。")]
    if opinion.conclusion != Conclusion.AGREE:
        text = f"第{found.round}轮法制审核没有通过，不得作出决定。"
        return None, [Reason("review-not-approved", text, (source(case.act_type),), "请处理审核意见后再次送审。")]
    if digest != found.digest or hasattr(opinion, "voiding"):
        text = "法制审核通过以后，决定书草稿或者证据又有改动，原审核意见不再适用。"
        return None, [Reason("text-changed-since-review", text, (source(case.act_type),), "请退回承办机构重新送审。")]
    return opinion, []
