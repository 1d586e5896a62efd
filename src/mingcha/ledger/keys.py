"""Keys of the logs (账本密钥): Ed25519, one per log at a time; the private one never leaves its file or the environment."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from mingcha.ledger.core.checkpoint import TreeHead
from mingcha.ledger.core.errors import MalformedKey, ProofError
from mingcha.ledger.core.keychain import Change, History, chain, read
from mingcha.ledger.core.note import ED25519, Signer, VerifierKey, key_id
from mingcha.ledger.errors import KeyProblem
from mingcha.ledger.names import origin, require_log_name

_PREFIX = "PRIVATE+KEY+"
_HISTORY, _NEXT = "history", "next"


def signer(log: str, *, make: bool = False) -> Signer:
    """The log's signer, from MINGCHA_LOG_KEY_<LOG> or its file; `make` allows a new key for a log not begun yet.

    Raises KeyProblem.
    """
    variable = _variable(log)
    text = os.environ.get(variable)
    source = f"环境变量 {variable}"
    if text is None:
        _finish(log)
        path = _path(log, "key")
        source = f"密钥文件 {path.name}"
        if not path.exists():
            if not make:
                raise KeyProblem(
                    message=f"账本 {log} 已有检查点，但找不到它的签名密钥。请恢复 {path.name}，不要另造新密钥。"
                )
            make_private(origin(log), ED25519, path)
        if path.stat().st_mode & 0o077:
            raise KeyProblem(message=f"{source}可被他人读取，请把权限改为 0600 后再启动。")
        text = path.read_text(encoding="utf-8")
    found = _parse(text, source)
    if found.name != origin(log):
        raise KeyProblem(
            message=f"{source}属于“{found.name}”，账本的名称却是“{origin(log)}”。请核对 MINGCHA_LOG_ORIGIN。"
        )
    _publish(log, found.verifier)
    return found


def prepare(log: str) -> VerifierKey:
    """A new private key laid beside the one in force, for `change`; not in force yet. Raises KeyProblem."""
    if os.environ.get(_variable(log)) is not None:
        raise KeyProblem(
            message=f"账本 {log} 的密钥由环境变量 {_variable(log)} 提供，本命令不能替换它。"
            "请改用密钥文件（写入同样内容，权限0600）后再换钥。"
        )
    name = signer(log).name
    return Signer(name, make_private(name, ED25519, _path(log, _NEXT))).verifier


def change(log: str, head: TreeHead, moment: str) -> VerifierKey:
    """The prepared key takes over from the tree `head` on; the old private key is gone. The caller holds the log's lock.

    The new history in its place is the moment of change: whatever is killed before leaves the old key in force,
    whatever is killed after is finished by the next `signer`. Raises KeyProblem, KeyChainBroken.
    """
    old, fresh = signer(log), _path(log, _NEXT)
    new = Signer(*private_key(fresh.read_text(encoding="utf-8"), ED25519, f"密钥文件 {fresh.name}"))
    grown = history(log).followed_by(Change(head, old.verifier, new.verifier, moment).sign(old, new))
    chain(grown)
    _write(_path(log, _HISTORY), grown.as_text())
    return signer(log).verifier


def kept(log: str) -> bool:
    """Whether the private key lies in its file here."""
    return _path(log, "key").exists()


def verifiers(log: str) -> list[VerifierKey]:
    """All keys of a log, oldest first, each with the sizes for which it is in force. Raises KeyProblem."""
    try:
        return chain(history(log))
    except ProofError as error:
        raise KeyProblem(message=f"账本 {log} 的换钥记录不可信：{error.message}") from error


def history(log: str) -> History:
    """The published history of a log's keys; before the first change its one key. Raises KeyProblem, KeyChainBroken."""
    path = _path(log, _HISTORY)
    found = read(path.read_text(encoding="utf-8")) if path.exists() else History(_published(log))
    if found.first.name != origin(log):
        raise KeyProblem(message=f"账本 {log} 的公钥属于“{found.first.name}”，请核对 MINGCHA_LOG_ORIGIN。")
    return found


