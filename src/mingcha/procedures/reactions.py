"""A published procedure lays its edges open in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mingcha.catalogues.models import Edition
from mingcha.ledger.actors import ActorSnapshot
from mingcha.ledger.reactions import on
from mingcha.procedures.definition import parse
from mingcha.procedures.models import Edge


@on("edition-published")
def lay_edges(entry: Any, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    if payload["kind"] != "procedure":
        return
    edition = Edition.objects.get(id=entry.subject_id)
    if Edge.objects.filter(edition=edition).exists():
        return
    definition = parse(edition.content)
    edges = [*(("", door) for door in definition.doors), *definition.edges(), *definition.ways_out()]
    Edge.objects.bulk_create([Edge(edition=edition, source=source, target=target) for source, target in edges])
