"""What `azdacli simulate` makes of its words, before anything is started."""

import shutil
from pathlib import Path

import pytest

from azdacli.errors import AzdaError, SpecError
from azdacli.simulation.cascade import Cascade, Model, cascade
from azdacli.simulation.configuration import configuration
from azdacli.simulation.interpreter import unable
from azdacli.simulation.source import Source

ASSETS = Path(__file__).parents[2] / "examples" / "blob-detector" / "custom-assets"
SECONDARY = "[property]\ngie-unique-id={id}\nprocess-mode=2\nonnx-file=s.onnx\nnetwork-type=100\noutput-tensor-meta=1\n"
READER = "gie_unique_id = {id}\n\n\ndef parse_sgie_model(config, raw_outputs):\n    return None\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ASSETS, tmp_path / "assets")
    for number in (3, 2):
        (tmp_path / "assets" / f"second_{number}.txt").write_text(SECONDARY.format(id=number), encoding="utf-8")
        (tmp_path / "assets" / f"reader_{number}.py").write_text(READER.format(id=number), encoding="utf-8")
    return tmp_path / "assets"


def models(location: Path | None, *secondaries: str, config: Path | None = None, parser: Path | None = None) -> Cascade:
    return cascade(location, config=config, parser=parser, secondaries=secondaries, tracker="")


def test_a_folder_tells_the_whole_cascade_in_the_order_of_the_ids(folder: Path) -> None:
    found = models(folder)
    assert found.primary == Model(config=folder / "pgie_config.txt", parser=folder / "blob_parser.py")
    assert [(m.config.name, m.parser and m.parser.name) for m in found.secondaries] == [
        ("second_2.txt", "reader_2.py"),
        ("second_3.txt", "reader_3.py"),
    ]


def test_a_configuration_is_paired_with_the_parser_beside_it(folder: Path) -> None:
    assert models(folder / "pgie_config.txt").primary.parser == folder / "blob_parser.py"


def test_what_is_named_comes_before_what_is_found(folder: Path) -> None:
    other = folder / "other.py"
    other.write_text((folder / "blob_parser.py").read_text(encoding="utf-8"), encoding="utf-8")
    found = models(folder, f"{folder / 'second_3.txt'},{folder / 'reader_3.py'}", parser=other)
    assert found.primary.parser == other
    assert [m.config.name for m in found.secondaries] == ["second_3.txt"]


def test_two_primary_models_in_a_folder_are_named_in_the_error(folder: Path) -> None:
    text = (folder / "pgie_config.txt").read_text(encoding="utf-8")
    (folder / "another.txt").write_text(text, encoding="utf-8")
    (folder / "blob_parser.py").unlink()
    with pytest.raises(SpecError, match=r"2 configurations of primary models: another\.txt, pgie_config\.txt"):
        models(folder)


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        ({"location": Path("gone")}, "there is no file or folder 'gone'"),
        ({"location": None}, "no configuration was given"),
        ({"location": ASSETS, "secondaries": [",x.py"]}, "names no secondary model"),
        ({"location": ASSETS, "secondaries": ["gone.txt"]}, "there is no file 'gone.txt'"),
        ({"location": ASSETS, "tracker": "gone.yml"}, "there is no tracker configuration 'gone.yml'"),
        ({"location": ASSETS, "parser": Path("gone.py")}, "there is no file 'gone.py'"),
    ],
)
def test_a_wrong_path_is_one_sentence(words: dict[str, object], reported: str) -> None:
    given = {"config": None, "parser": None, "secondaries": (), "tracker": "", **words}
    with pytest.raises(AzdaError, match=reported) as caught:
        cascade(**given)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("gone.mp4", "the source 'gone.mp4' does not exist"),
        (str(ASSETS), "is a folder, not a video"),
        ("test:bal", "there is no test video 'test:bal'"),
        ("/dev/video9999", "there is no camera at /dev/video9999"),
        ("http://host/x.mp4", "'http' addresses cannot be opened"),
        ("rtsp:///door", "the camera's address has no host"),
        ("rtsp://[half/door", "the camera's address has no host"),
    ],
)
def test_a_wrong_source_is_one_sentence(text: str, reported: str) -> None:
    with pytest.raises(SpecError, match=reported.replace("[", r"\[")):
        Source.parse(text)


