"""The key that signs commitments (承诺签名密钥): one per jurisdiction, apart from the log's own."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from mingcha.ledger.core.note import ED25519
from mingcha.ledger.errors import KeyProblem
from mingcha.ledger.keys import make_private, private_key
from mingcha.ledger.names import origin, require_log_name


def signer(log: str) -> Ed25519PrivateKey:
    """From MINGCHA_COMMIT_KEY_<LOG> or its file, which is made where there is none. Raises KeyProblem.

    A new key takes nothing away: each commitment keeps its public key, and the log keeps that key's thumbprint.
    """
    variable = f"MINGCHA_COMMIT_KEY_{require_log_name(log).upper().replace('-', '_')}"
    text = os.environ.get(variable)
    if text is not None:
        return private_key(text, ED25519, f"环境变量 {variable}")[1]
    path = Path(settings.KEYS_ROOT) / f"{log}-commitments.key"
    if not path.exists():
        return make_private(f"{origin(log)}/commitments", ED25519, path)
    if path.stat().st_mode & 0o077:
        raise KeyProblem(message=f"密钥文件 {path.name}可被他人读取，请把权限改为 0600。")
    return private_key(path.read_text(encoding="utf-8"), ED25519, f"密钥文件 {path.name}")[1]
