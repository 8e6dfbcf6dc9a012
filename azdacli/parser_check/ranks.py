"""How many dimensions a parser's code counts on, against how many a layer has.

DeepStream hands a frame's layers over without the batch: an output of batch x 22 x 2100 is an array of 22 x 2100.
Only what surely fails is said; where code asks for the number of dimensions, nothing is.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from azdacli.parser_check import bindings

_SAME = frozenset({"astype", "copy", "clip", "round", "asarray", "array", "ascontiguousarray", "float32", "abs", "exp"})
_REDUCING = frozenset({"argmax", "argmin", "max", "min", "sum", "mean", "amax", "amin", "all", "any", "prod"})
_ALONG = _REDUCING | {"argsort", "sort", "cumsum", "take", "argpartition"}
_LIBRARIES = frozenset({"np", "numpy"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Misuse:
    """One use of an array that fails.

    Attributes:
        node: Where.
        message: What it is used as, as the second half of a sentence.
        rank: How many dimensions there are.
    """

    node: ast.AST
    message: str
    rank: int


def misuses(body: Sequence[ast.stmt], outputs: str, ranks: Mapping[str, int]) -> Iterator[Misuse]:
    """Find uses of layers with too many dimensions.

    Args:
        body: A function's statements.
        outputs: The name of its dictionary of layers.
        ranks: Each layer's number of dimensions, as the function gets it.
    """
    if not any(_asks(node) for statement in body for node in ast.walk(statement)):
        yield from _Reader(outputs, ranks).block(body, {})


def _asks(node: ast.AST) -> bool:
    """Whether code looks at the number of dimensions, and so may take either form: `x.ndim`, `len(x.shape)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        return any(isinstance(part, ast.Attribute) and part.attr == "shape" for part in ast.walk(node))
    return isinstance(node, ast.Attribute) and node.attr == "ndim"


class _Reader:
    """Follows statements in their order, with what is known about local names."""

    def __init__(self, outputs: str, ranks: Mapping[str, int]) -> None:
        self._outputs, self._ranks = outputs, ranks

    def block(self, body: Sequence[ast.stmt], known: dict[str, int]) -> Iterator[Misuse]:
        """Read statements; `known` is changed as they bind names."""
        for statement in body:
            inner = [part for name in ("body", "orelse", "finalbody") for part in getattr(statement, name, [])]
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Try):
                self._forget(statement, known)  # what fails under `try` may be meant to
            elif inner:
                self._forget(statement, known)
                for name in ("body", "orelse"):
                    yield from self.block(getattr(statement, name, []), dict(known))
            else:
                yield from self._uses(statement, known)
                self._bind(statement, known)

    def _forget(self, statement: ast.stmt, known: dict[str, int]) -> None:
        for name in bindings.bound_in([statement]):
            known.pop(name, None)

    def _bind(self, statement: ast.stmt, known: dict[str, int]) -> None:
        rank = self.rank(statement.value, known) if isinstance(statement, ast.Assign) else None
        self._forget(statement, known)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and rank is not None:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                known[target.id] = rank

    def _uses(self, statement: ast.stmt, known: dict[str, int]) -> Iterator[Misuse]:
        nodes = list(ast.walk(statement))
        inner = {name for n in nodes if isinstance(n, ast.comprehension) for name in bindings.targets(n.target)}
        inner |= {argument.arg for argument in nodes if isinstance(argument, ast.arg)}
        known = {name: rank for name, rank in known.items() if name not in inner}
        for node in nodes:
            match node:
                case ast.Subscript(value=value, slice=index):
                    rank, used = self.rank(value, known), _indices(index)
                    if rank is not None and used > rank:
                        yield Misuse(node=node, message=f"is indexed with {used}", rank=rank)
                case ast.Call():
                    yield from self._call(node, known)
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Attribute(value=value, attr="shape")):
                    rank = self.rank(value, known)
                    starred = any(isinstance(target, ast.Starred) for target in targets)
                    if rank is not None and not starred and len(targets) != rank:
                        yield Misuse(node=node, message=f"has its shape unpacked into {len(targets)} values", rank=rank)

    def _call(self, node: ast.Call, known: dict[str, int]) -> Iterator[Misuse]:
        name, array, rest = _operation(node)
        rank = self.rank(array, known) if array is not None else None
        if rank is None:
            return
        axes = rest[0].elts if len(rest) == 1 and isinstance(rest[0], ast.Tuple | ast.List) else rest
        if name == "transpose" and axes and not any(isinstance(a, ast.Starred) for a in axes) and len(axes) != rank:
            yield Misuse(node=node, message=f"is transposed with {len(axes)}", rank=rank)
        axis = _axis(node, rest) if name in _ALONG else None
        if axis is not None and not -rank <= axis < rank:
            yield Misuse(node=node, message=f"is used along axis {axis}", rank=rank)

    def rank(self, node: ast.expr, known: Mapping[str, int]) -> int | None:  # noqa: PLR0911 # one arm per expression
        """How many dimensions an expression has; None when that is unknown."""
        match node:
            case ast.Name(id=name):
                return known.get(name)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as layer)) if (
                name == self._outputs
            ):
                return self._ranks.get(layer)
            case ast.Subscript(value=value, slice=index):
                return _after_index(self.rank(value, known), index)
            case ast.Attribute(value=value, attr="T"):
                return self.rank(value, known)
            case ast.BinOp(left=left, right=ast.Constant()):
                return self.rank(left, known)
            case ast.Call():
                return self._rank_of_call(node, known)
        return None

    def _rank_of_call(self, node: ast.Call, known: Mapping[str, int]) -> int | None:
        name, array, rest = _operation(node)
        rank = self.rank(array, known) if array is not None else None
        if name == "reshape" and array is not None:
            sizes = rest[0].elts if len(rest) == 1 and isinstance(rest[0], ast.Tuple | ast.List) else rest
            plain = all(isinstance(size, ast.Constant | ast.UnaryOp) for size in sizes)
            return len(sizes) if plain and sizes and rank is not None else None
        if rank is None or (node.keywords and name not in _REDUCING):
            return None
        if name in _REDUCING:
            kept = any(keyword.arg != "axis" for keyword in node.keywords)
            return None if kept or _axis(node, rest) is None else rank - 1
        return rank if name in _SAME or name == "transpose" else None


def _operation(node: ast.Call) -> tuple[str, ast.expr | None, list[ast.expr]]:
    """The name, the array and the other arguments of `np.name(array, …)` or `array.name(…)`."""
    if not isinstance(node.func, ast.Attribute):
        return "", None, []
    of_library = isinstance(node.func.value, ast.Name) and node.func.value.id in _LIBRARIES
    if of_library:
        return node.func.attr, node.args[0] if node.args else None, node.args[1:]
    return node.func.attr, node.func.value, node.args


def _axis(node: ast.Call, rest: Sequence[ast.expr]) -> int | None:
    named = [keyword.value for keyword in node.keywords if keyword.arg == "axis"]
    given = named or list(rest[:1])
    try:
        axis = ast.literal_eval(given[0]) if given else None
    except (ValueError, TypeError, SyntaxError):
        return None
    return axis if type(axis) is int else None


def _parts(index: ast.expr) -> list[ast.expr]:
    return list(index.elts) if isinstance(index, ast.Tuple) else [index]


def _is_new(part: ast.expr) -> bool:
    return (isinstance(part, ast.Constant) and part.value is None) or (
        isinstance(part, ast.Attribute) and part.attr == "newaxis"
    )


def _indices(index: ast.expr) -> int:
    """How many dimensions an index takes at least."""
    parts = _parts(index)
    if any(isinstance(part, ast.Starred) for part in parts):
        return 0
    return sum(not _is_new(p) and not (isinstance(p, ast.Constant) and p.value is Ellipsis) for p in parts)


def _after_index(rank: int | None, index: ast.expr) -> int | None:
    for part in _parts(index):
        if rank is None:
            return None
        number = part.operand if isinstance(part, ast.UnaryOp) else part
        if _is_new(part):
            rank += 1
        elif isinstance(number, ast.Constant) and type(number.value) is int:
            rank -= 1
        elif not isinstance(part, ast.Slice) and not (isinstance(part, ast.Constant) and part.value is Ellipsis):
            return None
    return rank if rank is not None and rank >= 0 else None
