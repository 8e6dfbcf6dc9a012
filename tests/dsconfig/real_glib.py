"""GLib itself as a child process: key files in on standard input, what it reads of them out on standard output."""

import ctypes
import ctypes.util
import json
import sys
from collections.abc import Callable
from typing import Any

Pointer = ctypes.c_void_p


def library() -> Any:
    glib = ctypes.CDLL(ctypes.util.find_library("glib-2.0") or "libglib-2.0.so.0")
    glib.g_key_file_new.restype = Pointer
    arguments = [Pointer, ctypes.c_char_p, ctypes.c_char_p, Pointer]
    for name, result in {
        "get_integer": ctypes.c_int,
        "get_double": ctypes.c_double,
        "get_boolean": ctypes.c_int,
        "get_string": Pointer,
        "get_value": Pointer,
    }.items():
        function = getattr(glib, f"g_key_file_{name}")
        function.argtypes, function.restype = arguments, result
    for name in ("get_string_list", "get_integer_list", "get_double_list"):
        function = getattr(glib, f"g_key_file_{name}")
        function.argtypes, function.restype = [*arguments[:3], Pointer, Pointer], Pointer
    glib.g_key_file_load_from_data.argtypes = [Pointer, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int, Pointer]
    glib.g_key_file_get_groups.argtypes, glib.g_key_file_get_groups.restype = [Pointer, Pointer], Pointer
    glib.g_key_file_get_keys.argtypes = [Pointer, ctypes.c_char_p, Pointer, Pointer]
    glib.g_key_file_get_keys.restype = Pointer
    for name in ("g_free", "g_strfreev", "g_key_file_free", "g_error_free"):
        getattr(glib, name).argtypes = [Pointer]
    return glib


GLIB = library()


def text(pointer: int) -> str:
    value = ctypes.string_at(pointer).decode("utf-8", errors="surrogateescape")
    GLIB.g_free(pointer)
    return value


def texts(pointer: int, count: int | None = None) -> list[str]:
    array = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_char_p))
    found: list[str] = []
    while (item := array[len(found)]) is not None:
        found.append(item.decode("utf-8", errors="surrogateescape"))
    GLIB.g_strfreev(pointer)
    assert count is None or count == len(found)
    return found


def copied(kind: Any) -> Callable[[int, int], list[Any]]:
    def copy(pointer: int, count: int) -> list[Any]:
        array = ctypes.cast(pointer, ctypes.POINTER(kind))
        found = array[:count]
        GLIB.g_free(pointer)
        return list(found)

    return copy


ONE: dict[str, Callable[[Any], Any]] = {"integer": int, "double": repr, "boolean": bool, "string": text, "value": text}
MANY: dict[str, Callable[[int, int], Any]] = {
    "string_list": texts,
    "integer_list": copied(ctypes.c_int),
    "double_list": copied(ctypes.c_double),
}


def values(file: int, group: bytes, key: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, convert in ONE.items():
        error = Pointer()
        value = getattr(GLIB, f"g_key_file_get_{name}")(file, group, key, ctypes.byref(error))
        found[name] = refused(error) or convert(value)
    for name, copy in MANY.items():
        error, count = Pointer(), ctypes.c_size_t()
        value = getattr(GLIB, f"g_key_file_get_{name}")(file, group, key, ctypes.byref(count), ctypes.byref(error))
        found[name] = refused(error) or (copy(value, count.value) if value else [])
        if name == "double_list" and found[name] != "refused":
            found[name] = [repr(item) for item in found[name]]
    return found


def refused(error: Pointer) -> str:
    if not error.value:
        return ""
    GLIB.g_error_free(error.value)
    return "refused"


def read(data: bytes) -> Any:
    file, error = GLIB.g_key_file_new(), Pointer()
    try:
        GLIB.g_key_file_load_from_data(file, data, len(data), 0, ctypes.byref(error))
        if refused(error):
            return "refused"
        answer: dict[str, dict[str, Any]] = {}
        for group in texts(GLIB.g_key_file_get_groups(file, None)):
            name = group.encode("utf-8", errors="surrogateescape")
            keys = texts(GLIB.g_key_file_get_keys(file, name, None, None))
            answer[group] = {k: values(file, name, k.encode("utf-8", errors="surrogateescape")) for k in keys}
        return answer
    finally:
        GLIB.g_key_file_free(file)


def main() -> None:
    files = json.load(sys.stdin)
    json.dump([read(file.encode("latin-1")) for file in files], sys.stdout)


if __name__ == "__main__":
    main()
