"""Whether the folders that a supervisor needs can be written; a volume that belongs to root cannot."""

import logging
import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.problems import InvalidValueError

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Unwritable:
    """A folder that cannot be written, and the cure.

    Attributes:
        message: One sentence.
        hint: What to do about it.
    """

    message: str
    hint: str


def unwritable(folder: Path, what: str) -> Unwritable | None:
    """Look whether a folder can be written, or made where it does not exist yet; nothing is changed.

    Args:
        folder: The folder.
        what: What it holds, for the sentence.
    """
    existing = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if os.access(existing, os.W_OK | os.X_OK):
        return None
    user, owner = os.geteuid(), existing.stat().st_uid
    if os.statvfs(existing).f_flag & os.ST_RDONLY:
        why, hint = "its file system is read-only", f"Mount a volume at {folder}, or name another folder."
    else:
        why = f"it belongs to {_named(owner)}, and this process is {_named(user)}"
        hint = f"On the host: `sudo chown -R {user}:{os.getegid()}` the folder that is mounted there, then start again."
    where = f"{folder}" if existing == folder else f"{folder} cannot be made: {existing}"
    return Unwritable(message=f"The folder for {what}, {where}, cannot be written: {why}.", hint=hint)


def _named(user: int) -> str:
    try:
        return f"user {user} ({pwd.getpwuid(user).pw_name})"
    except KeyError:
        return f"user {user}"


class Storage:
    """Looks at the folders now and then.

    Attributes:
        state: The folder for the state and the models that can be used: the one that was wished for, or one of this
            run alone.

    Args:
        state: The folder that was wished for.
        recordings: The folder for recordings.

    Raises:
        InvalidValueError: There is no folder for the state, nor for one of this run alone.
    """

    def __init__(self, state: Path, recordings: Path) -> None:
        self.state = state
        self._recordings = recordings
        self._lost = unwritable(state, "the state and the models")
        self._due = float("-inf")
        self._known: Unwritable | None = None
        if self._lost is not None:
            _log.error("%s", self._lost.message, extra={"hint": self._lost.hint})
            try:
                self.state = Path(tempfile.mkdtemp(prefix="azda-state-"))
            except OSError:  # a read-only root without any volume
                raise InvalidValueError("there is no folder for the state at all", hint=self._lost.hint) from None
            _log.warning(
                "%s is used meanwhile: models are fetched again at each start, and messages that wait are lost",
                self.state,
            )

    def problems(self, now: float) -> list[dict[str, str]]:
        """What is wrong with the folders; a folder for recordings is needed by those who record alone.

        Args:
            now: Seconds that only grow.
        """
        if now >= self._due:
            self._due = now + _LOOK_SECONDS
            found = unwritable(self._recordings, "recordings")
            if found is not None and found != self._known:
                _log.warning("%s", found.message, extra={"hint": found.hint})
            self._known = found
        reported = [("state", "error", self._lost), ("recordings", "warning", self._known)]
        return [
            {"what": what, "problem": each.message, "hint": each.hint, "severity": severity}
            for what, severity, each in reported
            if each is not None
        ]
