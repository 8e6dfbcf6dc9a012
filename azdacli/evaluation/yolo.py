"""A labelled set as YOLO has it: a text file per picture with a line per object, and the names of the classes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import yaml

from azdacli.errors import SpecError
from azdacli.evaluation.truth import Annotation, Box, Category, Picture, Truth
from azdacli.util import files

_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "labels.txt", "obj.names")
_LINE = "Write CLASS X Y WIDTH HEIGHT: the centre and the size, as parts of the picture from 0 to 1."
_BOX_VALUES, _LEAST_POLYGON = 4, 6
_SLACK = 0.01  # exporters round, and boxes at an edge end a little behind it


def is_yolo(folder: Path) -> bool:
    """Whether a folder says what YOLO's classes are called."""
    return any((folder / name).is_file() for name in _NAMES)


def read_truth(folder: Path, images: Path, pictures: Sequence[str]) -> Truth:
    """Read a labelled set.

    Args:
        folder: Holds data.yaml or classes.txt, and the label files in it or in its `labels`.
        images: The folder of pictures.
        pictures: Their paths in it. One without a label file shows no object.

    Raises:
        SpecError: It is not whole.
    """
    names = _class_names(folder)
    labels = _labels_folder(folder, images, pictures)
    known = {str(PurePosixPath(name).with_suffix(".txt")): n for n, name in enumerate(pictures, start=1)}
    annotations: list[Annotation] = []
    for path in sorted(labels.rglob("*.txt")):
        name = path.relative_to(labels).as_posix()
        if name in _NAMES:
            continue
        if name not in known:
            hint = "Add the picture, or give the folder of this part of the set with --images."
            raise SpecError(f"'{path}' is about a picture that '{images}' does not hold", hint=hint)
        annotations += _annotations(path, known[name], len(names))
    return Truth(
        source=str(folder),
        pictures=tuple(Picture(n, name) for n, name in enumerate(pictures, start=1)),
        categories=tuple(Category(n, name) for n, name in enumerate(names)),
        annotations=tuple(annotations),
        relative=True,
    )


def _labels_folder(folder: Path, images: Path, pictures: Sequence[str]) -> Path:
    """Where the label files of these pictures are: beside them, or in a tree of the same shape below `labels`."""
    candidates = [folder / "labels" / images.name, folder / "labels", folder]
    parts = images.resolve().parts
    if "images" in parts:
        last = len(parts) - 1 - parts[::-1].index("images")
        candidates.insert(0, Path(*parts[:last], "labels", *parts[last + 1 :]))
    for candidate in candidates:
        if any((candidate / PurePosixPath(name).with_suffix(".txt")).is_file() for name in pictures):
            return candidate
    raise SpecError(
        f"'{folder}' has no label file for any picture of '{images}'",
        hint="They have the pictures' names with .txt: in the folder, in its labels, or in a labels beside images.",
    )


def _class_names(folder: Path) -> list[str]:
    path = next((folder / name for name in _NAMES if (folder / name).is_file()), None)
    if path is None:
        raise SpecError(f"'{folder}' has no data.yaml and no classes.txt", hint="Name the classes in one of them.")
    text = files.read_text(path)
    if path.suffix not in (".yaml", ".yml"):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split())[:200]
        raise SpecError(f"'{path}' is no YAML: {problem}", hint="Correct it; names: is what is read of it.") from None
    names = document.get("names") if isinstance(document, Mapping) else None
    if isinstance(names, Mapping) and sorted(names, key=str) and set(names) == set(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names or not all(isinstance(name, str | int) for name in names):
        raise SpecError(
            f"'{path}' does not say what the classes are called", hint="Write names: [person, car], by their numbers."
        )
    return [str(name) for name in names]


def _annotations(path: Path, picture: int, classes: int) -> Iterator[Annotation]:
    for number, line in enumerate(files.read_text(path).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        where = f"{path}:{number}"
        try:
            category, values = int(words[0]), [float(word) for word in words[1:]]
        except ValueError:
            raise SpecError(f"{where}: '{line.strip()[:80]}' is no line of a label file", hint=_LINE) from None
        if not 0 <= category < classes:
            raise SpecError(
                f"{where}: class {category} has no name; there are {classes} classes, counted from 0",
                hint="Add its name to data.yaml or classes.txt, or correct the number.",
            )
        yield Annotation(picture, category, _box(values, where))


def _box(values: Sequence[float], where: str) -> Box:
    if not all(math.isfinite(value) and -_SLACK <= value <= 1 + _SLACK for value in values):
        raise SpecError(f"{where}: a value is not from 0 to 1", hint=_LINE)
    if len(values) == _BOX_VALUES:
        x, y, width, height = values
        if width < 0 or height < 0:
            raise SpecError(f"{where}: the width or the height is negative", hint=_LINE)
        return x - width / 2, y - height / 2, width, height
    if len(values) >= _LEAST_POLYGON and len(values) % 2 == 0:  # a segment's outline
        left, top = min(values[::2]), min(values[1::2])
        return left, top, max(values[::2]) - left, max(values[1::2]) - top
    raise SpecError(f"{where} has {len(values) + 1} values", hint=_LINE)
