"""Native libraries: the machine that one was built for, and the functions that it exports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.image.spec import Target
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.rules import cross
from azdacli.util.suggest import listed, near

_MACHINES = {"EM_X86_64": "x86-64", "EM_AARCH64": "aarch64", "EM_ARM": "32-bit ARM", "EM_386": "32-bit x86"}
_NEEDED: Mapping[Target, str] = {Target.JETSON: "aarch64", Target.DGPU: "x86-64"}
_MOST = 200_000  # symbols; a library with more is none that we would understand


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """What a shared library says about itself."""

    machine: str
    symbols: frozenset[str]


def read(path: Path) -> Library | str:
    """Read a library's machine and exported symbols; a text says why it is no library."""
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 # only a configuration with a library needs it
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415 # same

    try:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                return "it is no ELF file"
            file.seek(0)
            elf = ELFFile(file)
            if elf["e_type"] != "ET_DYN":
                return f"it is an ELF file of the type {elf['e_type']}, no shared library"
            machine = str(elf["e_machine"])
            return Library(machine=_MACHINES.get(machine, machine), symbols=frozenset(_symbols(elf)))
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    except (
        ELFError,
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
        OverflowError,
        MemoryError,
        ArithmeticError,
        AssertionError,
    ):
        return "it is damaged or cut short"


def _symbols(elf: Any) -> Iterator[str]:
    """The names that the library defines for others, also when its section headers were stripped."""
    from elftools.elf.dynamic import DynamicSegment  # noqa: PLC0415 # as above

    for segment in elf.iter_segments():
        if isinstance(segment, DynamicSegment):
            for number, symbol in enumerate(segment.iter_symbols()):
                if number > _MOST:
                    return
                if symbol["st_shndx"] != "SHN_UNDEF" and symbol.name:
                    yield symbol.name


def check(config: Config, ground: Ground) -> Iterator[Finding]:
    """Check the library that a configuration names, and the functions that are looked for in it."""
    entry = config.library
    if entry is None:
        for function in config.functions:
            message = f"'{function.value}' is looked for, and no library is named"
            yield config.finding(cross.FUNCTION_WITHOUT_LIBRARY, function, message)
        return
    path = config.beside(entry.value)
    if not path.is_file():
        return
    library = read(path)
    if isinstance(library, str):
        yield config.finding(cross.NOT_A_LIBRARY, entry, f"{path.name} is no library for Linux: {library}")
        return
    needed = _NEEDED.get(ground.target) if ground.target else None
    if needed and library.machine != needed and ground.target:
        message = f"{path.name} is built for {library.machine}; {ground.target.label} needs {needed}"
        yield config.finding(cross.LIBRARY_MACHINE, entry, message)
    for function in config.functions:
        if function.value not in library.symbols:
            yield _lacking(config, function, library, path)


def _lacking(config: Config, function: Any, library: Library, path: Path) -> Finding:
    mangled = [s for s in library.symbols if s.startswith("_Z") and f"{len(function.value)}{function.value}" in s]
    like = near(function.value, library.symbols, cutoff=0.6)
    parsers = sorted(s for s in library.symbols if "parse" in s.lower() and not s.startswith("_"))
    if mangled:
        cure = f"The library has it as a C++ name ('{mangled[0][:60]}'): declare it with `extern \"C\"`."
    elif like:
        cure = f"Did you mean '{like}'?"
    else:
        cure = f"It exports {listed(parsers)}." if parsers else "Correct the name, or export the function."
    return config.finding(cross.LIBRARY_FUNCTION, function, f"{path.name} exports no '{function.value}'", cure=cure)
