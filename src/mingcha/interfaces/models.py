from __future__ import annotations

from django.db import models

from mingcha.accounts.models import Officer


class OnceKey(models.Model):
    """A form or API call that was carried out once: the same key gives the same answer, never a second act."""

    id = models.BigAutoField(primary_key=True)
    officer = models.ForeignKey(Officer, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    result = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "key"], name="once_key")]
