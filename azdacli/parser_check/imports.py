"""What a file imports: from the image, from beside it, or from nowhere."""

import ast
from collections.abc import Iterator

from azdacli.parser_check import bindings, numpy_versions
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.ground import DISTRIBUTIONS, IMAGE_PACKAGES, Ground
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import contract
from azdacli.parser_check.values import Value
from azdacli.util.suggest import listed, near
from dsconfig.parser_contract import HELPERS, HELPERS_MODULE

_ALIASES = frozenset({"int", "float", "bool", "object", "str", "complex", "long", "unicode"})


def check(module: Module, ground: Ground) -> Iterator[Finding]:
    """Look at every import, and at every name that is taken from numpy and from siblings."""
    optional = _optional(module)
    hidden = _bound_in_functions(module)
    yield from numpy_versions.check(module, ground, hidden=hidden, optional=optional)
    for node in module.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in optional:
            yield from _import(node, module, ground)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id not in hidden:
            value = module.names.get(node.value.id)
            if value is not None:
                yield from _attribute(node, value, module)


def siblings(module: Module) -> Iterator[Module]:
    """The modules of the folder that a file imports, wherever the import stands."""
    for node in module.nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")]
        for name in names:
            found = module.folder.module(name) if module.folder.file(name) else None
            if found is not None and found is not module:
                yield found


def shadowing(module: Module, ground: Ground) -> Iterator[Finding]:
    """A file that is called like a standard module is taken for it, or the other way round."""
    name = module.source.path.stem
    if ground.is_standard(name) or name in IMAGE_PACKAGES:
        message = f"'{module.source.path.name}' is called like the module '{name}' that Python or the image has already"
        yield module.source.finding(contract.SHADOWS_STANDARD, 1, message)


def _import(node: ast.Import | ast.ImportFrom, module: Module, ground: Ground) -> Iterator[Finding]:
    if isinstance(node, ast.ImportFrom) and (node.level or not node.module):
        if module.source.path.parent != module.folder.path:
            return  # a file of a package below the folder, where relative imports are right
        taken = ", ".join(alias.name for alias in node.names)
        cure = f"Write `from {node.module} import {taken}`." if node.module else f"Write `import {taken}`."
        yield module.source.finding(
            contract.RELATIVE_IMPORT, node, "a parser is not a package; its siblings have bare names", cure=cure
        )
        return
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    for name in names:
        top = name.split(".")[0]
        if module.folder.file(top) is not None:
            yield from _taken(node, name, module)
        elif not ground.has_module(top) and not module.folder.is_elsewhere(top):
            yield _missing(node, top, module, ground)
        elif name == HELPERS_MODULE and isinstance(node, ast.ImportFrom):
            yield from _helpers(node, module)


def _helpers(node: ast.ImportFrom, module: Module) -> Iterator[Finding]:
    """What is taken from the runtime's own helpers must be there."""
    for name in (alias.name for alias in node.names if alias.name not in (*HELPERS, "*")):
        like = near(name, HELPERS, cutoff=0.6)
        cure = f"Did you mean '{like}'?" if like else f"It has {listed(HELPERS)}."
        yield module.source.finding(contract.SIBLING_NAME, node, f"{HELPERS_MODULE} has no '{name}'", cure=cure)


