"""The runtime's log: how lines are written, how much, how often, and that no secret gets past the filter."""

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azda_runtime import log
from azda_runtime.commands import serve
from azda_runtime.log import Form, RateFilter, configure, limited, over, relay, set_levels, whose
from azda_runtime.log.formatters import IotEdgeFormatter, RelayFormatter, TerminalFormatter
from azda_runtime.log.redaction import RedactionFilter
from azda_runtime.log_levels import LogLevel, LogLevels
from azda_runtime.settings import read
from hypothesis import given
from hypothesis import strategies as st

from dsconfig.redaction import Known

CANARY = "CANARYx1234567"
RUNTIME = Path(log.__file__).parents[1]
# As edgeAgent reads a line (LogMessageParser): severity, moment, text.
EDGE_AGENT = re.compile(
    r"<(?P<severity>[0-7])>\s(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d)\s(?P<text>.*)"
)


class Written:
    """All that went to standard error so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    monkeypatch.delenv("IOTEDGE_WORKLOADURI", raising=False)
    yield Written(capsys)
    set_levels(LogLevels())


def record(text: str, *args: Any, level: int = logging.INFO, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("azda_runtime.gst.player", level, "", 0, text, args, None)
    vars(made).update(extra)
    return made


def test_each_module_logs_under_its_own_name() -> None:
    for path in RUNTIME.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "_log." in text:
            assert "_log = logging.getLogger(__name__)" in text, path
        assert not re.search(r"_log\.\w+\(\s*f\"|_log\.\w+\([^)]*\" %", text), f"{path} formats before it logs"


def test_every_folder_that_logs_may_have_a_level_of_its_own() -> None:
    rooms = {each.name for each in RUNTIME.iterdir() if each.is_dir() and any(each.rglob("*.py"))}
    logging_rooms = {
        room
        for room in rooms
        if any("_log." in each.read_text(encoding="utf-8") for each in (RUNTIME / room).rglob("*.py"))
    }
    assert logging_rooms <= set(LogLevels.MODULES)
    assert set(LogLevels.MODULES) - {"output"} <= rooms


def test_a_terminal_gets_a_word_for_what_is_wrong_and_the_hint_below_it() -> None:
    write = TerminalFormatter().format
    assert write(record("playing %s", "now")) == "playing now"
    assert write(record("it fails", level=logging.WARNING, hint="Look.")) == "warning: it fails\nhint: Look."
    assert write(record("it fails", level=logging.ERROR, pipeline="Door")) == "error: Door: it fails"
    assert write(record("Door: it fails", level=logging.CRITICAL, pipeline="Door")) == "error: Door: it fails"
    assert write(record("\x1b[2Jgone", level=logging.DEBUG)) == "debug: \\x1b[2Jgone"


def test_iot_edge_gets_its_line_format() -> None:
    made = record("playing", created=1_796_040_000.25, pipeline="Door")
    assert IotEdgeFormatter().format(made) == (
        "<6> 2026-11-30 12:00:00.250 +00:00 [INF] [azda_runtime.gst.player] - Door: playing"
    )
    starts = {logging.DEBUG: "<7>", logging.WARNING: "<4>", logging.ERROR: "<3>", logging.CRITICAL: "<2>"}
    for level, start in starts.items():
        assert IotEdgeFormatter().format(record("x", level=level)).startswith(start)


@given(st.text(), st.text(), st.sampled_from([logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR]))
def test_no_text_of_a_record_passes_for_a_line_of_another(text: str, hint: str, level: int) -> None:
    severity = IotEdgeFormatter().format(record("x", level=level))[1]
    for line in IotEdgeFormatter().format(record("%s", text, level=level, hint=hint)).split("\n"):
        found = EDGE_AGENT.fullmatch(line)
        assert found
        assert found["severity"] == severity
        assert len(line.splitlines()) == 1


def test_levels_hold_for_all_modules_and_for_single_ones(stderr: Written) -> None:
    configure(Form.TERMINAL, LogLevels(default=LogLevel.WARNING, modules=(("gst", LogLevel.DEBUG),)))
    for name in ("gst.player", "hub.file", "output"):
        logging.getLogger(f"azda_runtime.{name}").debug("%s debug", name)
        logging.getLogger(f"azda_runtime.{name}").info("%s info", name)
    assert stderr.getvalue().splitlines() == ["debug: gst.player debug", "gst.player info", "output info"]
    set_levels(LogLevels(default=LogLevel.ERROR, modules=(("output", LogLevel.ERROR),)))
    for name in ("gst.player", "output"):
        logging.getLogger(f"azda_runtime.{name}").warning("no more")
    assert "no more" not in stderr.getvalue()


def test_a_configuration_names_levels_of_modules_and_a_wrong_one_costs_itself_alone() -> None:
    levels = {"hub": "trace", "gst": "loud", "nosuch": "debug", "worker": ""}
    reading = read({"platform": "DeepStream", "components": {"logLevel": "warn", "logLevels": levels}})
    assert reading.settings.log_levels == LogLevels(default=LogLevel.WARNING, modules=(("hub", LogLevel.DEBUG),))
    paths = [each.path for each in reading.problems if "logLevels" in each.path]
    assert sorted(paths) == ["$.components.logLevels.gst", "$.components.logLevels.nosuch"]


@pytest.mark.parametrize("levels", ["debug", ["debug"], 3])
def test_levels_of_modules_that_are_no_object_are_one_problem(levels: Any) -> None:
    reading = read({"platform": "DeepStream", "components": {"logLevels": levels}})
    assert reading.settings.log_levels == LogLevels()
    assert [each.path for each in reading.problems if "logLevels" in each.path] == ["$.components.logLevels"]


def test_levels_go_to_a_process_and_come_back() -> None:
    levels = LogLevels(default=LogLevel.ERROR, modules=(("gst", LogLevel.DEBUG),))
    assert LogLevels.of(json.loads(json.dumps(levels.as_json()))) == levels
    assert LogLevels().otherwise(levels) == LogLevels(default=LogLevel.ERROR)
    assert LogLevels.of(LogLevels().as_json()) == LogLevels()


class Rated:
    """A rate filter with a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.filter = RateFilter(lambda: self.now)

    def lines(self, text: str, name: str = "azda_runtime.hub.file", **extra: Any) -> list[str]:
        made = record(text, **extra)
        made.name = name
        return [made.getMessage()] if self.filter.filter(made) else []


