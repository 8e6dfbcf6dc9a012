"""Model archives in `serve`: fetched beside what runs, and swapped in when they are whole."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.archives import ArchiveServer, zipped
from tests.simulate.serving import Served
from tests.simulate.test_serve import document, pipeline

pytestmark = pytest.mark.gstreamer

MODEL = {"configFile": "pgie_config.txt", "pyFile": "blob_parser.py"}


@pytest.fixture
def served(runtime_environment: dict[str, str], tmp_path: Path, archives: ArchiveServer) -> Iterator[Served]:
    served = Served(tmp_path, {**runtime_environment, "SSL_CERT_FILE": str(archives.certificate)})
    yield served
    served.clean()


def archived(url: str, **changes: Any) -> dict[str, Any]:
    return pipeline("Archived", unsecureZipUrl=url, primaryModelConfigPath=MODEL, **changes)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("top", ["", "model/"], ids=["flat", "one top folder"])
def test_a_model_is_fetched_while_other_pipelines_play(
    served: Served, ball: Path, archives: ArchiveServer, top: str
) -> None:
    archives.content = zipped(top)
    archives.go_on.clear()
    served.configure(document(ball, archived(archives.url), pipeline("Plain")))
    served.start()
    served.wait_until("Plain", "playing")
    assert (served.pipeline("Archived")["state"], "pid" in served.pipeline("Archived")) == ("starting", False)
    archives.go_on.set()
    state = served.wait_until("Archived", "playing")
    assert state["model"] == {"sha256": digest(archives.content)}
    served.wait(lambda: len(served.frames("Archived")) > 30)
    assert served.stop() == 0
    assert "killed" not in served.log


def test_the_old_model_runs_until_the_new_one_is_whole(served: Served, ball: Path, archives: ArchiveServer) -> None:
    archives.content = zipped()
    served.configure(document(ball, archived(archives.url)))
    served.start()
    old = served.wait_until("Archived", "playing")
    archives.content = zipped(without="blob_parser.py")
    served.configure(document(ball, archived(f"{archives.url}?version=2")))
    served.wait(lambda: "problem" in served.pipeline("Archived").get("model", {}))
    problem = served.pipeline("Archived")["model"]["problem"]
    assert problem.startswith('The archive does not hold "blob_parser.py".')
    assert served.pipeline("Archived")["pid"] == old["pid"]
    archives.content = zipped(label="better")
    archives.go_on.clear()
    served.configure(document(ball, archived(f"{archives.url}?version=3")))
    served.wait(lambda: archives.requests == 3)
    assert served.pipeline("Archived")["pid"] == old["pid"]
    archives.go_on.set()
    served.wait(lambda: served.pipeline("Archived").get("model") == {"sha256": digest(archives.content)})
    served.wait(lambda: '"better"' in served.messages.read_text(encoding="utf-8"))
    assert served.pipeline("Archived")["pid"] != old["pid"]
    assert served.stop() == 0


def test_after_a_restart_the_model_on_disk_is_used_while_the_network_is_away(
    served: Served, ball: Path, archives: ArchiveServer
) -> None:
    archives.content = zipped()
    served.configure(document(ball, archived(archives.url)))
    served.start()
    served.wait_until("Archived", "playing")
    assert served.stop() == 0
    archives.away = True
    served.start()
    served.wait_until("Archived", "playing")
    served.wait(lambda: "problem" in served.pipeline("Archived")["model"])
    assert "could not be fetched in 4 attempts" in served.pipeline("Archived")["model"]["problem"]
    assert served.health()[0] == 0
    assert served.stop() == 0


def test_a_model_that_cannot_be_had_is_tried_again_until_it_can(
    served: Served, ball: Path, archives: ArchiveServer
) -> None:
    archives.away = True
    served.configure(document(ball, archived(archives.url)))
    served.start()
    failure = served.wait_until("Archived", "backing off")["failure"]
    assert failure["kind"] == "archive"
    assert served.health()[0] == 1
    archives.content = zipped()
    archives.away = False
    served.wait_until("Archived", "playing")
    assert served.stop() == 0


def bombs() -> dict[str, bytes]:
    """Small archives that become gigabytes, or a million values, where they are taken."""
    made: dict[str, bytes] = {}
    for name, method in (("bzip2", zipfile.ZIP_BZIP2), ("lzma", zipfile.ZIP_LZMA), ("deflate", zipfile.ZIP_DEFLATED)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive, archive.open("model.onnx", "w", force_zip64=True) as file:
            for _ in range(300):
                file.write(bytes(1_000_000))
        made[f"/{name}.zip"] = buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(30_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    made["/entries.zip"] = buffer.getvalue()
    return made


def test_archives_that_are_bombs_cost_the_supervisor_nothing(
    served: Served, ball: Path, archives: ArchiveServer
) -> None:
    archives.others = bombs()
    base = archives.url.rpartition("/")[0]
    hostile = [
        pipeline(path.strip("/"), unsecureZipUrl=f"{base}{path}?sig=t0ken", primaryModelConfigPath=MODEL)
        for path in archives.others
    ]
    served.configure(document(ball, pipeline("Plain"), *hostile))
    served.start()
    for each in hostile:
        state = served.wait_until(each["id"], "backing off")
        assert state["failure"]["kind"] == "archive"
    served.wait_until("Plain", "playing")
    assert served.health()[0] == 1
    reported = {each["id"]: served.pipeline(each["id"])["failure"]["message"] for each in hostile}
    assert "is compressed by bzip2" in reported["bzip2.zip"]
    assert "is compressed by LZMA" in reported["lzma.zip"]
    assert 'does not hold "blob_parser.py", "pgie_config.txt"' in reported["deflate.zip"]
    assert "more than 20000 entries" in reported["entries.zip"]
    assert "t0ken" not in served.log
    most = Path(f"/proc/{served.pid}/status").read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]
    assert int(most) < 150_000  # in kB
    assert served.stop() == 0