def verifier(log: str) -> VerifierKey:
    """The log's public key in force, as published. Raises KeyProblem before the log has begun."""
    return verifiers(log)[-1]


def _published(log: str) -> VerifierKey:
    try:
        return VerifierKey.parse(_path(log, "pub").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KeyProblem(message=f"账本 {log} 还没有公钥，它在第一次写入账本时生成。") from None
    except MalformedKey as error:
        raise KeyProblem(message=f"账本 {log} 的公钥文件损坏：{error.message}") from error


def trusted(text: str) -> list[VerifierKey]:
    """Keys of a trust file: one per line, empty lines and lines that begin with # aside; or a whole published history.

    Raises MalformedKey, KeyChainBroken.
    """
    if text.lstrip().startswith("{"):
        return chain(read(text))
    lines = [line.strip() for line in text.splitlines()]
    keys = [VerifierKey.parse(line) for line in lines if line and not line.startswith("#")]
    if not keys:
        raise MalformedKey(message="公钥文件中没有公钥。")
    return keys


def _variable(log: str) -> str:
    return f"MINGCHA_LOG_KEY_{require_log_name(log).upper().replace('-', '_')}"


def _finish(log: str) -> None:
    """Put the new private key of a change in its place, where the process died in between."""
    fresh = _path(log, _NEXT)
    if not fresh.exists() or not _path(log, _HISTORY).exists():
        return
    waiting = _parse(fresh.read_text(encoding="utf-8"), f"密钥文件 {fresh.name}").verifier
    if waiting == verifier(log):
        fresh.rename(_path(log, "key"))
        _write(_path(log, "pub"), f"{waiting}\n")


def _path(log: str, suffix: str) -> Path:
    return Path(settings.KEYS_ROOT) / f"{require_log_name(log)}.{suffix}"


def _parse(text: str, source: str) -> Signer:
    return Signer(*private_key(text, ED25519, source))


def private_key(text: str, algorithm: int, source: str) -> tuple[str, Ed25519PrivateKey]:
    """Name and private key in a key file of ours. Raises KeyProblem."""
    text = text.strip()
    try:
        name, identifier, data = text.removeprefix(_PREFIX).split("+", 2)
        raw = base64.b64decode(data, validate=True)
        if not text.startswith(_PREFIX) or len(raw) != 33 or raw[0] != algorithm:
            raise ValueError
        private = Ed25519PrivateKey.from_private_bytes(raw[1:])
        if key_id(name, algorithm, private.public_key().public_bytes_raw()).hex() != identifier:
            raise ValueError
    except ValueError:
        raise KeyProblem(message=f"{source}损坏，无法读出签名密钥。请从备份恢复。") from None
    return name, private


def make_private(name: str, algorithm: int, path: Path) -> Ed25519PrivateKey:
    """A new private key in a file with mode 0600, on disk before this returns; an existing file is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = Ed25519PrivateKey.generate()
    identifier = key_id(name, algorithm, private.public_key().public_bytes_raw()).hex()
    data = base64.b64encode(bytes([algorithm]) + private.private_bytes_raw()).decode()
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, f"{_PREFIX}{name}+{identifier}+{data}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.rename(path)
    return private


def _publish(log: str, key: VerifierKey) -> None:
    path = _path(log, "pub")
    if path.exists() or _path(log, _HISTORY).exists():
        if verifier(log) != key or _published(log) != key:
            raise KeyProblem(message=f"账本 {log} 的签名密钥与已公布的公钥 {path.name} 不是一对。请恢复原来的密钥。")
        return
    _write(path, f"{key}\n")


def _write(path: Path, text: str) -> None:
    """A small file, whole and on disk before this returns."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with fresh.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(path)
