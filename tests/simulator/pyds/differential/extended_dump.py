"""All that can be read from a batch of an extended program."""

import ctypes
from typing import Any

import numpy as np
import pyds

from tests.simulator.pyds.differential.basic import text_at, walk

MetaType = pyds.NvDsMetaType
BOX = ("left", "top", "width", "height")
_LARGE = 2**40


def _number(value: int) -> Any:
    return value if value < _LARGE else "big"


def _colour(meta: Any) -> list[float]:
    return [round(value, 5) for value in (meta.red, meta.green, meta.blue, meta.alpha)]


def _rectangle(meta: Any) -> list[Any]:
    sides = [round(getattr(meta, name), 4) for name in BOX]
    return [*sides, meta.border_width, _colour(meta.border_color), meta.has_bg_color, _colour(meta.bg_color)]


def _text(meta: Any) -> list[Any]:
    font = meta.font_params
    head = [text_at(meta.display_text), meta.x_offset, meta.y_offset, meta.set_bg_clr, _colour(meta.text_bg_clr)]
    return [*head, text_at(font.font_name), font.font_size, _colour(font.font_color)]


def _layer(meta: Any, index: int) -> list[Any]:
    layer = pyds.get_nvds_LayerInfo(meta, index)
    dims, count = layer.inferDims, layer.inferDims.numElements
    sizes = [int(size) for size in dims.d[: dims.numDims]]
    seen = [layer.layerName, int(layer.dataType), repr(layer.dataType), dims.numDims, sizes, count]
    seen += [layer.isInput, layer.buffer is None]
    if int(layer.dataType) == 0:
        pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
        values = np.ctypeslib.as_array(pointer, shape=(count,))[:5]
        seen.append([round(value, 5) for value in values.tolist()])
        seen.append(round(pyds.get_detections(layer.buffer, count - 1), 5))
    return seen


def _tensor(data: Any) -> list[Any]:
    meta = pyds.NvDsInferTensorMeta.cast(data)
    network = meta.network_info
    layers = [_layer(meta, index) for index in range(meta.num_output_layers)]
    sizes = [network.width, network.height, network.channels]
    return [meta.unique_id, meta.num_output_layers, sizes, meta.gpu_id, layers]


def _mask(data: Any) -> list[Any]:
    meta = pyds.NvDsInferSegmentationMeta.cast(data)
    mask = pyds.get_segmentation_masks(meta)
    sizes = [meta.classes, meta.width, meta.height]
    return [*sizes, str(mask.dtype), list(mask.shape), int(mask.sum()), mask[0].tolist()[:5]]


def _event(data: Any) -> list[Any]:
    meta = pyds.NvDsEventMsgMeta.cast(data)
    seen = [int(meta.type), int(meta.objType), meta.sensorId, meta.frameId, round(meta.confidence, 5)]
    seen.append(_number(meta.trackingId))
    seen += [text_at(each) for each in (meta.ts, meta.sensorStr, meta.objectId, meta.otherAttrs, meta.videoPath)]
    seen += [meta.extMsgSize, meta.objClassId, [getattr(meta.bbox, name) for name in BOX]]
    seen += [[meta.location.lat, meta.location.lon], meta.moduleId, meta.placeId, meta.componentId]
    if meta.extMsgSize and meta.extMsg is not None:
        seen += _extension(meta)
    return seen


def _extension(meta: Any) -> list[Any]:
    if meta.objType == pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE:
        vehicle = pyds.NvDsVehicleObject.cast(meta.extMsg)
        return [[text_at(getattr(vehicle, name)) for name in ("type", "make", "model", "color", "license", "region")]]
    if meta.objType == pyds.NvDsObjectType.NVDS_OBJECT_TYPE_PERSON:
        person = pyds.NvDsPersonObject.cast(meta.extMsg)
        return [[*(text_at(getattr(person, name)) for name in ("gender", "hair", "cap", "apparel")), person.age]]
    return []


