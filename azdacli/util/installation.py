"""What this installation of azdacli is: its version, and the commit that it was built from."""

import importlib.metadata
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from azdacli import __version__
from azdacli.util import resources

_COMMIT = re.compile(r"^[0-9a-f]{7,64}$")
_SHORT = 12
_SECONDS = 5


def version() -> str:
    """The version, and the commit where it was built from one: `0.1.0 (commit 0123456789ab)`."""
    found = commit()
    return f"{__version__} (commit {found})" if found else __version__


def commit() -> str:
    """The commit that this installation was built from; empty when nothing says."""
    return _written() or _installed_from() or _checked_out()


def _written() -> str:
    """What the build hook wrote into the wheel (hatch_build.py)."""
    try:
        text = (resources.DATA / "commit.txt").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    changed = ", changed" if text.endswith("+") else ""
    return f"{_short(text.removesuffix('+'))}{changed}" if _short(text.removesuffix("+")) else ""


def _installed_from() -> str:
    """What pip noted of an installation straight from a repository (PEP 610)."""
    info = _origin().get("vcs_info")
    return _short(str(info.get("commit_id", ""))) if isinstance(info, dict) else ""


def _checked_out(root: Path = resources.CHECKOUT) -> str:
    """What git says of our own checkout; a repository that only surrounds it is none of ours."""
    if not (root / ".git").exists() or not (root / "pyproject.toml").exists():
        return ""
    words = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=False)  # fixed words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    text = done.stdout.strip()
    short = _short(text.removesuffix("+"))
    return f"{short}, changed" if short and text.endswith("+") else short


def _short(text: str) -> str:
    return text[:_SHORT] if _COMMIT.match(text) else ""


def _origin() -> dict[str, Any]:
    try:
        found = json.loads(importlib.metadata.distribution("azdacli").read_text("direct_url.json") or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError, OSError):
        return {}
    return found if isinstance(found, dict) else {}
