"""Check of a finished decision (决定书成稿检查): the remedies paragraph, what a template left behind, the six items.

行政处罚法 art. 59; 行政复议法 art. 20–24; 行政诉讼法 art. 44–46. Pure: text in, marks out; nothing of the text is kept.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.deadlines.rulebook import rule
from mingcha.documents.checking.paper import Mark
from mingcha.statutes.numerals import from_chinese

KINDS = {
    "free": "复议、诉讼自由选择",
    "sequence": "先写复议，对复议决定不服再诉讼",
    "first": "写明应当先申请复议",
    "reconsideration-only": "只写复议",
    "litigation-only": "只写诉讼",
    "none": "没有救济条款",
}
_DATA = Path(__file__).with_name("lint.json")
_PAGE = re.compile(r"第\d+页(?:共\d+页)?|(?<=[^0-9])-\d+-")
# Printed at the foot of every page, so that it may stand in the middle of a sentence.
_COPIES = re.compile(r"本文书一式[^。]{0,40}归档[^。]{0,20}。\d?")
_OBJECT = re.compile(r"不服|(?<!没)(?<!无)有异议")
_WITHIN = re.compile(r"之日起|日内|天内|个月内|之后")
_ABOUT = re.compile(r"复议|诉讼|起诉|法院|停止执行|不服")
_END = re.compile(
    r"[（(]?(?:市场监(?:督管理|管)部门|本局)将依法|以下信息请勿|附[：:页件]|罚没许可证|sealdwy|[（(]印章[）)]"
)
# Failure to act has its own remedy and says nothing about this decision.
_FAILURE_TO_ACT = re.compile(r"如认为本机关存在[^。]*。")
_FILING = re.compile(r"申请(?:行政)?复议|提起行政复议")
_SUIT = re.compile(
    r"法院[^。；]{0,24}?(?:起诉|(?:提起|提出|申请)(?:行政)?诉讼|行政起诉)|(?<!不)(?<!者)(?<!或)提起(?:行政)?诉讼(?!期间|的|或|，又)"
)
_AFTER = re.compile(
    r"(?:对(?:上述|该)?(?:行政)?复议(?:决定|结果)?(?:仍)?不服|不服(?:该|行政)?(?:行政)?复议(?:决定|结果)?)"
)
_FIRST = re.compile(r"应当?[^。；]{0,40}?(?:先|内)[^。；]{0,30}?复议|(?:内|可以)?先(?:依法)?(?:向|申请|行)")
_OR = re.compile(r"也可|或者?(?:可以)?(?:于|在|自)|或者?六个月|或者?6个月|(?:复议)[。；，](?:也|或)|直接向")
_NUMBER = r"[0-9〇零一二两三四五六七八九十百]+"
_DAYS = re.compile(rf"({_NUMBER})(?:个)?(?:日|天)+(?:之)?内[^。；]{{0,120}}?复议")
_MONTHS = re.compile(rf"({_NUMBER})个月")
_ORGAN = re.compile(
    r"(?:内|之后)(?:，|,)?(?:应当)?(?:依法)?(?:可以)?(?:先)?(?:依法)?向?([^。；]{0,90}?)(?:申请|提起)(?:行政)?复议"
)
_BLANK = re.compile(r"之日起(?:日|天)内|之日(?:日|天)内|可以在内|也可在内|六个月内依法向(?:本文书|提起)")
_GENERIC = re.compile(r"^(?:或者?|（[^）]*）|局|依法|向|人民政府|上[一1]级|市场监督管理(?:（总）)?局|主管部门|\s)*$")
_DEPARTMENT = re.compile(r"局|部门|厅|委员会(?!办)")
_ONLINE = re.compile(r"互联网|网上|线上|在线|电子邮箱|掌上复议|小程序")
_COURT = re.compile(r"(?:向|由)([^。；，]{0,40}?)人民法院")


@dataclass(frozen=True)
class Clause:
    """The remedies paragraph (救济条款) as it stands: its kind, days for reconsideration, organ named, online channel."""

    kind: str
    text: str = ""
    days: int | None = None
    organ: str = ""
    online: bool = False
    both: bool = False
    after_months: bool = False


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return found


def squeezed(text: str) -> str:
    """The text without spaces, line breaks and page numbers."""
    return _PAGE.sub("", re.sub(r"[\s\u3000\u200b]", "", text))


def clause(text: str) -> Clause:
    """Read the remedies paragraph of a decision."""
    said = _passage(_COPIES.sub("", squeezed(text)))
    if not said:
        return Clause("none")
    own = _FAILURE_TO_ACT.sub("", said)
    filing, suit, after = bool(_FILING.search(own)), bool(_SUIT.search(own)), _AFTER.search(own)
    offers = [found.start() for found in _FILING.finditer(own) if _offered(own, found.start())]
    # Two parts of one decision may have two ways; then each says to which part it belongs.
    parts = re.search(r"其中|部分|中(?:对|关于)|对违反|对虚假", own)
    both = bool(after and _OR.search(own[: after.start()]) and len(offers) > 1 and not parts)
    if not filing:
        kind = "litigation-only" if suit else "none"
    elif both:
        kind = "free"
    elif not suit and not after:
        kind = "reconsideration-only"
    elif after and not (parts and _OR.search(own)):
        kind = "first" if _FIRST.search(own[: after.start()]) else "sequence"
    else:
        kind = "free"
    days = _DAYS.search(own)
    organ = _ORGAN.search(own)
    tail = re.split(r"[。；]", own[after.start() :], maxsplit=1)[0][:90] if after and not both else ""
    return Clause(
        kind,
        said,
        _number(days[1]) if days else None,
        organ[1] if organ else "",
        bool(_ONLINE.search(own)),
        both,
        bool(_MONTHS.search(tail)),
    )


def _number(text: str) -> int:
    return int(text) if text.isdigit() else from_chinese(text)


def _passage(whole: str) -> str:
    for found in _OBJECT.finditer(whole):
        near = whole[found.start() : found.start() + 160]
        if _WITHIN.search(near) and re.search(r"复议|起诉|诉讼", near) and not re.match(r"不服从", near):
            start = max(whole.rfind(mark, 0, found.start()) for mark in "。；）】")
            passage = whole[start + 1 : found.start() + 900]
            if re.search(r"(?:19|20)\d\d年\d+月\d+日(?:向|，)", passage[:40]):
                continue
            end = _END.search(passage, found.start() - start)
            return _together(passage[: end.start()] if end else passage)
    return ""


def _together(passage: str) -> str:
    """The sentences that follow one another on remedies; what comes after is about another conduct."""
    sentences = re.split(r"(?<=。)", passage)
    last = next((n for n, sentence in enumerate(sentences) if not _ABOUT.search(sentence)), len(sentences))
    return "".join(sentences[:last])


def _offered(text: str, at: int) -> bool:
    return bool(re.search(r"(?:日|天)内[^。；]{0,120}$", text[max(0, at - 130) : at]))


def lint(text: str, decided_on: dt.date | None = None) -> list[Mark]:
    """What is wrong with a finished decision; `decided_on` chooses the law, today's where it is not given."""
    day = decided_on or clock.today()
    return [*_remedies(clause(text), day), *_left_over(squeezed(text)), *_six_items(squeezed(text))]


