"""Planted mistakes in a configuration: the search names their key first, and brings the mAP back."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.evaluation import agreement, candidates
from azdacli.evaluation.search import Measured, search, subset
from azdacli.evaluation.truth import Annotation, Category, Detection, Picture, Truth
from tests.cli.schemas import checked
from tests.evaluation import blobs

TRUTH = Truth(
    source="t",
    pictures=tuple(Picture(n, str(n)) for n in range(60)),
    categories=(Category(0, "cat"), Category(1, "dog")),
    annotations=(Annotation(1, 0, (0, 0, 10, 10), 100),),
)
FOUND = [Detection(1, 0, (0, 0, 10, 10), 0.8), Detection(2, 1, (0, 0, 10, 10), 0.4)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZDA_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    blobs.write_set(folder, 8)
    return folder


def evaluate(labelled: Path, model: Path, *words: object) -> Any:
    words = ("evaluate", model, "--images", labelled / "images", "--truth", labelled / "truth.json", *words)
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 0, done.stderr
    return checked("evaluate", done.stdout)


def test_agreement_is_one_for_the_same_and_less_for_other_boxes_scores_and_classes() -> None:
    assert agreement.agreement(TRUTH, FOUND, FOUND) == pytest.approx(1)
    assert agreement.agreement(TRUTH, [], []) == 1
    assert agreement.agreement(TRUTH, [], FOUND) == 0
    assert agreement.agreement(TRUTH, FOUND[:1], FOUND) == pytest.approx(2 * 0.8 / 2)
    assert agreement.agreement(TRUTH, [FOUND[0]._replace(category=1)], FOUND[:1]) == 0
    shifted = [FOUND[0]._replace(box=(0, 0, 10, 5))]
    assert agreement.agreement(TRUTH, shifted, FOUND[:1]) == pytest.approx(0.5)
    assert agreement.of_pictures(TRUTH, FOUND[:1], FOUND)[0] == ("2", 0)


def test_classes_in_another_order_are_found() -> None:
    swapped = agreement.with_names(FOUND, {0: 1, 1: 0})
    assert agreement.renamed(swapped, FOUND) == {0: 1, 1: 0}
    assert agreement.renamed(FOUND, FOUND) == {}


def test_a_candidate_changes_something() -> None:
    current = dict(candidates._DEFAULTS)
    for each in candidates.candidates(current, [0.123]):
        assert each
        assert not any(candidates._equal(current[key], text) for key, text in each.items())
    assert {"pre-cluster-threshold": "0.123"} in candidates.candidates(current, [0.123])
    current["net-scale-factor"] = "0.0039215697"  # as NVIDIA's samples round 1/255
    assert {"net-scale-factor": "0.00392156862745098"} not in candidates.candidates(current)
    grey = candidates.candidates({**current, "model-color-format": 2})
    assert not [each for each in grey if {"offsets", "model-color-format"} & set(each)]


def test_the_search_leaves_out_a_step_that_a_later_one_makes_needless() -> None:
    texts = {"scaling-filter": "A", "net-scale-factor": "B", "model-color-format": "C"}
    known = {"": 0.5, "A": 0.6, "B": 0.55, "C": 0.5, "AB": 0.8, "AC": 0.7, "BC": 1.0, "ABC": 1.0}

    def measure(variants: Any) -> list[Measured | None]:
        sets = [
            "".join(sorted(texts[key] for key, text in each.changes.items() if text == "1" and key in texts))
            for each in variants
        ]
        return [Measured(FOUND, known[each], -1, -1) for each in sets]

    current = {**candidates._DEFAULTS, "net-scale-factor": 0.5}
    found = search(measure, current, FOUND, [])
    assert found[-1].changes == {"net-scale-factor": "1", "model-color-format": "1"}
    assert search(lambda variants: [None for _ in variants], current, FOUND, []) == []


def test_a_subset_holds_pictures_where_something_was_found() -> None:
    many = [Detection(n, 0, (0, 0, 1, 1), 0.5) for n in range(10, 60)]
    assert {each.id for each in subset(TRUTH, many).pictures} < set(range(10, 60))
    assert subset(TRUTH, FOUND) is TRUTH


PARSER = """
import numpy as np

model_type = 0
name = "blobs"
labels = ["red", "green", "blue"]


def parse_det_model(config, raw_outputs):
    boxes, class_ids, scores = [], [], []
    cover = raw_outputs["cov"].copy()
    while cover.max() > 0.3:
        class_id, row, column = np.unravel_index(cover.argmax(), cover.shape)
        scores.append(float(cover[class_id, row, column]))
        # The picture is 160 x 112, and this parser was written for padding on both sides of it.
        x, y = (column * 4) / 0.6, (row * 4 - 14) / 0.6
        boxes.append([x - 12, y - 12, 24, 24])
        class_ids.append(int(class_id))
        cover[:, max(0, row - 4) : row + 5, max(0, column - 4) : column + 5] = 0
    return np.array(boxes).reshape(-1, 4), class_ids, scores, None
