"""Random programs over frames, objects, their numbers and texts, classifiers, display and user metadata.

A program is its seed: the order of the calls to `random` is part of the record, so it must not change.
"""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pyds

VALUES: list[Any] = [
    *(0, 1, 7, -1, 2**31 - 1, 2.0, 0.1, True, None, "x", np.int64(3), np.int32(4), np.float32(0.25), np.float64(1e-3)),
    *(np.uint8(9), [1]),
]
FRAME = [
    *("frame_num", "pad_index", "batch_id", "source_id", "buf_pts", "ntp_timestamp", "bInferDone"),
    *("source_frame_width", "source_frame_height", "surface_index", "num_surfaces_per_frame"),
]
OBJECT = ["class_id", "object_id", "confidence", "tracker_confidence", "unique_component_id"]
RECTANGLE = ["left", "top", "width", "height", "border_width", "has_bg_color"]
TEXT = ["x_offset", "y_offset", "set_bg_clr"]
LABELS = ["", "car", "größe", "a" * 100, "person 0.9"]
OPERATIONS = [
    *("frame", "frame", "obj", "obj", "obj", "obj", "setf", "seto", "seto", "setr", "sett", "label", "text", "class"),
    *("display", "user", "ouser", "buser", "remove", "removef", "clear"),
]


def walk(node: Any, cast: Callable[[Any], Any]) -> list[Any]:
    """The entries of a list."""
    found = []
    while node is not None:
        found.append(cast(node.data))
        node = node.next
    return found


def shown(value: Any) -> Any:
    """A value as the record holds it."""
    if isinstance(value, float):
        return round(value, 6)
    return value if isinstance(value, (int, str, bool, type(None))) else type(value).__name__


def attempt(call: Callable[[], Any]) -> Any:
    """What a call returned, or the name of what it raised."""
    try:
        return shown(call())
    except Exception as error:  # noqa: BLE001 # the record holds the name of whatever was raised
        return type(error).__name__


def text_at(address: int) -> Any:
    """The text behind an address; 0 for none."""
    return pyds.get_string(address) if address else address


