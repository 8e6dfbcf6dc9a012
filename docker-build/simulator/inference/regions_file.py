"""nvdspreprocess's configuration file to the regions that it prepares, and to how it prepares them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsconfig.glib_values import boolean, integer, integers, number, numbers, string
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.inference.geometry import Rectangle
from simulator.inference.key_readers import at_least, colour, one_of
from simulator.inference.settings import ColourFormat, InputSettings, ObjectFilter, PreparedTensor
from simulator.keyfile import Groups, read_groups, value

ALL_SOURCES = -1
_NUMBERS_OF_A_REGION = 4
_OWN_LIBRARY = "libcustom2d_preprocess.so"
_OWN_FUNCTION = "CustomTensorPreparation"
_OWN_TRANSFORMS = ("", "CustomTransformation", "CustomAsyncTransformation")
_TYPES = {0: "float32", 1: "uint8", 2: "int8", 3: "uint32", 4: "int32", 5: "float16"}
_REGION_KEY = re.compile(r"roi-params-src-(\d+)")
_GREEN, _CYAN = (0.0, 1.0, 0.0, 1.0), (0.0, 1.0, 1.0, 1.0)

_REQUIRED: Mapping[str, Callable[[str], Any]] = {
    "processing-width": at_least(1),
    "processing-height": at_least(1),
    "network-input-order": one_of(0, 1, 2),
    "network-input-shape": integers,
    "network-color-format": one_of(0, 1, 2),
    "tensor-data-type": integer,
    "tensor-name": string,
    "custom-lib-path": string,
    "custom-tensor-preparation-function": string,
    "scaling-filter": one_of(*range(7)),
    "scaling-pool-memory-type": one_of(*range(5)),
}
_PROPERTY = {
    **_REQUIRED,
    **dict.fromkeys(("enable", "process-on-frame", "maintain-aspect-ratio", "symmetric-padding"), boolean),
    **dict.fromkeys(("unique-id", "gpu-id", "operate-on-gie-id", "scaling-pool-compute-hw"), integer),
    **dict.fromkeys(("scaling-buf-pool-size", "tensor-buf-pool-size"), integer),
    "target-unique-ids": integers,
}
_SIZES = {f"input-object-{which}-{side}": f"{which}_{side}" for which in ("min", "max") for side in ("width", "height")}
_GROUP: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("src-ids", "operate-on-class-ids"), integers),
    **dict.fromkeys(("process-on-roi", "process-on-all-objects", "draw-roi"), boolean),
    **dict.fromkeys(("interval", *_SIZES), at_least(0)),
    "custom-input-transformation-function": string,
    "roi-color": colour,
}
_USER = {"pixel-normalization-factor": number, "mean-file": string, "offsets": numbers}


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionGroup:
    """One `[group-<n>]`.

    Attributes:
        sources: The source ids it is for; ALL_SOURCES for all.
        regions: By source id, in pixels; None stands for whole frames. The key ALL_SOURCES is for sources without an
            own entry.
        interval: Batches to skip between two.
        shown: The colour in which its regions are drawn; None where they are not.
        objects: In object mode, which objects; `component_id` is the file's.
    """

    sources: frozenset[int]
    regions: Mapping[int, tuple[Rectangle | None, ...]]
    interval: int = 0
    shown: tuple[float, ...] | None = None
    objects: ObjectFilter


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionSettings:
    """A whole file; `owners` says to which group a source belongs that several name."""

    enabled: bool = True
    on_frames: bool = True
    targets: frozenset[int] = frozenset()
    tensor: PreparedTensor
    groups: tuple[RegionGroup, ...] = ()
    owners: Mapping[int, int]

    def regions(self, index: int, source: int) -> tuple[Rectangle | None, ...]:
        """The regions of a group in a frame of a source; empty where the source is another group's or nobody's.

        Raises:
            ConfigurationError: The group is for this source and has no regions for it.
        """
        group = self.groups[index]
        if not group.sources & {ALL_SOURCES, source} or self.owners.get(source, index) != index:
            return ()
        found = group.regions.get(source, group.regions.get(ALL_SOURCES))
        if found is None:
            raise ConfigurationError(f"Group {index} : Configuration for Source ID = {source} not found")
        return found


def read_regions_file(path: Path, overrides: Mapping[str, str] | None = None) -> RegionSettings:
    """Read a file, key file or YAML, as nvdspreprocess does.

    Args:
        path: The element's `config-file`.
        overrides: Keys of `[property]` that GObject properties replace, as text.

    Raises:
        ConfigurationError: nvdspreprocess would refuse it.
        NotSimulatedError: It needs another library than NVIDIA's own, or what that one does is not simulated.
    """
    groups = read_groups(path)
    keys = _read("property", {**groups.get("property", {}), **(overrides or {})}, _PROPERTY)
    missing = [key for key in _REQUIRED if key not in keys]
    if missing:
        raise ConfigurationError(f"Some preprocess config properties are not set in {path}: {', '.join(missing)}")
    _refuse_native(path, keys)
    on_frames = keys.get("process-on-frame", True)
    read = [
        _group(path, name, texts, on_frames=on_frames, component=keys.get("operate-on-gie-id", -1))
        for name, texts in groups.items()
        if name.startswith("group-")
    ]
    if not read:
        raise ConfigurationError(f"{path}: no [group-<n>] is configured.")
    return RegionSettings(
        enabled=keys.get("enable", True),
        on_frames=on_frames,
        targets=frozenset(keys.get("target-unique-ids", ())),
        tensor=_tensor(path, keys, groups),
        groups=tuple(read),
        owners={source: index for index, group in reversed(list(enumerate(read))) for source in group.regions},
    )


def _read(group: str, texts: Mapping[str, str], known: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    return {key: value(group, key, text, known[key]) for key, text in texts.items() if key in known}


def _refuse_native(path: Path, keys: Mapping[str, Any]) -> None:
    library, function = Path(keys["custom-lib-path"]).name, keys["custom-tensor-preparation-function"]
    if library != _OWN_LIBRARY or function != _OWN_FUNCTION:
        raise NotSimulatedError(
            f"{path}: {function} of {library} is native code, which the simulator does not load",
            hint=f"Only {_OWN_FUNCTION} of NVIDIA's {_OWN_LIBRARY} is simulated.",
        )


def _tensor(path: Path, keys: Mapping[str, Any], groups: Groups) -> PreparedTensor:
    shape, last = keys["network-input-shape"], keys["network-input-order"]
    if last not in (0, 1) or keys["tensor-data-type"] not in _TYPES:
        raise NotSimulatedError(f"{path}: custom orders of a tensor and 64-bit tensors are not simulated")
    if len(shape) != _NUMBERS_OF_A_REGION:
        raise NotSimulatedError(f"{path}: 'network-input-shape' of other than 4 dimensions is not simulated")
    _, *dims = shape
    channels, height, width = (dims[2], dims[0], dims[1]) if last else dims
    if (keys["processing-width"], keys["processing-height"]) != (width, height):
        raise NotSimulatedError(
            f"{path}: processing-width and processing-height other than those of network-input-shape are not simulated"
        )
    user = _read("user-configs", groups.get("user-configs", {}), _USER)
    if "pixel-normalization-factor" not in user:
        raise ConfigurationError(f"{path}: 'pixel-normalization-factor' of [user-configs] is not set")
    prepared = InputSettings(
        colours=ColourFormat(keys["network-color-format"]),
        channels_last=bool(last),
        factor=user["pixel-normalization-factor"],
        offsets=user.get("offsets", ()),
        mean_file=path.resolve().parent / user["mean-file"] if user.get("mean-file") else None,
        maintain_aspect_ratio=keys.get("maintain-aspect-ratio", False),
        symmetric_padding=keys.get("symmetric-padding", False),
        scaling_filter=keys["scaling-filter"],
        dims=(channels, height, width),
    )
    return PreparedTensor(name=keys["tensor-name"], dtype=_TYPES[keys["tensor-data-type"]], input=prepared)


def _group(path: Path, name: str, texts: Mapping[str, str], *, on_frames: bool, component: int) -> RegionGroup:
    keys = _read(name, texts, _GROUP)
    transform = keys.get("custom-input-transformation-function", "")
    if transform not in _OWN_TRANSFORMS:
        raise NotSimulatedError(f"{path}: {transform} of [{name}] is native code, which the simulator does not load")
    switch = "process-on-roi" if on_frames else "process-on-all-objects"
    if "src-ids" not in keys or switch not in keys:
        raise ConfigurationError(f"{path}: 'src-ids' and '{switch}' of [{name}] must be set")
    sources, whole = frozenset(keys["src-ids"]), keys[switch] is not on_frames
    regions = dict.fromkeys(sources, (None,)) if whole else dict(_regions(name, texts))
    if not regions:
        raise ConfigurationError(f"{path}: [{name}] has no roi-params-src-<n>")
    return RegionGroup(
        sources=sources,
        regions=_replicated(regions) if ALL_SOURCES in sources else regions,
        interval=keys.get("interval", 0),
        shown=keys.get("roi-color", _GREEN if on_frames else _CYAN) if keys.get("draw-roi", True) else None,
        objects=ObjectFilter(
            component_id=component,
            class_ids=frozenset(keys.get("operate-on-class-ids", ())),
            **{field: keys[key] for key, field in _SIZES.items() if key in keys},
        ),
    )


def _replicated(regions: Mapping[int, tuple[Rectangle | None, ...]]) -> dict[int, tuple[Rectangle | None, ...]]:
    """In a group for all sources the first regions hold for each of them."""
    first = next(iter(regions.values()))
    return {**dict.fromkeys(regions, first), ALL_SOURCES: first}


def _regions(name: str, texts: Mapping[str, str]) -> Iterator[tuple[int, tuple[Rectangle | None, ...]]]:
    for key, text in texts.items():
        found = _REGION_KEY.fullmatch(key)
        if not found:
            continue
        edges = value(name, key, text, integers)
        if not edges or len(edges) % _NUMBERS_OF_A_REGION or min(edges) < 0:
            raise ConfigurationError(f"'{key}' in group '{name}' needs left;top;width;height for each region.")
        quads = zip(*[iter(edges)] * _NUMBERS_OF_A_REGION, strict=True)
        yield (
            int(found[1]),
            tuple(Rectangle(left=left, top=top, width=width, height=height) for left, top, width, height in quads),
        )
