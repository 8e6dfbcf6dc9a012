"""An azdaConfiguration becomes Settings, and all that is wrong with it is told at once."""

from typing import Any

import pytest
from azda_runtime.settings import (
    Archive,
    Credentials,
    Crop,
    FrameSize,
    LogLevel,
    Model,
    Problem,
    Reading,
    ReferenceKind,
    Region,
    Severity,
    SourceKind,
    Tracker,
    loads,
    missing,
    read,
)

from tests.runtime.configurations import deepstream, good, pipeline, sensor


def only_error(reading: Reading) -> Problem:
    assert len(reading.errors) == 1, reading.problems
    return reading.errors[0]


def running(reading: Reading) -> dict[str, list[str]]:
    return {p.id: [s.sensor.name for s in p.streams] for p in reading.settings.pipelines}


ALL = {"People": ["door", "film"], "Cars": ["film"]}


def test_a_good_configuration_has_no_problem_and_everything_runs() -> None:
    reading = read(good())

    assert reading.problems == ()
    assert running(reading) == ALL
    people = reading.settings.pipelines[0]
    assert people.primary == Model(config_file="/custom-assets/p.txt", parser_file="/custom-assets/p.py")
    assert people.secondaries == (Model(config_file="/custom-assets/s.txt"),)
    assert people.tracker == Tracker()
    assert people.osd
    assert people.mount == "/people"
    door = people.streams[0]
    assert door.sensor.kind is SourceKind.RTSP
    assert door.credentials == Credentials(username="guard", password="s3cret")
    assert door.sensor.regions[0].points == ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))


def test_settings_are_equal_when_the_configuration_is_so_that_only_what_changed_restarts() -> None:
    changed = good()
    pipeline(changed, 1)["pipelineOptions"] = {"osd": {"enable": True}}

    before, after = read(good()).settings, read(changed).settings

    assert before == read(good()).settings
    assert before.pipelines[0] == after.pipelines[0]
    assert before.pipelines[1] != after.pipelines[1]


def test_no_secret_is_in_a_repr() -> None:
    document = good()
    pipeline(document)["unsecureZipUrl"] = "https://blobs.example/m.zip?sig=t0ken"
    sensor(document)["endpoint"] = "rtsp://camera:554/door"

    text = repr(read(document))

    assert "s3cret" not in text
    assert "t0ken" not in text
    assert "guard" not in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ()),
        (None, ()),
        ([], ()),
        ({}, ()),
        ("a.txt", (Model(config_file="a.txt"),)),
        ({"configFile": "a.txt", "pyFile": "a.py"}, (Model(config_file="a.txt", parser_file="a.py"),)),
        ({"configFile": "a.txt", "pyFile": "", "parser": ""}, (Model(config_file="a.txt"),)),
        (["a.txt", {"configFile": "b.txt"}, ""], (Model(config_file="a.txt"), Model(config_file="b.txt"))),
    ],
)
def test_secondary_models_are_a_text_an_object_or_a_list_of_both(value: Any, expected: tuple[Model, ...]) -> None:
    document = good()
    pipeline(document)["secondaryModelConfigPaths"] = value

    reading = read(document)

    assert reading.errors == ()
    assert reading.settings.pipelines[0].secondaries == expected


@pytest.mark.parametrize("spelling", ["tiny-yolov3", "tiny_yolov3", "Tiny-YOLOv3"])
def test_a_built_in_parser_is_found_in_each_spelling(spelling: str) -> None:
    document = good()
    pipeline(document)["primaryModelConfigPath"] = {"configFile": "a.txt", "parser": spelling}

    assert read(document).settings.pipelines[0].primary == Model(config_file="a.txt", parser="tiny-yolov3")


