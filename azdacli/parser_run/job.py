"""What the child is given: the job, as a user asks for it, and its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.parser_check.run import Runnable
from azdacli.parser_run import programs
from azdacli.simulation.environment import SIMULATOR, own_packages
from azdacli.util import resources


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What a user asks for.

    Attributes:
        model: An ONNX model in the place of the configurations'.
        shapes: Layers, where there is no model: `name`, `dims`, `dtype`.
        keep: Where inputs that show something go.
        replay: Recordings to run on instead.
        images: Pictures or a video to run the model on.
        record: Where tensors and results are recorded.
        frames: How many frames the look for growth takes.
        seconds: How long one call may take.
        streams: How many streams share the time of a frame.
        release: The DeepStream release that is simulated; the default one when it is empty.
    """

    model: Path | None = None
    shapes: tuple[Mapping[str, Any], ...] = ()
    keep: Path | None = None
    replay: tuple[Path, ...] = ()
    images: Path | None = None
    record: Path | None = None
    frames: int = 1000
    seconds: float = 10.0
    streams: int = 1
    release: str = ""


def check(runnable: Runnable, options: Options) -> None:
    """Refuse what cannot be run, and make the folder for inputs.

    Raises:
        SpecError: There is neither a model nor shapes, or the folder cannot be written.
    """
    if runnable.config is None and options.model is None and not options.shapes and not options.replay:
        raise SpecError(
            f"nothing says which outputs '{runnable.path.name}' gets",
            hint="Give the model's configuration beside the parser, --model FILE, or --shapes NAME=1x25200x85.",
        )
    if options.images is not None and runnable.config is None and options.model is None:
        hint = "Give the model's configuration beside the parser, or --model FILE."
        raise SpecError(f"--images needs the model of '{runnable.path.name}', which nothing names", hint=hint)
    if options.keep is not None:
        try:
            options.keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"'{options.keep}' cannot be made: {error.strerror}"
            raise SpecError(message, hint="Name another folder with --keep.") from None


def environment(folder: Path, release: str) -> dict[str, str]:
    """Nothing of ours: a parser needs no secrets, and what is written to the home folder goes to its own."""
    packages = [str(resources.DOCKER_BUILD), str(SIMULATOR / "site-packages"), *own_packages()]
    own = str(folder)
    return {
        "PATH": programs.search_path(os.environ.get("PATH", "")),
        "PYTHONPATH": os.pathsep.join(packages),
        **dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "MPLCONFIGDIR"), own),
        **({"AZDA_DEEPSTREAM": release} if release else {}),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        **({"SYSTEMROOT": os.environ["SYSTEMROOT"]} if "SYSTEMROOT" in os.environ else {}),
    }


def job(runnable: Runnable, options: Options, folder: Path) -> dict[str, Any]:
    """The job as the child reads it."""
    model = options.model
    return {
        "parser": str(runnable.path.resolve()),
        "config": str(runnable.config.resolve()) if runnable.config is not None and not options.shapes else "",
        "model": str(model.resolve()) if model is not None else "",
        "shapes": [dict(shape) for shape in options.shapes],
        "replay": [str(path.resolve()) for path in options.replay],
        "images": str(options.images.resolve()) if options.images is not None else "",
        "record": options.record is not None,
        "frames": options.frames,
        "seconds": options.seconds,
        "streams": options.streams,
        "folder": str(folder),
    }
