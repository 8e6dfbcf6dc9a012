"""User metadata of every kind, for the extended programs."""

import ctypes
import random
from typing import Any

import numpy as np
import pyds
from pyds import _simulator as sim

LABELS = ["", "car", "größe", "a" * 100, "person 0.9", "日本"]
BOX = ("left", "top", "width", "height")
KINDS = ("user", "tensor", "seg", "event", "custom", "pyfunc", "plain")
MetaType = pyds.NvDsMetaType


def set_quarters(draw: random.Random, target: Any, *names: str) -> None:
    """Set attributes to random multiples of a quarter, which single precision holds."""
    values = [draw.randint(0, 99) / 4 for _ in names]
    for name, value in zip(names, values, strict=True):
        setattr(target, name, value)


class UserFiller:
    """Fills user metadata with random values.

    Attributes:
        calls: The names of the callbacks that were called.
    """

    def __init__(self, draw: random.Random) -> None:
        self.random = draw
        self.calls: list[str] = []

    def fill(self, kind: str, user: Any) -> None:
        """Give fresh user metadata their type and data."""
        getattr(self, f"_fill_{kind}")(user)

    def _fill_user(self, user: Any) -> None:
        user.base_meta.meta_type = MetaType.NVDS_PAYLOAD_META

    def _fill_plain(self, user: Any) -> None:
        user.base_meta.meta_type = self.random.choice([MetaType.NVDS_CROP_IMAGE_META, MetaType.NVDS_RESERVED_META])

    def _fill_tensor(self, user: Any) -> None:
        draw, layers = self.random, {}
        for index in range(draw.randint(1, 3)):
            kind_of = (draw.randint(1, 24), draw.choice(["float32", "int32", "float16", "int8"]))
            values = np.arange(kind_of[0], dtype=kind_of[1])
            layers[f"out{index}"] = values.reshape(draw.choice([(-1,), (1, -1), (1, 1, -1)]))
        number, network = draw.randint(1, 9), (draw.randint(1, 99), draw.randint(1, 99), 3)
        user._user_meta_data = sim.tensor_meta(layers, unique_id=number, network=network)
        user.base_meta.meta_type = MetaType.NVDSINFER_TENSOR_OUTPUT_META

    def _fill_seg(self, user: Any) -> None:
        draw = self.random.randint
        mask = np.array([[draw(-1, 3) for _ in range(draw(1, 1) * 4)] for _ in range(3)], dtype=np.int32)
        user._user_meta_data = sim.segmentation_meta(mask, 4, unique_id=2)
        user.base_meta.meta_type = MetaType.NVDSINFER_SEGMENTATION_META

    def _fill_event(self, user: Any) -> None:
        draw, types, objects = self.random, pyds.NvDsEventType, pyds.NvDsObjectType
        made = pyds.alloc_nvds_event_msg_meta(user)
        made.type = draw.choice([types.NVDS_EVENT_ENTRY, types.NVDS_EVENT_MOVING])
        kinds = [objects.NVDS_OBJECT_TYPE_VEHICLE, objects.NVDS_OBJECT_TYPE_PERSON, objects.NVDS_OBJECT_TYPE_FACE]
        made.objType = draw.choice(kinds)
        made.sensorId, made.frameId = draw.randint(0, 9), draw.randint(0, 99)
        made.confidence, made.trackingId = draw.random(), draw.choice([1, 2**64 - 1])
        for name in ("objClassId", "moduleId", "placeId", "componentId"):
            setattr(made, name, draw.randint(0, 5))
        set_quarters(self.random, made.bbox, *BOX)
        made.location.lat = draw.randint(0, 9)
        self._event_texts(made)
        self._extension(made)
        user.user_meta_data = made
        user.base_meta.meta_type = MetaType.NVDS_EVENT_MSG_META

    def _event_texts(self, made: Any) -> None:
        draw = self.random
        if draw.random() < 0.7:
            block = pyds.alloc_buffer(33)
            ctypes.memmove(block, b"2026-01-01T00:00:00.000Z\0", 25)
            made.ts = block
        if draw.random() < 0.7:
            made.sensorStr = f"s{draw.randint(0, 9)}"
        if draw.random() < 0.5:
            made.objectId = draw.choice(LABELS)
        if draw.random() < 0.3:
            made.otherAttrs, made.videoPath = "o", "v"

    def _extension(self, made: Any) -> None:
        draw, kind = self.random, made.objType
        if kind == pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE and draw.random() < 0.7:
            vehicle = pyds.alloc_nvds_vehicle_object()
            vehicle.type, vehicle.color, vehicle.make = "sedan", draw.choice(LABELS), "m"
            vehicle.model, vehicle.license, vehicle.region = "x", "l", "CA"
            made.extMsg, made.extMsgSize = vehicle, 48
        if kind == pyds.NvDsObjectType.NVDS_OBJECT_TYPE_PERSON and draw.random() < 0.7:
            person = pyds.alloc_nvds_person_object()
            person.age, person.cap, person.hair = draw.randint(1, 90), "none", "b"
            person.gender, person.apparel = "m", "f"
            made.extMsg, made.extMsgSize = person, 40

    def _fill_custom(self, user: Any) -> None:
        made = pyds.alloc_custom_struct(user)
        made.structId, made.message = self.random.randint(0, 9), self.random.choice(LABELS)
        made.sampleInt = self.random.randint(0, 9)
        user.user_meta_data = made
        user.base_meta.meta_type = MetaType.NVDS_USER_META

    def _fill_pyfunc(self, user: Any) -> None:
        self._fill_custom(user)
        pyds.user_copyfunc(user, self._copied)
        pyds.user_releasefunc(user, self._released)

    def _copied(self, data: Any, _user_data: Any) -> Any:
        self.calls.append("copy")
        return pyds.NvDsUserMeta.cast(data).user_meta_data

    def _released(self, _data: Any, _user_data: Any) -> None:
        self.calls.append("release")
