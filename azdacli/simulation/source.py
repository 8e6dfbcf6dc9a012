"""Where the video of a simulation comes from."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from azdacli.errors import SpecError
from azdacli.util import files

_TEST = re.compile(r"test:(ball|smpte|snow|black|white)(?::([1-9][0-9]{0,2}))?")
_TEST_SECONDS = 3
_DEVICE = re.compile(r"/dev/video[0-9]{1,4}")
_KINDS = "a video, an image, rtsp://host/path, /dev/video0 or test:ball"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A video, a picture or a camera.

    Attributes:
        address: A `file://` or `rtsp://` address without user name and password, or a webcam's device; empty for a test
            video.
        test_pattern: The pattern of a test video that is yet to be made.
        test_seconds: How long that is.
        username: For a camera.
        password: For a camera; never shown.
        sensor: What settings call it.
    """

    address: str = ""
    test_pattern: str = ""
    test_seconds: int = _TEST_SECONDS
    username: str = ""
    password: str = ""
    sensor: str = ""

    def __repr__(self) -> str:
        return f"Source({self.address or 'test:' + self.test_pattern!r})"

    @property
    def name(self) -> str:
        """What messages call the sensor."""
        return self.sensor or self.test_pattern or Path(unquote(urlsplit(self.address).path)).stem or "camera"

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Read what the user named.

        Raises:
            SpecError: There is no such file, or it is not an address that can be opened.
        """
        if text.startswith("test:"):
            match = _TEST.fullmatch(text)
            if match is None:
                raise SpecError(
                    f"there is no test video '{text}'",
                    hint="Write test:ball, test:smpte, test:snow, test:black or test:white, and test:ball:10 for 10 s.",
                )
            return cls(test_pattern=match[1], test_seconds=int(match[2] or _TEST_SECONDS))
        if text.startswith(("rtsp://", "rtsps://")):
            return cls._camera(text)
        if _DEVICE.fullmatch(text.removeprefix("v4l2://")):
            return cls._webcam(text.removeprefix("v4l2://"))
        if "://" in text and not text.startswith("file://"):
            raise SpecError(
                f"'{text.partition('://')[0]}' addresses cannot be opened",
                hint=f"Give {_KINDS}.",
            )
        return cls.file(Path(unquote(urlsplit(text).path)) if text.startswith("file://") else Path(text))

    @classmethod
    def file(cls, path: Path) -> "Source":
        """A file on this machine.

        Raises:
            SpecError: It is not there.
        """
        if not files.is_file(path):
            what = "is a folder, not a video" if files.is_folder(path) else "does not exist"
            raise SpecError(f"the source '{path}' {what}", hint=f"Give {_KINDS}.")
        return cls(address=f"file://{quote(str(path.resolve()))}")

    @classmethod
    def _webcam(cls, device: str) -> "Source":
        if not files.exists(Path(device)):
            raise SpecError(f"there is no camera at {device}", hint="`ls /dev/video*` shows those that are plugged in.")
        return cls(address=device)

    @classmethod
    def _camera(cls, text: str) -> "Source":
        try:
            parts = urlsplit(text)
            host, username, password = parts.hostname, parts.username, parts.password
        except ValueError:
            host = username = password = None
        if not host:
            raise SpecError("the camera's address has no host", hint="Write rtsp://host:554/path.")
        if password is not None:
            raise SpecError(
                "the camera's address holds a password, which other users of this machine can read",
                hint="Write --source rtsp://host/path --username NAME: the password comes from AZDA_CAMERA_PASSWORD or "
                "is asked for.",
            )
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return cls(address=bare, username=unquote(username or ""))

    @property
    def is_network_camera(self) -> bool:
        """Whether it is a camera that may ask who is there."""
        return self.address.startswith("rtsp")

    @property
    def is_live(self) -> bool:
        """Whether it never ends by itself."""
        return self.is_network_camera or _DEVICE.fullmatch(self.address) is not None
