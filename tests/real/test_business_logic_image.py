"""examples/business-logic as the tutorial has it: `azdacli build` with a real engine, and what the image does."""

import json
import os
import shutil

import pytest
from support.azda import ROOT, Azda
from support.bases import Bases
from support.engines import Engine

pytestmark = pytest.mark.engine

EXAMPLE = ROOT / "examples" / "business-logic"
# Docker Hub cannot be reached everywhere. Debian's Python in /usr/local, as the official image has its own, stands in.
PYTHON = "python:3.12-slim-bookworm"
DEBIAN = "azda-tests/debian:business-logic"
STAND_IN = f"""FROM {DEBIAN}
COPY certificates.pem /etc/certificates.pem
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv && python3 -m venv /usr/local
ENV PIP_CERT=/etc/certificates.pem
"""
ONE_MESSAGE = """
import json, sys
import main
print(json.dumps(main.Logic().inference(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def image(modern_engine: Engine, bases: Bases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the image that the engine has."""
    bases.load(modern_engine, "amd64", DEBIAN)
    folder = tmp_path_factory.mktemp("business-logic")
    bundle = os.environ.get("PIP_CERT") or os.environ.get("REQUESTS_CA_BUNDLE") or "/etc/ssl/certs/ca-certificates.crt"
    shutil.copy(bundle, folder / "certificates.pem")
    index = os.environ.get("PIP_INDEX_URL")
    (folder / "Dockerfile").write_text(STAND_IN + (f"ENV PIP_INDEX_URL={index}\n" if index else ""), encoding="utf-8")
    modern_engine.cli("build", "--network=host", f"--tag={PYTHON}", folder)
    Azda(modern_engine, folder)("build", "--path", str(EXAMPLE), "--tag", "business-logic:1", "--network", "host")
    return "business-logic:1"


def test_the_image_counts_as_an_ordinary_user(modern_engine: Engine, image: str) -> None:
    region = {"sensor": "camera", "label": "door", "coordinates": [[0, 0], [1, 0], [1, 1], [0, 1]]}
    source = {"id": "camera", "timestamp": "2026-11-30T12:00:00.000Z"}
    detection = {"id": "a", "label": "person", "rect": [0.4, 0.4, 0.1, 0.1], "tracking_id": 5}
    inference = {"type": "detection", "id": "People", "sourceInfo": source, "detections": [detection]}
    message = {"schemaVersion": "0.1", "regionsOfInterest": [region], "inferences": [inference]}

    options = ("run", "--rm", "--network", "none", "--read-only", "--entrypoint", "python3")
    said = modern_engine.cli(*options, image, "-c", ONE_MESSAGE, json.dumps(message)).stdout
    user = modern_engine.cli(*options, image, "-c", "import os; print(os.getuid())").stdout

    [(output, body)] = json.loads(said)
    assert (output, body["event"], body["region"]) == ("events", "entered", "door")
    assert int(user) == 10001


def test_outside_of_iot_edge_the_image_says_what_is_missing(modern_engine: Engine, image: str) -> None:
    name = "business-logic-alone"
    modern_engine.cli("create", "--name", name, "--network", "none", image)
    try:
        with modern_engine.client() as client:
            container = client.containers.get(name)
            container.start()
            assert container.wait(timeout=240)["StatusCode"] == 1
            said = container.logs().decode()
    finally:
        modern_engine.cli("rm", "--force", name)
    assert said.startswith("error: ")
    assert "IOTEDGE_WORKLOADURI" in said
    assert "Traceback" not in said


def test_its_requirements_are_those_that_the_tests_run_with() -> None:
    development = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = [line.partition(">")[0] for line in (EXAMPLE / "requirements.txt").read_text(encoding="utf-8").split()]
    assert [name for name in names if f'"{name}>=' not in development] == []
