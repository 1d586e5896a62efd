"""Contents of an edition as a readable table, per kind of list; a procedure as its table of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mingcha.accounts.choices import Role
from mingcha.documents.rendering import UnknownTemplate, template
from mingcha.procedures import guards
from mingcha.procedures.definition import parse

Content = Mapping[str, Any]
Table = dict[str, Any]

_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "items": (("code", "编码"), ("name", "事项"), ("basis", "依据"), ("plain", "通俗说明"), ("fine", "罚款幅度")),
    "officers": (
        ("name", "姓名"),
        ("unit", "机构"),
        ("certificate", "执法证号"),
        ("area", "执法区域"),
        ("valid_to", "有效期至"),
    ),
    "recording-list": (("code", "编码"), ("plain", "事项"), ("mode", "要求")),
    "review-list": (("code", "编码"), ("plain", "应当审核的情形")),
}
_MODES = {"full": "全程记录", "circumstances": "视情况记录"}
_PROFILE = {
    "review_days": "法制审核期限（工作日）",
    "statement_days": "陈述申辩期限（工作日）",
    "publish_days": "公示期限（工作日）",
    "publish_years": "公示年限（年）",
    "filing_days": "立案期限（工作日）",
    "feedback_days": "检查结果告知期限（工作日）",
    "supplement_days": "许可补正期限（工作日）",
    "source": "来源",
}
_LIMITS = {"fine": "罚款", "confiscate_gains": "没收违法所得"}


def table_of(kind: str, content: Content) -> Table:
    """Columns and rows for the screen."""
    return _READERS.get(kind, _entries(kind))(content)


def _entries(kind: str) -> Callable[[Content], Table]:
    def read(content: Content) -> Table:
        entries = content.get("entries", [])
        columns = _COLUMNS.get(kind) or tuple((name, name) for name in (entries[0] if entries else ()))
        rows = [{"cells": [_MODES.get(row.get(name), row.get(name)) or "—" for name, _ in columns]} for row in entries]
        return {"columns": [{"label": label} for _, label in columns], "rows": rows}

    return read


def _profile(content: Content) -> Table:
    rows = [[label, content[name]] for name, label in _PROFILE.items() if content.get(name) is not None]
    hearing = content.get("hearing", {})
    for party, label in (("person", "公民"), ("organisation", "单位")):
        for name, value in hearing.get(party, {}).items():
            rows.append([f"听证标准：{label}{_LIMITS.get(name, name)}（元）", f"{value // 100:,}"])
    if "verified" in hearing:
        rows.append(["听证标准是否已核实", "是" if hearing["verified"] else "否"])
    rows += [[_ORGAN[name], value] for name, value in content.get("organ", {}).items() if name in _ORGAN]
    return {"columns": [{"label": "参数"}, {"label": "值"}], "rows": [{"cells": row} for row in rows]}


_ORGAN = {
    "payee": "代收银行",
    "payee_address": "代收银行地址",
    "account_name": "账户名称",
    "bank": "开户银行",
    "account_no": "账号",
    "recon_organ": "复议机关",
    "recon_address": "复议地址",
    "lit_court": "管辖法院",
    "publicity": "公示平台",
    "contact_person": "联系人",
    "contact_phone": "联系电话",
    "supervise_phone": "监督电话",
    "inspection_cap": "每年检查次数上限",
    "contact_address": "联系地址",
}


def _procedure(content: Content) -> Table:
    definition = parse(content)
    rows = []
    for stage in definition.stages.values():
        moves = []
        for move in stage.moves:
            known = [found.label for found in map(guards.known, move.guards) if found]
            needs = f"（{'；'.join(known)}）" if known else ""
            moves.append(f"{move.label} → {definition.stage(move.to).name}{needs}")
        rows.append(
            {
                "name": stage.name,
                "article": stage.article,
                "roles": "、".join(str(Role(role).label) for role in stage.roles),
                "documents": "、".join(_title(kind) for kind in stage.documents) or "—",
                "moves": moves,
            }
        )
    return {"stages": rows}


def _title(kind: str) -> str:
    try:
        return template(kind).title
    except UnknownTemplate:
        return kind


_READERS: dict[str, Callable[[Content], Table]] = {"policy-profile": _profile, "procedure": _procedure}
