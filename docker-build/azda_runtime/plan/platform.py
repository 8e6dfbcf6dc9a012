"""What differs between devices and releases, as data: nothing else in a plan does."""

from dataclasses import dataclass
from pathlib import Path

_LIGHT_TRACKER = "light_tracker.yml"
_SDK = "/opt/nvidia/deepstream/deepstream"


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """A device with its DeepStream release.

    Attributes:
        hardware_encoder: Whether NVENC is there; Orin Nano and plain CPUs have none.
        gpu_drawing: Whether boxes are drawn by the GPU.
        tracker_library: NVIDIA's multi-object tracker.
        light_tracker: Its configuration that follows boxes by their overlap alone.
    """

    hardware_encoder: bool = True
    gpu_drawing: bool = True
    tracker_library: str = f"{_SDK}/lib/libnvds_nvmultiobjecttracker.so"
    # Ours, and not NVIDIA's config_tracker_IOU.yml, which drops what nvinfer groups (minDetectorConfidence 0).
    light_tracker: str = f"/opt/azda/azda_runtime/plan/{_LIGHT_TRACKER}"

    @classmethod
    def of(cls, target: str, *, has_encoder: bool) -> "Platform":
        """The platform of a device type.

        Args:
            target: dgpu, jetson or cpu, as the image's index names it.
            has_encoder: Whether the element for hardware encoding is there.
        """
        if target.lower() == "cpu":  # also where the runtime is simulated, wherever it lies there
            own = str(Path(__file__).with_name(_LIGHT_TRACKER))
            return cls(hardware_encoder=False, gpu_drawing=False, light_tracker=own)
        return cls(hardware_encoder=has_encoder)
