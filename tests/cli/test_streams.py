"""Whoever stops reading ends a verb in silence, and a stream that is closed or full is no mistake of ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

AZDACLI = (sys.executable, "-m", "azdacli")
ROOT = Path(__file__).parent.parent.parent
RULES = ("validate-parser", "--explain", "all")
ANSWERS = {
    "an answer": RULES,
    "help": ("--help",),
    "a verb's help": ("push", "--help"),
    "JSON about a failure": ("validate-parser", "/nowhere", "--json"),
}
FAILURES = {
    "a failure": ("validate-parser", "/nowhere"),
    "a usage error": ("push", "--no-such-option"),
    "no such verb": ("psuh",),
}


def with_no_reader(*words: str, of_answers: bool) -> "subprocess.CompletedProcess[bytes]":
    """Run with standard output, or standard error, on a pipe whose other end is closed already."""
    reading, writing = os.pipe()
    os.close(reading)
    stdout, stderr = (writing, subprocess.PIPE) if of_answers else (subprocess.PIPE, writing)
    try:
        return subprocess.run([*AZDACLI, *words], cwd=ROOT, check=False, stdout=stdout, stderr=stderr)
    finally:
        os.close(writing)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_nobody_reads_ends_silently(name: str) -> None:
    done = with_no_reader(*ANSWERS[name], of_answers=True)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("name", FAILURES)
def test_a_message_that_nobody_reads_ends_silently(name: str) -> None:
    done = with_no_reader(*FAILURES[name], of_answers=False)
    assert (done.returncode, done.stdout) == (141, b"")


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX closes streams")
@pytest.mark.parametrize(
    ("words", "closing", "code"),
    [
        (RULES, ">&-", 0),
        (RULES, "<&- >&- 2>&-", 0),
        (("validate-parser", "/nowhere"), "2>&-", 3),
        (("validate-parser", "/nowhere", "--json"), ">&- 2>&-", 3),
    ],
)
def test_a_closed_stream_changes_no_exit_code(words: tuple[str, ...], closing: str, code: int) -> None:
    line = ["sh", "-c", f'exec "$@" {closing}', "sh", *AZDACLI, *words]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
def test_a_full_disk_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*AZDACLI, *RULES], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "error: cannot write to standard output: No space left on device\n")
