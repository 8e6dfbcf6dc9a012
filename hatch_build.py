"""Writes the commit into what is built: `azdacli --version` says it, and a report of a fault can name it.

The file goes into archives alone, never into the source tree. An editable installation asks git itself.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PLACE = "azdacli/data/commit.txt"
_COMMIT = re.compile(r"[0-9a-f]{40,64}\+?")


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
