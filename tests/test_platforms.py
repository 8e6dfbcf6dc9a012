"""Every verb works without what only POSIX systems have, as on Windows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import runtimes
from support.registries import StartRegistry

from azdacli.cli.app import COMMANDS

ROOT = Path(__file__).parent.parent
BLOB = ROOT / "examples" / "blob-detector" / "custom-assets"

# What Python's documentation marks "Availability: Unix". The libraries that azdacli stands on have a way of their own
# for Windows, which a changed Linux cannot take; so it is hidden from our own files, and taken from modules where
# nobody else asks.
PROGRAM = r"""
import builtins, os, signal, socket, sys

HIDDEN = {"fcntl", "pwd", "grp", "termios", "tty", "pty", "resource", "syslog", "readline", "curses", "spwd", "crypt"}
GONE = {
    os: (
        "fork forkpty setsid setpgid setpgrp killpg getpgid getuid geteuid getgid getegid chown fchown lchown mkfifo "
        "mknod pread pwrite nice chroot wait3 wait4 sysconf O_DIRECTORY O_NOFOLLOW O_NONBLOCK statvfs sync getgroups "
        "initgroups WNOHANG O_CLOEXEC O_NOCTTY"
    ).split(),
    signal: "SIGHUP SIGALRM SIGUSR1 SIGUSR2 SIGCHLD SIGQUIT SIGKILL alarm pthread_sigmask".split(),
    socket: ["AF_UNIX"],
}
real_import = builtins.__import__

def guarded(name, globals=None, locals=None, fromlist=(), level=0):
    if (globals or {}).get("__name__", "").startswith("azdacli") and name.partition(".")[0] in HIDDEN:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)
    return real_import(name, globals, locals, fromlist, level)

builtins.__import__ = guarded

class Without:
    # What our files see of a module that is not whole.
    def __init__(self, module, gone):
        self.__dict__.update(_module=module, _gone=frozenset(gone))
    def __getattr__(self, name):
        if name in self._gone:
            raise AttributeError(f"module '{self._module.__name__}' has no attribute '{name}'", name=name)
        return getattr(self._module, name)
    def __setattr__(self, name, value):
        setattr(self._module, name, value)

SEEN = {module.__name__: Without(module, gone) for module, gone in GONE.items()}

def windows(name, globals=None, locals=None, fromlist=(), level=0):
    found = guarded(name, globals, locals, fromlist, level)
    if (globals or {}).get("__name__", "").startswith("azdacli"):
        return SEEN.get(name, found)
    return found

builtins.__import__ = windows
from azdacli.publish import child_process
child_process._FORKS = False
from azdacli.__main__ import main
main()
"""


def run(*words: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in answer.stderr, answer.stderr
    return answer


def test_the_program_does_hide_them(tmp_path: Path) -> None:
    lines = "import azdacli.cli.console as c\nexec('import os, fcntl', vars(c))"
    program = PROGRAM.replace("main()\n", f"{lines}\n")
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ModuleNotFoundError: No module named 'fcntl'" in answer.stderr
    answer = subprocess.run(
        [sys.executable, "-c", program.replace("import os, fcntl", "import os; os.fork()")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "AttributeError: module 'os' has no attribute 'fork'" in answer.stderr


@pytest.mark.parametrize("verb", COMMANDS)
def test_help(verb: str, tmp_path: Path) -> None:
    assert run(verb, "--help", cwd=tmp_path).returncode == 0


def test_validate_parser(tmp_path: Path) -> None:
    answer = run("validate-parser", "--json", str(BLOB), cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout


def test_create_prints_the_dockerfile(tmp_path: Path) -> None:
    answer = run(
        *("create", "--device-type", "CPU", "--no-build-image", "--add", f"{BLOB} /custom-assets"), cwd=tmp_path
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("# Made by azdacli")


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--device-type", "CPU", "--tag", "x"),
        ("build", "--path", "folder", "--tag", "x"),
        ("push", "--image-name", "x", "--container-registry", "127.0.0.1:1"),
    ],
)
def test_what_needs_an_engine_says_that_there_is_none(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "Dockerfile").write_text("FROM scratch\n")
    answer = run(*words, cwd=tmp_path, DOCKER_HOST="tcp://127.0.0.1:1", DOCKER_CONFIG=str(tmp_path))
    assert answer.returncode == 5, answer.stderr


def test_publish_to_a_registry_and_into_a_folder(any_registry: StartRegistry, tmp_path: Path) -> None:
    one = any_registry("none")
    runtimes.put_runtime(runtimes.connect(one.host, None).repository("azda-runtime", push=True), "7.1-cpu")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "labels.txt").write_text("person\n")
    words = ("publish", "--base", f"{one.host}/azda-runtime:7.1-cpu", "--add", "./assets /custom-assets")
    sent = run(*words, "--image", f"{one.host}/pose:1", cwd=tmp_path, AZDA_CACHE_DIR=str(tmp_path / "cache"))
    assert sent.returncode == 0, sent.stderr
    written = run(*words, "--image", "oci:layout:1", cwd=tmp_path, AZDA_CACHE_DIR=str(tmp_path / "cache"))
    assert written.returncode == 0, written.stderr
    assert sent.stdout.startswith(f"{one.host}/pose@sha256:")
    assert (tmp_path / "layout" / "index.json").is_file()


def test_gen_manifest_and_deploy(tmp_path: Path) -> None:
    words = ("--image", "example.azurecr.io/pose:1", "--device-type", "Jetson", "--inspect", "none")
    pipeline = ("--stream", "door=rtsp://camera/live", "--pipeline", "id=pose,config=/a/pgie.txt")
    made = run("gen-manifest", *words, *pipeline, "--output", "m.json", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    sent = run("deploy", "--device", "d", "--hub", "h", "--dry-run", "m.json", cwd=tmp_path)
    assert sent.returncode == 0, sent.stderr


def test_doctor(tmp_path: Path) -> None:
    checks = ("context", "engine", "builder", "disk", "emulation", "python", "proxies", "clock")
    answer = run("doctor", "--json", *checks, cwd=tmp_path, DOCKER_HOST="tcp://127.0.0.1:1")
    assert answer.returncode == 5
    assert "could not be checked" not in answer.stdout
    device = run("doctor", "--device", "--json", cwd=tmp_path, DOCKER_HOST="tcp://127.0.0.1:1")
    assert json.loads(device.stdout)["exitCode"] == device.returncode
    unix = run("doctor", "--json", "engine", cwd=tmp_path, DOCKER_HOST="unix:///none")
    assert "no sockets that are files" in unix.stdout


@pytest.mark.gstreamer
def test_simulate(tmp_path: Path) -> None:
    answer = run("simulate", str(BLOB), "--source", "test:ball:1", "--output", "out", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr


def test_no_file_of_ours_imports_what_windows_lacks() -> None:
    lacking = re.compile(
        r"^\s*(?:import|from) (fcntl|pwd|grp|termios|resource|tty|pty|syslog|readline)\b", re.MULTILINE
    )
    found = [path for path in (ROOT / "azdacli").rglob("*.py") if lacking.search(path.read_text(encoding="utf-8"))]
    assert found == []
