"""The types of a model's outputs that a release of DeepStream hands over, for checker and simulator alike."""

from collections.abc import Mapping

_ALWAYS = ("float32", "float16", "int8", "int32")
_SINCE_8 = (*_ALWAYS, "int64", "uint8")
# NvDsInferDataType (nvdsinfer.h) of each release, and bool: TrtEngine::getLayerInfo of 9.0 and 9.1 gives it as uint8.
# What releases before 9.0 take besides the first four is UNVERIFIED.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "6.4": _ALWAYS,
    "7.0": (*_ALWAYS, "int64"),
    "7.1": (*_ALWAYS, "int64"),
    "8.0": _SINCE_8,
    **dict.fromkeys(("9.0", "9.1", "9.2"), (*_SINCE_8, "bool")),
}
_VERIFIED = frozenset({"9.0", "9.1"})
NARROWED: Mapping[str, str] = {"float64": "float32"}
"""TensorRT casts double to float, clamped (onnx-tensorrt, docs/operators.md)."""


def taken(release: str, element: str) -> bool:
    """Whether a release hands over outputs of a type; with a release that is not known, whether any does."""
    rows = [KNOWN[release]] if release in KNOWN else KNOWN.values()
    return element in NARROWED or any(element in row for row in rows)


def is_sure(release: str, element: str) -> bool:
    """Whether a release takes a type as it is, and a source says so."""
    return element in _ALWAYS or (release in _VERIFIED and element in KNOWN[release])


def named(release: str) -> str:
    """What a release takes, for a sentence."""
    return ", ".join(KNOWN.get(release, _ALWAYS))
