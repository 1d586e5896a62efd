"""Subject and officers (执法主体和人员资格), and power (权限) — 行政处罚法 art. 17–24, 42, 43, 58, 64."""

from __future__ import annotations

from mingcha.catalogues.conditions import listed_as
from mingcha.review.findings.shape import DIFFERS, MET, UNCLEAR, File, Finding, of_reason, people
from mingcha.review.findings.spoken import said

_TWO = "行政处罚法第四十二条"
_AVOID = "行政处罚法第四十三条"


def subject(file: File) -> list[Finding]:
    """Organ, officers with their certificates on each day, avoidance, separation of duties."""
    return [_basis(file), *_handlers(file), *_avoidance(file), *_separation(file), *said(file, "subject")]


def _basis(file: File) -> Finding:
    article = "行政处罚法第十七条、第十八条"
    if file.power_basis:
        return Finding(
            f"{file.organ}登记的职权依据：{file.power_basis}。", MET, code="organ-power-basis", article=article
        )
    text = f"{file.organ}没有登记职权依据，请审核人员核对。"
    return Finding(text, UNCLEAR, code="organ-power-basis", article=article)


def _handlers(file: File) -> list[Finding]:
    count = len(file.handlers)
    rows = [Finding(f"承办人员{count}名。", MET if count >= 2 else DIFFERS, code="two-officers", article=_TWO)]
    for worker in file.handlers:
        if worker.uncovered:
            days = people(day.isoformat() for day in worker.uncovered)
            text = f"{worker.name}在{days}没有有效的执法证。"
            rows.append(Finding(text, DIFFERS, code="certificate-not-valid", article=_TWO))
        else:
            numbers = people(worker.certificates)
            text = f"{worker.name}的执法证（{numbers}）在案卷记载的{file.acted_days}个办案日均有效。"
            rows.append(Finding(text, MET, code="certificate-not-valid", article=_TWO))
        if worker.listed is False:
            text = f"立案时公布的执法人员清单里没有{worker.name}，请核对清单。"
            rows.append(Finding(text, UNCLEAR, code="officer-unlisted", article="国办发〔2018〕118号"))
        if not worker.own:
            text = f"{worker.name}现在不属于{file.organ}，请核对办案时的任职。"
            rows.append(Finding(text, UNCLEAR, code="officer-of-another-organ", article=_TWO))
    return rows


def _avoidance(file: File) -> list[Finding]:
    rows = [
        Finding(f"对{name}的回避申请还没有决定。", DIFFERS, code="avoidance-open", article=_AVOID)
        for name in file.requested
    ]
    rows += [
        Finding(f"{name}没有作回避声明。", DIFFERS, code="avoidance-undeclared", article=_AVOID)
        for name in file.undeclared
    ]
    return rows or [Finding("承办人员都已声明回避情况，没有待决定的申请。", MET, code="avoidance-open", article=_AVOID)]


def _separation(file: File) -> list[Finding]:
    rows = [of_reason(reason) for reason in file.separation]
    rows += [
        Finding(
            f"{holder.name}担任法制审核，没有登记法律职业资格。",
            DIFFERS,
            code="reviewer-unqualified",
            article="行政处罚法第五十八条第二款",
        )
        for holder in file.holders
        if "reviewer" in holder.duties and not holder.qualified
    ]
    rows += [Finding(text, UNCLEAR, code="review-same-unit", article="国办发〔2018〕118号") for text in file.advised]
    if rows:
        return rows
    text = "承办、审核、听证主持、决定没有由同一人担任的。"
    return [Finding(text, MET, code="duty-incompatible", article="行政处罚法第五十八条、第六十四条")]


def power(file: File) -> list[Finding]:
    """The matter in the published list, the delegation on the day of filing; level and area a person judges."""
    article = "行政处罚法第二十二条、第三十九条"
    if file.item:
        rows = [
            Finding(f"执法事项在立案时有效的公布清单内：{file.item}。", MET, code="item-not-published", article=article)
        ]
        if file.item_act != listed_as(file.act_type):
            text = "清单登记的这一事项不是本案这一类执法行为。"
            rows.append(Finding(text, DIFFERS, code="item-of-another-act", article=article))
        if file.item_gone:
            text = "这一事项已经不在现行清单里，请核对职权是否调整。"
            rows.append(Finding(text, UNCLEAR, code="item-withdrawn", article=article))
    else:
        text = "立案时有效的公布清单中没有找到本案执法事项。"
        rows = [Finding(text, DIFFERS, code="item-not-published", article=article)]
    if file.delegated:
        rows.append(_delegation(file))
    rows += said(file, "power")
    text = "级别、地域和职能管辖是否适当，机器不能判断。"
    return [*rows, Finding(text, UNCLEAR, code="competence", article="行政处罚法第二十二条至第二十五条")]


def _delegation(file: File) -> Finding:
    article = "行政处罚法第二十条、第二十四条"
    if not file.delegations:
        text = f"{file.organ}的职权来自赋权或者委托，立案时没有有效的赋权、委托登记。"
        return Finding(text, DIFFERS, code="delegation-missing", article=article)
    text = f"{file.organ}的赋权、委托范围：{people(file.delegations)}。是否包括本案事项，请核对。"
    return Finding(text, UNCLEAR, code="delegation-missing", article=article)


def crime(file: File) -> list[Finding]:
    """Thresholds of prosecution that the figures of the file reach: hints only — 行政处罚法 art. 27, 35."""
    article = "行政处罚法第二十七条"
    rows = [Finding(text, UNCLEAR, code="crime-hint", article=article) for text in file.crimes]
    rows += [of_reason(item.reason, item.link, UNCLEAR) for item in file.said if item.check == "crime"]
    text = "是否涉嫌犯罪，机器不能判断。" if not rows else "是否移送，由审核人员判断。"
    return [*rows, Finding(text, UNCLEAR, code="crime", article=article)]
