"""What programs read of nvdspreprocess's regions, in releases whose bindings have names for it (8.0 and later)."""

import math
from typing import Any

import pyds

from simulator.inference.settings import InputSettings
from simulator.support import batches

_SIZES = {"FP32": 4, "UINT8": 1, "INT8": 1, "UINT32": 4, "INT32": 4, "FP16": 2}
_NAMES = {"float32": "FP32", "uint8": "UINT8", "int8": "INT8", "uint32": "UINT32", "int32": "INT32", "float16": "FP16"}


def attached(batch: batches.Batch, prepared: batches.PreparedBatch) -> Any:
    """The regions as the release's programs read them; only nvinfer reads those of a release without names for them.

    The tensor itself is made by nvinfer here, so `raw_tensor_buffer` is None.
    """
    if not hasattr(pyds, "GstNvDsPreProcessBatchMeta"):
        return prepared
    meta: Any = pyds.GstNvDsPreProcessBatchMeta()
    meta._prepared = prepared  # what nvinfer reads
    meta.target_unique_ids = sorted(prepared.targets)
    meta.tensor_meta = _tensor(prepared)
    frames = {frame.batch_id: frame for frame in batches.frames(batch)}
    meta.roi_vector = [_region(frames[each.batch_id], each, prepared.tensor.input) for each in prepared.regions]
    return meta


def _tensor(prepared: batches.PreparedBatch) -> Any:
    settings, name = prepared.tensor.input, _NAMES[prepared.tensor.dtype]
    meta: Any = pyds.NvDsPreProcessTensorMeta()
    meta.tensor_name = prepared.tensor.name
    meta.tensor_shape = [len(prepared.regions), *_arranged(settings)]
    meta.data_type = getattr(pyds.NvDsDataType, f"NvDsDataType_{name}")
    meta.buffer_size = math.prod(meta.tensor_shape) * _SIZES[name]
    meta.maintain_aspect_ratio = int(settings.maintain_aspect_ratio)
    return meta


def _arranged(settings: InputSettings) -> tuple[int, ...]:
    channels, height, width = settings.dims or (settings.channels, 0, 0)
    return (height, width, channels) if settings.channels_last else (channels, height, width)


def _region(frame: Any, region: batches.PreparedRegion, settings: InputSettings) -> Any:
    """A region with its scale: the network's pixels for one of the frame's (UNVERIFIED which way NVIDIA counts)."""
    meta: Any = pyds.NvDsRoiMeta()
    box, found = meta.roi, region.rectangle
    box.left, box.top, box.width, box.height = found.left, found.top, found.width, found.height
    meta.frame_meta, meta.object_meta = frame, region.obj
    _, height, width = settings.dims or (0, 0, 0)
    across, down = width / found.width, height / found.height
    if settings.maintain_aspect_ratio:
        across = down = min(across, down)
    meta.scale_ratio_x, meta.scale_ratio_y = across, down
    if settings.symmetric_padding:
        meta.offset_left, meta.offset_top = (width - found.width * across) / 2, (height - found.height * down) / 2
    return meta
