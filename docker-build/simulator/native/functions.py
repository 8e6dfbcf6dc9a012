"""Calls a native parser: what it takes is built, what it gives is copied out, and its memory is given back to it."""

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.errors import ModelError
from simulator.native import abi

_LAZY = 1
"""RTLD_LAZY, as nvinfer opens libraries: what is never called need not be there. ctypes always asks for everything."""

Arrays = Mapping[str, npt.NDArray[Any]]


class Library:
    """A loaded library.

    Args:
        path: The library.

    Raises:
        ModelError: The loader refuses it.
    """

    def __init__(self, path: Path) -> None:
        loader = ctypes.CDLL(None)
        loader.dlopen.restype, loader.dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
        loader.dlerror.restype = ctypes.c_char_p
        handle = loader.dlopen(str(path).encode(), _LAZY)
        if not handle:
            raise ModelError(f"{path} cannot be loaded: {(loader.dlerror() or b'').decode(errors='replace')}")
        self.path = path
        self._library = ctypes.CDLL(str(path), handle=handle)

    def function(self, name: str) -> Any:
        """A function that returns a C++ bool.

        Raises:
            ModelError: The library has none of this name.
        """
        try:
            found = getattr(self._library, name)
        except AttributeError as error:
            raise ModelError(
                f"{self.path} exports no function '{name}'",
                hint='Correct the name, or export it with `extern "C"`; `nm -D --defined-only FILE` lists all.',
            ) from error
        found.restype = ctypes.c_bool
        return found

    def freed(self, vector: abi.Vector) -> None:
        """Give the memory of a vector back, by the `operator delete` that the library itself is linked with."""
        if vector.begin:
            self._of_c_plus_plus("_ZdlPv")(ctypes.c_void_p(vector.begin))

    def freed_array(self, address: int) -> None:
        """Give back what was made with `new[]`."""
        self._of_c_plus_plus("_ZdaPv")(ctypes.c_void_p(address))

    def _of_c_plus_plus(self, name: str) -> Any:
        function = getattr(self._library, name)  # dlsym also looks in what the library is linked with
        function.restype, function.argtypes = None, (ctypes.c_void_p,)
        return function


class Parameters:
    """What stays the same from frame to frame.

    Args:
        network: Width, height and channels of the network.
        before: A threshold per class to be passed before clustering.
        after: One to be passed after it.
        threshold: A classifier's.
    """

    def __init__(
        self, *, network: tuple[int, int, int], before: list[float], after: list[float], threshold: float
    ) -> None:
        self.network = abi.Network(*network)
        self.threshold = ctypes.c_float(threshold)
        (pre, self._pre), (post, self._post) = abi.vector_of(before), abi.vector_of(after)
        self.detection = abi.DetectionParams(len(before), pre, post)
        address = ctypes.addressof(self.detection) + abi.DetectionParams.perClassPreclusterThreshold.offset
        self.detection.perClassThreshold = ctypes.cast(address, ctypes.POINTER(abi.Vector))


class DetectionFunction:
    """A function of the type NvDsInferParseCustomFunc or NvDsInferInstanceMaskParseCustomFunc."""

    def __init__(self, library: Library, name: str, parameters: Parameters, kind: np.dtype[Any]) -> None:
        self._library, self._parameters, self._kind = library, parameters, kind
        self._function = library.function(name)

    def __call__(self, outputs: Arrays) -> tuple[bool, dict[str, npt.NDArray[Any]]]:
        """Parse a frame: whether the function says that it went well, `objects`, and `mask0`, … of instances."""
        described = abi.layers(outputs)
        held = abi.vector_over(described, len(described), ctypes.sizeof(abi.Layer))
        found, parameters = abi.Vector(), self._parameters
        by_reference = (held, parameters.network, parameters.detection, found)
        passed = bool(self._function(*map(ctypes.byref, by_reference)))
        try:
            arrays = self._instances(found) if self._kind is abi.INSTANCE else {"objects": self._boxes(found)}
        finally:
            self._library.freed(found)
        return passed, arrays

    def _boxes(self, found: abi.Vector) -> npt.NDArray[Any]:
        return abi.boxes(found, self._kind, self._parameters.detection.numClassesConfigured)

    def _instances(self, found: abi.Vector) -> dict[str, npt.NDArray[Any]]:
        objects = abi.elements(found, abi.INSTANCE)
        masks = {}
        for index, each in enumerate(objects):
            size, address = int(each["mask_width"]) * int(each["mask_height"]), int(each["mask"])
            if not address:
                continue
            if int(each["mask_size"]) != 4 * size:
                raise ValueError(f"mask_size is {each['mask_size']}, and the mask has {size} values of 4 bytes")
            shape = (int(each["mask_height"]), int(each["mask_width"]))
            masks[f"mask{index}"] = np.frombuffer(ctypes.string_at(address, 4 * size), np.float32).reshape(shape)
            self._library.freed_array(address)
        return {"objects": objects, **masks}


class ClassificationFunction:
    """A function of the type NvDsInferClassiferParseCustomFunc (NVIDIA's spelling)."""

    def __init__(self, library: Library, name: str, parameters: Parameters) -> None:
        self._library, self._parameters = library, parameters
        self._function = library.function(name)
        self._free = ctypes.CDLL(None).free
        self._free.argtypes = (ctypes.c_void_p,)

    def __call__(self, outputs: Arrays) -> tuple[bool, list[tuple[int, int, float, str | None]], str]:
        """Parse a frame or an object: whether it went well; index, value, confidence, label each; the description."""
        described = abi.layers(outputs)
        held = abi.vector_over(described, len(described), ctypes.sizeof(abi.Layer))
        found, text, parameters = abi.Vector(), abi.text(), self._parameters
        inside = text.data
        references = [ctypes.byref(held), ctypes.byref(parameters.network), parameters.threshold]
        passed = bool(self._function(*references, ctypes.byref(found), ctypes.byref(text)))
        try:
            rows = abi.elements(found, abi.ATTRIBUTE)
            attributes = [(int(r["index"]), int(r["value"]), float(r["confidence"]), self._label(r)) for r in rows]
            description = ctypes.string_at(text.data, text.length).decode(errors="replace")
        finally:
            self._library.freed(found)
            if text.data != inside:
                self._library.freed(abi.Vector(text.data, text.data, text.data))
        return passed, attributes, description

    def _label(self, row: Any) -> str | None:
        address = int(row["label"])
        if not address:
            return None
        text = ctypes.string_at(address).decode(errors="replace")
        self._free(address)
        return text
