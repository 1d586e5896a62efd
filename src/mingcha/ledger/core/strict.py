"""Strict JSON (严格解析): one reading only, so that two programs never see two things in one file."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from mingcha.ledger.core.errors import UnreadableBundle

MOST_BYTES = 16 << 20
_MOST_DIGITS = 40


def loads(data: bytes) -> Any:
    """The value in `data`. Refuses duplicate keys, fractions, NaN, lone surrogates, depth, size: UnreadableBundle."""
    if len(data) > MOST_BYTES:
        raise UnreadableBundle(message=f"文件超过{MOST_BYTES >> 20}MB，不是证明包。")
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_fraction, parse_int=_integer
        )
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise UnreadableBundle(message="文件不是 UTF-8 文本。") from None
    except UnicodeEncodeError:
        raise UnreadableBundle(message="文件含有不成对的代理字符。") from None
    except RecursionError:
        raise UnreadableBundle(message="文件嵌套过深。") from None
    except json.JSONDecodeError as error:
        raise UnreadableBundle(message=f"文件不是 JSON：第{error.lineno}行第{error.colno}列不合语法。") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableBundle(message=f"字段“{twice[:60]}”出现了两次。", data={"field": twice[:60]})
    return found


def _constant(name: str) -> NoReturn:
    raise UnreadableBundle(message=f"文件含有{name}，它不是数。")


def _fraction(text: str) -> NoReturn:
    raise UnreadableBundle(message=f"文件含有小数 {text[:40]}，证明包中的数都是整数。")


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS or text == "-0":
        raise UnreadableBundle(message="文件含有不规范的整数。")
    return int(text)