@pytest.mark.parametrize("spelling", ["tiny", "v", "yolo", "yolov6"])
def test_a_part_of_a_built_in_parsers_name_is_not_its_name(spelling: str) -> None:
    document = good()
    pipeline(document)["primaryModelConfigPath"] = {"configFile": "a.txt", "parser": spelling}

    problem = only_error(read(document))

    assert problem.path.endswith("pipelineConfigs[0].primaryModelConfigPath.parser")
    assert "built-in parser" in problem.message


@pytest.mark.parametrize(
    ("part", "value", "location"),
    [
        ("id", "", "id"),
        ("id", "../etc", ""),
        ("id", "a/b", ""),
        ("id", 7, "id"),
        ("primaryModelConfigPath", "../../secret.txt", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "/custom-assets/../etc/passwd", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "/etc/passwd", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "//etc/passwd", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "/proc/self/environ", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "a\x00.txt", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "..\\x.txt", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "~/x.txt", "primaryModelConfigPath"),
        ("primaryModelConfigPath", "/", "primaryModelConfigPath"),
        ("primaryModelConfigPath", 5, "primaryModelConfigPath"),
        ("primaryModelConfigPath", {"pyFile": "a.py"}, "primaryModelConfigPath.configFile"),
        ("primaryModelConfigPath", {"configFile": "a.txt", "pyFile": "a.so"}, "primaryModelConfigPath.pyFile"),
        (
            "primaryModelConfigPath",
            {"configFile": "a.txt", "pyFile": "a.py", "parser": "yolov4"},
            "primaryModelConfigPath",
        ),
        ("secondaryModelConfigPaths", ["ok.txt", "../x"], "secondaryModelConfigPaths[1]"),
        ("trackerConfigPath", "../x", "trackerConfigPath"),
        ("primaryModelConfigPath", "", ""),  # leaves a secondary and a tracker without a primary
        ("unsecureZipUrl", "ftp://host/m.zip", "unsecureZipUrl"),
        ("unsecureZipUrl", "-O/etc/x", "unsecureZipUrl"),
        ("unsecureZipUrl", "http://host/m.zip", "unsecureZipUrl"),
        ("unsecureZipUrl", "https://me:pw@host/m.zip", "unsecureZipUrl"),
        ("unsecureZipUrl", "https://host:99999/m.zip", "unsecureZipUrl"),
        ("unsecureZipUrl", "https://host/a b.zip", "unsecureZipUrl"),
        ("pipelineOptions", {"crop": {"enable": True, "x0": 5, "x1": 5, "y0": 0, "y1": 9}}, "pipelineOptions.crop"),
        (
            "pipelineOptions",
            {"crop": {"enable": True, "x0": "a", "x1": 5, "y0": 0, "y1": 9}},
            "pipelineOptions.crop.x0",
        ),
        ("pipelineOptions", {"dewarp": {"enable": True}}, "pipelineOptions.dewarp.config_file"),
        ("pipelineOptions", {"osd": {"enable": "maybe"}}, "pipelineOptions.osd.enable"),
        ("pipelineOptions", {"osd": 1}, "pipelineOptions.osd"),
        ("pipelineOptions", {"frame": {"width": 641, "height": 480}}, "pipelineOptions.frame"),
        ("pipelineOptions", {"messages": {"perSecond": "often"}}, "pipelineOptions.messages.perSecond"),
        ("pipelineOptions", {"messages": {"perSecond": -1}}, ""),
        ("deepstreamPassthrough", "videotestsrc ! filesink location=/root/x", "deepstreamPassthrough"),
        ("deepstreamPassthrough", "filesrc location=../../x ! fakesink", "deepstreamPassthrough"),
        ("deepstreamPassthrough", "filesrc location=/etc/shadow ! fakesink", "deepstreamPassthrough"),
        ("deepstreamPassthrough", "playbin uri=file:///etc/shadow", "deepstreamPassthrough"),
    ],
)
def test_a_bad_pipeline_is_told_and_the_others_run(part: str, value: Any, location: str) -> None:
    document = good()
    pipeline(document)[part] = value

    reading = read(document)

    at = "$.components.deepStream.pipelineConfigs[0]" + (f".{location}" if location else "")
    assert at in {p.path for p in reading.errors}, reading.problems
    assert running(reading) == {"Cars": ["film"]}


