"""Geometry and colours to the pixel: padding, crops, flips, tiles, colour order, preprocessing."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.simulator import ball_models

pytestmark = pytest.mark.gstreamer
DUMP = Path(__file__).parent / "dump.py"
RGBA = "video/x-raw(memory:NVMM),format=RGBA"


@pytest.fixture
def dump(run_program: Callable[..., Any], tmp_path: Path) -> Callable[[str], tuple[Any, dict[str, np.ndarray]]]:
    """Play a pipeline; gives its batches' metadata and the arrays that were kept, by `<batch>_<frame>`."""

    def play(description: str) -> tuple[Any, dict[str, np.ndarray]]:
        for old in tmp_path.glob("*.npy"):
            old.unlink()
        batches = run_program(DUMP, description, tmp_path)
        return batches, {path.stem: np.load(path) for path in tmp_path.glob("*.npy")}

    return play


def source(size: str = "320x240", *, pattern: str = "smpte", count: int = 1, more: str = "") -> str:
    """A test picture in RGBA under memory:NVMM."""
    width, height = size.split("x")
    caps = f"video/x-raw,format=RGBA,width={width},height={height},framerate=30/1"
    start = f"videotestsrc num-buffers={count} pattern={pattern} {more} ! {caps}"
    return f"{start} ! nvvideoconvert ! {RGBA},width={width},height={height}"


def mux(width: int = 320, height: int = 240, size: int = 1, more: str = "") -> str:
    return f"nvstreammux name=m width={width} height={height} batch-size={size} {more}"


def picture(
    dump: Any, steps: str, *, pattern: str = "smpte", size: str = "320x240", out: str = "320x240"
) -> np.ndarray:
    width, height = map(int, out.split("x"))
    _, arrays = dump(f"{source(size, pattern=pattern)} {steps} ! m.sink_0 {mux(width, height)} ! fakesink name=dump")
    return arrays["0_0"]


def test_padding_keeps_the_aspect_ratio_with_black_bands_at_both_sides(dump: Any) -> None:
    _, arrays = dump(
        f"{source(pattern='white')} ! m.sink_0 {mux(640, 360, more='enable-padding=1')} ! fakesink name=dump"
    )
    frame = arrays["0_0"]
    assert frame.shape == (360, 640, 4)
    assert (frame[:, :80, :3] == 0).all()
    assert (frame[:, 560:, :3] == 0).all()
    assert (frame[:, 80:560, :3] == 255).all()


def test_without_padding_the_frame_is_stretched(dump: Any) -> None:
    assert (picture(dump, "", pattern="white", out="640x360")[..., :3] == 255).all()


def test_a_source_crop_is_exactly_that_part_of_the_picture(dump: Any) -> None:
    whole = picture(dump, "")
    part = picture(dump, f"! nvvideoconvert src-crop=40:20:200:100 ! {RGBA},width=200,height=100", out="200x100")
    assert np.array_equal(part, whole[20:120, 40:240])


def test_a_destination_crop_places_the_picture_on_black(dump: Any) -> None:
    placed = picture(dump, f"! nvvideoconvert dest-crop=60:40:160:120 ! {RGBA},width=320,height=240", pattern="white")
    assert (placed[40:160, 60:220, :3] == 255).all()
    placed[40:160, 60:220, :3] = 0
    assert not placed[..., :3].any()


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (1, lambda p: np.rot90(p, 1)),
        (2, lambda p: np.rot90(p, 2)),
        (3, lambda p: np.rot90(p, 3)),
        (4, lambda p: p[:, ::-1]),
        (6, lambda p: p[::-1]),
        (7, lambda p: p.transpose(1, 0, 2)),
    ],
)
def test_flips_turn_the_picture_as_their_names_say(dump: Any, method: int, expected: Callable[[Any], Any]) -> None:
    whole = picture(dump, "")
    out = "240x320" if method in (1, 3, 7) else "320x240"
    turned = picture(dump, f"! nvvideoconvert flip-method={method} ! {RGBA}", out=out)
    assert np.array_equal(turned, expected(whole))


def test_tiles_stand_row_by_row_at_even_places(dump: Any) -> None:
    colours = ("0xffff0000", "0xff00ff00", "0xff0000ff")
    sources = " ".join(
        f"{source(pattern='solid-color', more=f'foreground-color={colour}')} ! m.sink_{index}"
        for index, colour in enumerate(colours)
    )
    _, arrays = dump(
        f"{sources} {mux(size=3)} ! nvmultistreamtiler rows=2 columns=2 width=320 height=240 ! fakesink name=dump"
    )
    frame = arrays["0_0"]
    assert (frame[:120, :160, :3] == (255, 0, 0)).all()
    assert (frame[:120, 160:, :3] == (0, 255, 0)).all()
    assert (frame[120:, :160, :3] == (0, 0, 255)).all()
    assert not frame[120:, 160:, :3].any()


