"""The portal's side of the inbox (收件箱): take a letter, tell its progress. The portal calls nothing else here."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import uuid
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import NotFound
from mingcha.petitions import rulebook
from mingcha.petitions.choices import Standing
from mingcha.petitions.errors import FormStale
from mingcha.petitions.models import InboxItem

kinds = rulebook.kinds
STATES = Standing.choices
_SALT = "mingcha.petitions.form"
_FORM_HOURS = 24
# Without letters and figures that are mistaken for one another when somebody reads them out.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
MOST_TEXT, MOST_EVIDENCE = 4000, 2000


def fresh_form() -> str:
    """A token for one form: the same form sent twice is one letter."""
    return signing.dumps(uuid.uuid4().hex, salt=_SALT)


def _opened(token: str) -> str:
    try:
        nonce: str = signing.loads(token, salt=_SALT, max_age=_FORM_HOURS * 3600)
    except signing.BadSignature:
        raise FormStale(message="这张表打开得太久或者不完整，没有提交。请重新打开页面，再填写提交。") from None
    return nonce


def _derived(nonce: str, what: str, size: int) -> str:
    raw = salted_hmac(_SALT + what, nonce, algorithm="sha256").digest()
    number, found = int.from_bytes(raw, "big"), ""
    for _ in range(size):
        number, place = divmod(number, len(_ALPHABET))
        found += _ALPHABET[place]
    return found


def _normal(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _digest(receipt: str, code: str) -> str:
    return hashlib.sha256(f"{_normal(receipt)}|{_normal(code)}".encode()).hexdigest()


def submit(token: str, fields: dict[str, Any], *, jurisdiction: str) -> tuple[InboxItem, str]:
    """Store a letter; answers with the row and the code by which its sender reads the progress.

    Raises FormStale, InvalidInput. Sent twice, the same form answers with the same receipt and code.
    """
    nonce = _opened(token)
    check = Check()
    kind = check.one_of("kind", fields.get("kind"), "来信的种类", kinds())
    known = kinds().get(kind)
    anonymous = bool(fields.get("anonymous"))
    content = {
        "organisation": check.text("organisation", fields.get("organisation"), "所涉机关", most=100, required=False),
        "about": check.text(
            "about", fields.get("about"), "文号或者证号", most=120, required=bool(known and known.number)
        ),
        "entry": check.text("entry", fields.get("entry"), "公开编号", most=36, required=False),
        "text": check.text("text", fields.get("text"), "要反映的内容", most=MOST_TEXT),
        "evidence": check.text(
            "evidence", fields.get("evidence"), "证据", most=MOST_EVIDENCE, required=kind == "correction"
        ),
        "name": check.text("name", fields.get("name"), "姓名或者名称", most=60, required=not anonymous),
        "contact": check.text("contact", fields.get("contact"), "联系方式", most=120, required=not anonymous),
    }
    if known and anonymous and not known.anonymous:
        check.add(
            "anonymous", f"“{known.label}”须核实与申请人的关系，不能匿名提交（{known.law}）。请填写姓名和联系方式。"
        )
    check.done()
    if anonymous:
        content |= {"name": "", "contact": ""}
    now = clock.now()
    receipt = f"{_derived(nonce, 'receipt', 4)}-{_derived(nonce, 'receipt-2', 4)}"
    receipt, code = f"{now.year}-{receipt}", _derived(nonce, "code", 8)
    if (earlier := InboxItem.objects.filter(code_digest=_digest(receipt, code)).first()) is not None:
        return earlier, code
    try:
        with transaction.atomic():
            row = InboxItem.objects.create(
                jurisdiction=jurisdiction,
                receipt=receipt,
                code_digest=_digest(receipt, code),
                kind=kind,
                content=content,
                progress=[{"on": clock.today().isoformat(), "state": Standing.WAITING.value, "text": ""}],
                received_at=now,
            )
    except IntegrityError:
        return InboxItem.objects.get(receipt=receipt), code
    return row, code


def progress(receipt: str, code: str) -> InboxItem:
    """What the sender may read. A wrong code answers like a receipt that does not exist. Raises NotFound."""
    found = InboxItem.objects.filter(receipt="-".join(_parts(receipt))).first()
    wanted = _digest(receipt, code)
    if found is None or not hmac.compare_digest(found.code_digest, wanted):
        raise NotFound("回执号或者查询码不对。请核对回执，字母不分大小写。")
    return found


def figures(jurisdiction: str, first: dt.date, last: dt.date) -> list[tuple[str, int, int]]:
    """Letters received between two days by kind: how many, and how many of them are answered."""
    rows = InboxItem.objects.filter(
        jurisdiction=jurisdiction,
        received_at__gte=clock.at(first, 0),
        received_at__lt=clock.at(last, 0) + dt.timedelta(1),
    )
    found = list(rows.values_list("kind", "state"))
    ended = (Standing.ANSWERED, Standing.DECLINED)
    return [
        (kind.label, sum(row[0] == name for row in found), sum(row[0] == name and row[1] in ended for row in found))
        for name, kind in kinds().items()
    ]


def _parts(receipt: str) -> tuple[str, str, str]:
    plain = _normal(receipt)
    return plain[:4], plain[4:8], plain[8:12]
