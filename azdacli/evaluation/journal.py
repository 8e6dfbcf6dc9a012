"""What is done already, in a file that a killed run leaves and the next one goes on from."""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from azdacli import __version__
from azdacli.errors import SpecError

_READ = frozenset(
    {
        ".py",
        ".so",
        ".engine",
        ".pt",
        ".pkl",
        ".csv",
        ".txt",
        ".yml",
        ".yaml",
        ".pbtxt",
        ".json",
        ".ppm",
        ".npy",
        ".npz",
        ".onnx",
        ".data",
    }
)
_NAMED = re.compile(r"""["']([^"'\n]+)["']|[=:][ \t]*([^\s"'#;]+)""")  # what may be a path, in any of the formats
_MOST = 2000  # files of a folder that a configuration names, as a model repository
_KEPT = 8
_LARGEST = 64 << 20  # what is larger is recognised by its size and time


class Journal:
    """A line of JSON for each picture.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: IO[str] | None = None

    def read(self) -> dict[str, Mapping[str, Any]]:
        """What is done, by the names of pictures; a last line that was cut off is not."""
        found: dict[str, Mapping[str, Any]] = {}
        with contextlib.suppress(OSError):
            for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    event = json.loads(line)
                    found[event["picture"]] = event
        return found

    def add(self, event: Mapping[str, Any]) -> None:
        """Write what came of one picture.

        Raises:
            SpecError: It cannot be written.
        """
        try:
            if self._stream is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._drop_old()
                self._stream = self._path.open("a", encoding="utf-8")
                self._stream.write("\n")  # behind a line that was cut off
            self._stream.write(f"{json.dumps(event)}\n")
            self._stream.flush()
        except OSError as error:
            raise SpecError(
                f"'{self._path}' cannot be written: {error.strerror}",
                hint="Name another folder for caches with AZDA_CACHE_DIR.",
            ) from None

    def _drop_old(self) -> None:
        """Keep the newest alone of those that killed runs have left: nobody may ever go on from them."""
        left = sorted(self._path.parent.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        for path in left[:-_KEPT]:
            if path != self._path:
                path.unlink(missing_ok=True)

    def close(self, *, done: bool) -> None:
        """Close the file, and remove it where all is done."""
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
        if done:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def named_files(config: Path) -> list[Path]:
    """The files that a configuration names, wherever they are: the model, labels, libraries, a model repository's."""
    folder = config.resolve().parent
    text = config.read_text(encoding="utf-8", errors="replace")
    return sorted({path for found in _NAMED.findall(text) for path in _files(folder, found[0] or found[1])})


def _files(folder: Path, name: str) -> Iterator[Path]:
    with contextlib.suppress(OSError, ValueError):  # of what is no path at all
        path = (folder / name).resolve()
        if path.is_file():
            yield path
        elif path.is_dir() and path != folder:
            yield from islice((each for each in path.rglob("*") if each.suffix.lower() in _READ), _MOST)


def digest(config: Path, parser: Path | None, models: Sequence[Path], pictures: Sequence[tuple[str, Path]]) -> str:
    """What decides about results: the configuration with what lies beside it, the parser, the models, the pictures."""
    made = hashlib.sha256(__version__.encode())
    folders = {config.resolve().parent, *([parser.resolve().parent] if parser else [])}
    beside = {path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in _READ}
    for path in sorted({*beside, config.resolve(), *models}):
        _feed(made.update, path, read=True)
    for name, path in pictures:
        made.update(name.encode("utf-8", "surrogateescape"))
        _feed(made.update, path, read=False)
    return made.hexdigest()[:32]


def _feed(update: Callable[[bytes], object], path: Path, *, read: bool) -> None:
    with contextlib.suppress(OSError):
        found = path.stat()
        update(f"\0{path}\0{found.st_size}".encode("utf-8", "surrogateescape"))
        if read and path.is_file() and found.st_size <= _LARGEST:
            update(path.read_bytes())
        else:
            update(str(found.st_mtime_ns).encode())
