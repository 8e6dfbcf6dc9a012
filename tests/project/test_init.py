"""`azdacli init`: what it writes is right at once, and its parsers find what an independent computation finds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from azda_runtime.parsers.caller import load_primary, load_secondary
from azda_runtime.settings import Model
from azda_runtime.worker.frames import scaling_of
from onnx import TensorProto, helper
from typer.testing import CliRunner

from azdacli import parser_check
from azdacli.cli.app import app
from azdacli.parser_check.finding import Report
from tests.cli.schemas import checked
from tests.model import graphs
from tests.project.references import REFERENCES, in_frame

FRAME = (230, 120)


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def made(tmp_path: Path, data: bytes, *words: object) -> Path:
    """A folder for a model."""
    (tmp_path / "model.onnx").write_bytes(data)
    code, printed, error = run("init", tmp_path / "new", "--model", tmp_path / "model.onnx", *words)
    assert code == 0, error
    assert printed.strip() == str(tmp_path / "new")
    return tmp_path / "new"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def validated(folder: Path) -> Report:
    return parser_check.check([folder / "custom-assets"])


def outputs_of(model: Path, size: tuple[int, int]) -> dict[str, Any]:
    """What a model gives for a picture of noise, without the batch."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(3).random((1, 3, size[1], size[0]), dtype=np.float32)
    names = [output.name for output in session.get_outputs()]
    return {name: value[0] for name, value in zip(names, session.run(names, {"images": picture}), strict=True)}


@pytest.mark.parametrize("name", graphs.FAMILIES)
def test_what_is_written_passes_the_checker_at_once(name: str, tmp_path: Path) -> None:
    folder = made(tmp_path, graphs.FAMILIES[name][1]())
    report = validated(folder)
    assert [(f.rule.id, f.message) for f in report.findings if f.severity.value != "note"] == []
    assert {"settings.json", "deployment.default.template.json", ".env", "README.md"} <= set(names_in(folder))


@pytest.mark.parametrize("name", REFERENCES)
def test_a_parser_finds_what_an_independent_computation_finds(name: str, tmp_path: Path) -> None:
    folder = made(tmp_path, graphs.FAMILIES[name][1]()) / "custom-assets"
    scaling = scaling_of(Model(config_file=str(folder / "pgie_config.txt")))
    network = scaling.network_size
    assert network is not None
    outputs = outputs_of(folder / "model.onnx", network)
    found = load_primary(folder / "parser.py", scaling).detect(FRAME, outputs)
    letterbox = "stretch" if not scaling.keep_ratio else "centre" if scaling.symmetric else "corner"
    wanted = [
        (in_frame(box, FRAME, network, letterbox), class_id, score)
        for box, class_id, score in REFERENCES[name](outputs, network)
    ]
    assert len(wanted) >= 3
    assert len(found) == len(wanted)
    here = sorted(zip(found.scores, found.class_ids, found.boxes.tolist(), strict=True))
    for (score, class_id, box), (there, other, value) in zip(
        here, sorted((score, class_id, list(box)) for box, class_id, score in wanted), strict=True
    ):
        assert class_id == other
        assert score == pytest.approx(there, abs=1e-4)
        assert box == pytest.approx(value, abs=1e-4)


def interpreted(folder: Path, size: tuple[int, int] = (96, 64)) -> tuple[Any, dict[str, Any]]:
    outputs = outputs_of(folder / "custom-assets" / "model.onnx", size)
    parser = load_primary(folder / "custom-assets" / "parser.py")
    return parser.interpret(FRAME, outputs, size)[1], outputs


