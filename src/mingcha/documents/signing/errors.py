"""Errors of signing (电子签名、电子印章)."""

from __future__ import annotations

from mingcha.common.errors import MingchaError


class SigningUnavailable(MingchaError):
    """No certificate provider is set up, or it has no certificate for this signer; nothing is signed then."""

    status = 503
    code = "signing-unavailable"

    def __init__(self, message: str) -> None:
        super().__init__(None, message)


class TimestampUnavailable(MingchaError):
    """The time-stamp authority gave no usable answer; a signature without a trusted time is not made."""

    status = 503
    code = "timestamp-unavailable"

    def __init__(self, message: str) -> None:
        super().__init__(None, message)