def _missing(node: ast.stmt, top: str, module: Module, ground: Ground) -> Finding:
    where = f"the image of DeepStream {ground.release}"
    if ground.is_standard(top):
        message = f"{ground.python_name}, which {where} has, has no module '{top}'"
        return module.source.finding(contract.MODULE_GONE, node, message)
    if top in DISTRIBUTIONS:
        package = DISTRIBUTIONS[top][0]
        cure = f'Add `--run "pip install {package}"` to `azdacli create` (and to this command).'
        return module.source.finding(contract.MISSING_PACKAGE, node, f"{where} has no module '{top}'", cure=cure)
    beside = [p.stem for p in module.folder.path.glob("*.py")]
    like = near(top, beside)
    cure = (
        f"Did you mean '{like}'?"
        if like
        else f'Put {top}.py beside the parser, or add `--run "pip install ..."` with the package that brings it.'
    )
    message = f"there is no {top}.py beside this file, and {where} has no module '{top}'"
    # A parser that lies in a folder of its own has been taken out of its surroundings to be looked at.
    at_home = module.folder.location is not None or any(
        path != module.source.path for path in module.folder.path.iterdir()
    )
    certainty = Certainty.SURE if at_home and node in _at_import(module) else Certainty.CANNOT_TELL
    return module.source.finding(contract.UNKNOWN_MODULE, node, message, cure=cure, certainty=certainty)


def _at_import(module: Module) -> set[ast.AST]:
    """The statements that run when the file is imported: all but those within functions."""
    found: set[ast.AST] = set()
    left: list[ast.AST] = [module.tree]
    while left:
        node = left.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            found.add(node)
            left.extend(ast.iter_child_nodes(node))
    return found


def _taken(node: ast.Import | ast.ImportFrom, name: str, module: Module) -> Iterator[Finding]:
    """`from sibling import name`: the sibling must have it."""
    sibling = module.folder.module(name)
    if sibling is None or isinstance(node, ast.Import):
        return
    for alias in node.names:
        if (
            alias.name != "*"
            and sibling.lookup(alias.name) is None
            and module.folder.file(f"{name}.{alias.name}") is None
        ):
            yield _lacking(node, alias.name, sibling, module)


def _lacking(node: ast.AST, name: str, sibling: Module, module: Module) -> Finding:
    like = near(name, sibling.names, cutoff=0.6)
    file = sibling.source.path.name
    cure = f"Did you mean '{like}'?" if like else f"Define '{name}' in {file}."
    return module.source.finding(contract.SIBLING_NAME, node, f"{file} does not define '{name}'", cure=cure)


def _attribute(node: ast.Attribute, value: Value, module: Module) -> Iterator[Finding]:
    if value.path == "numpy" and node.attr in _ALIASES:
        sized = {"long": "int", "unicode": "str"}.get(node.attr, node.attr)
        yield module.source.finding(
            contract.NUMPY_ALIAS, node, f"numpy has no '{node.attr}' any more", cure=f"Write `{sized}`."
        )
    owner = value.owner
    if value.kind == "module" and isinstance(owner, Module) and not value.maybe and owner.lookup(node.attr) is None:
        package = owner.source.path.name == "__init__.py"
        if not package and not node.attr.startswith("__") and isinstance(node.ctx, ast.Load):
            yield _lacking(node, node.attr, owner, module)


def _optional(module: Module) -> set[ast.AST]:
    """Imports that may fail: under `try` with a handler for it, or only for type checkers."""
    found: set[ast.AST] = set()
    for node in module.nodes:
        if (isinstance(node, ast.Try) and any(_catches_imports(h) for h in node.handlers)) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        ):
            found.update(n for s in node.body for n in ast.walk(s))
    return found


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    caught = ast.dump(handler.type) if handler.type is not None else "ImportError"
    raises = any(isinstance(n, ast.Raise) for s in handler.body for n in ast.walk(s))
    return not raises and any(
        f"'{n}'" in caught or n == caught for n in ("ImportError", "ModuleNotFoundError", "Exception")
    )


def _bound_in_functions(module: Module) -> set[str]:
    names: set[str] = set()
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            arguments = [
                *node.args.posonlyargs,
                *node.args.args,
                *node.args.kwonlyargs,
                node.args.vararg,
                node.args.kwarg,
            ]
            names |= {a.arg for a in arguments if a is not None}
            if not isinstance(node, ast.Lambda):
                names |= bindings.bound_in(node.body)
        elif isinstance(node, ast.comprehension):
            names |= bindings.targets(node.target)
    return names
