"""Labelled sets: what is read, and what is refused in one sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azdacli.errors import SpecError
from azdacli.evaluation import class_folders, coco, yolo
from azdacli.evaluation.labels import categories_of
from azdacli.evaluation.truth import Category, Files

PICTURES = ["a.jpg", "val/b.jpg"]


def document() -> dict[str, Any]:
    return {
        "images": [{"id": 4, "file_name": "a.jpg"}, {"id": 9, "file_name": "/data/val/b.jpg"}],
        "categories": [{"id": 3, "name": "cat"}, {"id": 1, "name": "dog"}],
        "annotations": [{"id": 1, "image_id": 4, "category_id": 3, "bbox": [1, 2, 3, 4.5]}],
    }


def read(value: object) -> Any:
    return coco.read_truth(value if isinstance(value, str) else json.dumps(value), "t.json", Files(PICTURES, "pics"))


def test_a_coco_file_is_read_and_pictures_are_found_by_their_names() -> None:
    truth = read(document())
    assert [each.name for each in truth.pictures] == ["a.jpg", "val/b.jpg"]
    assert truth.annotations[0].box == (1, 2, 3, 4.5)
    assert truth.annotations[0].area == 13.5


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d["images"].append({"id": 5, "file_name": "c.jpg"}), "'c.jpg', which 'pics' does not hold"),
        (lambda d: d["images"].append({"id": 4, "file_name": "val/b.jpg"}), "4 twice in images"),
        (lambda d: d["annotations"][0].update(image_id=5), "image_id 5 is no image"),
        (
            lambda d: d["annotations"][0].update(category_id=2),
            "category_id 2 is no category of the file, which has 1, 3",
        ),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, 3]), "must be [left, top, width, height]"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, -3, 4]), "negative width or height"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, "3", 4]), "must be a finite number"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, float("nan"), 4]), "NaN, which is no number"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, 10**400, 4]), "must be a finite number"),
        (lambda d: d["annotations"][0].update(area=10**400), "must be a finite number"),
        (lambda d: d["categories"].append({"id": 8, "name": d["categories"][0]["name"].upper()}), "' twice"),
        (lambda d: d["annotations"].append("x"), "image_id is None"),
        (lambda d: d.update(images=[]), "no image of the file"),
        (lambda d: d.update(images=[], annotations=[]), "names no picture"),
        (lambda d: d.update(categories=[], annotations=[]), "has no category"),
        (lambda d: d.pop("categories"), "lacks the lists"),
    ],
)
def test_a_coco_file_that_is_not_right_is_refused(change: Callable[[Any], object], sentence: str) -> None:
    changed = document()
    change(changed)
    with pytest.raises(SpecError) as caught:
        read(changed)
    assert sentence in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[" * 5000, '{"images": [1e999', "[1e999]", "null", "3"])
def test_a_file_that_is_no_coco_file_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        read(text)


def test_detections_are_read_by_number_and_by_name() -> None:
    truth = read(document())
    rows = [
        {"image_id": name, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5} for name in (4, "a", "b", "val/b.jpg")
    ]
    found = coco.read_results(json.dumps(rows), "r.json", truth)
    assert [each.picture for each in found] == [4, 4, 9, 9]
    assert json.loads(coco.results_json(found))[0] == {**rows[0], "bbox": [1.0, 2.0, 3.0, 4.0]}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"image_id": 5}, "image_id 5 is no picture of the truth"),
        ({"image_id": [4]}, "is no picture of the truth"),
        ({"category_id": 0}, "category_id 0 is no category"),
        ({"score": None}, "score is None"),
        ({"score": float("inf")}, "Infinity"),
        ({"score": 10**400}, "must be a finite number"),
        ({"score": 50}, "score is 50, and must be from 0 to 1"),
        ({"bbox": None}, "bbox is None"),
    ],
)
def test_detections_of_another_set_are_refused(row: dict[str, Any], sentence: str) -> None:
    whole = {"image_id": 4, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5, **row}
    with pytest.raises(SpecError, match=r"r\.json") as caught:
        coco.read_results(json.dumps([whole]), "r.json", read(document()))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("text", ["{}", "[", "[3]", "[{}]", "[]"])
def test_what_is_no_list_of_detections_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        coco.read_results(text, "r.json", read(document()))


def yolo_set(folder: Path, lines: str = "1 0.5 0.5 0.2 0.4\n", names: str = "names: [cat, dog]\n") -> Any:
    for name in ("images/val", "labels/val", "labels/train"):
        (folder / name).mkdir(parents=True)
    (folder / "data.yaml").write_text(names)
    (folder / "labels/val/a.txt").write_text(lines)
    (folder / "labels/train/z.txt").write_text("0 0.5 0.5 0.2 0.4\n")
    return yolo.read_truth(folder, folder / "images/val", ["a.jpg", "b.jpg"])


@pytest.mark.parametrize("names", ["names: [cat, dog]\n", "names:\n  0: cat\n  1: dog\n"])
def test_a_yolo_folder_is_read(tmp_path: Path, names: str) -> None:
    truth = yolo_set(tmp_path, "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.3 0.1 0.3 0.4\n", names)
    assert [each.name for each in truth.categories] == ["cat", "dog"]
    pixels = truth.sized({1: (100, 50), 2: (10, 10)})
    assert pixels.annotations[0].box == pytest.approx((40, 15, 20, 20))
    assert pixels.annotations[1].box == pytest.approx((10, 5, 20, 15))
    assert len(truth.pictures) == 2  # one shows nothing


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("2 0.5 0.5 0.2 0.4", "class 2 has no name"),
        ("-1 0.5 0.5 0.2 0.4", "class -1 has no name"),
        ("0 0.5 0.5 0.2", "has 4 values"),
        ("0 0.5 0.5 0.2 nan", "not from 0 to 1"),
        ("0 50 50 20 40", "not from 0 to 1"),
        ("cat 0.5 0.5 0.2 0.4", "no line of a label file"),
    ],
)
def test_a_label_file_that_is_not_right_is_refused(tmp_path: Path, lines: str, sentence: str) -> None:
    with pytest.raises(SpecError, match=r"a\.txt:1") as caught:
        yolo_set(tmp_path, lines)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("names", ["", "names: 3\n", "names: {0: cat, 2: dog}\n", "names: [\n", "a: b: c\n"])
def test_a_data_yaml_without_names_is_refused(tmp_path: Path, names: str) -> None:
    with pytest.raises(SpecError, match=r"data\.yaml"):
        yolo_set(tmp_path, names=names)


def test_a_label_file_without_its_picture_is_refused(tmp_path: Path) -> None:
    yolo_set(tmp_path)
    (tmp_path / "labels/val/c.txt").write_text("")
    with pytest.raises(SpecError, match=r"c\.txt' is about a picture"):
        yolo.read_truth(tmp_path, tmp_path / "images/val", ["a.jpg", "b.jpg"])


@pytest.mark.parametrize(("numbers", "expected"), [((1, 2), [0, 1]), ((0, 1), [0, 1]), ((1,), [1])])
def test_detections_on_a_yolo_folder_are_counted_from_one_or_from_nought(
    tmp_path: Path, numbers: tuple[int, ...], expected: list[int]
) -> None:
    rows = [{"image_id": "a", "category_id": number, "bbox": [1, 2, 3, 4], "score": 0.5} for number in numbers]
    found = coco.read_results(json.dumps(rows), "r.json", yolo_set(tmp_path))
    assert [each.category for each in found] == expected


def test_folders_of_classes_are_read_and_loose_pictures_refused() -> None:
    truth = class_folders.read_truth("pics", ["cat/1.jpg", "dog/1.jpg", "dog/2.jpg"])
    assert [each.category for each in truth.annotations] == [0, 1, 1]
    with pytest.raises(SpecError, match=r"'3\.jpg' is in no folder of a class"):
        class_folders.read_truth("pics", ["cat/1.jpg", "3.jpg"])


def test_classes_meet_categories_by_their_names() -> None:
    truth = (Category(7, "Traffic light"), Category(3, "dog"))
    assert categories_of(["background", "dog", "traffic_light"], truth) == {1: 3, 2: 7}
    assert categories_of([], truth) == {0: 3, 1: 7}
    with pytest.raises(SpecError, match="none is the same"):
        categories_of(["cat"], truth)
