"""Operator's command: historic decisions into the public register (导入历史决定)."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mingcha.accounts.queries import actor_named
from mingcha.disclosure.historic import Outcome, import_decisions, sole_clerk

_LABELS = {
    "document_number": "文号",
    "party": "当事人",
    "authority": "处罚机关",
    "date": "处罚日期",
    "fine": "罚款金额",
    "confiscated": "没收金额",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clerk", metavar="USERNAME", help="签发本批脱敏结果的公示员；只有一名公示员时可以省略。")
@click.option("--json", "as_json", is_flag=True, help="输出JSON：read、imported、refused、agreement。")
def decisions(file: Path, clerk: str | None, as_json: bool) -> None:
    """把 FILE（.jsonl 或 .jsonl.gz，一行一条，含 id、text，可附 index）中的历史决定导入公示登记册。

    字段只从全文提取，逐份脱敏，由公示员整批签发后公开。随附索引只用于对照。重复导入同一文件不产生变化。
    """
    actor = actor_named(clerk) if clerk else sole_clerk()
    outcome = import_decisions(file, actor=actor)
    if as_json:
        click.echo(json.dumps(outcome.as_dict(), ensure_ascii=False))
        return
    for line in _lines(outcome, actor.name):
        click.echo(line)


def _lines(outcome: Outcome, clerk: str) -> list[str]:
    told = [f"读取{outcome.read}条，导入{outcome.imported}条，拒绝{len(outcome.refused)}条。"]
    if outcome.imported:
        told.append(f"由公示员{clerk}整批签发，已在公示登记册公开。")
    if outcome.unchanged:
        told.append(f"这个文件以前导入过：其中{outcome.unchanged}条已在登记册中，没有变化。")
    for refusal in outcome.refused:
        told.append(f"  拒绝　第{refusal.line}行　{refusal.id or '（无编号）'}　{refusal.message}（{refusal.code}）")
    told.append("与随附索引对照（只计索引值见于全文的记录；括号内为全部记录）：")
    for name, counts in outcome.agreement.fields.items():
        share = f"{counts.agree / counts.of:.1%}" if counts.of else "—"
        told.append(f"  {_LABELS[name]}　{counts.agree}/{counts.of}　{share}（{counts.raw_agree}/{counts.raw_of}）")
    if outcome.agreement.differences:
        told.append(f"不一致{len(outcome.agreement.differences)}处：")
    for item in outcome.agreement.differences:
        told.append(
            f"  {item.record}　{_LABELS[item.field]}　索引：{item.index}　提取：{item.extracted or '空'}　{item.cause}"
        )
    return told
