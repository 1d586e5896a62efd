"""What a subscription sends (订阅邮件): the question whether the address is right, then one letter a day.

A letter cannot be taken back when a decision is withdrawn, so it names number, organ, cause and address and no party.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from mingcha.common import clock
from mingcha.disclosure import queries
from mingcha.subscriptions import inbox
from mingcha.subscriptions.models import Subscription

log = logging.getLogger("mingcha.worker")
_SHOWN = 50
# A publication is dated before its transaction ends; what is younger than this comes with the next letter.
_SETTLED = dt.timedelta(minutes=1)
_BATCH = 200


def send_waiting() -> int:
    """One look: forget what nobody confirmed, ask for confirmation, send what is due; returns the letters sent.

    Raises OSError or SMTPException when the mail server cannot be reached; what was not sent waits for the next look.
    """
    now = clock.now()
    stale = now - dt.timedelta(hours=inbox.CONFIRM_HOURS)
    Subscription.objects.filter(confirmed_at=None, asked_at__lt=stale).delete()
    if not inbox.offered():
        return 0
    asking = list(Subscription.objects.filter(told_at=None).order_by("asked_at")[:_BATCH])
    due = list(Subscription.objects.filter(next_at__lte=now).order_by("next_at", "id")[:_BATCH])
    if not asking and not due:
        return 0
    sent = 0
    with get_connection() as server:
        for row in asking:
            sent += _send(row, _confirmation(row, server))
            Subscription.objects.filter(id=row.id).update(told_at=now)
        for row in due:
            until = now - _SETTLED
            found = queries.published_between(_wanted(row), row.until or until, until)
            if found:
                sent += _send(row, _news_letter(row, found, server))
            Subscription.objects.filter(id=row.id).update(until=until, next_at=inbox.morning_after(now))
    return sent


def _wanted(row: Subscription) -> queries.Wanted:
    told: dict[str, Any] = dict(row.wanted)
    told |= {name: dt.date.fromisoformat(told[name]) for name in ("since", "until") if told[name]}
    return queries.Wanted(**told)


def _send(row: Subscription, letter: EmailMessage) -> int:
    try:
        return letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _ in error.recipients.values()), default=0)
        if code < 500:
            raise
        # There is no such address: the subscription ends, and with it what is known of it.
        log.warning("subscription %s ended: the address does not exist (%d)", row.id, code)
        row.delete()
        return 0


def _letter(row: Subscription, server: Any, subject: str, lines: list[str], more: dict[str, str]) -> EmailMessage:
    return EmailMessage(subject, "\n".join(lines) + "\n", to=[row.email], connection=server, headers=more)


def _confirmation(row: Subscription, server: Any) -> EmailMessage:
    lines = [
        "有人用这个邮箱订阅行政执法公示信息：",
        f"　　{row.title}",
        "",
        f"是您本人的，请在{inbox.CONFIRM_HOURS}小时内打开下面的地址确认：",
        f"{settings.BASE_URL}/p/subscriptions/confirm/{inbox.confirm_token(row)}/",
        "",
        "不是您本人的，不用理会：没有确认的订阅不会发信，两天后连同邮箱地址一并删除。",
    ]
    return _letter(row, server, "请确认订阅：行政执法公示", lines, {})


def _news_letter(row: Subscription, found: list[queries.Entry], server: Any) -> EmailMessage:
    place = f"{settings.BASE_URL}/p/subscriptions/end/{inbox.end_token(row)}/"
    lines = [f"符合“{row.title}”的新公开决定，共{len(found)}件：", ""]
    for entry in found[:_SHOWN]:
        lines += [
            f"{entry.number}　{entry.cause}",
            f"{entry.authority}　{clock.legal_day(entry.published_at).isoformat()}公开",
            f"{settings.BASE_URL}/p/decisions/{entry.id}/",
            "",
        ]
    if len(found) > _SHOWN:
        lines += [f"其余{len(found) - _SHOWN}件请在网站查看。", ""]
    lines += [f"全部结果：{settings.BASE_URL}/p/decisions/?{row.question}", f"取消订阅：{place}"]
    more = {"List-Unsubscribe": f"<{place}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return _letter(row, server, f"新公开{len(found)}件：{row.title}", lines, more)
