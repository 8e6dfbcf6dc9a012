"""GStreamer for the tests that need it, and a batch to start from."""

import ctypes
from collections.abc import Iterator
from typing import Any

import pyds
import pytest
from pyds import _callbacks
from pyds import _simulator as sim


class Gst:
    """The C calls that copy, free and send buffers; what an element of the simulator does."""

    def __init__(self) -> None:
        library = ctypes.CDLL("libgstreamer-1.0.so.0")
        self._copy = library.gst_mini_object_copy
        self._copy.restype, self._copy.argtypes = ctypes.c_void_p, (ctypes.c_void_p,)
        self._unref = library.gst_mini_object_unref
        self._unref.argtypes = (ctypes.c_void_p,)
        self._new = library.gst_buffer_new_allocate
        self._new.restype = ctypes.c_void_p
        self._new.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
        self._ref = library.gst_mini_object_ref
        self._ref.restype, self._ref.argtypes = ctypes.c_void_p, (ctypes.c_void_p,)
        library.gst_init_check(None, None, None)

    def buffer(self, size: int = 16) -> int:
        return int(self._new(None, size, None))

    def copy(self, buffer: int) -> int:
        return int(self._copy(buffer))

    def ref(self, buffer: int) -> None:
        self._ref(buffer)

    def free(self, buffer: int) -> None:
        self._unref(buffer)


@pytest.fixture
def gst() -> Iterator[Gst]:
    try:
        library = Gst()
    except OSError as error:
        pytest.skip(f"GStreamer is not installed: {error}")
    before = sim.living()
    yield library
    assert sim.living() == before, "a test left metadata on a buffer"


@pytest.fixture(autouse=True)
def own_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy and release functions are the whole program's: each test is a program of its own."""
    monkeypatch.setattr(_callbacks, "_copy", _callbacks.Latest())
    monkeypatch.setattr(_callbacks, "_release", _callbacks.Latest())


@pytest.fixture
def batch() -> Any:
    """A batch with one frame."""
    made = sim.new_batch(4)
    pyds.nvds_add_frame_meta_to_batch(made, pyds.nvds_acquire_frame_meta_from_pool(made))
    return made


@pytest.fixture
def frame(batch: Any) -> Any:
    return pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