def _mark(code: str, message: str, article: str, fix: str, ladder: str = "revocable", refuses: bool = True) -> Mark:
    return Mark(Reason(code, message, tuple(article.split("、")), fix), "lint", refuses, ladder)


def _remedies(found: Clause, day: dt.date) -> list[Mark]:
    marks: list[Mark] = []
    least, after, months = (rule(name, day).length for name in ("REV-01", "LIT-02", "LIT-01"))
    if found.kind == "none":
        return [
            _mark("remedy-none", "没有写明申请行政复议、提起行政诉讼的途径和期限。", "行政处罚法第五十九条", "请补写。")
        ]
    if found.kind == "reconsideration-only":
        marks.append(
            _mark(
                "remedy-reconsideration-only",
                "只写了行政复议，没有写行政诉讼的途径和期限。",
                "行政处罚法第五十九条、行政诉讼法第四十五条、行政诉讼法第四十六条",
                "请写明可以起诉的法院和期限；依法应当先申请复议的，写明对复议决定不服的起诉期限。",
            )
        )
    if found.days is not None and least is not None and found.days < least:
        marks.append(
            _mark(
                "remedy-days",
                f"申请行政复议的期限写成{found.days}日，法律规定不少于{least}日。",
                "行政复议法第二十条",
                f"请改为{least}日。",
            )
        )
    if found.after_months:
        marks.append(
            _mark(
                "remedy-after-months",
                f"对复议决定不服的起诉期限写成了以月计算，应当是收到复议决定书之日起{after}日。",
                "行政诉讼法第四十五条",
                f"请改为{after}日；{months}个月是直接起诉的期限。",
            )
        )
    if found.both:
        marks.append(
            _mark(
                "remedy-both-variants",
                "自由选择和复议前置两种条款同时印出，当事人无从知道适用哪一种。",
                "行政处罚法第五十九条、行政复议法第二十三条",
                "请只保留适用的一种。",
            )
        )
    marks += _organ(found, day)
    if _BLANK.search(found.text):
        marks.append(
            _mark("remedy-blank-period", "复议或者起诉的期限、法院没有填写。", "行政处罚法第五十九条", "请补齐。")
        )
    courts = _COURT.findall(_FAILURE_TO_ACT.sub("", found.text))
    if found.kind not in ("reconsideration-only",) and not any(
        re.sub(r"依法|有管辖权的|相关|直接", "", name) for name in courts
    ):
        marks.append(
            _mark(
                "remedy-court",
                "没有写明向哪个人民法院起诉。",
                "行政处罚法第五十九条",
                "请写明有管辖权的人民法院的名称。",
                "flaw",
                refuses=False,
            )
        )
    return marks


