"""The image that a build starts from."""

from dataclasses import dataclass

GIGABYTE = 1_000_000_000
# Layers travel compressed. An engine with the containerd store keeps them so beside what it unpacks, and CUDA's
# libraries grow to two or three times as much; the build's own layers come on top.
_GROWTH = 4
# Where no registry says how large a base is: NVIDIA's images unpack to well over ten gigabytes (an estimate).
_ESTIMATE = 30 * GIGABYTE
_SMALL_ESTIMATE = 3 * GIGABYTE  # the CPU target's Debian with GStreamer and ONNX Runtime


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """The image that a build starts from.

    Attributes:
        name: Its name.
        platform: `linux/amd64` or `linux/arm64`.
        compressed: Bytes of its layers as the registry has them; None when it was not asked or did not answer.
        is_cpu: Whether it is the CPU target's.
        asked: Whether the user chose it.
    """

    name: str
    platform: str
    compressed: int | None = None
    is_cpu: bool = False
    asked: bool = False

    @property
    def needed(self) -> int:
        """Bytes that a build on it takes."""
        if self.compressed is not None:
            return self.compressed * _GROWTH + GIGABYTE
        return _SMALL_ESTIMATE if self.is_cpu else _ESTIMATE
