"""What the first build of an image resolved, and what later ones hold to (`create --lock FILE`)."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from azdacli.errors import SpecError

VERSION = 1
_IMAGE = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+(:[A-Za-z0-9._-]+)?@sha256:[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")  # Debian's policy, 5.6.7 and 5.6.12
_PACKAGE_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~:-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """The exact parts of an image.

    Attributes:
        made_for: What the image is: release, target, platform, variant, backends; another image has another lock.
        base: The base image, by digest.
        triton: The image that Triton's backends come from, by digest; empty without backends.
        wheel: The SHA-256 of pyds's published wheel; empty where there is none.
        requirements: The SHA-256 of the lists of Python packages.
        packages: The distribution's packages and their versions.
    """

    made_for: str
    base: str
    requirements: str
    triton: str = ""
    wheel: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.made_for.strip():
            raise ValueError("it is not said what it is for")
        if not _IMAGE.fullmatch(self.base) or (self.triton and not _IMAGE.fullmatch(self.triton)):
            raise ValueError("an image is not named by its digest")
        if not _SHA256.fullmatch(self.requirements) or (self.wheel and not _SHA256.fullmatch(self.wheel)):
            raise ValueError("a hash is no SHA-256")
        for name, version in self.packages.items():
            if not _NAME.fullmatch(name) or not _PACKAGE_VERSION.fullmatch(version):
                raise ValueError(f"{name!r} is no package with its version")

    def installed(self, name: str) -> str:
        """A package as apt-get takes it: with its version where it is known."""
        version = self.packages.get(name)
        return f"{name}={version}" if version else name

    def dumps(self) -> str:
        """Write it."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def loads(cls, text: str, name: str) -> "Lock":
        """Read it.

        Args:
            text: What the file holds.
            name: What the file is called.

        Raises:
            SpecError: It is no lock, or one of another version of azdacli.
        """
        hint = "Delete it to have it made anew by the next build."
        try:
            found: Any = json.loads(text)
            if found.pop("version") != VERSION:
                raise SpecError(f"'{name}' is a lock of another version of azdacli", hint=hint)
            return cls(**found)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SpecError(f"'{name}' is no lock of azdacli's", hint=hint) from error
