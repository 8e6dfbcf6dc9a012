"""COCO's JSON: a labelled set, and detections as training frameworks write them."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NoReturn

from azdacli.errors import SpecError
from azdacli.evaluation.truth import Annotation, Box, Category, Detection, Files, Picture, Truth

_FORMAT = "COCO's format is described at https://cocodataset.org/#format-data."
_RESULTS = (
    'Write a list of {"image_id", "category_id", "bbox": [left, top, width, height], "score"}, as frameworks save it.'
)
_CORNERS = 4
_SHOWN = 80


def read_truth(text: str, source: str, files: Files) -> Truth:
    """Read a labelled set.

    Args:
        text: The JSON.
        source: Where it came from, for messages.
        files: The pictures.

    Raises:
        SpecError: It is not whole, or names a picture that is not there.
    """
    document = _loaded(text, source)
    if not isinstance(document, dict) or not all(
        isinstance(document.get(key), list) for key in ("images", "annotations", "categories")
    ):
        raise SpecError(f"'{source}' lacks the lists images, annotations and categories", hint=_FORMAT)
    pictures = [
        Picture(_whole(each, "id", f"{source}: images[{n}]"), files.find(_text(each, "file_name", source, n), source))
        for n, each in enumerate(document["images"])
    ]
    categories = [
        Category(_whole(each, "id", f"{source}: categories[{n}]"), _text(each, "name", source, n))
        for n, each in enumerate(document["categories"])
    ]
    _unique([each.id for each in pictures], source, "images")
    _unique([each.name for each in pictures], source, "images")
    _unique([each.id for each in categories], source, "categories")
    known = ({each.id for each in pictures}, {each.id for each in categories})
    annotations = [
        _annotation(each, f"{source}: annotations[{n}]", known) for n, each in enumerate(document["annotations"])
    ]
    return Truth(source=source, pictures=tuple(pictures), categories=tuple(categories), annotations=tuple(annotations))


def read_results(text: str, source: str, truth: Truth) -> list[Detection]:
    """Read detections of a training framework.

    Args:
        text: The JSON.
        source: Where it came from, for messages.
        truth: The set that they were made on. A picture is meant by its number, or by its name without the ending.

    Raises:
        SpecError: They are not whole, or are of another set.
    """
    document = _loaded(text, source)
    if not isinstance(document, list):
        raise SpecError(f"'{source}' is not a list of detections", hint=_RESULTS)
    numbered = {each.id: each.id for each in truth.pictures}
    stems = {PurePosixPath(each.name).stem: each.id for each in truth.pictures}
    # Without numbers of its own a set's pictures are meant by their names, which frameworks write as numbers if
    # they can.
    by_id: dict[Any, int] = {**({} if truth.relative else numbered), **stems}
    for stem, number in stems.items():
        if stem.isdecimal():
            by_id.setdefault(int(stem), number)
    if not document:
        raise SpecError(f"'{source}' holds no detection", hint="Give the detections that were made on these pictures.")
    categories = {each.id for each in truth.categories}
    if truth.relative and _from_one(document, len(categories)):
        document = [{**each, "category_id": each["category_id"] - 1} for each in document]
    return [_detection(each, f"{source}: [{n}]", by_id, categories) for n, each in enumerate(document)]


def _from_one(document: Sequence[Any], count: int) -> bool:
    """Whether classes of a YOLO are counted from 1: Ultralytics writes 1 for its class 0 since version 8.3."""
    numbers = {each.get("category_id") for each in document if isinstance(each, dict)}
    return count in numbers and numbers <= set(range(1, count + 1))


def results_json(detections: Sequence[Detection]) -> str:
    """Detections as COCO writes them."""
    rows = [
        {"image_id": each.picture, "category_id": each.category, "bbox": list(each.box), "score": each.score}
        for each in detections
    ]
    return json.dumps(rows)


def _detection(each: Any, where: str, by_id: Mapping[Any, int], categories: set[int]) -> Detection:
    if not isinstance(each, dict) or "image_id" not in each:
        raise SpecError(f"{where} is not a detection", hint=_RESULTS)
    named = each["image_id"]
    number = by_id.get(PurePosixPath(named).stem if isinstance(named, str) else named) if _is_name(named) else None
    if number is None:
        hint = "Give the detections that were made on these pictures."
        raise SpecError(f"{where}: image_id {shortened(named)} is no picture of the truth", hint=hint)
    category = _whole(each, "category_id", where)
    if category not in categories:
        raise SpecError(
            f"{where}: category_id {category} is no category of the truth, which has {_listed(categories)}",
            hint="Some frameworks count classes from 0 and COCO from 1: let both files have the same numbers.",
        )
    score = _number(each.get("score"), f"{where}: score")
    if not 0 <= score <= 1:
        raise SpecError(
            f"{where}: score is {score:g}, and must be from 0 to 1", hint="Is it in percent? Divide by 100."
        )
    return Detection(number, category, _box(each.get("bbox"), where), score)


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _annotation(each: Any, where: str, known: tuple[set[int], set[int]]) -> Annotation:
    picture, category = _whole(each, "image_id", where), _whole(each, "category_id", where)
    if picture not in known[0]:
        raise SpecError(f"{where}: image_id {picture} is no image of the file", hint="Add the image, or drop the line.")
    if category not in known[1]:
        raise SpecError(
            f"{where}: category_id {category} is no category of the file, which has {_listed(known[1])}",
            hint="Add the category, or correct the number.",
        )
    box = _box(each.get("bbox"), where)
    area = _number(each["area"], f"{where}: area") if each.get("area") is not None else box[2] * box[3]
    return Annotation(picture, category, box, area, crowd=bool(each.get("iscrowd", 0)))


def _loaded(text: str, source: str) -> Any:
    def refuse(word: str) -> NoReturn:
        raise SpecError(f"'{source}' holds {word}, which is no number in JSON", hint="Write the file anew without it.")

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError as error:
        raise SpecError(f"'{source}' is no JSON: {error}", hint="Is the file whole? Write it anew.") from None
    except RecursionError:
        raise SpecError(f"'{source}' is nested too deeply", hint=_FORMAT) from None


def shortened(value: object) -> str:
    """A value of the file as a message shows it."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _whole(each: Any, key: str, where: str) -> int:
    value = each.get(key) if isinstance(each, dict) else None
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(f"{where}: {key} is {shortened(value)}, and must be a whole number", hint=_FORMAT)
    return value


