"""Addresses, strings, buffers, masks: real memory where a program reads it, a refusal where it would be corrupted."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyds
import pytest
from pyds import _memory
from pyds import _simulator as sim
from pyds._errors import CorruptionError

SITE_PACKAGES = Path(pyds.__file__).parent.parent


def tensors(**layers: Any) -> Any:
    return sim.tensor_meta(layers, unique_id=1, network=(640, 384, 3))


def test_a_buffer_is_memory_that_ctypes_can_write_and_get_string_can_read() -> None:
    address = pyds.alloc_buffer(16)
    ctypes.memmove(address, b"written\0", 8)
    assert pyds.get_string(address) == "written"
    copy = pyds.memdup(address, 16)
    twin = pyds.strdup(address)
    pyds.free_buffer(address)
    assert pyds.get_string(copy) == pyds.get_string(twin) == pyds.strdup2str(copy) == "written"
    pyds.free_buffer(copy)
    pyds.free_buffer(twin)


def test_freeing_null_does_nothing() -> None:
    pyds.free_buffer(0)
    pyds.free_gbuffer(None)


def test_a_string_in_memory_of_the_programs_own_is_read() -> None:
    own = ctypes.create_string_buffer(b"a program's own", 600)
    assert pyds.get_string(ctypes.addressof(own)) == "a program's own"


@pytest.mark.parametrize("address", [0, 8, 2**47 - 4096, 2**52, 2**64 - 1])
def test_a_string_at_no_address_raises_instead_of_faulting(address: int) -> None:
    with pytest.raises(CorruptionError, match="get_string"):
        pyds.get_string(address)


def test_reading_past_the_end_of_a_buffer_raises() -> None:
    address = pyds.alloc_buffer(4)
    with pytest.raises(CorruptionError, match="8 bytes asked of a buffer of 4"):
        pyds.memdup(address, 8)
    ctypes.memmove(address, b"full", 4)
    with pytest.raises(CorruptionError, match="no terminator"):
        pyds.get_string(address)
    pyds.free_buffer(address)


def test_a_time_that_does_not_fit_its_buffer_raises() -> None:
    address = pyds.alloc_buffer(8)
    with pytest.raises(CorruptionError, match="do not fit into the buffer of 8"):
        pyds.generate_ts_rfc3339(address, 32)
    pyds.generate_ts_rfc3339(address, 8)
    assert len(pyds.get_string(address)) == 7
    pyds.free_buffer(address)


def test_a_structure_freed_twice_raises() -> None:
    face = pyds.alloc_nvds_face_object()
    pyds.free_gbuffer(face)
    with pytest.raises(CorruptionError, match="freed before"):
        pyds.free_gbuffer(face)


def test_metadata_of_a_pool_cannot_be_freed(batch: Any) -> None:
    with pytest.raises(CorruptionError, match="belongs to its pool"):
        pyds.free_gbuffer(pyds.nvds_acquire_obj_meta_from_pool(batch))


def test_a_layers_buffer_is_null_until_get_nvds_layer_info_sets_it() -> None:
    meta = tensors(scores=np.ones((2, 3), dtype=np.float32))
    layer = meta.output_layers_info(0)
    assert layer.buffer is None
    assert pyds.get_ptr(layer.buffer) == 0
    assert pyds.get_nvds_LayerInfo(meta, 0) is layer
    assert layer.buffer is not None


@pytest.mark.parametrize(
    ("dtype", "ctype", "name"),
    [("float32", ctypes.c_float, "FLOAT"), ("int8", ctypes.c_int8, "INT8"), ("int32", ctypes.c_int32, "INT32")],
)
def test_a_layer_is_read_through_its_pointer_without_a_copy(dtype: str, ctype: Any, name: str) -> None:
    values = np.arange(12, dtype=dtype).reshape(3, 2, 2)
    layer = pyds.get_nvds_LayerInfo(tensors(layer=values), 0)
    pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctype))
    read = np.ctypeslib.as_array(pointer, shape=layer.dims.d[: layer.dims.numDims])
    assert np.array_equal(read, values)
    assert layer.dataType == getattr(pyds.NvDsInferDataType, name)
    assert np.shares_memory(read, values)


def test_a_real_capsule_gives_its_address_to_the_c_api_too() -> None:
    values = np.zeros(4, dtype=np.float32)
    layer = pyds.get_nvds_LayerInfo(tensors(layer=values), 0)
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    assert get_pointer(layer.buffer, None) == pyds.get_ptr(layer.buffer) == values.ctypes.data


def test_a_half_layer_is_read_as_bits() -> None:
    values = np.array([0.5, -2], dtype=np.float16)
    layer = pyds.get_nvds_LayerInfo(tensors(layer=values), 0)
    pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_uint16))
    assert np.ctypeslib.as_array(pointer, shape=(2,)).view(np.float16).tolist() == [0.5, -2]
    assert layer.dataType == pyds.NvDsInferDataType.HALF


def test_a_layer_of_int64_has_a_number_without_a_name_in_this_release() -> None:
    layer = pyds.get_nvds_LayerInfo(tensors(ids=np.arange(3, dtype=np.int64)), 0)
    assert (int(layer.dataType), layer.dataType.name) == (4, "???")


@pytest.mark.parametrize("dtype", ["uint8", "float64", "uint32"])
def test_a_layer_of_a_type_that_the_release_lacks_is_refused(dtype: str) -> None:
    with pytest.raises(RuntimeError, match=f"layer 'ids' is {dtype}: DeepStream 7.1 knows float32"):
        tensors(ids=np.zeros(3, dtype=dtype))


def test_a_layer_that_is_not_there_raises_by_name() -> None:
    with pytest.raises(CorruptionError, match=r"output_layers_info\(1\): there are 1 layers"):
        tensors(layer=np.zeros(3, dtype=np.float32)).output_layers_info(1)


def test_a_segmentation_mask_is_an_array_of_classes() -> None:
    mask = np.array([[0, 1], [-1, 1]], dtype=np.int32)
    meta = sim.segmentation_meta(mask, 2)
    assert (meta.width, meta.height, meta.classes, meta.class_map) == (2, 2, 2, 0)
    assert np.array_equal(pyds.get_segmentation_masks(meta), mask)


def test_a_mask_array_is_the_masks_memory_without_rows(batch: Any) -> None:
    params = pyds.nvds_acquire_obj_meta_from_pool(batch).mask_params
    params.width, params.height = 3, 2
    params.alloc_mask_array()[:] = np.eye(2, 3).reshape(6)
    params.get_mask_array()[5] = 0.5
    assert (params.size, params.data) == (24, 1.0)
    assert params.get_mask_array().tolist() == [1, 0, 0, 0, 1, 0.5]
    params.size = 8
    assert params.get_mask_array().tolist() == [1, 0]


def test_a_mask_without_memory_raises_by_name(batch: Any) -> None:
    params = pyds.nvds_acquire_obj_meta_from_pool(batch).mask_params
    with pytest.raises(CorruptionError, match=r"NvOSD_MaskParams\.data"):
        params.get_mask_array()
    assert (params.alloc_mask_array().size, params.data) == (0, None)
    params.size = 4
    with pytest.raises(CorruptionError, match=r"NvOSD_MaskParams\.size is 4"):
        params.get_mask_array()


def test_more_shapes_than_display_metadata_hold_raise_by_name(batch: Any) -> None:
    meta = pyds.nvds_acquire_display_meta_from_pool(batch)
    meta.num_labels = 16
    with pytest.raises(CorruptionError, match=r"NvDsDisplayMeta\.num_labels = 17"):
        meta.num_labels = 17
    assert meta.num_labels == 16


def test_motion_vectors_come_as_floats_that_programs_put_into_rows() -> None:
    vectors = np.arange(12, dtype=np.int16).reshape(2, 3, 2)
    meta = sim.optical_flow_meta(vectors, frame_num=4)
    assert (meta.rows, meta.cols, meta.frame_num) == (2, 3, 4)
    read = pyds.get_optical_flow_vectors(meta)
    assert (read.dtype, read.shape) == (np.float32, (12,))
    assert np.array_equal(read.reshape(meta.rows, meta.cols, 2), vectors)


def test_a_reidentification_vector_is_read_as_float32() -> None:
    meta = sim.reid(np.array([1.0, 2.5]))
    assert meta.featureSize == 2
    assert pyds.NvDsObjReid.cast(meta).get_host_reid_vector().tolist() == [1.0, 2.5]


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": str(SITE_PACKAGES), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


LOOP = """
import pyds
batch = pyds.nvds_create_batch_meta(2)
for _ in range(2):
    pyds.nvds_add_frame_meta_to_batch(batch, pyds.nvds_acquire_frame_meta_from_pool(batch))
