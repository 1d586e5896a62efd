"""Is the seal on this PDF genuine? (核验电子印章) — the same check that officials see and the command line makes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from mingcha.documents.signing import trust
from mingcha.documents.signing.verifying import check
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal.pages import show

_MOST = 20 << 20
KINDS = {"valid": "ok", "invalid": "law", "unsure": "warn", "unsigned": "warn", "unreadable": "warn"}
TITLES = {
    "valid": "有效：签名和印章都是真的，内容没有改动",
    "invalid": "无效：不要相信这份文件",
    "unsure": "不能确认：文件没有改动，但签名还不能确认",
    "unsigned": "这个PDF里没有电子签名，也没有电子印章",
    "unreadable": "读不出这个文件",
}


@public
@csrf_exempt
def signatures(request: HttpRequest) -> HttpResponse:
    """Check a PDF. Nothing is stored and nobody is signed in, so the form needs no token and sets no cookie."""
    crumbs = [("验真与投诉", reverse("portal:verify")), ("核验电子印章", "")]
    if request.method != "POST":
        return show(request, "signatures", {}, section="verify", crumbs=crumbs)
    file = request.FILES.get("pdf")
    wrong = ""
    if file is None:
        wrong = "请选择要核验的PDF文件。"
    elif (file.size or 0) > _MOST:
        wrong = f"文件超过{_MOST >> 20} MB，没有核验。请选择机关发给您的原始文件。"
    if file is None or wrong:
        return show(request, "signatures", {"errors": [wrong]}, section="verify", crumbs=crumbs, status=422)
    found = check(file.read(), trust.load(settings.SIGNING_ROOT))
    context: dict[str, Any] = {
        "found": found,
        "name": file.name,
        "kind": KINDS[found.state],
        "verdict": TITLES[found.state],
        "rows": [
            {"row": row, "kind": {"valid": "ok", "unsure": "warn"}.get(row.state, "late")} for row in found.signatures
        ],
    }
    return show(request, "signatures", context, section="verify", crumbs=crumbs)
