"""Metadata travel with a buffer, are copied with it, and die with it."""

import ctypes
import threading
from typing import Any

import numpy as np
import pyds
import pytest
from pyds import _simulator as sim

pytestmark = pytest.mark.gstreamer


def add_object(batch: Any, frame: Any, **fields: Any) -> Any:
    made = pyds.nvds_acquire_obj_meta_from_pool(batch)
    for name, value in fields.items():
        setattr(made, name, value)
    pyds.nvds_add_obj_meta_to_frame(frame, made, None)
    return made


def objects(frame: Any) -> list[Any]:
    return list(sim.items(frame.obj_meta_list))


def first_frame(buffer: int) -> Any:
    return pyds.NvDsFrameMeta.cast(pyds.gst_buffer_get_nvds_batch_meta(buffer).frame_meta_list.data)


def test_a_buffer_without_metadata_has_none(gst: Any) -> None:
    buffer = gst.buffer()
    assert pyds.gst_buffer_get_nvds_batch_meta(buffer) is None
    gst.free(buffer)


def test_the_batch_that_was_attached_is_the_batch_that_is_found(gst: Any, batch: Any) -> None:
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    assert pyds.gst_buffer_get_nvds_batch_meta(buffer) is batch
    gst.free(buffer)


def test_a_shared_buffer_cannot_be_given_metadata(gst: Any, batch: Any, capfd: pytest.CaptureFixture[str]) -> None:
    buffer = gst.buffer()
    gst.ref(buffer)
    with pytest.raises(RuntimeError, match="writable"):
        sim.attach_batch_meta(buffer, batch)
    gst.free(buffer)
    gst.free(buffer)


def test_a_buffer_carries_one_batch_and_a_batch_travels_with_one_buffer(gst: Any, batch: Any) -> None:
    first, second = gst.buffer(), gst.buffer()
    sim.attach_batch_meta(first, batch)
    with pytest.raises(RuntimeError, match="released twice"):
        sim.attach_batch_meta(second, batch)
    with pytest.raises(RuntimeError, match="carries batch metadata already"):
        sim.attach_batch_meta(first, sim.new_batch(1))
    gst.free(first)
    gst.free(second)


def test_a_copied_buffer_has_metadata_of_its_own(gst: Any, batch: Any, frame: Any) -> None:
    for number in range(3):
        add_object(batch, frame, class_id=number, obj_label=f"label {number}")
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    copied = first_frame(copy)
    assert [found.class_id for found in objects(copied)] == [0, 1, 2]
    objects(copied)[0].class_id = 9
    assert [found.class_id for found in objects(frame)] == [2, 1, 0]
    gst.free(buffer)
    assert [found.obj_label for found in objects(copied)] == ["label 0", "label 1", "label 2"]
    gst.free(copy)


def test_objects_of_a_copy_have_no_parent(gst: Any, batch: Any, frame: Any) -> None:
    parent = add_object(batch, frame, class_id=1)
    child = pyds.nvds_acquire_obj_meta_from_pool(batch)
    pyds.nvds_add_obj_meta_to_frame(frame, child, parent)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    assert [found.class_id for found in objects(first_frame(copy))] == [1, 0]
    assert [found.parent for found in objects(first_frame(copy))] == [None, None]
    gst.free(buffer)
    gst.free(copy)


@pytest.mark.parametrize(
    ("what", "name"),
    [
        (lambda frame: frame, "NvDsFrameMeta.num_obj_meta"),
        (lambda frame: objects(frame)[0], "NvDsObjectMeta.class_id"),
        (lambda frame: objects(frame)[0].rect_params, "NvOSD_RectParams.left"),
        (lambda frame: objects(frame)[0].text_params.font_params, "NvOSD_FontParams.font_size"),
        (lambda frame: frame.obj_meta_list, "GList.data"),
    ],
)
def test_metadata_kept_beyond_their_buffer_raise_and_name_the_field(
    gst: Any, batch: Any, frame: Any, what: Any, name: str
) -> None:
    add_object(batch, frame)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    kept = what(frame)
    attribute = name.split(".")[1]
    getattr(kept, attribute)
    gst.free(buffer)
    with pytest.raises(RuntimeError, match=name):
        getattr(kept, attribute)
    if attribute != "data":
        with pytest.raises(RuntimeError, match=name):
            setattr(kept, attribute, 1)


