"""The tensors that the model itself gives: through nvinfer's own preprocessing, on noise, grey and a picture."""

from pathlib import Path

import numpy as np
from azda_runtime.parsers.frame_config import Scaling
from numpy.typing import NDArray
from pyds._deepstream import simulated

from simulator.drawing import sheets
from simulator.inference.engine import InferenceEngine, Piece
from simulator.inference.nvinfer_file import read_nvinfer_file
from simulator.inference.server_file import read_server_file
from simulator.inference.settings import InferSettings, InputSettings, NetworkType
from simulator.parser_run.inputs import Input, Tensors, Trust
from simulator.parser_run.job import Job, Shape

Pixels = NDArray[np.uint8]
_PICTURE = (360, 640)
_PROTOBUF = b"infer_config"


class Model:
    """A loaded model.

    Args:
        job: Says which, and how it is configured.

    Raises:
        SimulatorError: It cannot run as it is configured.
    """

    def __init__(self, job: Job) -> None:
        self._engine = InferenceEngine(_settings(job))
        session = self._engine.session
        prepared = self._engine.settings.input
        self.size = (session.width, session.height)
        own = Scaling(keep_ratio=prepared.maintain_aspect_ratio, symmetric=prepared.symmetric_padding)
        self.scaling = own if job.config is not None else None  # the configuration alone says it
        self.shapes = tuple(
            Shape(name=layer.name, dims=tuple(map(int, layer.dims)), dtype=np.dtype(layer.dtype).name)
            for layer in session.outputs
        )

    def outputs(self, picture: Pixels) -> Tensors:
        """The raw outputs for one frame.

        Args:
            picture: Shape (height, width, 4), RGBA.
        """
        result = self._engine.infer([Piece(frame=picture)])[0]
        return {} if result is None else {name: np.ascontiguousarray(a) for name, a in result.outputs.items()}

    def inputs(self) -> list[Input]:
        """What it gives for noise, grey and a picture."""
        return [
            Input(
                name=f"model-{name}",
                tensors=self.outputs(picture),
                trust=Trust.MODEL,
                about=f"what the model gives for {about}",
            )
            for name, about, picture in _pictures()
        ]

    def pictures(self, path: Path) -> list[tuple[Input, Pixels]]:
        """What it gives for a user's pictures, or frames of a video, each with its picture.

        Raises:
            PictureError: There are none.
        """
        found = []
        for number, (name, picture) in enumerate(sheets.read_pictures(path)):
            size = (picture.shape[1], picture.shape[0])
            given = Input(
                name=f"image-{number:03}",
                tensors=self.outputs(sheets.with_alpha(picture)),
                trust=Trust.MODEL,
                about=f"what the model gives for {name}",
                size=size,
            )
            found.append((given, picture))
        return found


def _settings(job: Job) -> InferSettings:
    given = {} if job.model is None else {"onnx-file": str(job.model.resolve())}
    if job.config is None:
        assert job.model is not None  # noqa: S101 # azdacli gives one of both
        return InferSettings(model=job.model, input=InputSettings(factor=1 / 255), network_type=NetworkType.OTHER)
    if _is_protobuf(job.config):
        return read_server_file(job.config)
    return read_nvinfer_file(job.config, given, simulated().version)


def _is_protobuf(path: Path) -> bool:
    return _PROTOBUF in path.read_bytes()


def _pictures() -> list[tuple[str, str, Pixels]]:
    generator = np.random.default_rng(3)
    noise = generator.integers(0, 256, (*_PICTURE, 4), dtype=np.uint8)
    grey = np.full((*_PICTURE, 4), 114, dtype=np.uint8)
    return [("noise", "noise", noise), ("grey", "grey", grey), ("picture", "a picture", drawn())]


def drawn() -> Pixels:
    """A picture of a sky, a ground and things on it."""
    rows, columns = np.mgrid[: _PICTURE[0], : _PICTURE[1]]
    picture: Pixels = np.full((*_PICTURE, 4), 255, dtype=np.uint8)
    picture[..., 0] = 90 + rows // 4
    picture[..., 1] = 140 - rows // 6
    picture[..., 2] = 200 - rows // 3
    for x, y, radius, colour in (
        (120, 250, 60, (200, 40, 40)),
        (330, 200, 90, (40, 160, 60)),
        (540, 270, 45, (20,) * 3),
    ):
        inside = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
        picture[inside, :3] = colour
    picture[220:330, 420:480, :3] = (230, 220, 60)
    return picture
