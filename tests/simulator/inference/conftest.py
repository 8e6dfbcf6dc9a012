"""Shared by the tests of inference."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

WriteFile = Callable[..., Path]


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (90, 160, 4), dtype=np.uint8)


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    def write(text: str, name: str = "config.txt") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
