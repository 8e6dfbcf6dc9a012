"""A Kalman filter with constant velocity for one box."""

import numpy as np
import numpy.typing as npt

from simulator.tracking.settings import TrackerSettings

Vector = npt.NDArray[np.float64]
"""Shape (4,): centre x, centre y, width, height; or their change per frame."""


class Motion:
    """Where a box is and how it moves; each of its four numbers is filtered on its own.

    Args:
        box: Shape (4,): left, top, width, height in pixels.
        settings: The variances.
    """

    def __init__(self, box: npt.NDArray[np.float32], settings: TrackerSettings) -> None:
        noise = settings.noise_measurement
        self._measured = noise
        self._drift = np.array([settings.noise_location] * 2 + [settings.noise_size] * 2)
        self._push = np.full(4, settings.noise_velocity)
        self._value = _centred(box)
        self._speed = np.zeros(4)
        self._variance = np.full(4, noise)
        self._shared = np.zeros(4)
        self._speed_variance = np.full(4, 10 * noise)

    @property
    def box(self) -> npt.NDArray[np.float32]:
        """Left, top, width and height in pixels; sizes are at least one."""
        size = np.maximum(self._value[2:], 1)
        box: npt.NDArray[np.float32] = np.concatenate([self._value[:2] - size / 2, size]).astype(np.float32)
        return box

    def predict(self) -> None:
        """Move on by one frame."""
        self._value = self._value + self._speed
        self._variance = self._variance + 2 * self._shared + self._speed_variance + self._drift
        self._shared = self._shared + self._speed_variance
        self._speed_variance = self._speed_variance + self._push

    def correct(self, box: npt.NDArray[np.float32]) -> None:
        """Take a detection into account."""
        surprise = _centred(box) - self._value
        total = self._variance + self._measured
        gain, speed_gain = self._variance / total, self._shared / total
        self._value = self._value + gain * surprise
        self._speed = self._speed + speed_gain * surprise
        self._speed_variance = self._speed_variance - speed_gain * self._shared
        self._variance = (1 - gain) * self._variance
        self._shared = (1 - gain) * self._shared


def _centred(box: npt.NDArray[np.float32]) -> Vector:
    left, top, width, height = (float(part) for part in box)
    return np.array([left + width / 2, top + height / 2, width, height])
