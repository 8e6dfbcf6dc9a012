"""Writes the commit and the home page into what is built.

`azdacli --version` says the commit, and a report of a fault can name it. The file goes into archives alone, never into
the source tree. An editable installation asks git itself.

The home page is that of the repository that publishes: the release workflow states it in AZDACLI_HOME_PAGE. Without
it there are no URLs, since a wrong one would lead users, and their reports, to somebody else.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_PLACE = "azdacli/data/commit.txt"
_COMMIT = re.compile(r"[0-9a-f]{40,64}\+?")
_HOME = "AZDACLI_HOME_PAGE"
_HOME_PAGE = re.compile(r"https://[A-Za-z0-9.-]+/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_PAGES = {
    "Homepage": "",
    "Documentation": "/tree/main/docs",
    "Changelog": "/blob/main/CHANGELOG.md",
    "Issues": "/issues",
}


class CommitHook(BuildHookInterface):  # type: ignore[type-arg] # hatchling's own examples leave it open
    """Adds the commit to a wheel or source archive that is built in a checkout; a source archive has it already."""

    _folder: str = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file beside the tree and have it included."""
        commit = "" if version == "editable" else _commit(Path(self.root))
        if commit:
            self._folder = tempfile.mkdtemp(prefix="azdacli-build-")
            file = Path(self._folder) / "commit.txt"
            file.write_text(f"{commit}\n", encoding="ascii")
            build_data["force_include"][str(file)] = _PLACE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 # hatchling's
        """Remove it again."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


class HomeHook(MetadataHookInterface):
    """Sets the project's URLs; a source archive has them in its PKG-INFO already."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set them, or none where nobody says where the project is at home."""
        home = os.environ.get(_HOME, "")
        if home and not _HOME_PAGE.fullmatch(home):
            raise ValueError(f"{_HOME} is not a repository's address (https://HOST/ACCOUNT/NAME): {home}")
        metadata["urls"] = {name: f"{home}{page}" for name, page in _PAGES.items()} if home else {}


def _commit(root: Path) -> str:
    """The checkout's commit, with a plus where files were changed; empty where there is no repository of our own."""
    if not (root / ".git").exists():
        return ""
    words = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # fixed words
    except OSError:
        return ""
    text = done.stdout.strip()
    return text if done.returncode == 0 and _COMMIT.fullmatch(text) else ""
