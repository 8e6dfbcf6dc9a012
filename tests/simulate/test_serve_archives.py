"""Model archives in `serve`: fetched beside what runs, and swapped in when they are whole."""

import hashlib
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
    assert "killed" not in served.story


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
