"""Errors of rendering."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from mingcha.common.errors import MingchaError, NotFound


class UnknownTemplate(NotFound):
    """No template of this kind and version is shipped."""

    code = "document-template-unknown"


class Unprintable(MingchaError):
    """Characters that no font of ours has, or that nobody can see: refused, since a hole in a decision is worse."""

    status = 422
    code = "document-unprintable"

    def __init__(self, characters: Iterable[str]) -> None:
        found = sorted(set("".join(characters)))
        named = "、".join(_named(character) for character in found)
        super().__init__(
            message=f"文书中有无法打印的字符：{named}。请改用字库中有的字，或者删除后重新生成。",
            data={"characters": [f"U+{ord(character):04X}" for character in found]},
        )


def _named(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return code if unicodedata.category(character)[0] in "CZ" else f"“{character}”（{code}）"
