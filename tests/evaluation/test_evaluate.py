"""`evaluate` on a set whose truth is known: the figures are those of pycocotools on the same detections."""

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.evaluation import journal
from tests.cli.schemas import checked
from tests.evaluation import blobs


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZDA_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    blobs.write_set(folder)
    blobs.write_config(folder / "right")
    return folder


def evaluate(labelled: Path, *words: object, model: str = "right", truth: str = "truth.json") -> tuple[int, Any, str]:
    words = ("evaluate", labelled / model, "--images", labelled / "images", "--truth", labelled / truth, *words)
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, checked("evaluate", done.stdout), done.stderr


def test_the_figures_are_those_of_pycocotools_for_any_number_of_jobs(labelled: Path) -> None:
    saved = []
    for jobs in (1, 3):
        code, answer, _ = evaluate(labelled, "--jobs", jobs, "--save-results", labelled / f"{jobs}.json")
        assert code == 0
        saved.append((labelled / f"{jobs}.json").read_bytes())
    assert saved[0] == saved[1]
    with contextlib.redirect_stdout(io.StringIO()):
        ground = COCO(str(labelled / "truth.json"))
        evaluation = COCOeval(ground, ground.loadRes(str(labelled / "1.json")), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ("map", "map50", "map75", "small", "medium", "large", "recall1", "recall10", "recall100")
    assert [answer[name] for name in names] == [
        None if value < 0 else value for value in evaluation.stats[: len(names)].tolist()
    ]
    assert answer["map50"] > 0.9
    assert [each["name"] for each in answer["classes"]] == list(blobs.COLOURS)


def test_the_curve_and_the_worst_pictures_are_drawn(labelled: Path, tmp_path: Path) -> None:
    code, answer, _ = evaluate(labelled, "--output", tmp_path / "drawn")
    assert code == 0
    assert set(answer["files"]) == {"precisionRecall", "worstPictures"}
    for path in answer["files"].values():
        drawn = cv2.imread(path)
        assert drawn is not None
        assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 3


def test_a_gate_that_is_not_reached_ends_with_4(labelled: Path) -> None:
    code, answer, errors = evaluate(labelled, "--min-map50", "0.99", "--min-map", "0.2")
    assert (code, answer["ok"]) == (4, False)
    assert "map50 is 0.9" in errors
    assert "--min-map;" not in errors


def test_a_yolo_folder_gives_the_same_figures(labelled: Path) -> None:
    folder = labelled / "yolo" / "labels"
    folder.mkdir(parents=True)
    (labelled / "yolo" / "classes.txt").write_text("\n".join(blobs.COLOURS))
    document = json.loads((labelled / "truth.json").read_text())
    for image in document["images"]:
        lines = []
        for each in document["annotations"]:
            if each["image_id"] == image["id"]:
                left, top, width, height = each["bbox"]
                x, y = (left + width / 2) / blobs.WIDTH, (top + height / 2) / blobs.HEIGHT
                lines.append(f"{each['category_id'] - 7} {x} {y} {width / blobs.WIDTH} {height / blobs.HEIGHT}")
        (folder / image["file_name"]).with_suffix(".txt").write_text("\n".join(lines))
    _, of_yolo, _ = evaluate(labelled, truth="yolo")
    _, of_coco, _ = evaluate(labelled)
    assert of_yolo["map"] == pytest.approx(of_coco["map"])
    assert of_yolo["bestThreshold"] == of_coco["bestThreshold"]


def test_a_picture_that_cannot_be_decoded_is_named(labelled: Path, tmp_path: Path) -> None:
    shutil.copytree(labelled, tmp_path / "copy")
    (tmp_path / "copy" / "images" / "picture-11.png").write_bytes(b"no picture")
    code, answer, _ = evaluate(tmp_path / "copy")
    assert (code, answer["error"]["message"]) == (3, "the picture 'picture-11.png' cannot be decoded")


def test_what_a_killed_run_did_is_not_done_again(labelled: Path, tmp_path: Path) -> None:
    images = [(path.name, path) for path in sorted((labelled / "images").iterdir())]
    config = labelled / "right" / "config_infer.txt"
    digest = journal.digest(config, None, journal.named_files(config), images)
    kept = tmp_path / "cache" / "evaluate" / f"{digest}.jsonl"
    kept.parent.mkdir(parents=True)
    wrong = {"event": "picture", "picture": images[0][0], "variant": 0, "size": [160, 112], "found": []}
    kept.write_text(f'{json.dumps(wrong)}\n{{"event": "picture", "pict')  # killed in the middle of a line
    code, answer, errors = evaluate(labelled)
    assert code == 0
    assert "1 of 12 pictures were done by an earlier run" in errors
    assert not kept.exists()
    _, whole, _ = evaluate(labelled)
    assert answer["detections"] < whole["detections"]  # what was kept was taken, and all else was done


@pytest.mark.parametrize(
    "changed", ["model/config_infer.txt", "elsewhere/labels.txt", "model/helper.py", "elsewhere/b.onnx"]
)
def test_what_was_done_with_another_configuration_is_not_gone_on_from(
    labelled: Path, tmp_path: Path, changed: str
) -> None:
    """Whatever decides about results and is changed between two runs, wherever it lies."""
    images = [(path.name, path) for path in sorted((labelled / "images").iterdir())]
    text = blobs.write_config(tmp_path / "model").read_text()
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "model" / "blobs.onnx", tmp_path / "elsewhere" / "b.onnx")
    shutil.move(tmp_path / "model" / "labels.txt", tmp_path / "elsewhere")
    (tmp_path / "model" / "helper.py").write_text("")
    config = tmp_path / "model" / "config_infer.txt"
    config.write_text(text.replace("=blobs.onnx", "=../elsewhere/b.onnx").replace("=labels", "=../elsewhere/labels"))

    def kept() -> Path:
        digest = journal.digest(config, None, journal.named_files(config), images)
        return tmp_path / "cache" / "evaluate" / f"{digest}.jsonl"

    before = kept()
    before.parent.mkdir(parents=True)
    wrong = {"event": "picture", "picture": images[0][0], "variant": 0, "size": [160, 112], "found": []}
    before.write_text(f"{json.dumps(wrong)}\n")
    with (tmp_path / changed).open("ab") as file:
        file.write(b"\n" if changed.endswith(("txt", "py")) else b"\x72\x00")  # metadata of no length: the same model
    assert kept() != before
    words = ("evaluate", config, "--images", labelled / "images", "--truth", labelled / "truth.json", "--json")
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exit_code == 0, done.stdout
    assert "earlier run" not in done.stderr
    assert before.exists()


