"""The examples, each made ready in a folder of the test's, as its README says."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulate.conftest import cache, simulate

__all__ = ["cache", "simulate"]
EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = {
    "bodypose2d": "make_pose_model.py",
    "custom-vision": "make_custom_vision_model.py",
    "face-landmarks": "make_face_models.py",
    "ssd-mobilenet": "make_ssd_model.py",
}
Ready = Callable[[str], Path]


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """`ready("ssd-mobilenet")` is a copy of the example with its stand-in, made once."""
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp(name) / "try"
            runpy.run_path(str(EXAMPLES / name / PROGRAMS[name]))["make"](folder)
            made[name] = folder
        return made[name]

    return make
