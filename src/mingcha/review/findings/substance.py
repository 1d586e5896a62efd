"""Application of law (法律适用) and discretion (裁量) — 行政处罚法 art. 29–37."""

from __future__ import annotations

from mingcha.common.money import yuan
from mingcha.documents.rules import money
from mingcha.review.findings.shape import DIFFERS, MET, UNCLEAR, Cited, File, Finding, Range, of_reason
from mingcha.review.findings.spoken import said

_CLOCK = "行政处罚法第三十七条"
_ABSENT = {"no-article", "no-place", "no-longer"}
# The result of discretion in the letter → the grade of a published standard.
_GRADES = {"ordinary": "ordinary", "lighter": "lighter", "mitigated": "reduced", "heavier": "heavier"}


def law(file: File) -> list[Finding]:
    """Citations on both law clocks, the articles of the published item, limitation, one matter not fined twice."""
    rows = [
        of_reason(reason, file.notice_link) for reason in file.unlike_notice if reason.code == "article-not-notified"
    ]
    if not rows and file.cited and file.notice:
        text = f"引用的{len(file.cited)}个条款都在告知书中告知过。"
        rows.append(Finding(text, MET, file.notice_link, code="article-not-notified", article="行政处罚法第四十四条"))
    if file.draft.get("penalties") and not file.draft.get("penalty_articles"):
        text = "决定书草稿有处罚内容，没有引用处罚依据。"
        rows.append(Finding(text, DIFFERS, code="basis-missing", article="行政处罚法第四条、第五十九条"))
    rows += [finding for cited in file.cited for finding in _cited(file, cited)]
    rows += [*_as_listed(file), *said(file, "law")]
    rows += [of_reason(reason) for reason in file.limitation]
    if not file.limitation and file.act_type == "penalty":
        text = (
            f"违法行为终了于{file.conduct_on.isoformat()}，发现于{file.discovered_on.isoformat()}，没有超过处罚时效。"
        )
        rows.append(Finding(text, MET, code="limitation-passed", article="行政处罚法第三十六条"))
    rows += _twice(file)
    return [*rows, Finding("定性是否准确，机器不能判断。", UNCLEAR, code="law", article="行政处罚法第四十条")]


def _cited(file: File, cited: Cited) -> list[Finding]:
    day = file.conduct_on.isoformat()
    if cited.status in _ABSENT:
        text = f"{cited.text}：行为时（{day}）有效的法律里没有这一条款。"
        rows = [Finding(text, DIFFERS, code="article-not-in-force", article=_CLOCK)]
    elif cited.status == "unreadable":
        text = f"“{cited.text}”不能按法律条款读出，请核对写法。"
        rows = [Finding(text, DIFFERS, code="citation-unreadable", article="行政处罚法第五十九条")]
    elif cited.status == "ok":
        text = f"{cited.text}：条文库有行为时（{day}）的文本。"
        rows = [Finding(text, MET, code="article-not-in-force", article=_CLOCK)]
    else:
        text = f"{cited.text}：条文库没有收录，请查对行为时（{day}）的文本。"
        rows = [Finding(text, UNCLEAR, code="article-not-in-force", article=_CLOCK)]
    if cited.gone:
        text = f"{cited.text}：行为以后已经废止或者不再有这一条款，请核对从旧兼从轻。"
        rows.append(Finding(text, UNCLEAR, code="article-repealed-since", article=_CLOCK))
    elif cited.changed:
        text = f"{cited.text}：行为以后有过修改，请比较新旧规定，处罚较轻的适用新规定。"
        rows.append(Finding(text, UNCLEAR, code="article-changed-since", article=_CLOCK))
    return rows


def _as_listed(file: File) -> list[Finding]:
    """The draft against the articles that the published list names for the item."""
    rows = []
    for name, label, listed in (
        ("broken_articles", "违反的条款", file.item_articles[0]),
        ("penalty_articles", "处罚依据", file.item_articles[1]),
    ):
        used = [row["citation"] for row in file.draft.get(name) or []]
        if not listed or not used:
            continue
        if not set(used) & set(listed):
            text = f"引用的{label}都不是公布清单为这一事项列明的条款。"
            rows.append(Finding(text, DIFFERS, code="article-unlike-item", article="行政处罚法第三十九条"))
        elif set(used) - set(listed):
            text = f"引用的{label}比公布清单为这一事项列明的多，请核对。"
            rows.append(Finding(text, UNCLEAR, code="article-beyond-item", article="行政处罚法第三十九条"))
    return rows


def _twice(file: File) -> list[Finding]:
    article = "行政处罚法第二十九条"
    rows = []
    for other in file.others:
        same = "同一事项" if other.same_item else "其他事项"
        done = "已经罚款" if other.fined else "正在办理"
        text = f"同一当事人同一日的行为，{other.organ}的{other.name}（{same}）{done}，请核对是否同一个违法行为。"
        state = DIFFERS if other.same_item and other.fined else UNCLEAR
        rows.append(Finding(text, state, code="fined-twice", article=article))
    if not rows and file.act_type == "penalty":
        text = "本地区没有同一当事人同一日行为的其他案件。"
        rows.append(Finding(text, MET, code="fined-twice", article=article))
    return rows


