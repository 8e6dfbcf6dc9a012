"""What is installed into images is pinned to its last byte."""

import re
from pathlib import Path

import pytest

DOCKER_BUILD = Path(__file__).parents[2] / "docker-build"
FILES = ("requirements.txt", "simulator/requirements.txt")
every_file = pytest.mark.parametrize("file", FILES)

# Three Pythons on two machines.
WHEELS = 3 * 2


def lines(file: str = FILES[0]) -> list[str]:
    text = (DOCKER_BUILD / file).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in (raw.strip() for raw in text.splitlines()) if line and not line.startswith("#")]


@every_file
def test_each_requirement_is_one_version_with_the_digests_of_its_files(file: str) -> None:
    assert lines(file)
    for line in lines(file):
        requirement, _, rest = line.partition(" ")
        marker, _, hashes = rest.partition("--hash")
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", requirement), line
        assert not marker.strip() or marker.strip().startswith("; "), line
        digests = f"--hash{hashes}".split()
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in digests), line
        assert len(set(digests)) == len(digests), line


def test_numpy_has_a_wheel_for_each_python_and_machine() -> None:
    [numpy] = [line for line in lines() if line.startswith("numpy==")]
    assert numpy.count("--hash=") >= WHEELS


def test_both_files_pin_the_same_version_of_what_is_in_both() -> None:
    """One call of pip installs both into a CPU image."""
    pinned = {line.split()[0].partition("==")[0]: line.split()[0] for line in lines(FILES[0])}
    for line in lines(FILES[1]):
        requirement = line.split()[0]
        assert pinned.get(requirement.partition("==")[0], requirement) == requirement


def test_source_is_built_for_one_package_alone() -> None:
    """paho-mqtt 1.6.1 has no wheel; the Dockerfile makes the exception by name."""
    [paho] = [line.split()[0] for line in lines() if line.startswith("paho-mqtt")]
    assert paho == "paho-mqtt==1.6.1"


@every_file
def test_no_line_can_lead_pip_elsewhere(file: str) -> None:
    assert not [line for line in lines(file) if line.startswith("-") or "://" in line or "@" in line]


def test_numpy_is_one_that_the_bindings_work_with() -> None:
    [numpy] = [line.split()[0] for line in lines() if line.startswith("numpy==")]

    assert numpy.startswith("numpy==1.26.")
