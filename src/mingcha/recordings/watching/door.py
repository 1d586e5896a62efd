"""The one way to the bytes of a recording: the case or a share opens it, and a declared purpose unlocks it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role, StaffKind
from mingcha.accounts.models import Officer
from mingcha.common import clock
from mingcha.common.errors import NotFound, NotPermitted
from mingcha.recordings import access
from mingcha.recordings.models import Recording, Share, Viewing
from mingcha.recordings.watching.errors import PurposeMissing, ShareClosed


@dataclass(frozen=True)
class Opened:
    """A recording that this person may see, with the share that opens it where the case does not."""

    recording: Recording
    share: Share | None = None


def opened(actor: Actor, recording_id: uuid.UUID) -> Opened:
    """Through the case, else through an open share. Raises NotFound for absent and hidden ones alike, ShareClosed."""
    try:
        return Opened(access.recording(actor, recording_id))
    except NotFound:
        share = _share(actor, recording_id)
        if share is None:
            raise
        return Opened(share.recording, share)


def _share(actor: Actor, recording_id: uuid.UUID) -> Share | None:
    mine = Share.objects.filter(recording_id=recording_id, to_id=actor.officer_id).select_related(
        "recording__file", "recording__case", "recording__recorded_by"
    )
    # A secret mark and a corrected assignment close the door to guests as well.
    standing = access.open_rows(Recording.objects.filter(id=recording_id, assignment__replaced_by=None), actor)
    rows = list(mine.filter(recording__in=standing).order_by("-at"))
    if not rows:
        return None
    now = clock.now()
    found = next((row for row in rows if row.expires_at > now and not hasattr(row, "end")), None)
    if found is None:
        raise ShareClosed
    return found


def session_of(key: str | None) -> str:
    """What stands in the log for a session: the key itself would open it."""
    return hashlib.sha256(f"viewing:{key or ''}".encode()).hexdigest()


def declared(actor: Actor, recording: Recording, session: str) -> Viewing | None:
    """The purpose that this person stated for this recording, and with it for what was made of it, in this session."""
    rows = Viewing.objects.filter(recording=recording, officer_id=actor.officer_id, session=session, act="view")
    return rows.order_by("-at").first()


def unlocked(actor: Actor, recording_id: uuid.UUID, session: str) -> Opened:
    """As `opened`, with a purpose declared in this session. Raises PurposeMissing."""
    found = opened(actor, recording_id)
    if declared(actor, found.recording, session) is None:
        raise PurposeMissing
    return found


def worker(actor: Actor, found: Opened) -> None:
    """Whether this person may add to a recording. Raises NotPermitted for guests of a share and for auxiliary staff."""
    if found.share is not None:
        raise NotPermitted(message="您是通过共享看到这段音像的，只能查看。")
    if not Officer.objects.filter(id=actor.officer_id, staff_kind=StaffKind.OFFICER).exists():
        raise NotPermitted(message="辅助人员不能标记、截图、共享或者处理执法音像。")


def role_of(actor: Actor) -> str:
    """The role under which the journal names this person; guests may hold none."""
    return next((str(role) for role in Role if role in actor.roles), "查看人")