def test_an_archive_over_http_is_taken_when_its_digest_is_known() -> None:
    document = good()
    pipeline(document)["unsecureZipUrl"] = "http://host/m.zip"
    pipeline(document)["unsecureZipSha256"] = "sha256:" + "AB" * 32

    reading = read(document)

    assert reading.errors == ()
    assert reading.settings.pipelines[0].archive == Archive(url="http://host/m.zip", sha256="ab" * 32)


def test_a_digest_that_is_none_is_told_where_it_stands() -> None:
    document = good()
    pipeline(document)["unsecureZipUrl"] = "https://host/m.zip"
    pipeline(document)["unsecureZipSha256"] = "1234"

    assert only_error(read(document)).path.endswith("[0].unsecureZipSha256")


def test_options_are_read() -> None:
    document = good()
    pipeline(document)["pipelineOptions"] = {
        "dewarp": {"enable": True, "config_file": "dewarp.txt"},
        "crop": {"enable": True, "x0": 480, "x1": "1920", "y0": 0.0, "y1": 1080},
        "osd": {"enable": False},
        "frame": {"width": 1280, "height": 720},
        "messages": {"perSecond": 5},
    }

    reading = read(document)

    people = reading.settings.pipelines[0]
    assert reading.problems == ()
    assert people.dewarp == "dewarp.txt"
    assert people.crop == Crop(x0=480, y0=0, x1=1920, y1=1080)
    assert not people.osd
    assert people.frame == FrameSize(width=1280, height=720)
    assert people.messages_per_second == 5.0


def test_options_that_are_not_enabled_are_not_looked_at_closely() -> None:
    document = good()
    pipeline(document)["pipelineOptions"] = {"crop": {"enable": False, "x0": 9, "x1": 1}, "dewarp": {"enable": False}}

    reading = read(document)

    assert reading.problems == ()
    assert reading.settings.pipelines[0].crop is None


def test_two_pipelines_whose_pictures_would_meet_are_told_and_the_first_is_kept() -> None:
    document = good()
    pipeline(document, 1)["id"] = "PEOPLE"

    reading = read(document)

    assert [p.path for p in reading.errors] == [
        "$.components.deepStream.pipelineConfigs[1].id",
        "$.components.deepStream.streams[2].configId",
    ] or reading.errors[0].path.endswith("pipelineConfigs[1].id")
    assert "People" in running(reading)


@pytest.mark.parametrize(
    "endpoint",
    [
        "REPLACE-WITH-URI",
        "rtsp://",
        "rtsp://host:port/x",
        "rtsp://[::1/x",
        "file://host/x.mp4",
        "file:///videos/../etc/passwd",
        "file:///videos/%2e%2e/etc/passwd",
        "file:///etc/passwd",
        "file:///a%00b",
        "/dev/sda",
        "/dev/video0/../sda",
        "gopher://x",
        5,
        ["rtsp://camera/x"],
    ],
)
def test_a_bad_camera_is_told_and_the_other_streams_run(endpoint: Any) -> None:
    document = good()
    sensor(document)["endpoint"] = endpoint

    reading = read(document)

    assert only_error(reading).path == "$.components.sensors[0].endpoint"
    assert running(reading) == {"People": ["film"], "Cars": ["film"]}


def test_an_address_with_credentials_gives_them_to_the_stream_and_keeps_none() -> None:
    document = good()
    sensor(document)["endpoint"] = "rtsp://me:p%40ss@camera:554/door?x=1"
    deepstream(document)["streams"][0].update(uname="", password="")

    reading = read(document)

    door = reading.settings.pipelines[0].streams[0]
    assert door.sensor.endpoint == "rtsp://camera:554/door?x=1"
    assert door.credentials == Credentials(username="me", password="p@ss")
    assert [p.severity for p in reading.problems] == [Severity.WARNING]


