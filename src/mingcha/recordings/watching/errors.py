from __future__ import annotations

from mingcha.common.errors import MingchaError


class PurposeMissing(MingchaError):
    """Nobody opens a recording without saying what for."""

    status = 403
    code = "purpose-missing"

    def __init__(self) -> None:
        super().__init__(message="查看音像以前，请先说明用途。")


class ShareClosed(MingchaError):
    """The share has run out or was taken back."""

    status = 403
    code = "share-closed"

    def __init__(self) -> None:
        super().__init__(message="这次共享已经到期或者被收回，不能再查看。确有需要的，请联系共享人重新共享。")
