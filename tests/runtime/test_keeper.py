"""What a user's code starts ends with it, however it hides; what it prints is bounded; its end is reported."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from azda_runtime.supervisor.child_process import Child
from azda_runtime.supervisor.policy.output_budget import BURST, BYTES_A_SECOND, OURS, OutputBudget
from hypothesis import given
from hypothesis import strategies as st

DOCKER_BUILD = Path(__file__).parents[2] / "docker-build"

# Each starts `sleep TOKEN` so that it has neither our session nor a parent that anybody knows.
HIDES = {
    "in the group": "subprocess.Popen(['sleep', TOKEN])",
    "in a session of its own": "subprocess.Popen(['sleep', TOKEN], start_new_session=True)",
    "forked twice": "subprocess.run(['sh', '-c', f'setsid setsid sleep {TOKEN} & setsid sleep {TOKEN} &'])",
    "without an environment": "subprocess.run(['setsid', 'sh', '-c', f'setsid sleep {TOKEN} &'], env={})",
    "ignoring signals": "subprocess.run(['setsid', 'sh', '-c', f'trap \"\" TERM INT HUP; setsid sleep {TOKEN} &'])",
    "a tree": "subprocess.run(['sh', '-c', f'(setsid sh -c \"sleep {TOKEN}; true\"; true) &'])",
}
ENDS = {
    "returns": ("", 0),
    "exits": ("os._exit(7)", 7),
    "crashes": ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    "is killed": ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
    "runs into its alarm": ("signal.alarm(1); time.sleep(60)", -signal.SIGALRM),
}


def script(folder: Path, body: str) -> tuple[list[str], str]:
    """A program that is kept, and the word by which what it starts is found."""
    token = f"{1000 + os.getpid()}.{time.monotonic_ns()}"
    path = folder / "kept.py"
    head = (
        f"import os, signal, subprocess, sys, time\nfrom azda_runtime.keeper import keep\nTOKEN = '{token}'\nkeep()\n"
    )
    path.write_text(f"{head}{body}\n", encoding="utf-8")
    return [sys.executable, str(path)], token


def alive(token: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().split(b"\0")
            state = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except OSError:
            continue
        if b"sleep" in line and token.encode() in line and state != "Z":
            found.append(folder.name)
    return found


def wait_for(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(DOCKER_BUILD))


@pytest.mark.parametrize("end", ENDS)
def test_an_end_is_reported_as_it_was(tmp_path: Path, end: str) -> None:
    body, code = ENDS[end]
    command, _ = script(tmp_path, body)
    assert subprocess.run(command, check=False).returncode == code


@pytest.mark.parametrize("hides", HIDES)
@pytest.mark.parametrize("end", ["", "os._exit(7)", "os.kill(os.getpid(), 9)"], ids=["returns", "exits", "is killed"])
def test_what_it_started_ends_with_it(tmp_path: Path, hides: str, end: str) -> None:
    wait = f"\nwhile not subprocess.run(['pgrep', '-f', 'sleep ' + TOKEN], stdout=-3).returncode == 0: pass\n{end}"
    command, token = script(tmp_path, HIDES[hides] + wait)
    subprocess.run(command, check=False, timeout=30)
    assert alive(token) == []


def test_orphans_are_reaped_while_it_runs(tmp_path: Path) -> None:
    body = (
        "for _ in range(20): subprocess.run(['sh', '-c', 'true & setsid true &'])\n"
        "time.sleep(0.5)\n"
        "print(subprocess.run(['ps', '-o', 'stat=', '--ppid', str(os.getppid())], capture_output=True).stdout.decode())"
    )
    done = subprocess.run(script(tmp_path, body)[0], capture_output=True, text=True, check=True)
    assert "Z" not in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_handed_on(tmp_path: Path, number: int) -> None:
    body = f"signal.signal({number}, lambda *_: os._exit(42))\nprint('ready', flush=True)\ntime.sleep(60)"
    with subprocess.Popen(script(tmp_path, body)[0], stdout=subprocess.PIPE) as kept:
        assert kept.stdout
        kept.stdout.readline()
        kept.send_signal(number)
        assert kept.wait(20) == 42


@pytest.mark.skipif(os.getuid() != 0, reason="root alone can make a container's processes")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_as_the_first_process_of_a_container_it_hands_on_what_comes_from_outside(tmp_path: Path, number: int) -> None:
    body = f"signal.signal({number}, lambda *_: os._exit(42))\n{HIDES['forked twice']}\nprint('ready', flush=True)\n"
    command, token = script(tmp_path, body + "time.sleep(60)")
    inside = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child", *command]
    with subprocess.Popen(inside, stdout=subprocess.PIPE) as container:
        assert container.stdout
        container.stdout.readline()
        found = Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text(encoding="ascii").split()
        os.kill(int(found[0]), number)
        assert container.wait(20) == 42
    assert alive(token) == []


@pytest.mark.skipif(os.getuid() != 0, reason="root alone can make a container's processes")
def test_a_crash_of_the_first_process_of_a_container_is_an_exit_code(tmp_path: Path) -> None:
    command, _ = script(tmp_path, "import ctypes; ctypes.string_at(0)")
    done = subprocess.run(["unshare", "--pid", "--mount-proc", "--fork", *command], check=False, timeout=30)
    assert done.returncode == 128 + signal.SIGSEGV


def test_sigquit_ends_it_at_once_with_all_that_it_started(tmp_path: Path) -> None:
    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    body += f"{HIDES['forked twice']}\nprint('ready', flush=True)\ntime.sleep(60)"
    command, token = script(tmp_path, body)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as kept:
        assert kept.stdout
        kept.stdout.readline()
        wait_for(lambda: len(alive(token)) == 2)
        kept.send_signal(signal.SIGQUIT)
        assert kept.wait(20) == -signal.SIGKILL
    assert alive(token) == []


# A supervisor that kills its child, which started what hides; then it looks after what is left.
SUPERVISOR = """
import sys, time
from azda_runtime import keeper
from azda_runtime.supervisor import child_process
sys.executable = sys.argv[1]
keeper.adopt_orphans()
ended = []
child = child_process.Child([sys.argv[2]], "", take=lambda line: print(line, flush=True), ended=ended.append)
sys.stdin.readline()
child.kill()
while not ended:
    time.sleep(0.05)