def test_a_broken_address_is_not_repeated_because_it_may_hold_a_password() -> None:
    document = good()
    sensor(document)["endpoint"] = "rstp://me:hunter2@camera/door"

    assert "hunter2" not in str(read(document).problems)


def test_a_password_is_taken_as_it_stands_and_a_bad_one_is_not_repeated() -> None:
    document = good()
    deepstream(document)["streams"][0]["password"] = " s3 cret$HOME\\ "
    stream = read(document).settings.pipelines[0].streams[0]
    assert stream.credentials == Credentials(username="guard", password=" s3 cret$HOME\\ ")

    deepstream(document)["streams"][0]["password"] = "hunter2\n"
    reading = read(document)
    assert only_error(reading).path == "$.components.deepStream.streams[0].password"
    assert "hunter2" not in str(reading.problems)


@pytest.mark.parametrize(
    ("subtype", "endpoint", "device"),
    [("USB", "", "/dev/video0"), ("usb", "/dev/video2", "/dev/video2"), ("", "/dev/video1", "/dev/video1")],
)
def test_a_usb_camera_is_a_device(subtype: str, endpoint: str, device: str) -> None:
    document = good()
    sensor(document).update(kind={"type": "vision", "subtype": subtype}, endpoint=endpoint)
    deepstream(document)["streams"][0].update(uname="", password="")

    reading = read(document)

    assert reading.errors == ()
    found = reading.settings.pipelines[0].streams[0].sensor
    assert (found.kind, found.endpoint) == (SourceKind.USB, device)


@pytest.mark.parametrize(
    ("region", "location"),
    [
        ({"color": "red", "coordinates": [[0, 0], [1, 0], [1, 1]]}, ""),
        ({"coordinates": [[0, 0], [1, 1]]}, ""),
        ({"coordinates": [[0, 0], [1, 0], [1, 1.5]]}, ""),
        ({"coordinates": [[0, 0], [1, 0], [1]]}, ".coordinates[2]"),
        ({"coordinates": [[0, 0], [1, 0], ["a", 1]]}, ".coordinates[2][0]"),
        ({"coordinates": "all"}, ".coordinates"),
        ("all", ""),
    ],
)
def test_a_bad_region_is_told_and_its_camera_runs_without_it(region: Any, location: str) -> None:
    document = good()
    sensor(document)["regionsOfInterest"].append(region)

    reading = read(document)

    assert f"$.components.sensors[0].regionsOfInterest[1]{location}" in {p.path for p in reading.errors}
    assert running(reading) == ALL
    assert len(reading.settings.pipelines[0].streams[0].sensor.regions) == 1


def test_a_stream_that_leads_nowhere_is_told_with_the_nearest_name_and_the_others_run() -> None:
    document = good()
    deepstream(document)["streams"][0].update(name="doro", configId="Peple")

    reading = read(document)

    assert [(p.path, p.hint) for p in reading.errors] == [
        ("$.components.deepStream.streams[0].configId", 'Did you mean "People"?'),
        ("$.components.deepStream.streams[0].name", 'Did you mean "door"?'),
    ]
    assert running(reading) == {"People": ["film"], "Cars": ["film"]}


def test_a_pipeline_that_no_stream_names_is_told() -> None:
    document = good()
    del deepstream(document)["streams"][2]

    reading = read(document)

    assert only_error(reading).path == "$.components.deepStream.pipelineConfigs[1]"
    assert running(reading) == {"People": ["door", "film"]}


def test_a_stream_written_twice_runs_once() -> None:
    document = good()
    deepstream(document)["streams"].append({"name": "film", "configId": "Cars"})

    reading = read(document)

    assert only_error(reading).path == "$.components.deepStream.streams[3].name"
    assert running(reading) == ALL


