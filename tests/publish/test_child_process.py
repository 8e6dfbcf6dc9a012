"""Work that comes to a good place: in a fork, and in the same process where there is none."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from azdacli.publish import child_process

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys, time
from azdacli.publish import child_process
child_process._FORKS = sys.argv[1] == "fork"

def work(over):
    os.write(1, b"begun\\n")
    if over.wait(20):
        os.write(1, b"ended in order\\n")  # one write: two processes share the pipe
        if "stubborn" in sys.argv:
            time.sleep(20)
        return 0
    return 3

code = child_process.run(work, lambda: os.write(1, b"told\\n"))
os.write(1, b"%d\\n" % code)
sys.exit(code)
"""
WAYS = ["fork", "here"]


@pytest.mark.parametrize("forks", [True, False])
@pytest.mark.parametrize("code", [0, 7])
def test_the_code_of_the_work_is_handed_on(forks: bool, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_FORKS", forks)
    before = signal.getsignal(signal.SIGINT)
    assert child_process.run(lambda over: 99 if over.is_set() else code) == code
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_lets_it_come_to_its_good_place(way: str, number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, way], cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stdout.readline() == "begun\n"
        program.send_signal(number)
        said = program.stdout.read().splitlines()
        assert program.wait(20) == 128 + number
    assert sorted(said) == [str(128 + number), "ended in order", "told"]


@pytest.mark.parametrize("way", WAYS)
def test_a_second_interruption_ends_it_at_once(way: str) -> None:
    command = [sys.executable, "-c", PROGRAM, way, "stubborn"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        assert program.stdout.readline() == "begun\n"
        program.send_signal(signal.SIGINT)
        lines = {program.stdout.readline(), program.stdout.readline()}
        assert lines == {"told\n", "ended in order\n"}
        program.send_signal(signal.SIGINT)
        assert program.wait(10) == 130


def test_it_works_where_there_is_no_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_FORKS", False)
    monkeypatch.delattr(os, "fork")
    monkeypatch.delattr(os, "setsid")
    monkeypatch.delattr(signal, "SIGHUP")
    monkeypatch.delattr(signal, "SIGKILL")
    assert child_process.run(lambda _: 4) == 4
