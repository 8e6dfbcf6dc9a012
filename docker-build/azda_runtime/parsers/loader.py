"""Loading a user's Python file with its siblings, each parser in a world of its own.

Two parsers may each bring a `utils.py`, a file may be called `yolo.v4.py`, and a sibling called `json.py` is the
parser's alone. So a parser's modules live under a package made for this one loading, and an `import` statement in
them looks for siblings first, as Python does for a script. All other code keeps importing as ever.
"""

import builtins
import hashlib
import itertools
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from azda_runtime.files import UNUSABLE
from azda_runtime.parsers.failures import Breach, FailureKind, ParserFailure, raised

_PREFIX = "azda_parser_"
_numbers = itertools.count(1)


class World:
    """The modules of one loading of one parser.

    Attributes:
        package: The name of the package that holds them in sys.modules.
        folder: Where the parser and its siblings lie.
    """

    def __init__(self, folder: Path) -> None:
        self.package = f"{_PREFIX}{next(_numbers)}"
        self.folder = folder
        self.builtins: dict[str, Any] = {**vars(builtins), "__import__": self._import}
        self._known: dict[str, bool] = {}
        root = ModuleType(self.package)
        root.__path__ = [str(folder)]
        sys.modules[self.package] = root
        sys.path_importer_cache.pop(str(folder), None)  # it may hold the folder's listing before an update

    def forget(self) -> None:
        """Take the world's modules out of sys.modules; functions that are still held keep working."""
        for name in [n for n in sys.modules if n == self.package or n.startswith(f"{self.package}.")]:
            del sys.modules[name]
        _FINDER.worlds.pop(self.package, None)

    def _import(
        self,
        name: str,
        globals_: Mapping[str, object] | None = None,
        locals_: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        top = name.partition(".")[0]
        if level or not self._is_sibling(top):
            return builtins.__import__(name, globals_, locals_, fromlist or (), level)
        module = builtins.__import__(f"{self.package}.{name}", globals_, locals_, fromlist or (), 0)
        return module if fromlist else sys.modules[f"{self.package}.{top}"]

    def _is_sibling(self, top: str) -> bool:
        if top not in self._known:
            self._known[top] = self._look_for(top)
        return self._known[top]

    def _look_for(self, top: str) -> bool:
        if f"{self.package}.{top}" in sys.modules:
            return True
        if top in sys.builtin_module_names:
            return False
        spec = PathFinder.find_spec(f"{self.package}.{top}", [str(self.folder)])
        if spec is None:
            return False
        is_plain_folder = spec.origin is None
        return not is_plain_folder or not _is_importable(top)


class SiblingFinder(MetaPathFinder):
    """Finds the modules of all worlds, and only those."""

    def __init__(self) -> None:
        self.worlds: dict[str, World] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find a module below a world's package, to be loaded from its source."""
        world = self.worlds.get(fullname.partition(".")[0])
        if world is None:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = WorldLoader(fullname, spec.loader.path, world)
        return spec


class WorldLoader(SourceFileLoader):
    """Loads a module from its source, never from bytecode: a file may change twice within its time stamp's second."""

    def __init__(self, fullname: str, path: str, world: World) -> None:
        super().__init__(fullname, path)
        self._world = world

    def get_code(self, fullname: str) -> Any:
        """Compile the source as it is now."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module with an import statement that sees its siblings."""
        vars(module)["__builtins__"] = self._world.builtins
        super().exec_module(module)


_FINDER = SiblingFinder()


def load(path: Path) -> ModuleType:
    """Load a parser from its file.

    Args:
        path: The Python file; its siblings are importable by their bare names from it.

    Returns:
        The module, under a name of its own; loading a file again makes a new one.

    Raises:
        ParserFailure: The file cannot be read, or its code raised something while it was loaded.
    """
    _check_is_file(path)
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    world = World(path.parent.resolve())
    _FINDER.worlds[world.package] = world
    try:
        return _execute(path, world)
    except (Exception, SystemExit) as error:
        world.forget()
        raise raised(str(path), FailureKind.LOADING, "Loading the file", error) from error


def _execute(path: Path, world: World) -> ModuleType:
    name = f"{world.package}.{_module_name(path)}"
    file = str(world.folder / path.name)
    spec = spec_from_file_location(name, file, loader=WorldLoader(name, file, world))
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _module_name(path: Path) -> str:
    stem = path.name.removesuffix(".py")
    return stem if stem.isidentifier() else f"parser_{hashlib.sha256(stem.encode()).hexdigest()[:12]}"


def _check_is_file(path: Path) -> None:
    try:
        with path.open("rb"):
            return
    except (OSError, ValueError) as error:  # a null byte is a ValueError
        reported = getattr(error, "strerror", None) or UNUSABLE
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {reported}"
        breach = Breach(message=f"The parser file {reason}.", hint="Check the path, as the image has it.")
        raise ParserFailure(str(path), FailureKind.LOADING, [breach]) from None


def _is_importable(top: str) -> bool:
    try:
        return find_spec(top) is not None
    except (ImportError, ValueError):
        return top in sys.modules
