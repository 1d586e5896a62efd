"""Loading the shipped laws, headings and summaries (随系统提供的条文)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from django.db import transaction

from mingcha.statutes.models import Article, Law

_FILE = Path(__file__).parents[1] / "data" / "articles.json"


@transaction.atomic
def load_shipped() -> int:
    """Load or renew the shipped laws, headings and summaries; returns how many rows were added or changed.

    Imported full texts are never touched.
    """
    changed = 0
    for item in json.loads(_FILE.read_text(encoding="utf-8"))["laws"]:
        law, created = Law.objects.get_or_create(
            name=item["name"],
            effective_from=dt.date.fromisoformat(item["effective_from"]),
            defaults={
                "short_names": item["short_names"],
                "authority": item["authority"],
                "source": item["source"],
                "effective_to": dt.date.fromisoformat(item["effective_to"]) if item["effective_to"] else None,
            },
        )
        changed += created
        present = {(row.number, row.sub): row for row in law.articles.all()}
        fresh = []
        for entry in item["articles"]:
            row = present.get((entry["number"], 0))
            if row is None:
                fresh.append(Article(law=law, **entry))
            elif any(getattr(row, name) != value for name, value in entry.items()):
                for name, value in entry.items():
                    setattr(row, name, value)
                row.save()
                changed += 1
        changed += len(Article.objects.bulk_create(fresh))
    return changed
