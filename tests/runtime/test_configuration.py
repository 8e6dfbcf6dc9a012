"""DeepStream's configuration files are told apart by reading them."""

from contextlib import suppress
from pathlib import Path

import pytest
from azda_runtime.configuration import ConfigurationKind, Need, read_configuration
from azda_runtime.problems import InvalidValueError
from hypothesis import given
from hypothesis import strategies as st

PROTOBUF = 'infer_config {\n  unique_id: 1\n  backend { triton { model_name: "x" } }\n}\n'


def written(folder: Path, text: str, name: str = "config.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[property]\ngpu-id=0\n", ConfigurationKind.NVINFER),
        ("# a comment\n\n[property]\n[class-attrs-all]\n", ConfigurationKind.NVINFER),
        ("[property]\n[property]\na=1\na=2\n", ConfigurationKind.NVINFER),
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
    with pytest.raises(InvalidValueError, match="not a configuration that DeepStream reads"):
        read_configuration(written(tmp_path, text))


@pytest.mark.parametrize("section", ["BaseConfig", "TargetManagement", "DataAssociator"])
def test_a_low_level_file_of_the_tracker_is_sent_to_where_it_is_named(tmp_path: Path, section: str) -> None:
    path = written(tmp_path, f"%YAML:1.0\n{section}:\n  minDetectorConfidence: 0\n", "nv.yml")
    with pytest.raises(InvalidValueError, match="low-level configuration of NVIDIA's tracker") as caught:
        read_configuration(path)
    assert "[tracker] group" in caught.value.hint
    assert "ll-config-file" in caught.value.hint


def test_files_are_named_relative_to_the_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, "[property]\nonnx-file=a.onnx\nlabelfile-path = /l.txt\nop-tensor-files=b;c;\nx-file=d\n")

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
        tmp_path,
        "property:\n  onnx-file: a.onnx # the model\n  labelfile-path: 'l.txt'\nclass-attrs-all:\n  x: 1\n",
        "config.yml",
    )

    assert [(f.key, f.path.name) for f in read_configuration(path).named_files()] == [
        ("onnx-file", "a.onnx"),
        ("labelfile-path", "l.txt"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.txt", "\ufeff[property]\n", "line 1: the file begins with a byte-order mark"),
        ("c.txt", "[property]\nbatch-size=0\n", "line 2: 'batch-size' takes an integer from 1 to 1024, not '0'"),
        ("c.txt", "[property]\nno value\n", "line 2: this is neither"),
        ("c.txt", "property:\n  gpu-id: 0\n", "this is YAML, and is read as a key file"),
        ("c.yml", "[property]\ngpu-id=0\n", "this is a key file, and is read as YAML"),
        ("c.yml", "property:\n  output-tensor-meta: true\n", "line 2: 'output-tensor-meta' takes 0 or 1, not 'true'"),
        ("c.txt", "infer_config { unique_idd: 1 }", "line 1: there is no field 'unique_idd'"),
        ("c.txt", "infer_config {", "line 1: '}' is missing"),
    ],
)
def test_what_the_element_refuses_is_refused_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        read_configuration(written(tmp_path, text, name))


def test_numbers_are_read_as_nvinfer_reads_them(tmp_path: Path) -> None:
    path = written(tmp_path, "[property]\nnetwork-type=100 # raw\ngie-unique-id=3\t; third\n")
    assert read_configuration(path).values == {"network-type": 100, "gie-unique-id": 3}


@given(st.binary(max_size=200) | st.text("[]{}:=# \nproperty-file", max_size=200).map(str.encode))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    with suppress(InvalidValueError):
        assert all(f.key for f in read_configuration(path).named_files())
