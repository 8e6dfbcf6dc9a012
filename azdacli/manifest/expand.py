"""Variables and placeholders of a template, filled in as data.

`$NAME` and `${NAME}` are replaced inside strings, after the template was read as JSON: a value with quotes,
backslashes or line ends stays that value. What is filled in is not looked at again. `$edgeAgent`, `$edgeHub`,
`$upstream` and `$schema…` keep their meaning, and so do `$body` and its like in a route's condition.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azdacli.errors import ManifestError
from azdacli.manifest import text
from azdacli.manifest.checks import create_options
from azdacli.manifest.problems import Path, Problem, json_path
from azdacli.manifest.rules import found
from azdacli.manifest.view import HUB_PATH

RESERVED = frozenset({"edgeAgent", "edgeHub", "upstream", "schema"})
_REFERENCE = re.compile(r"\$(?:(?P<bare>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<braced>[^{}]*)\})")
_LARGEST = 16 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ROUTES: Path = (*HUB_PATH, "routes")

# Turns the inside of ${MODULES.x} or ${MODULEDIR<x>} into an image's name; ValueError says why it cannot.
ModuleImages = Callable[[str], str]


@dataclass(kw_only=True)
class Expander:
    """Fills a document's variables in and remembers what could not be filled.

    Attributes:
        values: Variables by name.
        modules: Finds the image of a module placeholder.
        literal: Names that are left as they stand.
        problems: What could not be filled in.
        used: Names that were filled in.
    """

    values: Mapping[str, str]
    modules: ModuleImages
    literal: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    _filled: int = 0
    _unresolved: dict[str, list[Path]] = field(default_factory=dict)
    _unfound: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def unresolved(self) -> set[Path]:
        """The places where a variable or the image of a module could not be filled in."""
        return {
            location for locations in (*self._unresolved.values(), *self._unfound.values()) for location in locations
        }

    def document(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """Fill a whole template in; afterwards `problems` holds one finding per cause, with all its places."""
        filled = self._mapping(template, ())
        for name, locations in self._unresolved.items():
            message = f"the variable {name} is set neither in the environment nor in the .env file{_where(locations)}"
            self.problems.append(found("unresolved-variable", locations[0], message, f"Add {name}=… to the .env file."))
        for reason, locations in self._unfound.items():
            self.problems.append(found("module-image", locations[0], f"{reason}{_where(locations)}"))
        return filled

    def string(self, value: str, path: Path) -> str:
        """Fill one string in."""
        return _REFERENCE.sub(lambda match: self._value(match, path), value)

    def _node(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            return self.string(value, path)
        if isinstance(value, Mapping):
            return self._settings(value, path) if path[-1:] == ("settings",) else self._mapping(value, path)
        if isinstance(value, list):
            return [self._node(item, (*path, index)) for index, item in enumerate(value)]
        return value

    def _mapping(self, value: Mapping[str, Any], path: Path) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for key, item in value.items():
            name = self.string(key, path)
            if name in filled:
                self.problems.append(found("shape", (*path, name), "stands twice once variables are filled in"))
            filled[name] = self._node(item, (*path, name))
        return filled

    def _settings(self, settings: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """A createOptions text is filled in as the JSON that it holds, so that a value cannot break out of it."""
        pieces = create_options.pieces(settings)
        options = _decoded(pieces)
        if options is None:
            return self._mapping(settings, path)
        rest = {key: item for key, item in settings.items() if key not in pieces}
        return {**self._mapping(rest, path), create_options.KEY: self._node(options, (*path, create_options.KEY))}

    def _value(self, match: re.Match[str], path: Path) -> str:
        name = match["bare"] or match["braced"] or ""
        if name in self.literal or name in RESERVED:
            return match.group()
        if name.startswith(("MODULES.", "MODULEDIR<")):
            return self._module(name, match.group(), path)
        if not _NAME.fullmatch(name):
            message = f"{match.group()} is not a variable and is left unchanged"
            self.problems.append(found("unknown-variable-form", path, message, "Write ${NAME}."))
            return match.group()
        if name in self.values:
            self.used.add(name)
            value = self.values[name]
            self._filled += len(value)
            if self._filled > _LARGEST:
                raise ManifestError(
                    f"the variables fill the template to more than {_LARGEST >> 20} MiB, which no manifest is",
                    hint=f"Look at what {name} holds, and how often it stands there.",
                )
            return value
        if match["bare"] and path[: len(_ROUTES)] == _ROUTES:
            return match.group()
        locations = self._unresolved.setdefault(name, [])
        if path not in locations:
            locations.append(path)
        return match.group()

    def _module(self, name: str, written: str, path: Path) -> str:
        try:
            return self.modules(name)
        except ValueError as error:
            locations = self._unfound.setdefault(str(error), [])
            if path not in locations:
                locations.append(path)
            return written


def _where(locations: Sequence[Path]) -> str:
    return "" if len(locations) == 1 else f"; it stands in {', '.join(json_path(location) for location in locations)}"


def _decoded(pieces: Mapping[str, Any]) -> dict[str, Any] | None:
    """The object that pieces of text hold together; None where they hold none, or are an object already."""
    if not pieces or not all(isinstance(piece, str) for piece in pieces.values()):
        return None
    try:
        value = text.parse("".join(pieces.values()))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
