"""What travels with azdacli: beside the package in a checkout, in `_bundled` inside an installed wheel.

One package of it, `dsconfig`, serves azdacli as well as images. It is found where it lies and registered under its own
name, so that nothing else of docker-build (`simulator`, `azda_runtime`, `build`) gets onto anybody's module path, and
a `dsconfig` that somebody else has installed is neither taken for ours nor hidden from other programs.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_PACKAGE = Path(__file__).parent
_BUNDLED = _PACKAGE / "_bundled"
ROOT = _BUNDLED if _BUNDLED.is_dir() else _PACKAGE.parent
_NAME = "dsconfig"


def provide_dsconfig() -> None:
    """Make `import dsconfig` mean ours in this process; a module of that name that is ours already stays.

    Raises:
        ImportError: Another package of that name was imported before azdacli, or ours is not there.
    """
    file = ROOT / "docker-build" / _NAME / "__init__.py"
    present = sys.modules.get(_NAME)
    if present is not None:
        if Path(present.__file__ or "").resolve() != file.resolve():
            raise ImportError(f"azdacli needs its own '{_NAME}'; '{present.__file__}' was imported before it")
        return
    spec = spec_from_file_location(_NAME, file, submodule_search_locations=[str(file.parent)])
    if spec is None or spec.loader is None or not file.is_file():
        raise ImportError(f"azdacli is not whole: '{file}' is missing; install it again")
    module = module_from_spec(spec)
    sys.modules[_NAME] = module
    spec.loader.exec_module(module)
