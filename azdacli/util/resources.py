"""Where our own files are: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_BUNDLED = _PACKAGE / "_bundled"
_ROOT = _BUNDLED if _BUNDLED.is_dir() else _PACKAGE.parent

DATA = _PACKAGE / "data"
TEMPLATES = _ROOT / "templates"
DOCKER_BUILD = _ROOT / "docker-build"
