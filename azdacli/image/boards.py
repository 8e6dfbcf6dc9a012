"""Names of NVIDIA's boards, which people give as a device type: all of them are Jetsons, each with its JetPacks."""

import re

from azdacli.errors import SpecError
from azdacli.image import catalog

_FAMILY = frozenset({"jetson", "tegra", "l4t", "agx", "nx", "nano", "xavier", "orin", "thor", "tx1", "tx2"})
# The last JetPack of boards that no release of the catalog serves: developer.nvidia.com/embedded/jetson-linux-archive.
_LAST = {"xavier": "5.1", "tx1": "4.6", "tx2": "4.6"}
_WORD = re.compile(r"[a-z]+[0-9]*")


def refusal(text: str) -> SpecError | None:
    """Answer a board's name that stands for a device type; None when it is none."""
    words = _words(text)
    if not words & _FAMILY:
        return None
    last = next((jetpack for board, jetpack in _LAST.items() if board in words), None)
    if last:
        return SpecError(
            f"'{text}' is a Jetson whose last JetPack is {last}, for which azdacli makes no images",
            hint=f"The device type is Jetson, but the device must have one of: {_listed('')}.",
        )
    board = next((name for name in ("Orin", "Thor") if name.lower() in words), "")
    nano = " The first Jetson Nano, without Orin, ends at JetPack 4.6." if words & {"nano"} and not board else ""
    return SpecError(
        f"'{text}' is a board; its device type is Jetson",
        hint=f"Write --device-type Jetson, and --deepstream for the device's JetPack: {_listed(board)}.{nano}",
    )


def _words(text: str) -> set[str]:
    """The words of `Orin`, `AGX Orin`, `orin-nano` and `jetson_xavier_nx`, and of `AGXOrin` or `OrinNX`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=AGX)(?=[A-Z])", " ", text.strip())
    return set(_WORD.findall(apart.lower()))


def _listed(board: str) -> str:
    """The releases for a board, or all, each with its JetPack."""
    releases = catalog.load().releases.values()
    return ", ".join(f"{r.version} for {r.jetpack}" for r in releases if board in r.jetpack)
