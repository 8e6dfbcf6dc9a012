"""PP-OCR's own pair: `init` names both, and what it writes passes the checker and reads a picture."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from azda_runtime.parsers.caller import load_primary, load_secondary
from typer.testing import CliRunner

from azdacli import parser_check
from azdacli.cli.app import app

pytestmark = pytest.mark.models


def test_the_pair_is_a_cascade_that_reads(ocr_models: Path, tmp_path: Path) -> None:
    detector, reader = (ocr_models / f"ch_PP-OCRv4_{each}_infer.onnx" for each in ("det", "rec"))
    words = ["init", tmp_path / "new", "--model", detector, "--secondary", reader, "--size", "640x384"]
    result = CliRunner().invoke(app, [*map(str, words)])
    assert result.exit_code == 0, result.output
    assets = tmp_path / "new" / "custom-assets"
    assert [f.message for f in parser_check.check([assets]).findings if f.severity.value != "note"] == []

    picture = np.full((384, 640, 3), 255, np.uint8)
    cv2.putText(picture, "AZDA 2026", (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 4)
    scaled = (picture.astype(np.float32) - (123.675, 116.28, 103.53)) * 0.01735207
    boxes = load_primary(assets / "parser.py").detect((640, 384), outputs(detector, scaled), (640, 384)).boxes
    left, top, width, height = boxes.round().astype(int)[np.argmax(boxes[:, 2])]
    assert 60 < left < 120
    assert 300 < width < 420

    text = cv2.resize(picture[top : top + height, left : left + width], (int(48 * width / height), 48))
    line = np.zeros((48, 480, 3), np.float32)
    line[:, : text.shape[1]] = text[:, :480] / 127.5 - 1
    read = load_secondary(assets / "secondary_parser.py").parse((640, 384), outputs(reader, line))
    assert "AZDA" in read
    assert "2026" in read


def outputs(model: Path, picture: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {"x": picture.astype(np.float32).transpose(2, 0, 1)[None]})
    return {name: value[0] for name, value in zip(names, values, strict=True)}
