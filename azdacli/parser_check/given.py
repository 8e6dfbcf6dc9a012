"""What people give in place of a parser or a folder: archives and models of other kinds are named as what they are."""

from collections.abc import Iterable
from pathlib import Path, PurePath

from azdacli.errors import SpecError
from azdacli.util import files

_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "unzip {name} -d {stem}"),
    (b"PK\x05\x06", "unzip {name} -d {stem}"),
    (b"\x1f\x8b", "mkdir {stem} && tar -xf {name} -C {stem}"),
    (b"7z\xbc\xaf\x27\x1c", "7z x {name} -o{stem}"),
)
_LONGEST_MAGIC = 6
_CONVERT = "Export it to ONNX where it was trained, and give that file or the folder with its parser."
_MODELS = {
    ".pt": ("a PyTorch model", _CONVERT),
    ".pth": ("a PyTorch model", _CONVERT),
    ".ckpt": ("a checkpoint of a training", _CONVERT),
    ".safetensors": ("weights without their graph", _CONVERT),
    ".h5": ("a Keras model", _CONVERT),
    ".keras": ("a Keras model", _CONVERT),
    ".pb": ("a TensorFlow graph", _CONVERT),
    ".tflite": ("a TensorFlow Lite model", _CONVERT),
    ".engine": ("an engine, built for one GPU", "Give the ONNX model that it was built from."),
    ".plan": ("an engine, built for one GPU", "Give the ONNX model that it was built from."),
    ".trt": ("an engine, built for one GPU", "Give the ONNX model that it was built from."),
    ".etlt": ("an encrypted TAO model, which cannot be inspected", "Give the folder with its configuration."),
}
ONNX = ".onnx"


def is_onnx(path: PurePath) -> bool:
    """Whether a file is an ONNX model by its name."""
    return path.suffix.lower() == ONNX


def refuse_others(paths: Iterable[Path]) -> None:
    """Refuse what can be nothing that is checked.

    Raises:
        SpecError: One of the files is an archive, or a model in a form that has no header to read.
    """
    for path in paths:
        kind = _MODELS.get(path.suffix.lower())
        if kind is not None:
            raise SpecError(f"'{path}' is {kind[0]}: there is nothing in it that can be checked", hint=kind[1])
        refuse_archive(path)


def refuse_archive(path: Path) -> None:
    """Refuse an archive.

    Raises:
        SpecError: The file is one.
    """
    beginning = _beginning(path)
    # A PyTorch model and a numpy archive are ZIP files too; they were named above, or are not folders of anything.
    unpack = next((text for magic, text in _ARCHIVES if beginning.startswith(magic)), None)
    if unpack is not None:
        command = unpack.format(name=path.name, stem=path.name.split(".")[0] or "unpacked")
        hint = f"Unpack it (`{command}`) and give the folder."
        raise SpecError(f"'{path}' is an archive; a folder or its files are needed here", hint=hint)


def _beginning(path: Path) -> bytes:
    if not files.is_file(path):
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_MAGIC)
    except OSError:
        return b""  # who reads it says so
