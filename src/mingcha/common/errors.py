"""One error tree: a Chinese message for the person, a stable code for the program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reason:
    """Why a move is refused, or what was met: code for programs, message for people, articles as the ground.

    `fix` says what to do next in one sentence; `articles` are citations like 行政处罚法第五十八条.
    """

    code: str
    message: str
    articles: tuple[str, ...] = ()
    fix: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "articles": list(self.articles), "data": dict(self.data)}


class MingchaError(Exception):
    """Base of all errors that a person may see. Rooms subclass it."""

    status = 400
    code = "mingcha-error"

    def __init__(self, code: str | None = None, message: str = "", data: Mapping[str, Any] | None = None) -> None:
        self.code = code or self.code
        self.message = message or "操作没有完成。"
        self.data = dict(data or {})
        super().__init__(f"{self.code}: {self.message}")


class InvalidInput(MingchaError):
    """One or more fields are wrong; `fields` maps a field name to its messages."""

    status = 422
    code = "invalid-input"

    def __init__(self, fields: Mapping[str, list[str]], message: str = "") -> None:
        self.fields = {name: list(messages) for name, messages in fields.items()}
        first = next(iter(self.fields.values()), ["请检查填写的内容。"])[0]
        super().__init__(message=message or first, data={"fields": self.fields})


class Refused(MingchaError):
    """The law or the pinned procedure forbids the act; `reasons` say why, with articles."""

    status = 409
    code = "refused"

    def __init__(self, reasons: Iterable[Reason], message: str = "") -> None:
        self.reasons = list(reasons)
        text = message or "；".join(reason.message for reason in self.reasons)
        code = self.reasons[0].code if self.reasons else self.code
        super().__init__(code, text, {"reasons": [reason.as_dict() for reason in self.reasons]})


class NotPermitted(MingchaError):
    """The person's role does not allow this."""

    status = 403
    code = "not-permitted"


class NotFound(MingchaError):
    """Absent, or not visible to this person: both look the same from outside."""

    status = 404
    code = "not-found"

    def __init__(self, message: str = "没有找到，或者您无权查看。", data: Mapping[str, Any] | None = None) -> None:
        super().__init__(None, message, data)


class Conflict(MingchaError):
    """Somebody else was faster, or the same form was sent twice with other contents."""

    status = 409
    code = "conflict"


# What the third ring says when it fires; the first two rings normally speak earlier and better.
TRIGGER_MARK = "mingcha:"


def code_of_database_error(error: BaseException) -> str | None:
    """The stable code that a trigger of the registry raised, or None for any other database error."""
    match = re.search(TRIGGER_MARK + r"([a-z0-9-]+)", str(error))
    return match.group(1) if match else None
