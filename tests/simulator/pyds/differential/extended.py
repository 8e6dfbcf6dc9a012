"""Random programs over everything that hangs on a batch: tensors, masks, events, own structures, drawings, copies.

A program is its seed: the order of the calls to `random` is part of the record, so it must not change.
"""

import random
from collections.abc import Callable
from typing import Any

import pyds

from tests.simulator.pyds.differential.basic import attempt as named_attempt
from tests.simulator.pyds.differential.basic import walk
from tests.simulator.pyds.differential.extended_dump import dump
from tests.simulator.pyds.differential.user_filler import BOX, KINDS, LABELS, UserFiller, set_quarters

POOLS = ("obj", "frame", "user", "display", "classifier", "label_info")
OPERATIONS = [
    *("frame", "frame", "obj", "obj", "obj", "obj", "class", "class", "rmclass", "rmlabel", "display", "rmdisplay"),
    *("user", "tensor", "seg", "event", "event", "custom", "pyfunc", "plain", "rmuser", "rmobj", "clear", "copybuf"),
    *("cplists", "nth", "pool"),
]

CLEARED = {
    "obj": "obj_meta",
    "disp": "display_meta",
    "fuser": "frame_user_meta",
    "buser": "batch_user_meta",
    "ouser": "obj_user_meta",
}


def attempt(call: Callable[[], Any]) -> Any:
    """What a call returned, or the name of what it raised in a list."""
    failed: list[Any] = []

    def observed() -> Any:
        try:
            return call()
        except Exception as error:
            failed.append(type(error).__name__)
            raise

    answer = named_attempt(observed)
    return failed or answer


