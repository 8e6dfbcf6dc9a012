"""`python3 -m azda_runtime run`: pipelines of a settings file, their messages, and how they end."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.simulate.archives import ArchiveServer, zipped
from tests.simulate.conftest import ASSETS, decoded, detections_in, wait_for

pytestmark = pytest.mark.gstreamer

Start = Callable[..., "subprocess.Popen[str]"]


def pipeline(name: str, **changes: Any) -> dict[str, Any]:
    model = {"configFile": str(ASSETS / "pgie_config.txt"), "pyFile": str(ASSETS / "blob_parser.py")}
    options = {"osd": {"enable": True}, "frame": {"width": 320, "height": 180}, "messages": {"perSecond": 0}}
    return {"id": name, "primaryModelConfigPath": model, "pipelineOptions": options, **changes}


def settings(folder: Path, videos: dict[str, Path | str], *pipelines: dict[str, Any]) -> Path:
    """A settings file in which each sensor feeds each pipeline."""
    sensors = [
        {"name": name, "endpoint": location if isinstance(location, str) else location.as_uri()}
        for name, location in videos.items()
    ]
    streams = [{"name": sensor, "configId": each["id"]} for each in pipelines for sensor in videos]
    deepstream = {"enable": True, "pipelineConfigs": list(pipelines), "streams": streams}
    path = folder / "settings.json"
    document = {"platform": "DeepStream", "components": {"sensors": sensors, "deepStream": deepstream}}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def batched(folder: Path) -> Path:
    """The example's model for batches of any size, with its configuration."""
    model = onnx.load(ASSETS / "blob.onnx")
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.save(model, folder / "blob.onnx")
    (folder / "labels.txt").write_text("blob\n", encoding="utf-8")
    text = (ASSETS / "pgie_config.txt").read_text(encoding="utf-8")
    (folder / "config.txt").write_text(text, encoding="utf-8")
    return folder / "config.txt"


