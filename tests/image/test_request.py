"""What the options of `create` make of an image, option by option."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from azdacli.errors import SpecError
from azdacli.image import assets, boards, catalog, dockerfile, request
from azdacli.image.request import CreateOptions
from azdacli.image.spec import Asset, ImageSpec, Target
from azdacli.util import resources, tarball

KNOWN = catalog.load()
DGPU = CreateOptions(device_type="dGPU")


def spec(options: CreateOptions) -> ImageSpec:
    return request.specified(options)[0]


def test_each_option_reaches_the_image() -> None:
    made = spec(
        CreateOptions(
            device_type="dGPU",
            run=("true",),
            labels=("a=1", "b=2"),
            base_image="x:1",
            pip_index_url="https://pip.example/simple",
        )
    )
    assert (made.run, made.base_image, made.pip_index_url) == (("true",), "x:1", "https://pip.example/simple")
    assert made.release == KNOWN.default
    assert len(made.labels) == 2
    assert not made.ca_bundle
    assert made.lock is None


def test_certificates_of_a_site_are_part_of_the_image_where_they_are_given(tmp_path: Path) -> None:
    assert spec(replace(DGPU, ca_bundle=tmp_path / "site.pem")).ca_bundle
    assert not spec(DGPU).ca_bundle


@pytest.mark.parametrize(
    ("machine", "platform"), [("aarch64", "linux/arm64"), ("ARM64", "linux/arm64"), ("x86_64", "linux/amd64")]
)
def test_a_cpu_image_is_for_the_machine_that_makes_it(
    monkeypatch: pytest.MonkeyPatch, machine: str, platform: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert spec(CreateOptions(device_type="CPU")).platform == platform
    assert spec(CreateOptions(device_type="Jetson")).platform == "linux/arm64"
    assert spec(DGPU).platform == "linux/amd64"


@pytest.mark.parametrize(
    ("variant", "backends", "expected"),
    [
        (None, (), "samples"),
        ("Samples", (), "samples"),
        ("triton", (), "triton"),
        (None, ("onnxruntime",), "triton"),
        ("triton", ("onnxruntime",), "triton"),
    ],
)
def test_backends_ask_for_the_triton_image(variant: str | None, backends: tuple[str, ...], expected: str) -> None:
    made = spec(replace(DGPU, variant=variant, backends=(*backends, *backends)))
    assert (made.variant, made.backends) == (expected, backends)


@pytest.mark.parametrize("variant", ["samples", "base", "zzz"])
def test_backends_go_with_no_other_image(variant: str) -> None:
    with pytest.raises(SpecError, match=f"goes with the triton images, not with '{variant}'"):
        spec(replace(DGPU, variant=variant, backends=("onnxruntime",)))


def test_a_wheel_of_pyds_is_for_images_that_have_none(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="a CPU image has no pyds wheel"):
        spec(CreateOptions(device_type="CPU", pyds_wheel=tmp_path / "x.whl"))
    with pytest.raises(SpecError) as caught:
        spec(replace(DGPU, pyds_wheel=tmp_path / "x.whl"))
    assert "CPU image" not in str(caught.value)


def test_a_build_folder_of_ones_own_is_used_where_it_is_whole(tmp_path: Path) -> None:
    assert request.specified(DGPU)[1:] == (resources.DOCKER_BUILD, ())
    with pytest.raises(SpecError, match="is not a folder"):
        request.specified(replace(DGPU, build_folder=tmp_path / "none"))
    for missing, make in (("azda_runtime", "azda_runtime/__init__.py"), ("dsconfig", "dsconfig/__init__.py")):
        folder, notes = request.specified(replace(DGPU, build_folder=tmp_path))[1:]
        assert folder == resources.DOCKER_BUILD
        assert notes == (f"'{tmp_path}' holds no {missing}: using the docker-build that azdacli brings",)
        (tmp_path / make).parent.mkdir()
        (tmp_path / make).touch()
    (tmp_path / "requirements.txt").touch()
    assert request.specified(replace(DGPU, build_folder=tmp_path))[1:] == (tmp_path, ())


@pytest.mark.parametrize(
    ("name", "target", "warned"),
    [
        ("model.onnx", "/models", True),
        ("model.onnx", "/models/", False),
        ("model.onnx", "/models/model.onnx", False),
        ("Makefile", "/models", False),
    ],
)
def test_a_file_that_takes_the_name_of_a_folder_is_warned_of(
    tmp_path: Path, name: str, target: str, warned: bool
) -> None:
    (tmp_path / name).touch()
    asset = Asset(source=tmp_path / name, target=target)
    expected = f"the file {asset.source} becomes the file {target}; write '{target}/' to put it into a folder"
    warnings = request.read(DGPU, [asset]).warnings
    assert [each.startswith(expected) for each in warnings if "becomes" in each] == [True] * warned


def test_a_folder_may_take_any_name(tmp_path: Path) -> None:
    (tmp_path / "v1.2").mkdir()
    (tmp_path / "v1.2" / "parser.py").touch()
    plan = request.read(DGPU, [Asset(source=tmp_path / "v1.2", target="/models")])
    assert not any("becomes the file" in each for each in plan.warnings)
    assert plan.notes == (f"adding {tmp_path / 'v1.2'} as /models",)


def test_what_a_user_brings_rests_on_no_source_of_ours() -> None:
    release, target = next(
        (version, target)
        for version in KNOWN.releases
        for target in (Target.JETSON, Target.DGPU)
        if target in KNOWN.release(version).hardware
        and {"pyds", "images"} & (KNOWN.hardware(version, target).unverified | KNOWN.release(version).unverified)
    )
    made = ImageSpec(release=release, target=target, platform=KNOWN.hardware(release, target).platform)
    facts = KNOWN.hardware(release, target).unverified | KNOWN.release(release).unverified
    said = dockerfile.unverified(made, KNOWN)
    assert ("pyds" in facts) == any(each.startswith("that pyds ") for each in said)
    assert ("images" in facts) == any("name what it has with --base-image" in each for each in said)
    own = dockerfile.unverified(replace(made, base_image="x:1"), KNOWN)
    assert not any("--base-image" in each for each in own)
    assert not any("backends" in each for each in said), "there are none in it"


@pytest.mark.parametrize(
    ("text", "nano"),
    [("Nano", True), ("Jetson Nano", True), ("Orin Nano", False), ("AGX Orin", False), ("Thor", False)],
)
def test_the_first_nano_is_told_from_orins(text: str, nano: bool) -> None:
    refused = boards.refusal(text)
    assert refused is not None
    assert str(refused) == f"'{text}' is a board; its device type is Jetson"
    assert refused.hint.endswith(" The first Jetson Nano, without Orin, ends at JetPack 4.6.") is nano


@pytest.mark.parametrize(("mode", "executable"), [(0o644, False), (0o600, False), (0o755, True), (0o654, True)])
def test_whether_a_file_may_be_executed_goes_into_the_image(tmp_path: Path, mode: int, executable: bool) -> None:
    path = tmp_path / "tool.sh"
    path.touch()
    path.chmod(mode)
    (part,) = assets.scan(Asset(source=path, target="/x/tool.sh"))
    assert [item.executable for item in part.items] == [executable]


@pytest.mark.parametrize("size", [0, 1, tarball.BLOCK - 1, tarball.BLOCK, tarball.BLOCK + 1])
def test_a_files_digest_is_that_of_all_its_bytes(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "model.bin").write_bytes(data)
    (described,) = assets.digests(assets.scan(Asset(source=tmp_path / "model.bin", target="/m.bin")))
    assert described == {"path": "/m.bin", "size": size, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}"}
