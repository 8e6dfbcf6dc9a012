"""Nothing that a twin holds ends the supervisor, or a pipeline that it does not name.

AZDA_FUZZ_ROUNDS says how many twins are tried, AZDA_FUZZ_SEED which; `make fuzz-twins` tries ten thousand.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.simulate.archives import ArchiveServer, zipped
from tests.simulate.conftest import wait_for
from tests.simulate.hostile_twins import LEAVES, PLAYING, archived, base, twins
from tests.simulate.serving import Served

pytestmark = pytest.mark.gstreamer

ROUNDS = int(os.environ.get("AZDA_FUZZ_ROUNDS", "200"))
SEED = int(os.environ.get("AZDA_FUZZ_SEED", "14"))
MOST_MEMORY = 150 * 1000 * 1000
# `serve` that looks at its file more often than every quarter of a second, and counts what the supervisor took.
QUICK = """
import sys
import azda_runtime.hub.file as file
from azda_runtime.__main__ import main
from azda_runtime.supervisor.supervisor import Supervisor
file._LOOK_SECONDS = 0.004
arrived = Supervisor._arrived
def counted(self, *arguments):
    try:
        return arrived(self, *arguments)
    finally:
        with open(sys.argv[sys.argv.index("--settings") + 1] + ".taken", "ab") as count:
            count.write(b".")
Supervisor._arrived = counted
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def served(runtime_environment: dict[str, str], tmp_path: Path, archives: ArchiveServer) -> Iterator[Served]:
    environment = {**runtime_environment, "SSL_CERT_FILE": str(archives.certificate)}
    served = Served(tmp_path, environment, ("-c", QUICK))
    yield served
    served.clean()


def taken(served: Served) -> int:
    count = served.settings.with_name(served.settings.name + ".taken")
    return count.stat().st_size if count.exists() else 0


def put(served: Served, twin: bytes) -> None:
    before = taken(served)
    served.configure(twin)
    wait_for(lambda: taken(served) > before, pause=0.004)


def test_nothing_in_a_twin_ends_the_supervisor_or_what_plays(served: Served, archives: ArchiveServer) -> None:
    archives.content = zipped()
    document = base()
    document["components"]["deepStream"]["pipelineConfigs"].append(archived(archives.url))
    served.configure(document)
    served.start()
    served.wait_until("Archived", "playing")
    pids = [served.wait_until(name, "playing")["pid"] for name in PLAYING]
    for number, twin in zip(range(1, ROUNDS + 1), twins(Random(SEED), archives.url), strict=False):
        put(served, twin)
        if number % 25 == 0 or number == ROUNDS:
            served.configure(base(**{f"round-{number}": 1}))
            served.wait(lambda key=f"round-{number}": any(key in each["path"] for each in served.state["problems"]))
            assert [served.pipeline(name).get("pid") for name in PLAYING] == pids, f"round {number}\n{served.log}"
            assert served.peak < MOST_MEMORY, f"round {number}"
    assert [served.pipeline(name)["restarts"] for name in PLAYING] == [0, 0]
    assert "Traceback" not in served.log
    assert served.health()[0] == 0
    assert served.stop() == 0


def test_a_file_that_no_file_system_can_name_is_told_of_and_costs_its_pipeline_alone(served: Served) -> None:
    document = base()
    names = [leaf for leaf in LEAVES if isinstance(leaf, str)][:12]
    document["components"]["sensors"] = [{"name": "eye", "endpoint": "file:///video.mp4"}]
    for number, name in enumerate(names):
        model = {"configFile": name, "pyFile": "b.py"}
        document["components"]["deepStream"]["pipelineConfigs"].append(
            {"id": f"Bad {number}", "primaryModelConfigPath": model}
        )
        document["components"]["deepStream"]["streams"].append({"name": "eye", "configId": f"Bad {number}"})
    served.configure(document)
    served.start()
    for name in PLAYING:
        served.wait_until(name, "playing")
    code, sentence = served.health()
    assert code == 1
    assert "pipelineConfigs[2].primaryModelConfigPath.configFile: The path" in sentence
    assert sentence.endswith("is too long.")
    assert served.stop() == 0
