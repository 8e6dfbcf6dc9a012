"""The paths that a configuration names, held against the files of the image that will read it."""

import difflib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from dsconfig.base_image import BaseImage
from dsconfig.lookup import Paths, in_base, locations

_UNKNOWN = BaseImage()
_COMPARED = 1000  # paths that a wrong one is compared with: comparing takes tens of microseconds each


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPath:
    """A path that the configuration names.

    Attributes:
        location: Where it stands in the configuration, as JSONPath.
        value: The path itself.
        kind: What the runtime reads there.
        in_archive: Whether it is looked for in a downloaded archive first, which nobody can look into from here.
    """

    location: str
    value: str
    kind: str
    in_archive: bool = False


class Files:
    """The user's files in one image; a path is looked up in the same time however many there are.

    Args:
        image: What the manifest calls it.
        assets: Absolute paths.
        roots: The folders that relative paths are looked up in.
        base: What is known of the base's own files.
    """

    def __init__(
        self, image: str, assets: tuple[str, ...], roots: tuple[str, ...] = (), base: BaseImage = _UNKNOWN
    ) -> None:
        self._image = image
        self._base = base
        self._roots = roots
        self._paths = Paths(assets)

    def check(self, path: Path, named: NamedPath) -> Iterator[Problem]:
        """Yield what is wrong with a path that stands at a place of the manifest."""
        value = named.value
        if named.in_archive or self._holds(value):
            return
        if lack := self._base.lack(value):
            rule = "asset-path" if lack.sure else "asset-path-doubt"
            yield found(rule, path, f"'{value}' {lack.message}", lack.hint)
            return
        if in_base(value):
            return
        close = self._like(value)
        hint = f"Did you mean '{close}'?" if close else "Add it with --add when the image is made."
        if not value.startswith("/"):
            where = f"none of the folders of '{self._image}' ({', '.join(self._roots)})" if self._roots else "no folder"
            message = f"'{value}' is a relative path, the pipeline has no archive, and {where} holds it"
            yield found("asset-path", path, message, hint)
            return
        rule = "asset-path" if self._paths.owns(value) else "asset-path-doubt"
        yield found(rule, path, f"'{value}' is not among the files of '{self._image}'", hint)

    def _holds(self, value: str) -> bool:
        if value.startswith("/"):
            return self._paths.holds(value)
        return any(self._paths.resolve(location) in self._paths.files for location in locations(value, self._roots))

    def _like(self, value: str) -> str | None:
        """Find what was probably meant: the same name elsewhere, else a similar path, first in the same folder."""
        folder, _, name = value.rpartition("/")
        if same := self._paths.named(name):
            return same[0]
        near = self._paths.within(folder)[:_COMPARED]
        others = (path for each in self._paths.all_folders() for path in self._paths.within(each))
        candidates = dict.fromkeys([*near, *itertools.islice(others, _COMPARED - len(near))])
        return next(iter(difflib.get_close_matches(value, candidates, n=1, cutoff=0.6)), None)
