"""Showing of certificates, uniform and insignia (亮证、着装、标识) as records must note it — R030, R031, 行政处罚法 art. 55."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.catalogues import profiles
from mingcha.common.errors import Reason
from mingcha.documents.rendering import template

_ARTICLE = "行政处罚法第五十五条第一款"
_CERTIFICATE = "证件"


def lacking(kind: str, fields: Mapping[str, Any], profile: Mapping[str, Any]) -> list[Reason]:
    """What a record does not note though the pinned profile demands it; nothing for kinds that are no record."""
    form = template(kind)
    if form.layout != "record" or form.field("officers") is None:
        return []
    reasons = []
    if profiles.value(profile, "record.cert_shown") == "noted" and not _shown(fields):
        reasons.append(
            Reason(
                "certificate-not-noted",
                f"《{form.title}》没有写明已经出示执法证件。",
                (_ARTICLE,),
                "没有出示的，当事人有权拒绝；请先出示执法证件，再如实写明。",
                {"field": "told"},
            )
        )
    # Kinds without the field are signed in the office: nothing to note.
    if form.field("uniform") is not None and _uniform_due(profile) and fields.get("uniform") != "worn":
        reasons.append(
            Reason(
                "uniform-not-noted",
                f"《{form.title}》没有写明按规定着装、佩戴标识。",
                ("国办发〔2018〕118号",),
                "统一着装的机关，执法时应当着制式服装、佩戴标识，并在笔录中写明。",
                {"field": "uniform"},
            )
        )
    return reasons


def _shown(fields: Mapping[str, Any]) -> bool:
    """Whether a time is noted, or the first questions asked about the certificate; a told item marked 否 outweighs both."""
    told = [row for row in fields.get("told") or [] if _CERTIFICATE in str(row.get("item", ""))]
    if any(row.get("done") == "no" for row in told):
        return False
    asked = any(
        _CERTIFICATE in str(row.get("question", "")) and str(row.get("answer", "")).strip()
        for row in fields.get("opening") or []
    )
    return bool(fields.get("cert_shown_at") or asked or told)


def _uniform_due(profile: Mapping[str, Any]) -> bool:
    wanted = profiles.value(profile, "record.uniform")
    return wanted == "always" or (wanted == "prescribed" and profile.get("organ", {}).get("uniform") is True)
