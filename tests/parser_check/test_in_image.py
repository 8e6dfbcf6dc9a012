"""The paths of a configuration are resolved where `--add` puts the files, and not in the developer's folder."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from azdacli.image import assets
from azdacli.image.file_tree import FileTree, base_of
from azdacli.image.spec import Target
from azdacli.parser_check import Report, check_assets
from azdacli.util import resources
from tests.parser_check.making import onnx

Check = Callable[..., Report]

CONFIG = """[property]
gie-unique-id=1
onnx-file={model}
batch-size=1
network-type=100
output-tensor-meta=1
infer-dims=3;64;64
net-scale-factor=0.0039
"""
SERVER = """infer_config {
  unique_id: 1
  max_batch_size: 1
  backend { triton { model_name: "det" version: -1 model_repo { root: "ROOT" strict_model_config: true } } }
  postprocess { other {} }
}
"""
PBTXT = 'name: "det"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 0\n'
MODEL = onnx({"images": ["N", 3, 64, 64]}, ["output0"], shapes={"output0": [1, 6, 80]})


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Check the configuration `cfg/pgie.txt` that names a model, in the image that `--add` makes."""
    monkeypatch.chdir(tmp_path)
    for name in ("cfg", "models"):
        (tmp_path / name).mkdir()
    (tmp_path / "models" / "m.onnx").write_bytes(MODEL)
    (tmp_path / "other.onnx").write_bytes(MODEL)

    def run(model: str, *added: str, listed: Sequence[str] = (), runs: Sequence[str] | None = ()) -> Report:
        (tmp_path / "cfg" / "pgie.txt").write_text(CONFIG.format(model=model))
        return checked(added, listed=listed, runs=runs)

    return run


def checked(added: Sequence[str], *, listed: Sequence[str] = (), runs: Sequence[str] | None = ()) -> Report:
    found = assets.find(added, None)
    parts = [part for asset in found for part in assets.scan(asset)]
    image = FileTree(parts, listed=listed, commands=runs or ())
    return check_assets([asset.source for asset in found], release="7.1", runs=runs, image=image)


def only(report: Report) -> tuple[str, str, str]:
    """The severity, the message and the cure of the one finding about a file."""
    [found] = [f for f in report.findings if f.rule.name == "file-missing"]
    return found.severity.value, found.message, found.cure


@pytest.mark.parametrize(
    ("model", "added", "message", "cure"),
    [
        (
            "../models/m.onnx",
            ["./cfg /custom-assets/cfg"],
            "the image has no /custom-assets/models/m.onnx, where '../models/m.onnx' leads",
            'Add it: --add "models/m.onnx /custom-assets/models/m.onnx".',
        ),
        (
            "../models/m.onnx",
            ["./cfg /custom-assets/cfg", "./models /opt/models"],
            "the image has no /custom-assets/models/m.onnx, where '../models/m.onnx' leads",
            "It is in the image as /opt/models/m.onnx: name that, or change --add.",
        ),
        (
            "/custom-assets/models/modle.onnx",
            ["./cfg /custom-assets/cfg", "./models /custom-assets/models"],
            "the image has no /custom-assets/models/modle.onnx",
            "The folder has 'm.onnx': did you mean that?",
        ),
        (
            "../modles/../models/m.onnx",
            ["./cfg /custom-assets/cfg", "./models /custom-assets/models"],
            "'../modles/../models/m.onnx' leads through a folder that the image does not have",
            "Write /custom-assets/models/m.onnx.",
        ),
        (
            "m.onnx ",
            ["./cfg /a", "./models /a"],
            "the image has no /a/m.onnx , where 'm.onnx ' leads",
            "Remove the blank at the end of the line: it is part of the name.",
        ),
    ],
)
def test_a_file_that_the_image_lacks_is_an_error(
    check: Check, model: str, added: list[str], message: str, cure: str
) -> None:
    report = check(model, *added)
    assert only(report) == ("error", message, cure)
    assert report.failed()


@pytest.mark.parametrize(
    ("model", "added"),
    [
        ("m.onnx", ["./cfg /custom-assets", "./models /custom-assets"]),
        ("m.onnx", ["./cfg /custom-assets", "./other.onnx /custom-assets/m.onnx"]),
        ("m.onnx", ["./cfg /custom-assets", "./models/m.onnx /custom-assets/"]),
        ("../models/m.onnx", ["./cfg /x/cfg", "./models /x/models"]),
        ("/opt/models/m.onnx", ["./cfg /x", "./models /opt/models"]),
        ("./././m.onnx", ["./cfg/pgie.txt /x/", "./models /x"]),
        ("/opt/nvidia/deepstream/deepstream/samples/models/m.onnx", ["./cfg /x"]),
    ],
)
def test_a_file_that_the_image_has_is_found_wherever_it_came_from(check: Check, model: str, added: list[str]) -> None:
    report = check(model, *added)
    assert not [f for f in report.findings if f.rule.name == "file-missing"]
    assert not report.failed()


