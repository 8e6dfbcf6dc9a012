"""Writes shared objects that stand for NVIDIA's libraries: a parser linked with them loads, and may not call them.

A function of theirs is an instruction that the processor refuses, so that a call is noticed and named. TensorRT's
plugin registry alone answers, since libraries with plugins ask for it while they are loaded.
Source: System V ABI (generic, x86-64 and AArch64 supplements).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

X86_64, AARCH64 = 62, 183
REGISTRY = "getPluginRegistry"
_PAGE = 0x10000  # the largest page of AArch64
_SLOT, _OBJECT_BYTES, _METHODS = 16, 256, 64
_TRAP = {X86_64: b"\x0f\x0b", AARCH64: b"\x00\x00\x00\x00"}
_RETURN_ONE = {X86_64: b"\xb8\x01\x00\x00\x00\xc3", AARCH64: b"\x20\x00\x80\x52\xc0\x03\x5f\xd6"}
_RELATIVE = {X86_64: 8, AARCH64: 1027}
_DT = {
    "HASH": 4,
    "STRTAB": 5,
    "SYMTAB": 6,
    "RELA": 7,
    "RELASZ": 8,
    "RELAENT": 9,
    "STRSZ": 10,
    "SYMENT": 11,
    "SONAME": 14,
}
_HEADER, _PROGRAM, _SYMBOL, _RELOCATION, _ENTRY = 64, 56, 24, 24, 16
_PROGRAMS = 4
_GLOBAL_FUNCTION, _GLOBAL_OBJECT = 0x12, 0x11


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a shared object defines.

    Attributes:
        soname: The name that others are linked with.
        functions: Names of functions.
        objects: Names of data: type information and tables of virtual functions. Each is 256 zero bytes.
        machine: `X86_64` or `AARCH64`.
    """

    soname: str
    functions: Sequence[str] = ()
    objects: Sequence[str] = ()
    machine: int = X86_64

    def __post_init__(self) -> None:
        if self.machine not in _TRAP:
            raise ValueError(f"machine {self.machine} is neither x86-64 nor AArch64")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where each part of the file stands; addresses in memory are the same."""

    hashes: int
    symbols: int
    relocations: int
    strings: int
    code: int
    one: int
    data: int
    registry: int
    methods: int
    objects: int
    end: int


def _layout(content: Content, strings: int) -> _Layout:
    symbols = len(content.functions) + len(content.objects) + 1
    hashes = _HEADER + _PROGRAMS * _PROGRAM
    table = _up(hashes + 4 * (3 + symbols), 8)
    relocations = table + _SYMBOL * symbols
    text = relocations + _RELOCATION * (_METHODS + 1)
    code = _up(text + strings, _SLOT)
    one = code + _SLOT * len(content.functions)
    data = _up(one + _SLOT, _PAGE)
    registry = data + (len(_DT) + 1) * _ENTRY
    methods = registry + 8
    objects = methods + 8 * _METHODS
    end = objects + _OBJECT_BYTES * len(content.objects)
    return _Layout(hashes, table, relocations, text, code, one, data, registry, methods, objects, end)


def write(content: Content) -> bytes:
    """Lay the file out: header, tables and code on the first pages, data that is written to on those after them."""
    names = [*content.functions, *content.objects]
    strings, offsets = _strings([content.soname, *names])
    at = _layout(content, len(strings))
    relocations = _relative(content.machine, at.registry, at.methods) + b"".join(
        _relative(content.machine, at.methods + 8 * index, at.one) for index in range(_METHODS)
    )
    values = (
        *(("HASH", at.hashes), ("STRTAB", at.strings), ("SYMTAB", at.symbols), ("RELA", at.relocations)),
        *(("RELASZ", len(relocations)), ("RELAENT", _RELOCATION), ("STRSZ", len(strings)), ("SYMENT", _SYMBOL)),
        ("SONAME", offsets[0]),
    )
    dynamic = b"".join(struct.pack("<QQ", _DT[name], value) for name, value in values) + bytes(_ENTRY)
    image = bytearray(at.end)
    for position, part in (
        (0, _header(content.machine)),
        (_HEADER, _programs(at.one + _SLOT, at.data, at.end, len(dynamic))),
        (at.hashes, _hash(len(names) + 1)),
        (at.symbols, _symbols(content, at, offsets[1:])),
        (at.relocations, relocations),
        (at.strings, strings),
        (at.code, _code(content, at)),
        (at.one, _RETURN_ONE[content.machine]),
        (at.data, dynamic),
    ):
        image[position : position + len(part)] = part
    return bytes(image)


def _code(content: Content, at: _Layout) -> bytes:
    return b"".join(
        _function(name, at.code + _SLOT * index, at.registry, content.machine)
        for index, name in enumerate(content.functions)
    )


def _symbols(content: Content, at: _Layout, offsets: Sequence[int]) -> bytes:
    count = len(content.functions)
    functions = [(_GLOBAL_FUNCTION, at.code + _SLOT * index, _SLOT) for index in range(count)]
    objects = [
        (_GLOBAL_OBJECT, at.objects + _OBJECT_BYTES * index, _OBJECT_BYTES) for index in range(len(content.objects))
    ]
    return bytes(_SYMBOL) + b"".join(
        struct.pack("<IBBHQQ", offset, kind, 0, 1, value, size)
        for offset, (kind, value, size) in zip(offsets, functions + objects, strict=True)
    )


def _up(position: int, step: int) -> int:
    return -(-position // step) * step


def _strings(names: Sequence[str]) -> tuple[bytes, list[int]]:
    table, offsets = b"\0", []
    for name in names:
        offsets.append(len(table))
        table += name.encode() + b"\0"
    return table, offsets


def _function(name: str, position: int, registry: int, machine: int) -> bytes:
    if name != REGISTRY:
        return _TRAP[machine].ljust(_SLOT, b"\0" if machine == AARCH64 else b"\xcc")
    if machine == X86_64:  # lea rax, [rip + distance]; ret
        return (b"\x48\x8d\x05" + struct.pack("<i", registry - position - 7) + b"\xc3").ljust(_SLOT, b"\xcc")
    distance = registry - position  # adr x0, distance; ret
    adr = 0x10000000 | (distance & 3) << 29 | (distance >> 2 & 0x7FFFF) << 5
    return (struct.pack("<I", adr) + b"\xc0\x03\x5f\xd6").ljust(_SLOT, b"\0")


def _relative(machine: int, position: int, value: int) -> bytes:
    return struct.pack("<QQq", position, _RELATIVE[machine], value)


def _hash(symbols: int) -> bytes:
    """One bucket, and a chain through all symbols."""
    chain = [0, *range(2, symbols), 0][:symbols]
    return struct.pack(f"<3I{symbols}I", 1, symbols, 1 if symbols > 1 else 0, *chain)


def _header(machine: int) -> bytes:
    identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    return identity + struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, _HEADER, 0, 0, _HEADER, _PROGRAM, _PROGRAMS, 64, 0, 0
    )


def _programs(code_end: int, data: int, end: int, dynamic: int) -> bytes:
    read_execute, read_write = 5, 6

    def program(kind: int, flags: int, begin: int, size: int, align: int) -> bytes:
        return struct.pack("<IIQQQQQQ", kind, flags, begin, begin, begin, size, size, align)

    return (
        program(1, read_execute, 0, code_end, _PAGE)
        + program(1, read_write, data, end - data, _PAGE)
        + program(2, read_write, data, dynamic, 8)
        + program(0x6474E551, read_write, 0, 0, 16)  # PT_GNU_STACK: the stack needs not be executable
    )
