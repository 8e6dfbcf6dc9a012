"""Which files and addresses written in a twin may be opened at all."""

import re
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, unquote, urlsplit

from azda_runtime.problems import InvalidValueError, shown
from azda_runtime.settings.sources import Credentials, SourceKind

# A twin comes from the cloud; these folders hold the system's and other processes' secrets, never a model.
_CLOSED = re.compile(
    r"/(?:etc|proc|sys|dev|boot|run|var/(?:run|lib|log|spool|cache|mail|backups))(?:/.*)?|/(?:root|home/[^/]+)/\..*",
    re.DOTALL,
)
# Linux's own bounds (limits.h): names in a file system, and whole paths with the folder that they are looked up in.
_LONGEST_NAME, _LONGEST_PATH = 255, 2048
_DEVICE = re.compile(r"/dev/video[0-9]{1,3}")
_DEFAULT_DEVICE = "/dev/video0"
_ADDRESSES = "Write rtsp://host/path, file:///path/video.mp4 or, for a USB camera, /dev/video0."


def file_path(text: str) -> str:
    """Normalise the path of a file in the image or in an archive.

    Raises:
        InvalidValueError: It climbs, has no name or too long a one, or lies in a folder of the system.
    """
    path = PurePosixPath(text)
    if not text.isprintable():  # also a null byte and half a surrogate pair, which no file system takes
        raise InvalidValueError(f"The path {shown(text)} cannot be a file's.", hint="Write it in printable characters.")
    if len(text.encode()) > _LONGEST_PATH or any(len(part.encode()) > _LONGEST_NAME for part in path.parts):
        raise InvalidValueError(
            f"The path {shown(text)} is too long.",
            hint=f"A name has {_LONGEST_NAME} bytes at most, a path {_LONGEST_PATH}.",
        )
    if ".." in path.parts or "\\" in text or text.startswith("~"):
        raise InvalidValueError(
            f"The path {shown(text)} could leave its folder.", hint="Write it without '..', '~' and backslashes."
        )
    if not path.name or path == PurePosixPath("."):
        raise InvalidValueError(f"The path {shown(text)} names no file.", hint="Name the file itself.")
    normal = "/" + str(path).lstrip("/") if path.is_absolute() else str(path)
    if is_closed(normal):
        raise closed(text)
    return normal


def is_closed(path: str) -> bool:
    """Whether an absolute path lies in a folder of the system."""
    return _CLOSED.fullmatch(path) is not None


def closed(path: str) -> InvalidValueError:
    """What is wrong with a path in a folder of the system."""
    return InvalidValueError(
        f"The path {shown(path)} lies in a folder of the system.",
        hint="Models and parsers live in the folders that `azdacli create --add` made.",
    )


def endpoint(text: str, subtype: str) -> tuple[SourceKind, str, Credentials | None]:
    """Read where a sensor is: how to open it, the address without credentials, and those.

    Raises:
        InvalidValueError: It is not an address that the runtime opens. The message never holds the address.
    """
    device = text.removeprefix("v4l2://")
    if _DEVICE.fullmatch(device) or (subtype == "usb" and "://" not in device):
        return SourceKind.USB, video_device(device or _DEFAULT_DEVICE), None
    parts = split_address(text)
    if parts.scheme == "file":
        return SourceKind.FILE, video_file(parts), None
    if parts.scheme in {"rtsp", "rtsps"} and parts.hostname:
        return SourceKind.RTSP, _bare(parts), _credentials(parts)
    raise InvalidValueError("The endpoint is not an address of a camera or a video file.", hint=_ADDRESSES)


def video_device(text: str) -> str:
    """Check the path of a USB camera.

    Raises:
        InvalidValueError: It is not a video device.
    """
    if not _DEVICE.fullmatch(text):
        raise InvalidValueError("The endpoint is not a video device.", hint="Write /dev/video0 or another number.")
    return text


def archive_url(text: str) -> str:
    """Check where an archive is fetched from.

    Raises:
        InvalidValueError: It is not a web address, or it holds a user name.
    """
    parts = split_address(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise InvalidValueError(
            "The archive's address is not a web address.", hint="Write https://host/path/model.zip."
        )
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


def video_file(parts: SplitResult) -> str:
    """The normalised address of a video file.

    Raises:
        InvalidValueError: It names a host, or no path that may be read.
    """
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
