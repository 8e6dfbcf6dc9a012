"""What a native library needs that this machine lacks, and stand-ins for NVIDIA's part of it."""

import ctypes
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from simulator.errors import ModelError, NotSimulatedError
from simulator.native import shared_object

_MACHINES = {"x86_64": "EM_X86_64", "aarch64": "EM_AARCH64"}
_SPOKEN = {"EM_X86_64": "x86-64", "EM_AARCH64": "aarch64"}
_NVIDIAS = re.compile(r"^lib(nv|cu|npp|gstnv)")
"""TensorRT, DeepStream, CUDA and its mathematics, NPP, and DeepStream's GStreamer libraries."""
_DATA = ("_ZTI", "_ZTV", "_ZTS")
"""Type information, tables of virtual functions and names of types, by the Itanium C++ ABI's mangling."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What a shared object asks the loader for.

    Attributes:
        libraries: The sonames that it is linked with.
        symbols: What others have to define, without what may be away (weak).
        machine: As `platform.machine` names it.
    """

    libraries: tuple[str, ...]
    symbols: tuple[str, ...]
    machine: str


def read(library: Path) -> Needs:
    """Read the dynamic section and symbols of a library.

    Raises:
        ModelError: It is away, or no shared object for Linux.
        NotSimulatedError: It was built for another processor.
    """
    try:
        with library.open("rb") as file:
            elf = ELFFile(file)
            machine = elf["e_machine"]
            own = _MACHINES.get(platform.machine())
            if machine != own:
                raise NotSimulatedError(
                    f"{library} is built for {_SPOKEN.get(machine, machine)}, and this machine is {platform.machine()}",
                    hint=f"Build it for {platform.machine()} to simulate it; the device's own library stays as it is.",
                )
            return Needs(libraries=tuple(_linked(elf)), symbols=tuple(_undefined(elf)), machine=platform.machine())
    except OSError as error:
        raise ModelError(f"{library} cannot be read: {error.strerror}", hint="Check custom-lib-path.") from error
    except (ELFError, ValueError, KeyError, AttributeError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{library} is no shared library for Linux: {error}",
            hint="Build it with `g++ -shared -fPIC`, and copy all of it.",
        ) from error


def _linked(elf: ELFFile) -> Iterator[str]:
    for segment in elf.iter_segments():
        if isinstance(segment, DynamicSegment):
            for tag in segment.iter_tags("DT_NEEDED"):
                yield str(vars(tag)["needed"])  # set by the kind of tag, which the types do not say


def _undefined(elf: ELFFile) -> Iterator[str]:
    table = elf.get_section_by_name(".dynsym")
    if isinstance(table, SymbolTableSection):
        for symbol in table.iter_symbols():
            if symbol["st_shndx"] == "SHN_UNDEF" and symbol["st_info"]["bind"] == "STB_GLOBAL" and symbol.name:
                yield symbol.name


def stand_in(needs: Needs, library: Path, folder: Path) -> tuple[str, ...]:
    """Load what is there, and write and load stand-ins for NVIDIA's libraries that are not.

    Args:
        needs: What the library asks for.
        library: The library, for sentences.
        folder: An empty folder for the stand-ins; it may go when this process ends.

    Returns:
        The sonames that were stood in for.

    Raises:
        ModelError: A library that is not NVIDIA's is away.
    """
    missing = [name for name in needs.libraries if not _loads(name, library)]
    others = [name for name in missing if not _NVIDIAS.match(name)]
    if others:
        raise ModelError(
            f"{library} needs {', '.join(others)}, which this machine does not have",
            hint="Install the package that holds it (`apt-file search NAME` finds it), or link it statically.",
        )
    machine = shared_object.X86_64 if needs.machine == "x86_64" else shared_object.AARCH64
    if missing:
        undefined = _unresolved(needs.symbols)
        content = shared_object.Content(
            # Of another name than those that are missing: the loader believes a library without versions only then.
            soname="libazda-stand-in.so",
            functions=[name for name in undefined if not name.startswith(_DATA)],
            objects=[name for name in undefined if name.startswith(_DATA)],
            machine=machine,
        )
        _load(content, folder)
    for name in missing:
        _load(shared_object.Content(soname=name, machine=machine), folder)
    return tuple(missing)


def _loads(name: str, library: Path) -> bool:
    """Whether the loader finds a library; one beside the parser serves too, as `$ORIGIN` would find it."""
    for candidate in (name, str(library.parent / name)):
        try:
            ctypes.CDLL(candidate, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return True
    return False


def _unresolved(symbols: Sequence[str]) -> list[str]:
    everything = ctypes.CDLL(None)
    return [name for name in symbols if not hasattr(everything, name)]


def _load(content: shared_object.Content, folder: Path) -> None:
    path = folder / content.soname.replace("/", "_")
    path.write_bytes(shared_object.write(content))
    ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
