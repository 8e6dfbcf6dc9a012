"""What harms a machine ends as a finding, within its limits, with nothing changed outside: in the real child."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from azdacli.parser_check import running
from azdacli.parser_check.run import Runnable
from azdacli.parser_run import child, events, sandbox
from azdacli.parser_run.job import Options
from azdacli.parser_run.run import Ran, run
from azdacli.parser_run.sandbox import Sandbox
from tests.simulator.parser_run import corpus

SHAPES = ({"name": "output0", "dims": [6, 8], "dtype": "float32"},)
HEAD = "import ctypes, os, signal, sys, threading, time\nimport numpy as np\n"
HEAD += "model_type = 0\nname = 'x'\nlabels = ['a', 'b']\n"
CALL = "def parse_det_model(config, raw_outputs):\n    {body}\n    return [], [], [], None\n"
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces are Linux's")


def parsed(folder: Path, body: str, *, before: str = "", **options: object) -> Ran:
    parser = folder / "parser.py"
    parser.write_text(HEAD + before + CALL.format(body=body), encoding="utf-8")
    given = {"shapes": SHAPES, "frames": 60, "seconds": 20.0, **options}
    return run(Runnable(path=parser, config=None), Options(**given))


def ids(ran: Ran) -> list[str]:
    return [finding.rule.id for finding in ran.findings]


def test_a_right_parser_runs_and_says_what_it_took(tmp_path: Path) -> None:
    ran = parsed(tmp_path, "pass")
    assert ids(ran) == []
    assert ran.calls > 60
    assert 0 < ran.own <= ran.whole
    assert ran.sandbox in {"bubblewrap", "unshare", "limits"}
    assert (ran.sandbox == "limits") == bool(ran.lacking)


HOSTILE = {
    "exit": ("os._exit(3)", "AZ722", "exit code 3"),
    "segfault": ("ctypes.string_at(0)", "AZ722", "segmentation fault"),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", "AZ722", "signal 9"),
    "abort": ("os.abort()", "AZ722", "aborted"),
    "every file closed": ("os.closerange(0, 64)", "AZ722", "the process ends"),
    "100 GB": ("np.ones(100 << 27)", "AZ724", "MemoryError"),
    "a fork bomb": ("[os.fork() for _ in range(9)]", "AZ725", "os.fork"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_ends_the_process_is_a_finding_with_its_line(tmp_path: Path, name: str) -> None:
    body, rule, said = HOSTILE[name]
    ran = parsed(tmp_path, body)
    finding = next(each for each in ran.findings if each.rule.id == rule)
    assert said in finding.message
    if name not in {"exit", "kill", "every file closed"}:  # which leave no stack
        assert finding.source.strip() == body


def test_an_endless_loop_ends_with_its_line_and_its_input(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    ran = parsed(tmp_path, "while True: pass", seconds=1.0, keep=keep)
    (finding,) = ran.findings
    assert (finding.rule.id, finding.source.strip()) == ("AZ723", "while True: pass")
    (file,) = keep.iterdir()
    assert f"--replay {file}" in finding.cure


def test_standard_output_that_is_closed_takes_no_finding_with_it(tmp_path: Path) -> None:
    assert ids(parsed(tmp_path, "os.closerange(1, 2); raise KeyError('x')")) == ["AZ735", "AZ702"]


def test_threads_and_tracing_are_told(tmp_path: Path) -> None:
    ran = parsed(tmp_path, "pass", before="threading.Thread(target=time.sleep, args=(900,), name='mine').start()\n")
    assert ids(ran) == ["AZ729"]
    assert ids(parsed(tmp_path, "sys.settrace(lambda *_: None)")) == ["AZ728"]


@pytest.mark.parametrize("how", ["open(PATH, 'w').write('x')", "os.remove(PATH)", "os.rename(PATH, PATH + 'x')"])
def test_files_outside_stay_as_they_are(tmp_path: Path, how: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    assert ids(parsed(tmp_path, how.replace("PATH", repr(str(victim))))) == ["AZ727"]
    assert victim.read_text(encoding="utf-8") == "mine"


def test_the_kernel_refuses_what_no_hook_hears(tmp_path: Path) -> None:
    """ctypes calls the C library, where no hook hears what it does: nothing written or connected all the same."""
    victim = tmp_path / "victim"
    write = f"ctypes.CDLL(None).creat({str(victim).encode()!r}, 0o644)"
    connect = "ctypes.CDLL(None).system(b'echo x > /dev/tcp/127.0.0.1/9')"
    ran = parsed(tmp_path, f"{write}; {connect}")
    if ran.sandbox == "limits":
        pytest.skip("this system gives no namespaces to its users")
    assert not victim.exists()


def test_no_secret_of_ours_gets_into_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZDA_PASSWORD", "hunter2")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    assert ids(parsed(tmp_path, "assert 'hunter2' not in str(os.environ)")) == []


def test_a_fork_bomb_in_c_is_ended(tmp_path: Path) -> None:
    if parsed(tmp_path, "pass").sandbox == "limits":
        pytest.skip("without namespaces a limit of the user holds it, which root does not have")
    bomb = "[ctypes.CDLL(None).fork() for _ in range(7)]; time.sleep(60)"
    ran = parsed(tmp_path, bomb, seconds=15.0)
    assert ids(ran)
    assert ids(ran)[0] in {"AZ725", "AZ722", "AZ723"}


def test_every_rule_about_running_has_a_parser_that_breaks_it() -> None:
    broken = {running.RULES[case.rule].id for case in corpus.WRONG} | {rule for _, rule, _ in HOSTILE.values()}
    elsewhere = {"AZ720", "AZ723", "AZ729", "AZ730", "AZ731"}  # below, above, and where recordings are replayed
    assert broken | elsewhere == {rule.id for rule in running.RULES.values()}
    assert len(set(running.RULES.values())) == len(running.RULES)


def test_what_is_not_finite_is_a_note(tmp_path: Path) -> None:
    ran = parsed(tmp_path, "int(raw_outputs['output0'].max())")
    assert [(each.rule.id, each.severity.value) for each in ran.findings] == [("AZ720", "note")]


def test_what_is_lacking_is_one_line() -> None:
    said = Sandbox(name="limits", lacking=("the network is open",)).said(["memory"])
    assert said == (
        "the sandbox of this system could not enforce everything: the network is open, no limit of memory; "
        "install bubblewrap for it"
    )
    assert Sandbox(name="unshare", prefix=("unshare",)).said() == ""


def test_without_programs_for_it_limits_are_what_there_is(tmp_path: Path) -> None:
    found = sandbox.find(tmp_path, {"PATH": str(tmp_path)})
    assert found.name == "limits"
    assert found.lacking


def test_the_end_of_a_child_says_where_it_was(tmp_path: Path) -> None:
    parser = tmp_path / "p.py"
    ended = child.Ended(errors=f'Timeout (0:00:01)!\n  File "/x.py", line 3 in f\n  File "{parser}", line 12 in g\n')
    assert (ended.timed_out, ended.line_in(parser), ended.crash) == (True, 12, "")


def kinds(folder: Path) -> dict[str, Sandbox]:
    """Each kind of sandbox that this system lets us make."""
    made = {"bubblewrap": sandbox._bubblewrap(folder, None), "unshare": sandbox._unshare(folder, None)}
    found = {kind: one for kind, one in made.items() if one and sandbox._works(one, folder, dict(os.environ))}
    if not found:
        pytest.skip("this system lets nobody make a namespace")
    return found


def run_in(kind: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a sandbox; anew where one of the sockets of other tests went while it was made."""
    for _ in range(5):
        done = subprocess.run(
            [*kinds(folder)[kind].prefix, sys.executable, "-c", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if not done.stderr.startswith(("bwrap:", "mount:")):
            break
    return done


CONNECT = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"


@pytest.mark.parametrize("place", ["/run", "elsewhere"])
def test_a_socket_that_is_a_file_cannot_be_reached(tmp_path: Path, place: str) -> None:
    """Who reaches the container engine's socket has the machine, network or not."""
    if place == "/run" and not os.access(place, os.W_OK):
        pytest.skip("/run belongs to root")
    (inside := tmp_path / "work").mkdir()
    with (
        tempfile.TemporaryDirectory(dir="/run" if place == "/run" else None) as name,
        socket.socket(socket.AF_UNIX) as one,
    ):
        one.bind(f"{name}/engine.sock")
        one.listen(8)
        for kind in kinds(inside):
            done = run_in(kind, inside, CONNECT, f"{name}/engine.sock")
            assert done.returncode != 0, kind
            assert any(said in done.stderr for said in ("ConnectionRefused", "FileNotFound")), (kind, done.stderr)
        one.settimeout(0)
        with pytest.raises(BlockingIOError):
            one.accept()


def test_bubblewrap_is_taken_before_unshare(tmp_path: Path) -> None:
    (inside := tmp_path / "work").mkdir()
    assert sandbox.find(inside, dict(os.environ)).name == next(iter(kinds(inside)))


def test_the_arguments_of_the_sandbox_are_on_no_command_line(tmp_path: Path) -> None:
    """They name everybody's sockets: who looks for the processes of a folder would take the sandbox for one of them."""
    (inside := tmp_path / "work").mkdir()
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as one:
        one.bind(f"{name}/engine.sock")
        one.listen()
        assert f"{name}/engine.sock" in sandbox._sockets()
        assert all(name not in word for box in kinds(inside).values() for word in box.prefix)


@pytest.mark.parametrize("kind", ["bubblewrap", "unshare"])
def test_what_a_parser_plants_is_not_written_through_when_another_child_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "unshare":
        monkeypatch.setattr(sandbox, "_bubblewrap", lambda *_: None)
    (mine := tmp_path / "mine.txt").write_text("as it was")
    before = f"""
C, HOME = ctypes.CDLL(None), os.environ["HOME"]


def plant():
    for name in ("mounts", "sockets", "arguments"):
        path = os.fsencode(HOME + "/" + name)
        C.unlink(path)
        C.symlink({str(mine)!r}.encode(), path)
    while True:
        pass


"""
    ran = parsed(tmp_path, "plant()", before=before, seconds=1.0, keep=tmp_path / "kept")
    if ran.sandbox != kind:
        pytest.skip(f"this system has no {kind}")
    assert ids(ran) == ["AZ731", "AZ723"]
    assert len(list((tmp_path / "kept").iterdir())) == 1, "a second child has made the input"
    assert mine.read_text() == "as it was"


OPENED = """
import os, sys
for path in sys.argv[1:]:
    try:
        os.close(os.open(path, os.O_WRONLY))
    except OSError:
        continue
    print(path)
"""
# A program named in core_pattern is started by the kernel, as root and outside of every namespace.
DANGEROUS = [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/vm/swappiness",
    "/proc/irq/default_smp_affinity",
    "/dev/kmsg",
    "/dev/kvm",
]


def test_what_only_asks_who_one_is_cannot_be_written_by_root_either(tmp_path: Path) -> None:
    (inside := tmp_path / "work").mkdir()
    paths = [*DANGEROUS, *map(str, Path("/dev/pts").glob("[0-9]*")), "/dev/null"]
    for kind in kinds(inside):
        done = run_in(kind, inside, OPENED, *paths)
        assert done.stdout.split() == ["/dev/null"], (kind, done.stderr)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root mounts")
def test_a_mount_whose_name_has_a_blank_is_read_only_too(tmp_path: Path) -> None:
    (inside := tmp_path / "work").mkdir()
    (disk := tmp_path / "USB DISK").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("this container may not mount")
    try:
        for kind, box in kinds(inside).items():
            subprocess.run(
                [*box.prefix, "touch", f"{disk}/written"], cwd=inside, capture_output=True, timeout=60, check=False
            )
            assert not list(disk.iterdir()), kind
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    "plant",
    ["symlink(b'/etc/passwd', name)", "symlink(b'/dev/zero', name)", "mkfifo(name, 0o600)"],
    ids=["a file", "no end", "a pipe"],
)
@pytest.mark.parametrize("name", ["evil.png", "recorded.npz"])
def test_what_a_parser_plants_is_not_taken_out(tmp_path: Path, name: str, plant: str) -> None:
    # Past Python, whose own calls the child refuses.
    body = f"name = (os.environ['HOME'] + '/{name}').encode()\n    ctypes.CDLL(None).{plant}"
    parsed(tmp_path, body, keep=tmp_path / "kept", record=tmp_path / "record.npz")
    assert not [each for each in (tmp_path / "kept").iterdir() if each.suffix == ".png"]
    record = tmp_path / "record.npz"
    assert not record.exists() or record.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    "event",
    [
        {"event": "finding", "rule": "nope", "message": "x"},
        {"event": "finding"},
        {"event": "finding", "rule": "raises", "message": "x", "input": "../../x"},
        {"event": "finding", "rule": "raises", "message": "x", "input": ".."},
        {"event": "impossible", "message": "x"},
        {"event": "end", "calls": "many"},
        {"event": ["end"]},
        [],
    ],
)
def test_an_event_that_our_child_never_writes_is_dropped(event: object) -> None:
    assert events.read(event) is None


def test_a_parser_that_floods_the_events_is_ended(tmp_path: Path) -> None:
    forged = json.dumps({"event": "limits", "lacking": ["x" * 1000]})
    body = f"while True: os.write(3, b'''{forged}\\n''')"
    ran = parsed(tmp_path, body, seconds=5.0)
    assert "AZ723" in ids(ran)


def test_a_failure_after_many_frames_is_found(tmp_path: Path) -> None:
    before = "count = 0\n"
    body = "global count; count += 1\n    if count > 900: raise RuntimeError('the buffer is full')"
    ran = parsed(tmp_path, body, before=before, frames=1000)
    (finding,) = [each for each in ran.findings if "the buffer is full" in each.message]
    assert finding.rule.severity.value == "error"
    assert "at frame " in finding.message
