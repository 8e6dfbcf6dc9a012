"""The precision-recall curve and the worst pictures, drawn by a child process that has OpenCV."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.evaluation.confusion import by_picture, worst
from azdacli.evaluation.metrics import Figures
from azdacli.evaluation.process import environment
from azdacli.evaluation.truth import Detection, Truth
from azdacli.util import resources

_MODULE = "simulator.evaluation.draw"
_MOST = 12
_SECONDS = 300


def draw(
    folder: Path, images: Path, truth: Truth, detections: Sequence[Detection], figures: Figures
) -> Mapping[str, str | None]:
    """Write `precision-recall.png` and `worst-pictures.png`.

    Args:
        folder: Where to.
        images: The folder of pictures.
        truth: The set, with boxes in pixels.
        detections: What was found.
        figures: Their figures; what is drawn is above the threshold of the best F1.

    Returns:
        The files; None for one that there is nothing to draw in.

    Raises:
        SpecError: They cannot be written.
    """
    folder = folder.resolve()
    curve, sheet = folder / "precision-recall.png", folder / "worst-pictures.png"
    pictures = _pictures(images, truth, detections, figures.best_threshold or 0.0)
    wanted = {"curve": str(curve), "sheet": str(sheet), "precision": list(figures.precision), "pictures": pictures}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        curve.unlink(missing_ok=True)
        sheet.unlink(missing_ok=True)
    except OSError as error:
        raise SpecError(f"'{folder}' cannot be written: {error.strerror}", hint="Name another --output.") from None
    done = subprocess.run(
        [sys.executable, "-m", _MODULE],
        input=json.dumps(wanted),
        env=environment(),
        cwd=resources.DOCKER_BUILD,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2][:300]
        raise SpecError(f"the pictures cannot be written to '{folder}': {last}", hint="Name another --output.")
    return {
        "precisionRecall": str(curve) if curve.exists() else None,
        "worstPictures": str(sheet) if sheet.exists() else None,
    }


def _pictures(images: Path, truth: Truth, detections: Sequence[Detection], threshold: float) -> list[dict[str, Any]]:
    truly, found = by_picture(truth, detections, threshold)
    names = {each.id: each.name for each in truth.categories}
    files = {each.id: each.name for each in truth.pictures}
    return [
        {
            "path": str((images / files[number]).resolve()),
            "title": f"{files[number]}: {missed} missed, {false} false",
            "truth": [(each.box, "") for each in truly.get(number, ())],
            "found": [(each.box, f"{names[each.category]} {each.score:.2f}") for each in found.get(number, ())],
        }
        for number, missed, false in worst(truth, detections, threshold, _MOST)
    ]
