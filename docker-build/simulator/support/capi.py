"""The few C functions of GStreamer that its Python binding cannot offer: pushing without a reference, and enums.

A buffer that Python holds is never writable and cannot be given away, so outgoing buffers are made and pushed by
address. ctypes releases the interpreter lock during each call; probes and elements downstream therefore run.
"""

import ctypes
from collections.abc import Sequence

ADDRESS = ctypes.c_void_p
NO_TIME = 2**64 - 1

gobject = ctypes.CDLL("libgobject-2.0.so.0")
gst = ctypes.CDLL("libgstreamer-1.0.so.0")
video = ctypes.CDLL("libgstvideo-1.0.so.0")


class EnumValue(ctypes.Structure):
    """GEnumValue."""

    _fields_ = (("value", ctypes.c_int), ("name", ctypes.c_char_p), ("nick", ctypes.c_char_p))


class Buffer(ctypes.Structure):
    """The public fields of GstBuffer that follow its mini object (64 bytes on every 64-bit machine)."""

    _fields_ = (
        ("mini_object", ctypes.c_byte * 64),
        ("pool", ADDRESS),
        ("pts", ctypes.c_uint64),
        ("dts", ctypes.c_uint64),
        ("duration", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("offset_end", ctypes.c_uint64),
    )


def declare(library: ctypes.CDLL, name: str, result: type | None, *arguments: type) -> None:
    """Say what a C function takes and gives, as its header has it."""
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments


declare(gobject, "g_object_ref", ADDRESS, ADDRESS)
declare(gobject, "g_object_force_floating", None, ADDRESS)
declare(gobject, "g_enum_register_static", ctypes.c_size_t, ctypes.c_char_p, ctypes.POINTER(EnumValue))
declare(gst, "gst_mini_object_ref", ADDRESS, ADDRESS)
declare(gst, "gst_mini_object_unref", None, ADDRESS)
declare(gst, "gst_buffer_new", ADDRESS)
declare(gst, "gst_buffer_new_allocate", ADDRESS, ADDRESS, ctypes.c_size_t, ADDRESS)
declare(gst, "gst_buffer_copy_into", ctypes.c_int, ADDRESS, ADDRESS, ctypes.c_uint, ctypes.c_size_t, ctypes.c_ssize_t)
declare(gst, "gst_pad_push", ctypes.c_int, ADDRESS, ADDRESS)
declare(gst, "gst_pad_push_event", ctypes.c_int, ADDRESS, ADDRESS)
declare(gst, "gst_event_new_custom", ADDRESS, ctypes.c_int, ADDRESS)
declare(gst, "gst_structure_from_string", ADDRESS, ctypes.c_char_p, ADDRESS)
declare(gst, "gst_structure_new_empty", ADDRESS, ctypes.c_char_p)

COPY_FLAGS = 1 << 0
COPY_TIMESTAMPS = 1 << 1
COPY_META = 1 << 2

_kept: list[object] = []


def make_floating(element: object) -> None:
    """Give a Python-made element the floating reference that a factory promises.

    Without it GStreamer prints a warning for each element; a forced floating flag without the extra reference crashes
    (both observed with GStreamer 1.22 and PyGObject 3.42).
    """
    address = hash(element)
    gobject.g_object_ref(address)
    gobject.g_object_force_floating(address)


def register_enum(name: str, values: Sequence[tuple[int, str, str]]) -> int:
    """Register an enumeration `(value, name, nick)` under NVIDIA's type name and return its GType."""
    array = (EnumValue * (len(values) + 1))()
    for index, (value, long_name, nick) in enumerate(values):
        array[index] = EnumValue(value, long_name.encode(), nick.encode())
    _kept.append(array)
    return int(gobject.g_enum_register_static(name.encode(), array))


def new_buffer(size: int, *, like: int = 0, flags: int = COPY_FLAGS | COPY_TIMESTAMPS) -> int:
    """Allocate a buffer of `size` bytes and return its address; the caller owns the one reference.

    Args:
        size: Bytes of its one memory; 0 gives a buffer without memory.
        like: Address of a buffer whose flags and timestamps it takes; 0 for none.
        flags: What is copied from `like`.

    Raises:
        MemoryError: GStreamer's allocator refused.
    """
    address = gst.gst_buffer_new_allocate(None, size, None) if size else gst.gst_buffer_new()
    if not address:
        raise MemoryError(f"no buffer of {size} bytes could be allocated")
    if like:
        gst.gst_buffer_copy_into(address, like, flags, 0, -1)
    return int(address)


def set_times(address: int, *, pts: int, duration: int = NO_TIME) -> None:
    """Write the presentation time and the duration (nanoseconds) of a buffer that nobody else holds."""
    buffer = Buffer.from_address(address)
    buffer.pts, buffer.dts, buffer.duration = pts, NO_TIME, duration


def push(pad: object, address: int) -> int:
    """Push the buffer at `address` and give its reference away; returns the GstFlowReturn as int."""
    return int(gst.gst_pad_push(hash(pad), address))


def push_again(pad: object, buffer: object) -> int:
    """Push a buffer that Python also holds, unchanged; returns the GstFlowReturn as int."""
    return push(pad, gst.gst_mini_object_ref(hash(buffer)))
