"""The files of a run: under names of their own until it has ended well, for one that fails costs no earlier result."""

import contextlib
import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError

_VIDEO, _STILL, _PLAIN = "annotated.mp4", "annotated.png", "video.mp4"
_MESSAGES, _SUMMARY = "messages.jsonl", "summary.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """Where a run writes.

    Attributes:
        picture: The annotated video or picture.
        messages: The messages, one per line.
    """

    picture: Path
    messages: Path

    @classmethod
    def prepare(cls, folder: Path, *, drawn: bool = True) -> "Output":
        """Make the folder, and take away what an earlier run that failed has left there.

        Args:
            folder: Where the user wants the files.
            drawn: Whether boxes are part of the video; `view` draws them itself, from the messages.

        Returns:
            The files that the run writes; `keep` gives them their names.

        Raises:
            SpecError: Nothing can be written there.
        """
        folder = folder.resolve()
        made = cls(picture=_partial(folder / (_VIDEO if drawn else _PLAIN)), messages=_partial(folder / _MESSAGES))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in (_VIDEO, _STILL, _PLAIN, _MESSAGES, _SUMMARY):
                if (folder / name).is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                _partial(folder / name).unlink(missing_ok=True)
            made.messages.write_bytes(b"")
        except OSError as error:
            raise _unwritable(folder, error) from None
        return made

    def with_picture(self, path: str) -> "Output":
        """The files, where the run says that it wrote another picture than a video: its sources are stills."""
        return replace(self, picture=Path(path)) if path else self

    def keep(self) -> "Output":
        """Let the files take the place of an earlier run's; a picture that is not of this run goes.

        Raises:
            SpecError: They cannot be renamed.
        """
        kept = Output(picture=_whole(self.picture), messages=_whole(self.messages))
        folder = self.messages.parent
        try:
            self.messages.replace(kept.messages)
            if _has_content(self.picture):
                self.picture.replace(kept.picture)
            else:
                kept.picture.unlink(missing_ok=True)
            for other in {folder / _VIDEO, folder / _STILL, folder / _PLAIN} - {kept.picture}:
                other.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from None
        return kept

    def abandon(self) -> "Output":
        """Leave the files of a run that failed under their own names, for a look; empty ones go."""
        with contextlib.suppress(OSError):  # it failed for a reason that is said already
            for path in (_partial(self.messages.with_name(_STILL)), self.picture, self.messages):
                if not _has_content(path):
                    path.unlink(missing_ok=True)
        return self


def note(written: Output, summary: Mapping[str, Any]) -> None:
    """Write what came of the run beside its files, under the name of a run that went well or of one that failed."""
    folder = written.messages.parent
    named = folder / _SUMMARY
    with contextlib.suppress(OSError):  # the answer is printed; a full disk has been named by then
        target = _partial(named) if ".partial." in written.messages.name else named
        target.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.stem}.partial{path.suffix}")


def _whole(path: Path) -> Path:
    return path.with_name(path.name.replace(".partial.", "."))


def _unwritable(folder: Path, error: OSError) -> SpecError:
    return SpecError(
        f"nothing can be written to '{folder}': {error.strerror}", hint="Give another folder with --output."
    )
