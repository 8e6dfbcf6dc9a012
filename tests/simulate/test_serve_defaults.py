"""What docs/runtime.md states as the defaults of `serve`: its one docker command, with nothing typed but the settings.

The folders and the port of the defaults are those of a machine, so each test runs in a mount and a network of its own.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.conftest import ROOT, wait_for
from tests.simulate.test_serve import document, pipeline

pytestmark = [
    pytest.mark.gstreamer,
    pytest.mark.skipif(
        subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, check=False).returncode != 0,
        reason="mounts and networks of one's own are for root",
    ),
]

OPTIONS = (ROOT / "docs" / "runtime.md").read_text(encoding="utf-8").partition("## The settings file")[0]
# Empty folders where the defaults are, then what is typed.
PRIVATE = """
ip link set lo up 2>/dev/null || python3 -c '
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))'
mkdir -p /var/lib/azda /tmp/VideoUploaderCache
mount -t tmpfs -o size=200m none /var/lib/azda && mount -t tmpfs -o "size=$SIZE" none /tmp/VideoUploaderCache || exit 99
exec "$@"
"""


class Private:
    """`serve --settings F > out`, and whoever looks at it from within."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.settings = folder / "settings.json"
        self.out, self.log = folder / "out", folder / "story.txt"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, settings: Any, *words: str, size: str = "200m") -> None:
        self.settings.write_text(json.dumps(settings), encoding="utf-8")
        command = ["unshare", "--mount", "--net", "sh", "-c", PRIVATE, "sh", sys.executable, "-m", "azda_runtime"]
        with self.out.open("wb") as out, self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "serve", "--settings", str(self.settings), *words],
                env={**self._environment, "SIZE": size},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
            )

    def inside(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run something where the supervisor runs, as `docker exec` does."""
        assert self._process
        assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
        enter = ["nsenter", "--mount", "--net", "--target", str(self._process.pid)]
        return subprocess.run([*enter, *words], env=self._environment, capture_output=True, text=True, check=False)

    def health(self) -> tuple[int, str]:
        done = self.inside(sys.executable, "-m", "azda_runtime", "health")
        return done.returncode, done.stdout.strip()

    def frames(self) -> list[int]:
        whole = self.out.read_text(encoding="utf-8").rpartition("\n")[0]
        reported = [each for line in whole.splitlines() for each in json.loads(line)["inferences"]]
        return [each["sourceInfo"]["frameId"] for each in reported if each["type"] == "detection"]

    def stop(self) -> int:
        assert self._process
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)


@pytest.fixture
def private(tmp_path: Path, runtime_environment: dict[str, str]) -> Iterator[Private]:
    made = Private(tmp_path, runtime_environment)
    yield made
    made.stop()


def test_the_pages_one_command_does_what_the_page_says(private: Private, ball: Path) -> None:
    assert "default: stdout" in OPTIONS
    for default in ("`/var/lib/azda`", "`/tmp/VideoUploaderCache`", "8554"):
        assert default in OPTIONS
    private.start(
        {
            "azdaConfiguration": document(ball, pipeline("Blobs")),
            "outputVideoLength": 2,
            "startRecording": [{"configId": "Blobs", "state": True}],
        }
    )
    wait_for(lambda: len(private.frames()) > 30, 120)
    assert private.frames()[:30] == list(range(private.frames()[0], private.frames()[0] + 30))
    wait_for(lambda: private.health() == (0, "All is well: Blobs is playing."), 60)
    assert private.inside("test", "-s", "/var/lib/azda/health.json").returncode == 0
    wait_for(lambda: ".mp4" in private.inside("ls", "/tmp/VideoUploaderCache").stdout, 60)
    listening = private.inside("cat", "/proc/net/tcp").stdout
    assert re.search(r":216A 00000000:0000 0A", listening)  # 8554, in whatever address it listens at
    assert private.stop() == 0
    assert "Traceback" not in private.log.read_text(encoding="utf-8")


def test_recordings_that_cannot_be_written_are_ill_health(private: Private, ball: Path) -> None:
    recorded = {
        "azdaConfiguration": document(ball, pipeline("Blobs")),
        "startRecording": [{"configId": "Blobs", "state": True}],
    }
    private.start(recorded, "--rtsp-port", "0", size="16k")
    wait_for(lambda: "its recording failed" in private.health()[1], 120)
    code, sentence = private.health()
    assert code == 1
    assert sentence.startswith("Blobs plays, and its recording failed: ")
    assert private.frames()


def test_a_silent_and_a_hanging_process_have_the_times_of_the_page() -> None:
    from azda_runtime.commands import serve  # its options alone

    options = serve._options([])
    assert (options.parser_timeout, options.silence) == (60.0, 60.0)
    assert "a parser's call that takes longer ends its pipeline; 60, 0 waits for ever" in OPTIONS
    assert "is killed; 60" in OPTIONS


def test_an_output_that_takes_nothing_is_ill_health(private: Private, ball: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    private.out = Path(os.devnull)
    private.start(document(ball, pipeline("Blobs")), "--messages", str(tmp_path / "fifo"), "--rtsp-port", "0")
    wait_for(lambda: "takes none any more" in private.health()[1], 200)
    assert private.health() == (1, "Whoever takes the messages takes none any more.")
    os.close(reader)
    assert private._process
    assert private._process.wait(60) == 141
