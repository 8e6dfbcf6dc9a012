"""What `validate-parser --run` accepts never fails in `simulate`: random parsers, right and broken, of one model."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from simulator.parser_run.events import Events
from simulator.parser_run.job import Job
from simulator.parser_run.run import run
from simulator.parser_run.watch import Watch

from tests.simulate.conftest import ASSETS, Answer
from tests.simulator.parser_run import grammar

SEEDS = range(24)
FRAMES = 200  # for each parser
PATTERNS = ("ball", "black", "snow", "ball", "smpte", "black", "zone-plate", "ball")
SIDE_BY_SIDE = len(PATTERNS)
# The frames of all streams go to one parser after the other, and each of them sees all streams.
IN_TURN = """\
import {modules}

model_type = 0
name = "In turn"
labels = ["a", "b"]
parsers = [{modules}]
calls = 0


def parse_det_model(config, raw_outputs):
    global calls
    parser = parsers[(calls + calls // len(parsers)) % len(parsers)]
    calls += 1
    try:
        return parser.parse_det_model(config, raw_outputs)
    except Exception as error:
        raise RuntimeError(parser.__name__) from error
"""


@pytest.fixture(scope="module")
def watch() -> Watch:
    """One for all: an audit hook cannot be removed."""
    return Watch(Path("parser.py")).install()


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    """Small videos, some of which the model finds nothing in."""
    made = {}
    for pattern in set(PATTERNS):
        path = made[pattern] = tmp_path / f"{pattern}.mp4"
        words = f"videotestsrc num-buffers={FRAMES} pattern={pattern} ! video/x-raw,format=I420,width=160,height=96,"
        words += f"framerate=30/1 ! x264enc bitrate=1000 ! h264parse ! mp4mux ! filesink location={path}"
        subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True, timeout=100)
    return [made[pattern] for pattern in PATTERNS]


def accepted(watch: Watch, folder: Path, text: str) -> bool:
    parser = folder / "blob_parser.py"
    parser.write_text(text, encoding="utf-8")
    watch.parser, watch.kept = parser, True
    events = Events()
    with np.errstate(all="ignore"):
        run(Job(parser=parser, config=folder / "pgie_config.txt", folder=folder, frames=20), events, watch)
    return not [each for each in events.found if each["sure"]]


@pytest.mark.slow
def test_what_is_accepted_fails_on_no_frame_of_a_pipeline(
    simulate: Callable[..., Answer], watch: Watch, videos: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "assets"
    shutil.copytree(ASSETS, folder)
    texts = {f"random_{seed}": grammar.parser(seed, grammar.START_OF_BLOB) for seed in SEEDS}
    taken = [name for name, text in texts.items() if accepted(watch, folder, text)]
    assert SIDE_BY_SIDE <= len(taken) < len(texts)
    taken = taken[:SIDE_BY_SIDE]
    for name in taken:
        (folder / f"{name}.py").write_text(texts[name], encoding="utf-8")
    (folder / "blob_parser.py").write_text(IN_TURN.format(modules=", ".join(taken)), encoding="utf-8")
    sources = [word for video in videos for word in ("--source", video)]
    named = ("--config", folder / "pgie_config.txt", "--parser", folder / "blob_parser.py")
    answer = simulate(*named, *sources, "--json", "--output", tmp_path / "out")
    assert answer.code == 0, answer.err
    (parser,) = [each for file, each in answer.json["parsers"].items() if file.endswith("blob_parser.py")]
    assert (parser["calls"], parser["failures"], parser["trace"]) == (FRAMES * SIDE_BY_SIDE, 0, "")