def _text(each: Any, key: str, source: str, number: int) -> str:
    value = each.get(key) if isinstance(each, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"{source}: entry {number} has no {key}", hint=_FORMAT)
    return value


def _number(value: Any, where: str) -> float:
    try:
        known = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # an integer beyond every float
        known = False
    if not known:
        raise SpecError(f"{where} is {shortened(value)}, and must be a finite number", hint=_FORMAT)
    return float(value)


def _box(value: Any, where: str) -> Box:
    if not isinstance(value, list) or len(value) != _CORNERS:
        raise SpecError(f"{where}: bbox is {shortened(value)}, and must be [left, top, width, height]", hint=_FORMAT)
    left, top, width, height = (_number(each, f"{where}: bbox") for each in value)
    if width < 0 or height < 0:
        raise SpecError(f"{where}: bbox has a negative width or height: {shortened(value)}", hint=_FORMAT)
    return left, top, width, height


def _unique(values: Sequence[object], source: str, what: str) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise SpecError(f"'{source}' has {shortened(value)} twice in {what}", hint="Keep one of them.")
        seen.add(value)


def _listed(numbers: set[int]) -> str:
    some = sorted(numbers)
    return ", ".join(map(str, some[:10])) + (" and more" if len(some) > 10 else "")  # noqa: PLR2004 # a line's worth
