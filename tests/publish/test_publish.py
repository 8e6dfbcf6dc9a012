"""`publish` on real registries: what arrives, what travels, and what a second reader makes of it."""

import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.credentials import AccessToken
from support import runtimes, tiers
from support.registries import Registry
from support.tokens import NULL_GUID

from azdacli.auth import acr
from azdacli.errors import RegistryError
from azdacli.oci.credential import Credential
from azdacli.oci.layout import OciLayout
from azdacli.oci.manifest import DOCKER_LIST, DOCKER_MANIFEST, OCI_MANIFEST, document
from azdacli.oci.reference import Reference
from azdacli.oci.registry import RegistryRepository, digest_of

Start = Callable[..., Registry]

MODEL = random.Random(7).randbytes(3_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "work" / "custom-assets"
    assets.mkdir(parents=True)
    (assets / "model.onnx").write_bytes(MODEL)
    (assets / "parser.py").write_text("labels = ['person']\n")
    (assets / "run.sh").write_text("#!/bin/sh\n")
    (assets / "run.sh").chmod(0o700)
    for path in assets.iterdir():  # older than what a coarse clock may confuse
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return assets


def repository(registry: Registry, path: str) -> RegistryRepository:
    login = (
        Credential(host=registry.host, username=registry.username, password=registry.password)
        if registry.username
        else None
    )
    return runtimes.connect(registry.host, login).repository(path, push=True)


def publish(
    folder: Path, *words: str, registry: Registry | None = None, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run the program as a user does."""
    login = {}
    if registry and registry.username:
        login = {"AZDA_REGISTRY_USERNAME": registry.username, "AZDA_REGISTRY_PASSWORD": registry.password}
    surroundings = {
        **os.environ,
        "AZDA_CACHE_DIR": str(folder.parent.parent / "cache"),
        "DOCKER_CONFIG": str(folder.parent.parent / "no-docker"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        **login,
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-m", "azdacli", "publish", *words],
        cwd=folder.parent,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def words(registry: Registry, *, base: str = "azda-runtime:7.1-jetson", image: str = "pose:1") -> list[str]:
    return [
        *("--base", f"{registry.host}/{base}", "--image", f"{registry.host}/{image}"),
        *("--add", "./custom-assets /custom-assets"),
    ]


def members(blob: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
        return {member.name: member for member in archive.getmembers()}


@pytest.mark.parametrize("authentication", tiers.first(1, ["token", "htpasswd", "none"]))
@pytest.mark.parametrize("family", [DOCKER_MANIFEST, OCI_MANIFEST])
def test_assets_arrive_on_the_base_in_its_own_family(
    registry: Start, folder: Path, authentication: str, family: str
) -> None:
    one = registry(authentication)
    base = runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson", family=family)
    done = publish(folder, *words(one), registry=one)
    assert done.returncode == 0, done.stderr
    assert one.password == "" or one.password not in done.stderr + done.stdout

    location = repository(one, "pose")
    found = location.manifest("1")
    assert found is not None
    assert found.media_type == family
    assert done.stdout == f"{one.host}/pose@{found.digest}\n"

    manifest = json.loads(found.data)
    below = json.loads(base.data)["layers"]
    assert manifest["layers"][: len(below)] == below
    layers = [runtimes.read(location, entry) for entry in manifest["layers"][len(below) :]]
    models, code, index = map(members, layers)
    assert models["custom-assets/model.onnx"].size == len(MODEL)
    assert {(m.mode, m.uid, m.gid) for m in code.values() if m.isfile()} == {(0o644, 0, 0), (0o755, 0, 0)}
    assert set(index) == {"opt", "opt/azda", "opt/azda/assets.json"}

    config = json.loads(runtimes.read(location, manifest["config"]))
    assert config["rootfs"]["diff_ids"][len(below) :] == [runtimes.digest(layer) for layer in layers]
    assert len(config["history"]) == len(manifest["layers"])
    assert {name: config["config"][name] for name in runtimes.SETTINGS} == runtimes.SETTINGS
    labels = config["config"]["Labels"]
    assert labels["io.azda.release"] == "7.1"
    assert {f["path"]: f["digest"] for f in json.loads(labels["io.azda.assets"])}[
        "/custom-assets/model.onnx"
    ] == runtimes.digest(MODEL)


def test_azures_own_client_reads_what_is_published(registry: Start, folder: Path) -> None:
    one = registry("token")
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    digest = publish(folder, *words(one), registry=one).stdout.strip().rpartition("@")[2]

    class Entra:
        def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
            return AccessToken(one.tokens.entra_token(), 2_000_000_000)

    client = ContainerRegistryClient(one.url, Entra(), audience="https://containerregistry.azure.net")
    with client:
        got = client.get_manifest("pose", "1", enforce_https=False)
        assert got.digest == digest
        model = got.manifest["layers"][2]["digest"]
        blob = b"".join(client.download_blob("pose", model, enforce_https=False))
    assert runtimes.digest(blob) == model


def test_a_refresh_token_of_azures_logs_in(registry: Start, folder: Path) -> None:
    one = registry("token")
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    token = {"AZDA_REGISTRY_USERNAME": NULL_GUID, "AZDA_REGISTRY_PASSWORD": one.tokens.refresh_token()}
    done = publish(folder, *words(one), **token)
    assert done.returncode == 0, done.stderr


def test_only_what_changed_travels(registry: Start, folder: Path) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    first = publish(folder, *words(one))
    assert first.returncode == 0, first.stderr

    since = len(one.requests)
    again = publish(folder, *words(one))
    assert again.stdout == first.stdout
    assert {r.method for r in one.requests[since:]} <= {"GET", "HEAD"}

    since = len(one.requests)
    (folder / "parser.py").write_text("labels = ['dog']\n")
    edited = publish(folder, *words(one, image="pose:2"))
    assert edited.returncode == 0, edited.stderr
    assert edited.stdout != first.stdout
    assert 0 < one.bytes_received(since) < 64_000

    since = len(one.requests)
    fresh = publish(folder, *words(one, image="pose:3"), AZDA_CACHE_DIR=str(folder.parent / "another"))
    assert fresh.stdout == edited.stdout
    assert one.uploaded(since) == {}, "a fresh machine sends nothing that is there"


def test_a_new_model_of_the_same_size_is_sent(registry: Start, folder: Path) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    publish(folder, *words(one))
    (folder / "model.onnx").write_bytes(MODEL[::-1])
    since = len(one.requests)
    done = publish(folder, *words(one))
    assert done.returncode == 0, done.stderr
    assert 3_000_000 < sum(one.uploaded(since).values()) < 3_100_000
    config = json.loads(repository(one, "pose").manifest("1").data)["config"]
    assert runtimes.digest(MODEL[::-1]) in runtimes.read(repository(one, "pose"), config).decode()


def test_the_bases_blobs_are_mounted_within_a_registry_and_streamed_between_two(registry: Start, folder: Path) -> None:
    one, two = registry(), registry("htpasswd")
    base = runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    since = len(one.requests)
    publish(folder, *words(one))
    below = {entry["digest"] for entry in json.loads(base.data)["layers"]}
    assert not below & set(one.uploaded(since))

    across = publish(
        folder,
        *("--base", f"{one.host}/azda-runtime:7.1-jetson", "--image", f"{two.host}/pose:1"),
        *("--add", "./custom-assets /custom-assets"),
        registry=two,
    )
    assert across.returncode == 0, across.stderr
    assert below <= set(two.uploaded())


def test_of_a_base_for_several_machines_the_wanted_one_is_taken(registry: Start, folder: Path) -> None:
    one = registry()
    location = repository(one, "azda-runtime")
    entries = []
    for architecture in ("amd64", "arm64"):
        made = runtimes.put_runtime(location, None, architecture=architecture)
        about = {"os": "linux", "architecture": architecture}
        entries.append({"mediaType": made.media_type, "digest": made.digest, "size": len(made.data), "platform": about})
    index = {"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": entries}
    location.put_manifest(document(index, media_type=DOCKER_LIST), "7.1-jetson")

    which = publish(folder, *words(one))
    assert which.returncode == 3
    assert "linux/amd64, linux/arm64" in which.stderr
    assert "--platform" in which.stderr
    done = publish(folder, *words(one), "--platform", "linux/arm64")
    assert done.returncode == 0, done.stderr


def test_our_layers_move_to_a_newer_runtime_of_the_same_kind_only(registry: Start, folder: Path) -> None:
    one = registry()
    location = repository(one, "azda-runtime")
    runtimes.put_runtime(location, "7.1-jetson")
    publish(folder, *words(one))
    runtimes.put_runtime(location, "7.1-new", layers=(runtimes.layer("etc/base", b"newer"),))
    runtimes.put_runtime(location, "8.0-jetson", labels={**runtimes.LABELS, "io.azda.release": "8.0"})

    moved = ["--rebase", f"{one.host}/pose:1", "--image", f"{one.host}/pose:2", "--base"]
    since = len(one.requests)
    done = publish(folder, *moved, f"{one.host}/azda-runtime:7.1-new")
    assert done.returncode == 0, done.stderr
    assert one.bytes_received(since) < 64_000
    fresh = publish(folder, *words(one, base="azda-runtime:7.1-new", image="pose:3"))
    assert done.stdout == fresh.stdout, "moving and publishing anew make the same image"

    other = publish(folder, *moved, f"{one.host}/azda-runtime:8.0-jetson")
    assert other.returncode == 3
    assert "DeepStream 7.1" in other.stderr
    created = publish(
        folder, "--rebase", f"{one.host}/azda-runtime:7.1-new", *moved[2:], f"{one.host}/azda-runtime:7.1-new"
    )
    assert created.returncode == 3
    assert "was not made by `azdacli publish`" in created.stderr


def test_a_layout_on_disk_serves_both_sides(registry: Start, folder: Path, tmp_path: Path) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    layout = tmp_path / "layout"
    out = publish(
        folder,
        *("--base", f"{one.host}/azda-runtime:7.1-jetson", "--image", f"oci:{layout}:1"),
        *("--add", "./custom-assets /custom-assets"),
    )
    assert out.returncode == 0, out.stderr
    runtimes.put_runtime(OciLayout(tmp_path / "base"), "7.1", family=OCI_MANIFEST)
    back = publish(
        folder,
        *("--base", f"oci:{tmp_path / 'base'}:7.1", "--image", f"{one.host}/pose:9"),
        *("--add", "./custom-assets /custom-assets"),
    )
    assert back.returncode == 0, back.stderr
    assert repository(one, "pose").manifest("9").media_type == OCI_MANIFEST


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    tiers.first(
        3,
        [
            (["--base", "HOST/none:1"], 7, "there is no HOST/none:1"),
            (["--run", "true"], 3, "publish runs no commands"),
            (["--add", "./nothing /x"], 3, "there is no './nothing' to add"),
            (["--add", "./custom-assets /tmp/x"], 3, "publish cannot add to /tmp/x"),
            (["--image", "pose:1"], 3, "does not say which registry"),
            (["--image", "X.example/Pose"], 3, "upper-case"),
            (["--base", "HOST/foreign:1"], 3, "is not an image of azdacli's"),
            (["--platform", "linux/amd64"], 3, "is made for linux/arm64"),
            (["--platform", "arm64"], 3, "--platform 'arm64' is not a platform"),
            (["--auth", "docker"], 7, "docker has no login"),
            (["--auth", "magic"], 3, "there is no --auth 'magic'"),
        ],
    ),
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    registry: Start, folder: Path, change: list[str], code: int, sentence: str
) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    runtimes.put_runtime(repository(one, "foreign"), "1", labels={})
    done = publish(folder, *words(one), *(word.replace("HOST", one.host) for word in change))
    assert done.returncode == code, done.stderr
    assert sentence.replace("HOST", one.host) in done.stderr
    assert "hint:" in done.stderr
    assert {r.method for r in one.requests if "/pose/" in r.path} <= {"GET", "HEAD"}


def test_a_parser_that_the_bases_python_cannot_read_is_refused(registry: Start, folder: Path) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    (folder / "parser.py").write_text("x = 1\ntry:\n    pass\nexcept* ValueError:\n    pass\n")
    done = publish(folder, *words(one))
    assert done.returncode == 4
    assert re.search(r"parser\.py', line \d does not fit Python 3\.10", done.stderr)


BAD_PARSER = """
model_type = 0
name = "blobs"
labels = ["blob"]


def parse_det_model(config, raw_outputs):
    return raw_outputs["out"], [1]
"""
GOOD_PARSER = """
import shapely

model_type = 0
name = "blobs"
labels = ["blob"]


def parse_det_model(config, raw_outputs):
    return [], [], [], shapely.box(0, 0, 1, 1).bounds
"""


def test_assets_that_would_fail_on_the_device_get_no_tag_unless_the_user_insists(registry: Start, folder: Path) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    (folder / "parser.py").write_text(BAD_PARSER)
    done = publish(folder, *words(one))
    assert done.returncode == 4, done.stderr
    assert "would not work on the device" in done.stderr
    assert "parse_det_model" in done.stderr
    assert "--no-validate" in done.stderr
    assert repository(one, "pose").manifest("1") is None

    insisted = publish(folder, *words(one), "--no-validate")
    assert insisted.returncode == 0, insisted.stderr
    refused = publish(folder, *words(one, image="pose:2"))
    assert refused.returncode == 4, "what nobody checked is not taken for checked"


CONFIG = """[property]
gie-unique-id=1
onnx-file=MODEL
network-type=100
output-tensor-meta=1
net-scale-factor=0.0039
"""


def test_the_paths_of_a_configuration_are_those_of_the_image_with_its_earlier_layers(
    registry: Start, folder: Path
) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    done = publish(folder, *words(one), "--no-validate")
    assert done.returncode == 0, done.stderr
    (folder.parent / "cfg").mkdir()
    (folder.parent / "cfg" / "pgie.txt").write_text(CONFIG.replace("MODEL", "../custom-assets/model.onnx"))
    again = [*words(one, base="pose:1", image="pose:2")[:4], "--add", "./cfg /custom-assets-2"]
    assert publish(folder, *again).returncode == 0
    alone = [*words(one, image="pose:3")[:4], "--add", "./cfg /custom-assets-2"]
    refused = publish(folder, *alone)
    assert refused.returncode == 4, refused.stderr
    assert "the image has no /custom-assets/model.onnx" in refused.stderr
    (folder.parent / "cfg" / "pgie.txt").write_text(CONFIG.replace("MODEL", "/custom-assets/modle.onnx"))
    wrong = publish(folder, *again)
    assert wrong.returncode == 4, wrong.stderr
    assert "did you mean that?" in wrong.stderr


def test_a_module_that_only_the_base_knows_is_no_reason_to_refuse(registry: Start, folder: Path) -> None:
    one = registry()
    runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
    (folder / "parser.py").write_text(GOOD_PARSER)
    done = publish(folder, *words(one))
    assert done.returncode == 0, done.stderr


def test_a_wrong_password_is_told_and_not_shown(registry: Start, folder: Path) -> None:
    for authentication in ("htpasswd", "token"):
        one = registry(authentication)
        runtimes.put_runtime(repository(one, "azda-runtime"), "7.1-jetson")
        done = publish(folder, *words(one), registry=one, AZDA_REGISTRY_PASSWORD="wr0ng")
        assert done.returncode == 7
        assert "(401" in done.stderr
        assert "docker login" in done.stderr
        assert "wr0ng" not in done.stderr


def test_an_identity_of_entra_logs_in_to_a_registry_of_azures_kind(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = registry("token")
    runtimes.as_azures(monkeypatch, one)
    login = acr.login(one.host)
    assert login.username == NULL_GUID
    location = runtimes.connect(one.host, login).repository("azda-runtime", push=True)
    made = runtimes.put_runtime(location, "7.1-jetson")
    name = Reference.parse(f"{one.host}/azda-runtime:7.1-jetson")
    assert digest_of(runtimes.connect(one.host, login), name) == made.digest

    monkeypatch.setattr(acr, "entra_token", lambda _audience: acr.EntraToken(text=one.tokens.entra_token(lifetime=-1)))
    with pytest.raises(RegistryError, match="refused to exchange Entra ID's token") as caught:
        acr.login(one.host)
    assert "AcrPush" in str(caught.value.hint)
