"""What was told so far (推送状态): a file of the inner zone, derived and disposable — without it a new run tells everything."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (name TEXT, key TEXT, digest TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sent_waiting ON sent (name, key) WHERE digest LIKE 'waits:%';
CREATE TABLE IF NOT EXISTS outgoing (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, data BLOB NOT NULL, made REAL NOT NULL,
    withdrawals INTEGER NOT NULL);
"""


def root() -> Path:
    return Path(settings.FEED_ROOT)


def signing_key() -> Ed25519PrivateKey:
    """The key of the feed, made at its first use; only the inner zone has it."""
    path = root() / "feed.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate()
        data = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        fresh = path.with_name(f"feed.key.{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fsync(handle)
        fresh.rename(path)
    found = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError("feed.key is no Ed25519 key")
    return found


def public_text(key: Ed25519PublicKey) -> str:
    """The public key as the portal's zone keeps it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


class State:
    """The state of one run; every change of it is one transaction."""

    def __init__(self) -> None:
        root().mkdir(parents=True, exist_ok=True)
        self.base = sqlite3.connect(root() / "state.sqlite3", isolation_level=None, timeout=30, check_same_thread=False)
        self.base.execute("PRAGMA journal_mode=WAL")
        self.base.executescript(_TABLES)

    def close(self) -> None:
        self.base.close()

    def meta(self, name: str, default: str = "") -> str:
        found = self.base.execute("SELECT value FROM meta WHERE name = ?", [name]).fetchone()
        return str(found[0]) if found else default

    def note(self, name: str, value: str) -> None:
        self.base.execute("REPLACE INTO meta VALUES (?, ?)", [name, value])

    @property
    def epoch(self) -> int:
        return int(self.meta("epoch", "0"))

    @property
    def seq(self) -> int:
        return int(self.meta("seq", "0"))

    def begin(self, schema: str) -> None:
        """A new run: nothing counts as told."""
        epoch = max(self.epoch + 1, int(time.time()))
        self.base.execute("BEGIN IMMEDIATE")
        for table in ("meta", "sent", "outgoing"):
            self.base.execute(f"DELETE FROM {table}")
        self.note("epoch", str(epoch))
        self.note("schema", schema)
        self.base.execute("COMMIT")

    def digests(self, name: str) -> dict[str, str]:
        return dict(self.base.execute("SELECT key, digest FROM sent WHERE name = ?", [name]))

    def digest(self, name: str, key: str) -> str | None:
        found = self.base.execute("SELECT digest FROM sent WHERE name = ? AND key = ?", [name, key]).fetchone()
        return str(found[0]) if found else None

    def count(self, name: str) -> int:
        return int(self.base.execute("SELECT COUNT(*) FROM sent WHERE name = ?", [name]).fetchone()[0])

    def waiting(self, name: str, most: int) -> list[str]:
        """Keys whose answer was not whole when it was told."""
        rows = self.base.execute(
            "SELECT key FROM sent WHERE name = ? AND digest LIKE 'waits:%' ORDER BY key LIMIT ?", [name, most]
        )
        return [str(row[0]) for row in rows]

    def after(self, name: str, key: str, most: int) -> list[str]:
        """Keys behind another, for going round."""
        rows = self.base.execute(
            "SELECT key FROM sent WHERE name = ? AND key > ? ORDER BY key LIMIT ?", [name, key, most]
        )
        return [str(row[0]) for row in rows]

    def tell(
        self, name: str, data: bytes, digest: str, told: Iterable[tuple[str, str, str | None]], *, gone: int
    ) -> None:
        """One more batch, and what it told: name, key, digest (None: it is gone). Both or neither."""
        seq = self.seq + 1
        self.base.execute("BEGIN IMMEDIATE")
        try:
            self.base.execute("INSERT INTO outgoing VALUES (?, ?, ?, ?, ?)", [seq, name, data, time.time(), gone])
            for section, key, stood in told:
                if stood is None:
                    self.base.execute("DELETE FROM sent WHERE name = ? AND key = ?", [section, key])
                else:
                    self.base.execute("REPLACE INTO sent VALUES (?, ?, ?)", [section, key, stood])
            self.note("seq", str(seq))
            self.note("digest", digest)
            self.base.execute("COMMIT")
        except BaseException:
            self.base.execute("ROLLBACK")
            raise

    def undelivered(self) -> list[tuple[int, str, float, int]]:
        """Batches not known to have arrived: number, name, when made, how many withdrawals."""
        rows = self.base.execute("SELECT seq, name, made, withdrawals FROM outgoing ORDER BY seq")
        return [(int(seq), str(name), float(made), int(gone)) for seq, name, made, gone in rows]

    def data(self, seq: int) -> bytes | None:
        found = self.base.execute("SELECT data FROM outgoing WHERE seq = ?", [seq]).fetchone()
        return bytes(found[0]) if found else None

    def arrived(self, seq: int) -> None:
        self.base.execute("DELETE FROM outgoing WHERE seq <= ?", [seq])
