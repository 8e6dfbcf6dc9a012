"""What the contract's functions return on every path."""

import ast
import builtins
from collections.abc import Iterator, Mapping

from azdacli.parser_check import bindings
from azdacli.parser_check.contract import ADD, Function
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.rules import Rule, contract, reading
from azdacli.parser_check.summaries import summarise
from azdacli.parser_check.values import Value, count, holds
from dsconfig.parser_contract import FUNCTIONS

# A secondary parser returns its message as it is: one value, of any form.
NEEDED: Mapping[str, tuple[str, ...]] = {n: f.returns for n, f in FUNCTIONS.items() if len(f.returns) > 1}
_STRINGS = frozenset({"str"})
_FLOATS = frozenset({"float"})
_NO_ARRAYS = frozenset({"none", "bool", "int", "float", "str", "bytes", "dict", "set", "function", "complex"})
_NO_JSON = frozenset({"set", "bytes", "complex", "function", "generator", "class"})
_WORDS = {
    "none": "None",
    "bool": "a boolean",
    "int": "an integer",
    "float": "a float",
    "str": "a string",
    "dict": "a dictionary",
}


def check(function: Function) -> Iterator[Finding]:
    """Check every `return` of one of the contract's functions."""
    if function.name == ADD:
        return
    summary = summarise(function.value)
    if summary is None:
        return
    node, source = function.node, function.module.source
    if isinstance(node, ast.AsyncFunctionDef) or summary.generator:
        what = "a generator" if summary.generator else "async"
        yield source.finding(
            contract.NOT_PLAIN_FUNCTION, _head(node), f"{function.name} is {what}: it gives no values when it is called"
        )
        return
    needed = NEEDED.get(function.name)
    for returned in summary.returns:
        location = (
            returned.node.value if isinstance(returned.node, ast.Return) and returned.node.value else returned.node
        )
        if needed is None:
            yield from _message(function, location, returned.value)
        else:
            yield from _values(function, location, returned.value, needed)
    if summary.falls and needed is not None:
        cure = f"End it with a return of {len(needed)} values, as `return {', '.join(_EMPTY[len(needed)])}`."
        message = f"{function.name} can end without a return: that gives None, not {len(needed)} values"
        yield source.finding(contract.RETURN_MISSING, _head(node), message, cure=cure)


_EMPTY = {4: ("[]", "[]", "[]", "None"), 2: ("None", "None")}


def _head(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _values(function: Function, location: ast.AST, value: Value, needed: tuple[str, ...]) -> Iterator[Finding]:
    source = function.module.source
    for one in value.each:
        number = count(one)
        if number is None:
            yield source.finding(
                *(
                    reading.CANNOT_TELL,
                    location,
                    f"how many values this gives cannot be seen; {function.name} must give {len(needed)}",
                ),
                certainty=Certainty.CANNOT_TELL,
            )
        elif number != len(needed):
            cure = f"Return {len(needed)} values: {', '.join(needed)}."
            yield source.finding(
                contract.RETURN_COUNT,
                location,
                f"{function.name} must give {len(needed)} values; this gives {_given(one, number)}",
                cure=cure,
            )
        elif one.items is not None:
            yield from _parts(function, location, one.items)


def _given(value: Value, number: int) -> str:
    return str(number) if value.kind in {"tuple", "list"} else _WORDS.get(value.kind, f"a {value.kind}")


def _parts(function: Function, location: ast.AST, items: tuple[Value, ...]) -> Iterator[Finding]:
    nodes = (
        location.elts
        if isinstance(location, ast.Tuple | ast.List) and len(location.elts) == len(items)
        else [location] * len(items)
    )
    if function.name == "parse_det_model":
        for index, what in enumerate(("boxes", "class ids", "scores")):
            yield from _array(function, nodes[index], items[index], what)
        yield from _ids(function, nodes[1], items[1])
    yield from _message(function, nodes[-1], items[-1])


def _array(function: Function, node: ast.AST, value: Value, what: str) -> Iterator[Finding]:
    for one in value.each:
        if one.kind in _NO_ARRAYS:
            message = f"the {what} are {_WORDS.get(one.kind, f'a {one.kind}')} here; they must be an array or a list"
            yield function.module.source.finding(contract.RETURN_TYPE, node, message)


def _ids(function: Function, node: ast.AST, value: Value) -> Iterator[Finding]:
    source = function.module.source
    if _is_label_list(function, node):
        if not _is_template(function):
            message = "the second value is the module's 'labels', which are strings; it must be the integer class ids"
            yield source.finding(contract.IDS_ARE_STRINGS, node, message, cure=_which_ids(function))
        return
    checks: tuple[tuple[frozenset[str], Rule, str], ...] = (
        (_STRINGS, contract.IDS_ARE_STRINGS, "strings"),
        (_FLOATS, contract.IDS_ARE_FLOATS, "floats"),
    )
    for kinds, rule, word in checks:
        if any(holds(one, kinds) for one in value.each):
            yield source.finding(rule, node, f"the class ids are {word} here; they must be integers")


def _is_label_list(function: Function, node: ast.AST) -> bool:
    if not isinstance(node, ast.Name) or node.id != "labels" or isinstance(function.node, ast.Lambda):
        return False
    arguments = {
        a.arg for a in (*function.node.args.posonlyargs, *function.node.args.args, *function.node.args.kwonlyargs)
    }
    return "labels" in function.module.names and "labels" not in (
        bindings.bound_in(function.node.body) | arguments | function.value.hidden
    )


def _which_ids(function: Function) -> str:
    """Name the variable that looks like the class ids, if there is one."""
    body = function.node.body if isinstance(function.node.body, list) else []
    local = bindings.bound_in(body)
    likely = [n for n in ("class_ids", "classes", "ids", "label_ids", "class_id", "cls", "categories") if n in local]
    return f"Did you mean '{likely[0]}'?" if likely else contract.IDS_ARE_STRINGS.cure


def _is_template(function: Function) -> bool:
    """Whether nothing was filled in yet: a lone `return` of names of which some do not exist."""
    body = (
        [s for s in function.node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        if isinstance(function.node.body, list)
        else []
    )
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return False
    names = {n.id for n in ast.walk(body[0].value) if isinstance(n, ast.Name)}
    return any(function.module.lookup(n) is None and not hasattr(builtins, n) for n in names)


def _message(function: Function, node: ast.AST, value: Value) -> Iterator[Finding]:
    for one in value.each:
        word = _not_json(one)
        if word:
            yield function.module.source.finding(
                contract.MESSAGE_NOT_JSON, node, f"the message holds {word}, which JSON does not have"
            )


def _not_json(value: Value, depth: int = 0) -> str | None:
    if value.kind in _NO_JSON:
        return {"bytes": "bytes", "complex": "a complex number"}.get(value.kind, f"a {value.kind}")
    if (
        value.kind == "dict"
        and value.element is not None
        and any(k.kind in {"tuple", "bytes"} for k in value.element.each)
    ):
        return "a key that is not a string"
    if value.kind in {"dict", "list", "tuple"} and depth < 20:  # deeper than any message
        found = [_not_json(one, depth + 1) for item in value.items or () for one in item.each]
        return next(filter(None, found), None)
    return None
