"""Every entry of behaviour.json, recorded on the compiled pyds 1.2.0, observed again on the simulated one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyds
import pytest
from pyds import _simulator as sim
from pyds._errors import CorruptionError

RECORD: dict[str, Any] = json.loads(Path(__file__).with_name("behaviour.json").read_text(encoding="utf-8"))
OBSERVED: dict[str, Any] = RECORD["observed"]


def new_batch() -> Any:
    return pyds.nvds_create_batch_meta(4)


def new_frame(batch: Any) -> Any:
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    return frame


def new_object() -> Any:
    return pyds.nvds_acquire_obj_meta_from_pool(new_batch())


def three_frames() -> Any:
    batch = new_batch()
    for number in (10, 11, 12):
        new_frame(batch).frame_num = number
    return batch


def three_objects() -> Any:
    batch = new_batch()
    frame = new_frame(batch)
    for number in range(3):
        made = pyds.nvds_acquire_obj_meta_from_pool(batch)
        made.class_id = number
        pyds.nvds_add_obj_meta_to_frame(frame, made, None)
    return frame


def walk(node: Any, kind: Any) -> list[Any]:
    found = []
    while node is not None:
        found.append(kind.cast(node.data))
        node = node.next
    return found


def classes(frame: Any) -> list[int]:
    return [item.class_id for item in walk(frame.obj_meta_list, pyds.NvDsObjectMeta)]


def family() -> tuple[Any, Any, Any]:
    """A frame of objects 2, 1, 0 whose last became 2, and a fresh child of 1."""
    frame = three_objects()
    _, parent, last = walk(frame.obj_meta_list, pyds.NvDsObjectMeta)
    last.class_id = 2
    child = pyds.nvds_acquire_obj_meta_from_pool(frame.base_meta.batch_meta)
    pyds.nvds_add_obj_meta_to_frame(frame, child, parent)
    return frame, parent, child


def after(struct: Any, attribute: str, value: Any) -> Any:
    setattr(struct, attribute, value)
    return getattr(struct, attribute)


def text_after(struct: Any, attribute: str, value: str) -> list[Any]:
    address = after(struct, attribute, value)
    return [type(address).__name__, pyds.get_string(address)]


def color_set() -> list[float]:
    color = pyds.NvOSD_ColorParams()
    color.set(1, 0, 0, 1)
    return [color.red, color.alpha]


def remove_middle() -> str:
    frame, parent, _ = family()
    pyds.nvds_remove_obj_meta_from_frame(frame, parent)
    return repr((classes(frame), frame.num_obj_meta))


def orphan() -> str:
    frame, parent, child = family()
    pyds.nvds_remove_obj_meta_from_frame(frame, parent)
    assert child.parent.class_id == 0  # zeros since it went back to its pool
    return f"still an {type(child.parent).__name__} (no crash on access)"


def classifier() -> dict[str, Any]:
    target = new_object()
    batch = target.base_meta.batch_meta
    meta = pyds.nvds_acquire_classifier_meta_from_pool(batch)
    label = pyds.nvds_acquire_label_info_meta_from_pool(batch)
    seen = {
        "num_labels": meta.num_labels,
        "prob": label.result_prob,
        "cid": meta.unique_component_id,
        "label_id": label.label_id,
    }
    meta.unique_component_id, label.result_label, label.result_prob, label.label_id = 3, "car", 0.75, 4
    pyds.nvds_add_label_info_meta_to_classifier(meta, label)
    pyds.nvds_add_classifier_meta_to_object(target, meta)
    (read,) = walk(target.classifier_meta_list, pyds.NvDsClassifierMeta)
    (name,) = walk(read.label_info_list, pyds.NvDsLabelInfo)
    numbers = [read.unique_component_id, read.num_labels]
    return {**seen, "after": [*numbers, name.result_label, name.result_prob, name.label_id]}


def display() -> dict[str, Any]:
    batch = new_batch()
    frame = new_frame(batch)
    meta = pyds.nvds_acquire_display_meta_from_pool(batch)
    seen = {name: getattr(meta, name) for name in ("num_labels", "num_rects", "num_lines", "num_circles", "num_arrows")}
    seen |= {f"len {name}": len(getattr(meta, name)) for name in ("text_params", "rect_params")}
    seen["len line"] = len(meta.line_params)
    meta.num_labels = 1
    meta.text_params[0].display_text = "abc"
    pyds.nvds_add_display_meta_to_frame(frame, meta)
    (read,) = walk(frame.display_meta_list, pyds.NvDsDisplayMeta)
    return {**seen, "in frame": 1, "text": pyds.get_string(read.text_params[0].display_text)}


def user() -> dict[str, Any]:
    batch = new_batch()
    frame = new_frame(batch)
    meta = pyds.nvds_acquire_user_meta_from_pool(batch)
    seen = {"meta_type fresh": repr(meta.base_meta.meta_type), "data fresh": repr(meta.user_meta_data)}
    pyds.nvds_add_user_meta_to_frame(frame, meta)
    found = walk(frame.frame_user_meta_list, pyds.NvDsUserMeta)
    return {
        **seen,
        "count": len(found),
        "type equals enum": found[0].base_meta.meta_type == pyds.NvDsMetaType.NVDS_USER_META,
    }


def shape(array: Any) -> list[Any]:
    return [str(array.dtype), list(array.shape)]


def border() -> list[float]:
    color = new_object().rect_params.border_color
    return [color.red, color.green, color.blue, color.alpha]


def spellings() -> list[Any]:
    member = pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META
    return [member == pyds.NVDSINFER_TENSOR_OUTPUT_META, int(member)]


AGAIN: dict[str, Callable[[], Any]] = {
    "max_frames_in_batch": lambda: new_batch().max_frames_in_batch,
    "num_frames_in_batch empty": lambda: new_batch().num_frames_in_batch,
    "frame_meta_list of an empty batch": lambda: new_batch().frame_meta_list,
    "frame order after adding 10,11,12": lambda: [
        frame.frame_num for frame in walk(three_frames().frame_meta_list, pyds.NvDsFrameMeta)
    ],
    "num_frames_in_batch after 3 adds": lambda: three_frames().num_frames_in_batch,
    "type of list node": lambda: type(three_frames().frame_meta_list).__name__,
    "type of node.data": lambda: type(three_frames().frame_meta_list.data).__name__,
    "node.next past the end": lambda: three_frames().frame_meta_list.next.next.next,
    "node.previous before the start": lambda: three_frames().frame_meta_list.previous,
    "list node is a python iterable": lambda: iter(three_frames().frame_meta_list),
    "fresh frame meta misc_frame_info": lambda: shape(new_frame(new_batch()).misc_frame_info),
    "frame_meta.bInferDone = True then read": lambda: after(new_frame(new_batch()), "bInferDone", value=True),
    "obj_meta_list empty": lambda: new_frame(new_batch()).obj_meta_list,
    "fresh rect border_color": border,
    "fresh text_params.display_text": lambda: new_object().text_params.display_text,
    "fresh font_name": lambda: new_object().text_params.font_params.font_name,
    "fresh misc_obj_info": lambda: shape(new_object().misc_obj_info),
    "fresh mask_params.data": lambda: new_object().mask_params.data,
    "object order after adding classes 0,1,2": lambda: classes(three_objects()),
    "num_obj_meta after 3 adds": lambda: three_objects().num_obj_meta,
    "confidence 0.1 read back (float32)": lambda: after(new_object(), "confidence", 0.1),
    "rect left 1.5 read back": lambda: after(new_object().rect_params, "left", 1.5),
    "obj_label read back": lambda: after(new_object(), "obj_label", "lab0"),
    "obj_label utf-8 read back": lambda: after(new_object(), "obj_label", "größe"),
    "object_id max uint64": lambda: after(new_object(), "object_id", 2**64 - 1),
    "class_id = numpy.int64(2)": lambda: after(new_object(), "class_id", np.int64(2)),
    "class_id = 2.0 (float)": lambda: after(new_object(), "class_id", 2.0),
    "class_id = numpy.float32(2)": lambda: after(new_object(), "class_id", np.float32(2)),
    "confidence = numpy.float32(.5)": lambda: after(new_object(), "confidence", np.float32(0.5)),
    "rect left = numpy.float64(3.25)": lambda: after(new_object().rect_params, "left", np.float64(3.25)),
    'rect left = "a"': lambda: after(new_object().rect_params, "left", "a"),
    "obj_label = 5": lambda: after(new_object(), "obj_label", 5),
    'text_params.display_text after "hello"': lambda: text_after(new_object().text_params, "display_text", "hello"),
    "font_name after set": lambda: text_after(new_object().text_params.font_params, "font_name", "Serif"),
    "x_offset = 3.7 (float)": lambda: after(new_object().text_params, "x_offset", 3.7),
    "x_offset = -1": lambda: after(new_object().text_params, "x_offset", -1),
    "color set(1,0,0,1)": color_set,
    "child.parent": lambda: [type(family()[2].parent).__name__, family()[2].parent.class_id],
    "object order with child": lambda: classes(family()[0]),
    "remove middle object": remove_middle,
    "child.parent after its parent was removed": orphan,
    "classifier meta round trip": classifier,
    "display meta": display,
    "user meta": user,
    "NVDSINFER_TENSOR_OUTPUT_META both spellings": spellings,
    "nth frame meta 1": lambda: pyds.nvds_get_nth_frame_meta(three_frames().frame_meta_list, 1).frame_num,
    "cast(0)": lambda: pyds.NvDsFrameMeta.cast(0),
}

# "fresh <what><attribute>" stands for reading one attribute of a fresh structure.
FRESH: dict[str, Callable[[], Any]] = {
    "fresh frame meta .": lambda: new_frame(new_batch()),
    "fresh object meta .": new_object,
    "fresh rect_params.": lambda: new_object().rect_params,
}

ON_A_BUFFER = {"batch meta of a buffer that carries none", "batch meta type", "hash of batch meta stable"}


def fresh(name: str) -> Callable[[], Any] | None:
    for prefix, make in FRESH.items():
        if name.startswith(prefix):
            return lambda: getattr(make(), name.removeprefix(prefix))
    return None


@pytest.mark.parametrize("name", [name for name in OBSERVED if name not in ON_A_BUFFER])
def test_the_simulated_bindings_do_what_the_compiled_ones_did(name: str) -> None:
    recorded = OBSERVED[name]
    again = AGAIN.get(name) or fresh(name)
    assert again is not None, "no test observes this entry"
    if isinstance(recorded, dict) and "raises" in recorded:
        with pytest.raises(Exception) as caught:  # noqa: PT011 # the record names the type
            again()
        assert type(caught.value).__name__ == recorded["raises"]
        assert str(caught.value).startswith(recorded["text"])
    else:
        seen = again()
        assert seen == recorded
        assert type(seen) is type(recorded)


@pytest.mark.gstreamer
def test_batch_metadata_of_a_buffer_do_what_the_compiled_ones_did(gst: Any, batch: Any) -> None:
    buffer = gst.buffer()
    assert pyds.gst_buffer_get_nvds_batch_meta(buffer) is OBSERVED["batch meta of a buffer that carries none"]
    sim.attach_batch_meta(buffer, batch)
    first, second = (pyds.gst_buffer_get_nvds_batch_meta(buffer) for _ in range(2))
    assert type(first).__name__ == OBSERVED["batch meta type"]
    assert (hash(first) == hash(second)) is OBSERVED["hash of batch meta stable"]
    gst.free(buffer)


@pytest.mark.parametrize(
    ("owner", "attribute", "make"),
    [
        ("NvDsObjectMeta", "obj_label", new_object),
        ("NvDsLabelInfo", "result_label", lambda: pyds.nvds_acquire_label_info_meta_from_pool(new_batch())),
    ],
)
def test_a_label_of_128_bytes_raises_where_the_compiled_one_corrupts_memory(
    owner: str, attribute: str, make: Callable[[], Any]
) -> None:
    struct = make()
    setattr(struct, attribute, "x" * 127)
    with pytest.raises(CorruptionError, match=f"{owner}.{attribute}"):
        setattr(struct, attribute, "ö" * 64)
    assert getattr(struct, attribute) == "x" * 127


def test_a_shorter_label_over_a_longer_one_keeps_the_old_tail() -> None:
    struct = new_object()
    struct.obj_label = "x" * 20
    struct.obj_label = "größe"
    assert struct.obj_label == "größe" + "x" * 13


def test_a_text_is_read_and_freed_by_its_address() -> None:
    params = new_object().text_params
    params.display_text = "hello"
    address = params.display_text
    assert pyds.get_string(address) == "hello"
    pyds.free_buffer(address)
    with pytest.raises(CorruptionError, match="freed twice"):
        pyds.free_buffer(address)
