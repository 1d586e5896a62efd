"""Errors of the journal, the sequencer and the log."""

from __future__ import annotations

from mingcha.common.errors import MingchaError


class LedgerError(MingchaError):
    """Base of the room's errors."""

    status = 500
    code = "ledger-error"


class UnknownKind(LedgerError):
    """A kind that no room has registered."""

    code = "journal-kind-unknown"

    def __init__(self, name: str) -> None:
        super().__init__(message=f"日志类别“{name}”没有登记，操作没有完成。请联系系统管理员。", data={"kind": name})


class NotInTransaction(LedgerError):
    """An entry must stand or fall with the domain rows that it records."""

    code = "journal-outside-transaction"

    def __init__(self) -> None:
        super().__init__(message="日志只能与业务数据在同一事务中写入，操作没有完成。请联系系统管理员。")


class BadLogName(LedgerError):
    """The name of a log becomes a folder and part of the origin, so its characters are limited."""

    status = 422
    code = "log-name-invalid"

    def __init__(self, log: str) -> None:
        super().__init__(message="账本编号只能由数字、字母和连字符组成，且不超过32个字符。", data={"log": log[:64]})


class AlreadyErased(LedgerError):
    status = 409
    code = "payload-already-erased"

    def __init__(self) -> None:
        super().__init__(message="这条日志的内容已经依法删除，无需再次操作。")


class LogDiverged(LedgerError):
    """Database, tiles and the newest checkpoint outside the database contradict each other: nothing is signed."""

    status = 503
    code = "log-diverged"


class KeyProblem(LedgerError):
    """The signing key of a log is absent, unreadable or not the one that signed before."""

    status = 503
    code = "log-key-problem"


class NotYetSequenced(LedgerError):
    """No checkpoint covers the entry yet."""

    status = 409
    code = "entry-not-sequenced"

    def __init__(self) -> None:
        super().__init__(message="这条记录正在写入公开账本，通常只需几秒，请稍后再试。")


class LedgerBroken(LedgerError):
    """`ledger check` has found a divergence: nothing is served until it is explained."""

    status = 503
    code = "ledger-broken"


class WitnessPolicyBroken(LedgerError):
    """The file that says which witnesses a log demands cannot be read."""

    status = 503
    code = "witness-policy-broken"


class WitnessStateBroken(LedgerError):
    """A witness cannot read what it has cosigned, or another process holds the same state."""

    status = 503
    code = "witness-state-broken"
