"""The files of this tree that belong to it: of a checkout, and of an unpacked archive, which has no repository."""

import os
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_LISTED = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")


def files(root: Path = ROOT) -> list[str]:
    """Name them, without what was made in it (.gitignore); a repository around the tree is somebody else's."""
    if (root / ".git").exists():
        return _there(root, _git(root))
    with tempfile.TemporaryDirectory() as empty:
        _git(root, f"--git-dir={empty}", words=("init", "--quiet"))
        return _there(root, _git(root, f"--git-dir={empty}", f"--work-tree={root}"))


def _git(root: Path, *where: str, words: tuple[str, ...] = _LISTED) -> bytes:
    return subprocess.run(["git", *where, *words], cwd=root, check=True, capture_output=True).stdout


def _there(root: Path, listed: bytes) -> list[str]:
    names = (os.fsdecode(name) for name in listed.split(b"\0") if name)
    return [name for name in names if (root / name).is_file()]