def test_a_parser_that_fails_or_ends_the_process_is_said(labelled: Path) -> None:
    folder = labelled / "parsed"
    text = blobs.write_config(folder, {"output-tensor-meta": "1"}).read_text()
    (folder / "config_infer.txt").write_text(text.replace("network-type=0", "network-type=100"))
    head = (
        "model_type = 0\nname = 'p'\nlabels = ['red', 'green', 'blue']\n\ndef parse_det_model(config, raw_outputs):\n"
    )
    (folder / "parser.py").write_text(f"{head}    print('noise')\n    raise ValueError('no good')\n")
    code, answer, errors = evaluate(labelled, "--jobs", 1, model="parsed")
    assert (code, answer["ok"], answer["parserFailures"]) == (4, False, 12)
    assert "no good" in errors
    (folder / "parser.py").write_text(f"{head}    import os\n    os._exit(3)\n")
    code, answer, _ = evaluate(labelled, "--jobs", 1, model="parsed")
    assert code == 4
    assert "ended with exit code 3 before all pictures were done" in answer["error"]["message"]


def test_a_model_that_cannot_run_is_said(labelled: Path) -> None:
    blobs.write_config(labelled / "broken")
    (labelled / "broken" / "blobs.onnx").write_bytes(b"no model")
    code, answer, _ = evaluate(labelled, model="broken")
    assert code == 4
    assert "blobs.onnx" in answer["error"]["message"]


