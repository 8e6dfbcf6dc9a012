"""Reading one parser: all that can be said without its configuration and model."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from azdacli.parser_check import bindings_use, contract, imports, lint, opened_files, parameters, returns, syntax
from azdacli.parser_check import source as sources
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.module import Folder, Module
from azdacli.parser_check.parameters import LayerRequest
from azdacli.parser_check.rules import reading
from azdacli.parser_check.source import Source
from azdacli.parser_check.summaries import run_module
from dsconfig.parser_contract import ParserKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Parser:
    """What was read from a parser.

    Attributes:
        path: The file.
        findings: What is wrong with it and with its siblings.
        files: The file and its siblings.
        sources: The texts of those that are text.
        module: What it defines; None when it could not be read.
        kind: What it is; None when it is not a parser.
        requests: The layers that it asks for.
    """

    path: Path
    findings: tuple[Finding, ...]
    files: tuple[Path, ...]
    sources: tuple[Source, ...] = ()
    module: Module | None = None
    kind: ParserKind | None = None
    requests: tuple[LayerRequest, ...] = ()

    @property
    def labels(self) -> int | None:
        """How many labels it has; None when that is unknown."""
        value = self.module.names.get("labels") if self.module else None
        return None if value is None or value.items is None else len(value.items)

    def line_of(self, name: str) -> int:
        """The line that sets a name of the module; 0 when none does."""
        location = self.module.locations.get(name) if self.module else None
        return int(getattr(location, "lineno", 0))


def read(path: Path, ground: Ground, folder: Folder | None = None) -> Parser:
    """Read a parser and its siblings, and check them against the contract. Nothing of them is run."""
    folder = folder or Folder(path=path.parent, run=run_module)
    try:
        source = sources.read_python(path)
    except sources.UnreadableError as error:
        return Parser(path=path, findings=(error.finding,), files=(path,))
    found: list[Finding] = []
    try:
        module = folder.understand(source)
    except SyntaxError as error:
        found.append(syntax.too_new_for_us(source, error, ground))
    except sources.UnreadableError as error:
        found.append(error.finding)
    except RecursionError:
        found.append(_too_deep(source))
    else:
        return _checked(module, ground)
    return Parser(path=path, findings=tuple(found), files=(path,), sources=(source,))


def _checked(module: Module, ground: Ground) -> Parser:
    found = [
        *_guarded(module, functools.partial(_file, module, ground)),
        *_guarded(module, functools.partial(_contract, module)),
    ]
    requests: list[LayerRequest] = []
    _guarded(module, functools.partial(_collect, module, requests))
    texts = [module.source]
    files = [module.source.path]
    for sibling in _all_siblings(module):
        texts.append(sibling.source)
        files.append(sibling.source.path)
        found.extend(_guarded(sibling, functools.partial(_file, sibling, ground)))
    for broken in _broken_siblings(module):
        files.append(broken)
        found.append(_of_broken(broken, ground))
    found.extend(_left_out(module))
    return Parser(
        path=module.source.path,
        findings=tuple(found),
        files=tuple(files),
        sources=tuple(texts),
        module=module,
        kind=contract.kind_of(module),
        requests=tuple(requests),
    )


def _of_broken(path: Path, ground: Ground) -> Finding:
    """What is wrong with a sibling that could not be read as Python."""
    return fault(path, ground) or _too_deep(sources.read_python(path))


def fault(path: Path, ground: Ground) -> Finding | None:
    """Why Python would not read a file; None where it would."""
    try:
        source = sources.read_python(path)
        sources.parse(source)
    except sources.UnreadableError as error:
        return error.finding
    except SyntaxError as error:
        return syntax.too_new_for_us(source, error, ground)
    return None


def _left_out(module: Module) -> Iterator[Finding]:
    """Say that there are files that nobody read."""
    files = sorted(module.folder.left_out)
    if files:
        message = f"the imports lead deeper or to more files than are followed: {len(files)} were not read, "
        yield module.source.finding(
            reading.CANNOT_TELL, 1, f"{message}{files[0].name} first", certainty=Certainty.CANNOT_TELL
        )


def _file(module: Module, ground: Ground) -> Iterator[Finding]:
    yield from syntax.check(module, ground)
    yield from lint.check(module)
    yield from imports.check(module, ground)
    yield from imports.shadowing(module, ground)
    yield from bindings_use.check(module)
    yield from opened_files.check(module)


def _contract(module: Module) -> Iterator[Finding]:
    yield from contract.check(module)
    for function in contract.functions(module):
        if isinstance(function, Finding):
            yield function
        else:
            yield from parameters.check(function)
            yield from returns.check(function)


def _collect(module: Module, requests: list[LayerRequest]) -> Iterator[Finding]:
    for function in contract.functions(module):
        if not isinstance(function, Finding):
            requests.extend(parameters.requests(function))
    yield from ()


def _all_siblings(module: Module) -> list[Module]:
    found: dict[Path, Module] = {}
    todo = [module]
    while todo:
        for sibling in imports.siblings(todo.pop()):
            if sibling.source.path not in found and sibling.source.path != module.source.path:
                found[sibling.source.path] = sibling
                todo.append(sibling)
    return [found[path] for path in sorted(found)]


def _broken_siblings(module: Module) -> list[Path]:
    """Siblings that were looked for and are not readable Python."""
    names = [name for name, loaded in module.folder.loaded.items() if loaded is None]
    paths = {path for name in names if (path := module.folder.file(name)) is not None and path.suffix == ".py"}
    return sorted(paths - {module.source.path} - module.folder.left_out)


def _guarded(module: Module, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Run checks that recurse into the file's tree; a tree that is too deep gets a note."""
    found: list[Finding] = []
    try:
        for finding in check():
            found.append(finding)  # noqa: PERF402 # what was found before a RecursionError is kept
    except RecursionError:
        found.append(_too_deep(module.source))
    return found


def _too_deep(source: Source) -> Finding:
    message = f"{source.path.name} is nested so deeply that not all of it was checked"
    return source.finding(reading.CANNOT_TELL, 1, message, certainty=Certainty.CANNOT_TELL)