@pytest.fixture
def start(runtime_environment: dict[str, str]) -> Iterator[Start]:
    """Start the runtime; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: object, **environment: str) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [sys.executable, "-m", "azda_runtime", "run", *map(str, words)],
            env={**runtime_environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("fixed", [True, False], ids=["batch 1", "any batch"])
def test_messages_are_lines_on_standard_output_and_the_end_of_the_files_is_success(
    start: Start, ball: Path, tmp_path: Path, *, fixed: bool
) -> None:
    """Two streams, also with a model that takes one frame at a time."""
    configuration = ASSETS / "pgie_config.txt" if fixed else batched(tmp_path)
    model = {"configFile": str(configuration), "pyFile": str(ASSETS / "blob_parser.py")}
    balls = pipeline("Balls", primaryModelConfigPath=model)
    child = start("--settings", settings(tmp_path, {"left": ball, "right": ball}, balls))
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    reported = [inference for line in out.splitlines() for inference in json.loads(line)["inferences"]]
    frames = [
        (each["sourceInfo"]["id"], each["sourceInfo"]["frameId"]) for each in reported if each["type"] == "detection"
    ]
    assert sorted(frames) == [(name, number) for name in ("left", "right") for number in range(60)]
    assert all(each["detections"] for each in reported if each["type"] == "detection")


def test_a_bad_pipeline_is_told_and_the_good_one_runs(start: Start, ball: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("model_type = 3\n", encoding="utf-8")
    model = {"configFile": str(ASSETS / "pgie_config.txt"), "pyFile": str(broken)}
    both = (pipeline("Bad", primaryModelConfigPath=model), pipeline("Good"))
    messages = tmp_path / "messages.jsonl"
    child = start("--settings", settings(tmp_path, {"ball": ball}, *both), "--messages", messages, "--status")
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 4
    report = json.loads(out.splitlines()[-1])["pipelines"]
    assert report["Bad"]["failure"]["kind"] == "parser"
    assert "model_type is 3 (int)." in report["Bad"]["failure"]["message"]
    assert (report["Good"]["frames"], report["Good"]["failure"]) == (60, None)
    assert len(detections_in(messages)) == 60


NO_VIDEO = b"this is not a video\n" * 100


def test_a_source_that_fails_ends_its_own_stream_and_the_others_go_on(start: Start, ball: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(NO_VIDEO)
    child = start("--settings", settings(tmp_path, {"bad": bad, "good": ball}, pipeline("Balls")))
    out, err = child.communicate(timeout=60)
    assert child.returncode == 10, err
    assert err.startswith("error: Balls: bad: This appears to be a text file")
    assert err.endswith("; the other streams go on\n")
    assert err.count("\n") == 1
    reported = [inference for line in out.splitlines() for inference in json.loads(line)["inferences"]]
    frames = [each["sourceInfo"]["frameId"] for each in reported if each["sourceInfo"]["id"] == "good"]
    assert sorted({*frames}) == list(range(60))


def test_the_last_source_that_fails_ends_its_pipeline(start: Start, tmp_path: Path) -> None:
    videos = {name: tmp_path / f"{name}.mp4" for name in ("one", "two")}
    for video in videos.values():
        video.write_bytes(NO_VIDEO)
    child = start("--settings", settings(tmp_path, dict(videos), pipeline("Balls")))
    _, err = child.communicate(timeout=60)
    assert child.returncode == 10, err
    lines = [line for line in err.splitlines() if line.startswith("error: Balls: ")]
    assert [line.endswith("; the other streams go on") for line in lines] == [True, False]


def test_two_pipelines_never_write_the_same_picture(start: Start, ball: Path, tmp_path: Path) -> None:
    file = settings(tmp_path, {"ball": ball}, pipeline("One"), pipeline("Two"))
    child = start("--settings", file, "--picture", tmp_path / "picture.mp4")
    assert child.communicate(timeout=60)[1] == "error: --picture takes one pipeline, and the settings have 2\n"
    assert child.returncode == 2


def test_a_pipeline_that_fails_does_not_stop_the_other(start: Start, ball: Path, tmp_path: Path) -> None:
    gone = tmp_path / "config.txt"
    gone.write_text("[property]\ngie-unique-id=1\nonnx-file=gone.onnx\nnetwork-type=100\n", encoding="utf-8")
    both = (pipeline("Bad", primaryModelConfigPath=str(gone)), pipeline("Good"))
    messages = tmp_path / "messages.jsonl"
    child = start("--settings", settings(tmp_path, {"ball": ball}, *both), "--messages", messages, "--status")
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 10
    report = json.loads(out.splitlines()[-1])["pipelines"]
    assert report["Bad"]["failure"]["kind"] == "pipeline"
    assert "gone.onnx" in report["Bad"]["failure"]["message"]
    assert (report["Good"]["frames"], report["Good"]["failure"]) == (60, None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_camera_in_order(start: Start, ball: Path, tmp_path: Path, number: int) -> None:
    picture, messages = tmp_path / "picture.mp4", tmp_path / "messages.jsonl"
    file = settings(tmp_path, {"ball": ball}, pipeline("Ball"))
    child = start("--settings", file, "--loop", "--picture", picture, "--messages", messages)
    wait_for(lambda: messages.is_file() and messages.read_text(encoding="utf-8").count("\n") > 130)
    child.send_signal(number)
    _, err = child.communicate(timeout=10)
    assert child.returncode == 0, err
    reported = len(messages.read_text(encoding="utf-8").splitlines())
    assert reported - 3 <= len(decoded(picture, 320, 180)) <= reported, "what was told is in the picture"


def test_a_killed_run_leaves_what_was_filmed(start: Start, ball: Path, tmp_path: Path) -> None:
    picture, messages = tmp_path / "picture.mp4", tmp_path / "messages.jsonl"
    file = settings(tmp_path, {"ball": ball}, pipeline("Ball"))
    child = start("--settings", file, "--loop", "--picture", picture, "--messages", messages)
    wait_for(lambda: messages.is_file() and messages.read_text(encoding="utf-8").count("\n") > 150)
    child.kill()
    child.wait()
    assert len(decoded(picture, 320, 180)) >= 60


def test_a_full_disk_is_an_error_and_not_a_hang(start: Start, ball: Path, tmp_path: Path) -> None:
    child = start("--settings", settings(tmp_path, {"ball": ball}, pipeline("Ball")), "--messages", "/dev/full")
    _, err = child.communicate(timeout=60)
    assert child.returncode == 10
    assert err.count("Nothing more can be written: No space left on device.") == 1


def test_a_model_archive_is_fetched_and_one_that_cannot_be_had_stops_no_other(
    start: Start, ball: Path, tmp_path: Path, archives: ArchiveServer
) -> None:
    archives.content = zipped("model/")
    model = {"configFile": "pgie_config.txt", "pyFile": "blob_parser.py"}
    good = pipeline("Good", primaryModelConfigPath=model, unsecureZipUrl=archives.url)
    lost = pipeline("Lost", primaryModelConfigPath=model, unsecureZipUrl=f"{archives.url}.not")
    file = settings(tmp_path, {"one": ball}, lost, good)
    child = start("--settings", file, "--models", tmp_path / "models", SSL_CERT_FILE=str(archives.certificate))
    messages, log = child.communicate(timeout=120)
    assert f"error: Lost: {archives.url}.not is refused by its server: 404." in log
    assert child.returncode == 10
    reported = [inference for line in messages.splitlines() for inference in json.loads(line)["inferences"]]
    assert {inference["id"] for inference in reported} == {"Good"}
    assert len([inference for inference in reported if inference["type"] == "detection"]) == 60
    assert [path.name for path in (tmp_path / "models").glob("Good-*/*/files/*")] == ["model", "model"]


def test_tensors_are_recorded_and_the_parser_gives_the_same_on_them_again(
    start: Start, ball: Path, tmp_path: Path
) -> None:
    """What a device records, a laptop replays."""
    model = {"configFile": str(ASSETS / "pgie_config.txt"), "pyFile": str(ASSETS / "blob_parser.py")}
    balls = pipeline("Balls", primaryModelConfigPath=model)
    recorded = tmp_path / "recorded"
    words = ("--record-tensors", recorded, "--frames", "5")
    child = start("--settings", settings(tmp_path, {"left": ball}, balls), "--messages", tmp_path / "m", *words)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    files = sorted((recorded / "Balls").iterdir())
    assert [file.name for file in files] == [f"0-left-{number:08}.npz" for number in range(5)]
    answer = CliRunner().invoke(app, ["validate-parser", str(ASSETS), "--replay", str(recorded), "--json"])
    assert (answer.exit_code, json.loads(answer.stdout)["runs"][0]["calls"]) == (0, 5)
