"""Standard paragraphs (标准表述) built from structured data: payment, remedies, persons. Texts are dated data."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from mingcha.common.clock import SHANGHAI, legal_day
from mingcha.common.errors import InvalidInput
from mingcha.common.money import capitals, yuan
from mingcha.documents.rendering.fields import WORDING

_CHINESE = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Chinese ordinal numeral of 1 to 99: 12 → 十二."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else _CHINESE[tens] + "十"
    return head + (_CHINESE[ones] if ones or not tens else "")


def day(value: dt.date) -> str:
    """2026年3月9日, as GB/T 9704 prints dates: Arabic digits, no leading zeros."""
    return f"{value.year}年{value.month}月{value.day}日"


def instant(value: dt.datetime) -> str:
    """2026年3月9日9时05分, in Shanghai wall time."""
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date())}{local.hour}时{local.minute:02d}分"


def legal_date(value: dt.date) -> dt.date:
    """The day of the law of a date or an instant."""
    return legal_day(value) if isinstance(value, dt.datetime) else value


def amount(fen: int) -> str:
    """Digits and capitals together: 20,000.00元（大写：贰万元整）."""
    return f"{yuan(fen)}元（大写：{capitals(fen)}）"


def people(rows: Sequence[Mapping[str, Any]]) -> str:
    """Officers with their certificate numbers, in one line."""
    return "、".join(row["name"] + _identity(row) for row in rows)


def _identity(row: Mapping[str, Any]) -> str:
    text = f"执法证号{row['cert_no']}" if row.get("cert_no") else row.get("unit")
    return f"（{text}）" if text else ""


@cache
def _editions() -> list[dict[str, Any]]:
    editions: list[dict[str, Any]] = json.loads(WORDING.read_text(encoding="utf-8"))["editions"]
    by_id = {edition["id"]: edition for edition in editions}
    for edition in editions:
        if "same_as" in edition:
            edition.update({name: by_id[edition["same_as"]][name] for name in ("values", "texts")})
    return sorted(editions, key=lambda edition: str(edition["effective_from"]), reverse=True)


def edition(on: dt.date) -> dict[str, Any]:
    """The edition of the standard wording in force on a day. Raises InvalidInput before the first one."""
    for found in _editions():
        if found["effective_from"] <= on.isoformat():
            return found
    raise InvalidInput({"decision_date": [f"{day(on)}没有有效的标准表述，请核对落款日期。"]})


def payment(pay: Mapping[str, Any], on: dt.date) -> list[str]:
    """Payment of the fine (缴款) — 行政处罚法 art. 66, 67, 72: 15 natural days, payee, 3 % a day when late, capped."""
    standard = edition(on)
    texts, values = standard["texts"], standard["values"]
    payee = pay["payee"] + (f"（地址：{pay['payee_address']}）" if pay.get("payee_address") else "")
    if account := "，".join(
        f"{label}：{pay[name]}"
        for name, label in (("account_name", "户名"), ("bank", "开户银行"), ("account_no", "账号"))
        if pay.get(name)
    ):
        payee += f"，{account}"
    first = texts["payment"].format(**values, amount=amount(pay["amount"]), payee=payee)
    if pay.get("payment_code"):
        first += texts["payment_code"].format(payment_code=pay["payment_code"])
    late = texts["payment_late"].format(late_percent_cn=chinese(values["late_percent"]))
    return [first, late + texts["payment_deferral"], texts[f"payment_{pay['enforcement']}"]]


def remedies(remedy: Mapping[str, Any], on: dt.date) -> list[str]:
    """Remedies (救济途径) — 行政处罚法 art. 59(5), 73; 行政复议法 art. 20–24; 行政诉讼法 art. 44–46.

    A statute may lengthen the 60 days of reconsideration, never shorten them: raises InvalidInput.
    """
    standard = edition(on)
    texts, values = standard["texts"], dict(standard["values"])
    least = values["recon_days"]
    values |= {name: value for name, value in remedy.items() if value not in (None, "")}
    if values["recon_days"] < least:
        raise InvalidInput({"remedies.recon_days": [f"申请行政复议的期限不得少于{least}日。"]})
    first = texts[remedy["kind"]].format(**values)
    first += "".join(texts[name].format(**values) for name in ("recon_address", "recon_online") if values.get(name))
    return [first, texts["no_stay"].format(**values)]


def penalties(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> list[str]:
    """The penalties (处罚种类) one by one, amounts in digits and capitals — 行政处罚法 art. 9."""
    found = []
    for n, row in enumerate(rows, 1):
        number = f"{n}．" if len(rows) > 1 else ""
        figure = f"{amount(row['amount'])}" if row.get("amount") is not None else ""
        text = row.get("text", "")
        found.append(
            f"{number}{kinds[row['kind']]}{figure}{'：' if text and not figure else '，' if text else ''}{text}"
        )
        if not found[-1].endswith("。"):
            found[-1] += "；" if n < len(rows) else "。"
    return found


def party(person: Mapping[str, Any], label: str = "当事人") -> list[str]:
    """The block of one party (当事人): name, identity, address; only what is known is printed."""
    name = {"natural": label, "organisation": label, "sole_trader": f"{label}（个体工商户）"}[person["kind"]]
    rows = [(name, person["name"])]
    if person["kind"] == "natural":
        born = day(person["birth"]) if person.get("birth") else ""
        rows += [
            ("性别", person.get("sex")),
            ("出生日期", born),
            (person.get("id_type") or "公民身份号码", person.get("id_no")),
            ("住址", person.get("address")),
        ]
    else:
        rows += [
            ("经营者" if person["kind"] == "sole_trader" else "法定代表人（负责人）", person.get("legal_rep")),
            (person.get("licence_type") or "统一社会信用代码", person.get("usc_code")),
            ("住所（经营场所）", person.get("address")),
        ]
    rows += [("联系电话", person.get("phone")), ("委托代理人", person.get("agent"))]
    return [f"{words}：{value}" for words, value in rows if value]
