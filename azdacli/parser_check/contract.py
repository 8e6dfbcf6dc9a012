"""What a parser is, and whether it has the names that its kind requires."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from azdacli.parser_check import evaluate
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import contract, reading
from azdacli.parser_check.values import UNKNOWN, UNSET, Value, holds
from azdacli.util.suggest import near
from dsconfig.parser_contract import (
    LONGEST_LABEL,
    PARSE_FUNCTIONS,
    PRIMARY_NAMES,
    REQUIRED,
    SECONDARY_NAMES,
    label_fits,
)
from dsconfig.parser_contract import ParserKind as Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A function of the contract, found in a parser.

    Attributes:
        name: Its name in the contract.
        value: What the module's name is.
        module: The module that defines it.
        node: Its definition.
    """

    name: str
    value: Value
    module: Module
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


ADD = "add_custom_to_meta"
MARKS = frozenset({"model_type", "gie_unique_id", *PARSE_FUNCTIONS})


def kind_of(module: Module) -> Kind | None:
    """What a file is by the names that it defines; None when it has none of a parser's names."""
    names = module.names
    if any(name in names for name in PRIMARY_NAMES):
        model_type = names.get("model_type", UNKNOWN).constant
        if model_type is not UNSET and type(model_type) is int and model_type in {0, 1}:
            return Kind.CUSTOM if model_type else Kind.DETECTION
        has = [name in names for name in ("parse_det_model", "parse_custom_model")]
        return {(True, False): Kind.DETECTION, (False, True): Kind.CUSTOM}.get((has[0], has[1]), Kind.PRIMARY)
    return Kind.SECONDARY if any(name in names for name in SECONDARY_NAMES) else None


def check(module: Module) -> Iterator[Finding]:
    """Find missing names and names of the wrong type."""
    kind = kind_of(module)
    if kind is None:
        yield _no_parser(module)
        return
    kinds = [kind]
    if kind is not Kind.SECONDARY and "gie_unique_id" in module.names:
        if "parse_sgie_model" in module.names:
            kinds.append(Kind.SECONDARY)
        location = _location(module, "gie_unique_id")
        yield module.source.finding(
            contract.TWO_KINDS, location, f"this file is a {kind.value} and has a secondary parser's names too"
        )
    for one in kinds:
        for name in REQUIRED[one]:
            yield from _required(module, name, one)
    if kind is Kind.PRIMARY and not {"parse_det_model", "parse_custom_model"} & set(module.names):
        yield from _required(module, "parse_det_model", kind)
    checks = {"model_type": _model_type, "name": _name, "labels": _labels, "gie_unique_id": _gie_unique_id}
    for name, look in checks.items():
        if name in module.names:
            yield from look(module, module.names[name])


def functions(module: Module) -> Iterator[Function | Finding]:
    """Find the contract's functions, or say why one cannot be called or followed."""
    for name in (*PARSE_FUNCTIONS, ADD):
        if name in module.names:
            for value in module.names[name].each:
                yield _function(module, name, value)


def _function(module: Module, name: str, value: Value) -> Function | Finding:
    called = evaluate.attribute(value, "__call__") if value.kind == "instance" else value
    node, owner = called.node, called.owner
    if (
        called.kind == "function"
        and isinstance(owner, Module)
        and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ):
        return Function(name=name, value=called, module=owner, node=node)
    location = _location(module, name)
    plain = isinstance(value.node, ast.ClassDef) and not value.node.bases
    if called.kind in {
        "none",
        "bool",
        "int",
        "float",
        "str",
        "bytes",
        "list",
        "tuple",
        "dict",
        "set",
        "array",
        "module",
    } or (
        value.kind == "instance"
        and plain
        and called.kind == "unknown"
        and "__call__" not in ast.dump(value.node or ast.Pass())
    ):
        return module.source.finding(contract.NAME_TYPE, location, f"'{name}' is {_words(value)}, not a function")
    return module.source.finding(
        *(
            reading.CANNOT_TELL,
            location,
            f"'{name}' comes from code that cannot be followed: its parameters and values were not checked",
        ),
        certainty=Certainty.CANNOT_TELL,
    )


def _no_parser(module: Module) -> Finding:
    if module.open:
        return module.source.finding(
            *(reading.CANNOT_TELL, 1, "this file may get a parser's names from code that cannot be followed"),
            certainty=Certainty.CANNOT_TELL,
        )
    for name in module.names:
        like = near(name, MARKS, cutoff=0.8)
        if like:
            location, message = _location(module, name), f"'{name}' is not a name that a parser defines"
            return module.source.finding(contract.NO_CONTRACT, location, message, cure=f"Did you mean '{like}'?")
    return module.source.finding(
        contract.NO_CONTRACT, 1, "this file defines neither 'model_type' nor 'gie_unique_id': it is not a parser"
    )


