"""What `--run` accepts never fails in a pipeline of the same shapes: the promise of the product."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers.caller import load_primary
from azda_runtime.parsers.failures import ParserFailure
from simulator.parser_run.events import Events
from simulator.parser_run.families import families
from simulator.parser_run.inputs import Tensors
from simulator.parser_run.job import Job, Shape
from simulator.parser_run.run import run
from simulator.parser_run.watch import Watch
from support import tiers

from tests.simulator.parser_run import grammar

SHAPE = Shape(name="output0", dims=(6, 525))
FRAMES = 200
SEEDS = range(24)


@pytest.fixture(scope="module")
def watch() -> Watch:
    """One for all: an audit hook cannot be removed."""
    return Watch(Path("parser.py")).install()


def accepted(watch: Watch, parser: Path) -> bool:
    events = Events()
    watch.parser, watch.kept = parser, True
    run(Job(parser=parser, shapes=(SHAPE,), folder=parser.parent, frames=20), events, watch)
    return not [each for each in events.found if each["sure"]]


def frame(generator: np.random.Generator) -> Tensors:
    """What such a model gives for a frame: some objects somewhere, or none."""
    kind = next(families([SHAPE], 2, (160, 160)))
    corners = generator.random((int(generator.integers(0, 12)), 4)) * 0.5
    objects = [((x, y, x + w, y + h), int(generator.integers(0, 2))) for x, y, w, h in corners]
    return kind.write(objects)


def failures(parser: Path, seed: int) -> list[str]:
    loaded, generator = load_primary(parser), np.random.default_rng(seed)

    def failure() -> str:
        try:
            loaded.detect((1280, 720), frame(generator))
        except ParserFailure as failure:
            return str(failure)
        return ""

    return [told for told in (failure() for _ in range(FRAMES)) if told]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", [pytest.param(n, marks=() if n < 4 else (pytest.mark.slow,)) for n in SEEDS])
def test_what_is_accepted_fails_on_no_frame(watch: Watch, tmp_path: Path, seed: int) -> None:
    parser = tmp_path / "parser.py"
    parser.write_text(grammar.parser(seed, grammar.START_OF_YOLO), encoding="utf-8")
    if accepted(watch, parser):
        assert failures(parser, seed) == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("step", tiers.first(4, grammar.BROKEN_STEPS))
def test_each_broken_step_alone_is_refused(watch: Watch, tmp_path: Path, step: str) -> None:
    parser = tmp_path / "parser.py"
    text = grammar.parser(0, grammar.START_OF_YOLO, broken=0).partition("    message = None\n")
    parser.write_text(f"{text[0]}{text[1]}{step}    return boxes, ids, scores, message\n", encoding="utf-8")
    assert not accepted(watch, parser)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.slow
def test_right_steps_alone_are_accepted(watch: Watch, tmp_path: Path) -> None:
    parser = tmp_path / "parser.py"
    for seed in range(3):
        parser.write_text(grammar.parser(seed, grammar.START_OF_YOLO, broken=0), encoding="utf-8")
        assert accepted(watch, parser)


def test_the_grammar_gives_both(tmp_path: Path) -> None:
    texts: list[Any] = [grammar.parser(seed, grammar.START_OF_YOLO) for seed in SEEDS]
    right = [text for text in texts if not any(step in text for step in grammar.BROKEN_STEPS)]
    assert len(SEEDS) / 4 < len(right) < len(SEEDS)
