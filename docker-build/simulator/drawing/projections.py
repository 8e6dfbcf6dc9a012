"""From a dewarped surface back to the camera's picture.

Approximations: NVIDIA's warping library is closed. Of its 18 projection types three are simulated, by the textbook's
formulas, the others are refused by their number:

- 1, fisheye to pushbroom: a line sweeps from `top-angle` to `bottom-angle`; along the line the picture is a
perspective one. - 2, fisheye to vertical cylinder: longitude runs linearly over `src-fov`, latitude linearly from
`top-angle` to `bottom-angle`. - 3, perspective to perspective with Brown's distortion (`distortion` is k1;k2;k3;p1;p2).

A fisheye is taken as equidistant: a ray at an angle to the axis arrives at `focal-length` times the angle from the
centre. Rotations are applied as yaw, pitch, roll. A picture's middle is its centre unless `src-x0` and `src-y0` say
otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import ConfigurationError, NotSimulatedError

PUSHBROOM, VERTICAL_CYLINDER, PERSPECTIVE = 1, 2, 3

Grid = npt.NDArray[np.float64]
"""Shape (height, width), float64."""
Map = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""For each pixel of a surface, x and y in the camera's picture; float32, pixels."""

_DISTORTIONS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """One dewarped view; angles in degrees, lengths in pixels."""

    index: int
    projection: int
    width: int
    height: int
    top_angle: float = 90.0
    bottom_angle: float = -90.0
    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    fov: float = 180.0
    focal_length: tuple[float, ...] = (437.0,)
    centre: tuple[float | None, float | None] = (None, None)
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.projection not in (PUSHBROOM, VERTICAL_CYLINDER, PERSPECTIVE):
            raise NotSimulatedError(
                f"nvdewarper: projection-type={self.projection} is not simulated",
                hint="The simulator knows 1 (pushbroom), 2 (vertical cylinder) and 3 (perspective).",
            )
        if min(self.width, self.height) < 1 or not self.focal_length or min(self.focal_length) <= 0:
            raise ConfigurationError("nvdewarper: width, height and focal-length of a surface should be positive")


def surface_map(surface: Surface, width: int, height: int) -> Map:
    """Say where each pixel of a surface comes from in a picture of `width` x `height` pixels."""
    focal = surface.focal_length[0], surface.focal_length[-1]
    centre = (
        (width - 1) / 2 if surface.centre[0] is None else surface.centre[0],
        (height - 1) / 2 if surface.centre[1] is None else surface.centre[1],
    )
    rays = _rotation(surface) @ _RAYS[surface.projection](surface, focal)
    x, y = _perspective(rays, surface) if surface.projection == PERSPECTIVE else _fisheye(rays)
    shape = (surface.height, surface.width)
    return (
        (centre[0] + focal[0] * x).reshape(shape).astype(np.float32),
        (centre[1] + focal[1] * y).reshape(shape).astype(np.float32),
    )


def _axes(surface: Surface) -> tuple[Grid, Grid]:
    """Positions from the surface's middle, in pixels, flattened."""
    x = np.arange(surface.width) - (surface.width - 1) / 2
    y = np.arange(surface.height) - (surface.height - 1) / 2
    across, down = np.meshgrid(x, y)
    return across.ravel(), down.ravel()


def _latitude(surface: Surface) -> Grid:
    """The angle of each row, from the first row's to the last row's, in radians; up is positive."""
    rows = np.linspace(surface.top_angle, surface.bottom_angle, surface.height)
    return np.radians(np.repeat(rows, surface.width))


def _perspective_rays(surface: Surface, focal: tuple[float, float]) -> Grid:
    across, down = _axes(surface)
    return np.stack([across / focal[0], down / focal[1], np.ones_like(across)])


def _pushbroom_rays(surface: Surface, focal: tuple[float, float]) -> Grid:
    across, _ = _axes(surface)
    angle = _latitude(surface)
    return np.stack([across / focal[0], -np.sin(angle), np.cos(angle)])


def _cylinder_rays(surface: Surface, focal: tuple[float, float]) -> Grid:
    del focal  # angles alone say where a pixel looks
    across, _ = _axes(surface)
    longitude = np.radians(across / max(surface.width - 1, 1) * surface.fov)
    latitude = _latitude(surface)
    return np.stack([np.sin(longitude) * np.cos(latitude), -np.sin(latitude), np.cos(longitude) * np.cos(latitude)])


def _fisheye(rays: Grid) -> tuple[Grid, Grid]:
    """Equidistant: the distance from the centre is the angle to the axis."""
    side = np.hypot(rays[0], rays[1])
    angle = np.arctan2(side, rays[2])
    scale = np.divide(angle, side, out=np.ones_like(side), where=side > 0)
    return rays[0] * scale, rays[1] * scale


def _perspective(rays: Grid, surface: Surface) -> tuple[Grid, Grid]:
    """Brown's model of radial and tangential distortion; rays from behind come from nowhere."""
    ahead = rays[2] > 0
    depth = np.where(ahead, rays[2], 1)
    x, y = rays[0] / depth, rays[1] / depth
    k1, k2, k3, p1, p2 = (*surface.distortion, *[0.0] * _DISTORTIONS)[:_DISTORTIONS]
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    out_x = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x)
    out_y = y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y
    nowhere = -1e6
    return np.where(ahead, out_x, nowhere), np.where(ahead, out_y, nowhere)


def _rotation(surface: Surface) -> Grid:
    yaw, pitch, roll = np.radians([surface.yaw, surface.pitch, surface.roll])
    around_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    around_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    around_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    product: Grid = around_y @ around_x @ around_z
    return product


_RAYS: dict[int, Callable[[Surface, tuple[float, float]], Grid]] = {
    PUSHBROOM: _pushbroom_rays,
    VERTICAL_CYLINDER: _cylinder_rays,
    PERSPECTIVE: _perspective_rays,
}
