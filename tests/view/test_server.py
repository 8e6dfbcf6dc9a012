"""The server answers this machine's page alone, and gives nothing but the clips."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from azdacli.errors import SpecError
from azdacli.view import clips
from azdacli.view.library import Library
from azdacli.view.server import ViewServer
from tests.view import making

AREA = {"label": "entry", "color": "#ff0000", "coordinates": [[0, 0], [1, 0], [1, 1]]}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ViewServer]:
    run = tmp_path / "run"
    run.mkdir()
    (run / "video.mp4").write_bytes(bytes(range(256)))
    (run / "messages.jsonl").write_text(making.lines([making.message(frame) for frame in range(4)]), encoding="utf-8")
    (tmp_path / "settings.json").write_text('{"components": {"sensors": [{"name": "door"}]}}', encoding="utf-8")
    with ViewServer(Library(clips.find(run), tmp_path / "settings.json")) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(
    server: ViewServer, path: str, method: str = "GET", body: Any = None, *, token: str | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    try:
        data = None if body is None else json.dumps(body)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"/{server.token if token is None else token}/{path}", data, fields)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_it_listens_on_the_loopback_interface_with_a_token_in_its_address(served: ViewServer) -> None:
    assert served.server_address[0] == "127.0.0.1"
    assert served.address == f"http://127.0.0.1:{served.server_port}/{served.token}/"
    assert len(served.token) >= 32


@pytest.mark.parametrize("token", ["", "wrong", "x" * 32, "%00", "%C3%A9"])
@pytest.mark.parametrize("path", ["", "api/clips", "media/0"])
def test_without_the_token_everything_is_403(served: ViewServer, token: str, path: str) -> None:
    assert asked(served, path, token=token)[0] == 403


def test_a_second_user_cannot_write(served: ViewServer, tmp_path: Path) -> None:
    before = (tmp_path / "settings.json").read_bytes()
    body = {"sensor": "door", "regions": [AREA], "version": "any"}
    assert asked(served, "api/regions", "PUT", body, token="guess")[0] == 403
    assert asked(served, "api/regions", "PUT", body, Origin="http://evil.example")[0] == 403
    assert (tmp_path / "settings.json").read_bytes() == before


def test_another_name_for_this_address_is_refused_so_that_no_site_can_rebind_one(served: ViewServer) -> None:
    assert asked(served, "api/clips", Host=f"evil.example:{served.server_port}")[0] == 403
    assert asked(served, "api/clips", Host=f"localhost:{served.server_port}")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "media/../../settings.json",
        "media/1",
        "media/-1",
        "../../etc/passwd",
        "%2e%2e/settings.json",
        "app.py",
        "media/0/x",
        "api/clips/9",
        "api/clips/9/frames?from=0&to=1",
        "api/clips/0/frames",
        "api/clips/0/frames?from=a&to=b",
        "//etc/passwd",
    ],
)
def test_what_is_not_there_is_404(served: ViewServer, path: str) -> None:
    assert asked(served, path)[0] == 404


def test_the_page_may_ask_nobody_else(served: ViewServer) -> None:
    status, headers, page = asked(served, "")
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    for name in ("style.css", "app.js", "clip.js", "overlay.js", "timeline.js", "editor.js"):
        status, _, text = asked(served, name)
        assert status == 200
        assert b"https://" not in text
        assert b"innerHTML" not in text
    assert b"https://" not in page


@pytest.mark.parametrize(
    ("wanted", "status", "begin", "end"),
    [
        (None, 200, 0, 256),
        ("bytes=10-19", 206, 10, 20),
        ("bytes=250-", 206, 250, 256),
        ("bytes=-6", 206, 250, 256),
        ("bytes=0-9999", 206, 0, 256),
        ("bytes=900-", 416, 0, 0),
        ("lines=1-2", 200, 0, 256),
    ],
)
def test_a_browser_gets_the_part_of_a_video_that_it_asks_for(
    served: ViewServer, wanted: str | None, status: int, begin: int, end: int
) -> None:
    found, headers, data = asked(served, "media/0", **({"Range": wanted} if wanted else {}))
    assert (found, data) == (status, bytes(range(256))[begin:end])
    assert headers["Content-Length"] == str(end - begin)


def test_without_a_settings_file_there_are_no_regions_and_nothing_can_be_saved(tmp_path: Path) -> None:
    (tmp_path / "video.mp4").touch()
    library = Library(clips.find(tmp_path))
    assert library.regions() == {"file": None, "version": "", "sensors": {}}
    with pytest.raises(SpecError, match="there is no file for the regions"):
        library.save("door", [], "")


@pytest.mark.parametrize("change", [{"label": "\ud800"}, {"color": "red"}])
def test_a_region_that_no_file_can_hold_is_400(served: ViewServer, tmp_path: Path, change: dict[str, str]) -> None:
    before = (tmp_path / "settings.json").read_bytes()
    version = json.loads(asked(served, "api/regions")[2])["version"]
    body = {"sensor": "door", "regions": [{**AREA, **change}], "version": version}
    assert asked(served, "api/regions", "PUT", body)[0] == 400
    assert (tmp_path / "settings.json").read_bytes() == before


def test_frames_are_given_with_their_messages(served: ViewServer) -> None:
    while not json.loads(asked(served, "api/clips/0")[2])["whole"]:
        pass
    frames = json.loads(asked(served, "api/clips/0/frames?from=0.03&to=0.08")[2])
    assert [(each["time"], each["message"]) for each in frames] == [
        (0.04, making.message(1)),
        (0.08, making.message(2)),
    ]


def test_regions_are_saved_once_and_a_change_of_somebody_else_is_not_overwritten(
    served: ViewServer, tmp_path: Path
) -> None:
    version = json.loads(asked(served, "api/regions")[2])["version"]
    body = {"sensor": "door", "regions": [AREA], "version": version}
    status, _, answer = asked(served, "api/regions", "PUT", body)
    assert (status, json.loads(answer)["sensors"]) == (200, {"door": [AREA]})
    assert json.loads((tmp_path / "settings.json").read_bytes())["components"]["sensors"][0]["regionsOfInterest"] == [
        AREA
    ]
    status, _, answer = asked(served, "api/regions", "PUT", {**body, "regions": []})
    assert status == 409
    assert "has changed since it was read" in json.loads(answer)["error"]["message"]


@pytest.mark.parametrize(
    "body", [None, [], {"sensor": "door"}, {"sensor": "door", "regions": [3], "version": ""}, "x" * (2 << 20)]
)
def test_a_request_that_is_none_is_400_with_a_sentence(served: ViewServer, body: Any) -> None:
    status, _, answer = asked(served, "api/regions", "PUT", body)
    assert (status, json.loads(answer)["error"]["exitCode"]) == (400, 3)
