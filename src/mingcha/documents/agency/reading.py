"""What the marks of a form mean (标记检查): a small language, white-listed node by node, its names against the fields.

Nothing can be called, nothing that begins with an underscore can be reached, loops run over lists of the document only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from mingcha.documents.agency.container import unsafe
from mingcha.documents.agency.marks import Marked
from mingcha.documents.agency.shape import Shape

FILTERS = ("join", "default", "length")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")
_LOOP = {"index", "index0", "first", "last", "length"}
_DEEPEST_LOOP = 2
_DEEPEST = 8
_BREAK = Markup('</w:t><w:br/><w:t xml:space="preserve">')


class Sandbox(SandboxedEnvironment):
    """Reads entries of plain groups and the counters of a loop, nothing else of any object."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "**", "%"))

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            return obj.get(attribute, "")
        if type(obj).__name__ == "LoopContext" and attribute in _LOOP:
            return getattr(obj, attribute)
        raise SecurityError(attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        raise SecurityError(str(argument))

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise SecurityError("call")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(operator)


def _printed(value: Any) -> Markup:
    if isinstance(value, bool):
        value = "是" if value else "否"
    return _BREAK.join(escape(line) for line in str("" if value is None else value).split("\n"))


def sandbox() -> Sandbox:
    """The environment in which forms are filled: no globals, no tests, three filters, everything escaped."""
    made = Sandbox(autoescape=True, finalize=_printed, trim_blocks=False, keep_trailing_newline=True)
    made.globals.clear()
    made.tests.clear()
    made.filters = {
        "join": lambda value, between="、": str(between).join(str(item) for item in value or ()),
        "default": lambda value, instead="": value if value not in ("", None, [], {}) else instead,
        "length": lambda value: len(value or ()),
    }
    return made


@dataclass
class Reading:
    """Names that a form uses (used), names that the kind does not have (unknown), names used wrongly (misused)."""

    used: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    misused: list[str] = field(default_factory=list)


def read(parts: list[Marked], shape: Shape) -> Reading:
    """Read the marks of all parts against the names of a kind. Raises UnsafeForm for what the language does not have."""
    found = Reading()
    environment = sandbox()
    for part in parts:
        try:
            tree = environment.parse(part.source)
        except TemplateSyntaxError as error:
            raise unsafe(
                "form-mark-broken",
                f"看不懂一处标记（{str(error.message)[:80]}）。",
                "条件和循环要有 endif、endfor，名称用英文小写。",
            ) from error
        except RecursionError as error:
            raise unsafe("form-bomb", "标记套得太深。") from error
        _Reader(found).body(tree.body, {"": ("", shape)}, 0, 0)
    found.unknown = list(dict.fromkeys(found.unknown))
    found.misused = list(dict.fromkeys(found.misused))
    return found


# A name in sight: its path among the fields and what it is.
_Sight = Mapping[str, tuple[str, Shape]]


class _Reader:
    def __init__(self, found: Reading) -> None:
        self.found = found

    def body(self, body: list[nodes.Node], sight: _Sight, loops: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise unsafe("form-bomb", f"条件和循环套了超过{_DEEPEST}层。")
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        self.printed(part, sight)
            elif isinstance(node, nodes.If):
                self.condition(node.test, sight)
                self.body(node.body, sight, loops, depth + 1)
                for branch in node.elif_:
                    self.condition(branch.test, sight)
                    self.body(branch.body, sight, loops, depth + 1)
                self.body(node.else_, sight, loops, depth + 1)
            elif isinstance(node, nodes.For):
                self.loop(node, sight, loops, depth)
            else:
                raise _not_allowed(type(node).__name__)

    def loop(self, node: nodes.For, sight: _Sight, loops: int, depth: int) -> None:
        if loops >= _DEEPEST_LOOP:
            raise unsafe("form-bomb", f"循环套了超过{_DEEPEST_LOOP}层。")
        if not isinstance(node.target, nodes.Name) or node.recursive or node.else_:
            raise _not_allowed("For")
        name = node.target.name
        if not _NAME.fullmatch(name) or name == "loop":
            raise _not_allowed(name)
        path, over = self.named(node.iter, sight)
        if over is not None and over.kind not in ("list", "texts"):
            self.found.misused.append(f"“{path}”不是列表，不能循环。")
        item = Shape(over.label if over else "", "object", over.of) if over and over.kind == "list" else Shape("")
        inner = {**sight, name: (path, item) if over else ("", Shape("", "any"))}
        inner["loop"] = ("", Shape("", "object", {word: Shape(word) for word in _LOOP}))
        if node.test is not None:
            self.condition(node.test, inner)
        self.body(node.body, inner, loops + 1, depth + 1)

    def printed(self, node: nodes.Node, sight: _Sight) -> None:
        if isinstance(node, nodes.Filter):
            self.filtered(node, sight)
            return
        if isinstance(node, nodes.Const):
            return
        path, shape = self.named(node, sight)
        if shape is not None and shape.kind in ("object", "list", "texts"):
            whole = f"{path}_text"
            other = f"，或者用“{whole}”" if whole in sight[""][1].of else ""
            advice = "请写明其中的哪一项" if shape.kind == "object" else "请用循环逐项填写"
            self.found.misused.append(f"“{path}”包含多项，不能直接打印，{advice}{other}。")

    def filtered(self, node: nodes.Filter, sight: _Sight) -> None:
        constants = all(isinstance(arg, nodes.Const) for arg in node.args)
        if (
            node.name not in FILTERS
            or not constants
            or node.kwargs
            or node.dyn_args
            or node.dyn_kwargs
            or not node.node
        ):
            raise unsafe(
                "form-injection",
                f"过滤器“{node.name[:40]}”不能使用。",
                f"可以用的只有：{'、'.join(FILTERS)}，参数是固定文字。",
            )
        if isinstance(node.node, nodes.Filter):
            self.filtered(node.node, sight)
            return
        path, shape = self.named(node.node, sight)
        if node.name == "join" and shape is not None and shape.kind not in ("texts", "any"):
            self.found.misused.append(f"“{path}”不是文字的列表，不能用 join。")
        if node.name == "default" and shape is not None and shape.kind in ("object", "list", "texts"):
            self.found.misused.append(f"“{path}”包含多项，不能直接打印。")

    def condition(self, node: nodes.Node, sight: _Sight) -> None:
        match node:
            case nodes.And() | nodes.Or():
                self.condition(node.left, sight)
                self.condition(node.right, sight)
            case nodes.Not():
                self.condition(node.node, sight)
            case nodes.Compare():
                self.condition(node.expr, sight)
                for operand in node.ops:
                    if operand.op not in ("eq", "ne"):
                        raise _not_allowed(operand.op)
                    self.condition(operand.expr, sight)
            case nodes.Const():
                pass
            case _:
                self.named(node, sight)

    def named(self, node: nodes.Node, sight: _Sight) -> tuple[str, Shape | None]:
        """The path and shape of a dotted name; unknown ones are noted."""
        words = list(_words(node))
        if any(not _NAME.fullmatch(word) for word in words):
            raise unsafe("form-injection", f"名称“{'.'.join(words)[:60]}”不能使用：只能用要素的名称。")
        first, *rest = words
        if first in sight:
            path, shape = sight[first]
        else:
            path, shape = "", sight[""][1]
            rest = words
        for word in rest:
            if shape.kind == "any":
                return "", shape
            inner = shape.of.get(word) if shape.kind == "object" else None
            if inner is None:
                self.found.unknown.append(".".join(words))
                return ".".join(words), None
            path, shape = f"{path}.{word}".lstrip("."), inner
        if path and first != "loop":
            self.found.used.add(path)
        return path or first, shape


def _words(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Getattr):
        yield from _words(node.node)
        yield node.attr
    elif isinstance(node, nodes.Name) and node.ctx == "load":
        yield node.name
    else:
        raise _not_allowed(type(node).__name__)


def _not_allowed(what: str) -> Exception:
    words = {
        "Import": "引入其他模板", "FromImport": "引入其他模板", "Include": "引入其他模板", "Extends": "引入其他模板",
        "Call": "调用", "CallBlock": "调用", "Macro": "宏定义", "Assign": "赋值", "AssignBlock": "赋值", "Getitem": "方括号取值",
        "FilterBlock": "过滤段", "With": "with 段", "Block": "block 段", "ScopedEvalContextModifier": "autoescape 段",
        "Dict": "字典", "List": "列表", "Tuple": "列表", "CondExpr": "条件表达式", "Concat": "连接", "Test": "is 判断",
    }  # fmt: skip
    return unsafe(
        "form-injection",
        f"标记里用了{words.get(what, f'“{what[:40]}”')}，不能使用。",
        "只能用：{{ 名称 }}、{% for … in … %}、{% if … %}、{% elif … %}、{% else %}。",
    )
