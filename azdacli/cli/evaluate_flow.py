"""What `azdacli evaluate` was given, what it needs, and what it has to reach."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from azdacli.errors import SpecError
from azdacli.simulation.cascade import Model
from azdacli.simulation.own_package import with_evaluation

_NEEDED = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "cv2": "opencv-python-headless",
    "pycocotools": "pycocotools",
}
_FOR_A_CLUSTER = {"distributed": "distributed"}


class Given(NamedTuple):
    """What was typed.

    Attributes:
        model: The primary model.
        images: The folder of pictures.
        truth: The labelled set.
        jobs: How many processes; one on each processor without it.
        save_results: Where detections go.
        output: Where pictures go.
        results: The training framework's own detections.
        dask: The address of a Dask cluster that runs the pictures; empty for this machine.
    """

    model: Model
    images: Path
    truth: Path
    jobs: int | None
    save_results: Path | None
    output: Path | None
    results: Path | None
    dask: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gates:
    """The values that have to be reached, each None where nothing has to be."""

    min_map: float | None = None
    min_map50: float | None = None
    min_top1: float | None = None

    def failed(self, answer: Mapping[str, Any]) -> str:
        """What is below its gate, in one sentence; empty when nothing is.

        Raises:
            SpecError: There is no such figure.
        """
        below = []
        for option, key, least in (
            ("--min-map", "map", self.min_map),
            ("--min-map50", "map50", self.min_map50),
            ("--min-top1", "top1", self.min_top1),
        ):
            if least is None:
                continue
            if key not in answer:
                raise SpecError(
                    f"{option} is not for a model of {answer['kind']}",
                    hint="Detectors have --min-map and --min-map50, classifiers --min-top1.",
                )
            if answer[key] is None or answer[key] < least:
                got = "nothing to measure" if answer[key] is None else f"{answer[key]:.4f}"
                below.append(f"{key} is {got}, below the {least:g} of {option}")
        return "; ".join(below)


def check_packages(*, cluster: bool = False) -> None:
    """Look for the packages that evaluation needs.

    Args:
        cluster: Whether a Dask cluster runs it.

    Raises:
        SpecError: One is missing.
    """
    needed = {**_NEEDED, **(_FOR_A_CLUSTER if cluster else {})}
    missing = [package for module, package in needed.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise SpecError(
            f"evaluate needs {', '.join(missing)}, which this Python does not have",
            hint=f"Install it: python -m pip install {with_evaluation(cluster=cluster)}",
        )