def test_a_password_in_an_address_is_refused_with_the_way_to_give_it() -> None:
    with pytest.raises(SpecError, match="holds a password") as caught:
        Source.parse("rtsp://guard:s3cret%40home@camera:554/door")
    assert "s3cret" not in str(caught.value)
    assert "--username NAME" in str(caught.value.hint)
    source = Source.parse("rtsp://guard@camera:554/door")
    assert (source.address, source.username) == ("rtsp://camera:554/door", "guard")


def test_several_sources_are_streams_of_one_pipeline_with_names_of_their_own(folder: Path, tmp_path: Path) -> None:
    for name in ("a/door.mp4", "b/door.mp4"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    sources = [Source.parse(str(tmp_path / "a/door.mp4")), Source.parse(str(tmp_path / "b/door.mp4"))]
    document = configuration(
        models(folder), [*sources, Source.parse("rtsp://camera/door"), Source(address="/dev/video0")]
    )
    sensors = document["components"]["sensors"]
    assert [each["name"] for each in sensors] == ["door", "door-2", "door-3", "video0"]
    assert [each["kind"]["subtype"] for each in sensors] == ["File", "File", "RTSP", "USB"]
    assert [each["name"] for each in document["components"]["deepStream"]["streams"]] == [
        each["name"] for each in sensors
    ]


def test_the_configuration_is_what_a_device_gets(folder: Path) -> None:
    document = configuration(models(folder), [Source.parse("rtsp://camera/door")])
    (pipeline,) = document["components"]["deepStream"]["pipelineConfigs"]
    assert pipeline["primaryModelConfigPath"]["pyFile"] == str(folder / "blob_parser.py")
    assert pipeline["pipelineOptions"]["messages"] == {"perSecond": 0}
    assert document["components"]["sensors"][0]["endpoint"] == "rtsp://camera/door"


HERE, SYSTEM = "/env/bin/python", "/usr/bin/python3"
VENV = f"{SYSTEM} -m venv --system-site-packages ENV && ENV/bin/pip install 'azdacli[simulator] @ file://"


@pytest.mark.parametrize(
    ("candidates", "lacks", "reported", "hint"),
    [
        ([HERE, SYSTEM], [{"binding": "x"}] * 2, "GStreamer's Python binding is missing (x)", "python3-gst-1.0"),
        ([HERE, SYSTEM], [{"packages": ["numpy"]}] * 2, f"{HERE} lacks numpy", f"{HERE} -m pip install 'numpy"),
        ([HERE, SYSTEM], [{"binding": "x"}, {"elements": ["x264enc"]}], "GStreamer lacks x264enc", "plugins-ugly"),
        ([HERE, SYSTEM], [{"elements": ["pngenc"]}, {"packages": ["numpy"]}], "GStreamer lacks pngenc", "plugins-good"),
        (
            [SYSTEM],
            [{"elements": ["nvinfer"], "loader": False}],
            "GStreamer lacks nvinfer",
            "gstreamer1.0-python3-plugin-loader",
        ),
        (
            [SYSTEM],
            [{"elements": ["nvinfer"], "loader": True}],
            f"GStreamer lacks nvinfer: its Python loader cannot use the packages of {SYSTEM}",
            "to see why",
        ),
        (
            [HERE, SYSTEM],
            [{"binding": "x"}, {"packages": ["numpy"]}],
            f"{HERE} has no GStreamer binding, and {SYSTEM} cannot use its packages",
            VENV,
        ),
        ([HERE], [{"binding": "x"}], f"{HERE} has no GStreamer binding", VENV),
        ([HERE], [{"python": "No such file"}], f"{HERE} cannot be used: No such file", "--python"),
    ],
)
def test_what_is_missing_is_one_sentence_with_the_line_that_installs_it(
    candidates: list[str], lacks: list[dict[str, object]], reported: str, hint: str
) -> None:
    error = unable(candidates, lacks)
    assert (str(error), error.exit_code) == (reported, 10)
    assert hint in str(error.hint)


def test_packages_are_not_installed_where_the_binding_cannot_use_them(tmp_path: Path) -> None:
    other = tmp_path / "python3.99"
    other.touch(mode=0o755)
    (tmp_path / "python").symlink_to(other)
    error = unable([str(tmp_path / "python"), SYSTEM], [{"packages": ["numpy"]}] * 2)
    assert "lacks numpy, and GStreamer's binding belongs to" in str(error)
    assert VENV in str(error.hint)
