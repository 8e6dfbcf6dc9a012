"""`azdacli simulate` shows what a parser received, and what looks wrong in what it gave."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.schemas import checked
from tests.simulate.conftest import ASSETS, Answer, decoded

pytestmark = pytest.mark.gstreamer

Simulate = Callable[..., Answer]
Write = Callable[[str], Path]


def test_with_no_objects_and_on_the_first_failure_the_models_outputs_are_shown(
    simulate: Simulate, parser: Write, tmp_path: Path
) -> None:
    body = """
        if calls == 2:
            raise ValueError("no")
        return np.zeros((0, 4)), np.zeros(0, int), np.zeros(0), None
        """
    answer = simulate(
        ASSETS, "--parser", parser(body), "--source", "test:ball:1", "--seconds", "0.1", "--output", tmp_path
    )
    assert answer.code == 4
    assert "objects   none\n" in answer.out
    assert "received  heat: float32, 1 x 16 x 16, " in answer.out
    assert answer.err.count("the model gave: heat float32 (1, 16, 16), ") == 1


def test_corners_in_the_place_of_sizes_are_a_warning(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    body = "return np.array([[300.0, 200.0, 360.0 + calls, 260.0]]), np.array([0]), np.array([0.5]), None"
    answer = simulate(
        *(
            ASSETS,
            "--parser",
            parser(body),
            "--source",
            "test:ball:1",
            "--seconds",
            "0.5",
            "--output",
            tmp_path,
            "--json",
        )
    )
    assert answer.code == 0, answer.err
    assert "warning: 15 of 15 boxes reach over the frame's edge, and would fit as corners\n" in answer.err
    assert [each["hint"] for each in answer.json["notices"]] == [
        "Boxes are left, top, width and height: subtract left and top from right and bottom."
    ]
    checked("simulate", answer.out)


def test_a_whole_frames_result_stands_in_the_picture_and_in_the_summary(simulate: Simulate, tmp_path: Path) -> None:
    path = tmp_path / "frame_parser.py"
    path.write_text(
        'model_type = 1\nname = "doors"\nlabels = []\n\n\ndef parse_custom_model(config, raw_outputs):\n'
        '    return None, {"label": "open", "score": float(raw_outputs["heat"].max())}\n'
    )
    words: list[Any] = [ASSETS, "--parser", path, "--source", "test:black:1", "--seconds", "0.1", "--output", tmp_path]
    answer = simulate(*words)
    assert answer.code == 0, answer.err
    assert "results   of 3 whole frames; the last: label: open, score: " in answer.out
    corner = decoded(tmp_path / "annotated.mp4")[:, :40, :200]
    assert (corner.astype(int).min(axis=3) > 180).sum(axis=(1, 2)).min() > 50, "white letters on the black video"
