"""PP-OCR's own models find and read text through nvinfer's configuration files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from simulator.inference.engine import InferenceEngine, Piece
from simulator.inference.geometry import Rectangle
from simulator.inference.nvinfer_file import read_nvinfer_file

pytestmark = pytest.mark.models

SCALE = "net-scale-factor=0.00784313725490196\noffsets=127.5;127.5;127.5\nmodel-color-format=1\nscaling-filter=1\n"
TEXT = "DEEPSTREAM 2026"


@pytest.fixture(scope="module")
def picture() -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A white frame with one line of text, and the text's box as left, top, right, bottom."""
    image = Image.new("RGBA", (1280, 720), "white")
    canvas = ImageDraw.Draw(image)
    font = ImageFont.load_default(64)
    canvas.text((300, 250), TEXT, font=font, fill="black")
    box = canvas.textbbox((300, 250), TEXT, font=font)
    return np.array(image), (int(box[0]), int(box[1]), int(box[2]), int(box[3]))


def engine(tmp_path: Path, text: str) -> InferenceEngine:
    path = tmp_path / "config.txt"
    path.write_text(f"[property]\nnetwork-type=100\noutput-tensor-meta=1\n{SCALE}{text}")
    return InferenceEngine(read_nvinfer_file(path))


def test_text_is_found_where_it_was_drawn(
    ocr_models: Path, tmp_path: Path, picture: tuple[np.ndarray, tuple[int, int, int, int]]
) -> None:
    frame, (left, top, right, bottom) = picture
    detector = engine(tmp_path, f"onnx-file={ocr_models}/ch_PP-OCRv4_det_infer.onnx\ninfer-dims=3;384;640\n")
    (result,) = detector.infer([Piece(frame=frame)])
    assert result is not None
    (scores,) = result.outputs.values()
    assert scores.shape == (1, 384, 640)
    rows, columns = np.nonzero(scores[0] > 0.3)
    across, down = 1280 / 640, 720 / 384
    found = (columns.min() * across, rows.min() * down, columns.max() * across, rows.max() * down)
    assert found == pytest.approx((left, top, right, bottom), abs=32)  # the model shrinks what it marks
    middle = scores[0, int((top + bottom) / 2 / down), int((left + right) / 2 / across)]
    assert middle > 0.5


def test_text_is_read_from_its_crop(
    ocr_models: Path, tmp_path: Path, picture: tuple[np.ndarray, tuple[int, int, int, int]]
) -> None:
    frame, (left, top, right, bottom) = picture
    reader = engine(
        tmp_path,
        f"onnx-file={ocr_models}/ch_PP-OCRv4_rec_infer.onnx\ninfer-dims=3;48;480\nbatch-size=4\nprocess-mode=2\n"
        "maintain-aspect-ratio=1\n",
    )
    crop = Rectangle(left=left - 8, top=top - 8, width=right - left + 16, height=bottom - top + 16)
    results = reader.infer([Piece(frame=frame, rectangle=crop)] * 2)
    characters = ["", *reader.session.metadata["character"].splitlines(), " "]
    for result in results:
        assert result is not None
        (scores,) = result.outputs.values()
        best = scores.argmax(axis=1)
        kept = best[np.concatenate([[True], best[1:] != best[:-1]])]
        assert "".join(characters[index] for index in kept).replace(" ", "") == TEXT.replace(" ", "")