def test_the_model_that_counts_is_the_one_that_takes_the_path_last(check: Check, tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(onnx({"images": ["N", 1, 64, 64]}, ["output0"]))
    model = ["./cfg /a", "./models /a", "./other.onnx /a/m.onnx"]
    assert {f.rule.name for f in check("m.onnx", *model).findings} & {"input-dims", "input-shape"}
    assert not check("m.onnx", model[0], model[2], model[1]).failed()


def test_weights_beside_the_model_must_be_beside_it_in_the_image(check: Check, tmp_path: Path) -> None:
    weights = onnx({"images": ["N", 3, 64, 64]}, ["output0"], external=["m.data"])
    (tmp_path / "models" / "m.onnx").write_bytes(weights)
    (tmp_path / "models" / "m.data").write_bytes(bytes(4))
    missing = check("m.onnx", "./cfg /a", "./models/m.onnx /a/m.onnx")
    assert [f.message for f in missing.findings] == ["m.onnx keeps weights in 'm.data', which is not beside it"]
    whole = check("m.onnx", "./cfg /a", "./models/m.onnx /a/m.onnx", "./models/m.data /a/m.data")
    assert not whole.findings


def test_a_configuration_is_checked_at_each_path_that_it_gets(check: Check) -> None:
    assert "/b/m.onnx" in only(check("m.onnx", "./cfg /a", "./models /a", "./cfg /b"))[1]


def test_a_configuration_whose_path_another_file_takes_is_not_in_the_image(check: Check, tmp_path: Path) -> None:
    (tmp_path / "right.txt").write_text(CONFIG.format(model="/a/m.onnx"))
    report = check("nowhere.onnx", "./cfg /a", "./models /a", "./right.txt /a/pgie.txt")
    assert not report.findings


def test_a_link_is_followed_as_in_the_image(check: Check, tmp_path: Path) -> None:
    (tmp_path / "cfg" / "deep").mkdir()
    (tmp_path / "cfg" / "deep" / "m.onnx").write_bytes(MODEL)
    (tmp_path / "cfg" / "now").symlink_to("deep")
    assert not check("now/m.onnx", "./cfg /a").findings
    assert "/a/now/n.onnx" in only(check("now/n.onnx", "./cfg /a"))[1]


def test_what_commands_and_volumes_may_bring_is_no_error(check: Check) -> None:
    assert not check("m.onnx", "./cfg /a", runs=["wget -P /a https://example.com/m.onnx"]).findings
    assert only(check("m.onnx", "./cfg /a", runs=["pip install numpy"]))[0] == "error"
    assert only(check("/data/m.onnx", "./cfg /a"))[:2] == (
        "note",
        "the image has no /data/m.onnx, unless a volume brings it",
    )


def test_publish_knows_what_earlier_layers_have(check: Check) -> None:
    assert not check("m.onnx", "./cfg /a", listed=["/a/m.onnx"], runs=None).findings
    assert only(check("m.onnx", "./cfg /a", listed=["/b/m.onnx"], runs=None))[0] == "error"


def test_a_repository_of_triton_is_read_where_it_lies_in_the_image(tmp_path: Path, check: Check) -> None:
    check("m.onnx", "./models /a")
    (tmp_path / "cfg" / "pgie.txt").write_text(SERVER.replace("ROOT", "../triton"))
    for name, called in (("right", "det"), ("wrong", "dat")):
        model = tmp_path / name / "det" / "1"
        model.mkdir(parents=True)
        (model / "model.onnx").write_bytes(
            onnx({"images": [1, 3, 64, 64]}, ["output0"], shapes={"output0": [1, 6, 80]})
        )
        (tmp_path / name / "det" / "config.pbtxt").write_text(PBTXT.replace("det", called))
    assert not checked(["./cfg /a/cfg", "./right /a/triton"]).failed()
    assert {f.path.name for f in checked(["./cfg /a/cfg", "./wrong /a/triton"]).findings} == {"config.pbtxt"}
    assert only(checked(["./cfg /a/cfg", "./right /a/tritons"]))[1].startswith("the image has no /a/triton,")


def test_a_repository_of_triton_may_come_from_several_sources(tmp_path: Path, check: Check) -> None:
    check("m.onnx", "./models /a")
    (tmp_path / "cfg" / "pgie.txt").write_text(SERVER.replace("ROOT", "/a/triton"))
    (tmp_path / "described" / "det").mkdir(parents=True)
    (tmp_path / "described" / "det" / "config.pbtxt").write_text(PBTXT)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "model.onnx").write_bytes(
        onnx({"images": [1, 3, 64, 64]}, ["output0"], shapes={"output0": [1, 6, 80]})
    )
    parts = ["./cfg /a/cfg", "./described /a/triton", "./weights /a/triton/det/1"]
    assert not checked(parts).failed()
    assert ["no version at all" in f.message for f in checked(parts[:2]).findings] == [True]
    (tmp_path / "described" / "det" / "config.pbtxt").write_text(PBTXT.replace("det", "dat"))
    assert {f.path.name for f in checked(parts).findings} == {"config.pbtxt"}, "it was not read at all"
    earlier = ["/a/triton/det/config.pbtxt", "/a/triton/det/1/model.onnx"]
    assert not checked([parts[0], parts[2]], listed=earlier[:1]).findings, "an earlier layer's cannot be read"
    (tmp_path / "described" / "det" / "config.pbtxt").write_text(PBTXT)
    assert not checked(parts[:2], listed=earlier[1:]).findings
    assert ["has no config.pbtxt" in f.message for f in checked([parts[0], parts[2]]).findings] == [True]


