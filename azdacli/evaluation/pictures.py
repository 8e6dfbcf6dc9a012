"""The pictures of a folder, and the labelled set that goes with them."""

from collections.abc import Sequence
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.evaluation import class_folders, coco, yolo
from azdacli.evaluation.truth import Files, Truth
from azdacli.util import files

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"})
_LARGEST = 1 << 30


def in_folder(folder: Path) -> list[str]:
    """The paths of the pictures in a folder, in the order of their names.

    Raises:
        SpecError: There is no folder, or no picture in it.
    """
    if not folder.is_dir():
        raise SpecError(f"there is no folder '{folder}'", hint="Give the folder of pictures with --images.")
    found = [path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()]
    if not found:
        raise SpecError(f"'{folder}' holds no picture", hint="Give the folder that holds the JPEG or PNG files.")
    return sorted(path.relative_to(folder).as_posix() for path in found)


def read_truth(path: Path, images: Path, pictures: Sequence[str]) -> Truth:
    """Read a labelled set, in the form that it has.

    Args:
        path: COCO's JSON, a YOLO folder, or a folder with a folder of pictures for each class.
        images: The folder of pictures.
        pictures: Their paths in it.

    Raises:
        SpecError: It cannot be read, or is of other pictures.
    """
    if path.is_dir():
        if yolo.is_yolo(path):
            return yolo.read_truth(path, images, pictures)
        if path.resolve() != images.resolve():
            raise SpecError(
                f"'{path}' has no data.yaml and no classes.txt",
                hint="Add one for a YOLO folder; give folders of classes with --images and with --truth.",
            )
        return class_folders.read_truth(str(path), pictures)
    if path.suffix.lower() in (".yaml", ".yml"):
        raise SpecError(f"'{path}' is a file of a YOLO folder", hint=f"Write --truth {path.parent}.")
    return coco.read_truth(files.read_text(path, _LARGEST), str(path), Files(pictures, str(images)))
