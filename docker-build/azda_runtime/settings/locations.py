"""Which files, addresses and pipelines written in a twin may be opened at all."""

import re
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, unquote, urlsplit

from azda_runtime.problems import InvalidValueError, shown
from azda_runtime.settings.sources import Credentials, SourceKind

# A twin comes from the cloud; these folders hold the system's and other processes' secrets, never a model.
_CLOSED = ("/etc", "/proc", "/sys", "/dev", "/boot", "/run", "/var/run", "/var/lib", "/root/.ssh")
_DEVICE = re.compile(r"/dev/video[0-9]{1,3}")
_DEFAULT_DEVICE = "/dev/video0"
_ADDRESSES = "Write rtsp://host/path, file:///path/video.mp4 or, for a USB camera, /dev/video0."
# A passthrough pipeline shows or sends what it reads; it writes no file and takes no open descriptor. The assembled
# pipeline is checked again, by its elements: this finds the mistake before the device does.
_REFUSED_ELEMENTS = re.compile(
    r"(?<![\w/=.:-])(?:(?:multi|split)?file|splitmux|hls|hlscmaf|dash|gio|giostream|fd|shm|unixfd|ipcpipeline"
    r"|curl\w*|s3\w*)\d?sink\d?\b"
    r"|(?<![\w/=.:-])(?:fd|shm|unixfd|giostream|ipcpipeline)src\b",
)
_LOCATION = re.compile(r"\b(?:location|uri|config-file(?:-path)?|ll-config-file)\s*=\s*(\"[^\"]*\"|\S+)")


def file_path(text: str) -> str:
    """Normalise the path of a file in the image or in an archive.

    Raises:
        InvalidValueError: It climbs, has no name, or lies in a folder of the system.
    """
    path = PurePosixPath(text)
    if ".." in path.parts or "\\" in text or text.startswith("~"):
        raise InvalidValueError(
            f"The path {shown(text)} could leave its folder.", hint="Write it without '..', '~' and backslashes."
        )
    if not path.name or path == PurePosixPath("."):
        raise InvalidValueError(f"The path {shown(text)} names no file.", hint="Name the file itself.")
    normal = "/" + str(path).lstrip("/") if path.is_absolute() else str(path)
    if any(normal == closed or normal.startswith(f"{closed}/") for closed in _CLOSED):
        raise InvalidValueError(
            f"The path {shown(text)} lies in a folder of the system.",
            hint="Models and parsers live in the folders that `azdacli create --add` made.",
        )
    return normal


def endpoint(text: str, subtype: str) -> tuple[SourceKind, str, Credentials | None]:
    """Read where a sensor is: how to open it, the address without credentials, and those.

    Raises:
        InvalidValueError: It is no address that the runtime opens. The message never holds the address.
    """
    if subtype == "usb" or _DEVICE.fullmatch(text):
        device = text.removeprefix("v4l2://") or _DEFAULT_DEVICE
        if not _DEVICE.fullmatch(device):
            raise InvalidValueError("The endpoint is no video device.", hint="Write /dev/video0 or another number.")
        return SourceKind.USB, device, None
    parts = split_address(text)
    if parts.scheme == "file":
        return SourceKind.FILE, _video_file(parts), None
    if parts.scheme in {"rtsp", "rtsps"} and parts.hostname:
        return SourceKind.RTSP, _bare(parts), _credentials(parts)
    raise InvalidValueError("The endpoint is no address of a camera or a video file.", hint=_ADDRESSES)


def archive_url(text: str) -> str:
    """Check where an archive is fetched from.

    Raises:
        InvalidValueError: It is no web address, or it holds a user name.
    """
    parts = split_address(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise InvalidValueError("The archive's address is no web address.", hint="Write https://host/path/model.zip.")
    if parts.username is not None or parts.password is not None:
        raise InvalidValueError(
            "The archive's address holds a user name or a password.", hint="Use a link with an access token instead."
        )
    return text


def split_address(text: str) -> SplitResult:
    """Split an address, with a port that is one.

    Raises:
        InvalidValueError: It cannot be split.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port, parts.hostname
    except ValueError:
        raise InvalidValueError("The address cannot be read.", hint=_ADDRESSES) from None
    if re.search(r"\s", text):
        raise InvalidValueError("The address holds a blank.", hint="Write it as %20.")
    return parts


def passthrough(text: str) -> str:
    """Check a pipeline that the user wrote: it may not touch files outside the image's open folders.

    Raises:
        InvalidValueError: It names an element that writes or reads any file, or a place that is closed.
    """
    refused = _REFUSED_ELEMENTS.search(text)
    if refused:
        raise InvalidValueError(
            f"A passthrough pipeline may not use {refused[0].strip()}.",
            hint="Read with `urisourcebin uri=file:///…` or playbin; recordings are the runtime's own work.",
        )
    for match in _LOCATION.finditer(text):
        opened(match[1].strip('"'))
    return text


def refused_factory(name: str) -> bool:
    """Whether an element, by the name of its factory, may be in no passthrough pipeline."""
    return _REFUSED_ELEMENTS.fullmatch(name) is not None


def opened(value: str) -> None:
    """Check the address or path of something that is opened.

    Raises:
        InvalidValueError: It is a file in a folder of the system.
    """
    if value.startswith("file:"):
        _video_file(split_address(value))
    elif "://" not in value:
        file_path(value)


def _video_file(parts: SplitResult) -> str:
    if parts.netloc not in {"", "localhost"}:
        raise InvalidValueError("The file's address names a host.", hint="Write file:///path with three slashes.")
    path = unquote(parts.path)
    if not path.startswith("/") or not path.isprintable():
        raise InvalidValueError("The file's address holds no path.", hint="Write file:///path/video.mp4.")
    return f"file://{quote(file_path(path))}"


def _credentials(parts: SplitResult) -> Credentials | None:
    if not parts.username:
        return None
    return Credentials(username=unquote(parts.username), password=unquote(parts.password or ""))


def _bare(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
