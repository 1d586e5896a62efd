from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Subscription(models.Model):
    """A saved search and the address that asked for it (邮件订阅). It is removed when it ends: nothing stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("邮箱", max_length=200)
    question = models.CharField("检索条件的地址", max_length=600, blank=True)
    wanted = models.JSONField("检索条件")
    title = models.CharField("检索条件的说明", max_length=200)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField("确认信发出", null=True)
    confirmed_at = models.DateTimeField(null=True)
    until = models.DateTimeField("已经告知到", null=True)
    next_at = models.DateTimeField("下一封的时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email", "question"], name="subscription_once"),
            # No letters to anybody who has not confirmed that the address is theirs.
            models.CheckConstraint(
                condition=Q(confirmed_at=None, until=None, next_at=None)
                | Q(confirmed_at__isnull=False, until__isnull=False, next_at__isnull=False),
                name="subscription_letters_after_confirmation",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="subscriptions_due")]
