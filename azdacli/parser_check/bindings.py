"""Which names statements bind, change or import."""

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from azdacli.parser_check.values import UNKNOWN, Value

if TYPE_CHECKING:  # a scope holds a module, and modules are read with what is here
    from azdacli.parser_check.evaluate import Scope

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_CHANGES = frozenset(
    {"append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "add", "setdefault"}
)


def own_nodes(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk statements without entering the functions and classes that they define."""
    todo = list(statements)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, _SCOPES):
            todo.extend(_children(node))


def _children(node: ast.AST) -> list[ast.AST]:
    """The parts of a node that may bind a name; what is only looked up, or a constant, has none."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found.extend(v for v in value if isinstance(v, ast.AST))
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context | ast.Constant | ast.operator):
            found.append(value)
    return found


def targets(node: ast.AST) -> set[str]:
    """The names that an assignment to a target binds."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def bound_in(statements: Iterable[ast.AST]) -> set[str]:
    """The names that statements bind in their own scope."""
    names: set[str] = set()
    for node in own_nodes(statements):
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                names.add(node.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names.update((a.asname or a.name.split(".")[0]) for a in node.names if a.name != "*")
            case ast.ExceptHandler() if node.name:
                names.add(node.name)
            case ast.MatchAs() | ast.MatchStar() if node.name:
                names.add(node.name)
            case ast.MatchMapping() if node.rest:
                names.add(node.rest)
    return names


def pattern(node: ast.pattern) -> set[str]:
    """The names that a pattern of a `match` binds."""
    return bound_in([node])


def declared_global(statements: Iterable[ast.AST]) -> set[str]:
    """The names that a function takes from the module by `global` (or from around it by `nonlocal`)."""
    return {n for node in own_nodes(statements) if isinstance(node, ast.Global) for n in node.names}


def yields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function.body))


def mutated_in(statements: Iterable[ast.AST]) -> set[str]:
    """The names whose lists or dictionaries are changed in place other than by `append`."""
    return {name for node in own_nodes(statements) for name, how in _mutations(node) if how != "append"}


def changed_by_functions(nodes: Iterable[ast.AST]) -> set[str]:
    """The names of the module that its functions rebind (`global`) or change in place."""
    names: set[str] = set()
    for function in nodes:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = function.body if isinstance(function.body, list) else [function.body]
            own = list(own_nodes(body))
            changed = {name for node in own for name, _ in _mutations(node)}
            rebound = {n for node in own if isinstance(node, ast.Global) for n in node.names}
            if changed or rebound:
                bound = bound_in(body)
                names |= (rebound & bound) | (changed - (bound - rebound))
    return names


def _mutations(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in _CHANGES:
            yield name, method
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            yield name, "item"
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name, "assignment"


def imported(node: ast.Import | ast.ImportFrom, scope: "Scope") -> None:
    """Bind what an import statement binds: siblings are read, everything else is foreign."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.split(".")[0]
            scope.names[alias.asname or name] = _module(name, scope)
    elif node.level or not node.module:
        scope.module.open |= any(alias.name == "*" for alias in node.names)
        scope.names.update({alias.asname or alias.name: UNKNOWN for alias in node.names if alias.name != "*"})
    else:
        for alias in node.names:
            _from(node.module, alias, scope)


def _module(name: str, scope: "Scope") -> Value:
    folder = scope.module.folder
    if folder.file(name) is None:
        return Value(kind="external", path=name)
    found = folder.module(name)
    return UNKNOWN if found is None else Value(kind="module", owner=found)


def _from(module: str, alias: ast.alias, scope: "Scope") -> None:
    folder = scope.module.folder
    sibling = folder.module(module) if folder.file(module) is not None else None
    if alias.name == "*":
        if sibling is None or sibling.open:
            scope.module.open = True
        if sibling is not None:
            scope.names.update(public(sibling.names))
    elif sibling is not None:
        inner = folder.module(f"{module}.{alias.name}") if sibling.lookup(alias.name) is None else None
        found = Value(kind="module", owner=inner) if inner is not None else sibling.lookup(alias.name)
        scope.names[alias.asname or alias.name] = found or UNKNOWN
    elif folder.file(module) is not None:
        scope.names[alias.asname or alias.name] = UNKNOWN
    else:
        scope.names[alias.asname or alias.name] = Value(kind="external", path=f"{module}.{alias.name}")


def public(names: dict[str, Value]) -> dict[str, Value]:
    """What a star import takes: what `__all__` lists, or all names without a leading underscore."""
    listed = names.get("__all__")
    if listed is None:
        return {name: value for name, value in names.items() if not name.startswith("_")}
    if listed.items is None:
        return dict(names)
    chosen = {item.constant for item in listed.items if isinstance(item.constant, str)}
    return {name: value for name, value in names.items() if name in chosen}
