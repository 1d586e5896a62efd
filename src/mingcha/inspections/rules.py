"""Pure rules of the check-in code: when it may be shown, when a visit may be confirmed."""

from __future__ import annotations

import datetime as dt

from mingcha.common.errors import Reason

_LAW = "国办发〔2024〕54号"


def may_show(*, inspection: bool, stage_allows: bool, certified: int, fewest: int) -> list[Reason]:
    """Reasons why no code can be shown; `certified`: handlers whose certificate is valid today, of
    whom the law asks for `fewest`."""
    if not inspection:
        return [
            Reason("visit-not-inspection", "本案不是行政检查，没有入企检查码。", (_LAW,), "请在检查任务里出示检查码。")
        ]
    reasons = []
    if not stage_allows:
        reasons.append(
            Reason(
                "visit-not-ordered",
                "检查还没有批准，或者已经结束，不能出示检查码。",
                (_LAW,),
                "请先报批；紧急检查的，从紧急当场检查开始。",
            )
        )
    if certified < fewest:
        reasons.append(
            Reason(
                "visit-officers",
                f"证件今天有效的承办人员不足{fewest}人，不能入企检查。",
                ("行政处罚法第四十二条", _LAW),
                "请更换或者增加持证的承办人员。",
            )
        )
    return reasons


def may_confirm(
    *, given: str, wanted: str, now: dt.datetime, expires_at: dt.datetime, newest: bool, confirmed: bool
) -> list[Reason]:
    """Reasons why a visit cannot be confirmed with the word that the enterprise read out."""
    if confirmed:
        return [Reason("visit-confirmed", "这个检查码已经确认过。", (), "再次到访的，请出示新的检查码。")]
    if not newest:
        return [Reason("visit-code-superseded", "这个检查码已经被新的代替。", (), "请使用最新的检查码。")]
    if now > expires_at:
        return [Reason("visit-code-expired", "检查码已经过期。", (_LAW,), "请出示新的检查码，由被检查人重新扫码。")]
    if given != wanted:
        return [
            Reason(
                "visit-word-wrong",
                "确认码不对，没有登记。",
                (_LAW,),
                "请被检查人扫码后，读出页面上的六位确认码。",
            )
        ]
    return []