PARSER = """from helpers import boxes

model_type = 0
name = "a"
labels = ["a"]


def parse_det_model(config, raw_outputs):
    return boxes(raw_outputs), [], [], None
"""


def parser_findings(added: Sequence[str], listed: Sequence[str] = ()) -> list[str]:
    return [f.rule.name for f in checked(added, listed=listed, runs=()).findings if f.severity.value == "error"]


def test_a_parsers_siblings_are_those_of_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("own", "shared", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "own" / "det_parser.py").write_text(PARSER)
    (tmp_path / "shared" / "helpers.py").write_text("def boxes(found):\n    return found['a']\n")
    (tmp_path / "other" / "helpers.py").write_text("def lines(found):\n    return found['a']\n")
    alone = "./own/det_parser.py /a/det_parser.py"
    assert parser_findings([alone]) == ["unknown-module"]
    assert parser_findings([alone, "./shared /a"]) == []
    assert parser_findings([alone, "./shared /b"]) == ["unknown-module"]
    assert parser_findings([alone, "./shared /a", "./other/helpers.py /a/"]) == ["sibling-name"]
    assert parser_findings([alone], listed=["/a/helpers.py"]) == []
    assert parser_findings([alone], listed=["/a/helpers.cpython-310-x86_64-linux-gnu.so"]) == []
    (tmp_path / "own" / "helpers.py").write_text("def boxes(found):\n    return found['a']\n")
    assert parser_findings([alone]) == ["unknown-module"], "what is beside it here does not get into the image"
    assert parser_findings(["./own /a"]) == []


def test_paths_into_the_base_are_held_against_what_is_known_of_it(tmp_path: Path, check: Check) -> None:
    check("m.onnx", "./models /a")
    sdk = "/opt/nvidia/deepstream/deepstream"

    def about(model: str, target: Target) -> list[tuple[str, str]]:
        (tmp_path / "cfg" / "pgie.txt").write_text(CONFIG.format(model=model))
        added = assets.find(["./cfg /a"], None)
        parts = [part for asset in added for part in assets.scan(asset)]
        image = FileTree(parts, base=base_of("7.1", target, resources.DOCKER_BUILD))
        report = check_assets([asset.source for asset in added], release="7.1", image=image)
        return [(f.severity.value, f.message) for f in report.findings if f.rule.name == "file-missing"]

    assert about(f"{sdk}/samples/models/m.onnx", Target.DGPU) == []
    [(severity, message)] = about(f"{sdk}-6.4/samples/models/m.onnx", Target.DGPU)
    assert (severity, "DeepStream 7.1 has" in message) == ("error", True)
    [(severity, message)] = about(f"{sdk}/samples/models/m.onnx", Target.CPU)
    assert (severity, "CPU image" in message) == ("error", True)
    assert about("/opt/azda/azda_runtime/__init__.py", Target.CPU) == []
    [(severity, _)] = about("/opt/azda/models/m.onnx", Target.DGPU)
    assert severity == "error"