def test_one_source_can_be_shown_alone(dump: Any) -> None:
    sources = " ".join(
        f"{source(pattern='solid-color', more=f'foreground-color={colour}')} ! m.sink_{index}"
        for index, colour in enumerate(("0xffff0000", "0xff00ff00"))
    )
    tiler = "nvmultistreamtiler rows=1 columns=2 width=320 height=240 show-source=1"
    _, arrays = dump(f"{sources} {mux(size=2)} ! {tiler} ! fakesink name=dump")
    assert (arrays["0_0"][..., :3] == (0, 255, 0)).all()


@pytest.mark.parametrize(("order", "channels"), [(0, (0, 1, 2)), (1, (2, 1, 0))])
def test_preprocessing_equals_a_plain_reference_within_one_grey_level(
    dump: Any, tmp_path: Path, order: int, channels: tuple[int, int, int]
) -> None:
    model = ball_models.echo(tmp_path / "echo.onnx", 96, 128)
    config = tmp_path / "config.txt"
    config.write_text(
        f"[property]\nonnx-file={model}\nnetwork-type=100\noutput-tensor-meta=1\nnet-scale-factor=1\noffsets=10;20;30\n"
        f"maintain-aspect-ratio=1\nscaling-filter=1\nmodel-color-format={order}\n"
    )
    _, arrays = dump(
        f"{source('640x360')} ! m.sink_0 {mux(640, 360)} ! nvinfer config-file-path={config} ! fakesink name=dump"
    )
    expected = np.zeros((96, 128, 3), np.float32)
    expected[:72] = cv2.resize(arrays["0_0"], (128, 72), interpolation=cv2.INTER_LINEAR)[..., list(channels)]
    expected -= np.array([10, 20, 30], np.float32)
    assert np.abs(arrays["0_0_tensor0"] - expected.transpose(2, 0, 1)).max() <= 1


@pytest.mark.parametrize("colorimetry", ["bt601", "bt709"])
def test_a_model_sees_yuv_frames_by_their_colorimetry(dump: Any, tmp_path: Path, colorimetry: str) -> None:
    model = ball_models.echo(tmp_path / "echo.onnx", 240, 320)
    config = tmp_path / "config.txt"
    config.write_text(f"[property]\nonnx-file={model}\nnetwork-type=100\noutput-tensor-meta=1\nnet-scale-factor=1\n")
    caps = f"video/x-raw,format=NV12,width=320,height=240,framerate=30/1,colorimetry=(string){colorimetry}"
    _, arrays = dump(
        f"videotestsrc num-buffers=1 ! {caps} ! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12 ! m.sink_0 "
        f"{mux()} ! nvinfer config-file-path={config} ! nvvideoconvert ! {RGBA} ! fakesink name=dump"
    )
    bars = [int((bar + 0.5) * 320 / 7) for bar in range(7)]
    white, yellow, cyan, green = (255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0)
    magenta, red, blue = (255, 0, 255), (255, 0, 0), (0, 0, 255)
    painted = np.array([white, yellow, cyan, green, magenta, red, blue])
    # The source itself rounds when it writes its colours as luma and chroma.
    assert np.abs(arrays["0_0_tensor0"][:, 80, bars].T - painted).max() <= 2
    # GStreamer's converter computes in few bits: what it shows is up to five levels off.
    assert np.abs(arrays["0_0"][80, bars, :3].astype(float) - painted).max() <= 5


@pytest.mark.parametrize("size", ["320x240", "322x242", "33x17"])
def test_planar_frames_become_semi_planar_bit_by_bit(tmp_path: Path, environment: dict[str, str], size: str) -> None:
    width, height = size.split("x")
    caps = f"video/x-raw,format=I420,width={width},height={height}"
    written = []
    for converter in ("nvvideoconvert", "videoconvert"):
        path = tmp_path / converter
        words = f"videotestsrc num-buffers=2 pattern=snow ! {caps} ! {converter} ! video/x-raw,format=NV12 ! filesink"
        subprocess.run(["gst-launch-1.0", "-q", *words.split(), f"location={path}"], env=environment, check=True)
        written.append(np.fromfile(path, np.uint8))
    assert len(written[0]) > 0
    sizes = int(width), int(height)
    assert np.array_equal(*(pixels_of(data, *sizes) for data in written))