def discretion(file: File) -> list[Finding]:
    """The amounts against notice and published standard, the words of discretion, the age of a person."""
    rows = [of_reason(reason, file.notice_link) for reason in file.heavier]
    rows += [
        of_reason(reason, file.notice_link) for reason in file.unlike_notice if reason.code == "penalty-not-notified"
    ]
    for kind, label in (("fine", "罚款"), ("confiscate_gains", "没收违法所得")):
        told, now = money(file.notice.get("penalties", []), kind), money(file.draft.get("penalties") or [], kind)
        if now > told and not file.heavier and file.notice:
            text = f"拟{label}{yuan(now)}元，重于事先告知的{yuan(told)}元。"
            code, article = "heavier-than-notified", "行政处罚法第四十五条第二款"
            rows.append(Finding(text, DIFFERS, file.notice_link, code=code, article=article))
        elif (told or now) and now <= told:
            same = "与告知数额相同" if told == now else f"告知数额为{yuan(told)}元"
            text = f"拟{label}{yuan(now)}元，{same}。"
            code, article = "heavier-than-notified", "行政处罚法第四十五条第二款"
            rows.append(Finding(text, MET, file.notice_link, code=code, article=article))
    return [
        *rows,
        *((*_words(file), *_range(file), *_age(file)) if file.act_type == "penalty" else ()),
        *said(file, "discretion"),
        Finding("裁量是否适当，机器不能判断。", UNCLEAR, code="discretion", article="行政处罚法第五条、第三十四条"),
    ]


def _words(file: File) -> list[Finding]:
    article = "行政处罚法第三十四条"
    given = file.draft.get("discretion") or {}
    wanted = (("factors", "裁量因素"), ("grade", "裁量阶次"), ("standard", "裁量基准"))
    absent = [label for name, label in wanted if not str(given.get(name) or "").strip()]
    if absent:
        text = f"草稿没有写明{'、'.join(absent)}。"
        return [Finding(text, DIFFERS, code="discretion-unexplained", article=article)]
    text = f"草稿适用{given['standard']}，认定为“{given['grade']}”阶次。"
    return [Finding(text, MET, code="discretion-unexplained", article=article)]


def _range(file: File) -> list[Finding]:
    """The fine between floor and ceiling of the published standard, then of the grade that the draft names."""
    article = "行政处罚法第三十四条"
    fine = money(file.draft.get("penalties") or [], "fine")
    figures = [row for row in file.ranges if row.least is not None or row.most is not None]
    if not fine:
        return []
    if not figures:
        text = "公布的裁量基准没有为这一事项列出数额幅度，罚款数额是否在幅度内，机器不能判断。"
        return [Finding(text, UNCLEAR, code="amount-out-of-range", article=article)]
    effect = str((file.draft.get("discretion") or {}).get("effect") or "")
    least, most = _bounds(figures)
    if most is not None and fine > most:
        text = f"罚款{yuan(fine)}元，高于{file.standard}的上限{yuan(most)}元。"
        return [Finding(text, DIFFERS, code="amount-out-of-range", article=article)]
    if least is not None and fine < least and effect != "mitigated":
        text = f"罚款{yuan(fine)}元，低于{file.standard}的下限{yuan(least)}元，草稿没有认定减轻处罚。"
        return [Finding(text, DIFFERS, code="amount-out-of-range", article=article)]
    graded = [row for row in figures if row.grade == _GRADES.get(effect)]
    if not graded:
        text = f"罚款{yuan(fine)}元，在{file.standard}的幅度内；属于哪一档，机器不能判断。"
        return [Finding(text, UNCLEAR if effect == "mitigated" else MET, code="amount-out-of-range", article=article)]
    least, most = _bounds(graded)
    codes = "、".join(row.code for row in graded)
    if (least is not None and fine < least) or (most is not None and fine > most):
        text = f"罚款{yuan(fine)}元，不在{file.standard}第{codes}项（{graded[0].standard}）的幅度内。"
        return [Finding(text, DIFFERS, code="amount-off-grade", article=article)]
    text = f"罚款{yuan(fine)}元，在{file.standard}第{codes}项（{graded[0].standard}）的幅度内。"
    return [Finding(text, MET, code="amount-out-of-range", article=article)]


def _bounds(rows: list[Range]) -> tuple[int | None, int | None]:
    """The lowest floor and the highest ceiling; a row that is open on one side leaves that side open."""
    floors, ceilings = [row.least for row in rows], [row.most for row in rows]
    least = None if None in floors else min(value for value in floors if value is not None)
    most = None if None in ceilings else max(value for value in ceilings if value is not None)
    return least, most


def _age(file: File) -> list[Finding]:
    """A person under fourteen is not punished, one under eighteen more lightly; the state of mind nobody reads off."""
    age = file.party.age
    if file.party.kind != "person":
        return []
    article = "行政处罚法第三十条、第三十一条"
    if age is None:
        text = "没有当事人的出生日期，年龄和精神状况机器不能判断。"
        return [Finding(text, UNCLEAR, code="age", article=article)]
    if age < 14:
        text = f"当事人行为时{age}周岁，不满十四周岁，不予行政处罚。"
        return [Finding(text, DIFFERS, code="under-fourteen", article=article)]
    effect = (file.draft.get("discretion") or {}).get("effect")
    if age < 18 and effect not in ("lighter", "mitigated"):
        text = f"当事人行为时{age}周岁，应当从轻或者减轻处罚，草稿没有认定。"
        return [Finding(text, DIFFERS, code="minor-not-lighter", article=article)]
    text = f"当事人行为时{age}周岁；精神状况机器不能判断。"
    return [Finding(text, UNCLEAR, code="age", article=article)]
