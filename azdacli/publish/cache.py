"""What earlier runs found out about layers, so that big files that did not change are not read again.

A memory is only a shortcut: a layer that has to be sent is digested again by the registry, and files that changed a
moment before they were read are not remembered, because a second change might leave the same times.
"""

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azdacli import __version__
from azdacli.errors import SpecError
from azdacli.publish.layer import Digested, Layer
from azdacli.util import files

_SETTLED = 2_000_000_000  # nanoseconds; the coarsest clock of the file systems in use (FAT) ticks every two seconds
_LARGEST = 4 << 20  # bytes that are kept in the one file, which every run reads
_FEW = 100  # files whose digests stand in it


class Memory:
    """The digests of layers, by what their files look like.

    Args:
        path: A JSON file of our own; None remembers nothing beyond this run. The files of a layer of many stand in a
            file of their own beside it, so that each run reads those that it needs.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Any] = {}
        if path is not None:
            with contextlib.suppress(OSError, ValueError):
                found = json.loads(path.read_bytes())
                self._known = found if isinstance(found, dict) else {}

    def recall(self, layer: Layer) -> Digested | None:
        """What is known about exactly these files; None when they are new or changed."""
        with contextlib.suppress(KeyError, TypeError, ValueError, OSError):
            kept = self._known[f"layer {layer.key}"]
            files = kept["files"] if "files" in kept else json.loads(self._beside(layer.key).read_bytes())
            return Digested(digest=str(kept["digest"]), files=tuple((str(n), str(d)) for n, d in files))
        return None

    def is_changed(self, layer: Layer) -> bool:
        """Whether the files at these places surely have other contents than in an earlier run."""
        kept = self._known.get(f"place {layer.location}")
        return kept is not None and kept != layer.samples()

    def keep(self, layer: Layer, digested: Digested) -> None:
        """Remember a layer, unless its files are so young that they may change unseen."""
        layer_key, location_key = f"layer {layer.key}", f"place {layer.location}"
        if layer_key in self._known and location_key in self._known:  # unchanged: no file needs to be opened
            self._note(location_key, self._known[location_key])
            self._note(layer_key, self._known[layer_key])
            return
        self._note(location_key, layer.samples())
        if time.time_ns() - layer.newest > _SETTLED:
            self._note(layer_key, self._kept(layer.key, digested))

    def is_checked(self, runtime: str, layers: Sequence[Layer]) -> bool:
        """Whether exactly these files were found to fit a kind of runtime."""
        return _checked(runtime, layers) in self._known

    def keep_checked(self, runtime: str, layers: Sequence[Layer]) -> None:
        """Remember that these files fit, unless they are so young that they may change unseen."""
        if all(time.time_ns() - layer.newest > _SETTLED for layer in layers):
            self._note(_checked(runtime, layers), value=True)

    def forget(self, layer: Layer) -> None:
        """Drop what proved to be wrong."""
        self._known.pop(f"layer {layer.key}", None)

    def save(self) -> None:
        """Write the memory; a cache that cannot be written is no reason to fail."""
        if self._path is None:
            return
        with contextlib.suppress(OSError, SpecError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept = self._newest()
            files.replace(self._path, json.dumps(kept).encode(), durable=False)
            self._sweep(kept)

    def _kept(self, key: str, digested: Digested) -> dict[str, Any]:
        """What is written about a layer: the digests of many files go into a file of their own."""
        if len(digested.files) <= _FEW or self._path is None:
            return {"digest": digested.digest, "files": digested.files}
        with contextlib.suppress(OSError, SpecError):
            self._beside(key).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            files.replace(self._beside(key), json.dumps(digested.files).encode(), durable=False)
        return {"digest": digested.digest}

    def _beside(self, key: str) -> Path:
        """Where the files of a layer of many stand."""
        if self._path is None:
            raise FileNotFoundError
        return self._path.with_suffix(".d") / f"{key}.json"

    def _sweep(self, kept: Mapping[str, Any]) -> None:
        """Drop the files of layers that nothing is known about any more."""
        if self._path is not None and (folder := self._path.with_suffix(".d")).is_dir():
            for path in folder.iterdir():
                if f"layer {path.stem}" not in kept:
                    path.unlink(missing_ok=True)

    def _newest(self) -> dict[str, Any]:
        """What was used last, as much as is quickly read."""
        kept: list[tuple[str, Any]] = []
        left = _LARGEST
        for key, value in reversed(self._known.items()):
            left -= len(key) + len(repr(value))
            if left < 0 and kept:
                break
            kept.append((key, value))
        return dict(reversed(kept))

    def _note(self, key: str, value: Any) -> None:
        self._known.pop(key, None)  # so that the order is that of the last use
        self._known[key] = value


def _checked(runtime: str, layers: Sequence[Layer]) -> str:
    # Another version of ours may have other rules.
    return f"checked {__version__} {runtime} {' '.join(layer.key for layer in layers)}"
