"""Recordings that come over the network: a resumable upload becomes an intake when its last byte is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.common.checks import Check
from mingcha.common.errors import InvalidInput
from mingcha.files import uploads
from mingcha.files.folders import Upload, sole
from mingcha.files.queries import local_path
from mingcha.files.rules import media_type
from mingcha.recordings.intake import names, reading
from mingcha.recordings.intake.actions import MEDIA, take_in
from mingcha.recordings.intake.queries import Destroyed, taken
from mingcha.recordings.models_intake import Intake, IntakeOrigin

_OVER_NETWORK = (IntakeOrigin.BROWSER, IntakeOrigin.FIELD)


def begin(actor: Actor, length: int, metadata: Mapping[str, str], *, origin: str) -> Upload:
    """Begin the upload of a recording. Raises InvalidInput for a name that cannot be kept, NoRoom."""
    check = Check()
    # Some browsers and cameras send a whole path.
    name = PurePosixPath(metadata.get("filename", "").replace("\\", "/")).name
    name = check.text("file", name, "文件名", most=200)
    check.one_of("origin", origin, "来源", _OVER_NETWORK)
    check.done()
    return uploads.create(str(actor.officer_id), length, {"filename": name, "origin": origin})


def finish(upload: Upload, actor: Actor) -> Intake | None:
    """Take a whole upload in. May be called again after a kill at any point; the answer is the same.

    None: every byte is safe and has its SHA-256, the second digest of a long one is still being computed; nothing is
    made of it before. Raises InvalidInput for what is no recording, a broken one or one that was destroyed; it is removed.
    """
    with sole(upload) as current:
        try:
            return _finish(current, actor)
        except Destroyed:
            uploads.terminate(current)
            raise


def _finish(upload: Upload, actor: Actor) -> Intake | None:
    if upload.made:
        made = Intake.objects.select_related("file").get(id=upload.made["intake"])
        made.duplicate = bool(upload.made.get("duplicate"))
        return made
    if upload.pending:
        return None
    name, organ = upload.metadata["filename"], Organisation.objects.get(id=actor.organ_id)
    patterns = names.patterns()
    seen: list[reading.Found] = []

    def inspect(path: Path, kind: str) -> None:
        found = reading.read(path, name, kind, organ_id=organ.id, patterns=patterns)
        if found.broken:
            raise InvalidInput({"file": [f"{found.broken}，没有入库。请核对后重新上传，原文件请保留。"]})
        seen.append(found)

    incoming = uploads.complete(upload, allowed=MEDIA, inspect=lambda path: inspect(path, _kind(path)))
    row: Intake | None
    if upload.pending:
        # Bytes that are in the store already have both digests there.
        row = taken(organ.id, incoming.sha256)
        if row is None:
            return None
        row.duplicate = True
    else:
        if not seen:
            with local_path(incoming.sha256) as path:
                inspect(path, incoming.media_type)
        origin = upload.metadata["origin"]
        row = take_in(incoming, actor=actor, organisation=organ, name=name, origin=origin, **seen[0].values())
    uploads.note(upload, intake=str(row.id), duplicate="1" if row.duplicate else "")
    return row


def _kind(path: Path) -> str:
    with path.open("rb") as source:
        head = source.read(1024)
    return media_type(head, b"")