class Program:
    """One random program over one batch.

    Args:
        seed: Which program.
        batch: An empty batch with room for eight frames.
    """

    def __init__(self, seed: int, batch: Any) -> None:
        self.random = random.Random(seed)
        self.batch = batch
        self.log: list[Any] = []
        self.frames: list[Any] = []
        self.objects: list[tuple[Any, Any]] = []

    def run(self) -> list[Any]:
        """The log: what each operation answered, and the whole batch behind it."""
        for _ in range(self.random.randint(5, 40)):
            self.frames = walk(self.batch.frame_meta_list, pyds.NvDsFrameMeta.cast)
            listed = [(frame, walk(frame.obj_meta_list, pyds.NvDsObjectMeta.cast)) for frame in self.frames]
            self.objects = [(frame, each) for frame, found in listed for each in found]
            name = self.random.choice(OPERATIONS)
            getattr(self, f"_{name}")()
            self.log.append([name, dump(self.batch)])
        return self.log

    def _frame(self) -> None:
        if len(self.frames) >= 6:
            return
        frame = pyds.nvds_acquire_frame_meta_from_pool(self.batch)
        frame.frame_num, frame.pad_index = self.random.randint(0, 99), len(self.frames)
        pyds.nvds_add_frame_meta_to_batch(self.batch, frame)

    def _obj(self) -> None:
        if not self.frames:
            return
        frame = self.random.choice(self.frames)
        here = (frame.frame_num, frame.pad_index)
        mine = [each for owner, each in self.objects if (owner.frame_num, owner.pad_index) == here]
        made = pyds.nvds_acquire_obj_meta_from_pool(self.batch)
        made.class_id = self.random.randint(0, 9)
        made.obj_label = ""
        parent = self.random.choice(mine) if mine and self.random.random() < 0.3 else None
        pyds.nvds_add_obj_meta_to_frame(frame, made, parent)

    def _set(self, name: str, targets: list[Any], attributes: list[str]) -> None:
        if not targets:
            return
        target, attribute, value = (self.random.choice(each) for each in (targets, attributes, VALUES))
        answer = attempt(lambda: setattr(target, attribute, value))
        read = attempt(lambda: getattr(target, attribute))
        self.log.append([name, attribute, type(value).__name__, answer, read])

    def _setf(self) -> None:
        self._set("setf", self.frames, FRAME)

    def _seto(self) -> None:
        self._set("seto", [each for _, each in self.objects], OBJECT)

    def _setr(self) -> None:
        self._set("setr", [each.rect_params for _, each in self.objects], RECTANGLE)

    def _sett(self) -> None:
        self._set("sett", [each.text_params for _, each in self.objects], TEXT)

    def _label(self) -> None:
        if self.objects:
            found = self.random.choice(self.objects)[1]
            if not found.obj_label:
                found.obj_label = self.random.choice(LABELS)

    def _text(self) -> None:
        if self.objects:
            words = self.random.choice(LABELS)
            self.random.choice(self.objects)[1].text_params.display_text = words

    def _class(self) -> None:
        if not self.objects:
            return
        meta = pyds.nvds_acquire_classifier_meta_from_pool(self.batch)
        meta.unique_component_id = self.random.randint(1, 4)
        for _ in range(self.random.randint(0, 3)):
            label = pyds.nvds_acquire_label_info_meta_from_pool(self.batch)
            label.result_class_id, label.result_prob = self.random.randint(0, 5), self.random.random()
            label.result_label = self.random.choice(LABELS[:2] + LABELS[3:])
            pyds.nvds_add_label_info_meta_to_classifier(meta, label)
        pyds.nvds_add_classifier_meta_to_object(self.random.choice(self.objects)[1], meta)

    def _display(self) -> None:
        if not self.frames:
            return
        meta = pyds.nvds_acquire_display_meta_from_pool(self.batch)
        meta.num_labels, meta.num_rects = self.random.randint(0, 4), self.random.randint(0, 4)
        pyds.nvds_add_display_meta_to_frame(self.random.choice(self.frames), meta)

    def _fresh_user(self) -> Any:
        user = pyds.nvds_acquire_user_meta_from_pool(self.batch)
        user.base_meta.meta_type = pyds.NvDsMetaType.NVDS_USER_META
        return user

    def _user(self) -> None:
        user = self._fresh_user()
        if self.frames:
            pyds.nvds_add_user_meta_to_frame(self.random.choice(self.frames), user)

    def _ouser(self) -> None:
        user = self._fresh_user()
        if self.objects:
            pyds.nvds_add_user_meta_to_obj(self.random.choice(self.objects)[1], user)

    def _buser(self) -> None:
        pyds.nvds_add_user_meta_to_batch(self.batch, self._fresh_user())

    def _remove(self) -> None:
        if not self.objects:
            return
        frame, victim = self.random.choice(self.objects)
        parents = [each.parent for _, each in self.objects if each.parent is not None]
        if all(parent.class_id != victim.class_id for parent in parents):
            pyds.nvds_remove_obj_meta_from_frame(frame, victim)

    def _removef(self) -> None:
        """Nothing: NVIDIA's library corrupts the batch when a frame is removed."""

    def _clear(self) -> None:
        if self.frames and self.random.random() < 0.2:
            frame = self.random.choice(self.frames)
            answer = attempt(lambda: pyds.nvds_clear_obj_meta_list(frame, frame.obj_meta_list))
            self.log.append(["clear", answer, attempt(lambda: frame.num_obj_meta)])


def _classifier(meta: Any) -> list[Any]:
    labels = walk(meta.label_info_list, pyds.NvDsLabelInfo.cast)
    results = [[each.result_label, each.result_class_id, round(each.result_prob, 5)] for each in labels]
    return [meta.unique_component_id, meta.num_labels, results]


def _object(meta: Any) -> list[Any]:
    return [
        [shown(getattr(meta, name)) for name in OBJECT],
        meta.obj_label,
        [shown(getattr(meta.rect_params, name)) for name in RECTANGLE],
        text_at(meta.text_params.display_text),
        [shown(getattr(meta.text_params, name)) for name in TEXT],
        meta.parent.class_id if meta.parent else None,
        [_classifier(each) for each in walk(meta.classifier_meta_list, pyds.NvDsClassifierMeta.cast)],
        len(walk(meta.obj_user_meta_list, pyds.NvDsUserMeta.cast)),
    ]


def _frame(meta: Any) -> list[Any]:
    displays = walk(meta.display_meta_list, pyds.NvDsDisplayMeta.cast)
    return [
        [shown(getattr(meta, name)) for name in FRAME],
        meta.num_obj_meta,
        [_object(each) for each in walk(meta.obj_meta_list, pyds.NvDsObjectMeta.cast)],
        [[each.num_labels, each.num_rects, each.num_lines, each.num_circles] for each in displays],
        [int(each.base_meta.meta_type) for each in walk(meta.frame_user_meta_list, pyds.NvDsUserMeta.cast)],
    ]


def dump(batch: Any) -> list[Any]:
    """All that can be read from a batch."""
    frames = [_frame(each) for each in walk(batch.frame_meta_list, pyds.NvDsFrameMeta.cast)]
    users = walk(batch.batch_user_meta_list, pyds.NvDsUserMeta.cast)
    return [batch.num_frames_in_batch, frames, len(users)]
