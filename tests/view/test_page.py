"""The page in a real browser: what it draws lies on the picture, and what is drawn in it lands in the file."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from azdacli.view import clips
from azdacli.view.library import Library
from azdacli.view.server import ViewServer
from tests.view import making

pytestmark = pytest.mark.browser
FRAMES = 200
SETTINGS = (
    '{\n  "components": {\n    "sensors": [\n      {\n        "name": "door",\n        "x": 1\n      }\n    ]\n  }\n}\n'
)
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run")
Show = Callable[..., Page]

BRIGHT = """() => {
  const video = document.querySelector('#first video');
  const canvas = Object.assign(document.createElement('canvas'), {width: video.videoWidth, height: video.videoHeight});
  const pen = canvas.getContext('2d');
  pen.drawImage(video, 0, 0);
  return box(pen, canvas, (r, g, b) => r + g + b > 384);
  function box(pen, canvas, inside) {
    const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
    let [left, top, right, bottom] = [1e9, 1e9, -1, -1];
    for (let y = 0; y < canvas.height; y++) for (let x = 0; x < canvas.width; x++) {
      const i = 4 * (y * canvas.width + x);
      if (!inside(data[i], data[i + 1], data[i + 2], data[i + 3])) continue;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    }
    return right < 0 ? null : [left, top, right + 1, bottom + 1];
  }
}"""
DRAWN = """() => {
  const canvas = document.querySelector('#first canvas');
  const pen = canvas.getContext('2d');
  const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
  let [left, top, right, bottom] = [1e9, 1e9, -1, -1];
  for (let y = 0; y < canvas.height; y++) for (let x = 0; x < canvas.width; x++) {
    if (data[4 * (y * canvas.width + x) + 3] < 128) continue;
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  }
  const scale = [640 / canvas.width, 360 / canvas.height];
  return right < 0 ? null : [left, top, right + 1, bottom + 1].map((value, i) => value * scale[i % 2]);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(_OPTIONS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose video shows a white square on its way."""
    folder = tmp_path_factory.mktemp("square")
    making.video(folder / "video.mp4", FRAMES)
    write(folder, [making.message(frame) for frame in range(FRAMES)])
    return folder


def write(folder: Path, messages: list[dict[str, Any]]) -> None:
    (folder / "messages.jsonl").write_text(making.lines(messages), encoding="utf-8")


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Serve folders and open the page; at the end no error, and no request to anybody else, may have been seen."""
    servers: list[tuple[ViewServer, Thread]] = []
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})

    def opened(*folders: Path, settings: Path | None = None, ready: bool = True) -> Page:
        server = ViewServer(Library([clip for folder in folders for clip in clips.find(folder)], settings))
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: None if _own(request.url, server) else wrong.append(request.url))
        page.goto(server.address)
        if ready:
            page.wait_for_selector("body[data-ready=true][data-time]", timeout=60_000)
        return page

    yield opened
    context.close()
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not wrong


def _own(url: str, server: ViewServer) -> bool:
    return url.startswith((f"http://127.0.0.1:{server.server_port}/", "data:"))


def shown_frame(page: Page) -> int:
    return round(float(page.get_attribute("body", "data-time") or "nan") * making.RATE)


def sought(page: Page, frame: int) -> None:
    """Seek as a program would: by the video's own clock, with no help of the page."""
    page.evaluate("time => { document.querySelector('#first video').currentTime = time }", (frame + 0.5) / making.RATE)


def go_to(page: Page, frame: int) -> None:
    """Seek, and wait until the page says that it shows this frame."""
    sought(page, frame)
    expected = f"body[data-time='{frame / making.RATE:.4f}'][data-frames='[{frame / making.RATE:g}]']"
    page.wait_for_selector(expected, timeout=60_000)


def boxes_only(page: Page) -> None:
    for key in ("l", "c", "t", "i", "r"):
        page.keyboard.press(key)


def test_the_box_lies_on_the_object_within_two_pixels_in_every_frame_that_is_sought(show: Show, square: Path) -> None:
    page = show(square)
    boxes_only(page)
    for step in range(50):
        frame = step * 67 % FRAMES
        go_to(page, frame)
        picture, drawn = page.evaluate(BRIGHT), page.evaluate(DRAWN)
        left, top = making.place(frame)
        expected = [left, top, left + making.SIDE, top + making.SIDE]
        assert picture == pytest.approx(expected, abs=2), f"the browser shows another frame than {frame}"
        assert drawn == pytest.approx(expected, abs=2), f"the box of another frame than {frame}"


