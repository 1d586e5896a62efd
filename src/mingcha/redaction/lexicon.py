"""Words and characters of personal names (姓名用字), read from names.json."""

from __future__ import annotations

import json
import re
from importlib import resources

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef"
ALL_HAN = re.compile(f"[{HAN}·]+")

_DATA = json.loads(resources.files("mingcha.redaction").joinpath("names.json").read_text(encoding="utf-8"))
SURNAMES, COMPOUND, NOT_NAMES = map(frozenset, (_DATA["surnames"], _DATA["compound"], _DATA["not_names"]))
# The list is sorted by frequency.
COMMON_SURNAMES = frozenset(_DATA["surnames"][:260])
VERY_COMMON = frozenset(_DATA["surnames"][:90]) - frozenset("于高方白康马万金常温")
GIVEN_STRONG, GIVEN_USUAL = frozenset(_DATA["given_strong"]), frozenset(_DATA["given_usual"])
GIVEN_PAIRS = frozenset(_DATA["given_pairs"].split())
NOT_TAGGED = frozenset(_DATA["not_tagged"].split())
ROLES: list[str] = _DATA["roles"]
WEAK_ROLES: list[str] = _DATA["weak_roles"]
GOES_ON: list[str] = _DATA["goes_on"]
# Characters that no given name has, or that show the candidate ran into the sentence.
NOT_GIVEN = re.compile(
    r"[本该其我你您他她它们这那当的了着过是在不为或并被把让给每等所某者员局厅处院公司店单位法条款项元号个件份页第年日未支"
    r"村街镇乡县市区费表册诊]"
)
# Surnames that are also the commonest words of such letters: the tagger must agree.
FUNCTION = frozenset("于和应时查管都相常门关单花文师支车水向全成商党解段项元经计")
