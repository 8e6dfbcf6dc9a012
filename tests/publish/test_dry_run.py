"""`publish --dry-run` says what would travel, and only reads."""

from pathlib import Path

import pytest
from support import runtimes
from support.registries import StartRegistry

from tests.cli.schemas import checked
from tests.publish.test_publish import publish

READS = {"GET", "HEAD"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "work" / "custom-assets"
    assets.mkdir(parents=True)
    (assets / "model.onnx").write_bytes(b"weights" * 400_000)
    (assets / "labels.txt").write_text("person\n")
    return assets


def words(host: str, image: str, base: str = "") -> tuple[str, ...]:
    place = ("--base", f"{base or host}/runtime:1", "--image", f"{host}/{image}")
    return (*place, "--add", "custom-assets /custom-assets", "--no-validate", "--insecure")


def test_a_dry_run_says_what_the_real_one_sends(folder: Path, any_registry: StartRegistry) -> None:
    one = any_registry()
    runtimes.put_runtime(runtimes.connect(one.host).repository("runtime", push=True), "1")
    line = words(one.host, "pose:1")
    since = len(one.requests)
    dry = publish(folder, *line, "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    assert {request.method for request in one.requests[since:]} <= READS
    told = checked("publish", dry.stdout)
    assert [row["action"] for row in told["layers"]] == ["mount", "mount", "send", "send", "send"]
    real = publish(folder, *line, "--json")
    done = checked("publish", real.stdout)
    assert (told["bytesToSend"], told["bytesSaved"]) == (done["bytesSent"], done["bytesSaved"])
    assert told["digest"] == done["digest"]
    assert [row["digest"] for row in told["layers"][2:]] == [layer["digest"] for layer in done["layers"]]
    again = checked("publish", publish(folder, *line, "--dry-run", "--json").stdout)
    assert again["bytesToSend"] == 0
    assert {row["action"] for row in again["layers"]} == {"exists"}


def test_a_dry_run_to_another_registry_reads_no_layer_of_the_base(folder: Path, any_registry: StartRegistry) -> None:
    one, two = any_registry(), any_registry()
    runtimes.put_runtime(runtimes.connect(one.host).repository("runtime", push=True), "1")
    before = len(one.requests), len(two.requests)
    dry = publish(folder, *words(two.host, "pose:1", one.host), "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert {request.method for request in [*one.requests[before[0] :], *two.requests[before[1] :]]} <= READS
    lines = dry.stdout.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["send"] * 5
    assert lines[-1].endswith("nothing was sent")


def test_a_dry_run_of_a_rebase_mounts_the_assets(folder: Path, any_registry: StartRegistry) -> None:
    one = any_registry()
    for tag in ("1", "2"):
        runtimes.put_runtime(runtimes.connect(one.host).repository("runtime", push=True), tag)
    assert publish(folder, *words(one.host, "pose:1")).returncode == 0
    since = len(one.requests)
    line = ("--base", f"{one.host}/runtime:2", "--rebase", f"{one.host}/pose:1", "--image", f"{one.host}/new:1")
    dry = publish(folder, *line, "--insecure", "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    assert {row["action"] for row in checked("publish", dry.stdout)["layers"]} == {"mount"}
    assert {request.method for request in one.requests[since:]} <= READS


def test_a_dry_run_to_a_layout_writes_no_file(folder: Path, any_registry: StartRegistry) -> None:
    one = any_registry()
    runtimes.put_runtime(runtimes.connect(one.host).repository("runtime", push=True), "1")
    line = ("--base", f"{one.host}/runtime:1", "--image", "oci:layout:1", "--add", "custom-assets /custom-assets")
    dry = publish(folder, *line, "--insecure", "--no-validate", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert not (folder.parent / "layout").exists()


def test_a_dry_run_makes_nothing_that_a_bill_describes(folder: Path) -> None:
    done = publish(folder, *words("r.example", "pose:1"), "--dry-run", "--sbom", "bill.json")
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: --dry-run makes no image" in done.stderr