def test_records_about_the_same_are_written_now_and_then() -> None:
    rated, lines = Rated(), []
    for second in (0, 1, 59, 60, 61):
        rated.now = second
        lines += rated.lines("It happened.\nTrace", **limited("kind"))
    lines += rated.lines("Something else.", **limited("other"))
    lines += rated.lines("Elsewhere.", "azda_runtime.gst.probe", **limited("kind"))
    lines += rated.lines("Again.", "azda_runtime.hub.message_writer", **limited("kind", anew=True))
    lines += rated.lines("Always.") * 2
    assert lines == [
        *("It happened.\nTrace", "It happened. (2 more since the last such line)\nTrace", "Something else."),
        *("Elsewhere.", "Again.", "Always.", "Always."),
    ]


def test_what_is_held_back_is_counted_as_often_as_it_happened() -> None:
    rated = Rated()
    assert rated.lines("Lost.", **limited("lost", pause=10, count=5)) == ["Lost."]
    assert rated.lines("Lost.", **limited("lost", pause=10, count=5)) == []
    rated.now = 10
    assert rated.lines("Lost.", **limited("lost", pause=10)) == ["Lost. (5 more since the last such line)"]


def test_the_end_of_a_trouble_is_written_where_the_trouble_was() -> None:
    rated = Rated()
    assert rated.lines("Connected.", **over("away")) == []
    assert rated.lines("Connected.", **over("away", anew=True)) == ["Connected."]
    assert rated.lines("Away.", **limited("away")) == ["Away."]
    assert rated.lines("Connected.", **over("away")) == ["Connected."]
    assert rated.lines("Away.", **limited("away")) == []
    assert rated.lines("Connected.", **over("away")) == []


class Odd:
    """An object with a secret in its text."""

    def __repr__(self) -> str:
        return f"Odd(password={CANARY})"


class Broken:
    """An object that has no text."""

    def __str__(self) -> str:
        raise ValueError(CANARY)


def fail(error: Exception, cause: Exception | None) -> None:
    raise error from cause


def raised(error: Exception, cause: Exception | None = None) -> Any:
    with pytest.raises(type(error)) as caught:
        fail(error, cause)
    return caught.type, caught.value, caught.tb