def test_keys_go_frame_by_frame_and_to_the_ends(show: Show, square: Path) -> None:
    page = show(square)
    for key, frame in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("Shift+ArrowRight", 26), ("Home", 0)]:
        page.keyboard.press(key)
        page.wait_for_selector(f"body[data-time='{frame / making.RATE:.4f}']")
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.body.dataset.time) > 0.3")
    page.keyboard.press("Space")
    assert page.evaluate("() => document.querySelector('#first video').paused")


def test_a_click_on_the_timeline_goes_there(show: Show, square: Path) -> None:
    page = show(square)
    box = page.locator("#timeline").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    page.wait_for_function("() => Number(document.body.dataset.time) > 1")
    assert shown_frame(page) == pytest.approx(FRAMES / 2, abs=2)


def test_boxes_go_with_the_slider_the_label_and_the_switch(show: Show, square: Path) -> None:
    page = show(square)
    boxes_only(page)
    go_to(page, 10)
    assert page.evaluate(DRAWN)
    for off, on in [
        (lambda: page.locator("#confidence").fill("0.95"), lambda: page.locator("#confidence").fill("0")),
        (lambda: page.get_by_label("square (200)").uncheck(), lambda: page.get_by_label("square (200)").check()),
        (lambda: page.keyboard.press("b"), lambda: page.keyboard.press("b")),
    ]:
        off()
        assert page.evaluate(DRAWN) is None
        on()
        assert page.evaluate(DRAWN)
        page.locator("h1").click()  # away from the text field


