"""Asks the witnesses for cosignatures (共签请求); what they answer becomes rows, and lines of the published checkpoint.

Nothing waits for a witness: entries are written and checkpoints signed meanwhile, they are only not final yet.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.db.models import Max

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.ledger import place, queries
from mingcha.ledger.core import cosignature, note, witness
from mingcha.ledger.core.checkpoint import parse_text
from mingcha.ledger.core.errors import ProofError
from mingcha.ledger.cosigning import policy
from mingcha.ledger.cosigning.policy import WitnessAt
from mingcha.ledger.errors import LedgerError
from mingcha.ledger.models import Checkpoint, Cosignature

logger = logging.getLogger("mingcha.ledger")
SECONDS = 8.0
_MOST_ANSWER = 1 << 16
_LONGEST_PAUSE = 300.0
_AHEAD = dt.timedelta(hours=1)  # how far a witness's clock may run before ours

CURRENT, WAITING, UNREACHABLE, CONTRADICTS = "current", "waiting", "unreachable", "contradicts"


@dataclass(frozen=True)
class Standing:
    """How it stands with one witness of a log, for the status pages."""

    name: str
    url: str
    state: str
    size: int
    seen_at: dt.datetime | None
    message: str = ""
    since: str = ""


@dataclass(frozen=True)
class _Fault:
    code: str
    message: str
    since: str


class Unanswered(LedgerError):
    """The witness cannot be reached, or answers something else than the standard says."""

    status = 503
    code = "witness-unreachable"


class Contradicted(LedgerError):
    """The witness has seen another or a longer history than ours."""

    status = 503
    code = "witness-contradicts"


def ask(log: str, at: WitnessAt) -> Cosignature | None:
    """The cosignature of one witness on the newest checkpoint, or None where it stands already.

    Raises Unanswered, Contradicted.
    """
    head = queries.latest_checkpoint(log)
    if head is None or Cosignature.objects.filter(log=log, size=head.size, witness=at.key.name).exists():
        return None
    known = Cosignature.objects.filter(log=log, witness=at.key.name).aggregate(size=Max("size"))["size"] or 0
    for _ in range(3):
        proof = queries.consistency_proof(log, known, head.size) if known else []
        status, kind, body = _post(at.url, witness.Request(known, proof, head.note).as_bytes())
        if status == 200:
            return _keep(head, at, body)
        if status != 409:
            raise Unanswered(message=f"见证“{at.key.name}”答复{status}：{body[:200].strip() or '没有说明'}")
        if kind != "text/x.tlog.size" or not body.strip().isdecimal():
            raise Contradicted(message=f"见证“{at.key.name}”拒绝共签：大小{head.size}处已见过另一份历史。")
        known = int(body)
        if known > head.size:
            raise Contradicted(
                message=f"见证“{at.key.name}”已共签到{known}，本站只到{head.size}：本站可能是从旧备份恢复的。"
            )
    raise Unanswered(message=f"见证“{at.key.name}”反复改变它记得的大小。")


def _post(url: str, body: bytes) -> tuple[int, str, str]:
    request = urllib.request.Request(  # noqa: S310 - the policy admits http and https only
        url.rstrip("/") + "/add-checkpoint", data=body, headers={"Content-Type": "text/plain; charset=utf-8"}
    )
    try:
        try:
            answer = urllib.request.urlopen(request, timeout=SECONDS)  # noqa: S310
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read(_MOST_ANSWER).decode("utf-8", "replace")
            return answer.status or 0, answer.headers.get_content_type(), text
    except (OSError, ValueError) as error:
        raise Unanswered(message=f"连不上见证 {url}（{type(error).__name__}）。") from error


def _keep(head: Checkpoint, at: WitnessAt, body: str) -> Cosignature:
    """Check the answer against the key of the policy and keep its line."""
    for line in cosignature.lines_of(body):
        try:
            seen = cosignature.times(note.parse(head.note + line), [at.key]).get(at.key.name)
        except ProofError as error:
            raise Unanswered(message=f"见证“{at.key.name}”的答复无效：{error.message}") from error
        if seen is None:
            continue
        moment = dt.datetime.fromtimestamp(min(seen, 1 << 35), dt.UTC)
        if moment > clock.now() + _AHEAD:
            raise Unanswered(message=f"见证“{at.key.name}”的时钟超前，共签未采用。")
        with transaction.atomic():
            row = Cosignature.objects.create(
                log=head.log, size=head.size, witness=at.key.name, line=line, seen_at=moment
            )
        publish(head)
        return row
    raise Unanswered(message=f"见证“{at.key.name}”的答复中没有它自己的共签，请核对公钥。")


def publish(head: Checkpoint) -> None:
    """Put the cosignatures of a checkpoint into the public files."""
    text = queries.cosigned_note(head)
    with place.lock(head.log):
        published = place.read_checkpoint(head.log)
        files: dict[str, bytes] = {}
        if published is not None and parse_text(note.parse(published).text).size == head.size:
            files[place.CHECKPOINT] = text.encode()
        wanted = policy.of(head.log)
        if wanted.demanded and len(queries.cosignatures(head.log, head.size)) >= wanted.demanded:
            files[place.WITNESSED] = text.encode()
        if files:
            place.write_files(place.root(head.log), files)


def standings(log: str) -> list[Standing]:
    """How it stands with each witness of the policy. Raises WitnessPolicyBroken."""
    wanted = policy.of(log)
    if not wanted.witnesses:
        return []
    newest = queries.covered_size(log)
    faults = _faults(log)
    found = []
    for at in wanted.witnesses:
        row = Cosignature.objects.filter(log=log, witness=at.key.name).order_by("-size").first()
        fault, size = faults.get(at.key.name), 0 if row is None else row.size
        state = CURRENT if size >= newest else WAITING
        if fault is not None and state == WAITING:
            state = CONTRADICTS if fault.code == Contradicted.code else UNREACHABLE
        message, since = (fault.message, fault.since) if fault is not None and state != CURRENT else ("", "")
        found.append(Standing(at.key.name, at.url, state, size, row.seen_at if row else None, message, since))
    return found


def _fault_file(log: str) -> Path:
    return Path(settings.LOG_ROOT) / f"{log}.witnesses"


def _faults(log: str) -> dict[str, _Fault]:
    try:
        return {name: _Fault(**value) for name, value in json.loads(_fault_file(log).read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # only what the pages say about a witness; the rows decide


def _note_fault(log: str, name: str, error: MingchaError | None) -> None:
    faults = _faults(log)
    before = faults.get(name)
    if error is None:
        if before is None:
            return
        del faults[name]
        logger.info("账本 %s 的见证 %s 恢复共签", log, name)
    else:
        if before is not None and before.code == error.code:
            return
        faults[name] = _Fault(error.code, error.message, clock.now().isoformat(timespec="seconds"))
        logger.warning("账本 %s：%s", log, error.message)
    text = json.dumps({key: asdict(value) for key, value in faults.items()}, ensure_ascii=False)
    place.write_files(Path(settings.LOG_ROOT), {_fault_file(log).name: text.encode()})


def round_of(log: str) -> dict[str, MingchaError | None]:
    """Ask every witness of a log once; name → what went wrong, or None."""
    results: dict[str, MingchaError | None] = {}
    for at in policy.of(log).witnesses:
        results[at.key.name] = _attempt(log, at)
    return results


def _attempt(log: str, at: WitnessAt) -> MingchaError | None:
    try:
        ask(log, at)
        found: MingchaError | None = None
    except (LedgerError, ProofError) as error:
        found = error
    _note_fault(log, at.key.name, found)
    return found


def run_forever(stop: threading.Event, *, interval: float = 1.0) -> None:
    """Ask for cosignatures until `stop` is set; a witness that fails is asked again after 1, 2, 4 … 300 seconds."""
    pauses: dict[tuple[str, str], tuple[float, float]] = {}
    while not stop.wait(interval):
        try:
            for log in place.logs():
                for at in policy.of(log).witnesses:
                    key = (log, at.key.name)
                    due, pause = pauses.get(key, (0.0, 0.5))
                    if time.monotonic() < due or stop.is_set():
                        continue
                    if _attempt(log, at) is None:
                        pauses.pop(key, None)
                    else:
                        pause = min(pause * 2, _LONGEST_PAUSE)
                        pauses[key] = (time.monotonic() + pause, pause)
        except (DatabaseError, LedgerError, OSError) as error:
            logger.error("共签停顿：%s", error)
        close_old_connections()
