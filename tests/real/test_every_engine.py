"""Create, check and push on every engine that users have, with whatever builder it takes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.azda import DEEPSTREAM, EXAMPLE, Azda, site_settings
from support.bases import Bases
from support.engines import Engine
from support.registries import Registry

CREATE = ("create", "--device-type", "dGPU", "--tag", "azda-x86:1", "--add", "./custom-assets /custom-assets", "--json")
CHECK = ("check", "--pyfile", "/custom-assets/blob_parser.py", "--config", "/custom-assets/pgie_config.txt", "--json")
ENGINES = [
    pytest.param(("modern_engine", "buildx"), id="modern", marks=pytest.mark.engine),
    pytest.param(("classic_engine", "sdk"), id="classic", marks=pytest.mark.engine),
    pytest.param(("podman_engine", "sdk"), id="podman", marks=pytest.mark.podman),
]


@pytest.mark.registry
@pytest.mark.parametrize("case", ENGINES)
def test_an_image_is_made_checks_itself_and_is_pushed(
    case: tuple[str, str],
    bases: Bases,
    registry: Callable[[str], Registry],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    engine: Engine = request.getfixturevalue(case[0])
    bases.load(engine, "amd64", DEEPSTREAM)
    shutil.copytree(EXAMPLE, tmp_path / "custom-assets")
    azda = Azda(engine, tmp_path, site_settings(tmp_path, arch="amd64"))

    made = json.loads(azda(*CREATE).stdout)
    assert (made["builder"], made["platform"]) == (case[1], "linux/amd64")

    checked = engine.cli("run", "--rm", "--network", "none", "azda-x86:1", *CHECK, check=False)
    # All is well but for Debian's Python in the stand-in, which NVIDIA's image of this release has not.
    assert [problem["path"] for problem in json.loads(checked.stdout)["problems"]] == ["/opt/azda/assets.json"]
    with engine.client() as client:
        reported = client.api.inspect_image("azda-x86:1")["Config"]
    assert reported["Cmd"] == ["serve"]
    # Podman's answer has no place for it.
    assert engine.name == "podman" or reported["Healthcheck"]["Test"] == [
        "CMD",
        "python3",
        "-m",
        "azda_runtime",
        "health",
    ]

    location = registry("htpasswd")
    pushed = azda(
        *("push", "--image-name", "azda-x86:1", "--container-registry", location.host),
        *("--username", location.username, "--password-stdin"),
        stdin=f"{location.password}\n",
    )
    name, _, digest = pushed.stdout.strip().partition("@")
    assert name == f"{location.host}/azda-x86"
    assert digest in location.blobs()
