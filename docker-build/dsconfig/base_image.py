"""What can be said about files of a base image, which nobody lists: where DeepStream, and where the runtime, is in it.

NVIDIA's images hold the SDK in `/opt/nvidia/deepstream/deepstream-<major.minor>`, with the link `deepstream` beside it
(the Dockerfiles and the developer guide of each release). What is deeper changes by release: only what looks like a
known name misspelt is reported there, and never as certain.
"""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

SDK = "/opt/nvidia/deepstream/deepstream"
RUNTIME = "/opt/azda"
_MADE_IN_THE_BUILD = ("python", "gstreamer")  # folders of RUNTIME that no docker-build holds
_FOLDERS = {
    SDK: ("bin", "lib", "samples", "sources", "service-maker"),
    f"{SDK}/samples": ("configs", "models", "streams"),
    # The developer guide's table of sample configurations of nvtracker, and its list of libraries (6.4 to 9.1).
    f"{SDK}/samples/configs/deepstream-app": (
        *("config_tracker_IOU.yml", "config_tracker_NvSORT.yml", "config_tracker_NvDeepSORT.yml"),
        *("config_tracker_NvDCF_perf.yml", "config_tracker_NvDCF_max_perf.yml", "config_tracker_NvDCF_accuracy.yml"),
    ),
    f"{SDK}/lib": ("libnvds_nvmultiobjecttracker.so", "libnvds_infercustomparser.so"),
}
# Version 6.0 replaced these by one library.
_OLD_TRACKERS = ("libnvds_mot_iou.so", "libnvds_mot_klt.so", "libnvds_nvdcf.so", "libnvds_tracker.so")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lack:
    """Why a base image has no such file.

    Attributes:
        message: What is wrong, after the path.
        hint: What to write.
        sure: Whether no image of the release has it.
    """

    message: str
    hint: str
    sure: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseImage:
    """The base of one image.

    Attributes:
        release: DeepStream's, as "7.1"; empty where nobody knows it.
        deepstream: Whether it holds NVIDIA's SDK; the CPU image has stand-ins for its libraries alone.
        own: Files that azdacli brings, relative to `/opt/azda`; empty where nobody knows them.
    """

    release: str = ""
    deepstream: bool = True
    own: frozenset[str] = frozenset()

    def lack(self, path: str) -> Lack | None:
        """Say why an absolute path leads to no file of the base; None when it does, or when nobody can tell."""
        plain = posixpath.normpath(path)
        below = _below(plain, RUNTIME)
        if below is not None:
            return self._runtime(below)
        return self._nvidia(plain) if _below(plain, "/opt/nvidia") is not None else None

    def _runtime(self, below: str) -> Lack | None:
        first = below.partition("/")[0]
        if not self.own or below in self.own or first in ("", *_MADE_IN_THE_BUILD):
            return None
        if any(file.startswith(f"{below}/") for file in self.own):
            return None
        like = _like(below, self.own)
        hint = f"Did you mean '{RUNTIME}/{like}'?" if like else "Your own files go into a folder of yours, with --add."
        return Lack(message=f"is not among the files that azdacli puts into {RUNTIME}", hint=hint)

    def _nvidia(self, plain: str) -> Lack | None:
        if not self.deepstream:
            if plain.endswith(".so"):  # the simulator knows NVIDIA's libraries by their names
                return None
            hint = "Add the file with --add, and name it where it is then."
            return Lack(message="is a file of NVIDIA's SDK, which the CPU image does not have", hint=hint)
        _, _, _, vendor, version, *_ = [*plain.split("/"), "", ""]
        if vendor != "deepstream":
            return _misspelt("/opt/nvidia", vendor, ("deepstream",), sure=True)
        if version in ("", "deepstream"):
            return _inside(_below(plain, SDK) or "")
        return self._version(plain, version)

    def _version(self, plain: str, version: str) -> Lack | None:
        own = f"deepstream-{self.release}"
        if self.release and version != own:
            below = plain.removeprefix(f"/opt/nvidia/deepstream/{version}")
            message = f"is in the folder of another release: DeepStream {self.release} has /opt/nvidia/deepstream/{own}"
            return Lack(message=message, hint=f"Write {SDK}{below}: that folder is in the images of every release.")
        return _inside(plain.removeprefix(f"/opt/nvidia/deepstream/{version}").lstrip("/"))


def _inside(below: str) -> Lack | None:
    """What can be said of a path inside the SDK."""
    folder, name = SDK, below
    while name:
        first, _, name = name.partition("/")
        if first in _OLD_TRACKERS:
            hint = f"Write {SDK}/lib/libnvds_nvmultiobjecttracker.so, and the tracker's kind in ll-config-file."
            return Lack(message="was replaced in DeepStream 6.0", hint=hint)
        if found := _misspelt(folder, first, _FOLDERS.get(folder, ()), sure=False):
            return found
        folder = f"{folder}/{first}"
    return None


def _misspelt(folder: str, name: str, known: Iterable[str], *, sure: bool) -> Lack | None:
    like = None if name in known else _like(name, known)
    if not like:
        return None
    return Lack(
        message=f"leads through '{name}', which {folder} does not have", hint=f"Did you mean '{like}'?", sure=sure
    )


def _like(name: str, known: Iterable[str]) -> str | None:
    # NVIDIA has many files whose names differ by one word: a file is another's misspelling by a letter or two alone.
    cutoff = 0.94 if posixpath.splitext(name)[1] else 0.8
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=cutoff)), None)


def _below(path: str, folder: str) -> str | None:
    """The rest of a path inside a folder, empty for the folder itself; None when it is not in it."""
    return path[len(folder) + 1 :] if path == folder or path.startswith(f"{folder}/") else None