class Program:
    """One random program over buffers that are copied on the way.

    Args:
        seed: Which program.
        buffer: The address of a buffer with an empty batch for eight frames.
        copy: Copies a buffer with all that it carries.
    """

    def __init__(self, seed: int, buffer: int, copy: Callable[[int], int]) -> None:
        self.random = random.Random(seed)
        self.buffers, self._copy = [buffer], copy
        self.batches = [pyds.gst_buffer_get_nvds_batch_meta(buffer)]
        self._users = UserFiller(self.random)
        self.kept: list[Any] = []
        self.batch: Any = None
        self.frames: list[Any] = []
        self.objects: list[tuple[Any, Any]] = []

    def run(self, free: Callable[[int], None]) -> list[Any]:
        """The log: each operation's answer, the callbacks, and the whole batch behind it."""
        log: list[Any] = []
        try:
            for _ in range(self.random.randint(5, 30)):
                self._step(log)
        finally:
            for buffer in self.buffers:
                free(buffer)
        return [*log, ["end", None, sorted(self._users.calls), None]]

    def _step(self, log: list[Any]) -> None:
        self.batch = self.batches[-1] if self.random.random() < 0.8 else self.random.choice(self.batches)
        self.frames = walk(self.batch.frame_meta_list, pyds.NvDsFrameMeta.cast)
        listed = [(frame, walk(frame.obj_meta_list, pyds.NvDsObjectMeta.cast)) for frame in self.frames]
        self.objects = [(frame, each) for frame, found in listed for each in found]
        name = self.random.choice(OPERATIONS)
        if name in KINDS:
            where = self.random.choice(["frame", "obj", "batch"])
            if (where == "frame" and not self.frames) or (where == "obj" and not self.objects):
                return
            answer = self._add_user(name, where)
        else:
            answer = getattr(self, f"_{name}")()
        log.append([name, answer, self._users.calls.copy(), dump(self.batch)])
        self._users.calls.clear()

    def _frame(self) -> None:
        if len(self.frames) >= 4:
            return
        frame, number = pyds.nvds_acquire_frame_meta_from_pool(self.batch), self.random.randint
        self.kept.append(frame)
        frame.frame_num, frame.pad_index, frame.source_id = number(0, 99), len(self.frames), number(0, 9)
        frame.misc_frame_info[1] = number(0, 9)
        frame.source_frame_width = number(1, 99)
        pyds.nvds_add_frame_meta_to_batch(self.batch, frame)

    def _colour(self) -> float:
        return self.random.randint(0, 4) / 4

    def _obj(self) -> None:
        if not self.frames:
            return
        draw = self.random
        frame = draw.choice(self.frames)
        made = pyds.nvds_acquire_obj_meta_from_pool(self.batch)
        made.class_id = draw.randint(0, 9)
        made.obj_label = draw.choice(LABELS)
        made.object_id = draw.choice([0, 5, 2**64 - 1])
        made.confidence = draw.random()
        made.unique_component_id = draw.randint(0, 3)
        box = made.rect_params
        set_quarters(draw, box, *BOX)
        box.border_width = draw.randint(0, 3)
        box.border_color.set(self._colour(), self._colour(), self._colour(), 1)
        box.has_bg_color = draw.randint(0, 1)
        set_quarters(draw, made.detector_bbox_info.org_bbox_coords, *BOX)
        set_quarters(draw, made.tracker_bbox_info.org_bbox_coords, "left", "width")
        self._object_text(made.text_params)
        value = draw.randint(0, 99)
        made.misc_obj_info[draw.randint(0, 3)] = value
        mine = [each for owner, each in self.objects if owner.pad_index == frame.pad_index]
        parent = draw.choice(mine) if mine and draw.random() < 0.3 else None
        pyds.nvds_add_obj_meta_to_frame(frame, made, parent)

    def _object_text(self, text: Any) -> None:
        draw = self.random
        if draw.random() >= 0.6:
            return
        text.display_text = draw.choice(LABELS)
        text.font_params.font_name = draw.choice(["Serif", "Arial"])
        text.font_params.font_size = draw.randint(5, 30)
        text.x_offset = draw.randint(0, 50)
        text.set_bg_clr = 1
        text.text_bg_clr.set(self._colour(), self._colour(), self._colour(), self._colour())

    def _class(self) -> None:
        if not self.objects:
            return
        draw = self.random
        meta = pyds.nvds_acquire_classifier_meta_from_pool(self.batch)
        meta.unique_component_id = draw.randint(1, 4)
        for _ in range(draw.randint(0, 3)):
            label = pyds.nvds_acquire_label_info_meta_from_pool(self.batch)
            label.result_class_id, label.result_prob = draw.randint(0, 5), draw.random()
            label.result_label = draw.choice(LABELS[:4])
            label.label_id, label.num_classes = draw.randint(0, 5), draw.randint(0, 5)
            pyds.nvds_add_label_info_meta_to_classifier(meta, label)
        pyds.nvds_add_classifier_meta_to_object(draw.choice(self.objects)[1], meta)

    def _rmclass(self) -> None:
        if self.objects:
            owner = self.random.choice(self.objects)[1]
            found = walk(owner.classifier_meta_list, pyds.NvDsClassifierMeta.cast)
            if found:
                pyds.nvds_remove_classifier_meta_from_obj(owner, self.random.choice(found))

    def _rmlabel(self) -> Any:
        if not self.objects:
            return None
        owner = self.random.choice(self.objects)[1]
        metas = walk(owner.classifier_meta_list, pyds.NvDsClassifierMeta.cast)
        found = [(each, label) for each in metas for label in walk(each.label_info_list, pyds.NvDsLabelInfo.cast)]
        if not found:
            return None
        meta, label = self.random.choice(found)
        pyds.nvds_remove_label_info_meta_from_classifier(meta, label)
        return [meta.num_labels]

    def _display(self) -> None:
        if not self.frames:
            return
        draw = self.random
        meta = pyds.nvds_acquire_display_meta_from_pool(self.batch)
        meta.num_labels, meta.num_rects, meta.num_lines, meta.num_arrows, meta.num_circles = [
            draw.randint(0, 2) for _ in range(5)
        ]
        for index in range(2):
            self._shapes(meta, index)
        meta.misc_osd_data[0] = draw.randint(0, 9)
        pyds.nvds_add_display_meta_to_frame(draw.choice(self.frames), meta)

    def _shapes(self, meta: Any, index: int) -> None:
        draw, heads = self.random, pyds.NvOSD_Arrow_Head_Direction
        text = meta.text_params[index]
        text.display_text, text.x_offset, text.font_params.font_name = draw.choice(LABELS), index, "Serif"
        text.font_params.font_color.set(self._colour(), self._colour(), 0, 1)
        box = meta.rect_params[index]
        box.left, box.width = index, draw.randint(0, 9)
        box.border_color.set(0, self._colour(), 0, 1)
        line = meta.line_params[index]
        line.x1, line.y1, line.x2, line.y2, line.line_width = [draw.randint(0, 9) for _ in range(5)]
        arrow = meta.arrow_params[index]
        arrow.x1, arrow.y2, arrow.arrow_width = 1, 2, 3
        arrow.arrow_head = draw.choice([heads.START_HEAD, heads.BOTH_HEAD])
        circle = meta.circle_params[index]
        circle.xc, circle.yc, circle.radius = draw.randint(0, 9), 2, 3
        circle.circle_color.set(1, 0, self._colour(), 1)

    def _rmdisplay(self) -> None:
        if self.frames:
            frame = self.random.choice(self.frames)
            found = walk(frame.display_meta_list, pyds.NvDsDisplayMeta.cast)
            if found:
                pyds.nvds_remove_display_meta_from_frame(frame, self.random.choice(found))

    def _add_user(self, name: str, where: str) -> None:
        user = pyds.nvds_acquire_user_meta_from_pool(self.batch)
        self._users.fill(name, user)
        if where == "frame":
            pyds.nvds_add_user_meta_to_frame(self.random.choice(self.frames), user)
        elif where == "obj":
            pyds.nvds_add_user_meta_to_obj(self.random.choice(self.objects)[1], user)
        else:
            pyds.nvds_add_user_meta_to_batch(self.batch, user)

    def _rmuser(self) -> None:
        where = self.random.choice(["frame", "obj", "batch"])
        if where == "batch":
            self._remove_user(self.batch, "batch_user_meta_list", pyds.nvds_remove_user_meta_from_batch)
        elif where == "frame" and self.frames:
            frame = self.random.choice(self.frames)
            self._remove_user(frame, "frame_user_meta_list", pyds.nvds_remove_user_meta_from_frame)
        elif where == "obj" and self.objects:
            owner = self.random.choice(self.objects)[1]
            self._remove_user(owner, "obj_user_meta_list", pyds.nvds_remove_user_meta_from_object)

    def _remove_user(self, owner: Any, name: str, remove: Callable[[Any, Any], None]) -> None:
        found = walk(getattr(owner, name), pyds.NvDsUserMeta.cast)
        if found:
            remove(owner, self.random.choice(found))

    def _rmobj(self) -> None:
        if not self.objects:
            return
        frame, victim = self.random.choice(self.objects)
        parents = [each.parent for _, each in self.objects if each.parent is not None]
        if all(parent.class_id != victim.class_id for parent in parents):
            pyds.nvds_remove_obj_meta_from_frame(frame, victim)

    def _clear(self) -> Any:
        if not self.frames:
            return None
        frame = self.random.choice(self.frames)
        kind = self.random.choice(["obj", "disp", "fuser", "buser", "ouser"])
        owner, slot, function = frame, f"{CLEARED[kind]}_list", f"nvds_clear_{CLEARED[kind]}_list"
        if kind == "buser":
            owner = self.batch
        elif kind == "ouser":
            owner = self.random.choice(self.objects)[1] if self.objects else None
        if owner is None or (kind == "obj" and any(each.parent for _, each in self.objects)):
            return None
        return attempt(lambda: getattr(pyds, function)(owner, getattr(owner, slot)))

    def _copybuf(self) -> None:
        if len(self.buffers) < 4:
            self.buffers.append(self._copy(self.buffers[-1]))
            self.batch = pyds.gst_buffer_get_nvds_batch_meta(self.buffers[-1])
            self.batches.append(self.batch)

    def _cplists(self) -> Any:
        if not self.frames:
            return None
        source = self.random.choice(self.frames)
        target = pyds.nvds_acquire_frame_meta_from_pool(self.batch)
        self.kept.append(target)
        target.frame_num = 77
        pyds.nvds_add_frame_meta_to_batch(self.batch, target)
        kind = self.random.choice(["obj", "disp", "fuser"])
        if kind == "obj":
            return attempt(lambda: pyds.nvds_copy_obj_meta_list(source.obj_meta_list, target))
        if kind == "disp":
            return attempt(lambda: pyds.nvds_copy_display_meta_list(source.display_meta_list, target))
        return attempt(lambda: pyds.nvds_copy_frame_user_meta_list(source.frame_user_meta_list, target))

    def _nth(self) -> Any:
        if not self.frames:
            return None
        head, index = self.batch.frame_meta_list, self.random.randint(0, len(self.frames) - 1)
        return attempt(lambda: pyds.nvds_get_nth_frame_meta(head, index).frame_num)

    def _pool(self) -> list[int]:
        return [getattr(self.batch, f"{name}_meta_pool").num_full_elements for name in POOLS]
