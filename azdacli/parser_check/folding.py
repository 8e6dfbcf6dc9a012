"""What a comprehension over literals gives: labels are often made of other labels, filtered and renamed.

Only operators, methods of text and functions that neither see nor change anything else are computed here, and only so
many of them; whatever is unknown ends it.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_MOST_STEPS = 20_000
_MOST_TEXT = 1 << 16
_MOST_PART = 256  # of a text in which another is replaced
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_COMPUTED: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    each.__name__: each for each in (len, list, tuple, set, sorted, reversed, enumerate, zip, str, int, min, max, bool)
}
_METHODS = frozenset(
    {
        *("split", "splitlines", "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "partition"),
        *("startswith", "endswith", "removeprefix", "removesuffix", "isdigit", "isalpha", "isupper", "islower", "find"),
        *("replace", "join", "count", "index"),
    }
)
_ERRORS = (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError)


class UnknownValueError(Exception):
    """Something in an expression is not known, or takes too long."""


@dataclass(slots=True, kw_only=True)
class Folding:
    """One expression, computed.

    Attributes:
        lookup: Gives the value of a name, and raises UnknownValueError where it is not known.
        builtin: Whether a name still means Python's own function.
        names: The loops' own names.
        steps: What was computed so far.
    """

    lookup: Callable[[str], Any]
    builtin: Callable[[str], bool]
    names: dict[str, Any] = field(default_factory=dict)
    steps: int = 0

    def fold(self, node: ast.expr) -> Any:
        """Compute an expression.

        Raises:
            UnknownValueError: It cannot be computed.
        """
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise UnknownValueError
        try:
            found = self._fold(node)
        except _ERRORS as error:
            raise UnknownValueError from error
        if isinstance(found, str) and len(found) > _MOST_TEXT:
            raise UnknownValueError
        return found

    def _fold(self, node: ast.expr) -> Any:  # noqa: C901, PLR0911, PLR0912 # one arm per kind of expression
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self.names[node.id] if node.id in self.names else self.lookup(node.id)
            case ast.List() | ast.Tuple() | ast.Set():
                made = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
                return made([self.fold(each) for each in node.elts])
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                found = list(self._rounds(node.elt, node.generators))
                return set(found) if isinstance(node, ast.SetComp) else found
            case ast.Compare():
                return self._compared(node)
            case ast.BoolOp():
                return self._either(node)
            case ast.IfExp():
                return self.fold(node.body if self.fold(node.test) else node.orelse)
            case ast.UnaryOp(op=ast.Not()):
                return not self.fold(node.operand)
            case ast.UnaryOp(op=ast.USub()):
                return -self.fold(node.operand)
            case ast.BinOp():
                left, right = self.fold(node.left), self.fold(node.right)
                if isinstance(left, str) and not isinstance(node.op, ast.Add):
                    raise UnknownValueError  # "%999999999d" % 1
                return _COMPUTED[type(node.op)](left, right)
            case ast.JoinedStr():
                return "".join(map(self._part, node.values))
            case ast.Subscript():
                return self.fold(node.value)[self._index(node.slice)]
            case ast.Call(keywords=[]):
                return self._called(node)
        raise UnknownValueError

    def _rounds(self, element: ast.expr, loops: list[ast.comprehension]) -> Iterator[Any]:
        if not loops:
            yield self.fold(element)
            return
        if loops[0].is_async:
            raise UnknownValueError
        for value in self._iterated(loops[0].iter):
            self._bind(loops[0].target, value)
            if all(self.fold(each) for each in loops[0].ifs):
                yield from self._rounds(element, loops[1:])

    def _iterated(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            if not self.builtin("range") or node.keywords:
                raise UnknownValueError
            return range(*(self.fold(each) for each in node.args))
        found = self.fold(node)
        if isinstance(found, set):
            raise UnknownValueError  # their order is another in every process
        return found

    def _bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            for each, part in zip(target.elts, value, strict=True):
                self._bind(each, part)
        else:
            raise UnknownValueError

    def _compared(self, node: ast.Compare) -> bool:
        left = self.fold(node.left)
        for operation, other in zip(node.ops, node.comparators, strict=True):
            right = self.fold(other)
            if not _COMPARED[type(operation)](left, right):
                return False
            left = right
        return True

    def _either(self, node: ast.BoolOp) -> Any:
        found = None
        for each in node.values:
            found = self.fold(each)
            if bool(found) is isinstance(node.op, ast.Or):
                break
        return found

    def _part(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            if node.conversion != -1 or node.format_spec is not None:
                raise UnknownValueError
            return str(self.fold(node.value))
        return str(self.fold(node))

    def _index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*(None if each is None else self.fold(each) for each in parts))
        return self.fold(node)

    def _called(self, node: ast.Call) -> Any:
        arguments = [self.fold(each) for each in node.args]
        if isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS and self.builtin(node.func.id):
            found = _FUNCTIONS[node.func.id](*arguments)
            return list(found) if node.func.id in {"enumerate", "zip", "reversed"} else found
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            owner = self.fold(node.func.value)
            if isinstance(owner, str | list | tuple) and _is_small(node.func.attr, owner, arguments):
                return getattr(owner, node.func.attr)(*arguments)
        raise UnknownValueError


def _is_small(method: str, owner: Any, arguments: list[Any]) -> bool:
    """Whether what a method gives cannot be out of proportion."""
    if method == "join":
        return len(owner) * len(arguments[0]) + sum(map(len, arguments[0])) <= _MOST_TEXT
    return method != "replace" or max(len(owner), *map(len, arguments)) <= _MOST_PART