def test_pixels_are_shared_by_copies_and_written_in_place(gst: Any, batch: Any) -> None:
    pixels = np.zeros((4, 6, 4), dtype=np.uint8)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch, sim.BatchSurface(frames=[sim.FrameSurface(pixels=pixels)]))
    copy = gst.copy(buffer)
    pyds.get_nvds_buf_surface(copy, 0)[1, 2] = (1, 2, 3, 4)
    assert pyds.get_nvds_buf_surface(buffer, 0)[1, 2].tolist() == [1, 2, 3, 4]
    assert pyds.get_nvds_buf_surface(buffer, 0) is pixels
    pyds.unmap_nvds_buf_surface(buffer, 0)
    gst.free(buffer)
    gst.free(copy)


@pytest.mark.parametrize(
    ("shape", "dtype", "form", "says"),
    [
        ((4, 6, 3), "uint8", "RGBA", "is not an RGBA frame"),
        ((4, 6), "uint8", "RGB", "is not an RGB frame"),
        ((4, 6, 4), "float32", "RGBA", "uint8 pixels"),
        ((4, 6, 4), "uint8", "BGRx", "cannot be 'BGRx'"),
        ((5, 6), "uint8", "NV12", "even sides"),
    ],
)
def test_a_surface_that_is_no_picture_is_refused(shape: Any, dtype: str, form: str, says: str) -> None:
    with pytest.raises(RuntimeError, match=says):
        sim.FrameSurface(pixels=np.zeros(shape, dtype=dtype), format=form)


def test_a_batch_id_that_is_not_there_is_refused(gst: Any, batch: Any) -> None:
    bare, buffer = gst.buffer(), gst.buffer()
    with pytest.raises(RuntimeError, match="carries no batch surface"):
        pyds.get_nvds_buf_surface(bare, 0)
    sim.attach_batch_meta(buffer, batch, sim.BatchSurface(frames=[]))
    with pytest.raises(RuntimeError, match=r"batchID=0\): the batch has 0 frames"):
        pyds.get_nvds_buf_surface(buffer, 0)
    gst.free(bare)
    gst.free(buffer)


def test_a_frame_that_is_not_rgb_cannot_be_mapped(gst: Any, batch: Any) -> None:
    surface = sim.FrameSurface(pixels=np.zeros((6, 4), dtype=np.uint8), format="NV12")
    assert (surface.width, surface.height) == (4, 4)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch, sim.BatchSurface(frames=[surface]))
    with pytest.raises(RuntimeError, match="RGBA"):
        pyds.get_nvds_buf_surface(buffer, 0)
    gst.free(buffer)


def test_metadata_move_from_one_buffer_to_another(gst: Any, batch: Any) -> None:
    source, target = gst.buffer(), gst.buffer()
    sim.attach_batch_meta(source, batch)
    sim.move(source, target)
    assert pyds.gst_buffer_get_nvds_batch_meta(source) is None
    gst.free(source)
    assert pyds.gst_buffer_get_nvds_batch_meta(target) is batch
    assert batch.num_frames_in_batch == 1
    gst.free(target)


def test_tensors_are_copied_with_the_buffer_and_read_through_pointers(gst: Any, batch: Any, frame: Any) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    tensors = sim.tensor_meta({"boxes": values}, unique_id=3, network=(6, 4, 3))
    sim.add_user_data(frame, pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META, tensors)
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch)
    copy = gst.copy(buffer)
    gst.free(buffer)
    user = pyds.NvDsUserMeta.cast(first_frame(copy).frame_user_meta_list.data)
    assert user.base_meta.meta_type == pyds.NVDSINFER_TENSOR_OUTPUT_META
    meta = pyds.NvDsInferTensorMeta.cast(user.user_meta_data)
    layer = pyds.get_nvds_LayerInfo(meta, 0)
    pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
    read = np.ctypeslib.as_array(pointer, shape=tuple(layer.inferDims.d[: layer.inferDims.numDims]))
    assert np.array_equal(read, values)
    assert [pyds.get_detections(layer.buffer, i) for i in range(6)] == [0, 1, 2, 3, 4, 5]
    with pytest.raises(RuntimeError, match="6 floats"):
        pyds.get_detections(layer.buffer, 6)
    gst.free(copy)
    with pytest.raises(RuntimeError, match=r"NvDsInferLayerInfo\.layerName"):
        _ = layer.layerName


def test_threads_copy_read_and_free_at_once(gst: Any, batch: Any, frame: Any) -> None:
    for number in range(4):
        add_object(batch, frame, class_id=number)
    original = gst.buffer()
    sim.attach_batch_meta(original, batch)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(100):
                copy = gst.copy(original)
                found = [(item.class_id, item.rect_params.left) for item in objects(first_frame(copy))]
                gst.free(copy)
                assert found == [(0, 0), (1, 0), (2, 0), (3, 0)]
        except BaseException as error:  # noqa: BLE001 # handed to the test
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gst.free(original)
    assert errors == []
