"""Policy profiles (政策参数): the keys in which the policy documents differ, five ready ones, and their check. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.common.errors import Reason

Content = Mapping[str, Any]


def check(content: Content) -> list[Reason]:
    """What is missing in a profile; empty when it can be published."""
    needed = ("hearing", "review_days", "statement_days", "publish_days", "publish_years")
    return [Reason("profile-value-missing", f"政策参数缺少“{name}”。") for name in needed if name not in content]
