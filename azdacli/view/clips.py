"""The clips of a folder: what `simulate` wrote, or a pipeline's recordings."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from azdacli.errors import SpecError

_HINT = (
    "Give the folder that `azdacli simulate --output FOLDER` wrote, or one with recordings (NAME.mp4 beside NAME.json)."
)


class Form(Enum):
    """How messages stand in their file."""

    LINES = "lines"
    """One message per line, each with its frame's `videoTime`: what `simulate` writes."""
    SIDECAR = "sidecar"
    """A document with one `{"offset": …, "message": …}` per line: what stands beside a recording."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """A video or a picture, and the messages about its frames.

    Attributes:
        name: What the page calls it.
        media: The file that the browser shows.
        messages: The file with the messages, or None where there is none.
        form: How they stand there.
        drawn: Whether the boxes are part of the picture already.
        summary: What `simulate` says of the run, as JSON.
    """

    name: str
    media: Path
    messages: Path | None
    form: Form
    drawn: bool
    summary: Path | None = None

    @property
    def is_still(self) -> bool:
        """Whether it is one picture."""
        return self.media.suffix == ".png"


def find(folder: Path) -> tuple[Clip, ...]:
    """Look for clips in a folder.

    Args:
        folder: A run's output, or recordings.

    Returns:
        The clips: a run's one, or the recordings by time, the newest first.

    Raises:
        SpecError: It is no folder, cannot be read, or holds no clip.
    """
    try:
        files = {path.name: path for path in folder.iterdir() if path.is_file()}
        inside = folder.resolve()
        astray = next((path for path in files.values() if not path.resolve().is_relative_to(inside)), None)
    except OSError as error:
        raise SpecError(f"'{folder}' cannot be read: {error.strerror}", hint=_HINT) from None
    if astray is not None:  # a folder that was unpacked from somewhere may point at anything
        raise SpecError(
            f"'{astray}' is a link out of the folder", hint="Put the file itself there; links within the folder work."
        )
    own = _run(folder.resolve().name, files)
    found = (own,) if own else _recordings(files)
    if not found:
        raise SpecError(f"there is nothing to view in '{folder}'", hint=_HINT)
    return found


def _run(name: str, files: dict[str, Path]) -> Clip | None:
    """A run that went well; else what one that failed has left."""
    for state, called in (("", name), (".partial", f"{name} (the run failed)")):
        named = [f"{stem}{state}{kind}" for stem in ("video", "annotated") for kind in (".mp4", ".png")]
        media = next((files[each] for each in named if each in files), None)
        if media is not None:
            return Clip(
                name=called,
                media=media,
                messages=files.get(f"messages{state}.jsonl"),
                form=Form.LINES,
                drawn=not media.name.startswith("video"),
                summary=files.get(f"summary{state}.json"),
            )
    return None


def _recordings(files: dict[str, Path]) -> tuple[Clip, ...]:
    videos = [path for name, path in files.items() if name.endswith(".mp4") and not name.startswith(".")]
    return tuple(
        Clip(name=path.stem, media=path, messages=files.get(f"{path.stem}.json"), form=Form.SIDECAR, drawn=False)
        for path in sorted(videos, key=lambda path: (_time(path.stem), path.name), reverse=True)
    )


def _time(stem: str) -> str:
    """When a recording began: its name ends with the pipeline's id, that time and a number."""
    parts = stem.rsplit("_", 2)
    return parts[-2] if len(parts) > 1 else ""