def test_the_second_of_two_sensors_with_one_name_is_told() -> None:
    document = good()
    document["components"]["sensors"].append({"name": "door", "endpoint": "rtsp://other/x"})

    reading = read(document)

    assert only_error(reading).path == "$.components.sensors[2].name"
    assert reading.settings.pipelines[0].streams[0].sensor.endpoint == "rtsp://camera:554/door"


def test_an_unknown_key_is_noted_with_the_nearest_known_one_and_costs_nothing() -> None:
    document = good()
    pipeline(document)["primaryModelConfigPth"] = "x.txt"

    reading = read(document)

    assert [(p.path, p.severity, p.hint) for p in reading.problems] == [
        (
            "$.components.deepStream.pipelineConfigs[0].primaryModelConfigPth",
            Severity.WARNING,
            'Did you mean "primaryModelConfigPath"?',
        )
    ]
    assert running(reading) == ALL


def test_disabling_stops_everything_and_turns_errors_into_warnings() -> None:
    document = good()
    deepstream(document)["enable"] = False
    sensor(document)["endpoint"] = "REPLACE-WITH-URI"

    reading = read(document)

    assert not reading.settings.enabled
    assert reading.settings.pipelines == ()
    assert reading.errors == ()
    assert [p.path for p in reading.problems] == ["$.components.sensors[0].endpoint"]


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("Debug", LogLevel.DEBUG),
        ("INFO", LogLevel.INFORMATION),
        ("warning", LogLevel.WARNING),
        ("verbose", LogLevel.DEBUG),
        ("fatal", LogLevel.ERROR),
        ("", None),
    ],
)
def test_the_log_level_is_read_in_each_spelling(word: str, level: LogLevel | None) -> None:
    document = good()
    document["components"]["logLevel"] = word

    assert read(document).settings.log_levels.default is level


@pytest.mark.parametrize("word", ["basicConfig", "loud", 3])
def test_a_log_level_that_is_none_is_told_and_everything_runs(word: Any) -> None:
    document = good()
    document["components"]["logLevel"] = word

    reading = read(document)

    assert only_error(reading).path == "$.components.logLevel"
    assert reading.settings.log_levels.default is None
    assert running(reading) == ALL


def test_a_passthrough_pipeline_needs_neither_model_nor_stream() -> None:
    document = good()
    deepstream(document)["pipelineConfigs"].append({"id": "Own", "deepstreamPassthrough": "videotestsrc ! fakesink"})

    reading = read(document)

    assert reading.problems == ()
    assert reading.settings.pipelines[2].passthrough == "videotestsrc ! fakesink"


def test_all_problems_are_told_at_once() -> None:
    document = good()
    sensor(document)["endpoint"] = "x"
    pipeline(document)["trackerConfigPath"] = "../t"
    pipeline(document, 1)["primaryModelConfigPath"] = 5
    document["components"]["logLevel"] = "loud"

    assert len(read(document).errors) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "no configuration"),
        (b"{", "line 1, column 2"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"components": NaN}', "NaN"),
        (b'{"components": 1e999}', "too large"),
        (b"[]", "A list stands"),
        (b"null", "Nothing stands"),
        (b'{"platform": "DeepStream"}', "Nothing stands where an object"),
    ],
)
def test_a_document_that_is_none_is_one_problem_and_nothing_runs(text: bytes, words: str) -> None:
    reading = loads(text)

    assert words in only_error(reading).message
    assert reading.settings.pipelines == ()


def test_a_document_with_a_byte_order_mark_is_read() -> None:
    assert "no configuration" not in only_error(loads(b"\xef\xbb\xbf[]")).message


