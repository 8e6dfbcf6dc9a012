"""What is around a `publish`: its cache and disk, other runs beside it, a user who interrupts, unusual folders."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import relay, runtimes
from support.registries import Registry

from azdacli.oci.layout import OciLayout
from azdacli.oci.manifest import OCI_MANIFEST
from tests.publish.test_publish import publish, repository, words

Start = Callable[..., Registry]
LARGE = 40_000_000
RUNTIME = "azda-runtime"
# Runs the words after it, and then tells the peak of their memory; in between, because a child's starts from that of
# the process that started it.
PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
sys.stderr.write(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}")
sys.exit(done.returncode)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "work" / "custom-assets"
    assets.mkdir(parents=True)
    (assets / "model.onnx").write_bytes(random.Random(5).randbytes(2_000_000))
    (assets / "parser.py").write_text("labels = ['person']\n")
    return assets


@pytest.fixture
def one(registry: Start) -> Registry:
    """A registry with a runtime image."""
    started = registry()
    runtimes.put_runtime(repository(started, RUNTIME), "7.1-jetson")
    return started


def started(folder: Path, *options: str, limits: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
    """Start the program, as `publish` runs it."""
    environment = {
        **os.environ,
        "AZDA_CACHE_DIR": str(folder.parent.parent / "cache"),
        "DOCKER_CONFIG": str(folder.parent.parent / "no-docker"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [*limits, sys.executable, "-m", "azdacli", "publish", *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder.parent, env=environment, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("broken", ["a file in its place", "nonsense in it", "no room"])
def test_a_cache_that_cannot_be_used_is_done_without(one: Registry, folder: Path, broken: str) -> None:
    cache = folder.parent.parent / "cache"
    if broken == "a file in its place":
        cache.write_text("")
    elif broken == "nonsense in it":
        cache.mkdir()
        (cache / "layers.json").write_bytes(b"\xff[]")
        (cache / "uploads").write_text("")
    limits = ("prlimit", "--fsize=0") if broken == "no room" else ()
    run = started(folder, *words(one), limits=limits)
    said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert "Traceback" not in said[1]
    assert repository(one, "pose").manifest("1") is not None
    if cache.is_dir():
        assert not [path.name for path in cache.iterdir() if path.name.startswith(".")], "nothing half-written stays"


def test_two_at_once_under_one_tag_both_end_well(one: Registry, folder: Path) -> None:
    one.slow_down(4_000_000)
    both = [started(folder, *words(one)) for _ in range(2)]
    answers = [run.communicate(timeout=60) for run in both]
    assert [run.returncode for run in both] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    tagged = repository(one, "pose").manifest("1")
    assert tagged is not None
    assert answers[0][0].strip().endswith(tagged.digest)


def test_an_interrupted_run_ends_at_a_chunk_and_the_next_sends_the_rest(one: Registry, folder: Path) -> None:
    (folder / "model.onnx").write_bytes(random.Random(6).randbytes(LARGE))
    one.slow_down(20_000_000)
    run = started(folder, *words(one))
    while one._running().received < LARGE * 0.2:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupt again to end at once" in said
    assert said.endswith("error: interrupted\nhint: Run the same command again: it goes on from here.\n")
    first = one._running().received
    assert first < LARGE
    assert repository(one, "pose").manifest("1") is None

    one.slow_down(None)
    since = len(one.requests)
    done = publish(folder, *words(one))
    assert done.returncode == 0, done.stderr
    assert first + one.bytes_received(since) < LARGE * 1.01, "no byte travels twice"


def test_a_second_interruption_ends_a_run_that_waits(one: Registry, folder: Path) -> None:
    reached: list[str] = []

    def silent(method: str, path: str) -> None:
        if method == "POST" and "uploads" in path:
            reached.append(path)
            time.sleep(30)
            raise relay.CutError

    one.before_each(silent)
    run = started(folder, *words(one))
    while not reached:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert run.poll() is None
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=10)  # well before the registry gives up
    assert run.returncode == 130


def test_files_of_any_name_arrive(one: Registry, folder: Path) -> None:
    names = ["größe-模型.txt", "n" * 180 + ".txt", "new\nline", "with blank", "/".join(["deep" * 20] * 4) + "/x"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    os.link(folder / names[0], folder / "hard")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("no UTF-8")
    done = publish(folder, *words(one))
    assert done.returncode == 0, done.stderr
    location = repository(one, "pose")
    manifest = location.manifest("1")
    assert manifest is not None
    code = runtimes.read(location, json.loads(manifest.data)["layers"][-2])
    with tarfile.open(fileobj=io.BytesIO(code), errors="surrogateescape") as archive:
        contents = {m.name: archive.extractfile(m).read().decode() for m in archive if m.isfile()}
    assert {name: contents[f"custom-assets/{name}"] for name in names} == {name: name for name in names}
    assert contents["custom-assets/hard"] == names[0]
    assert contents["custom-assets/\udcff.txt"] == "no UTF-8"


@pytest.mark.slow
def test_thousands_of_files_are_one_layer_in_little_memory(one: Registry, folder: Path) -> None:
    for number in range(5000):
        (folder / f"{number}.txt").write_text(f"{number}")
    run = started(folder, *words(one), "--no-validate", limits=(sys.executable, "-c", PEAK))
    said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert int(said[1].split()[-1]) < 100_000, "kilobytes"
    since = len(one.requests)
    again = publish(folder, *words(one), "--no-validate")
    assert again.stdout == said[0]
    assert one.bytes_received(since) == 0


def test_where_two_assets_have_a_file_the_later_one_is_told(one: Registry, folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir()
    (other / "parser.py").write_text("labels = ['dog']\n")
    done = publish(folder, *words(one), "--add", "./other /custom-assets")
    assert done.returncode == 0, done.stderr
    location = repository(one, "pose")
    manifest = location.manifest("1")
    assert manifest is not None
    config = json.loads(runtimes.read(location, json.loads(manifest.data)["config"]))
    reported = [f for f in json.loads(config["config"]["Labels"]["io.azda.assets"]) if f["path"].endswith("parser.py")]
    assert [f["digest"] for f in reported] == [runtimes.digest(b"labels = ['dog']\n")]


def test_what_was_published_in_two_steps_moves_whole(one: Registry, folder: Path) -> None:
    (folder.parent / "more").mkdir()
    (folder.parent / "more" / "site.ini").write_text("[site]\n")
    publish(folder, *words(one))
    second = publish(
        folder, "--base", f"{one.host}/pose:1", "--image", f"{one.host}/pose:2", "--add", "./more /etc/site"
    )
    assert second.returncode == 0, second.stderr
    runtimes.put_runtime(repository(one, RUNTIME), "7.1-new", layers=(runtimes.layer("etc/base", b"newer"),))
    moved = publish(
        folder,
        *("--rebase", f"{one.host}/pose:2", "--base", f"{one.host}/{RUNTIME}:7.1-new", "--image", f"{one.host}/pose:3"),
    )
    assert moved.returncode == 0, moved.stderr
    location = repository(one, "pose")
    manifest = location.manifest("3")
    assert manifest is not None
    names: set[str] = set()
    for entry in json.loads(manifest.data)["layers"]:
        with tarfile.open(fileobj=io.BytesIO(runtimes.read(location, entry))) as archive:
            names |= set(archive.getnames())
    assert {"custom-assets/model.onnx", "custom-assets/parser.py", "etc/site/site.ini"} <= names


def test_an_image_that_no_engine_could_run_is_not_made(one: Registry, folder: Path) -> None:
    most = tuple(runtimes.layer(f"opt/{number}", b"") for number in range(123))
    runtimes.put_runtime(repository(one, RUNTIME), "7.1-jetson", layers=most)
    done = publish(folder, *words(one))
    assert done.returncode == 3, done.stderr
    assert "would have 126 layers" in done.stderr
    assert "Publish on the runtime image itself" in done.stderr
    assert repository(one, "pose").manifest("1") is None


def test_the_answer_about_a_layout_names_a_base(folder: Path, tmp_path: Path) -> None:
    runtimes.put_runtime(OciLayout(tmp_path / "base"), "7.1", family=OCI_MANIFEST)
    add = ("--add", "./custom-assets /custom-assets")
    first = publish(folder, "--base", f"oci:{tmp_path / 'base'}:7.1", "--image", f"oci:{tmp_path / 'out'}:1", *add)
    assert first.returncode == 0, first.stderr
    second = publish(folder, "--base", first.stdout.strip(), "--image", f"oci:{tmp_path / 'out'}:2", *add)
    assert second.returncode == 0, second.stderr
    refused = publish(folder, "--base", f"oci:{tmp_path / 'base'}:7.1", "--image", first.stdout.strip(), *add)
    assert refused.returncode == 3
    assert "Give it a tag" in refused.stderr


def test_a_layout_keeps_every_tag_that_is_written_at_once(folder: Path, tmp_path: Path) -> None:
    layout = OciLayout(tmp_path / "layout")
    runtimes.put_runtime(layout, "base", family=OCI_MANIFEST)
    base = layout.manifest("base")
    assert base is not None
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda number: OciLayout(tmp_path / "layout").put_manifest(base, f"{number}"), range(40)))
    assert all(layout.manifest(f"{number}") for number in range(40))


def test_a_full_disk_leaves_a_layout_as_it_was(folder: Path, tmp_path: Path) -> None:
    runtimes.put_runtime(OciLayout(tmp_path / "layout"), "7.1", family=OCI_MANIFEST)
    before = {path: path.read_bytes() for path in (tmp_path / "layout").rglob("*") if path.is_file()}
    options = ("--base", f"oci:{tmp_path / 'layout'}:7.1", "--image", f"oci:{tmp_path / 'layout'}:1")
    run = started(
        folder, *options, "--add", "./custom-assets /custom-assets", limits=("prlimit", f"--fsize={1_000_000}")
    )
    _, said = run.communicate(timeout=60)
    assert run.returncode == 7
    assert f"error: oci:{tmp_path / 'layout'} cannot be used: File too large" in said
    after = {path: path.read_bytes() for path in (tmp_path / "layout").rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before
    assert OciLayout(tmp_path / "layout").manifest("1") is None
    assert not list((tmp_path / "layout").glob(".azda-*"))


@pytest.mark.parametrize("index", ["{]", "[]", '{"manifests": [1]}', '{"manifests": [{"digest": "x"}]}'])
def test_a_broken_layout_is_named(folder: Path, tmp_path: Path, index: str) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "index.json").write_text(index)
    done = publish(
        folder,
        *("--base", f"oci:{tmp_path / 'broken'}:1", "--image", f"oci:{tmp_path / 'out'}:1"),
        *("--add", "./custom-assets /custom-assets"),
    )
    assert done.returncode == 7, done.stderr
    assert f"index.json of oci:{tmp_path / 'broken'}" in done.stderr


def renamed(layout: Path, *tags: str | None) -> None:
    """Name the one image of a layout as other tools do: each time without or with a name."""
    index = json.loads((layout / "index.json").read_text())
    (entry,) = index["manifests"]
    entries = [{**entry, "annotations": {"org.opencontainers.image.ref.name": tag} if tag else {}} for tag in tags]
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))


@pytest.mark.parametrize(("tag", "selector"), [(None, ""), ("3.2", ""), ("localhost/base:3.2", ":3.2")])
def test_a_base_of_another_tool_is_found(tmp_path: Path, folder: Path, tag: str | None, selector: str) -> None:
    runtimes.put_runtime(OciLayout(tmp_path / "base"), "7.1", family=OCI_MANIFEST)
    renamed(tmp_path / "base", tag)

    locations = ("--base", f"oci:{tmp_path / 'base'}{selector}", "--image", f"oci:{tmp_path / 'out'}:1")
    done = publish(folder, *locations, "--add", "./custom-assets /custom-assets")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("tags", "selector", "hint"),
    [
        (("b", "a"), "", "The folder holds oci:{0}:a, oci:{0}:b."),
        (("a",), ":b", "The folder holds oci:{0}:a."),
        ((None,), ":b", "The folder holds one image, without a tag: write oci:{0}."),
        ((None, None), "", "Name one of its images by its digest, as index.json has it: oci:{0}@sha256:…"),
    ],
)
def test_a_base_that_is_not_in_the_folder_is_answered_with_what_is(
    tmp_path: Path, folder: Path, tags: tuple[str | None, ...], selector: str, hint: str
) -> None:
    base = tmp_path / "base"
    runtimes.put_runtime(OciLayout(base), "7.1", family=OCI_MANIFEST)
    renamed(base, *tags)

    locations = ("--base", f"oci:{base}{selector}", "--image", f"oci:{tmp_path / 'out'}:1")
    done = publish(folder, *locations, "--add", "./custom-assets /custom-assets")

    assert done.stderr.endswith(f"error: there is no oci:{base}{selector}\nhint: {hint.format(base)}\n")
