"""Where unpacked models live: a folder per pipeline, a version per digest, one link to the one in use."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.models.errors import ModelError
from azda_runtime.models.fetch import FILES, Fetched
from azda_runtime.problems import shown
from azda_runtime.settings import Archive

_CURRENT = "current"
_RECORD = "model.json"
_STAGING = ".staging-"

Fetch = Callable[[Archive, Path, Collection[str]], Fetched]
Missing = Callable[["InstalledModel"], Sequence[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledModel:
    """A model that is whole.

    Attributes:
        folder: Where the archive was unpacked.
        root: The folder's one top folder, or the folder itself.
        sha256: The archive's digest.
    """

    folder: Path
    root: Path
    sha256: str


class ModelStore:
    """Keeps models on disk; a version is either whole or not there.

    Args:
        folder: Where; made when it is needed.
        fetch: Fetches an archive and unpacks it in a folder, unless its digest is among those given.
    """

    def __init__(self, folder: Path, fetch: Fetch) -> None:
        self._folder = folder
        self._fetch = fetch

    def current(self, pipeline: str) -> InstalledModel | None:
        """The model that a pipeline uses, None when it has none."""
        link = self._home(pipeline) / _CURRENT
        try:
            return _read(self._home(pipeline) / link.readlink())
        except OSError:  # it does not exist, or the disk cannot be read
            return None

    def install(self, pipeline: str, archive: Archive, missing: Missing) -> InstalledModel:
        """Fetch a model and make it the pipeline's; the one before stays until this one is whole.

        Args:
            pipeline: The pipeline's id.
            archive: Where the model is. With a digest that is already here, nothing is fetched.
            missing: Names the files that the pipeline needs and the model does not give.

        Raises:
            ModelError: The model was not taken, and nothing has changed.
        """
        home = self._home(pipeline)
        home.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(home)
        if archive.sha256 and _read(home / archive.sha256):
            model = self._known(home / archive.sha256, missing)
        else:
            model = self._fetched(home, archive, missing)
        _point(home, model)
        _prune(home, model)
        return model

    def _fetched(self, home: Path, archive: Archive, missing: Missing) -> InstalledModel:
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=home))
        try:
            fetched = self._fetch(archive, staging, [p.name for p in home.iterdir() if _read(p)])
            if fetched.root is None:
                return self._known(home / fetched.sha256, missing)
            digest, files = fetched.sha256, staging / FILES
            root = files / fetched.root
            _refuse_missing(InstalledModel(folder=files, root=root, sha256=digest), missing)
            record = {"root": fetched.root, "sha256": digest}
            (staging / _RECORD).write_text(json.dumps(record), encoding="utf-8")
            shutil.rmtree(home / digest, ignore_errors=True)  # there is no record in it, so it is not whole
            staging.chmod(0o755)
            staging.rename(home / digest)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return self._known(home / digest, lambda _: ())

    def _known(self, version: Path, missing: Missing) -> InstalledModel:
        model = _read(version)
        if model is None:
            raise ModelError("The unpacked model cannot be read back.", hint="Check the device's disk.")
        _refuse_missing(model, missing)
        return model

    def _home(self, pipeline: str) -> Path:
        """A folder of the pipeline's own, whatever is in its id."""
        readable = re.sub(r"[^A-Za-z0-9_-]+", "-", pipeline)[:40]
        digest = hashlib.sha256(pipeline.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{readable}-{digest[:8]}"


def _read(version: Path) -> InstalledModel | None:
    try:
        record = json.loads((version / _RECORD).read_text(encoding="utf-8"))
        files = version / FILES
        return InstalledModel(folder=files, root=files / record["root"], sha256=record["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _refuse_missing(model: InstalledModel, missing: Missing) -> None:
    names = missing(model)
    if names:
        there = sorted(str(p.relative_to(model.root)) for p in model.root.rglob("*") if p.is_file())
        raise ModelError(
            f"The archive does not hold {', '.join(shown(n) for n in names)}.",
            hint=f"It holds {', '.join(shown(t) for t in there[:10])}{', …' if there[10:] else ''}.",
        )


def _point(home: Path, model: InstalledModel) -> None:
    link = home / f"{_STAGING}link"
    link.unlink(missing_ok=True)
    link.symlink_to(model.folder.parent.name)
    link.replace(home / _CURRENT)


def _prune(home: Path, model: InstalledModel) -> None:
    """Keep the version in use and the newest one before it, whose files a stopping pipeline may still read."""
    others = [p for p in home.iterdir() if p.is_dir() and not p.is_symlink() and p.name != model.folder.parent.name]
    for version in sorted(others, key=lambda p: p.stat().st_mtime)[:-1]:
        shutil.rmtree(version, ignore_errors=True)


def _remove_leftovers(home: Path) -> None:
    for path in home.glob(f"{_STAGING}*"):
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
