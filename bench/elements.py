"""How fast the simulator is, side by side with a bare ONNX Runtime loop.

Run with an interpreter that has GStreamer's binding, `onnx`, `onnxruntime`, `numpy` and `opencv`:

    python bench/elements.py [--json] [--frames 120] [--rounds 9] [--soak SECONDS]

Without `--soak`: frames per second of a single-stream detector pipeline (file, decoder, muxer, nvinfer, fakesink) and
of a loop that only preprocesses and runs the same model, with ONNX Runtime's own settings, over the same frames, which
are decoded beforehand. Both are medians of short rounds in turn; the ratio is the median of each pipeline's round to
the mean of the loop's rounds before and after it, so that what else the machine does is in both. Then the processor
time for a frame (the pipeline's includes decoding, the loop's what ONNX Runtime's threads spend waiting), and the cost
of an object's metadata. With `--soak`: four 720p streams for so many seconds, and the memory in its second and its last
minute (or, for short runs, in the second and the last sixth).
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from measure import figure, show
from simulated import HEIGHT, NETWORK, WIDTH, configuration, detector, enter_simulator, make_video


def play(description: str, *, probes: Sequence[tuple[str, str, Any]] = (), seconds: float | None = None) -> float:
    """Run a pipeline to its end, or for so many seconds, and return how long it played."""
    from gi.repository import Gst

    pipeline = Gst.parse_launch(description)
    for name, direction, callback in probes:
        element = pipeline.get_by_name(name)
        for pad in element.pads:
            _watch(element, pad, direction, callback)
        element.connect("pad-added", _watch, direction, callback)
    pipeline.set_state(Gst.State.PAUSED)
    pipeline.get_state(30 * Gst.SECOND)
    start = time.monotonic()
    pipeline.set_state(Gst.State.PLAYING)
    wait = Gst.CLOCK_TIME_NONE if seconds is None else int(seconds * Gst.SECOND)
    message = pipeline.get_bus().timed_pop_filtered(wait, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    took = time.monotonic() - start
    pipeline.set_state(Gst.State.NULL)
    if message is not None and message.type == Gst.MessageType.ERROR:
        sys.exit(str(message.parse_error()))
    return took


def _watch(_element: Any, pad: Any, direction: str, callback: Any) -> None:
    from gi.repository import Gst

    if pad.get_name().startswith(direction):
        pad.add_probe(Gst.PadProbeType.BUFFER, callback)


def simulated(folder: Path, video: Path, frames: int) -> float:
    """Frames per second of the pipeline."""
    description = (
        f"filesrc location={video} ! qtdemux ! h264parse ! nvv4l2decoder ! queue ! m.sink_0 "
        f"nvstreammux name=m batch-size=1 width={WIDTH} height={HEIGHT} ! queue ! "
        f"nvinfer config-file-path={configuration(folder)} ! queue ! fakesink sync=false"
    )
    return frames / play(description)


def decoded(video: Path, limit: int) -> list[Any]:
    """The clip's first frames as RGBA, shape (height, width, 4)."""
    import numpy as np
    from gi.repository import Gst

    pictures: list[Any] = []
    pipeline = Gst.parse_launch(
        f"filesrc location={video} ! qtdemux ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=RGBA ! "
        "appsink name=sink sync=false max-buffers=4"
    )
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    while len(pictures) < limit and (sample := sink.emit("pull-sample")) is not None:
        buffer = sample.get_buffer()
        data = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        pictures.append(data.reshape(HEIGHT, WIDTH, 4))
    pipeline.set_state(Gst.State.NULL)
    return pictures


def bare_loop(folder: Path) -> Callable[[list[Any], int], float]:
    """A loop that preprocesses frames that are decoded already, and runs the model; gives frames per second."""
    import cv2
    import numpy as np
    import onnxruntime as ort

    session = ort.InferenceSession(str(folder / "detector.onnx"), providers=["CPUExecutionProvider"])

    def loop(pictures: list[Any], frames: int) -> float:
        cv2.setNumThreads(-1)  # OpenCV's own choice: the simulator makes another one for the whole process
        start = time.monotonic()
        for index in range(frames):
            small = cv2.resize(pictures[index % len(pictures)], NETWORK[::-1], interpolation=cv2.INTER_LINEAR)
            planes = np.ascontiguousarray(small[..., :3].transpose(2, 0, 1))  # as bytes: five times as fast
            session.run(None, {"input": planes[None].astype(np.float32) * np.float32(1 / 255)})
        return frames / (time.monotonic() - start)

    return loop


def a_hundred_objects() -> Any:
    """A batch of one frame with a hundred objects, filled as a detector fills them."""
    import pyds
    from pyds import _simulator as sim

    batch = sim.new_batch(1)
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    for number in range(100):
        found = pyds.nvds_acquire_obj_meta_from_pool(batch)
        found.class_id, found.object_id, found.confidence, found.obj_label = 2, number, 0.75, "car"
        rect = found.rect_params
        rect.left, rect.top, rect.width, rect.height, rect.border_width = 1.5, 2.5, 30.0, 40.0, 3
        pyds.nvds_add_obj_meta_to_frame(frame, found, None)
    return batch


def walk(batch: Any) -> None:
    """Read every object as a probe does."""
    import pyds

    node = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data).obj_meta_list
    while node is not None:
        found = pyds.NvDsObjectMeta.cast(node.data)
        _ = found.class_id, found.confidence, found.rect_params.left
        node = node.next


