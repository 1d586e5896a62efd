"""The portal's side of subscriptions (订阅): ask, confirm, end. The portal calls nothing else here.

Asking answers the same whether or not the address is known, and sends nothing itself: the background process does.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from mingcha.common import clock
from mingcha.common.canonical import plain
from mingcha.common.errors import InvalidInput
from mingcha.disclosure.queries import Wanted
from mingcha.subscriptions.errors import LinkStale, NotOffered
from mingcha.subscriptions.models import Subscription

CONFIRM_HOURS = 48
MORNING = 8
# An address that somebody else typed in gets this many letters and no more.
MOST_OPEN, MOST_EACH = 3, 20
_CONFIRM, _END = "mingcha.subscriptions.confirm", "mingcha.subscriptions.end"


def offered() -> bool:
    """Whether this installation can send letters."""
    return bool(settings.EMAIL_HOST)


@transaction.atomic
def ask(email: str, question: str, wanted: Wanted, title: str) -> None:
    """Note who wants to be told of what. Raises NotOffered, InvalidInput; says nothing of who has asked before."""
    if not offered():
        raise NotOffered(message="本网站没有开通邮件订阅。可以用阅读器订阅更新（Atom）。")
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput({"email": ["邮箱地址不对，应当写成 name@example.cn 的样子。"]}) from None
    if len(email) > 200 or len(question) > 600:
        raise InvalidInput({"email": ["邮箱或者检索条件太长。请减少条件后再订阅。"]})
    own = Subscription.objects.filter(email=email)
    if own.filter(confirmed_at=None).count() >= MOST_OPEN or own.count() >= MOST_EACH:
        return
    try:
        with transaction.atomic():
            Subscription.objects.create(
                email=email,
                question=question,
                wanted=plain(dataclasses.asdict(wanted)),
                title=title[:200],
                asked_at=clock.now(),
            )
    except IntegrityError:
        return


def confirm_token(row: Subscription) -> str:
    return signing.dumps(row.id.hex, salt=_CONFIRM)


def end_token(row: Subscription) -> str:
    return signing.dumps(row.id.hex, salt=_END)


def by_confirmation(token: str) -> Subscription:
    """The subscription that a letter asks to confirm. Raises LinkStale."""
    return _found(token, _CONFIRM, CONFIRM_HOURS * 3600)


def by_end(token: str) -> Subscription:
    """The subscription that a letter lets end. Raises LinkStale."""
    return _found(token, _END, None)


def _found(token: str, salt: str, seconds: int | None) -> Subscription:
    try:
        key = uuid.UUID(signing.loads(token, salt=salt, max_age=seconds))
        return Subscription.objects.get(id=key)
    except (signing.BadSignature, ValueError, Subscription.DoesNotExist):
        raise LinkStale(message="这个链接已经失效：订阅已经取消，或者确认信超过了两天。需要的，请重新订阅。") from None


def morning_after(moment: dt.datetime) -> dt.datetime:
    """The next time at which the day's letters go out."""
    day = clock.legal_day(moment)
    today = clock.at(day, MORNING)
    return today if today > moment else clock.at(day + dt.timedelta(days=1), MORNING)


@transaction.atomic
def confirm(token: str) -> Subscription:
    """The address is its owner's: letters begin with what is published from now on. Twice is once."""
    row = Subscription.objects.select_for_update().get(id=by_confirmation(token).id)
    if row.confirmed_at is None:
        now = clock.now()
        row.confirmed_at = row.until = now
        row.next_at = morning_after(now)
        row.save()
    return row


def end(token: str) -> None:
    """No more letters; the row with its address is gone. Twice is once."""
    try:
        by_end(token).delete()
    except LinkStale:
        signing.loads(token, salt=_END)
