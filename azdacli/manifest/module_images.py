"""Images that a solution builds itself: `${MODULES.name}` and `${MODULEDIR<path>}`, looked up in module.json."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from azdacli.errors import ManifestError
from azdacli.manifest import text
from azdacli.util import files

_PLACEHOLDER = re.compile(
    r"MODULES\.(?P<folder>[^.]+)(?:\.(?P<platform>.+))?|MODULEDIR<(?P<path>.+)>(?:\.(?P<other>.+))?"
)


def finder(
    folders: Iterable[Path], *, platform: str, expanded: Callable[[str], str], variables: Mapping[str, str]
) -> Callable[[str], str]:
    """Make the look-up of module placeholders.

    Args:
        folders: Where `modules/` may stand, the first that has the module wins.
        platform: The platform of a placeholder that names none; `debug` means its debug variant.
        expanded: Fills variables in, inside the strings of module.json.
        variables: For CONTAINER_TAG, which goes between version and platform.

    Returns:
        A function from the inside of a placeholder to an image's name; it raises ValueError where there is none.
    """
    locations = tuple(folders)

    def image(placeholder: str) -> str:
        match = _PLACEHOLDER.fullmatch(placeholder)
        if match is None:
            raise ValueError(f"${{{placeholder}}} is not a placeholder for a module's image")
        relative = Path("modules") / match["folder"] if match["folder"] else Path(match["path"])
        wanted = match["platform"] or match["other"] or platform
        wanted = f"{platform}.debug" if wanted == "debug" else wanted
        return _image(_first(locations, relative / "module.json"), wanted, expanded, variables.get("CONTAINER_TAG", ""))

    return image


def _first(locations: tuple[Path, ...], relative: Path) -> Path:
    for location in locations:
        if files.is_file(location / relative):
            return location / relative
    raise ValueError(f"there is no {relative} in {' or '.join(dict.fromkeys(map(str, locations)))}")


def _image(path: Path, platform: str, expanded: Callable[[str], str], tag: str) -> str:
    try:
        image: Any = text.loads(path.read_text(encoding="utf-8"), source=str(path))["image"]
        repository, version, platforms = image["repository"], image["tag"]["version"], image["tag"]["platforms"]
    except (ManifestError, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} has no image with repository, tag.version and tag.platforms") from error
    if not isinstance(platforms, Mapping) or platform not in platforms:
        known = ", ".join(platforms) if isinstance(platforms, Mapping) else "none"
        raise ValueError(f"{path} has no platform '{platform}'; it has: {known}")
    parts = [expanded(str(version)), *([tag] if tag else []), platform]
    return f"{expanded(str(repository)).lower()}:{'-'.join(parts)}"
