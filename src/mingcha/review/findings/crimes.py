"""Hints that figures of a file reach a threshold of prosecution (涉嫌犯罪提示), from dated data — 行政处罚法 art. 27."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from mingcha.common.money import yuan


@cache
def _hints() -> list[dict[str, Any]]:
    text = resources.files("mingcha.review").joinpath("data", "crime.json").read_text("utf-8")
    rows: list[dict[str, Any]] = json.loads(text)["hints"]
    return rows


def hints(words: str, figures: Mapping[str, int]) -> list[str]:
    """What the figures (fen, by `amount` and `gains`) reach, for conduct that `words` describe."""
    found = []
    for row in _hints():
        figure = figures.get(row["figure"], 0)
        if figure >= row["at_least"] and any(word in words for word in row["words"]):
            note = "" if row["verified"] else "（标准未核对，请查对原文）"
            found.append(
                f"{row['label']}{yuan(figure)}元，达到{row['crime']}的追诉标准{yuan(row['at_least'])}元"
                f"（{row['article']}；{row['source']}）{note}。是否移送，请审核人员判断。"
            )
    return found