def test_the_files_that_a_configuration_names_are_listed_and_looked_for() -> None:
    document = good()
    pipeline(document, 1)["unsecureZipUrl"] = "https://host/m.zip"

    reading = read(document)

    assert [(r.path, r.kind, r.in_archive) for r in reading.references] == [
        ("/custom-assets/p.txt", ReferenceKind.CONFIG, False),
        ("/custom-assets/p.py", ReferenceKind.PARSER, False),
        ("/custom-assets/s.txt", ReferenceKind.CONFIG, False),
        ("/custom-assets/cars.txt", ReferenceKind.CONFIG, True),
    ]
    there = {"/custom-assets/p.txt", "/custom-assets/s.txt"}
    gone = list(missing(reading.references, there.__contains__))
    assert [p.path for p in gone] == ["$.components.deepStream.pipelineConfigs[0].primaryModelConfigPath.pyFile"]


def test_the_components_alone_are_read_as_a_controller_sends_them() -> None:
    reading = read(good()["components"])

    assert reading.problems == ()
    assert reading.settings == read(good()).settings


@pytest.mark.parametrize(("word", "level"), [("trace", LogLevel.DEBUG), ("Critical", LogLevel.ERROR)])
def test_the_predecessors_log_levels_are_the_nearest_of_ours(word: str, level: LogLevel) -> None:
    document = good()
    document["components"]["logLevel"] = word

    reading = read(document)

    assert reading.problems == ()
    assert reading.settings.log_levels.default is level


@pytest.mark.parametrize("subtype", ["IP", "ceiling camera", "ONVIF", "Überwachung"])
def test_a_subtype_is_any_text(subtype: str) -> None:
    document = good()
    sensor(document)["kind"]["subtype"] = subtype

    reading = read(document)

    assert reading.problems == ()
    assert running(reading) == ALL


def test_the_endpoint_decides_against_the_subtype() -> None:
    document = good()
    sensor(document)["kind"]["subtype"] = "USB"

    reading = read(document)

    assert [p.severity.value for p in reading.problems] == ["warning"]
    assert reading.settings.pipelines[0].streams[0].sensor.kind is SourceKind.RTSP


def test_regions_beside_the_sensors_go_to_the_sensor_that_they_name() -> None:
    document = good()
    corners = [[0, 0], [0, 1], [1, 1]]
    region = {"label": "door", "color": "00ff00", "sensor": sensor(document)["name"], "coordinates": corners}
    before = read(good()).settings.pipelines[0].streams[0].sensor.regions
    document["components"]["regionsOfInterest"] = [region, dict(region)]

    reading = read(document)

    assert reading.problems == ()
    found = reading.settings.pipelines[0].streams[0].sensor.regions
    assert found == (*before, Region(label="door", color="#00ff00", points=((0, 0), (0, 1), (1, 1))))


@pytest.mark.parametrize(
    ("region", "location"),
    [
        ({"sensor": "nobody"}, "[0].sensor"),
        ({}, "[0].sensor"),
        ({"sensor": "nobody", "coordinates": [[0, 0], [1]]}, "[0].coordinates[1]"),
    ],
)
def test_a_region_beside_the_sensors_that_cannot_be_theirs_is_named(region: Any, location: str) -> None:
    document = good()
    corners = {"coordinates": [[0, 0], [0, 1], [1, 1]]}
    document["components"]["regionsOfInterest"] = [corners | region]

    reading = read(document)

    assert f"$.components.regionsOfInterest{location}" in [p.path for p in reading.problems]
    assert running(reading) == ALL


def test_a_region_inside_a_sensor_may_name_it() -> None:
    document = good()
    region = {"sensor": sensor(document)["name"], "coordinates": [[0, 0], [0, 1], [1, 1]]}
    sensor(document)["regionsOfInterest"] = [region]
    assert read(document).problems == ()

    region["sensor"] = "another"
    (warning,) = read(document).problems
    assert (warning.severity.value, warning.path) == ("warning", "$.components.sensors[0].regionsOfInterest[0].sensor")
