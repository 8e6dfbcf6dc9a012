"""What a pipeline never executes: the code below `if __name__ == "__main__":`, and functions that only it calls.

The runtime imports a parser, so that `__name__` is the module's name there. Exporters' and newcomers' parsers end in
such a block to be tried by hand, with packages that the image does not have.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from azdacli.parser_check import bindings
from dsconfig.parser_contract import FUNCTIONS

_MAIN = "__main__"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """What was taken out of a tree.

    Attributes:
        lines: First and last line of each part.
        names: What the blocks define at the top level, which nobody sees in a pipeline.
    """

    lines: tuple[tuple[int, int], ...] = ()
    names: frozenset[str] = frozenset()

    def holds(self, line: int) -> bool:
        """Whether a line is part of it."""
        return any(first <= line <= last for first, last in self.lines)


NOTHING = Removed()


def mentioned(text: str) -> bool:
    """Whether a text can have such a block; most have none, and their tree stays as it is."""
    return _MAIN in text


def remove(tree: ast.Module, *, own: bool) -> Removed:
    """Take out of a tree what a pipeline never executes.

    Args:
        tree: The tree of a file; changed.
        own: Whether the file is the parser itself. Functions of a sibling may be imported elsewhere, so they stay.
    """
    taken: list[ast.stmt] = []
    tree.body = _executed(tree.body, taken)
    names = frozenset(bindings.bound_in(taken))
    if own and taken:
        dead = _called_by_nobody_else(tree.body, taken)
        tree.body = [statement for statement in tree.body if statement not in dead]
        taken.extend(dead)
    return Removed(lines=tuple((s.lineno, s.end_lineno or s.lineno) for s in taken), names=names)


def _executed(body: list[ast.stmt], taken: list[ast.stmt]) -> list[ast.stmt]:
    kept: list[ast.stmt] = []
    for statement in body:
        answer = _holds(statement.test) if isinstance(statement, ast.If) else None
        if isinstance(statement, ast.If) and answer is not None:
            run, left = (statement.body, statement.orelse) if answer else (statement.orelse, statement.body)
            taken.extend(left)
            kept.extend(_executed(run, taken))
            continue
        for holder in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            for name in ("body", "orelse", "finalbody"):
                inner = getattr(holder, name, None)
                if isinstance(inner, list) and inner:
                    setattr(holder, name, _executed(inner, taken) or [ast.copy_location(ast.Pass(), inner[0])])
        kept.append(statement)
    return kept


def _holds(test: ast.expr) -> bool | None:
    """Whether a condition about `__name__` holds in a module that is imported; None for any other condition."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as operator], comparators=[right]):
            sides = {getattr(left, "id", None) or getattr(left, "value", None)} if _simple(left) else set()
            sides |= {getattr(right, "id", None) or getattr(right, "value", None)} if _simple(right) else set()
            return isinstance(operator, ast.NotEq) if sides == {"__name__", _MAIN} else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            answer = _holds(operand)
            return None if answer is None else not answer
        case ast.BoolOp(op=operator, values=values):
            answers = [_holds(value) for value in values]
            deciding = isinstance(operator, ast.Or)
            if deciding in answers:
                return deciding
            return None if None in answers else not deciding
    return None


def _simple(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _called_by_nobody_else(body: list[ast.stmt], taken: list[ast.stmt]) -> list[ast.stmt]:
    """Definitions that nothing mentions but the removed code, or other such definitions."""
    mentions = {id(statement): frozenset(_mentions(statement)) for statement in (*body, *taken)}
    candidates = [s for s in body if isinstance(s, Definition) and not s.decorator_list and s.name not in FUNCTIONS]
    dead: list[ast.stmt] = []
    while True:
        gone = {name for statement in (*taken, *dead) for name in mentions[id(statement)]}
        alive = [statement for statement in body if statement not in dead]
        more = [
            one
            for one in candidates
            if one not in dead
            and one.name in gone
            and not any(one.name in mentions[id(other)] for other in alive if other is not one)
        ]
        if not more:
            return dead
        dead.extend(more)


def _mentions(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement uses; texts count too, for `__all__` and `globals()["show"]()`."""
    nodes: Iterable[ast.AST] = ast.walk(statement)
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
