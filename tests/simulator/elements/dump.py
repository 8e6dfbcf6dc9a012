"""Play a pipeline and keep what its element named `dump` gets: pixels as arrays, metadata as JSON.

Usage: dump.py <pipeline description> <folder>
"""

import ctypes
import json
import sys
from pathlib import Path

import gi
import numpy as np

gi.require_version("Gst", "1.0")
import pyds
from gi.repository import Gst


def numbers_of(frame: pyds.NvDsFrameMeta) -> dict:
    return {
        "pad": frame.pad_index,
        "source": frame.source_id,
        "batch_id": frame.batch_id,
        "number": frame.frame_num,
        "pts": frame.buf_pts,
        "size": [frame.source_frame_width, frame.source_frame_height],
        "inferred": frame.bInferDone,
        "objects": boxes_of(frame),
    }


def boxes_of(frame: pyds.NvDsFrameMeta) -> list:
    boxes, node = [], frame.obj_meta_list
    while node is not None:
        obj = pyds.NvDsObjectMeta.cast(node.data)
        rect = obj.rect_params
        boxes.append([rect.left, rect.top, rect.width, rect.height])
        node = node.next
    return boxes


def tensors_of(frame: pyds.NvDsFrameMeta) -> list:
    found, node = [], frame.frame_user_meta_list
    while node is not None:
        user = pyds.NvDsUserMeta.cast(node.data)
        if user.base_meta.meta_type == pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META:
            meta = pyds.NvDsInferTensorMeta.cast(user.user_meta_data)
            layer = pyds.get_nvds_LayerInfo(meta, 0)
            pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
            shape = [int(layer.inferDims.d[axis]) for axis in range(layer.inferDims.numDims)]
            found.append(np.ctypeslib.as_array(pointer, shape=shape).copy())
        node = node.next
    return found


def main(description: str, folder: Path) -> int:
    Gst.init(None)
    pipeline = Gst.parse_launch(description)
    batches: list[dict] = []

    def keep(_pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        buffer = info.get_buffer()
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
        frames, node = [], batch.frame_meta_list
        while node is not None:
            frame = pyds.NvDsFrameMeta.cast(node.data)
            name = f"{len(batches)}_{frame.batch_id}"
            try:
                pixels = pyds.get_nvds_buf_surface(hash(buffer), frame.batch_id)
            except RuntimeError:
                pixels = None
            if pixels is not None:
                np.save(folder / f"{name}.npy", pixels)
            for index, tensor in enumerate(tensors_of(frame)):
                np.save(folder / f"{name}_tensor{index}.npy", tensor)
            frames.append(numbers_of(frame))
            node = node.next
        batches.append({"pts": buffer.pts, "frames": frames})
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("dump").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, keep)
    pipeline.set_state(Gst.State.PLAYING)
    kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, kinds)
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        sys.exit(str(message.parse_error() if message else "no end of stream"))
    print(json.dumps(batches))  # what the test reads
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
