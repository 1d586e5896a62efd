"""The portal's side of the feed (入网): takes batches in their order, each as one transaction, and says how far it is."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from mingcha.common import clock
from mingcha.common.errors import MingchaError
from mingcha.interfaces.feeding import answers, batches, codec, files, schema, selection
from mingcha.interfaces.feeding.sending import lay

KEY = "feed.pub"


class FeedKeyMissing(MingchaError):
    """The portal's zone does not know whose batches it may take."""

    status = 503
    code = "feed-key-missing"


def folder() -> Path:
    """Where batches come in."""
    return Path(settings.DATA) / "in"


def trusted() -> Ed25519PublicKey:
    """The public key of the inner zone, laid here once by a person. Raises FeedKeyMissing."""
    path = Path(settings.DATA) / KEY
    if not path.exists():
        raise FeedKeyMissing(message=f"门户的数据目录里没有 {KEY}。请在内网运行 mingcha feed key，把公钥放进来。")
    found = load_pem_public_key(path.read_bytes())
    if not isinstance(found, Ed25519PublicKey):
        raise FeedKeyMissing(message=f"{KEY} 不是 Ed25519 公钥。请在内网运行 mingcha feed key 重新取得。")
    return found


class Applier:
    """The one writer of what was told."""

    def __init__(self) -> None:
        schema.ensure()
        self.key = trusted()
        self.problem = ""

    def step(self) -> int:
        """Apply what lies here; returns how many batches. What cannot be applied stops the feed and is said."""
        done, self.problem = 0, ""
        folder().mkdir(parents=True, exist_ok=True)
        for epoch, seq, name in batches.ordered(os.listdir(folder())):
            at = _state()
            if (epoch, seq) <= (at["epoch"], at["seq"]):
                # Taken already, or of a run that has ended: a repetition changes nothing.
                (folder() / name).unlink(missing_ok=True)
                continue
            if seq != (at["seq"] + 1 if epoch == at["epoch"] else 1):
                if epoch == at["epoch"]:
                    self.problem = "feed-gap"
                continue
            try:
                done += self._take(name, at)
            except batches.BatchRefused as error:
                # What is not from the inner zone is put aside, so that the true one can still come.
                self.problem = error.code
                (folder() / name).replace(folder() / f"{name}.refused")
                break
            (folder() / name).unlink(missing_ok=True)
        self._say()
        return done

    def _take(self, name: str, at: dict[str, Any]) -> int:
        try:
            data = (folder() / name).read_bytes()
        except FileNotFoundError:
            return 0
        batch, digest = batches.unpack(data, name, self.key)
        if batch.prev != (at["digest"] if batch.epoch == at["epoch"] else ""):
            raise batches.BatchRefused("feed-chain")
        if batch.schema != selection.fingerprint():
            raise batches.BatchRefused("feed-version")
        self.apply(batch, digest)
        return 1

    def apply(self, batch: batches.Batch, digest: str) -> None:
        """Files first: what the rows rest on is there when they are. A kill leaves files that nothing names yet."""
        for change in batch.changes:
            if "f" in change:
                _file(change)
        try:
            with transaction.atomic():
                for change in batch.changes:
                    if "t" in change:
                        _row(change, batch.epoch)
                    elif "a" in change:
                        _answer(change, batch.epoch)
                if batch.last:
                    _sweep(batch.epoch)
                _run(
                    f"UPDATE {schema.STATE} SET epoch = %s, seq = %s, digest = %s, at = %s",
                    [batch.epoch, batch.seq, digest, clock.now().isoformat()],
                )
        except (KeyError, TypeError, ValueError, AttributeError, ValidationError, DatabaseError) as error:
            if isinstance(error, DatabaseError) and "locked" in str(error):
                raise
            raise batches.BatchRefused("feed-content") from error

    def _say(self) -> None:
        at = _state()
        told = {"epoch": at["epoch"], "seq": at["seq"], "at": at["at"], "problem": self.problem}
        path = Path(settings.DATA) / "up" / "state.json"
        text = json.dumps(told)
        if not path.exists() or path.read_text("utf-8") != text:
            lay(path.parent, path.name, text.encode())


def _state() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT epoch, seq, digest, at FROM {schema.STATE}")
        return dict(zip(("epoch", "seq", "digest", "at"), cursor.fetchone(), strict=True))


def _run(text: str, values: Iterable[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, list(values))


def _row(change: dict[str, Any], epoch: int) -> None:
    table = selection.fed()[change["t"]]
    meta = table.model._meta
    name, key = change["t"], str(change["k"])
    key_field = meta.pk
    pk = key_field.get_db_prep_save(selection.loaded(key_field, key), connection)
    value = change["v"]
    if value is None:
        _run(f'DELETE FROM "{name}" WHERE "{key_field.column}" = %s', [pk])
        _run(f"DELETE FROM {schema.ROWS} WHERE name = %s AND key = %s", [name, key])
        return
    if set(value) != {field.name for field in table.fields()}:
        raise ValueError("columns")
    made = {field.column: _stored(field, selection.loaded(field, value[field.name])) for field in table.fields()}
    if made[key_field.column] != pk:
        raise ValueError("key")
    if table is selection.ENTRIES:
        # By the clock of this zone: its search index takes what has changed here.
        field: Any = meta.get_field("changed_at")
        made["changed_at"] = field.get_db_prep_save(clock.now(), connection)
    _run(f'DELETE FROM "{name}" WHERE "{key_field.column}" = %s', [pk])
    columns, marks = ", ".join(f'"{column}"' for column in made), ", ".join(["%s"] * len(made))
    _run(f'INSERT INTO "{name}" ({columns}) VALUES ({marks})', made.values())
    _note(name, key, epoch)


def _stored(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)


def _answer(change: dict[str, Any], epoch: int) -> None:
    name, key, body = str(change["a"]), str(change["k"]), change["v"]
    _run(f"DELETE FROM {answers.TABLE} WHERE name = %s AND key = %s", [name, key])
    if body is None:
        _run(f"DELETE FROM {schema.ROWS} WHERE name = %s AND key = %s", [f"a:{name}", key])
        return
    codec.loads(body, answers.CLASSES)
    _run(f"INSERT INTO {answers.TABLE} (name, key, body) VALUES (%s, %s, %s)", [name, key, body])
    _note(f"a:{name}", key, epoch)


def _note(name: str, key: str, epoch: int) -> None:
    _run(
        f"INSERT INTO {schema.ROWS} (name, key, epoch) VALUES (%s, %s, %s) "
        "ON CONFLICT (name, key) DO UPDATE SET epoch = excluded.epoch",
        [name, key, epoch],
    )


def _sweep(epoch: int) -> None:
    """A run has told everything: what only earlier ones told is gone."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, key FROM {schema.ROWS} WHERE epoch < %s", [epoch])
        old = cursor.fetchall()
    for name, key in old:
        sort = {"a": name[2:]} if name.startswith("a:") else {"t": name}
        (_answer if "a" in sort else _row)({**sort, "k": key, "v": None}, epoch)


def _file(change: dict[str, Any]) -> None:
    if not files.ALLOWED.fullmatch(change["f"]):
        raise batches.BatchRefused("feed-content")
    path = Path(settings.DATA) / change["f"]
    if change["v"] is not None:
        lay(path.parent, path.name, base64.b64decode(change["v"]))
