"""nvdewarper's configuration, and the pixels of its surfaces; `projections` says where they come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dsconfig.glib_values import integer, number, numbers, string
from simulator.drawing.blending import Frame
from simulator.drawing.projections import Map, Surface, surface_map
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.keyfile import read_groups, value

__all__ = ["DewarperSettings", "Map", "Surface", "dewarp", "read_dewarper_file", "surface_map"]

MAX_SURFACES = 4

_PROPERTY: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(
        ("output-width", "output-height", "cuda-memory-type", "num-batch-buffers", "dewarp-dump-frames"), integer
    ),
    **dict.fromkeys(("aisle-calibration-file", "spot-calibration-file"), string),
}
_SURFACE: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("surface-index", "projection-type", "width", "height", "cuda-address-mode"), integer),
    **dict.fromkeys(
        ("top-angle", "bottom-angle", "pitch", "yaw", "roll", "src-fov", "src-x0", "src-y0", "control"), number
    ),
    **dict.fromkeys(("focal-length", "dst-focal-length", "dst-principal-point", "distortion", "rot-matrix"), numbers),
    "rot-axes": string,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DewarperSettings:
    """All views of a camera, and the size that each is scaled to; 0 keeps the surface's own."""

    surfaces: tuple[Surface, ...]
    width: int = 0
    height: int = 0
    notices: tuple[str, ...] = ()


def read_dewarper_file(path: Path) -> DewarperSettings:
    """Read nvdewarper's `config-file`.

    Raises:
        ConfigurationError: If nvdewarper would refuse it.
        NotSimulatedError: If a surface has a projection that is not simulated, or calibration files.
    """
    groups = read_groups(path)
    notices: list[str] = []
    base = _checked("property", groups.get("property", {}), _PROPERTY, notices)
    for key in ("aisle-calibration-file", "spot-calibration-file"):
        if base.get(key):
            raise NotSimulatedError(
                f"{path}: '{key}' is not simulated", hint="Describe the views in [surface<n>] groups."
            )
    names = sorted(group for group in groups if group.startswith("surface"))
    if not 0 < len(names) <= MAX_SURFACES:
        raise ConfigurationError(f"{path}: {len(names)} surfaces are configured; nvdewarper takes 1 to {MAX_SURFACES}")
    surfaces = tuple(_surface(name, _checked(name, groups[name], _SURFACE, notices)) for name in names)
    width, height = base.get("output-width", 0), base.get("output-height", 0)
    return DewarperSettings(surfaces=surfaces, width=width, height=height, notices=tuple(notices))


def _checked(
    group: str, raw: Mapping[str, str], known: Mapping[str, Callable[[str], Any]], notices: list[str]
) -> dict[str, Any]:
    notices += [f"Unknown key '{key}' for group [{group}]" for key in raw if key not in known]
    return {key: value(group, key, text, known[key]) for key, text in raw.items() if key in known}


def _surface(name: str, keys: Mapping[str, Any]) -> Surface:
    for key in ("rot-matrix", "rot-axes", "dst-focal-length", "dst-principal-point", "control"):
        if key in keys:
            raise NotSimulatedError(f"nvdewarper: '{key}' of [{name}] is not simulated")
    for key in ("projection-type", "width", "height"):
        if key not in keys:
            raise ConfigurationError(f"nvdewarper: '{key}' is missing in [{name}]")
    fields = {
        "top_angle": "top-angle",
        "bottom_angle": "bottom-angle",
        "pitch": "pitch",
        "yaw": "yaw",
        "roll": "roll",
        "fov": "src-fov",
        "focal_length": "focal-length",
        "distortion": "distortion",
    }
    return Surface(
        index=keys.get("surface-index", 0),
        projection=keys["projection-type"],
        width=keys["width"],
        height=keys["height"],
        centre=(keys.get("src-x0"), keys.get("src-y0")),
        **{field: keys[key] for field, key in fields.items() if key in keys},
    )


def dewarp(frame: Frame, positions: Map) -> Frame:
    """Take a surface from a picture; what lies outside the picture is black."""
    return np.asarray(
        cv2.remap(frame, *positions, interpolation=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.uint8
    )
