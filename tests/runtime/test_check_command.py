"""`python3 -m azda_runtime check`: the image's own self-test."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import azda_runtime
import pytest
from onnx import TensorProto, helper
from support import tiers

from tests.runtime.configurations import COMPAT

DOCKER_BUILD = Path(azda_runtime.__file__).parent.parent
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
TENSOR = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])
MODEL = bytes(helper.make_model(helper.make_graph([], "g", [TENSOR], [TENSOR])).SerializeToString())
GOOD_PARSER = "model_type = 0\nname = 'P'\nlabels = ['a', 'b']\ndef parse_det_model(config, raw_outputs): pass\n"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder that holds what an image would: an asset with model, configuration and parser, and its index."""
    assets = tmp_path / "custom-assets"
    assets.mkdir()
    (assets / "model.onnx").write_bytes(MODEL)
    (assets / "labels.txt").write_text("a\nb\n")
    (assets / "p.py").write_text(GOOD_PARSER)
    (assets / "config.txt").write_text(
        "[property]\nonnx-file=model.onnx\nlabelfile-path=labels.txt\ninfer-dims=3;8;8\n"
    )
    write_index(tmp_path)
    return tmp_path


def write_index(folder: Path, **changes: Any) -> None:
    index = {
        "assets": [{"target": str(folder / "custom-assets")}],
        "release": "7.1",
        "target": "jetson",
        "python": RUNNING,
        **changes,
    }
    (folder / "assets.json").write_text(json.dumps(index))


def run(image: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "azda_runtime", "check", "--index", str(image / "assets.json"), *arguments],
        capture_output=True,
        text=True,
        cwd=DOCKER_BUILD,
        env={**os.environ, **(environment or {})},
        check=False,
    )


