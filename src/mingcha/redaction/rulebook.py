"""The rules and profiles of redaction (脱敏规则) as data: label, mask and ground — 行政处罚法 art. 50."""

from __future__ import annotations

import datetime as dt
import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from mingcha.common.errors import MingchaError


class UnknownProfile(MingchaError):
    """No profile of that name."""

    code = "redaction-profile-unknown"


@dataclass(frozen=True)
class Rule:
    """One named rule: what it hides (`type`), its Chinese label and ground for the public page, and its mask.

    `effective` is the day since which the cited articles say so, None where no law does; `verified` that they were read.
    """

    id: str
    type: str
    label: str
    mask: str
    ground: str
    source: str
    effective: dt.date | None
    verified: bool


@dataclass(frozen=True)
class Rulebook:
    """All rules by id, the masks of case data by kind, and per profile the rules that are left standing."""

    rules: dict[str, Rule]
    known_masks: dict[str, str]
    profiles: dict[str, dict[str, Any]]
    # Profiles that a decision may be published with, the usual one first.
    publications: dict[str, str]
    # A person below this age is a minor.
    majority: int

    def minor(self, id_number: str, on: dt.date) -> bool:
        """Whether the holder of a citizen's number of 18 digits is a minor on a day; False where it tells no birthday."""
        try:
            born = dt.date.fromisoformat(id_number[6:14])
        except ValueError:
            return False
        if len(id_number) != 18:
            return False
        years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
        return 0 <= years < self.majority

    def kept(self, profile: str) -> frozenset[str]:
        return frozenset(self._profile(profile)["keep"])

    def how(self, profile: str, span_type: str) -> str:
        """What becomes of a type: `word` (its mask), `mask` (asterisks), `remove`; for persons `initial`, `pseudonym`."""
        found: str = self._profile(profile)["how"].get(span_type, "word")
        return found

    def _profile(self, profile: str) -> dict[str, Any]:
        if profile not in self.profiles:
            raise UnknownProfile(message=f"没有名为“{profile}”的脱敏方案，请选择：{'、'.join(self.profiles)}。")
        return self.profiles[profile]


@functools.cache
def rulebook() -> Rulebook:
    data = json.loads(resources.files("mingcha.redaction").joinpath("rules.json").read_text(encoding="utf-8"))
    rules = {rule["id"]: Rule(**{**rule, "effective": _day(rule["effective"])}) for rule in data["rules"]}
    publications = {name: data["profiles"][name]["label"] for name in data["publications"]}
    return Rulebook(rules, data["known_masks"], data["profiles"], publications, data["minor"]["under"])


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
