"""Starts the pipeline runtime as a child process.

The runtime is never imported: what a user's file does in it cannot take the command line down.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from azdacli.errors import ManifestError
from azdacli.manifest.asset_paths import NamedPath
from azdacli.manifest.settings import Question, SettingsReport
from azdacli.util import resources

_SECONDS = 60
_DONE = (0, 4)


def read_settings(questions: Sequence[Question]) -> list[SettingsReport]:
    """Have the runtime read configurations, and what twins say about recordings: one process for all of them.

    Args:
        questions: JSON as plain data. It goes to the child's standard input: it may hold passwords.

    Returns:
        All that the runtime finds wrong with each, and the paths that it names.

    Raises:
        ManifestError: The runtime cannot be started, or did not answer in time.
        RuntimeError: Its answer is none that this version knows, which is a mistake of ours.
    """
    # Not in the user's folder: a types.py of theirs there would be imported for Python's own.
    folder = str(resources.DOCKER_BUILD)
    environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # our own interpreter and module, no text of a user's
            [sys.executable, "-m", "azda_runtime", "settings", "--lines"],
            cwd=folder,
            input=b"".join(map(_line, questions)),
            capture_output=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ManifestError(
            f"the runtime could not be asked about the configuration ({type(error).__name__})",
            hint="Try again; if this persists, reinstall azdacli.",
        ) from error
    answers = done.stdout.splitlines()
    if done.returncode not in _DONE or len(answers) != len(questions):
        # The child's traceback may hold the configuration, and with it passwords: its last line is enough.
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2].partition(":")[0]
        raise RuntimeError(f"the runtime ended with {done.returncode} over a configuration ({last})")
    return [_report(json.loads(answer)) for answer in answers]


def _line(question: Question) -> bytes:
    name = "twin" if question.twin else "configuration"
    return f"{name} {json.dumps(question.value)}\n".encode("ascii")


def _report(answer: Mapping[str, Any]) -> SettingsReport:
    return SettingsReport(
        problems=tuple((p["path"], p["message"], p["hint"], p["severity"]) for p in answer["problems"]),
        paths=tuple(
            NamedPath(location=p["path"], value=p["value"], kind=p["kind"], in_archive=bool(p.get("inArchive")))
            for p in answer["paths"]
        ),
    )
