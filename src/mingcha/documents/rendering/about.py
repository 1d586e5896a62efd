"""What stands beside a template (文书说明): its place in the set, who signs it, how it is served, what blocks it.

Nothing here changes a printed page, so none of it is in the digest of the template. Codes, copies and service letters
are those of the field's custom; what could not be verified is named in `unverified` and shown as such.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent / "templates"
SPHERES = {"external": "对外", "internal": "内部", "incoming": "来文", "between": "机关之间"}
VOLUMES = {"main": "正卷", "secondary": "副卷", "none": "不入卷"}
# Service letters of documents.md: on the spot; within seven working days; directly, else by civil procedure; any mode;
# signed on the document itself; none.
SERVICES = {
    "S0": "不送达",
    "S1": "当场交付",
    "S2": "七个工作日内送达",
    "S3": "直接送达，不能直接送达的依照民事诉讼法送达",
    "S4": "依照民事诉讼法规定的方式送达",
    "S5": "当场签收",
}
REMEDIES = ("R-NONE", "R-STD", "R-PRE", "R-LAW")
SIGNERS = {
    "organ": "行政机关",
    "officers": "执法人员",
    "party": "当事人",
    "witness": "见证人",
    "recorder": "记录人",
    "head": "机关负责人",
    "unit_head": "承办机构负责人",
    "reviewer": "审核人员",
    "host": "听证主持人",
    "keeper": "保管人",
    "receiver": "接收人",
    "members": "参加讨论人员",
    "person": "被询问人",
    "interpreter": "翻译人员",
    "applicant": "申请人",
    "other": "其他签名人",
}
# By the handler; by the handler and approved by the head of the organ or the unit; by the act of another room.
MADE = ("written", "approved", "act")
FORMS = {"seal": "盖章", "electronic": "电子签名", "handwritten": "手写签名"}
# What a defect leads to, from grave to light — documents.md, ladder of defects.
LADDER = {
    "void": ("无效", "行政处罚法第三十八条"),
    "no-decision": ("不得作出决定", "行政处罚法第五十八条、第六十二条"),
    "refusable": ("当事人可以拒绝", "行政处罚法第五十五条、第七十条"),
    "revocable": ("可以撤销", "行政诉讼法第七十条"),
    "excluded": ("不得作为证据", "行政处罚法第四十一条、第四十六条"),
    "discipline": ("依法给予处分", "行政处罚法第七十六条"),
    "flaw": ("瑕疵，应当补正", "行政诉讼法第七十四条"),
}


@dataclass(frozen=True)
class Signature:
    """Who has to sign, in which form."""

    who: str
    form: str
    required: bool = True


@dataclass(frozen=True)
class EachPage:
    """Who signs each page of a record (逐页签名), and what demands it."""

    who: tuple[str, ...] = ()
    source: str = ""
    verified: bool = False


@dataclass(frozen=True)
class Rule:
    """A check of one kind of document: `must` holds wherever `when` does; else the document is refused or marked."""

    id: str
    must: str
    text: str
    article: str
    ladder: str = "flaw"
    when: str = ""
    level: str = "refuse"
    fix: str = ""


@dataclass(frozen=True)
class About:
    """One kind of document (文书种类) as the set of documents.md has it."""

    kind: str
    no: int = 0
    sphere: str = "internal"
    volume: str = "main"
    copies: int = 1
    number_code: str = ""
    service: str = "S0"
    remedy: str = "R-NONE"
    remedy_basis: str = ""
    made: str = "written"
    approver: str = "head"
    anytime: bool = False
    procedures: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    each_page: EachPage = EachPage()
    validators: tuple[Mapping[str, Any], ...] = ()
    checks: tuple[Rule, ...] = ()
    guide: tuple[str, ...] = ()
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()
    # How people fill in a form that they hand in: plainly made up (行政许可法第三十条: 申请书示范文本).
    example: Mapping[str, Any] = field(default_factory=dict)
    # Why only a named circle may read papers of this kind; empty: whoever sees the case.
    restricted: str = ""
    # The field of a restricted kind that names who is reported on: never of the circle — 监察法 art. 37.
    reported: str = ""


@cache
def about(kind: str) -> About:
    """What stands beside the template of a kind. Raises ValueError for a word that is not in the tables above."""
    path = HOME / kind / "about.json"
    data: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    found = About(
        **{
            **data,
            "kind": kind,
            "procedures": tuple(data.get("procedures", ())),
            "basis": tuple(data.get("basis", ())),
            "signatures": tuple(Signature(**row) for row in data.get("signatures", ())),
            "each_page": EachPage(**{**(paged := data.get("each_page", {})), "who": tuple(paged.get("who", ()))}),
            "validators": tuple({"code": row} if isinstance(row, str) else row for row in data.get("validators", ())),
            "checks": tuple(Rule(**row) for row in data.get("checks", ())),
            "guide": tuple(data.get("guide", ())),
            "phrases": {name: tuple(texts) for name, texts in data.get("phrases", {}).items()},
            "unverified": tuple(data.get("unverified", ())),
        }
    )
    for word, known in (
        (found.sphere, SPHERES),
        (found.volume, VOLUMES),
        (found.service, SERVICES),
        (found.remedy, REMEDIES),
        (found.made, MADE),
        (found.approver, ("head", "unit_head")),
        *((row.who, SIGNERS) for row in found.signatures),
        *((row.form, FORMS) for row in found.signatures),
        *((who, SIGNERS) for who in found.each_page.who),
        *((row.ladder, LADDER) for row in found.checks),
        *((row.level, ("refuse", "mark")) for row in found.checks),
    ):
        if word not in known:
            raise ValueError(f"{kind}: unknown word {word!r} in about.json")
    return found