"""


def write_parsed(folder: Path, changes: dict[str, str]) -> None:
    config = blobs.write_config(folder, {**changes, "output-tensor-meta": "1"})
    config.write_text(config.read_text().replace("network-type=0", "network-type=100"))
    (folder / "parser.py").write_text(PARSER)


def compared(labelled: Path, folder: Path, changes: dict[str, str], *, parsed: bool = False) -> Any:
    write = write_parsed if parsed else blobs.write_config
    write(folder / "right", {})
    write(folder / "wrong", changes)
    right = evaluate(labelled, folder / "right", "--save-results", folder / "reference.json")
    wrong = evaluate(labelled, folder / "wrong", "--results", folder / "reference.json")
    reference = wrong["reference"]
    assert reference["map"] == pytest.approx(right["map"])
    assert reference["changes"][-1]["map"] == pytest.approx(right["map"], abs=0.01)
    assert len(reference["changes"]) == 1
    return [each["key"] for each in reference["changes"][0]["keys"]], wrong


@pytest.mark.slow
def test_colours_in_the_wrong_order_are_named_first(labelled: Path, tmp_path: Path) -> None:
    keys, answer = compared(labelled, tmp_path, {"model-color-format": "1"})
    assert keys == ["model-color-format"]
    assert answer["reference"]["agreement"] < 0.6
    assert len(answer["reference"]["worst"]) == 8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "parsed", "expected"),
    [
        ({"net-scale-factor": "1"}, False, ["net-scale-factor"]),
        ({"net-scale-factor": "0.0078431"}, False, ["net-scale-factor"]),
        (
            {"maintain-aspect-ratio": "0", "symmetric-padding": "0"},
            False,
            ["maintain-aspect-ratio", "symmetric-padding"],
        ),
        ({"symmetric-padding": "0"}, True, ["symmetric-padding"]),
        (
            {"maintain-aspect-ratio": "0", "symmetric-padding": "0"},
            True,
            ["maintain-aspect-ratio", "symmetric-padding"],
        ),
        ({"model-color-format": "1"}, True, ["model-color-format"]),
        ({"offsets": "123.675;116.28;103.53"}, False, ["offsets"]),
        ({"net-scale-factor": "0.0173520", "offsets": "123.675;116.28;103.53"}, False, ["net-scale-factor", "offsets"]),
        ({"pre-cluster-threshold": "0.55"}, False, ["pre-cluster-threshold"]),
        ({"pre-cluster-threshold": "0.05"}, False, ["pre-cluster-threshold"]),
        ({"nms-iou-threshold": "0.95"}, False, ["nms-iou-threshold"]),
        ({"cluster-mode": "4"}, False, ["cluster-mode"]),
        ({"scaling-filter": "0"}, False, ["scaling-filter"]),
    ],
    ids=str,
)
def test_a_planted_mistake_is_named_first(
    labelled: Path, tmp_path: Path, changes: dict[str, str], parsed: bool, expected: list[str]
) -> None:
    assert compared(labelled, tmp_path, changes, parsed=parsed)[0] == expected


@pytest.mark.slow
def test_labels_in_another_order_are_named_first(labelled: Path, tmp_path: Path) -> None:
    for name in ("right", "wrong"):
        blobs.write_config(tmp_path / name)
    (tmp_path / "wrong" / "labels.txt").write_text("green\nblue\nred\n")
    evaluate(labelled, tmp_path / "right", "--save-results", tmp_path / "reference.json")
    answer = evaluate(labelled, tmp_path / "wrong", "--results", tmp_path / "reference.json")
    (change,) = answer["reference"]["changes"]
    assert [each["key"] for each in change["keys"]] == ["labels"]
    assert change["map"] == pytest.approx(answer["reference"]["map"], abs=0.01)


def test_the_same_detections_need_no_search(labelled: Path, tmp_path: Path) -> None:
    blobs.write_config(tmp_path / "right")
    evaluate(labelled, tmp_path / "right", "--save-results", tmp_path / "reference.json")
    answer = evaluate(labelled, tmp_path / "right", "--results", tmp_path / "reference.json")
    assert answer["reference"]["agreement"] == pytest.approx(1)
    assert answer["reference"]["changes"] == answer["reference"]["worst"] == []
    document = json.loads((tmp_path / "reference.json").read_text())
    assert len(document) == answer["detections"]
