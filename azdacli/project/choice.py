"""What is decided about one model before anything is written: its family, its input's size, its labels."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.model import description
from azdacli.model.evidence import Evidence
from azdacli.model.families.family import Family, Kind
from azdacli.model.families.recognition import recognised
from azdacli.model.preprocessing import normalising
from azdacli.util import files
from dsconfig.parser_contract import LONGEST_LABEL, label_fits

_USUAL = (640, 640)
_TEXT_LINE = (320, 48)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One model, decided.

    Attributes:
        evidence: What was read of it.
        family: What it was recognised as.
        size: Width and height of the network's input.
        size_known: Whether that is the model's own, the exporter's or the user's word.
        labels: Its classes, or its characters.
        labels_known: Whether they are the exporter's or the user's.
        normalised: Whether the graph normalises the picture itself.
    """

    evidence: Evidence
    family: Family
    size: tuple[int, int]
    size_known: bool
    labels: tuple[str, ...]
    labels_known: bool
    normalised: bool

    @property
    def path(self) -> Path:
        """The model's file."""
        return self.evidence.model.path

    @property
    def file_name(self) -> str:
        """What the model is called in the new folder: its own name, where a configuration can hold that."""
        name = self.path.name
        if not re.fullmatch(r"[\w.+-]([\w.+ -]*[\w.+-])?", name):
            return "model.onnx"
        return name if name.lower().endswith(".onnx") else f"{name}.onnx"

    @property
    def reads_text(self) -> bool:
        """Whether its labels are characters."""
        return self.family.id == "ppocr-recognition"


def choose(path: Path, *, kind: Kind | None, size: tuple[int, int] | None, labels: Path | None) -> Choice:
    """Decide about a model.

    Raises:
        SpecError: It cannot be read, is not for a pipeline, or its labels do not fit.
    """
    evidence = description.read(path)
    _fit_for_a_pipeline(evidence)
    family = recognised(evidence, kind)
    if kind is family.kind:
        family = replace(family, certain=True)  # its owner says so
    found, known = _size(evidence, family, size)
    names, named = _labels(evidence, family, labels)
    image = evidence.image
    return Choice(
        evidence=evidence,
        family=family,
        size=found,
        size_known=known,
        labels=names,
        labels_known=named,
        normalised=image is not None and bool(normalising(evidence.graph, image.name)),
    )


def _fit_for_a_pipeline(evidence: Evidence) -> None:
    name = evidence.model.path.name
    inputs = ", ".join(f"'{tensor.name}' ({tensor.text})" for tensor in evidence.model.inputs[:6])
    if len(evidence.model.inputs) > 1:
        raise SpecError(
            f"{name} has {len(evidence.model.inputs)} inputs, {inputs}, and nvinfer fills one, the image",
            hint="Export it with the others as constants; orig_target_sizes of RT-DETR is the network's own size then.",
        )
    if evidence.image is None:
        raise SpecError(
            f"{name} takes no image: {inputs or 'it has no input'}",
            hint="Export it with an input of batch x channels x height x width.",
        )
    outside = [one for one in evidence.model.weight_files if Path(one).is_absolute() or ".." in Path(one).parts]
    if outside:
        raise SpecError(
            f"{name} keeps weights in '{outside[0]}', outside of its own folder",
            hint="Export it with its weights beside it, or within it.",
        )
    missing = [one for one in evidence.model.weight_files if not files.is_file(evidence.model.path.parent / one)]
    if missing:
        raise SpecError(
            f"{name} keeps weights in '{missing[0]}', which is not beside it", hint="Put the file beside the model."
        )


def _size(evidence: Evidence, family: Family, asked: tuple[int, int] | None) -> tuple[tuple[int, int], bool]:
    if evidence.size is not None:
        if asked is not None and asked != evidence.size:
            across, down = evidence.size
            raise SpecError(
                f"--size is {asked[0]}x{asked[1]}, and {evidence.model.path.name} takes {across}x{down} alone",
                hint="Leave --size out.",
            )
        return evidence.size, True
    if asked is not None:
        return asked, True
    if evidence.exported_size is not None:
        return evidence.exported_size, True
    return (_TEXT_LINE if family.id == "ppocr-recognition" else _USUAL), False


def _labels(evidence: Evidence, family: Family, given: Path | None) -> tuple[tuple[str, ...], bool]:
    if family.id == "ppocr-recognition":
        return _characters(evidence, family, given)
    classes = family.classes
    if family.id == "segmentation" and classes == 1:
        classes = 2
    if given is not None:
        names = _read(given)
        if classes and len(names) != classes:
            raise SpecError(
                f"'{given}' has {len(names)} labels, and {evidence.model.path.name} has {classes} classes",
                hint="Write one label a line, in the model's order.",
            )
        return names, True
    if evidence.names and (not classes or len(evidence.names) == classes):
        return tuple(" ".join(name.split()) or f"class {n}" for n, name in enumerate(evidence.names)), True
    if family.id in ("retinaface", "scrfd"):
        return ("face",), True
    if family.id == "ppocr-detection":
        return ("text",), True
    return tuple(f"class {number}" for number in range(classes or 91)), False


def _characters(evidence: Evidence, family: Family, given: Path | None) -> tuple[tuple[str, ...], bool]:
    if given is not None:
        return tuple(_text(given).removesuffix("\n").split("\n")), True
    listed = evidence.model.metadata.get("character", "")
    if listed:
        return tuple(listed.removesuffix("\n").split("\n")), True
    return ("?",) * max(family.classes - 2, 1), False


def _text(path: Path) -> str:
    """A file's text without the byte-order mark that some editors put before it."""
    return files.read_text(path).removeprefix("\ufeff")


def _read(path: Path) -> tuple[str, ...]:
    names = tuple(line.strip() for line in _text(path).splitlines() if line.strip())
    if not names:
        raise SpecError(f"'{path}' has no labels", hint="Write one label a line.")
    for number, name in enumerate(names, 1):
        if not label_fits(name):
            raise SpecError(
                f"line {number} of '{path}' does not fit DeepStream's metadata",
                hint=f"Use {LONGEST_LABEL} bytes of UTF-8 at most for a label.",
            )
    return names