child_process.end_orphans()
print(ended[0], flush=True)
"""


@pytest.mark.parametrize("hides", [name for name in HIDES if name != "without an environment"])
@pytest.mark.slow
def test_what_hides_ends_when_keeper_and_process_are_killed_in_one(tmp_path: Path, hides: str) -> None:
    command, token = script(tmp_path, f"{HIDES[hides]}\nprint('ready', flush=True)\ntime.sleep(60)")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {command[0]} "$3"\n', encoding="utf-8")
    python.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(python), command[1]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == "ready\n"
        wait_for(lambda: alive(token))
        answer, _ = supervisor.communicate("go\n", timeout=30)
    assert answer == "-9\n"
    wait_for(lambda: not alive(token))


def environment(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text(encoding="utf-8").split("\0")


@pytest.mark.parametrize(("command", "given"), [("rtsp", True), ("worker", False)])
def test_the_password_for_the_video_is_given_to_its_server_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, *, given: bool
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nread line\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("AZDA_RTSP_PASSWORD", "canary")
    monkeypatch.setenv("OTHER", "kept")
    ended: list[int] = []
    child = Child([command], "", take=lambda _: None, ended=ended.append)
    try:
        # Ctrl-C at a terminal, which goes to our group, must not end pipelines before they are asked to.
        assert (os.getpgid(child.pid), os.getsid(child.pid)) == (child.pid, child.pid)
        found = environment(child.pid)
        assert ("AZDA_RTSP_PASSWORD=canary" in found) is given
        assert "OTHER=kept" in found
    finally:
        child.write("end")
    wait_for(lambda: ended)
    assert ended == [0]


# As a process of ours writes a record for its supervisor.
RECORD = '{"azdaLog": {"level": 40, "name": "azda_runtime.gst.player", "text": "seen", "hint": "look"}}'


def test_what_a_process_prints_is_read_to_its_end_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    python = tmp_path / "python"
    body = "yes 'a parser that talks' | head -c 60000000 >&2; head -c 20000000 /dev/zero >&2; echo >&2; "
    python.write_text(f"#!/bin/sh\n{body}echo '{RECORD}' >&2; echo done\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    lines: list[str] = []
    ended: list[int] = []
    Child(["worker"], "", take=lines.append, ended=ended.append, about="Blobs")
    wait_for(lambda: ended)
    printed = "".join(f"{line}\n" for line in logged)
    assert lines == ["done"]
    assert len(printed) < 3 * BURST  # with the pipeline's name before each line
    assert printed.startswith("Blobs: a parser that talks\n")
    assert "error: seen\nhint: look\n" in printed
    assert "warning: Blobs: " in printed
    assert "lines of its output are left out: more than 2 kB a second are not kept" in printed


@given(st.lists(st.tuples(st.integers(0, 9000), st.floats(0, 100), st.booleans())))
def test_the_budget_never_lets_through_more_than_it_says(lines: list[tuple[int, float, bool]]) -> None:
    budget, now, taken, refused, said = OutputBudget(0.0), 0.0, 0, 0, 0
    for size, pause, ours in lines:
        now += pause
        line = (OURS[0] if ours else b"") + b"x" * size
        if budget.takes(line, now):
            taken += len(line)
        else:
            refused += 1
        said += int(budget.left_out(now).partition(" ")[0] or 0)
    said += int(budget.left_out(now, at_end=True).partition(" ")[0] or 0)
    assert taken <= 2 * (BURST + now * BYTES_A_SECOND)
    assert said == refused
