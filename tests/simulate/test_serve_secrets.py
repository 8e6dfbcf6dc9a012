"""What a running worker holds: the secrets of its own pipeline, and of no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulate.serving import Served
from tests.simulate.test_serve import document, pipeline

pytestmark = pytest.mark.gstreamer

OWN, OTHER = "CANARYown1234", "CANARYother5678"


@pytest.fixture
def served(runtime_environment: dict[str, str], tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path, runtime_environment)
    yield served
    served.clean()


def of_worker(keeper: int) -> dict[str, bytes]:
    """All that a worker and its keeper can be seen to hold."""
    children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text(encoding="ascii").split()
    assert children
    found = [of_process(pid) for pid in (keeper, *map(int, children))]
    return {name: b"".join(each[name] for each in found) for name in found[0]}


def of_process(pid: int) -> dict[str, bytes]:
    """The environment, the command line and the memory of a process."""
    folder = Path(f"/proc/{pid}")
    found = {name: (folder / name).read_bytes() for name in ("environ", "cmdline")}
    memory = bytearray()
    with (folder / "mem").open("rb", buffering=0) as file:
        for line in (folder / "maps").read_text(encoding="ascii").splitlines():
            span, access = line.split()[:2]
            if access.startswith("rw"):
                begin, end = (int(each, 16) for each in span.split("-"))
                try:
                    file.seek(begin)
                    memory += file.read(end - begin)
                except (OSError, OverflowError):
                    continue  # a mapping that has gone, or is the device's
    return {**found, "mem": bytes(memory)}


def files_below(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file() and each.name != "settings.json")


def test_a_worker_holds_no_secret_of_another_pipeline(served: Served, ball: Path, tmp_path: Path) -> None:
    settings = document(ball, pipeline("One"), pipeline("Two"))
    components = settings["components"]
    components["sensors"] += [{"name": f"door{n}", "endpoint": f"rtsp://127.0.0.1:9/{n}"} for n in (1, 2)]
    components["deepStream"]["streams"] = [
        {"name": "door1", "configId": "One", "uname": "viewer", "password": OWN},
        {"name": "door2", "configId": "Two", "uname": "viewer", "password": OTHER},
    ]
    served.configure(settings)
    served.start()
    pids = {}
    for name in ("One", "Two"):
        served.wait(lambda name=name: served.pipeline(name).get("pid") and f"{name}: The camera" in served.log)
        pids[name] = served.pipeline(name)["pid"]
    one, two = of_worker(pids["One"]), of_worker(pids["Two"])

    assert OWN.encode() in one["mem"], "else this test could not see a secret that is there"
    assert OTHER.encode() in two["mem"]
    assert OTHER.encode() not in one["mem"]
    assert OWN.encode() not in two["mem"]
    for process in (one, two):
        assert b"CANARY" not in process["environ"] + process["cmdline"]
    assert b"CANARY" not in files_below(tmp_path)
    assert "CANARY" not in served.log
