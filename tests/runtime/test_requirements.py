"""What is installed into images is pinned to its last byte."""

import re
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "docker-build" / "requirements.txt"

# Three Pythons on two machines: as many wheels may be taken, and each has a digest of its own.
WHEELS = 3 * 2


def lines() -> list[str]:
    text = REQUIREMENTS.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in (raw.strip() for raw in text.splitlines()) if line and not line.startswith("#")]


def test_each_requirement_is_one_version_with_a_digest_for_each_wheel() -> None:
    assert lines()
    for line in lines():
        requirement, *hashes = line.split()
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", requirement), line
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in hashes), line
        assert len(set(hashes)) == len(hashes) == WHEELS, line


def test_no_line_can_lead_pip_elsewhere() -> None:
    assert not [line for line in lines() if line.startswith("-") or "://" in line or "@" in line]


def test_numpy_is_one_that_the_bindings_work_with() -> None:
    [numpy] = [line.split()[0] for line in lines() if line.startswith("numpy==")]

    assert numpy.startswith("numpy==1.26.")