def report(image: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = run(image, "--json", *arguments)
    return done.returncode, json.loads(done.stdout)


def messages(image: Path, *arguments: str) -> list[str]:
    code, found = report(image, *arguments)
    assert code == (4 if found["problems"] else 0)
    assert all(p["hint"] and p["severity"] == "error" for p in found["problems"])
    return [p["message"] for p in found["problems"]]


def test_a_file_of_two_assets_is_listed_once(image: Path) -> None:
    inner = image / "custom-assets" / "more"
    inner.mkdir()
    (inner / "labels.txt").write_text("a\n")
    write_index(image, assets=[{"target": str(image / "custom-assets")}, {"target": str(inner)}])
    paths = [asset["path"] for asset in report(image)[1]["assets"]]
    assert len(paths) == len(set(paths)) == 5


def test_a_sound_image_is_listed_and_exit_code_0(image: Path) -> None:
    assets = image / "custom-assets"

    code, found = report(image, "--pyfile", str(assets / "p.py"), "--config", str(assets / "config.txt"))

    assert code == 0
    assert found == {
        "image": {"release": "7.1", "target": "jetson", "python": RUNNING},
        "assets": [
            {"path": str(p), "size": p.stat().st_size, "sha256": hashlib.sha256(p.read_bytes()).hexdigest()}
            for p in sorted(assets.iterdir())
        ],
        "parsers": [{"path": str(assets / "p.py"), "role": "primary", "labels": 2}],
        "configs": [
            {
                "path": str(assets / "config.txt"),
                "kind": "nvinfer",
                "files": [
                    {"key": "onnx-file", "path": str(assets / "model.onnx"), "exists": True},
                    {"key": "labelfile-path", "path": str(assets / "labels.txt"), "exists": True},
                ],
            }
        ],
        "problems": [],
    }


def test_the_table_names_sizes_and_digests_and_the_story_is_elsewhere(image: Path) -> None:
    done = run(image, "--pyfile", str(image / "custom-assets" / "p.py"))

    digest = hashlib.sha256(MODEL).hexdigest()
    assert done.returncode == 0
    assert f"{len(MODEL):>7} B  {digest[:12]}  {image}/custom-assets/model.onnx" in done.stdout.splitlines()
    assert "4 files" in done.stdout
    assert "keeps its contract" in done.stderr
    assert "all is well" in done.stderr


def test_without_digests_no_file_is_read(image: Path) -> None:
    code, found = report(image, "--no-digests")

    assert code == 0
    assert {a["sha256"] for a in found["assets"]} == {None}


def test_what_the_index_does_not_name_can_be_named(image: Path, tmp_path: Path) -> None:
    extra = tmp_path / "extra.bin"
    extra.write_bytes(b"12345678")

    code, found = report(image, "--assets", str(extra))

    assert code == 0
    assert found["assets"][-1]["path"] == str(extra)


def test_an_asset_that_is_gone_is_told(image: Path) -> None:
    write_index(image, assets=[{"target": "/nonesuch"}])

    assert messages(image) == ['The asset "/nonesuch" does not exist.']


def test_a_broken_link_is_told(image: Path) -> None:
    (image / "custom-assets" / "link.bin").symlink_to("nowhere")

    [message] = messages(image)
    assert "link.bin" in message


def test_another_python_than_the_bindings_is_told(image: Path) -> None:
    write_index(image, python="3.7")

    [message] = messages(image)
    assert "for Python 3.7, but this is Python" in message


@pytest.mark.parametrize("text", ["{", "[]", '{"assets": 5}', '{"assets": [{}]}', "\ud800"])
def test_a_broken_index_is_told(image: Path, text: str) -> None:
    (image / "assets.json").write_bytes(text.encode("utf-8", "surrogatepass"))

    [message] = messages(image)
    assert "is broken" in message


def test_outside_an_image_with_nothing_named_it_is_wrong_usage(tmp_path: Path) -> None:
    done = run(tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing to check" in done.stderr


def test_a_parser_that_breaks_its_contract_is_told_with_all_that_is_wrong(image: Path) -> None:
    parser = image / "bad.py"
    parser.write_text("model_type = 0\nname = 5\n")

    assert len(messages(image, "--pyfile", str(parser))) == 3


@pytest.mark.parametrize(
    ("source", "words"),
    tiers.first(
        3,
        [
            ("import nonesuch", "No module named 'nonesuch'"),
            ("def f(:", "SyntaxError"),
            ("import os; os._exit(0)", "ended the process with exit code 0"),
            ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended the process with exit code -11"),
            ("import sys; sys.exit(0)", "SystemExit"),
            ("while True: pass", "not loaded after 3 seconds"),
            ("x = 1", "neither a primary parser"),
        ],
    ),
)
def test_a_parser_that_cannot_be_loaded_is_told_whatever_it_does(image: Path, source: str, words: str) -> None:
    parser = image / "bad.py"
    parser.write_text(source)

    [message] = messages(image, "--pyfile", str(parser), "--timeout", "3")

    assert words in message


def test_the_traceback_of_a_parser_is_told_without_our_frames(image: Path) -> None:
    parser = image / "bad.py"
    parser.write_text("def fall():\n    raise ValueError('ouch')\nfall()\n")

    reported = run(image, "--pyfile", str(parser)).stderr

    assert f'File "{parser}", line 2, in fall' in reported
    assert "azda_runtime" not in reported


def test_what_a_parser_prints_does_not_spoil_the_answer(image: Path) -> None:
    parser = image / "loud.py"
    parser.write_text("print('hello from python')\nimport os\nos.write(1, b'hello from below\\n')\n" + GOOD_PARSER)

    done = run(image, "--json", "--pyfile", str(parser))

    assert json.loads(done.stdout)["problems"] == []
    assert "hello from python" in done.stderr
    assert "hello from below" in done.stderr


def test_two_parsers_with_siblings_of_one_name_are_both_loaded(image: Path) -> None:
    for name in ("a", "b"):
        (image / name).mkdir()
        (image / name / "p.py").write_text("import utils\n" + GOOD_PARSER + f"assert utils.WHO == {name!r}\n")
        (image / name / "utils.py").write_text(f"WHO = {name!r}\n")

    assert messages(image, "--pyfile", str(image / "a/p.py"), "--pyfile", str(image / "b/p.py")) == []


def test_a_configuration_whose_files_are_gone_is_told(image: Path) -> None:
    (image / "custom-assets" / "model.onnx").unlink()

    [message] = messages(image, "--config", str(image / "custom-assets" / "config.txt"))

    assert message.startswith("onnx-file names ")
    assert "model.onnx" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "does not exist"),
        (b"", "not a configuration that DeepStream"),
        (b"\xff", "not UTF-8"),
        (b"hello", "not a conf"),
    ],
)
def test_a_configuration_that_is_none_is_told(image: Path, text: bytes | None, words: str) -> None:
    path = image / "c.txt"
    if text is not None:
        path.write_bytes(text)

    [message] = messages(image, "--config", str(path))

    assert words in message


