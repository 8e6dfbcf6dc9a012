"""Native libraries: made ones, real ones and damaged ones."""

import platform
import random
from pathlib import Path

import pytest

from azdacli.parser_check import library
from tests.parser_check import making


def test_a_stripped_library_still_tells_its_machine_and_its_functions(tmp_path: Path) -> None:
    path = tmp_path / "libyolo.so"
    path.write_bytes(making.shared_library("aarch64", ["NvDsInferParseYolo", "other"]))
    found = library.read(path)
    assert found == library.Library(machine="aarch64", symbols=frozenset({"NvDsInferParseYolo", "other"}))


def test_a_library_of_this_machine_is_read_as_its_linker_wrote_it() -> None:
    maps = Path("/proc/self/maps")
    loaded = [line.split()[-1] for line in maps.read_text().splitlines()] if maps.exists() else []
    real = next((Path(name) for name in loaded if Path(name).name.startswith("libc.so")), None)
    if real is None:
        pytest.skip("this system does not load libc from a file called libc.so")
    found = library.read(real)
    assert isinstance(found, library.Library)
    assert found.machine == {"x86_64": "x86-64"}.get(platform.machine(), platform.machine())
    assert {"printf", "malloc"} <= found.symbols
    assert "_dl_argv" not in found.symbols, "a symbol that the library takes from elsewhere is none of its own"


def test_a_damaged_library_is_refused_and_never_crashes_the_checker(tmp_path: Path) -> None:
    whole = making.shared_library("x86-64", ["a", "b"])
    chance = random.Random(7)
    path = tmp_path / "lib.so"
    for _ in range(400):
        data = bytearray(whole[: chance.randrange(len(whole) + 1)] if chance.random() < 0.3 else whole)
        for _ in range(chance.randrange(1, 6)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        found = library.read(path)
        assert isinstance(found, library.Library) or found
