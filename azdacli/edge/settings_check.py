"""Starts the pipeline runtime as a child process.

The runtime is never imported: what a user's file does in it cannot take the command line down.
"""

import json
import os
import subprocess
import sys
from typing import Any

from azdacli.errors import ManifestError
from azdacli.manifest.settings import NamedPath, SettingsReport
from azdacli.util import resources

_SECONDS = 60
_DONE = (0, 4)


def read_settings(configuration: Any, *, twin: bool = False) -> SettingsReport:
    """Have the runtime read one `azdaConfiguration`, or what a module's twin says about recordings.

    Args:
        configuration: JSON as plain data. It goes to the child's standard input: it may hold passwords.
        twin: Whether it is a module's desired properties.

    Returns:
        All that the runtime finds wrong with it, and the paths that it names.

    Raises:
        ManifestError: The runtime cannot be started, or did not answer in time.
        RuntimeError: Its answer is none that this version knows, which is a mistake of ours.
    """
    # Not in the user's folder: a types.py of theirs there would be imported for Python's own.
    folder = str(resources.DOCKER_BUILD)
    environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 # our own interpreter and module, no text of a user's
            [sys.executable, "-m", "azda_runtime", "settings", *(["--twin"] if twin else [])],
            cwd=folder,
            input=json.dumps(configuration).encode("ascii"),
            capture_output=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ManifestError(
            f"the runtime could not be asked about the configuration ({type(error).__name__})",
            hint="Try again; if it stays, reinstall azdacli.",
        ) from error
    return _report(done.returncode, done.stdout, done.stderr)


def _report(code: int, output: bytes, complaint: bytes) -> SettingsReport:
    if code not in _DONE:
        # The child's traceback may hold the configuration, and with it passwords: its last line is enough.
        last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2].partition(":")[0]
        raise RuntimeError(f"the runtime ended with {code} over a configuration ({last})")
    answer = json.loads(output)
    return SettingsReport(
        problems=tuple((p["path"], p["message"], p["hint"], p["severity"]) for p in answer["problems"]),
        paths=tuple(
            NamedPath(place=p["path"], value=p["value"], kind=p["kind"], in_archive=bool(p.get("inArchive")))
            for p in answer["paths"]
        ),
    )
