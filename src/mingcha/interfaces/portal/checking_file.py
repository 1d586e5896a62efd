"""One place for any file (验真): a proof bundle or a PDF is told apart by its bytes and checked in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from mingcha.common.errors import InvalidInput
from mingcha.disclosure import queries
from mingcha.documents.signing import trust
from mingcha.documents.signing.verifying import check
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import checking
from mingcha.interfaces.portal.pages import show
from mingcha.interfaces.portal.signatures import TITLES

MOST = 20 << 20
GENUINE, CHANGED, REVOKED, UNKNOWN = "genuine", "changed", "revoked", "unknown"


@dataclass(frozen=True)
class Letter:
    """The verdict on a PDF: its state, the public decision it belongs to, where it differs, what the seals say."""

    state: str
    row: Any = None
    compared: Any = None
    seals: Any = None
    numbers: list[str] = field(default_factory=list)


def check_letter(data: bytes) -> Letter:
    """Compare a PDF with the public text of the decision whose number it bears. Raises InvalidInput."""
    text = queries.text_of_pdf(data)
    seals = check(data, trust.load(settings.SIGNING_ROOT))
    numbers = queries.numbers_in(text)
    rows = [row for number in numbers[:5] for row in queries.by_number(number)]
    if seals.state == "invalid":
        return Letter(CHANGED, rows[0] if rows else None, None, seals, numbers)
    if not rows:
        return Letter(UNKNOWN, None, None, seals, numbers)
    row = queries.entry(rows[0].id)
    if not queries.stands(row):
        return Letter(REVOKED, row, None, seals, numbers)
    hidden = [(place.start, place.end) for place in queries.withheld(row)]
    compared = queries.compare(row.content["text"], hidden, text)
    return Letter(GENUINE if compared.same else CHANGED, row, compared, seals, numbers)


@public
@csrf_exempt
def file(request: HttpRequest) -> HttpResponse:
    """Check a file. Nothing is stored and nobody is signed in, so the form needs no token and sets no cookie."""
    crumbs = [("验真与投诉", reverse("portal:verify")), ("核验文件", "")]
    given = request.FILES.get("file")
    context: dict[str, Any] = {}
    problem = ""
    if request.method == "POST":
        if given is None:
            problem = "请选择要核验的文件：决定书的PDF，或者从决定页面下载的证明包。"
        elif (given.size or 0) > MOST:
            problem = f"文件超过{MOST >> 20} MB，没有核验。请选择机关发给您的原始文件。"
        else:
            data = given.read()
            context["name"] = given.name
            try:
                if data[:1024].lstrip().startswith(b"%PDF"):
                    context["letter"] = check_letter(data)
                    context["seal_words"] = TITLES[context["letter"].seals.state]
                elif data[:64].lstrip()[:1] == b"{" and not checking.too_large(given.size):
                    found = checking.check_upload(data)
                    stands = found.row is not None and queries.stands(found.row)
                    context |= {"found": found, "stands": stands}
                    return show(request, "upload", context, section="verify", crumbs=crumbs)
                else:
                    problem = "认不出这个文件。可以核验决定书的PDF，或者从决定页面下载的证明包（.json）。"
            except InvalidInput as error:
                problem = error.message
    context["errors"] = [problem] if problem else []
    status = 422 if problem else 200
    return show(request, "verify_file", context, section="verify", crumbs=crumbs, status=status)
