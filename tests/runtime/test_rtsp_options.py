"""Where the live video is served, and what their server is told on its command line."""

import argparse
from pathlib import Path

import pytest
from azda_runtime.commands.rtsp_options import add_rtsp_options, default_host, rtsp_arguments


def words(*typed: str) -> tuple[str, ...]:
    parser = argparse.ArgumentParser()
    add_rtsp_options(parser)
    return rtsp_arguments(parser.parse_args(list(typed)), Path("/state"))


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, "127.0.0.1"),
        ({"IOTEDGE_WORKLOADURI": "unix:///x"}, "0.0.0.0"),
        ({"IOTEDGE_WORKLOADURI": "unix:///x", "AZDA_RTSP_HOST": "127.0.0.1"}, "127.0.0.1"),
        ({"AZDA_RTSP_HOST": "::"}, "::"),
    ],
)
def test_pictures_stay_on_the_machine_or_the_module_network(environment: dict[str, str], host: str) -> None:
    assert default_host(environment) == host


def test_the_password_is_made_up_unless_everybody_may_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZDA_RTSP_PASSWORD", "canary")
    common = ("rtsp", "--host", "127.0.0.1", "--port", "8554", "--watchers", "16")
    assert words() == (*common, "--generate", "/state/rtsp-password")
    assert words("--rtsp-anonymous") == (*common, "--anonymous")
    assert words("--rtsp-certificate", "/c", "--rtsp-key", "/k")[-4:] == ("--certificate", "/c", "--key", "/k")
    assert words("--rtsp-port", "0") == ()


@pytest.mark.parametrize("typed", [("--rtsp-port", "65536"), ("--rtsp-watchers", "0"), ("--rtsp-watchers", "many")])
def test_numbers_that_cannot_be_are_wrong_usage(typed: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        words(*typed)
    assert ended.value.code == 2
    assert typed[1] in capsys.readouterr().err
