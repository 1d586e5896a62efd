"""Rules of custody and supplements, pure: whether a dossier may be taken over, whether something may still be added."""

from __future__ import annotations

from mingcha.archives.choices import CustodyKind
from mingcha.common.errors import Reason


def may_accept(*, closed: bool, last: str, why: str = "", handled: bool = False) -> list[Reason]:
    """A dossier is taken over once its case is closed and it was not sent back, by who did not handle the case (R070).

    `last`: the newest step of custody.
    """
    if handled:
        text = "承办本案的人员不能接收本案的案卷：在办案卷和办结案卷分别由不同的人员保管。"
        return [Reason("custody-by-handler", text, ("档案法实施条例第三十九条",), "请由其他档案人员接收。")]
    if not closed:
        return [Reason("dossier-case-open", "案件还没有结案，不能归档。", ("行政处罚法第四十七条",), "请先结案。")]
    if last == CustodyKind.RETURNED:
        return [
            Reason(
                "dossier-returned",
                f"案卷已经退回：{why}",
                ("档案法实施条例第三十九条",),
                "请等承办机构补正后重新移交。",
            )
        ]
    return []


def may_supplement(*, sealed: int, volumes: int) -> list[Reason]:
    """A supplementary volume is opened to a sealed dossier, one at a time. `volumes`: those opened so far, the first included."""
    if not sealed:
        return [Reason("dossier-not-sealed", "案卷还没有封存，不需要设立补充卷。", fix="请在封存完成以后再补充。")]
    if volumes > sealed:
        return [Reason("supplement-open", "已经有一个补充卷还没有封存，请把材料放入该卷。")]
    return []
