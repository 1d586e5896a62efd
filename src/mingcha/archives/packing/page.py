"""index.html of a package: what lies in it, for a person without any program of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

_STYLE = (
    "body{font:16px/1.7 'Noto Sans SC','Microsoft YaHei',sans-serif;max-width:70rem;margin:0 auto;padding:1rem;color:#1a1a1a;"
    "background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top}th{background:#f0f0f0}"
    "code{word-break:break-all;font-size:.85em}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}"
    "dt{color:#555}dd{margin:0}.box{overflow-x:auto}@media print{a{color:inherit;text-decoration:none}}"
)


def render(volume: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], *, with_recordings: bool) -> bytes:
    """The page of one volume, in Chinese, without scripts or anything from outside."""
    case = volume["case"]
    facts = [
        ("案号", case["number"] or "无"),
        ("案由", case["cause"]),
        ("当事人", case["party"]),
        ("执法机关", case["organisation"]),
        ("立案日期", case["filed_on"] or "无"),
        ("结案日期", case["closed_on"]),
        ("保管期限", volume["retention"]),
        ("全宗号、目录号", f"{volume['fonds_no'] or '未编'}、{volume['catalogue_no'] or '未编'}"),
        ("卷次", _volume_name(volume)),
        ("过程记录", f"第{volume['log']['first']}条至第{volume['log']['last']}条"),
        ("账本", volume["log"]["origin"]),
    ]
    if volume["supplement"]:
        facts.append(("补充原因", volume["supplement"]["reason"]))
    parts = [
        "<!DOCTYPE html>",
        '<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>案卷 {escape(case['number'] or case['cause'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>案卷：{escape(case['cause'])}</h1><dl>",
        *(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in facts),
        "</dl>",
    ]
    for part in volume["volumes"]:
        parts.append(f"<h2>{escape(part['name'])}（共{part['pages']}页）</h2>")
        parts += _table(
            ("序号", "文件名称", "文书编号", "责任者", "日期", "页号", "数据", "备注"),
            (
                (
                    str(item["n"]),
                    _link(item["file"], item["title"]),
                    escape(item["number"]),
                    escape(item["maker"]),
                    escape(item["date"]),
                    escape(pages(item)),
                    _link(item["twin"], "数据") if item["twin"] else "",
                    escape(item["remark"]),
                )
                for item in part["items"]
            ),
        )
    if volume["recordings"]:
        parts.append("<h2>音像记录</h2>")
        parts += _table(
            ("名称", "开始时间", "设备", "大小（字节）", "SHA-256", "存放"),
            (
                (
                    _link(row["path"] if with_recordings else "", row["title"]),
                    escape(row["started_at"]),
                    escape(row["device"]),
                    str(row["size"]),
                    f"<code>{escape(row['sha256'])}</code>",
                    "在本包内" if with_recordings else "原件库，按摘要查找",
                )
                for row in volume["recordings"]
            ),
        )
    if volume["secret_recordings"]:
        parts.append(f"<p>另有涉密音像{volume['secret_recordings']}段，按照保密规定单独保存，不在本包内。</p>")
    parts.append("<h2>过程记录</h2>")
    parts += _table(
        ("序号", "事项", "时间", "人员", "摘要"),
        (
            (
                str(entry["header"]["case_seq"]),
                escape(entry["label"]),
                escape(entry["header"]["recorded_at"]),
                escape(f"{entry['actor']['name']}（{entry['actor']['role']}）"),
                f"<code>{escape(entry['digest'])}</code>",
            )
            for entry in entries
        ),
    )
    parts += [
        "<h2>怎样核验</h2>",
        "<p>本包按照 BagIt 1.0 制作。各文件的摘要在 manifest-sha256.txt 和 manifest-sm3.txt 中，用任何一种摘要工具都可以核对。"
        "过程记录和它们在公开账本中的证明在 data/journal/ 中。用明察核验整个包：</p>",
        "<p><code>mingcha archive check 本包目录 --key 账本公钥文件</code></p>",
        "<p>账本公钥应当从账本的公示页面取得，不要使用包内自带的公钥。</p>",
        "</body></html>",
    ]
    return "\n".join(parts).encode()


def pages(item: Mapping[str, Any]) -> str:
    """The page numbers of an item as the table of contents prints them."""
    if not item["pages_to"]:
        return "附件" if item["file"] else "—"
    first, last = item["pages_from"], item["pages_to"]
    return str(first) if first == last else f"{first}-{last}"


def _volume_name(volume: Mapping[str, Any]) -> str:
    return "全案" if volume["volume"] == 1 else f"补充卷（第{volume['volume'] - 1}次补充）"


def _link(path: str, text: str) -> str:
    return f'<a href="{escape(quote(path))}">{escape(text)}</a>' if path else escape(text)


def _table(heads: Sequence[str], rows: Any) -> list[str]:
    found = ['<div class="box"><table><thead><tr>', *(f"<th>{head}</th>" for head in heads), "</tr></thead><tbody>"]
    for row in rows:
        found.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>")
    return [*found, "</tbody></table></div>"]