@pytest.mark.parametrize("kind", ["I420", "I420_10LE", "Y42B", "Y444", "Y444_10LE"])
def test_the_decoder_gives_surfaces_of_8_bits_whatever_the_stream_has(dump: Any, kind: str) -> None:
    caps = f"video/x-raw,format={kind},width=320,height=240,framerate=30/1"
    stream = f"videotestsrc num-buffers=3 pattern=red ! {caps} ! x264enc tune=zerolatency ! h264parse"
    picture = f"nvv4l2decoder ! video/x-raw(memory:NVMM),format=NV12 ! nvvideoconvert ! {RGBA}"
    batches, arrays = dump(f"{stream} ! {picture} ! m.sink_0 {mux()} ! fakesink name=dump")
    assert len(batches) == 3
    assert np.abs(arrays["0_0"][:, :, :3].astype(int) - (255, 0, 0)).max() <= 5


def pixels_of(data: np.ndarray, width: int, height: int) -> np.ndarray:
    """The bytes of NV12 frames without what fills up their rows; shape (frames, rows, bytes)."""
    stride, rows, across = (width + 3) & ~3, (height + 1) // 2, (width + 1) // 2 * 2
    frames = data.reshape(-1, len(data) // 2)
    luma = (height + 1) // 2 * 2 * stride
    top = frames[:, :luma].reshape(2, -1, stride)[:, :height, :width]
    below = frames[:, luma : luma + rows * stride].reshape(2, rows, stride)[..., :across]
    return np.concatenate([top.reshape(2, -1), below.reshape(2, -1)], axis=1)


def test_boxes_move_with_their_pictures_through_converter_and_tiler(dump: Any, tmp_path: Path) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    config = tmp_path / "config.txt"
    config.write_text(
        f"[property]\nonnx-file={model}\nnum-detected-classes=1\ncluster-mode=4\nnet-scale-factor=0.00392156862745098\n"
        "[class-attrs-all]\npre-cluster-threshold=0.5\n"
    )
    batches, arrays = dump(
        f"{source(pattern='ball')} ! m.sink_0 {mux()} ! nvinfer config-file-path={config} ! "
        f"nvvideoconvert ! {RGBA},width=640,height=480 ! "
        "nvmultistreamtiler rows=1 columns=2 width=640 height=240 ! fakesink name=dump"
    )
    ((left, top, width, height),) = batches[0]["frames"][0]["objects"]
    rows, columns = np.nonzero(arrays["0_0"][..., 0] > 127)
    truth = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert (left, top, left + width, top + height) == pytest.approx(truth, abs=2)


def test_a_batch_says_where_each_frame_came_from(dump: Any) -> None:
    sources = f"{source('320x240', count=3)} ! m.sink_0 {source('640x480', count=2)} ! m.sink_1"
    batches, _ = dump(f"{sources} {mux(size=2)} ! fakesink name=dump")
    frames = [frame for batch in batches for frame in batch["frames"]]
    assert [(f["pad"], f["number"], f["size"]) for f in frames] == [
        (0, 0, [320, 240]),
        (1, 0, [640, 480]),
        (0, 1, [320, 240]),
        (1, 1, [640, 480]),
        (0, 2, [320, 240]),
    ]
    assert [f["batch_id"] for f in frames] == [0, 1, 0, 1, 0]
    assert [batch["pts"] for batch in batches] == [0, 33333333, 66666666]


def test_the_newer_muxer_scales_nothing(run_program: Callable[..., Any], tmp_path: Path) -> None:
    sources = f"{source('320x240')} ! m.sink_0 {source('640x480')} ! m.sink_1"
    new = {"USE_NEW_NVSTREAMMUX": "yes", "GST_REGISTRY": str(tmp_path / "registry.bin")}
    run_program(DUMP, f"{sources} nvstreammux name=m batch-size=2 ! fakesink name=dump", tmp_path, env=new)
    assert np.load(tmp_path / "0_0.npy").shape == (240, 320, 4)
    assert np.load(tmp_path / "0_1.npy").shape == (480, 640, 4)


def test_the_newer_muxer_has_no_width_to_set(environment: dict[str, str], tmp_path: Path) -> None:
    new = environment | {"USE_NEW_NVSTREAMMUX": "yes", "GST_REGISTRY": str(tmp_path / "registry.bin")}
    words = ["gst-launch-1.0", "fakesrc", "!", "nvstreammux", "width=640", "batch-size=1", "!", "fakesink"]
    done = subprocess.run(words, env=new, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert 'no property "width" in element "nvstreammux' in done.stderr
