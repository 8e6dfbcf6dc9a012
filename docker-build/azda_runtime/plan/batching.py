"""How many frames a model is given at once.

nvinfer hands a model as many frames as its `batch-size` says and comes back for the rest of a batch (gstnvinfer.cpp),
so a smaller number is always right, and one above what the model was made for never is.
"""

import re

from azda_runtime.configuration import Configuration, ConfigurationKind
from azda_runtime.files import is_file
from dsconfig.onnx_header import fixed_batch

# nvinfer names the engines that it builds so: model.onnx_b4_gpu0_fp16.engine.
_ENGINE = re.compile(r"_b([1-9]\d{0,3})_")


def batch_size(configuration: Configuration, streams: int) -> int:
    """The `batch-size` of a primary model: one frame of each stream, or what the model takes where that is less.

    An engine that lies ready is what nvinfer loads, before any ONNX file. What says nothing about its batch counts as
    taking any.

    Args:
        configuration: The model's.
        streams: How many feed it.
    """
    if configuration.kind is not ConfigurationKind.NVINFER:
        return streams
    files = {named.key: named.path for named in configuration.named_files()}
    engine, model = files.get("model-engine-file"), files.get("onnx-file")
    if engine is not None and (model is None or is_file(engine)) and (reported := _ENGINE.search(engine.name)):
        return min(streams, int(reported[1]))
    fixed = fixed_batch(model) if model is not None else None
    return streams if fixed is None else min(streams, fixed)