def test_a_region_that_is_drawn_by_mouse_lands_in_the_settings_at_the_right_fractions(
    show: Show, square: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text(SETTINGS, encoding="utf-8")
    page = show(square, settings=settings)
    page.wait_for_function("() => document.querySelector('#sensor').value === 'door'")
    page.get_by_role("button", name="Draw a region").click()
    box = page.locator("#first canvas").bounding_box()
    assert box is not None
    corners = [(0.25, 0.25), (0.75, 0.25), (0.75, 0.5), (0.9, 0.9)]
    for x, y in corners:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Close the region").click()
    page.get_by_label("Name of the region").fill("<b>entry</b>")
    page.get_by_label("Name of the region").press("Tab")
    page.get_by_role("button", name="Save").click()
    page.wait_for_function("() => document.querySelector('#status').textContent.startsWith('Saved')")
    text = settings.read_text(encoding="utf-8")
    (region,) = json.loads(text)["components"]["sensors"][0]["regionsOfInterest"]
    assert region["label"] == "<b>entry</b>"
    assert [value for corner in region["coordinates"] for value in corner] == pytest.approx(
        [value for corner in corners[:3] for value in corner], abs=0.003
    )
    assert text.endswith(SETTINGS[SETTINGS.index('"name"') :])


def test_two_runs_stand_side_by_side_and_the_frames_that_differ_come_first(
    show: Show, square: Path, tmp_path: Path
) -> None:
    (tmp_path / "video.mp4").write_bytes((square / "video.mp4").read_bytes())
    planted = {33: {"shift": 80}, 120: {"label": "circle"}}
    write(tmp_path, [making.message(frame, **planted.get(frame, {})) for frame in range(FRAMES)])
    page = show(square, tmp_path)
    page.locator("#compare").select_option("1")
    page.wait_for_selector("#differences li")
    assert page.locator("#differences li").all_text_contents() == ["1.320 s: 2 objects", "4.800 s: 2 objects"]
    page.locator("#differences button").nth(1).click()
    page.wait_for_selector("body[data-time='4.8000']")
    page.wait_for_function("() => Math.abs(document.querySelector('#second video').currentTime - 4.82) < 0.02")


def test_the_boxes_of_several_streams_lie_in_their_tiles(show: Show, square: Path, tmp_path: Path) -> None:
    (tmp_path / "video.mp4").write_bytes((square / "video.mp4").read_bytes())
    messages = [making.message(frame) for frame in range(FRAMES)]
    for message in messages:
        other = json.loads(json.dumps(message["inferences"][0]))
        message["inferences"][0]["detections"] = []
        other["sourceInfo"]["id"] = "gate"
        message["inferences"].append(other)
    write(tmp_path, messages)
    page = show(tmp_path)
    boxes_only(page)
    go_to(page, 10)
    left, top = making.place(10)
    expected = [320 + left / 2, top, 320 + (left + making.SIDE) / 2, top + making.SIDE]
    assert page.evaluate(DRAWN) == pytest.approx(expected, abs=2), "the second sensor's is the right half"


def test_a_video_that_the_browser_cannot_play_is_said(show: Show, tmp_path: Path) -> None:
    (tmp_path / "video.mp4").write_bytes(b"\0" * 5000)
    write(tmp_path, [making.message(0)])
    page = show(tmp_path, ready=False)
    page.wait_for_selector("body[data-ready=true]")
    page.wait_for_function("() => document.querySelector('#status').textContent.includes('cannot play this video')")
    assert page.evaluate(DRAWN) is None


HOSTILE = [
    *(f"{quote}><img src=x onerror=alert({number})>" for number, quote in enumerate(("", "'", '"', "`"))),
    *(f"<{tag} onload=alert(1)>" for tag in ("svg", "body", "iframe", "style", "script")),
    *("</script><script>alert(2)</script>", "javascript:alert(3)", "${alert(4)}", "{{alert(5)}}", "\u202ealert(6)"),
    *(f"</{tag}><script>alert(7)</script>" for tag in ("option", "select", "li", "label", "pre", "output", "button")),
    *(f"{prefix}<img/src='x'/onerror=alert(8)>" for prefix in ("<!--", "-->", "]]>", "&lt;", "%3C", "\\u003c", " ")),
]


def test_hostile_labels_and_sensors_stay_text(show: Show, square: Path, tmp_path: Path) -> None:
    names = [f"{text}{number}" for number in range(9) for text in HOSTILE][:200]
    assert len(names) == 200
    (tmp_path / "video.mp4").write_bytes((square / "video.mp4").read_bytes())
    messages = [making.message(frame, label=name) for frame, name in enumerate(names)]
    for each, name in zip(messages, names, strict=True):
        each["inferences"][0]["sourceInfo"]["id"] = name
        each["inferences"][0]["detections"][0]["customInfo"] = name
    write(tmp_path, messages)
    settings = tmp_path / "settings.json"
    sensors = [
        {"name": name, "regionsOfInterest": [{"label": name, "color": name, "coordinates": []}]} for name in names
    ]
    settings.write_text(json.dumps({"components": {"sensors": sensors}}), encoding="utf-8")
    page = show(tmp_path, settings=settings)
    page.wait_for_function("() => document.querySelectorAll('#sensor option').length === 200")
    for frame in range(0, 200, 20):
        sought(page, frame)
        page.wait_for_selector(f"body[data-time='{frame / making.RATE:.4f}']")
        page.locator("#sensor").select_option(names[frame])
    assert page.locator("img:not(.player img), iframe, script:not([src='app.js'])").count() == 0
    assert set(page.locator("#sensor option").all_text_contents()) == set(names)


def test_a_wrong_token_shows_403(show: Show, square: Path) -> None:
    page = show(square)
    answer = page.goto(page.url.rsplit("/", 2)[0] + "/guess/")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize("width", [360, 768, 1600])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_fits_screens_from_a_phone_up_in_dark_and_light(show: Show, square: Path, width: int, scheme: str) -> None:
    page = show(square)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(18, 20, 25)") == (scheme == "dark")


def test_two_hours_of_messages_leave_the_pages_memory_small(show: Show, square: Path, tmp_path: Path) -> None:
    (tmp_path / "video.mp4").write_bytes((square / "video.mp4").read_bytes())
    with (tmp_path / "messages.jsonl").open("w", encoding="utf-8") as file:
        for frame in range(0, 2 * 3600 * making.RATE, 2):
            file.write(json.dumps(making.message(frame)) + "\n")
    page = show(tmp_path)
    begun = time.monotonic()
    go_to(page, 100)
    assert time.monotonic() - begun < 30
    used = page.evaluate("() => performance.memory.usedJSHeapSize")
    assert used < 100 * 2**20