def _organ(found: Clause, day: dt.date) -> list[Mark]:
    since = _data()["one_reconsideration_organ"]
    organ = re.sub(r"（(?:地址|如向|中国|杭州|市|新城)[^）]*）", "", found.organ)
    marks = []
    if _FILING.search(found.text) and _GENERIC.match(organ):
        marks.append(
            _mark(
                "remedy-organ-blank",
                "没有写明向哪个机关申请行政复议。",
                "行政处罚法第五十九条、行政复议法第二十四条",
                "请写明本级人民政府的全称。",
            )
        )
    exempt = any(word in organ for word in since["exempt"])
    department = _DEPARTMENT.search(organ.replace("管理委员会", "").replace("行政复议局", ""))
    if day >= dt.date.fromisoformat(since["effective_from"]) and not exempt and (department or "上一级" in organ):
        marks.append(
            _mark(
                "remedy-organ-dead",
                f"自{since['effective_from']}起，对县级以上政府部门的决定不服只能向本级人民政府申请复议，不再有向部门申请的选择。",
                "行政复议法第二十四条",
                "请删去部门，只写本级人民政府。",
            )
        )
    return marks


def _left_over(whole: str) -> list[Mark]:
    marks = []
    for row in _data()["left_over"]:
        if found := re.search(row["pattern"], whole):
            shown = found[0][:30]
            marks.append(
                _mark(
                    "left-over",
                    f"留有{row['what']}：“{shown}”。",
                    "行政处罚法第五十九条",
                    "请补齐或者删去。",
                    "flaw",
                    refuses=False,
                )
            )
    return marks


# The six items of 行政处罚法 art. 59; remedies, the fifth, have marks of their own.
_ITEMS = (
    ("party", "当事人的姓名或者名称、地址", re.compile(r"(?:住所|住址|地址|经营场所|所在地|注册地)")),
    ("facts", "违反法律、法规、规章的事实和证据", re.compile(r"证据|证明|佐证|证实")),
    ("basis", "行政处罚的种类和依据", re.compile(r"《[^》]+》第?[^。；]{0,60}条")),
    (
        "performance",
        "行政处罚的履行方式和期限",
        re.compile(r"(?:日内|天内|个月内)[^。]{0,120}(?:缴|交|履行)|履行方式和期限[^）)]"),
    ),
    (
        "organ-date",
        "作出决定的行政机关名称和日期",
        re.compile(
            r"(?:局|政府|委员会|大队|总队|部|厅|所)(?:[（(](?:印章|公章|sealdwy)[）)])?[\d\-—]{0,4}(?:20\d\d年\d{1,2}月\d{1,2}日|二[〇○零０Oo0]..?年.{1,3}月.{1,3}日)"
        ),
    ),
)


def _six_items(whole: str) -> list[Mark]:
    marks = []
    for code, words, pattern in _ITEMS:
        if not pattern.search(whole):
            marks.append(_mark(f"item-{code}", f"决定书没有写明{words}。", "行政处罚法第五十九条", "请补写。"))
    return marks
