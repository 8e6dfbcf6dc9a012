"""What the programs are given: configurations of nvinfer for the models of balls, and ports."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

Program = Callable[..., Any]
PIXEL = "net-scale-factor=0.00392156862745098"
DETECTOR = f"{PIXEL}\nnum-detected-classes=1\ncluster-mode=4\n[class-attrs-all]\npre-cluster-threshold=0.5\n"
TENSORS = f"{PIXEL}\nnetwork-type=100\noutput-tensor-meta=1\n"


def configuration(folder: Path, model: Path, text: str, *, name: str = "config.txt", unique_id: int = 1) -> Path:
    """An nvinfer configuration for a model."""
    path = folder / name
    path.write_text(f"[property]\ngie-unique-id={unique_id}\nbatch-size=2\nonnx-file={model}\n{text}", encoding="utf-8")
    return path


def free_port(kind: int) -> int:
    """A port that nobody listens on."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
