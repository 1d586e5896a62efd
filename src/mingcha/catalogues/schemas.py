"""Registry of list kinds: the owning room registers label and check of its typed entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mingcha.common.errors import MingchaError, Reason

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Schema:
    """A kind of list (清单) with the rule that its content must pass."""

    kind: str
    label: str
    check: Callable[[Content], list[Reason]]


_schemas: dict[str, Schema] = {}


def register(kind: str, label: str, check: Callable[[Content], list[Reason]]) -> None:
    _schemas[kind] = Schema(kind, label, check)


def schema(kind: str) -> Schema:
    """The schema of a kind. An unknown kind raises."""
    if kind not in _schemas:
        raise MingchaError("edition-kind-unknown", f"没有登记过“{kind}”这种清单。")
    return _schemas[kind]


def kinds() -> list[Schema]:
    return sorted(_schemas.values(), key=lambda item: item.kind)


def _required(content: Content, fields: tuple[str, ...]) -> list[Reason]:
    reasons: list[Reason] = []
    entries = content.get("entries")
    if not isinstance(entries, list) or not entries:
        return [Reason("edition-empty", "清单没有条目。")]
    seen: set[str] = set()
    for place, entry in enumerate(entries, 1):
        for name in fields:
            if not entry.get(name):
                reasons.append(Reason("edition-field-missing", f"第{place}条缺少“{name}”。", data={"row": place}))
        code = str(entry.get("code", ""))
        if code in seen:
            reasons.append(Reason("edition-code-twice", f"条目编码{code}重复。", data={"row": place}))
        seen.add(code)
    return reasons


def _profile(content: Content) -> list[Reason]:
    needed = ("hearing", "review_days", "statement_days", "publish_days", "publish_years")
    return [Reason("profile-value-missing", f"政策参数缺少“{name}”。") for name in needed if name not in content]


register("items", "行政执法事项清单", lambda content: _required(content, ("code", "name", "basis", "plain")))
register("officers", "行政执法人员清单", lambda content: _required(content, ("code", "name", "unit", "certificate")))
register("recording-list", "音像记录事项清单", lambda content: _required(content, ("code", "stage", "mode", "plain")))
register(
    "review-list", "重大执法决定法制审核目录清单", lambda content: _required(content, ("code", "condition", "plain"))
)
register("policy-profile", "政策参数", _profile)
