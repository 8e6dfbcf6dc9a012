"""How transfers are shown: each phase has a speed of its own."""

import time

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from azdacli.cli import progress
from azdacli.events import Progress

TOTAL = 1_000_000_000


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(time, "monotonic", one)
    return one


def test_lines_count_the_time_left_from_the_phases_own_beginning(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = progress._Plain()
    for text, start, seconds in (("reading", 0, 10), ("sending", 0, 100)):
        lines.hear(Progress(text=text, item="models", done=start, total=TOTAL))
        clock.now += seconds / 2
        lines.hear(Progress(text=text, item="models", done=TOTAL // 2, total=TOTAL))
        clock.now += seconds / 2
    shown = capsys.readouterr().err.splitlines()
    assert shown[-1] == "models: sending 500.0 MB of 1.0 GB, 50 s left"


def test_what_an_earlier_run_sent_says_nothing_about_the_speed(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = progress._Plain()
    lines.hear(Progress(text="sending", item="models", done=TOTAL // 2, total=TOTAL))
    clock.now += 10
    lines.hear(Progress(text="sending", item="models", done=TOTAL * 3 // 4, total=TOTAL))
    assert capsys.readouterr().err.splitlines()[-1].endswith("750.0 MB of 1.0 GB, 10 s left")


def test_bars_forget_the_speed_of_the_phase_before() -> None:
    clock = Clock()
    bars = Bars(console=Console(quiet=True), get_time=clock)
    rows = progress.Rows(bars)
    for text, seconds in (("reading", 1), ("sending", 100)):
        for hundredth in range(0, 51 if text == "sending" else 101, 5):
            rows.hear(Progress(text=text, item="models", done=TOTAL * hundredth // 100, total=TOTAL))
            clock.now += seconds / 20
    [task] = bars.tasks
    assert not task.finished
    assert task.time_remaining is not None
    assert 40 <= task.time_remaining <= 60


def test_what_is_still_waiting_has_no_bar() -> None:
    bars = Bars(console=Console(quiet=True))
    rows = progress.Rows(bars)
    rows.hear(Progress(text="Waiting", item="ab"))
    rows.hear(Progress(text="Layer already exists", item="ab"))
    assert bars.tasks == []
    rows.hear(Progress(text="Pushing", item="ab", done=1, total=4))
    rows.hear(Progress(text="Pushed", item="ab"))
    assert bars.tasks[0].finished
