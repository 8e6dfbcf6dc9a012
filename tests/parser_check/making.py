"""Small real files for the tests: ONNX models and shared libraries, written byte by byte."""

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

MACHINES = {"x86-64": 62, "aarch64": 183}


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def value_info(name: str, shape: Sequence[int | str], element: int = 1) -> bytes:
    dims = b"".join(field(1, field(1, d) if isinstance(d, int) else field(2, d)) for d in shape)
    tensor = field(1, element) + field(2, dims)
    return field(1, name) + field(2, field(1, tensor))


def node(operator: str, domain: str = "") -> bytes:
    return field(4, operator) + (field(7, domain) if domain else b"")


def weight(name: str, location: str | None = None, data: bytes = b"\0\0\0\0") -> bytes:
    body = field(1, 1) + field(2, 1) + field(8, name)
    if location is None:
        return body + field(9, data)
    entries = (("location", location), ("offset", "0"), ("length", "4"))
    return body + b"".join(field(13, field(1, k) + field(2, v)) for k, v in entries) + field(14, 1)


def onnx(
    inputs: Mapping[str, Sequence[int | str]],
    outputs: Iterable[str],
    weights: Iterable[str] = (),
    external: Iterable[str] = (),
    opset: int = 17,
    *,
    elements: Mapping[str, int] | None = None,
    shapes: Mapping[str, Sequence[int | str]] | None = None,
    metadata: Mapping[str, str] | None = None,
    nodes: Iterable[tuple[str, str]] = (),
    inner: Iterable[tuple[str, str]] = (),
    functions: Iterable[str] = (),
) -> bytes:
    """A model with a header like an exporter's; its weights are inputs too, as old exporters write it."""
    parts = [field(2, "main"), *(field(1, node(*kind)) for kind in nodes)]
    graph = b"".join(field(1, node(*kind)) for kind in inner)
    parts += [field(1, node("If") + field(5, field(1, "then_branch") + field(6, graph)))] if graph else []
    parts += [field(5, weight(name)) for name in weights]
    parts += [field(5, weight(f"far.{i}", location)) for i, location in enumerate(external)]
    parts += [field(11, value_info(name, shape)) for name, shape in inputs.items()]
    parts += [field(11, value_info(name, [1])) for name in weights]
    parts += [
        field(12, value_info(name, (shapes or {}).get(name, ["N"]), (elements or {}).get(name, 1))) for name in outputs
    ]
    domains = field(8, field(1, "") + field(2, opset)) + field(8, field(1, "com.example") + field(2, 1))
    about = b"".join(field(14, field(1, key) + field(2, value)) for key, value in (metadata or {}).items())
    about += b"".join(field(25, field(1, name)) for name in functions)
    return field(1, 8) + field(2, "tests") + domains + field(7, b"".join(parts)) + about


def shared_library(machine: str, symbols: Sequence[str]) -> bytes:
    """An ELF file with a dynamic symbol table and no section headers, as `strip` leaves one."""
    names = b"\0" + b"".join(s.encode() + b"\0" for s in symbols)
    offsets, place = [], 1
    for symbol in symbols:
        offsets.append(place)
        place += len(symbol.encode()) + 1
    table = b"\0" * 24 + b"".join(struct.pack("<IBBHQQ", o, 0x12, 0, 1, 0x1000, 8) for o in offsets)
    hashes = struct.pack("<III", 1, len(symbols) + 1, 0) + struct.pack("<I", 0) * (len(symbols) + 1)
    start = 64 + 56 * 2
    symtab, strtab = start, start + len(table)
    hashtab = (strtab + len(names) + 7) // 8 * 8
    dynamic = hashtab + (len(hashes) + 7) // 8 * 8
    tags = [(4, hashtab), (5, strtab), (6, symtab), (10, len(names)), (11, 24), (0, 0)]
    entries = b"".join(struct.pack("<QQ", *tag) for tag in tags)
    size = dynamic + len(entries)
    ident = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    header = ident + struct.pack("<HHIQQQIHHHHHH", 3, MACHINES[machine], 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 0x1000)
    segment = struct.pack("<IIQQQQQQ", 2, 4, dynamic, dynamic, dynamic, len(entries), len(entries), 8)
    body = (header + load + segment + table + names).ljust(hashtab, b"\0") + hashes
    return body.ljust(dynamic, b"\0") + entries


def complete(folder: Path) -> None:
    """Write the binaries that a folder of the corpus describes in JSON beside where they belong."""
    for described in folder.rglob("model.json"):
        text: dict[str, Any] = json.loads(described.read_text())
        described.with_suffix(".onnx").write_bytes(onnx(**text))
        described.unlink()
    for described in folder.rglob("*.so.json"):
        text = json.loads(described.read_text())
        described.with_suffix("").write_bytes(shared_library(**text))
        described.unlink()
