"""What a parser prints, starts or overwrites costs `simulate` nothing, and a killed one leaves no password behind."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.conftest import ASSETS, Answer, wait_for

pytestmark = pytest.mark.gstreamer

Simulate = Callable[..., Answer]
Write = Callable[[str], Path]
NOTHING = "return np.zeros((0, 4)), np.zeros(0, dtype=int), np.zeros(0), None"
PASSWORD = "s3 cret@home"  # of `start_simulate`


def run(simulate: Simulate, file: Path, output: Path) -> Answer:
    config = ASSETS / "pgie_config.txt"
    return simulate("--config", config, "--parser", file, "--source", "test:ball", "--output", output)


def running(*words: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if all(word in line for word in words):
            found.append(line)
    return found


def test_a_parser_that_prints_without_end_is_cut_short(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    file = parser(f"print('talks ' * 200_000)\nfor _ in range(2000): print('talks')\n{NOTHING}")
    answer = run(simulate, file, tmp_path / "out")
    assert answer.code == 0, answer.err
    assert len(answer.err) < 1_500_000
    assert " more lines were printed, which are not shown" in answer.err


def test_what_a_parser_starts_ends_with_the_simulation(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    token = f"{20_000 + os.getpid()}.{time.monotonic_ns()}"
    start = f"import subprocess\nif calls == 5: subprocess.run(['sh', '-c', 'setsid setsid sleep {token} &'])\n"
    answer = run(simulate, parser(f"{start}{NOTHING}"), tmp_path / "out")
    assert answer.code == 0, answer.err
    assert running("sleep", token) == []


def test_a_parser_that_writes_where_the_runtime_answers_is_one_clear_error(
    simulate: Simulate, parser: Write, tmp_path: Path
) -> None:
    write = (
        "import os\nif calls == 5:\n    for handle in range(3, 40):\n        try: os.write(handle, b'x' * 3_000_000)"
    )
    answer = run(simulate, parser(f"{write}\n        except OSError: pass\n{NOTHING}"), tmp_path / "out")
    assert answer.code not in (0, 1), answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_simulation_leaves_no_password_and_no_process(
    start_simulate: Any, camera: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    output = tmp_path / "output"
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored below nohup, and what is ignored is inherited
    child = start_simulate(ASSETS, "--source", camera, "--username", "guard", "--output", output)
    signal.signal(signal.SIGHUP, before)
    wait_for(
        lambda: (output / "messages.partial.jsonl").exists() and (output / "messages.partial.jsonl").stat().st_size > 0
    )
    assert running("azda_runtime", str(output))
    assert running(PASSWORD) == []
    child.send_signal(number)
    child.wait(30)
    wait_for(lambda: not running("azda_runtime", str(output)))
    for path in (*temporary.rglob("*"), *output.rglob("*")):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes(), path
