"""A volume that belongs to root is said at the start with its cure, and in the state; what needs none of it goes on."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor import storage
from azda_runtime.supervisor.storage import Storage

NOBODY = 65534
ROOT = Path(__file__).parents[2]

as_another_user = pytest.mark.skipif(os.getuid() != 0, reason="root alone can be another user")


@pytest.fixture
def volumes() -> Iterator[Path]:
    """A folder that everybody may see, with volumes that belong to root."""
    with tempfile.TemporaryDirectory(prefix="azda-volumes-") as folder:
        Path(folder).chmod(0o755)
        for name in ("state", "recordings"):
            Path(folder, name).mkdir(mode=0o755)
        Path(folder, "tmp").mkdir()
        Path(folder, "tmp").chmod(0o777)
        yield Path(folder)


def command(folder: Path, *words: object) -> dict[str, Any]:
    own = {"PYTHONPATH": str(ROOT / "docker-build"), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(folder / "tmp")}
    environment = {**os.environ, **own}
    return {"args": ["/usr/bin/python3", "-m", "azda_runtime", *map(str, words)], "env": environment, "user": NOBODY}


def wait_for(condition: Callable[[], Any]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.1)


@as_another_user
def test_serve_goes_on_with_a_state_folder_that_belongs_to_root_and_says_so_everywhere(volumes: Path) -> None:
    log = volumes / "story.txt"
    options = ("--settings", volumes / "s.json", "--state", volumes / "state", "--recordings", volumes / "recordings")
    (volumes / "s.json").write_text("{}", encoding="utf-8")
    with log.open("wb") as stderr:
        serve = subprocess.Popen(
            **command(volumes, "serve", *options, "--messages", "/dev/null", "--rtsp-port", 0), stderr=stderr
        )
    try:
        wait_for(lambda: "is used meanwhile" in log.read_text(encoding="utf-8"))
        used = Path(log.read_text(encoding="utf-8").partition("warning: ")[2].partition(" is used")[0])
        wait_for((used / "health.json").exists)
        state = json.loads((used / "health.json").read_text(encoding="utf-8"))
        health = subprocess.run(
            **command(volumes, "health", "--state", volumes / "state"), capture_output=True, text=True, check=False
        )
    finally:
        serve.terminate()
        assert serve.wait(30) == 0
    for folder, what in (("state", "the state and the models"), ("recordings", "recordings")):
        sentence = (
            f"The folder for {what}, {volumes / folder}, cannot be written:"
            " it belongs to user 0 (root), and this process is user 65534 (nobody)."
        )
        cure = f"On the host: `sudo chown -R {NOBODY}:{os.getegid()}` the folder that is mounted there"
        assert sentence in log.read_text(encoding="utf-8")
        reported = next(each for each in state["troubles"] if each["what"] == folder)
        assert reported["problem"] == sentence
        assert reported["hint"].startswith(cure)
    assert health.returncode == 1
    assert "belongs to user 0 (root)" in health.stdout
    assert "sudo chown -R" in health.stdout


def test_a_folder_that_can_be_made_is_no_problem_and_is_not_made(tmp_path: Path, logged: list[str]) -> None:
    made = Storage(tmp_path / "a" / "b", tmp_path / "c" / "d")
    assert made.problems(0.0) == []
    assert logged == []
    assert list(tmp_path.iterdir()) == []
    assert made.state == tmp_path / "a" / "b"


@as_another_user
def test_a_read_only_file_system_is_called_so(volumes: Path) -> None:
    script = (
        f"mount -t tmpfs -o ro none {volumes / 'recordings'} || exit 99; exec /usr/bin/python3 -c 'from pathlib import"
        f' Path; from azda_runtime.supervisor.storage import unwritable; print(unwritable(Path("{volumes}/recordings"),'
        ' "recordings").message)\''
    )
    words = {**command(volumes), "args": ["unshare", "--mount", "sh", "-c", script], "user": 0}
    done = subprocess.run(**words, capture_output=True, text=True, check=False)
    if done.returncode == 99:
        pytest.skip("nothing may be mounted here")
    assert done.stdout.strip().endswith("recordings, cannot be written: its file system is read-only."), done.stderr


def test_without_any_folder_it_does_not_start_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    def none_left(*_: object, **__: object) -> str:
        raise FileNotFoundError("No usable temporary directory found")

    lost = storage.Unwritable(message="It cannot be written.", hint="Mount a volume.")
    monkeypatch.setattr(storage, "unwritable", lambda *_: lost)
    monkeypatch.setattr(tempfile, "mkdtemp", none_left)
    with pytest.raises(InvalidValueError, match="there is no folder for the state at all") as caught:
        Storage(tmp_path, tmp_path)
    assert caught.value.hint == "Mount a volume."
    assert logged == ["error: It cannot be written.\nhint: Mount a volume."]
