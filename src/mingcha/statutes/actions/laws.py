"""Importing the full texts of statutes (导入法律全文): new versions, their parts and articles, in one go."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from mingcha.common.errors import MingchaError
from mingcha.statutes import importing
from mingcha.statutes.actions.amending import note_new_versions
from mingcha.statutes.importing import Refusal, Report, Statute
from mingcha.statutes.models import Article, DateConfirmation, Division, Law
from mingcha.statutes.splitting import paragraphs

# Records of one transaction: long enough to be quick, short enough that others can write in between.
BATCH = 100
Progress = Callable[[int], None]
_Versions = dict[tuple[str, dt.date], Law]


class ImportRefused(MingchaError):
    """A record was refused and the caller wanted all of them or none."""

    status = 422
    code = "laws-import-refused"


def import_laws(file: Path, *, all_or_nothing: bool = False, progress: Progress = lambda count: None) -> Report:
    """Import statutes from `file`; what was imported before stays as it is, so a second run changes nothing.

    A record that cannot be read is reported and the others go on; with `all_or_nothing` nothing is stored then.
    Raises InvalidInput for a file that cannot be read, ImportRefused.
    """
    started = time.monotonic()
    report = Report()
    if all_or_nothing:
        bad = [row for row in importing.read(file) if isinstance(row, Refusal) and not row.passed_over]
        if bad:
            first = f"第{bad[0].line}行：{bad[0].message}"
            raise ImportRefused(
                message=f"有{len(bad)}条记录不能导入，按要求什么都没有保存。{first}",
                data={"refused": [{"line": row.line, "path": row.path, "message": row.message} for row in bad]},
            )
        with transaction.atomic():
            _all(file, report, progress)
    else:
        _all(file, report, progress)
    report.seconds = time.monotonic() - started
    return report


def _all(file: Path, report: Report, progress: Progress) -> None:
    known = {(row.name, row.effective_from): row for row in Law.objects.all()}
    # A day that somebody confirmed differs from the one that the record gives again.
    for row in DateConfirmation.objects.select_related("law"):
        known.setdefault((row.law.name, row.was), row.law)
    newest = dict(Law.objects.values_list("name").annotate(last=Max("effective_from")))
    fresh: list[Law] = []
    records = importing.read(file)
    while batch := list(islice(records, BATCH)):
        with transaction.atomic():
            _batch(batch, known, fresh, report)
        progress(report.read)
    with transaction.atomic():
        touched = {row.name for row in fresh}
        end_versions(touched)
        later = [row for row in fresh if row.name in newest and row.effective_from > newest[row.name]]
        report.amendments = note_new_versions(later)


def _batch(batch: list[Statute | Refusal], known: _Versions, fresh: list[Law], report: Report) -> None:
    divisions: list[Division] = []
    articles: list[Article] = []
    for item in batch:
        report.count(item)
        if isinstance(item, Refusal):
            continue
        law = known.get((item.name, item.dates.effective))
        if law is None:
            law = Law.objects.create(
                name=item.name, short_names=[], effective_from=item.dates.effective, **_described(item), records=[]
            )
            known[(law.name, law.effective_from)] = law
            fresh.append(law)
        if not _wanted(law, item, articles, report):
            continue
        if not law.records:
            for name, value in _described(item).items():
                if name not in ("authority", "source", "effective_basis"):
                    setattr(law, name, value)
        law.records = [*law.records, {"path": item.path, "sha256": item.sha256}]
        law.save()
        _texts(law, item, divisions, articles)
        report.imported += 1
        report.articles += len(item.parts.articles)
    Division.objects.bulk_create(divisions, batch_size=500)
    Article.objects.bulk_create(articles, batch_size=500)


def _described(item: Statute) -> dict[str, object]:
    return {
        "authority": item.authority,
        "source": (item.parts.history[-1] if item.parts.history else item.path)[:300],
        "category": item.category,
        "adopted_on": item.dates.adopted,
        "effective_basis": item.dates.basis,
        "history": "\n".join(item.parts.history),
        "preamble": item.parts.preamble,
        "appendix": item.parts.appendix,
    }


def _wanted(law: Law, item: Statute, pending: list[Article], report: Report) -> bool:
    """Whether the text of a record is still to be stored. A renewed record clears what the old one had brought."""
    same = next((row for row in law.records if row["path"] == item.path), None)
    if any(row["sha256"] == item.sha256 for row in law.records):
        if same is None:
            report.duplicates.append({"path": item.path, "message": f"与{law.records[0]['path']}完全相同。"})
        else:
            report.unchanged += 1
        return False
    if same is not None and len(law.records) == 1:
        law.records = []
        law.articles.update(division=None, text="")
        law.articles.filter(summary="").delete()
        law.divisions.all().delete()
        report.renewed += 1
        return True
    if not law.records:
        return True
    taken = {(row.number, row.sub) for row in pending if row.law_id == law.pk}
    taken |= set(law.articles.exclude(text="").values_list("number", "sub"))
    if any((row.number, row.sub) in taken for row in item.parts.articles):
        told = f"与{law.records[0]['path']}是同一部法律的同一版本，保留先读到的。"
        report.duplicates.append({"path": item.path, "message": told})
        return False
    return True


def _texts(law: Law, item: Statute, divisions: list[Division], articles: list[Article]) -> None:
    """Rows of one text. Articles that we ship keep heading and summary and gain their text."""
    pending = sum(row.law_id == law.pk for row in divisions)
    base = law.divisions.count() + pending
    parts = []
    if item.parts.part:
        parts.append(Division(law=law, position=base, level=1, label="", title=item.parts.part))
    shift = len(parts)
    for place, part in enumerate(item.parts.divisions):
        position = base + shift + place
        parts.append(Division(law=law, position=position, level=part.level, label=part.label, title=part.title))
    divisions += parts
    present = {(row.number, row.sub): row for row in law.articles.all()}
    if present and parts:
        # The rows that are there are updated at once, so what they point to must be there too.
        Division.objects.bulk_create(parts)
        del divisions[-len(parts) :]
    for row in item.parts.articles:
        holder = parts[row.division + shift] if row.division is not None else (parts[0] if shift else None)
        old = present.get((row.number, row.sub))
        count = len(paragraphs(row.text))
        if old is None:
            articles.append(
                Article(law=law, number=row.number, sub=row.sub, text=row.text, paragraph_count=count, division=holder)
            )
        else:
            old.text, old.paragraph_count, old.division = row.text, count, holder
            old.save(update_fields=["text", "paragraph_count", "division"])


def end_versions(names: set[str]) -> None:
    """Each version of these laws ends the day before the next one begins; the last keeps its own end."""
    for rows in _chains(names):
        for earlier, later in pairwise(rows):
            end = later.effective_from - dt.timedelta(days=1)
            if earlier.effective_to != end:
                earlier.effective_to = end
                earlier.save(update_fields=["effective_to"])


def _chains(names: set[str]) -> Iterator[list[Law]]:
    chain: list[Law] = []
    for row in Law.objects.filter(name__in=names).order_by("name", "effective_from"):
        if chain and chain[0].name != row.name:
            yield chain
            chain = []
        chain.append(row)
    if chain:
        yield chain
