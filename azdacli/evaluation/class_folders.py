"""A labelled set for a classifier: a folder of pictures for each class, called as the class is."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from azdacli.errors import SpecError
from azdacli.evaluation.truth import Annotation, Category, Picture, Truth


def read_truth(folder: str, pictures: Sequence[str]) -> Truth:
    """Read a labelled set.

    Args:
        folder: The folder, for messages.
        pictures: The paths of the pictures in it.

    Raises:
        SpecError: A picture is in no folder of a class.
    """
    loose = [name for name in pictures if len(PurePosixPath(name).parts) < 2]  # noqa: PLR2004 # a folder and a file
    if loose:
        raise SpecError(
            f"'{folder}' has no data.yaml, no classes.txt, and the picture '{loose[0]}' is in no folder of a class",
            hint="Give COCO's JSON, a YOLO folder with data.yaml, or a folder of pictures for each class.",
        )
    names = sorted({PurePosixPath(name).parts[0] for name in pictures})
    numbers = {name: number for number, name in enumerate(names)}
    found = tuple(Picture(number, name) for number, name in enumerate(pictures, start=1))
    return Truth(
        source=folder,
        pictures=found,
        categories=tuple(Category(number, name) for name, number in numbers.items()),
        annotations=tuple(
            Annotation(each.id, numbers[PurePosixPath(each.name).parts[0]], (0, 0, 0, 0)) for each in found
        ),
        whole_pictures=True,
    )
