"""Validators V1–V16 (文书校验规则) of documents.md §0 and the rules of each kind, as marks with article and consequence.

A refusing mark stops the making of the document; any other is kept with it and shown to reviewer and head. Validators
that look at what happens after the making (seal, signatures, service) answer in the check-up of the dossier.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mingcha.common.clock import legal_day
from mingcha.common.errors import Reason
from mingcha.common.money import yuan
from mingcha.documents.checking.expressions import Unknown, holds
from mingcha.documents.checking.paper import Mark, Paper
from mingcha.documents.rendering import fields as forms
from mingcha.documents.rendering.about import Rule
from mingcha.documents.rules import as_notified, not_heavier

Params = Mapping[str, Any]
Validator = Callable[[Paper, Params], Iterator[Mark]]
VALIDATORS: dict[str, tuple[str, Validator]] = {}
_PEOPLE = ("officers", "handlers", "servers", "sealers", "staff")
_CLOCK_SLACK = dt.timedelta(minutes=1)
# What people leave standing in a form: rows of underscores, crosses in place of figures, hints of the template.
_LEFT_OVER = re.compile(
    r"_{3,}|[×XＸ]{3,}|□□|\bTODO\b|\bsealdwy\b|（此处[^）]*）|【[^】]*(?:填写|选择)[^】]*】|(?:年|月)[\s　]{2,}(?:月|日)"
)


def validator(code: str, words: str) -> Callable[[Validator], Validator]:
    def register(function: Validator) -> Validator:
        VALIDATORS[code] = (words, function)
        return function

    return register


def _mark(
    code: str,
    check: str,
    message: str,
    article: str,
    fix: str = "",
    *,
    ladder: str = "flaw",
    refuses: bool = True,
    **data: Any,
) -> Mark:
    return Mark(Reason(code, message, (article,), fix, data), check, refuses, ladder)


def examine(paper: Paper) -> list[Mark]:
    """All marks of one document: its validators, then its own rules. Raises nothing for what cannot be judged."""
    found: list[Mark] = []
    about = forms.template(paper.kind).about
    for params in about.validators:
        found += VALIDATORS[params["code"]][1](paper, params)
    for rule in about.checks:
        found += _rule(paper, rule)
    return found


def _rule(paper: Paper, rule: Rule) -> Iterator[Mark]:
    try:
        if (not rule.when or holds(rule.when, paper)) and not holds(rule.must, paper):
            reason = Reason(rule.id, rule.text, tuple(rule.article.split("、")), rule.fix)
            yield Mark(reason, rule.id, rule.level == "refuse", rule.ladder)
    except Unknown:
        return


def _people(paper: Paper, params: Params) -> list[Mapping[str, Any]]:
    names = (params["field"],) if "field" in params else _PEOPLE
    return next((list(rows) for name in names if (rows := paper.fields.get(name))), [])


def _act_day(paper: Paper) -> dt.date:
    value = paper.fields.get("start") or paper.fields.get(forms.template(paper.kind).date)
    if isinstance(value, dt.datetime):
        return legal_day(value)
    return value if isinstance(value, dt.date) else legal_day(paper.at)


@validator("V1", "两名以上执法人员，证件当日有效，没有应当回避的")
def two_officers(paper: Paper, params: Params) -> Iterator[Mark]:
    people = _people(paper, params)
    article = "行政处罚法第四十二条"
    names = {row.get("name") for row in people}
    if len(names) < 2:
        yield _mark(
            "V1-two-officers",
            "V1",
            f"执法人员不得少于两人，文书上只有{len(names)}人。",
            article,
            "请填写两名以上执法人员。",
            ladder="revocable",
        )
    day = _act_day(paper)
    for row in people:
        number, name = row.get("cert_no"), row.get("name")
        valid = paper.certificates.get(str(number))
        if not number:
            yield _mark(
                "V1-no-certificate", "V1", f"{name}没有执法证号。", article, "请由持证人员办理。", ladder="revocable"
            )
        elif valid and not valid[0] <= day <= valid[1]:
            yield _mark(
                "V1-certificate-invalid",
                "V1",
                f"{name}的执法证在{day.isoformat()}无效。",
                article,
                "请核对日期，或者由证件有效的人员办理。",
                ladder="revocable",
            )
        if name in paper.recused:
            yield _mark(
                "V1-recused",
                "V1",
                f"{name}应当回避，不能参加。",
                "行政处罚法第四十三条",
                "请更换人员。",
                ladder="revocable",
            )


@validator("V2", "批准在实施之前")
def approved_before(paper: Paper, params: Params) -> Iterator[Mark]:
    """`document`: the approval that must be there; `moment`: the field with the instant of the act; `unless`: a rule."""
    try:
        if params.get("unless") and holds(params["unless"], paper):
            return
    except Unknown:
        pass
    approval = paper.past(params["document"])
    title = forms.template(params["document"]).title
    article = params.get("article", "行政处罚法第五十六条")
    if approval is None:
        yield _mark(
            "V2-not-approved",
            "V2",
            f"还没有《{title}》。",
            article,
            f"请先报批，制作《{title}》。",
            ladder="revocable",
            document=params["document"],
        )
        return
    moment = paper.fields.get(params.get("moment", ""))
    late = isinstance(moment, dt.datetime) and approval.at > moment + _CLOCK_SLACK
    late = late or (isinstance(moment, dt.date) and not isinstance(moment, dt.datetime) and approval.on > moment)
    if late:
        yield _mark(
            "V2-approved-late",
            "V2",
            f"《{title}》的批准时间晚于实施时间。",
            article,
            "请核对时间；先实施后批准的，须有法律规定的紧急情形。",
            ladder="revocable",
        )


@validator("V3", "先出示证件，再询问、检查")
def certificate_shown(paper: Paper, params: Params) -> Iterator[Mark]:
    shown, start = paper.fields.get("cert_shown_at"), paper.fields.get("start")
    article = "行政处罚法第五十五条第一款"
    if not isinstance(shown, dt.datetime):
        yield _mark(
            "V3-not-shown",
            "V3",
            "没有记明出示执法证件的时间。",
            article,
            "请填写出示证件的时间；未出示的，当事人有权拒绝。",
            ladder="refusable",
        )
    elif isinstance(start, dt.datetime) and shown > start:
        yield _mark(
            "V3-shown-late",
            "V3",
            "出示执法证件的时间晚于开始时间。",
            article,
            "应当先出示证件再询问、检查，请核对时间。",
            ladder="refusable",
        )


def _officers(values: Mapping[str, Any]) -> set[str]:
    """Names of the officials whom a document names as acting."""
    rows = [row for place in _PEOPLE for row in (values.get(place) or [])]
    return {str(row.get("name")) for row in rows if isinstance(row, Mapping) and row.get("name")}


@validator("V4", "当事人签名，拒签的注明原因并有见证人或者录像")
def party_or_refusal(paper: Paper, params: Params) -> Iterator[Mark]:
    """At the making: a refusal needs its reason and a witness or a recording. The signature itself is seen at check-up."""
    values = paper.fields
    witness = str(values.get("witness") or "")
    for name in sorted(_officers(values)):
        if name in witness:
            yield _mark(
                "witness-is-officer",
                "V4",
                f"{name}是本案的执法人员，不能作见证人。",
                "行政强制法第十八条第九项",
                "请由基层组织、所在单位的代表或者其他不参与执法的人见证。",
                ladder="refusable",
            )
    if forms.blank(values.get("refusal")) and values.get("party_present") is not False:
        return
    if (
        forms.blank(values.get("witness"))
        and forms.blank(values.get("recordings"))
        and forms.blank(values.get("recording"))
    ):
        yield _mark(
            "V4-no-witness",
            "V4",
            "当事人拒绝签名或者不在场的，须有见证人签名或者录音录像。",
            "行政处罚法第五十五条第二款",
            "请填写见证人，或者注明录音录像。",
            ladder="flaw",
        )


@validator("V7", "引用的条款在应当适用的日期有效")
def articles_in_force(paper: Paper, params: Params) -> Iterator[Mark]:
    day = paper.facts.get("conduct_ended_on") or _act_day(paper)
    for path, text in _citations(paper.fields):
        if paper.known_articles(text, day) is False:
            yield _mark(
                "V7-article",
                "V7",
                f"{text}在{day.isoformat()}没有有效的条文。",
                "行政处罚法第三十七条",
                "请核对法律名称、条款序号和行为发生时的版本。",
                ladder="revocable",
                field=path,
            )


def _citations(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if "citation" in value:
            yield path, str(value["citation"])
        for name, item in value.items():
            yield from _citations(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for n, item in enumerate(value):
            yield from _citations(item, f"{path}[{n}]")


@validator("V8", "各项之和与合计一致")
def sums_agree(paper: Paper, params: Params) -> Iterator[Mark]:
    """`list`, `of`: the items and their amount; `sum`: the field with the total."""
    rows, stated = paper.fields.get(params["list"]) or (), paper.fields.get(params["sum"])
    values = [forms.look_up(row, params["of"]) for row in rows]
    if stated is None or any(value is None for value in values):
        return
    if sum(values) != stated:
        shown = (yuan(stated), yuan(sum(values))) if params.get("money", True) else (stated, sum(values))
        yield _mark(
            "V8-sum",
            "V8",
            f"合计{shown[0]}与各项之和{shown[1]}不一致。",
            "行政处罚法第五十九条",
            "请核对各项数额。",
            ladder="revocable",
            field=params["sum"],
        )


@validator("V9", "救济途径完整、正确")
def remedies_right(paper: Paper, params: Params) -> Iterator[Mark]:
    about, block = forms.template(paper.kind).about, paper.fields.get("remedies") or {}
    article = "行政处罚法第五十九条、行政复议法第二十条、第二十三条、第二十四条"
    try:
        if params.get("when") and not holds(params["when"], paper):
            return
    except Unknown:
        return
    if not block:
        yield _mark(
            "V9-missing",
            "V9",
            "没有写明不服决定的救济途径和期限。",
            article,
            "请核对机关设置中的复议机关和管辖法院。",
            ladder="revocable",
        )
        return
    if about.remedy == "R-PRE" and block.get("kind") != "R-PRE":
        yield _mark(
            "V9-pre",
            "V9",
            "本决定应当先申请行政复议，对复议决定不服的才能起诉，救济途径写成了可以直接起诉。",
            "行政复议法第二十三条",
            "请改为复议前置。",
            ladder="revocable",
        )
    if "上一级" in str(block.get("recon_organ", "")) and not paper.facts.get("vertical"):
        yield _mark(
            "V9-organ",
            "V9",
            "2024年起对县级以上政府部门的决定不服，只能向本级人民政府申请行政复议。",
            "行政复议法第二十四条",
            "请改为本级人民政府的全称。",
            ladder="revocable",
        )
    if block.get("served_online") and not block.get("recon_online"):
        yield _mark(
            "V9-online",
            "V9",
            "通过互联网送达的决定，须同时告知网上申请行政复议的渠道。",
            "行政复议法第二十二条第二款",
            "请在机关设置中填写网上申请渠道。",
            ladder="revocable",
        )


@validator("V10", "所依据的文书已经送达")
def served_before(paper: Paper, params: Params) -> Iterator[Mark]:
    found = paper.past(params["document"])
    title = forms.template(params["document"]).title
    article = params.get("article", "行政处罚法第六十一条")
    if found is None or found.served_on is None:
        yield _mark(
            "V10-not-served",
            "V10",
            f"《{title}》还没有送达。",
            article,
            "请先登记送达，上传送达凭证。",
            ladder=params.get("ladder", "revocable"),
            document=params["document"],
        )
    elif _act_day(paper) < found.served_on:
        yield _mark(
            "V10-before-service",
            "V10",
            f"日期早于《{title}》送达之日{found.served_on.isoformat()}。",
            article,
            "请核对日期。",
            ladder=params.get("ladder", "revocable"),
        )


@validator("V12", "没有空白和未选的选项，没有残留的模板提示")
def nothing_left_open(paper: Paper, params: Params) -> Iterator[Mark]:
    for path, text in _texts(paper.fields):
        if found := _LEFT_OVER.search(text):
            yield _mark(
                "V12-left-open",
                "V12",
                f"“{found[0].strip()}”像是没有填完的内容。",
                "行政处罚法第五十九条",
                "请补齐或者删去。",
                ladder="flaw",
                field=path,
            )


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for n, item in enumerate(value):
            yield from _texts(item, f"{path}[{n}]")


@validator("V13", "审核、听证主持与调查分开")
def separate_people(paper: Paper, params: Params) -> Iterator[Mark]:
    """`field`: the person who must not have investigated; `others`: the field of those who did."""
    person = paper.fields.get(params["field"])
    name = person.get("name") if isinstance(person, Mapping) else person
    names = {row.get("name") for row in _rows(paper.fields.get(params.get("others", "officers")))}
    names |= set(paper.facts.get("handlers", ()))
    if name and name in names:
        yield _mark(
            "V13-same-person",
            "V13",
            f"{name}参与了本案的调查，不能同时承担这项职责。",
            params.get("article", "行政处罚法第五十八条、第六十四条"),
            "请由没有参与本案的人员办理。",
            ladder="revocable",
        )


def _rows(value: Any) -> Sequence[Mapping[str, Any]]:
    return [row for row in value or () if isinstance(row, Mapping)]


@validator("V15", "措施和期限没有届满")
def not_lapsed(paper: Paper, params: Params) -> Iterator[Mark]:
    """`document`, `field`: the earlier document and its last day; the act must not come after it."""
    found = paper.past(params["document"])
    last = forms.look_up(found.fields, params["field"]) if found else None
    if isinstance(last, str):
        last = dt.date.fromisoformat(last[:10])
    if isinstance(last, dt.datetime):
        last = legal_day(last)
    if last is not None and _act_day(paper) > last:
        title = forms.template(params["document"]).title
        yield _mark(
            "V15-lapsed",
            "V15",
            f"《{title}》的期限已在{last.isoformat()}届满。",
            params.get("article", "行政强制法第二十五条"),
            "期限届满的措施自行解除，不能再延长或者处理。",
            ladder="revocable",
        )


@validator("V16", "与事先告知一致，不因申辩加重")
def as_the_notice(paper: Paper, params: Params) -> Iterator[Mark]:
    notice = paper.past("penalty-notice")
    if notice is None:
        return
    for reason in (
        *as_notified(notice.fields, paper.fields),
        *not_heavier(notice.fields.get("penalties", []), paper.fields.get("penalties", [])),
    ):
        yield Mark(reason, "V16", True, "no-decision")
