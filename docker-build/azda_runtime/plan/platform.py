"""What differs between devices and releases, as data: nothing else in a plan does."""

from dataclasses import dataclass

_SDK = "/opt/nvidia/deepstream/deepstream"


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """A device with its DeepStream release.

    Attributes:
        hardware_encoder: Whether NVENC is there; Orin Nano and plain CPUs have none.
        gpu_drawing: Whether boxes are drawn by the GPU.
        tracker_library: NVIDIA's multi-object tracker.
        light_tracker: Its configuration that follows boxes by their overlap alone; empty where that needs no file.
    """

    hardware_encoder: bool = True
    gpu_drawing: bool = True
    tracker_library: str = f"{_SDK}/lib/libnvds_nvmultiobjecttracker.so"
    # The path of the sample in NVIDIA's images from 6.2 on; not seen in an image here: UNVERIFIED.
    light_tracker: str = f"{_SDK}/samples/configs/deepstream-app/config_tracker_IOU.yml"

    @classmethod
    def of(cls, target: str, *, has_encoder: bool) -> "Platform":
        """The platform of a device type.

        Args:
            target: dgpu, jetson or cpu, as the image's index names it.
            has_encoder: Whether the element for hardware encoding is there.
        """
        is_cpu = target.lower() == "cpu"
        if is_cpu:  # the simulated tracker follows boxes by their overlap when it gets no file
            return cls(hardware_encoder=False, gpu_drawing=False, light_tracker="")
        return cls(hardware_encoder=has_encoder)
