"""A labelled set as values: pictures, categories, and the boxes that are truly there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import NamedTuple

from azdacli.errors import SpecError
from azdacli.util.suggest import near

Box = tuple[float, float, float, float]
"""Left, top, width, height."""


def plain(name: str) -> str:
    """A category's name without what frameworks write differently: case, blanks, underscores and hyphens."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


class Picture(NamedTuple):
    """A picture of the set.

    Attributes:
        id: Its number.
        name: Its path within the folder of pictures.
    """

    id: int
    name: str


class Category(NamedTuple):
    """What an object can be: its number and its name."""

    id: int
    name: str


class Annotation(NamedTuple):
    """An object that is truly there.

    Attributes:
        picture: The picture's number.
        category: The category's number.
        box: In pixels of the picture, or in parts of it.
        area: In pixels; it decides whether an object is small, medium or large.
        crowd: Whether it is a group, which counts neither for nor against what is found in it.
    """

    picture: int
    category: int
    box: Box
    area: float = 0.0
    crowd: bool = False


class Detection(NamedTuple):
    """An object that was found: the picture's number, the category's, its box in pixels, and its score."""

    picture: int
    category: int
    box: Box
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """A labelled set.

    Attributes:
        source: Where it was read from.
        pictures: Its pictures.
        categories: Its categories.
        annotations: Its objects.
        relative: Whether boxes are parts of a picture's width and height, as in YOLO's files.
        whole_pictures: Whether each picture has one category and no boxes.
    """

    source: str
    pictures: tuple[Picture, ...]
    categories: tuple[Category, ...]
    annotations: tuple[Annotation, ...]
    relative: bool = False
    whole_pictures: bool = False

    def __post_init__(self) -> None:
        if not self.pictures:
            raise SpecError(f"'{self.source}' names no picture", hint="Give the truth of the pictures in --images.")
        if not self.categories:
            raise SpecError(f"'{self.source}' has no category", hint="Name the classes that the pictures show.")
        names = Counter(plain(each.name) for each in self.categories)
        twice = next((each.name for each in self.categories if names[plain(each.name)] > 1), None)
        if twice is not None:  # a model's class is a category by its name
            raise SpecError(f"'{self.source}' has the category '{twice}' twice", hint="Give each a name of its own.")

    def sized(self, sizes: Mapping[int, tuple[int, int]]) -> "Truth":
        """The set with boxes in pixels.

        Args:
            sizes: Width and height of each picture.
        """
        if not self.relative:
            return self
        found = [_in_pixels(each, sizes[each.picture]) for each in self.annotations]
        return replace(self, annotations=tuple(found), relative=False)

    def only(self, pictures: Iterable[int]) -> "Truth":
        """A part of the set, by the numbers of its pictures."""
        kept = set(pictures)
        return replace(
            self,
            pictures=tuple(each for each in self.pictures if each.id in kept),
            annotations=tuple(each for each in self.annotations if each.picture in kept),
        )


def _in_pixels(each: Annotation, size: tuple[int, int]) -> Annotation:
    width, height = size
    left, top, across, down = each.box
    box = (left * width, top * height, across * width, down * height)
    return each._replace(box=box, area=box[2] * box[3])


class Files:
    """The pictures of a folder, found by what a labelled set calls them.

    Args:
        names: Their paths within the folder.
        folder: The folder, for messages.
    """

    def __init__(self, names: Sequence[str], folder: str) -> None:
        self._folder = folder
        self._names = dict.fromkeys(names)
        self._bases: dict[str, list[str]] = {}
        for name in names:
            self._bases.setdefault(PurePosixPath(name).name, []).append(name)

    def find(self, name: str, source: str) -> str:
        """The file of a picture; sets often name pictures with the folders of the machine that they were made on.

        Raises:
            SpecError: There is none, or there are several.
        """
        wanted = name.replace("\\", "/")
        if wanted in self._names:
            return wanted
        found = self._bases.get(PurePosixPath(wanted).name, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise SpecError(
                f"'{source}' names the picture '{name}', and '{self._folder}' holds {len(found)} of that name",
                hint=f"Name it by its path in the folder, as {found[0]}.",
            )
        close = near(PurePosixPath(wanted).name, self._bases, cutoff=0.8)
        hint = f"Is it '{close}'?" if close else "Give the folder that holds the pictures of the set with --images."
        raise SpecError(f"'{source}' names the picture '{name}', which '{self._folder}' does not hold", hint=hint)
