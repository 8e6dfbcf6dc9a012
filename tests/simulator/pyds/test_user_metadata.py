"""User metadata: copy and release functions, event messages, custom structures, written as DeepStream programs do."""

import sys
from typing import Any

import pyds
import pytest
from pyds import _simulator as sim
from pyds._errors import CorruptionError

pytestmark = pytest.mark.gstreamer


def user_meta(batch: Any, frame: Any) -> Any:
    made = pyds.nvds_acquire_user_meta_from_pool(batch)
    pyds.nvds_add_user_meta_to_frame(frame, made)
    return made


def of_copy(copy: int) -> Any:
    frame = pyds.NvDsFrameMeta.cast(pyds.gst_buffer_get_nvds_batch_meta(copy).frame_meta_list.data)
    return pyds.NvDsUserMeta.cast(frame.frame_user_meta_list.data)


class Functions:
    """The copy and release functions of NVIDIA's custom metadata example, counting their calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def copy(self, data: Any, _user_data: Any) -> Any:
        self.calls.append("copy")
        source = pyds.CustomDataStruct.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
        made = pyds.CustomDataStruct()
        made.structId, made.sampleInt = source.structId, source.sampleInt
        made.message = pyds.get_string(source.message)
        return made

    def release(self, data: Any, _user_data: Any) -> None:
        self.calls.append("release")
        source = pyds.CustomDataStruct.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
        pyds.free_buffer(source.message)
        pyds.free_gbuffer(source)


def attach_custom(batch: Any, frame: Any, functions: Functions) -> Any:
    meta = user_meta(batch, frame)
    data = pyds.CustomDataStruct()
    data.structId, data.sampleInt, data.message = 7, 8, "a message"
    meta.user_meta_data = data
    meta.base_meta.meta_type = pyds.NvDsMetaType.NVDS_USER_META
    pyds.user_copyfunc(meta, functions.copy)
    pyds.user_releasefunc(meta, functions.release)
    return data


def test_the_programs_functions_copy_and_release_its_data(gst: Any, batch: Any, frame: Any) -> None:
    functions = Functions()
    data = attach_custom(batch, frame, functions)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    assert functions.calls == ["copy"]
    gst.free(buffer)
    assert functions.calls == ["copy", "release"]
    with pytest.raises(CorruptionError, match=r"CustomDataStruct\.structId"):
        _ = data.structId
    copied = pyds.CustomDataStruct.cast(of_copy(copy).user_meta_data)
    assert (copied.structId, copied.sampleInt, pyds.get_string(copied.message)) == (7, 8, "a message")
    gst.free(copy)
    assert functions.calls == ["copy", "release", "release"]


def test_removing_user_metadata_releases_it_once(gst: Any, batch: Any, frame: Any) -> None:
    functions = Functions()
    attach_custom(batch, frame, functions)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    pyds.nvds_remove_user_meta_from_frame(frame, pyds.NvDsUserMeta.cast(frame.frame_user_meta_list.data))
    assert functions.calls == ["release"]
    assert frame.frame_user_meta_list is None
    gst.free(buffer)
    assert functions.calls == ["release"]


def test_the_latest_functions_hold_for_all_user_metadata(gst: Any, batch: Any, frame: Any) -> None:
    """As in the compiled bindings, which store one of each."""
    earlier, latest = Functions(), Functions()
    attach_custom(batch, frame, earlier)
    attach_custom(batch, frame, latest)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    gst.free(buffer)
    assert (earlier.calls, latest.calls) == ([], ["release", "release"])


def test_unset_callback_funcs_ends_them_for_good(gst: Any, batch: Any, frame: Any) -> None:
    functions = Functions()
    attach_custom(batch, frame, functions)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    pyds.unset_callback_funcs()
    late = sim.new_batch(1)
    late_frame = pyds.nvds_acquire_frame_meta_from_pool(late)
    pyds.nvds_add_frame_meta_to_batch(late, late_frame)
    attach_custom(late, late_frame, functions)
    late_buffer = gst.buffer()
    sim.attach_batch_meta(late_buffer, late)
    copy = gst.copy(late_buffer)
    assert of_copy(copy).user_meta_data is None
    for each in (buffer, late_buffer, copy):
        gst.free(each)
    assert functions.calls == []


def test_a_copy_function_that_raises_is_reported_and_the_buffer_is_copied(
    gst: Any, batch: Any, frame: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(data: Any, user_data: Any) -> Any:
        raise ValueError("of the program")

    meta = user_meta(batch, frame)
    pyds.set_user_copyfunc(meta, broken)
    pyds.set_user_releasefunc(meta, broken)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    assert of_copy(copy).user_meta_data is None
    assert "the copy function of a user metadata raised" in capsys.readouterr().err
    gst.free(buffer)
    assert "ValueError: of the program" in capsys.readouterr().err
    gst.free(copy)


def test_an_allocated_custom_struct_needs_no_functions_of_the_program(gst: Any, batch: Any, frame: Any) -> None:
    meta = user_meta(batch, frame)
    data = pyds.alloc_custom_struct(meta)
    data.message = "hello"
    meta.user_meta_data = data
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    gst.free(buffer)
    assert pyds.get_string(pyds.CustomDataStruct.cast(of_copy(copy).user_meta_data).message) == "hello"
    gst.free(copy)


def fill_event(meta: Any) -> None:
    meta.bbox.left, meta.bbox.width = 1.5, 20
    meta.frameId, meta.trackingId, meta.confidence = 3, 2**40, 0.25
    meta.ts = pyds.alloc_buffer(33)
    pyds.generate_ts_rfc3339(meta.ts, 32)
    meta.type, meta.objType = pyds.NvDsEventType.NVDS_EVENT_MOVING, pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE
    meta.sensorStr = "sensor-0"
    vehicle = pyds.alloc_nvds_vehicle_object()
    vehicle.color, vehicle.make = "blue", "Bugatti"
    meta.extMsg = vehicle
    meta.extMsgSize = sys.getsizeof(pyds.NvDsVehicleObject)


def check_event(meta: Any) -> None:
    assert (meta.bbox.left, meta.bbox.width, meta.frameId, meta.trackingId) == (1.5, 20, 3, 2**40)
    assert len(pyds.get_string(meta.ts)) == len("2026-11-22T19:05:48.123Z")
    assert pyds.get_string(meta.sensorStr) == "sensor-0"
    vehicle = pyds.NvDsVehicleObject.cast(meta.extMsg)
    assert (pyds.get_string(vehicle.color), pyds.get_string(vehicle.make)) == ("blue", "Bugatti")
    assert vehicle.region == 0


def test_an_event_message_is_copied_by_the_functions_it_was_allocated_with(gst: Any, batch: Any, frame: Any) -> None:
    meta = user_meta(batch, frame)
    message = pyds.alloc_nvds_event_msg_meta(meta)
    fill_event(message)
    meta.user_meta_data = message
    meta.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    gst.free(buffer)
    with pytest.raises(CorruptionError, match=r"NvDsEventMsgMeta\.ts"):
        _ = message.ts
    copied = of_copy(copy)
    assert copied.base_meta.meta_type == pyds.NVDS_EVENT_MSG_META
    check_event(pyds.NvDsEventMsgMeta.cast(copied.user_meta_data))
    gst.free(copy)


def test_a_copied_event_message_keeps_the_extensions_of_vehicles_and_persons_only(
    gst: Any, batch: Any, frame: Any
) -> None:
    meta = user_meta(batch, frame)
    message = pyds.alloc_nvds_event_msg_meta(meta)
    message.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_FACE
    message.extMsg, message.extMsgSize = pyds.alloc_nvds_face_object(), sys.getsizeof(pyds.NvDsFaceObject)
    meta.user_meta_data = message
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    copied = pyds.NvDsEventMsgMeta.cast(of_copy(copy).user_meta_data)
    assert (copied.objType, copied.extMsg, copied.extMsgSize) == (message.objType, None, 0)
    gst.free(buffer)
    gst.free(copy)


def copy_event(data: Any, _user_data: Any) -> Any:
    """As programs for releases before 1.1.10 wrote it."""
    source = pyds.NvDsEventMsgMeta.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
    made = pyds.NvDsEventMsgMeta.cast(pyds.memdup(pyds.get_ptr(source), sys.getsizeof(pyds.NvDsEventMsgMeta)))
    made.ts = pyds.memdup(source.ts, 33)
    made.sensorStr = pyds.get_string(source.sensorStr)
    if source.extMsgSize > 0:
        vehicle, old = pyds.alloc_nvds_vehicle_object(), pyds.NvDsVehicleObject.cast(source.extMsg)
        vehicle.color, vehicle.make = pyds.get_string(old.color), pyds.get_string(old.make)
        made.extMsg, made.extMsgSize = vehicle, source.extMsgSize
    return made


def free_event(data: Any, _user_data: Any) -> None:
    source = pyds.NvDsEventMsgMeta.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
    pyds.free_buffer(source.ts)
    pyds.free_buffer(source.sensorStr)
    if source.extMsgSize > 0:
        vehicle = pyds.NvDsVehicleObject.cast(source.extMsg)
        for name in ("type", "make", "model", "color", "region", "license"):
            pyds.free_buffer(getattr(vehicle, name))
        pyds.free_gbuffer(source.extMsg)
        source.extMsgSize = 0


def test_an_event_message_is_copied_by_the_programs_own_functions(
    gst: Any, batch: Any, frame: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    meta = user_meta(batch, frame)
    message = pyds.NvDsEventMsgMeta()
    fill_event(message)
    meta.user_meta_data = message
    pyds.user_copyfunc(meta, copy_event)
    pyds.user_releasefunc(meta, free_event)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    gst.free(buffer)
    check_event(pyds.NvDsEventMsgMeta.cast(of_copy(copy).user_meta_data))
    gst.free(copy)
    assert capsys.readouterr().err == ""


def recycled(batch: Any, frame: Any) -> Any:
    """User metadata whose event was released with their removal."""
    meta = user_meta(batch, frame)
    meta.user_meta_data = pyds.alloc_nvds_event_msg_meta(meta)
    pyds.nvds_remove_user_meta_from_frame(frame, meta)
    again = pyds.nvds_acquire_user_meta_from_pool(batch)
    assert again is meta
    return again


def test_recycled_user_metadata_are_not_read_or_added_before_they_were_filled(batch: Any, frame: Any) -> None:
    meta = recycled(batch, frame)
    with pytest.raises(CorruptionError, match="user_meta_data is stale"):
        _ = meta.user_meta_data
    with pytest.raises(CorruptionError, match=r"nvds_add_user_meta_to_frame\(\).*acquired again"):
        pyds.nvds_add_user_meta_to_frame(frame, meta)
    data = pyds.alloc_custom_struct(meta)
    data.structId, meta.user_meta_data = 3, data
    pyds.nvds_add_user_meta_to_frame(frame, meta)
    assert pyds.CustomDataStruct.cast(meta.user_meta_data).structId == 3


def test_new_data_alone_would_be_freed_by_the_old_datas_function(batch: Any, frame: Any) -> None:
    meta = recycled(batch, frame)
    meta.user_meta_data = pyds.NvDsPayload()
    with pytest.raises(CorruptionError, match="set user_meta_data and both functions first"):
        pyds.nvds_add_user_meta_to_obj(pyds.nvds_acquire_obj_meta_from_pool(batch), meta)


def test_elements_reuse_recycled_user_metadata(batch: Any, frame: Any) -> None:
    recycled(batch, frame)
    first = sim.add_user_data(frame, pyds.NvDsMetaType.NVDS_USER_META, pyds.NvDsAnalyticsObjInfo())
    assert (first._copy_function, first._release_function) == (None, None)


def test_user_metadata_without_a_copy_function_stay_behind(gst: Any, batch: Any, frame: Any) -> None:
    user_meta(batch, frame)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    copied = pyds.NvDsFrameMeta.cast(pyds.gst_buffer_get_nvds_batch_meta(copy).frame_meta_list.data)
    assert copied.frame_user_meta_list is None
    gst.free(copy)
    gst.free(buffer)


def test_a_number_for_a_type_of_ones_own_is_the_same_every_time() -> None:
    first = pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSFRAME.USER_META")
    assert first == pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSFRAME.USER_META")
    assert first != pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSOBJ.USER_META")
    assert first >= pyds.NVDS_START_USER_META.value


def test_analytics_are_found_by_their_type_and_copied(gst: Any, batch: Any, frame: Any) -> None:
    kind = pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSFRAME.USER_META")
    data = pyds.NvDsAnalyticsFrameMeta()
    data.objInROIcnt = {"door": 3}
    sim.add_user_data(frame, kind, data)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    gst.free(buffer)
    found = of_copy(copy)
    assert found.base_meta.meta_type == kind
    assert pyds.NvDsAnalyticsFrameMeta.cast(found.user_meta_data).objInROIcnt == {"door": 3}
    gst.free(copy)


def test_past_frames_are_copied_and_listed(gst: Any, batch: Any, frame: Any) -> None:
    past = pyds.NvDsTargetMiscDataFrame()
    past.frameNum, past.tBbox.left = 5, 2.5
    target = sim.listing(pyds.NvDsTargetMiscDataObject, [past], uniqueId=9, numObj=1, objLabel="car")
    stream = sim.listing(pyds.NvDsTargetMiscDataStream, [target], streamID=1, numFilled=1)
    everything = sim.listing(pyds.NvDsTargetMiscDataBatch, [stream], numFilled=1)
    sim.add_user_data(frame, pyds.NvDsMetaType.NVDS_TRACKER_PAST_FRAME_META, everything)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    gst.free(buffer)
    (found,) = pyds.NvDsTargetMiscDataBatch.cast(of_copy(copy).user_meta_data).list()
    (one,) = found.list()
    (then,) = one.list()
    assert (found.streamID, one.uniqueId, one.objLabel, then.frameNum, then.tBbox.left) == (1, 9, "car", 5, 2.5)
    gst.free(copy)
    with pytest.raises(CorruptionError, match=r"NvDsTargetMiscDataFrame\.frameNum"):
        _ = then.frameNum
