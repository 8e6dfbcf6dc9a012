"""The checker knows what the runtime gives to parsers: attributes of `config`, and helpers to import."""

from pathlib import Path

import pytest

from azdacli import parser_check

PARSER = """from azda_runtime.parsers.helpers import {taken}

model_type = 0
name = "P"
labels = ["a"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output0"].T
    kept, ids, scores = best_classes(rows[:, 4:], 0.5)
    return config.{used}(rows[kept, :4]), ids, scores, None
"""


def rules(folder: Path, taken: str, used: str) -> list[tuple[str, str]]:
    path = folder / "parser.py"
    path.write_text(PARSER.format(taken=taken, used=used))
    return [(one.rule.id, one.cure) for one in parser_check.check([path]).findings if one.rule.id != "AZ105"]


def test_what_is_there_is_no_finding(tmp_path: Path) -> None:
    assert rules(tmp_path, "best_classes", "to_frame") == []


@pytest.mark.parametrize(
    ("taken", "used", "rule", "cure"),
    [
        ("best_classes, nns", "to_frame", "AZ305", "Did you mean 'nms'?"),
        ("best_classes, letterbox_everything", "to_frame", "AZ305", "It has 'best_classes', 'ctc_text'"),
        ("best_classes", "to_frames", "AZ209", "Did you mean 'config.to_frame'?"),
    ],
)
def test_what_is_not_there_is_named(taken: str, used: str, rule: str, cure: str, tmp_path: Path) -> None:
    (found,) = rules(tmp_path, taken, used)
    assert found[0] == rule
    assert cure in found[1]