def test_half_a_jpeg_is_named_and_not_measured(labelled: Path, tmp_path: Path) -> None:
    shutil.copytree(labelled, tmp_path / "copy")
    picture = tmp_path / "copy" / "images" / "picture-11.png"
    ok, jpeg = cv2.imencode(".jpg", cv2.imread(str(picture)))
    assert ok
    picture.write_bytes(jpeg.tobytes()[: len(jpeg) // 2])  # decoders go by what is in a file
    code, answer, _ = evaluate(tmp_path / "copy")
    assert (code, answer["error"]["message"]) == (3, "the picture 'picture-11.png' cannot be decoded")
    picture.write_bytes(jpeg.tobytes())
    assert evaluate(tmp_path / "copy")[0] == 0


@pytest.mark.parametrize("name", ["truth.json", "results.json", "images/picture-11.png", "right/blobs.onnx"])
def test_results_never_take_the_place_of_what_they_are_made_from(labelled: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(labelled, copy)
    first = {"image_id": json.loads((copy / "truth.json").read_text())["images"][0]["id"], "bbox": [1, 2, 3, 4]}
    category = json.loads((copy / "truth.json").read_text())["categories"][0]["id"]
    (copy / "results.json").write_text(json.dumps([{**first, "category_id": category, "score": 0.5}]))
    before = (copy / name).read_bytes()
    code, answer, _ = evaluate(copy, "--results", copy / "results.json", "--save-results", copy / name)
    assert (code, "is a file that is read" in answer["error"]["message"]) == (3, True)
    assert (copy / name).read_bytes() == before


@pytest.mark.parametrize("gate", ["--min-map", "--min-map50", "--min-top1"])
def test_a_gate_that_is_no_number_is_refused(labelled: Path, gate: str) -> None:
    code, answer, _ = evaluate(labelled, gate, "nan")
    assert (code, answer["ok"]) == (2, False)


def test_a_category_that_the_model_does_not_know_is_named(labelled: Path, tmp_path: Path) -> None:
    document = json.loads((labelled / "truth.json").read_text())
    document["categories"].append({"id": 99, "name": "cow"})
    (tmp_path / "truth.json").write_text(json.dumps(document))
    said = evaluate(labelled, "--truth", tmp_path / "truth.json")[2]
    assert "the model does not know 'cow': each counts with an AP of 0" in said


def test_a_truth_with_an_unknown_picture_is_refused(labelled: Path, tmp_path: Path) -> None:
    document = json.loads((labelled / "truth.json").read_text())
    document["images"][0]["file_name"] = "picture-99.png"
    (tmp_path / "truth.json").write_text(json.dumps(document))
    code, answer, _ = evaluate(labelled, "--truth", tmp_path / "truth.json")
    assert code == 3
    assert "'picture-99.png', which" in answer["error"]["message"]


def test_results_of_another_set_are_refused_before_anything_is_run(labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('[{"image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4], "score": 0.5}]')
    code, answer, _ = evaluate(labelled, "--results", tmp_path / "results.json")
    assert code == 3
    assert "image_id 1 is no picture of the truth" in answer["error"]["message"]
    assert not (tmp_path / "cache").exists()


def test_a_classifier_is_measured_by_its_best_classes(tmp_path: Path) -> None:
    folder = tmp_path / "right"
    folder.mkdir()
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["picture"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["flat"]),
            helper.make_node("Softmax", ["flat"], ["scores"], axis=1),
        ],
        "colours",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "colours.onnx"))
    (folder / "labels.txt").write_text(";".join(blobs.COLOURS))
    (folder / "config.txt").write_text(
        "[property]\nonnx-file=colours.onnx\nlabelfile-path=labels.txt\nnetwork-type=1\nnet-scale-factor=0.0039\n"
        "classifier-threshold=0.9\n"
    )
    shown = [("red", 0), ("red", 0), ("green", 1), ("green", 2), ("blue", 2)]
    for number, (name, colour) in enumerate(shown):
        picture = np.zeros((20, 30, 3), np.uint8)
        picture[..., 2 - colour] = 200
        (tmp_path / "images" / name).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "images" / name / f"{number}.png"), picture)
    code, answer, _ = evaluate(tmp_path, "--min-top1", "0.8", truth="images")
    assert (code, answer["kind"], answer["top1"], answer["top5"]) == (0, "classification", 0.8, 1.0)
    assert {"truth": "green", "found": "blue", "count": 1} in answer["confusion"]
    measured = answer
    code, answer, _ = evaluate(tmp_path, "--min-map50", "0.8", truth="images")
    assert (code, "--min-map50 is not for" in answer["error"]["message"]) == (3, True)

    # The same by the parser that init writes for the model.
    (tmp_path / "names.txt").write_text("\n".join(blobs.COLOURS))
    words = ("init", tmp_path / "new", "--model", folder / "colours.onnx", "--labels", tmp_path / "names.txt")
    assert CliRunner().invoke(app, [*map(str, words)]).exit_code == 0
    code, of_parser, _ = evaluate(tmp_path, "--min-top1", "0.8", model="new/custom-assets", truth="images")
    assert (code, of_parser["top1"], of_parser["top5"]) == (0, 0.8, 1.0)
    assert of_parser["confusion"] == measured["confusion"]

    parser = tmp_path / "new" / "custom-assets" / "parser.py"
    parser.write_text(parser.read_text().replace('return None, {"classes"', 'return None, {"seen"'))
    code, answer, _ = evaluate(tmp_path, model="new/custom-assets", truth="images")
    assert (code, "its message has no list 'classes'" in answer["error"]["message"]) == (4, True)