node, seen = batch.frame_meta_list, 0
while node is not None:
    seen += 1
    try:
        node = node.next
    except StopIteration:
        print(seen, "StopIteration")
        break
else:
    print(seen, "None")
"""


@pytest.mark.parametrize(("style", "printed"), [("none", "2 None\n"), ("stop-iteration", "2 StopIteration\n")])
def test_a_list_ends_as_the_environment_says(style: str, printed: str) -> None:
    assert run(LOOP, PYDS_LIST_END=style).stdout == printed


def test_an_unknown_list_end_is_refused_at_import() -> None:
    assert (
        "PYDS_LIST_END is 'maybe'; known are: none, stop-iteration" in run("import pyds", PYDS_LIST_END="maybe").stderr
    )


def test_pyds_imports_neither_gi_nor_gstreamer() -> None:
    code = "import sys, pyds; print('gi' in sys.modules, 'libgstreamer' in open('/proc/self/maps').read())"
    assert run(code).stdout == "False False\n"


LATE = """
import atexit, ctypes
from pyds import _memory
from pyds import _simulator as sim

gst = ctypes.CDLL("libgstreamer-1.0.so.0")
gst.gst_buffer_new_allocate.restype = ctypes.c_void_p
gst.gst_buffer_new_allocate.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
gst.gst_mini_object_unref.argtypes = (ctypes.c_void_p,)


@atexit.register
def free_late():
    gst.gst_mini_object_unref(buffer)
    print(sim.living())


gst.gst_init_check(None, None, None)
buffer = gst.gst_buffer_new_allocate(None, 8, None)
sim.attach_batch_meta(buffer, sim.new_batch(1))
"""


@pytest.mark.gstreamer
def test_a_buffer_freed_while_the_interpreter_ends_does_not_call_into_it(gst: Any) -> None:
    late = run(LATE)
    assert (late.returncode, late.stdout) == (0, "1\n"), late.stderr


def test_texts_that_were_replaced_end_with_their_metadata() -> None:
    batch = pyds.nvds_create_batch_meta(1)
    params = pyds.nvds_acquire_obj_meta_from_pool(batch).text_params
    addresses = []
    for number in range(3):
        params.display_text = f"text {number}"
        addresses.append(params.display_text)
    assert [pyds.get_string(address) for address in addresses] == ["text 0", "text 1", "text 2"]
    pyds.nvds_destroy_batch_meta(batch)
    assert not any(_memory.size_of(address) for address in addresses)