def test_nobody_reading_the_answer_is_no_traceback(image: Path) -> None:
    command = [sys.executable, "-m", "azda_runtime", "check", "--index", str(image / "assets.json")]
    with subprocess.Popen(command, cwd=DOCKER_BUILD, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait() == 141


def test_the_check_of_assets_imports_nothing_that_it_does_not_need(image: Path) -> None:
    done = run(image, environment={"PYTHONPROFILEIMPORTTIME": "1"})

    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "azda_runtime.assets" in names
    assert not {"numpy", "gi", "pyds", "azure", "azda_runtime.settings.document", "azda_runtime.parsers"} & names


@pytest.mark.skipif(not COMPAT.is_dir(), reason="the predecessor's configurations are not beside this checkout")
def test_the_predecessors_configurations_are_read_by_the_right_element(tmp_path: Path) -> None:
    folder = COMPAT / "nvinfer-configs"
    options = [word for path in sorted(folder.iterdir()) for word in ("--config", str(path))]

    _, found = report(tmp_path, *options)

    assert {Path(c["path"]).name: c["kind"] for c in found["configs"]} == {
        "bodypose2d_pgie_config.txt": "nvinfer",
        "config_dewarper.txt": "nvdewarper",
        "config_infer_custom_vision.txt": "nvinfer",
        "pgie_config.txt": "nvinfer",
        "sgie1_config.txt": "nvinfer",
        "tracker_config.txt": "nvtracker",
    }


def test_a_file_that_is_not_the_recorded_one_is_told_and_a_lost_one_is_an_error(image: Path) -> None:
    model = next(path for path in image.rglob("*.onnx"))
    recorded = [{"path": str(model), "digest": f"sha256:{'0' * 64}"}, {"path": f"{model}.gone", "digest": "sha256:0"}]
    write_index(image, files=recorded)
    code, found = report(image)
    reported = {p["path"]: (p["severity"], p["message"]) for p in found["problems"]}
    assert reported == {
        str(model): ("warning", "The file is not the one that the image was made with."),
        f"{model}.gone": ("error", "The file is gone since the image was made."),
    }
    assert code == 4


@pytest.mark.parametrize(
    ("config", "model", "said"),
    [
        ("infer-dims=3;8;9", MODEL, "'infer-dims' is 3;8;9"),
        ("infer-dims=8;8;3\nnetwork-input-order=1", MODEL, "its channels are first"),
        (
            "",
            b"version https://git-lfs.github.com/spec/v1\n",
            "onnx-file names no ONNX model: it is a pointer of Git LFS",
        ),
    ],
)
def test_a_model_that_does_not_fit_its_configuration_is_said(image: Path, config: str, model: bytes, said: str) -> None:
    path = image / "custom-assets" / "config.txt"
    path.write_text(f"[property]\nonnx-file=model.onnx\nbatch-size=1\n{config}\n")
    (image / "custom-assets" / "model.onnx").write_bytes(model)
    write_index(image)

    assert any(said in message for message in messages(image, "--config", str(path)))


def test_a_model_that_triton_would_not_load_is_said(image: Path) -> None:
    folder = image / "custom-assets"
    version = folder / "repo" / "m" / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(MODEL)
    (version.parent / "config.pbtxt").write_text('name: "m"\nmax_batch_size: 4\ninput { name: "y" }\n')
    (folder / "server.txt").write_text(
        'infer_config { backend { triton { model_name: "m" model_repo { root: "repo" } } } '
        'postprocess { labelfile_path: "away.txt" } }'
    )
    write_index(image)

    said = messages(image, "--config", str(folder / "server.txt"))

    assert any("model.onnx has no input 'y'" in message for message in said)
    assert any("away.txt" in message for message in said)
