from __future__ import annotations

from mingcha.common.errors import MingchaError


class SealingFailed(MingchaError):
    """The package could not be written (封存未成); nothing that looks whole is left."""

    status = 409
    code = "sealing-failed"


class NotReady(SealingFailed):
    """Something that the package must contain is still being made; the background job comes back."""

    code = "sealing-not-ready"
