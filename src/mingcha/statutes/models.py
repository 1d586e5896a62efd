"""Laws and articles by effective date (法律、条文)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from mingcha.common.ids import uuid7


class Law(models.Model):
    """One version of a law (法律、法规、规章) as in force from a date; `name` without 中华人民共和国."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    short_names = models.JSONField(default=list)
    authority = models.CharField(max_length=100)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "effective_from"], name="statutes_law_version"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="statutes_law_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.effective_from}施行）"


class Article(models.Model):
    """One article (条) of a version of a law; `summary` is in our own words, `text` empty until the full import."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    law = models.ForeignKey(Law, models.PROTECT, related_name="articles")
    number = models.IntegerField()
    sub = models.IntegerField(default=0)
    heading = models.CharField(max_length=100, blank=True, default="")
    paragraph_count = models.IntegerField(default=0)
    summary = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["law", "number", "sub"], name="statutes_article_once")]

    def __str__(self) -> str:
        return f"{self.law_id} {self.number}"
