from __future__ import annotations

from django.db import models

from mingcha.catalogues.models import Edition
from mingcha.common.triggers import append_only, forbid


class Edge(models.Model):
    """A permitted move of a published procedure, laid open for the trigger on stage changes. Entry edges come from ''."""

    id = models.BigAutoField(primary_key=True)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    source = models.CharField(max_length=30)
    # A stage, or `procedure:stage` where the move leads into another procedure.
    target = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "source", "target"], name="edge_once")]


append_only("procedures_edge")
forbid(
    "procedures_edge",
    "INSERT",
    "edge-of-no-procedure",
    "NOT EXISTS (SELECT 1 FROM catalogues_edition e WHERE e.id = NEW.edition_id AND e.kind = 'procedure')",
)
# Once a case runs by an edition its edges are closed: a by-pass cannot be slipped in later.
forbid(
    "procedures_edge",
    "INSERT",
    "edges-closed",
    "EXISTS (SELECT 1 FROM cases_case c WHERE c.procedure_id = NEW.edition_id)",
)