def metadata_costs() -> dict[str, Any]:
    """Microseconds for one object, the best of a hundred batches: made and filled, walked, copied, released."""
    from pyds import _simulator as sim

    batches = [a_hundred_objects() for _ in range(100)]

    def best(action: Callable[[Any], Any]) -> float:
        times = []
        for batch in batches:
            begun = time.perf_counter()
            action(batch)
            times.append(time.perf_counter() - begun)
        return min(times) / 100 * 1e6

    actions = {"made": lambda _: a_hundred_objects(), "walked": walk, "copied": sim.copy_batch}
    actions["released"] = sim.release_batch
    return {f"object_{name}": figure(best(action), "us") for name, action in actions.items()}


def compared(folder: Path, video: Path, frames: int, rounds: int) -> dict[str, Any]:
    """The bare loop and the pipeline in turn; the loop is first and last."""
    fps: dict[str, list[float]] = {"bare_loop": [], "pipeline": []}
    busy: dict[str, list[float]] = {"bare_loop": [], "pipeline": []}
    loop = bare_loop(folder)
    pictures = decoded(video, frames)

    def once(name: str, work: Callable[[], float]) -> None:
        begun = time.process_time()
        fps[name].append(work())
        busy[name].append((time.process_time() - begun) / frames)

    once("bare_loop", lambda: loop(pictures, frames))
    for _ in range(rounds):
        once("pipeline", lambda: simulated(folder, video, frames))
        once("bare_loop", lambda: loop(pictures, frames))
    beside = [(before + after) / 2 for before, after in itertools.pairwise(fps["bare_loop"])]
    ratios = [pipeline / bare for pipeline, bare in zip(fps["pipeline"], beside, strict=True)]
    figures = {f"{name}_fps": figure(statistics.median(values), "fps") for name, values in fps.items()}
    figures["pipeline_to_bare_loop"] = figure(statistics.median(ratios), "ratio")
    costs = {name: statistics.median(values) for name, values in busy.items()}
    figures |= {f"{name}_processor_time": figure(cost * 1e3, "ms") for name, cost in costs.items()}
    figures["bare_loop_to_pipeline_processor_time"] = figure(costs["bare_loop"] / costs["pipeline"], "ratio")
    return figures


def soak(folder: Path, video: Path, seconds: float) -> dict[str, Any]:
    """Four 720p streams that loop: memory over time, and what of the sources' frames did not come out."""
    from gi.repository import Gst

    counts = {"frames": 0, "lost": 0}
    delivered: dict[int, deque[int]] = {source: deque() for source in range(4)}

    def deliver(pad: Any, info: Any) -> Any:
        delivered[int(pad.get_name().removeprefix("sink_"))].append(info.get_buffer().pts)
        return Gst.PadProbeReturn.OK

    def count(_pad: Any, info: Any) -> Any:
        import pyds
        from pyds import _simulator as sim

        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
        for frame in sim.items(batch.frame_meta_list):
            waiting = delivered[frame.pad_index]
            while waiting and waiting.popleft() != frame.buf_pts:
                counts["lost"] += 1
            counts["frames"] += 1
        return Gst.PadProbeReturn.OK

    samples: list[tuple[float, float]] = []
    stop = threading.Event()

    def sample() -> None:
        start = time.monotonic()
        while not stop.wait(min(1.0, seconds / 60)):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            samples.append((time.monotonic() - start, pages * os.sysconf("SC_PAGE_SIZE") / 1e6))

    sources = " ".join(f"nvurisrcbin uri={video.as_uri()} file-loop=true ! m.sink_{index}" for index in range(4))
    description = (
        f"{sources} nvstreammux name=m batch-size=4 width={WIDTH} height={HEIGHT} batched-push-timeout=40000 ! queue ! "
        f"nvinfer name=i config-file-path={configuration(folder)} batch-size=4 interval=4 ! nvtracker ! "
        "nvmultistreamtiler rows=2 columns=2 width=1280 height=720 ! nvvideoconvert ! "
        "video/x-raw(memory:NVMM),format=RGBA ! nvdsosd ! fakesink sync=false"
    )
    thread = threading.Thread(target=sample)
    thread.start()
    try:
        play(description, probes=[("i", "src", count), ("m", "sink", deliver)], seconds=seconds)
    finally:
        stop.set()
        thread.join()
    part = min(60.0, seconds / 6)
    second = [memory for at, memory in samples if part <= at < 2 * part]
    last = [memory for at, memory in samples if at >= seconds - part]
    before, after = sum(second) / len(second), sum(last) / len(last)
    return {
        "soak": figure(seconds, "s"),
        "soak_frames": figure(counts["frames"], "count"),
        "soak_lost": figure(counts["lost"], "count"),
        "soak_second_minute": figure(before, "MB"),
        "soak_last_minute": figure(after, "MB"),
        "soak_growth": figure(after / before - 1, "ratio"),
    }


def main() -> None:
    """Measure and print."""
    enter_simulator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--soak", type=float, default=0.0, metavar="SECONDS")
    chosen = parser.parse_args()
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import Gst

    Gst.init(None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        detector(folder / "detector.onnx")
        video = make_video(folder / "bench.mp4", chosen.frames)
        if chosen.soak:
            figures = soak(folder, video, chosen.soak)
        else:
            figures = compared(folder, video, chosen.frames, chosen.rounds) | metadata_costs()
    show(figures, as_json=chosen.json)


if __name__ == "__main__":
    main()
