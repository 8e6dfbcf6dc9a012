"""A folder's modules: which files a parser's imports lead to, and what each defines."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from azdacli.parser_check import main_block
from azdacli.parser_check import source as sources
from azdacli.parser_check.location import Location
from azdacli.parser_check.main_block import Removed
from azdacli.parser_check.source import Source
from azdacli.parser_check.values import UNKNOWN, Value
from azdacli.util import files

# An import within an import, so many times; and files of one folder. Python itself ends a chain of imports at about
# 150, for each takes several of its 1,000 calls within calls.
_DEEPEST = 60
_MOST = 1000


@dataclass(kw_only=True, slots=True, eq=False)
class Module:
    """One Python file, and what its top level defines.

    Attributes:
        source: Its text.
        tree: Its syntax tree, without what a pipeline never executes.
        whole: All of its syntax tree; the same one where a pipeline executes all.
        folder: The folder that its imports are looked up in.
        names: What the top level defines when all of it has run.
        open: Whether it may define names that cannot be seen (a foreign star import, `exec`, `globals()`).
        summaries: What its functions return, by definition; filled when asked for.
        locations: Where each name of the top level is bound last.
        removed: What a pipeline never executes.
    """

    source: Source
    tree: ast.Module
    whole: ast.Module
    folder: "Folder"
    names: dict[str, Value] = field(default_factory=dict)
    open: bool = False
    summaries: dict[ast.AST, object] = field(default_factory=dict)
    locations: dict[str, ast.AST] = field(default_factory=dict)
    removed: Removed = main_block.NOTHING
    _nodes: tuple[ast.AST, ...] = ()

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree, in the order of `ast.walk`, which is done once."""
        if not self._nodes:
            self._nodes = tuple(n for n in ast.walk(self.tree) if not isinstance(n, ast.expr_context | ast.operator))
        return self._nodes

    def lookup(self, name: str) -> Value | None:
        """What a name of the top level is; None when the module surely has no such name."""
        if name in self.names:
            return self.names[name]
        return UNKNOWN if self.open else None


@dataclass(kw_only=True, slots=True, eq=False)
class Folder:
    """Where a parser's siblings are.

    Attributes:
        path: The folder.
        run: Follows a module's top level, and fills in what it defines.
        loaded: Modules by name; None while one is being read, or when it cannot be read.
        left_out: Files that were not read, since imports led too deep or to too many.
        location: The parser in the image that it goes into; None where its siblings are those on this machine.
    """

    path: Path
    run: Callable[[Module], None]
    location: Location | None = None
    loaded: dict[str, Module | None] = field(default_factory=dict)
    left_out: set[Path] = field(default_factory=set)
    _depth: int = 0
    _read_so_far: int = 0

    def file(self, name: str) -> Path | None:
        """The file of a module by its dotted name; a folder without `__init__.py` counts as a module too."""
        if self.location is not None:
            bare = name.replace(".", "/")
            found = self.location.find(f"{bare}.py") or self.location.find(f"{bare}/__init__.py")
            return found or self.location.folder(bare)
        location = self.path.joinpath(*name.split("."))
        for candidate in (location.with_name(location.name + ".py"), location / "__init__.py"):
            if files.is_file(candidate):
                return candidate
        if files.is_folder(location) and location != self.path:
            return location
        compiled = sorted(location.parent.glob(f"{location.name}.*so")) if files.is_folder(location.parent) else []
        return compiled[0] if compiled and location.name.isidentifier() else None

    def is_elsewhere(self, name: str) -> bool:
        """Whether a module is in the image although nobody can read it here: in an earlier layer, or compiled."""
        bare = name.replace(".", "/")
        return self.location is not None and self.location.holds((f"{bare}.py", bare), f"{bare}.")

    def module(self, name: str) -> Module | None:
        """Read a sibling and work out what it defines; None when it is not readable Python."""
        if name not in self.loaded:
            self.loaded[name] = None
            path = self.file(name)
            if path is not None and path.suffix == ".py":
                self.loaded[name] = self._read(path)
        return self.loaded[name]

    def understand(self, source: Source, *, own: bool = True) -> Module:
        """A module of this folder, with what its top level defines.

        Args:
            source: Its text.
            own: Whether it is the parser itself, and not a sibling that others import.

        Raises:
            UnreadableError: It is not Python that can be read.
            SyntaxError: It is newer than the Python that reads it.
            RecursionError: It is nested too deeply.
        """
        whole = tree = sources.parse(source)
        removed = main_block.NOTHING
        if main_block.mentioned(source.text):
            tree = sources.parse(source)
            removed = main_block.remove(tree, own=own)
        module = Module(source=source, tree=tree, whole=whole, folder=self, removed=removed)
        self.run(module)
        return module

    def _read(self, path: Path) -> Module | None:
        if self._depth >= _DEEPEST or self._read_so_far >= _MOST:
            self.left_out.add(path)
            return None
        self._depth += 1
        self._read_so_far += 1
        try:
            source = sources.read_python(path)
            return self.understand(source, own=False)
        except (sources.UnreadableError, SyntaxError, RecursionError):
            return None
        finally:
            self._depth -= 1
