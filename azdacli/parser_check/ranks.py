"""How many dimensions a parser's code counts on, against how many a layer has.

DeepStream hands a frame's layers over without the batch: an output of batch x 22 x 2100 is an array of 22 x 2100.
Only what surely fails is said; where code asks for the number of dimensions, nothing is.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from azdacli.parser_check import bindings
from azdacli.parser_check.array_calls import after_index, axis_of, indices, operation

_SAME = frozenset({"astype", "copy", "clip", "round", "asarray", "array", "ascontiguousarray", "float32", "abs", "exp"})
_REDUCING = frozenset({"argmax", "argmin", "max", "min", "sum", "mean", "amax", "amin", "all", "any", "prod"})
_ALONG = _REDUCING | {"argsort", "sort", "cumsum", "take", "argpartition"}


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


def misuses(
    body: Sequence[ast.stmt], outputs: str, shapes: Mapping[str, Sequence[object]], *, alone: bool = False
) -> Iterator[Misuse]:
    """Find uses of layers with too many dimensions.

    Args:
        body: A function's statements.
        outputs: The name of its dictionary of layers.
        shapes: Each layer's dimensions as the function gets it: numbers, or anything else where a size is open.
        alone: Whether the model has no other layer.
    """
    if not any(_asks(node) for statement in body for node in ast.walk(statement)):
        yield from _Reader(outputs, shapes, alone=alone).block(body, {})


def _asks(node: ast.AST) -> bool:
    """Whether code looks at the number of dimensions, and so may take either form: `x.ndim`, `len(x.shape)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        return any(isinstance(part, ast.Attribute) and part.attr == "shape" for part in ast.walk(node))
    return isinstance(node, ast.Attribute) and node.attr == "ndim"


class _Reader:
    """Follows statements in their order, with what is known about local names."""

    def __init__(self, outputs: str, shapes: Mapping[str, Sequence[object]], *, alone: bool) -> None:
        self._outputs, self._shapes, self._alone = outputs, shapes, alone and len(shapes) == 1
        self._named: dict[str, str] = {}  # local names that are a layer itself

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
            self._named.pop(name, None)

    def _bind(self, statement: ast.stmt, known: dict[str, int]) -> None:
        rank = self.rank(statement.value, known) if isinstance(statement, ast.Assign) else None
        layer = self._layer(statement.value) if isinstance(statement, ast.Assign) else None
        self._forget(statement, known)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and rank is not None:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                known[target.id] = rank
                if layer is not None:
                    self._named[target.id] = layer

    def _uses(self, statement: ast.stmt, known: dict[str, int]) -> Iterator[Misuse]:
        nodes = list(ast.walk(statement))
        inner = {name for n in nodes if isinstance(n, ast.comprehension) for name in bindings.targets(n.target)}
        inner |= {argument.arg for argument in nodes if isinstance(argument, ast.arg)}
        known = {name: rank for name, rank in known.items() if name not in inner}
        for node in nodes:
            match node:
                case ast.Subscript(
                    value=ast.Attribute(value=value, attr="shape"), slice=ast.Constant(value=int() as axis)
                ):
                    rank = self.rank(value, known)
                    if rank is not None and axis >= rank:
                        yield Misuse(node=node, message=f"is asked for its size along axis {axis}", rank=rank)
                case ast.Subscript(value=value, slice=index):
                    rank, used = self.rank(value, known), indices(index)
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
        name, array, rest = operation(node)
        rank = self.rank(array, known) if array is not None else None
        if rank is None:
            return
        axes = rest[0].elts if len(rest) == 1 and isinstance(rest[0], ast.Tuple | ast.List) else rest
        if name == "transpose" and axes and not any(isinstance(a, ast.Starred) for a in axes) and len(axes) != rank:
            yield Misuse(node=node, message=f"is transposed with {len(axes)}", rank=rank)
        size = self._squeezed(name, array, axis_of(node, rest))
        if size:
            yield Misuse(node=node, message=f"is squeezed along one of size {size}", rank=rank)
        axis = axis_of(node, rest) if name in _ALONG else None
        if axis is not None and not -rank <= axis < rank:
            yield Misuse(node=node, message=f"is used along axis {axis}", rank=rank)

    def _squeezed(self, name: str, array: ast.expr | None, axis: int | None) -> int:
        """The size of a layer's dimension that is taken for a batch of one; 0 where that is right or unknown."""
        layer = self._layer(array) if array is not None and name == "squeeze" and axis is not None else None
        shape = self._shapes[layer] if layer is not None else ()
        if axis is None or not -len(shape) <= axis < len(shape):
            return 0
        size = shape[axis]
        return size if isinstance(size, int) and size > 1 else 0

    def _layer(self, node: ast.expr) -> str | None:
        """The layer that an expression is, also as the only one of the dictionary; None when it is none."""
        match node:
            case ast.Name(id=name):
                return self._named.get(name)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as layer)) if (
                name == self._outputs
            ):
                return layer if layer in self._shapes else None
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[ast.Constant(value=str() as layer)]
            ) if name == self._outputs:
                return layer if layer in self._shapes else None
            case (
                ast.Call(func=ast.Name(id="next"), args=[ast.Call(func=ast.Name(id="iter"), args=[values])])
                | ast.Subscript(value=ast.Call(func=ast.Name(id="list"), args=[values]), slice=ast.Constant(value=0))
            ) if self._alone:
                return next(iter(self._shapes)) if self._are_values(values) else None
        return None

    def _are_values(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="values"), args=[]):
                return name == self._outputs
        return False

    def rank(self, node: ast.expr, known: Mapping[str, int]) -> int | None:  # noqa: PLR0911 # one arm per expression
        """How many dimensions an expression has; None when that is unknown."""
        layer = self._layer(node)
        if layer is not None:
            return len(self._shapes[layer])
        match node:
            case ast.Name(id=name):
                return known.get(name)
            case ast.Subscript(value=value, slice=index):
                return after_index(self.rank(value, known), index)
            case ast.Attribute(value=value, attr="T"):
                return self.rank(value, known)
            case ast.BinOp(left=left, right=ast.Constant()):
                return self.rank(left, known)
            case ast.Call():
                return self._rank_of_call(node, known)
        return None

    def _rank_of_call(self, node: ast.Call, known: Mapping[str, int]) -> int | None:
        name, array, rest = operation(node)
        rank = self.rank(array, known) if array is not None else None
        if name == "reshape" and array is not None:
            sizes = rest[0].elts if len(rest) == 1 and isinstance(rest[0], ast.Tuple | ast.List) else rest
            plain = all(isinstance(size, ast.Constant | ast.UnaryOp) for size in sizes)
            return len(sizes) if plain and sizes and rank is not None else None
        if rank is None or (node.keywords and name not in _REDUCING):
            return None
        if name in _REDUCING:
            kept = any(keyword.arg != "axis" for keyword in node.keywords)
            return None if kept or axis_of(node, rest) is None else rank - 1
        return rank if name in _SAME or name == "transpose" else None