HOLDERS: list[Callable[[str], str]] = [
    lambda secret: f"rtsp://viewer:{secret}@10.0.0.5/live",
    lambda secret: json.dumps({"cameras": [{"name": "door", "password": secret}]}, indent=2),
    lambda secret: f"read {json.dumps({'text': json.dumps({'accountKey': secret})})}",
    lambda secret: f"first line\nrtspsrc location=rtsp://h user-pw={secret} ! fakesink\nlast line",
    lambda secret: f"SharedAccessSignature sr=h&sig={secret}&se=1",
    lambda secret: f"Authorization: Bearer {secret}",
    lambda secret: f"this run knows {secret}",
]


@given(
    st.sampled_from(HOLDERS),
    st.sampled_from(["argument", "mapping", "format", "exception", "cause", "extra", "hint", "stack", "object", "bad"]),
    st.sampled_from([TerminalFormatter(), IotEdgeFormatter(), RelayFormatter()]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_no_secret_gets_past_the_filter(
    holder: Callable[[str], str], way: str, formatter: logging.Formatter, noise: str
) -> None:
    known = Known()
    known.add([CANARY])
    text = holder(CANARY)
    noise = noise.replace("%", "")
    made = {
        "argument": lambda: record(f"{noise} %s", text),
        "mapping": lambda: record("%(text)s %(text)r", {"text": text}),
        "format": lambda: record(text.replace("%", "%%") + " %s", noise),
        "exception": lambda: record("failed", exc_info=raised(ValueError(text))),
        "cause": lambda: record("failed", exc_info=raised(RuntimeError("it failed"), ValueError(text))),
        "extra": lambda: record("failed", pipeline=text, camera={"password": CANARY}, more=[text], odd=Odd()),
        "hint": lambda: record("failed", hint=text),
        "stack": lambda: record("failed", stack_info=f"Stack (most recent call last):\n{text}"),
        "object": lambda: record("%s and %r", Odd(), Odd()),
        "bad": lambda: record("%d of %s", text, Broken()),
    }[way]()
    assert RedactionFilter(known.redacted).filter(made)
    written = formatter.format(made)
    assert CANARY not in written
    assert CANARY not in repr({key: value for key, value in vars(made).items() if key != "name"})


@pytest.mark.parametrize(
    ("text", "args"), [("%d", ("x",)), ("%s %s", ("one",)), ("none", ("one",)), ("%s", (Broken(),))]
)
def test_a_broken_format_is_a_line_and_no_traceback_with_its_arguments(
    text: str, args: tuple[Any, ...], stderr: Written
) -> None:
    configure(Form.TERMINAL)
    logging.getLogger("azda_runtime.gst").error(text, *args)
    assert stderr.getvalue().startswith(f"error: {text} (A line that cannot be shown")
    assert "Traceback" not in stderr.getvalue()


def test_what_cannot_be_redacted_is_not_shown() -> None:
    def fails(_: Any) -> Any:
        raise RecursionError

    made = record("password %s", CANARY, hint=CANARY)
    RedactionFilter(fails).filter(made)
    assert CANARY not in TerminalFormatter().format(made)


def test_a_record_of_a_child_is_the_same_record_here(stderr: Written) -> None:
    made = record("it fails\nTraceback", level=logging.ERROR, pipeline="Door", hint="Look.")
    line = RelayFormatter().format(made)
    configure(Form.TERMINAL)
    relay(line, "Door")
    relay("what a parser prints", "Door")
    assert stderr.getvalue() == "error: Door: it fails\nTraceback\nhint: Look.\nDoor: what a parser prints\n"


@pytest.mark.parametrize(
    "line",
    [
        '{"azdaLog": ',
        '{"azdaLog": {}}',
        '{"azdaLog": []}',
        '{"azdaLog": {"level": "40", "name": "azda_runtime.gst", "text": "x", "hint": ""}}',
        '{"azdaLog": {"level": 41, "name": "azda_runtime.gst", "text": "x", "hint": ""}}',
        '{"azdaLog": {"level": 40, "name": 5, "text": "x", "hint": ""}}',
        '{"azdaLog": ' + "[" * 100_000,
    ],
)
def test_what_is_no_record_is_output(line: str, stderr: Written) -> None:
    configure(Form.IOT_EDGE)
    relay(line, "Door")
    assert " [INF] [azda_runtime.output] - Door: {" in stderr.getvalue()


def test_a_parser_makes_no_loggers(stderr: Written) -> None:
    configure(Form.IOT_EDGE)
    before = len(logging.root.manager.loggerDict)
    for number in range(100):
        fields = {"level": 40, "name": f"mine{number}.{'x' * 500}", "text": "x", "hint": ""}
        relay(json.dumps({"azdaLog": fields}), "Door")
    assert len(logging.root.manager.loggerDict) == before
    assert len(stderr.getvalue()) < 100 * 250


def test_records_of_a_child_obey_the_level_of_their_module(stderr: Written) -> None:
    configure(Form.TERMINAL, LogLevels(modules=(("gst", LogLevel.ERROR),)))
    relay(RelayFormatter().format(record("a warning", level=logging.WARNING)), "Door")
    relay(RelayFormatter().format(record("an error", level=logging.ERROR)), "Door")
    assert stderr.getvalue() == "error: an error\n"


def test_a_long_record_keeps_its_beginning_and_its_end() -> None:
    line = RelayFormatter().format(record("%s", "begin" + "\N{GRINNING FACE}" * 100_000 + "end", hint="é" * 100_000))
    assert len(line.encode()) <= log.formatters.LONGEST_RELAYED
    text = json.loads(line)["azdaLog"]["text"]
    assert text.startswith("begin")
    assert text.endswith("end")


def test_a_process_of_one_pipeline_names_it_once(stderr: Written) -> None:
    configure(Form.TERMINAL)
    whose("Door")
    logger = logging.getLogger("azda_runtime.worker")
    logger.error("it fails")
    logger.error("Door: it fails")
    logger.error("it fails", extra={"pipeline": "Yard"})
    assert stderr.getvalue() == "error: Door: it fails\nerror: Door: it fails\nerror: Yard: it fails\n"


def test_the_form_is_iot_edges_there_and_the_parents_in_a_child(
    stderr: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOTEDGE_WORKLOADURI", "unix:///x")
    configure()
    logging.getLogger("azda_runtime.hub").info("here")
    monkeypatch.setenv("AZDA_LOG_FORM", "relay")
    configure()
    logging.getLogger("azda_runtime.hub").info("there")
    here, there = stderr.getvalue().splitlines()
    assert EDGE_AGENT.fullmatch(here)
    assert json.loads(there)["azdaLog"]["text"] == "there"


def test_a_users_own_logging_is_left_alone(stderr: Written) -> None:
    handlers = list(logging.root.handlers)
    configure(Form.TERMINAL)
    assert logging.root.handlers == handlers
    assert not logging.getLogger("azda_runtime").propagate


def test_nobody_who_reads_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    configure(Form.TERMINAL)
    logging.getLogger("azda_runtime.hub").error("nobody reads")


@pytest.mark.parametrize(
    ("options", "environment", "shown"),
    [
        ([], {}, "warning: $.components.sensrs: "),
        (["--log-level", "error"], {}, ""),
        ([], {"RuntimeLogLevel": "fatal"}, ""),
        (["--log-level", "Information"], {"RuntimeLogLevel": "fatal"}, "warning: $.components.sensrs: "),
        ([], {"RuntimeLogLevel": "loud"}, "warning: There is no log level 'loud', which RuntimeLogLevel names.\n"),
        (["--log-format", "iot-edge"], {}, "[WRN] [azda_runtime.supervisor.supervisor] - $.components.sensrs: "),
    ],
)
def test_serve_logs_as_it_is_asked_to(
    tmp_path: Path, options: list[str], environment: dict[str, str], shown: str
) -> None:
    file = tmp_path / "settings.json"
    components = {"sensrs": [], "sensors": [], "deepStream": {"pipelineConfigs": [], "streams": []}}
    file.write_text(json.dumps({"platform": "DeepStream", "components": components}), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "azda_runtime",
        "serve",
        "--settings",
        str(file),
        "--state",
        str(tmp_path),
        "--rtsp-port=0",
    ]
    own = {key: value for key, value in os.environ.items() if key not in {"IOTEDGE_WORKLOADURI", "RuntimeLogLevel"}}
    with subprocess.Popen(
        [*command, "--recordings", str(tmp_path), *options],
        env={**own, **environment, "PYTHONPATH": str(RUNTIME.parent)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        lines = []
        while not lines or "No pipeline" not in lines[-1]:  # it has started: SIGTERM ends it in order
            lines.append(process.stderr.readline())
            assert lines[-1]
        process.terminate()
        process.wait(60)
    text = "".join(lines)
    assert process.returncode == 0
    assert shown in text
    assert shown or "warning" not in text
    assert "error: " in text or "<3> " in text


def test_a_log_level_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        serve.main(["--log-level", "loud"])
    assert ended.value.code == 2
    assert "there is no log level 'loud'; use one of debug, information, warning, error" in capsys.readouterr().err
