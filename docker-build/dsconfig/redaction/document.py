"""Secrets in a whole document: fields by their names, texts by what stands in them, JSON inside texts too."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsconfig.redaction import commands
from dsconfig.redaction.environment import is_environment, is_login, level_in
from dsconfig.redaction.forms import known_spans
from dsconfig.redaction.names import Level, level_of
from dsconfig.redaction.span import HIDDEN, Span, masked, merged
from dsconfig.redaction.text import spans

Path = tuple[str | int, ...]

# Deeper than any document of ours; what is deeper is hidden whole, for nobody reads it and everybody's stack ends.
_DEEPEST = 100
_OPTION = re.compile(r"--?([A-Za-z][\w-]*)")
_LINE = re.compile(r"(?P<name>-{0,2}[A-Za-z_][\w.-]*)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """A secret and where it stands.

    Attributes:
        path: Keys and list positions from the top of the document.
        value: The secret itself.
        sure: Whether it certainly is one; the rest is hidden to be on the safe side and worth no warning.
    """

    path: Path
    value: str = field(repr=False)
    sure: bool


def redacted(value: Any, known: Iterable[str] = ()) -> Any:
    """The value with every secret replaced by asterisks.

    Args:
        value: A text, or a document of mappings, lists and plain values.
        known: Secrets of this run, hidden wherever they stand, in every spelling.
    """
    return _Walk(known).value(value, (), Level.NONE)


def secrets_in(value: Any, path: Path = ()) -> Iterator[Secret]:
    """Every secret that `redacted` would hide.

    Args:
        value: A text or a document.
        path: Where it stands itself.
    """
    walk = _Walk(())
    walk.value(value, path, Level.NONE)
    yield from walk.found


class _Walk:
    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(filter(None, known))
        self.found: list[Secret] = []

    def value(self, value: Any, path: Path, level: Level, depth: int = 0) -> Any:
        """Redact one value, which stands in a field of that level."""
        if value is None or isinstance(value, bool):
            return value
        if depth > _DEEPEST:
            return HIDDEN
        if isinstance(value, Mapping):
            return self._mapping(value, path, level, depth)
        if isinstance(value, list | tuple):
            return list(self._items(value, path, level, depth))
        if isinstance(value, int | float) and not level and str(value) not in self._known:
            return value
        return self._text(str(value), path, level, depth)

    def _mapping(self, value: Mapping[Any, Any], path: Path, level: Level, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        named = _named(value)
        count: Counter[str] = Counter()
        for key, item in value.items():
            name = str(key)
            step = shown = self.text(name)
            while step in result:
                # Counted on from the last one of that text: thousands of keys may look the same.
                count[shown] += 1
                step = f"{shown}'{count[shown]}"
            # A field of a secret is one too: {"PASSWORD": {"value": …}} is how a deployment writes a variable.
            own = named if name.lower() == "value" else level_in(name, item)
            result[step] = self.value(item, (*path, name), max(level, own), depth + 1)
        return result

    def _items(self, items: Iterable[Any], path: Path, level: Level, depth: int) -> Iterator[Any]:
        option = Level.NONE
        items = list(items)
        spots = commands.items(items)
        for index, item in enumerate(items):
            line = _LINE.fullmatch(item) if isinstance(item, str) else None
            if line and not level and (own := _level_of_line(line["name"], line["value"], path)):
                # A line of a container's environment, or an option: all of it is the value, blanks included.
                yield f"{line['name']}={self._whole(line['value'], (*path, index), own)}"
            elif index in spots and isinstance(item, str) and not level:
                spot = spots[index]
                self.found.append(Secret(path=(*path, index), value=item[spot.start : spot.end], sure=True))
                yield self.text(masked(item, (spot,)))
            else:
                yield self.value(item, (*path, index), max(level, option), depth + 1)
            flag = _OPTION.fullmatch(item) if isinstance(item, str) else None
            option = level_of(flag[1]) if flag else Level.NONE

    def _whole(self, value: str, path: Path, level: Level) -> str:
        if value:
            self.found.append(Secret(path=path, value=value, sure=level is Level.SURE))
        return HIDDEN if value else ""

    def _text(self, value: str, path: Path, level: Level, depth: int) -> str:
        if not level and is_environment(path) and is_login(_variable(path), value):
            level = Level.LIKELY
        if level or value in self._known:
            return self._whole(value, path, level)
        inner = _json_of(value)
        if inner is not None:
            shown = self.value(inner, path, level, depth + 1)
            if shown != inner:
                return json.dumps(shown, ensure_ascii=False)
        return self.text(value, path)

    def text(self, value: str, path: Path = ()) -> str:
        """Redact a text that is not a document."""
        inside = spans(value)
        self.found += [Secret(path=path, value=value[s.start : s.end], sure=s.sure) for s in inside]
        if self._known:
            inside = merged((*inside, *(Span(*location, sure=True) for location in known_spans(value, self._known))))
        return masked(value, inside)


def _level_of_line(name: str, value: str, path: Path) -> Level:
    level = level_in(name, value)
    return Level.LIKELY if not level and is_environment(path) and is_login(name, value) else level


def _variable(path: Path) -> str:
    """The variable's name: the last key, or in {"NAME": {"value": …}} the one before."""
    return next((step for step in reversed(path) if isinstance(step, str) and step.lower() != "value"), "")


def _named(mapping: Mapping[Any, Any]) -> Level:
    """What the value in {"name": "PASSWORD", "value": …} is, as Kubernetes and others write an environment."""
    names = (item for key, item in mapping.items() if str(key).lower() in {"name", "key"} and isinstance(item, str))
    return max(map(level_of, names), default=Level.NONE)


def _json_of(text: str) -> Any:
    """The document in a text, or None; text in quotes is a document too."""
    if text.lstrip()[:1] not in {"{", "[", '"'}:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
