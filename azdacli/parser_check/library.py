"""Native libraries: the machine that one was built for, and the functions that it exports."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from azdacli.image.spec import Target
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.rules import cross
from azdacli.util.suggest import listed, near

_MACHINES = {"EM_X86_64": "x86-64", "EM_AARCH64": "aarch64", "EM_ARM": "32-bit ARM", "EM_386": "32-bit x86"}
_NEEDED: Mapping[Target, str] = {Target.JETSON: "aarch64", Target.DGPU: "x86-64"}
_MOST = 100_000  # symbols; what a custom library exports is in the hundreds
_MOST_READS = 1_000_000
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """What a shared library says about itself.

    Attributes:
        machine: What it was built for.
        symbols: The functions and variables that it has for others.
        whole: Whether that is all of them: a library may have too many, or a table that never ends.
    """

    machine: str
    symbols: frozenset[str]
    whole: bool = True


class _OverBudgetError(Exception):
    """More was read of a file than any library needs."""


class _Budget:
    """A file of which only so much is read: its tables may be made to never end.

    Args:
        file: The file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = _MOST_READS
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes.

        Raises:
            _OverBudgetError: It was read too often, or too much at once.
        """
        self.left -= 1
        if self.left < 0 or not 0 <= size <= _MOST_BYTES:
            raise _OverBudgetError
        return self._file.read(size)


def read(path: Path) -> Library | str:
    """Read a library's machine and exported symbols; a text says why it is not a library."""
    from elftools.common.exceptions import ELFError  # only a configuration with a library needs it
    from elftools.elf.elffile import ELFFile  # same

    try:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                return "it is not an ELF file"
            file.seek(0)
            budget = _Budget(file)
            elf = ELFFile(cast("Any", budget))
            if elf["e_type"] != "ET_DYN":
                return f"it is an ELF file of the type {elf['e_type']}, no shared library"
            machine = str(elf["e_machine"])
            symbols: set[str] = set()
            with contextlib.suppress(_OverBudgetError):
                budget.left = _MOST_READS
                for name in _symbols(elf):
                    symbols.add(name)
                return Library(machine=_MACHINES.get(machine, machine), symbols=frozenset(symbols))
            return Library(machine=_MACHINES.get(machine, machine), symbols=frozenset(symbols), whole=False)
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
        RecursionError,
        _OverBudgetError,
    ):
        return "it is damaged or cut short"


def _symbols(elf: Any) -> Iterator[str]:
    """The names that the library defines for others, also when its section headers were stripped."""
    from elftools.elf.dynamic import DynamicSegment  # as above

    for segment in elf.iter_segments():
        if isinstance(segment, DynamicSegment):
            for number, symbol in enumerate(segment.iter_symbols()):
                if number > _MOST:
                    raise _OverBudgetError
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
    path = config.files.find(entry.value)
    if path is None:
        return
    library = read(path)
    if isinstance(library, str):
        yield config.finding(cross.NOT_A_LIBRARY, entry, f"{path.name} is not a library for Linux: {library}")
        return
    needed = _NEEDED.get(ground.target) if ground.target else None
    if needed and library.machine != needed and ground.target:
        message = f"{path.name} is built for {library.machine}; {ground.target.label} needs {needed}"
        yield config.finding(cross.LIBRARY_MACHINE, entry, message)
    for function in config.functions if library.whole else ():
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
