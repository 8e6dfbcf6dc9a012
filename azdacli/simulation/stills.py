"""Pictures of formats that GStreamer's decoders do not take from a file, as PNG."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from azdacli.errors import SpecError
from azdacli.simulation.source import Source

# avdec_bmp and avdec_tiff want the whole file in one buffer, which uridecodebin does not give them; a GIF never ends.
_FORMATS = {
    **dict.fromkeys((".bmp", ".dib"), "BMP"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    ".gif": "GIF",
    ".tga": "TGA",
}


def as_png(videos: Iterable[Source], folder: Path) -> list[Source]:
    """Put a PNG into a folder for each picture that has to be converted; of an animation its first frame.

    Raises:
        SpecError: A picture cannot be read, or nothing here can convert it.
    """
    return [
        _converted(video, folder / f"still-{number}", _FORMATS[suffix])
        if (suffix := _path(video).suffix.lower()) in _FORMATS and video.address.startswith("file:")
        else video
        for number, video in enumerate(videos)
    ]


def _path(video: Source) -> Path:
    return Path(unquote(urlsplit(video.address).path))


def _converted(video: Source, folder: Path, kind: str) -> Source:
    path = _path(video)
    try:
        from PIL import Image  # noqa: PLC0415 # who gives no such picture needs no Pillow
    except ImportError:
        hint = "Convert it to PNG, or install the Python package: `pip install pillow`."
        raise SpecError(f"'{path}' is a {kind} picture, which needs Pillow", hint=hint) from None
    folder.mkdir()
    file = folder / f"{path.stem}.png"
    try:
        with Image.open(path, formats=[kind]) as picture:
            picture.convert("RGB").save(file)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SpecError(f"'{path}' is no {kind} picture that can be read: {error}", hint="Save it as PNG.") from None
    return replace(Source.file(file), sensor=video.name)
