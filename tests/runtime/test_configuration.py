"""DeepStream's configuration files are told apart by reading them."""

from contextlib import suppress
from pathlib import Path

import pytest
from azda_runtime.configuration import ConfigurationKind, Need, read_configuration
from azda_runtime.problems import InvalidValueError
from hypothesis import given
from hypothesis import strategies as st

PROTOBUF = 'infer_config {\n  unique_id: 1\n  backend { triton { model_name: "x" } }\n}\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "config.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[property]\ngpu-id=0\n", ConfigurationKind.NVINFER),
        ("# a comment\n\n[property]\n[class-attrs-all]\n", ConfigurationKind.NVINFER),
        ("\ufeff[property]\n", ConfigurationKind.NVINFER),
        ("[property]\n[property]\na=1\na=2\n", ConfigurationKind.NVINFER),
        ("property:\n  gpu-id: 0\n", ConfigurationKind.NVINFER),
        ("[property]\noutput-width=1\n[surface0]\n", ConfigurationKind.DEWARPER),
        ("[tracker]\nll-lib-file=/x.so\n", ConfigurationKind.TRACKER),
        (PROTOBUF, ConfigurationKind.NVINFERSERVER),
        ("# [property]\n" + PROTOBUF, ConfigurationKind.NVINFERSERVER),
        ("input_control { process_mode: 1 } infer_config: { }", ConfigurationKind.NVINFERSERVER),
    ],
)
def test_a_configuration_is_known_by_what_it_holds(tmp_path: Path, text: str, kind: ConfigurationKind) -> None:
    assert read_configuration(written(tmp_path, text)).kind is kind


@pytest.mark.parametrize("text", ["", "# infer_config {", "[other]\nx=1\n", "model_name: 'x'", "{}", "[property"])
def test_what_no_element_reads_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidValueError, match="no configuration that DeepStream reads"):
        read_configuration(written(tmp_path, text))


def test_files_are_named_relative_to_the_configuration(tmp_path: Path) -> None:
    path = written(
        tmp_path, "[property]\nonnx-file=a.onnx\nlabelfile-path = /l.txt\nop-tensor-files=b;c;\nmean-file=\nx-file=d\n"
    )

    named = [(f.key, f.path, f.need) for f in read_configuration(path).named_files()]

    assert named == [
        ("onnx-file", tmp_path / "a.onnx", Need.REQUIRED),
        ("labelfile-path", Path("/l.txt"), Need.REQUIRED),
        ("op-tensor-files", tmp_path / "b", Need.REQUIRED),
        ("op-tensor-files", tmp_path / "c", Need.REQUIRED),
    ]


def test_a_ready_engine_makes_the_model_file_optional(tmp_path: Path) -> None:
    path = written(
        tmp_path, "[property]\nonnx-file=a.onnx\nmodel-engine-file=a.engine\nint8-calib-file=c\nnetwork-mode=1\n"
    )

    def needs() -> dict[str, Need]:
        return {f.key: f.need for f in read_configuration(path).named_files()}

    assert needs() == {
        "onnx-file": Need.REQUIRED,
        "model-engine-file": Need.OPTIONAL,
        "int8-calib-file": Need.REQUIRED,
    }
    (tmp_path / "a.engine").touch()
    assert set(needs().values()) == {Need.OPTIONAL}


def test_a_calibration_is_needed_for_int8_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "[property]\nint8-calib-file=c\nnetwork-mode=2\n")

    assert [f.need for f in read_configuration(path).named_files()] == [Need.OPTIONAL]


def test_the_yaml_form_names_the_same_files(tmp_path: Path) -> None:
    path = written(
        tmp_path, "property:\n  onnx-file: a.onnx # the model\n  labelfile-path: 'l.txt'\nclass-attrs-all:\n  x: 1\n"
    )

    assert [(f.key, f.path.name) for f in read_configuration(path).named_files()] == [
        ("onnx-file", "a.onnx"),
        ("labelfile-path", "l.txt"),
    ]


@given(st.binary(max_size=200) | st.text("[]{}:=# \nproperty-file", max_size=200).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    with suppress(InvalidValueError):
        assert all(f.key for f in read_configuration(path).named_files())
