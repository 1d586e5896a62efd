"""Keys of the logs (账本密钥): Ed25519, one per log; the private one never leaves its file or the environment."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from mingcha.ledger.core.errors import MalformedKey
from mingcha.ledger.core.note import ED25519, Signer, VerifierKey, key_id
from mingcha.ledger.errors import KeyProblem
from mingcha.ledger.names import origin, require_log_name

_PREFIX = "PRIVATE+KEY+"


def signer(log: str, *, make: bool = False) -> Signer:
    """The log's signer, from MINGCHA_LOG_KEY_<LOG> or its file; `make` allows a new key for a log not begun yet.

    Raises KeyProblem.
    """
    variable = f"MINGCHA_LOG_KEY_{require_log_name(log).upper().replace('-', '_')}"
    text = os.environ.get(variable)
    source = f"环境变量 {variable}"
    if text is None:
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


def kept(log: str) -> bool:
    """Whether the private key lies in its file here."""
    return _path(log, "key").exists()


def verifier(log: str) -> VerifierKey:
    """The log's public key, as published. Raises KeyProblem before the log has begun."""
    try:
        return VerifierKey.parse(_path(log, "pub").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KeyProblem(message=f"账本 {log} 还没有公钥，它在第一次写入账本时生成。") from None
    except MalformedKey as error:
        raise KeyProblem(message=f"账本 {log} 的公钥文件损坏：{error.message}") from error


def trusted(text: str) -> list[VerifierKey]:
    """Keys of a trust file: one per line, empty lines and lines that begin with # aside. Raises MalformedKey."""
    lines = [line.strip() for line in text.splitlines()]
    keys = [VerifierKey.parse(line) for line in lines if line and not line.startswith("#")]
    if not keys:
        raise MalformedKey(message="公钥文件中没有公钥。")
    return keys


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
    text = f"{key}\n"
    if path.exists():
        if path.read_text(encoding="utf-8") != text:
            raise KeyProblem(message=f"账本 {log} 的签名密钥与已公布的公钥 {path.name} 不是一对。请恢复原来的密钥。")
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(path)