def _required(module: Module, name: str, kind: Kind) -> Iterator[Finding]:
    value = module.names.get(name)
    if value is not None:
        if value.maybe:
            message = f"'{name}' is not defined on every path through this file"
            yield module.source.finding(contract.MAYBE_MISSING, _location(module, name), message)
        return
    if module.open:
        yield module.source.finding(
            *(reading.CANNOT_TELL, _anchor(module), f"'{name}' may come from code that cannot be followed"),
            certainty=Certainty.CANNOT_TELL,
        )
        return
    if name in module.removed.names:
        message = f"this {kind.value} has its '{name}' only below `if __name__ == \"__main__\":`, which never runs here"
        cure = f"Define '{name}' at the top level, above that block."
        yield module.source.finding(contract.REQUIRED_NAME, _anchor(module), message, cure=cure)
        return
    others = [n for n in module.names if n not in MARKS and n not in {"name", "labels"}]
    like = near(name, others, cutoff=0.8)
    location = _location(module, like) if like else _anchor(module)
    cure = f"'{like}' is similar: did you mean '{name}'?" if like else f"Define '{name}' at the top level of the file."
    yield module.source.finding(contract.REQUIRED_NAME, location, f"this {kind.value} has no '{name}'", cure=cure)


def _anchor(module: Module) -> ast.AST | int:
    for name in ("model_type", "gie_unique_id", *PARSE_FUNCTIONS):
        if name in module.locations:
            return _location(module, name)
    return 1


def _location(module: Module, name: str) -> ast.AST | int:
    """Where a name is bound; of a definition its first line."""
    node = module.locations.get(name)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.lineno
    return 1 if node is None else node


def _wrong(module: Module, name: str, value: Value, needed: str, cure: str) -> Finding:
    message = f"'{name}' is {_words(value)}; it must be {needed}"
    return module.source.finding(contract.NAME_TYPE, _location(module, name), message, cure=cure)


def _model_type(module: Module, value: Value) -> Iterator[Finding]:
    bad = [
        v
        for v in value.each
        if v.kind not in {"unknown", "external", "int"} or (v.kind == "int" and v.constant not in {0, 1, UNSET})
    ]
    if bad:
        yield _wrong(
            module, "model_type", bad[0], "0 (detection) or 1 (custom)", "Write `model_type = 0` or `model_type = 1`."
        )


def _name(module: Module, value: Value) -> Iterator[Finding]:
    bad = [v for v in value.each if v.kind not in {"unknown", "external", "str"}]
    if bad:
        yield _wrong(module, "name", bad[0], "a string", 'Write `name = "MyParser"`.')


def _gie_unique_id(module: Module, value: Value) -> Iterator[Finding]:
    for one in value.each:
        number = one.constant if one.kind == "int" and one.constant is not UNSET else 1
        if one.kind not in {"unknown", "external", "int"} or number < 1:
            yield _wrong(
                module, "gie_unique_id", one, "an integer above 0", "Write the configuration's `gie-unique-id`."
            )


def _labels(module: Module, value: Value) -> Iterator[Finding]:
    for one in value.each:
        if one.kind not in {"unknown", "external", "list", "tuple", "array"}:
            yield _wrong(module, "labels", one, "a list of strings", 'Write `labels = ["car", "person"]`.')
        elif holds(one, frozenset({"str"})) is False or any(
            i.kind not in {"str", "unknown", "external", "union"} for i in one.items or ()
        ):
            yield _wrong(module, "labels", one, "a list of strings", "Make each label a string.")
        for index, item in enumerate(one.items or ()):
            if isinstance(item.constant, str) and not label_fits(item.constant):
                yield _too_long(module, index, item.constant)


def _too_long(module: Module, index: int, label: str) -> Finding:
    size = len(label.encode(errors="replace"))
    location = next(
        (n for n in module.nodes if isinstance(n, ast.Constant) and n.value == label), _location(module, "labels")
    )
    message = (
        f"label {index} ({label[:20]}…) takes {size} bytes in UTF-8; there is room for {LONGEST_LABEL}, without NUL"
    )
    return module.source.finding(contract.LABEL_TOO_LONG, location, message)


def _words(value: Value) -> str:
    if value.constant is not UNSET and value.kind in {"int", "float", "str", "bool", "none"}:
        return f"{value.constant!r}"[:40]
    named = {"int": "an integer", "array": "an array", "instance": "an object that cannot be called"}
    if value.kind in {"list", "tuple"} and value.items:
        return f"a {value.kind} of {value.items[0].kind}"
    return named.get(value.kind, f"a {value.kind}")
