"""An image with 1, 500, 5,000 and 50,000 files is made by every builder, published and put into a manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import runtimes
from support.azda import DEEPSTREAM, Azda, site_settings
from support.bases import Bases
from support.engines import Engine
from support.registries import Registry

from azdacli.oci import registry as oci_registry

COUNTS = {"buildx": (1, 500, 5_000, 50_000), "sdk": (500, 50_000), "podman": (1, 500)}  # Podman takes minutes for more
CREATE = ("create", "--device-type", "dGPU")
STREAM = ("--stream", "door=rtsp://camera/1", "-o", "-")
BUILDERS = [
    pytest.param(("modern_engine", "buildx"), id="buildx", marks=pytest.mark.engine),
    pytest.param(("modern_engine", "sdk"), id="classic", marks=pytest.mark.engine),
    pytest.param(("podman_engine", "sdk"), id="podman", marks=pytest.mark.podman),
]


def fill(folder: Path, count: int) -> str:
    """Make a folder of so many files; return how `--add` names it."""
    for number in range(count):
        path = folder / f"{count}" / f"d{number // 1000:03}" / f"c{number:05}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n")
    return f"./{count} /custom-assets"


def settings(registry: Registry, path: str, tag: str) -> dict[str, Any]:
    """Read the configuration of an image that a registry holds."""
    location = oci_registry.connect(registry.host, None).repository(path)
    found = location.manifest(tag)
    assert found is not None
    data = runtimes.read(location, json.loads(found.data)["config"])
    assert len(data) < 1 << 20, "other tools refuse a configuration of more than 4 MiB"
    return dict(json.loads(data)["config"]["Labels"])


@pytest.mark.registry
@pytest.mark.parametrize("case", BUILDERS)
def test_any_number_of_files_goes_through_every_verb(
    case: tuple[str, str],
    bases: Bases,
    registry: Callable[..., Registry],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    engine: Engine = request.getfixturevalue(case[0])
    bases.load(engine, "amd64", DEEPSTREAM)
    location = registry()
    azda = Azda(engine, tmp_path, {**site_settings(tmp_path, arch="amd64"), "AZDA_BUILDER": case[1]})
    runtime = f"{location.host}/runtime:1"
    azda(*CREATE, "--tag", runtime)
    azda("push", "--image-name", runtime, "--auth", "anonymous")

    for count in COUNTS["podman" if engine.name == "podman" else case[1]]:
        add = ("--add", fill(tmp_path, count))
        created, published = f"{location.host}/created:{count}", f"{location.host}/published:{count}"
        azda(*CREATE, "--tag", created, *add)
        azda("push", "--image-name", created, "--auth", "anonymous")
        azda("publish", "--base", runtime, "--image", published, "--auth", "anonymous", *add)
        ours = {name: settings(location, name, str(count)) for name in ("created", "published")}
        for name in ("io.azda.assets", "io.azda.asset-targets", "io.azda.asset-index"):
            assert ours["created"][name] == ours["published"][name], name

        last = f"/custom-assets/d{(count - 1) // 1000:03}/c{count - 1:05}.txt"
        for image, asked in ((created, "engine"), (created, "registry"), (published, "registry")):
            good, bad = (
                azda(
                    *("gen-manifest", "--inspect", asked, "--image", image, *STREAM),
                    *("--pipeline", f"id=a,config={path}"),
                    check=False,
                )
                for path in (last, last.replace(".txt", ".text"))
            )
            assert "[asset-path]" not in good.stderr, good.stderr
            assert "[assets-unknown]" not in good.stderr, good.stderr
            assert (bad.returncode, "[asset-path]" in bad.stderr) == (8, True), bad.stderr

        engine.cli("pull", published)
        for image in (created, published):
            checked = engine.cli(
                "run", "--rm", "--network", "none", image, "check", "--no-digests", "--json", check=False
            )
            assert len(json.loads(checked.stdout)["assets"]) == count


@pytest.mark.registry
@pytest.mark.parametrize("case", BUILDERS[:1])
def test_a_base_with_many_files_keeps_them_when_more_are_published(
    case: tuple[str, str],
    bases: Bases,
    registry: Callable[..., Registry],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    engine: Engine = request.getfixturevalue(case[0])
    bases.load(engine, "amd64", DEEPSTREAM)
    location = registry()
    azda = Azda(engine, tmp_path, site_settings(tmp_path, arch="amd64"))
    runtime, first = f"{location.host}/runtime:1", f"{location.host}/first:1"
    azda(*CREATE, "--tag", runtime, "--add", fill(tmp_path, 600))
    azda("push", "--image-name", runtime, "--auth", "anonymous")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c00599.txt").write_text("of the second\n")
    more = ("--add", "./more /custom-assets/d000", "--add", "./more /other", "--no-validate", "--auth", "anonymous")
    azda("publish", "--base", runtime, "--image", first, *more)
    azda("publish", "--base", first, "--image", f"{location.host}/second:1", *more)
    engine.cli("pull", f"{location.host}/second:1")
    checked = engine.cli(
        "run", "--rm", "--network", "none", f"{location.host}/second:1", "check", "--json", check=False
    )
    reported = json.loads(checked.stdout)
    assert len(reported["assets"]) == 601
    assert [p["path"] for p in reported["problems"]] == ["/opt/azda/assets.json"]  # Debian's Python in the stand-in