def _custom(data: Any) -> list[Any]:
    meta = pyds.CustomDataStruct.cast(data)
    return [meta.structId, text_at(meta.message), meta.sampleInt]


_READERS = {
    int(MetaType.NVDSINFER_TENSOR_OUTPUT_META): _tensor,
    int(MetaType.NVDSINFER_SEGMENTATION_META): _mask,
    int(MetaType.NVDS_EVENT_MSG_META): _event,
    int(MetaType.NVDS_USER_META): _custom,
}


def _users(head: Any) -> list[Any]:
    seen = []
    for user in walk(head, pyds.NvDsUserMeta.cast):
        kind, data = int(user.base_meta.meta_type), user.user_meta_data
        reader = _READERS.get(kind)
        seen.append([kind, data is None, *(reader(data) if reader and data is not None else [])])
    return seen


def _classifiers(head: Any) -> list[Any]:
    seen = []
    for meta in walk(head, pyds.NvDsClassifierMeta.cast):
        labels = [
            [each.result_label, each.result_class_id, round(each.result_prob, 5), each.label_id, each.num_classes]
            for each in walk(meta.label_info_list, pyds.NvDsLabelInfo.cast)
        ]
        seen.append([meta.unique_component_id, meta.num_labels, labels])
    return seen


def _object(meta: Any) -> list[Any]:
    detected, tracked = meta.detector_bbox_info.org_bbox_coords, meta.tracker_bbox_info.org_bbox_coords
    return [
        *(meta.class_id, _number(meta.object_id), meta.unique_component_id),
        *(round(meta.confidence, 5), round(meta.tracker_confidence, 5), meta.obj_label),
        *(_rectangle(meta.rect_params), _text(meta.text_params)),
        [round(getattr(detected, name), 4) for name in BOX],
        [round(getattr(tracked, name), 4) for name in BOX],
        *(meta.misc_obj_info.tolist(), meta.parent.class_id if meta.parent else None),
        *(_classifiers(meta.classifier_meta_list), _users(meta.obj_user_meta_list)),
    ]


def _display(meta: Any) -> list[Any]:
    lines, arrows = meta.line_params[: meta.num_lines], meta.arrow_params[: meta.num_arrows]
    circles = meta.circle_params[: meta.num_circles]
    return [
        *(meta.num_labels, meta.num_rects, meta.num_lines, meta.num_arrows, meta.num_circles),
        [_text(each) for each in meta.text_params[: meta.num_labels]],
        [_rectangle(each) for each in meta.rect_params[: meta.num_rects]],
        [[each.x1, each.y1, each.x2, each.y2, each.line_width, _colour(each.line_color)] for each in lines],
        [
            [each.x1, each.y1, each.x2, each.y2, each.arrow_width, int(each.arrow_head), _colour(each.arrow_color)]
            for each in arrows
        ],
        [[each.xc, each.yc, each.radius, _colour(each.circle_color), each.has_bg_color] for each in circles],
        meta.misc_osd_data.tolist(),
    ]


def _frame(meta: Any) -> list[Any]:
    return [
        *(meta.frame_num, meta.pad_index, meta.batch_id, meta.source_id, meta.bInferDone, meta.num_obj_meta),
        *(meta.source_frame_width, meta.misc_frame_info.tolist()),
        [_object(each) for each in walk(meta.obj_meta_list, pyds.NvDsObjectMeta.cast)],
        [_display(each) for each in walk(meta.display_meta_list, pyds.NvDsDisplayMeta.cast)],
        _users(meta.frame_user_meta_list),
    ]


def dump(batch: Any) -> list[Any]:
    """All that can be read from a batch."""
    frames = [_frame(each) for each in walk(batch.frame_meta_list, pyds.NvDsFrameMeta.cast)]
    return [batch.num_frames_in_batch, batch.misc_batch_info.tolist(), frames, _users(batch.batch_user_meta_list)]
