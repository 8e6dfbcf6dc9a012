"""Which commit a folder is at, and where its repository is: from the pipeline that runs us, else from git."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_SHORT_FORM = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>[\w.~-][\w./~-]*)")
_SECONDS = 5


def origin(folder: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """The commit (with `-dirty` where files differ from it), and the repository's address; empty where nobody says.

    Args:
        folder: A folder of the repository.
        environment: GitHub's and Azure Pipelines' variables go first.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        server, name = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        return _commit(environment.get("GITHUB_SHA", "")), public(f"{server}/{name}" if server and name else "")
    if environment.get("TF_BUILD", "").lower() == "true":
        commit = _commit(environment.get("BUILD_SOURCEVERSION", ""))
        return commit, public(environment.get("BUILD_REPOSITORY_URI", ""))
    commit = _asked(folder, "rev-parse", "--verify", "HEAD")
    if not _commit(commit):
        return "", ""
    changed = _asked(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return f"{commit}-dirty" if changed else commit, public(_asked(folder, "config", "--get", "remote.origin.url"))


def public(address: str) -> str:
    """An address of a repository as a reader opens it: https in place of ssh, without user and password."""
    match = _SHORT_FORM.fullmatch(address)
    if match:
        address = f"https://{match['host']}/{match['path']}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port and parts.scheme == "https" else ""
    except ValueError:
        return ""
    if parts.scheme not in ("https", "ssh", "git") or not host:
        return ""
    return urlunsplit(("https", f"{host}{port}", parts.path.removesuffix(".git"), "", ""))


def _commit(text: str) -> str:
    return text if _COMMIT.fullmatch(text) else ""


def _asked(folder: Path, *words: str) -> str:
    try:
        command = ["git", "-C", str(folder), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # fixed words
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