@pytest.mark.parametrize("softmax", [True, False])
def test_a_classifier_gives_the_best_classes(softmax: bool, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("cat\ndog\ncow\n")
    folder = made(tmp_path, graphs.classifier(softmax=softmax), "--labels", tmp_path / "names.txt")
    message, outputs = interpreted(folder)
    scores = outputs["scores"] if softmax else np.exp(outputs["scores"]) / np.exp(outputs["scores"]).sum()
    names = np.array(["cat", "dog", "cow"])[np.argsort(-scores)]
    assert [one["label"] for one in message["classes"]] == names.tolist()
    assert [one["score"] for one in message["classes"]] == pytest.approx(sorted(scores.tolist())[::-1], abs=1e-4)


@pytest.mark.parametrize("name", ["classifier", "yolov8-cls", "tensorflow", "efficient-nms"])
def test_numbers_that_are_none_cost_no_frame(name: str, tmp_path: Path) -> None:
    folder = made(tmp_path, graphs.FAMILIES[name][1]()) / "custom-assets"
    given = outputs_of(folder / "model.onnx", (96, 64))
    whole = {key: np.full_like(value, np.nan) if value.dtype.kind == "f" else value for key, value in given.items()}
    parser = load_primary(folder / "parser.py")
    if parser.detects:
        assert len(parser.detect(FRAME, whole, (96, 64))) == 0
    else:
        assert parser.interpret(FRAME, whole, (96, 64)) == (None, {"classes": []})


def test_a_segmenter_gives_what_each_class_covers(tmp_path: Path) -> None:
    message, outputs = interpreted(made(tmp_path, graphs.segmentation()))
    classes = outputs["planes"].argmax(axis=0)
    wanted = {f"class {n}": float((classes == n).mean()) for n in range(3)}
    assert message["covered"] == pytest.approx(wanted, abs=1e-4)


def test_a_text_detector_and_its_reader_are_a_cascade(tmp_path: Path) -> None:
    (tmp_path / "reader.onnx").write_bytes(graphs.text_recogniser())
    folder = made(tmp_path, graphs.text_detector(), "--secondary", tmp_path / "reader.onnx") / "custom-assets"
    assert [f.message for f in validated(folder.parent).findings if f.severity.value != "note"] == []
    steps = np.zeros((40, 40), np.float32)
    for step, class_id in enumerate((1, 1, 0, 1, 2)):
        steps[step, class_id] = 0.9
    steps[5:, 0] = 0.9
    assert load_secondary(folder / "secondary_parser.py").parse(FRAME, {"softmax": steps}) == "AAB"
    plane = np.zeros((1, 64, 96), np.float32)
    plane[0, 10:20, 30:60] = 0.9
    (box,) = load_primary(folder / "parser.py").detect((192, 128), {"sigmoid_0.tmp_0": plane}, (96, 64)).boxes
    margin = 1.5 * 30 * 10 / 80
    wanted = [2 * (30 - margin), 2 * (10 - margin), 2 * (30 + 2 * margin), 2 * (10 + 2 * margin)]
    assert box.tolist() == pytest.approx(wanted, abs=1e-4)


def test_the_pose_and_the_mask_of_an_object_are_in_the_message(tmp_path: Path) -> None:
    folder = made(tmp_path, graphs.FAMILIES["yolov8-pose"][1]()) / "custom-assets"
    scaling = scaling_of(Model(config_file=str(folder / "pgie_config.txt")))
    rows = np.zeros((56, 2), np.float32)
    rows[:, 0] = [48, 32, 20, 20, 0.9, *[48, 32, 0.5] * 17]
    found = load_primary(folder / "parser.py", scaling).detect((192, 128), {"output0": rows})
    assert found.message == {"points": [[[96.0, 64.0, 0.5]] * 17]}


def test_what_is_not_known_is_a_template_with_the_models_own_layers(tmp_path: Path) -> None:
    folder = made(tmp_path, graphs.unknown())
    text = (folder / "custom-assets" / "parser.py").read_text()
    assert "features  (2, 3, 4, 5) float32" in text
    message, outputs = interpreted(folder)
    assert message["features"] == pytest.approx([float(outputs["features"].min()), float(outputs["features"].max())])
    assert "was not recognised" in (folder / "README.md").read_text()
    assert "# CHECK: nothing in the model says its scale" in (folder / "custom-assets" / "pgie_config.txt").read_text()


def test_a_detectnet_model_needs_no_python(tmp_path: Path) -> None:
    folder = made(tmp_path, graphs.detectnet()) / "custom-assets"
    assert not (folder / "parser.py").exists()
    assert "network-type=0\nnum-detected-classes=3\n" in (folder / "pgie_config.txt").read_text()


@pytest.mark.parametrize("example", ["detector", "cascade", "custom"])
def test_an_example_passes_the_checker(example: str, tmp_path: Path) -> None:
    code, printed, _ = run("init", tmp_path / "new", "--example", example, "--json")
    answer = checked("init", printed)
    assert code == 0
    assert all((tmp_path / "new" / name).is_file() for name in answer["files"])
    assert len(answer["models"]) == (2 if example == "cascade" else 1)
    assert [f.message for f in validated(tmp_path / "new").findings if f.severity.value != "note"] == []


def test_the_template_becomes_a_manifest(tmp_path: Path) -> None:
    folder = made(tmp_path, graphs.yolov8(metadata=graphs.ultralytics("detect")), "--device-type", "dGPU")
    template = folder / "deployment.default.template.json"
    words = ("gen-manifest", "--template", template, "--device-type", "dGPU", "--inspect", "none", "-o", "-")
    code, _, error = run(*words)
    assert code == 8
    assert "registryCredentials.registry.username: must not be empty" in error, (
        "the registry's login is the user's to fill in"
    )
    settings = (folder / ".env").read_text(encoding="utf-8")
    login = settings.replace("_USERNAME=\n", "_USERNAME=robot\n").replace("_PASSWORD=\n", "_PASSWORD=secret\n")
    (folder / ".env").write_text(login, encoding="utf-8")
    code, printed, error = run(*words)
    assert code == 0, error
    text = json.dumps(json.loads(printed))
    warnings = [line for line in error.splitlines() if "warning" in line]
    assert all("[secret-in-clear]" in line for line in warnings), "a login in a manifest is always warned of"
    assert "myregistry.azurecr.io/new:1.0" in text
    assert "/custom-assets/pgie_config.txt" in text
    assert (folder / ".env").stat().st_mode & 0o077 == 0


def test_a_byte_order_mark_is_no_part_of_the_first_label(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes("\ufeffcat\r\ndog\r\nfox\r\n".encode())
    folder = made(tmp_path, graphs.classifier(softmax=True), "--labels", tmp_path / "names.txt")
    assert "\ufeff" not in (folder / "custom-assets" / "labels.txt").read_text(encoding="utf-8")


def test_the_next_line_can_be_pasted(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(graphs.classifier(softmax=True))
    code, _, error = run("init", tmp_path / "two words", "--model", tmp_path / "m.onnx")
    assert code == 0, error
    assert f"next: azdacli validate-parser '{tmp_path}/two words/custom-assets', then" in error


def test_labels_that_do_not_fit_end_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(graphs.yolov8())
    labels = tmp_path / "labels.txt"
    for text, part in (
        ("a\nb\n", "has 2 labels, and m.onnx has 3 classes"),
        ("\n", "has no labels"),
        ("x" * 200, "line 1"),
    ):
        labels.write_text(text)
        code, _, error = run("init", tmp_path / "new", "--model", tmp_path / "m.onnx", "--labels", labels)
        assert (code, part in error) == (3, True), error
        assert not (tmp_path / "new").exists()


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("new", "file", "link"):
        code, _, error = run("init", tmp_path / name, "--example", "detector")
        assert (code, "exists already" in error) == (3, True)
    assert names_in(tmp_path / "new") == []
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ((), "either --model or --example"),
        (("--example", "detector", "--model", "a.onnx"), "either --model or --example"),
        (("--example", "detectr"), "no example 'detectr'"),
        (("--model", "/nowhere.onnx"), "not an ONNX model"),
        (("--model", "MODEL", "--size", "640"), "not a size"),
        (("--model", "MODEL", "--size", "640x640"), "takes 96x64 alone"),
        (("--model", "MODEL", "--kind", "dog"), "no kind of model 'dog'"),
    ],
)
def test_a_wrong_line_ends_in_one_sentence(words: tuple[str, ...], part: str, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(graphs.yolov8())
    code, _, error = run("init", tmp_path / "new", *(str(tmp_path / "m.onnx") if w == "MODEL" else w for w in words))
    assert (code, part in error) == (3, True), error
    assert names_in(tmp_path) == ["m.onnx"]


def test_a_model_with_a_second_input_is_refused_with_the_cure(tmp_path: Path) -> None:
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 8, 8])
    more = helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2])
    out = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, 8, 8])
    graph = helper.make_graph([helper.make_node("Relu", ["images"], ["output"])], "g", [image, more], [out])
    (tmp_path / "m.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    code, _, error = run("init", tmp_path / "new", "--model", tmp_path / "m.onnx")
    assert (code, "orig_target_sizes" in error, "constants" in error) == (3, True, True)


def test_weights_outside_of_the_models_folder_are_not_copied(tmp_path: Path) -> None:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value="../../secret")
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 8, 8])
    out = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, 8, 8])
    graph = helper.make_graph([helper.make_node("Add", ["images", "w"], ["output"])], "g", [image], [out], [weight])
    (tmp_path / "m.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    code, _, error = run("init", tmp_path / "new", "--model", tmp_path / "m.onnx")
    assert (code, "outside of its own folder" in error) == (3, True)


def test_a_model_with_a_name_that_no_configuration_holds_gets_another(tmp_path: Path) -> None:
    path = tmp_path / "my;model\n.onnx"
    path.write_bytes(graphs.yolov8())
    assert run("init", tmp_path / "new", "--model", path)[0] == 0
    assert (tmp_path / "new" / "custom-assets" / "model.onnx").is_file()
    assert [f.message for f in validated(tmp_path / "new").findings if f.severity.value != "note"] == []


STOPPED = """
import os, signal, shutil, sys
from azdacli.cli.app import app

shutil.copyfile = lambda *_: os.kill(os.getpid(), signal.{name})
app(prog_name="azdacli")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_ended_in_the_middle_it_leaves_nothing(name: str, tmp_path: Path) -> None:
    program = STOPPED.format(name=name)
    words = ["init", str(tmp_path / "new"), "--example", "detector"]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (130, "interrupted")
    assert names_in(tmp_path) == []
