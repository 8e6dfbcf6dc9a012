"""The runtime's own cost, beside the simulated pipeline that it drives.

Run with an interpreter that has GStreamer's binding, `onnx` and the simulator's packages:

    python bench/runtime.py [--json] [--frames 300] [--rounds 5]

Microseconds per object, at 4 streams of 50 objects: checking what a parser returned; writing it into the metadata, and
the same with the colours and fonts that an on-screen display needs; reading the metadata and making the message.
Seconds from the start of the program to its first message, and to the first frame of a bare program that plays the
same pipeline. Frames per second of `azda_runtime run` with a Python parser that returns 50 objects, and of that bare
program, which has the same elements and raw tensors but neither parser nor messages; once more with ten objects, as a
usual frame has. And the processor time of both for one frame, start-up included. Programs run in turn; their medians
are printed, and the ratios are those of their best rounds.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from measure import figure, show
from simulated import HEIGHT, WIDTH, configuration, detector, enter_simulator, make_video, pipeline_settings

STREAMS, OBJECTS = 4, 50

# The pipeline as the runtime plans it, played by a program that does nothing else.
BARE = """
import sys, time, gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(sys.argv[1])
times = []
def seen(pad, info):
    if not times:
        print("first", flush=True)
    times.append(time.monotonic())
    return Gst.PadProbeReturn.OK
pipeline.get_by_name("last").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, seen)
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
if message.type == Gst.MessageType.ERROR:
    sys.exit(str(message.parse_error()))
print((len(times) - 1) / (times[-1] - times[0]), flush=True)
"""


def microseconds_per_object(work: Callable[[Any], object], prepare: Callable[[], Any] = lambda: None) -> float:
    """The best of many runs over one batch, so that other programs count as little as may be."""
    best = float("inf")
    for _ in range(200):
        prepared = prepare()
        start = time.perf_counter()
        work(prepared)
        best = min(best, time.perf_counter() - start)
    return best / (STREAMS * OBJECTS) * 1e6


def costs() -> dict[str, Any]:
    """What one object costs on its way from a parser's result to the message."""
    import gi
    import numpy as np
    import pyds

    gi.require_version("Gst", "1.0")
    from azda_runtime.metadata.probes import Interpreter
    from azda_runtime.metadata.writer import Canvas, add_detections
    from azda_runtime.parsers.caller import PrimaryParser
    from azda_runtime.parsers.counters import Tally
    from azda_runtime.settings import Pipeline, Sensor, SourceKind, Stream
    from gi.repository import Gst
    from pyds import _simulator as sim

    Gst.init(None)
    random = np.random.default_rng(1)
    returned = (random.random((OBJECTS, 4)) * 100 + 1, np.arange(OBJECTS) % 3, random.random(OBJECTS), None)
    module = SimpleNamespace(model_type=0, name="P", labels=["a", "b", "c"], parse_det_model=lambda *_: returned)
    parser = PrimaryParser(module, "bench")
    size = (WIDTH, HEIGHT)
    found = parser.detect(size, {})

    def batch() -> tuple[Any, list[Any]]:
        made, frames = sim.new_batch(STREAMS), []
        for number in range(STREAMS):
            frame = pyds.nvds_acquire_frame_meta_from_pool(made)
            frame.pad_index, frame.source_frame_width, frame.source_frame_height = number, WIDTH, HEIGHT
            pyds.nvds_add_frame_meta_to_batch(made, frame)
            frames.append(frame)
        return made, frames

    def add(prepared: tuple[Any, list[Any]], *, drawn: bool = False) -> None:
        for frame in prepared[1]:
            add_detections(prepared[0], frame, found, component=1, canvas=Canvas(size=size, drawn=drawn))

    def filled() -> Any:
        made = batch()
        add(made)
        buffer = Gst.Buffer.new()
        sim.attach_batch_meta(hash(buffer), made[0])
        return buffer

    sensors = [Sensor(name=f"camera-{n}", kind=SourceKind.FILE, endpoint="file:///x.mp4") for n in range(STREAMS)]
    pipeline = Pipeline(id="P", streams=tuple(Stream(sensor=sensor) for sensor in sensors), messages_per_second=0)
    sent: list[str] = []
    interpreter = Interpreter(pipeline, None, (), Tally(), sent.append)
    check = microseconds_per_object(lambda _: [parser.detect(size, {}) for _ in range(STREAMS)])
    adding = microseconds_per_object(add, batch)
    drawing = microseconds_per_object(lambda prepared: add(prepared, drawn=True), batch)
    reporting = microseconds_per_object(lambda buffer: interpreter.report(hash(buffer)), filled)
    reported = [len(each["detections"]) for each in json.loads(sent[0])["inferences"]]
    if reported != [OBJECTS] * STREAMS:
        raise SystemExit("the messages do not hold what was found")
    return {
        "check_result_per_object": figure(check, "us"),
        "write_metadata_per_object": figure(adding, "us"),
        "write_metadata_and_looks_per_object": figure(drawing, "us"),
        "metadata_to_message_per_object": figure(reporting, "us"),
    }


def timed(words: Sequence[str]) -> tuple[float, list[str]]:
    """Run a program: seconds to its first line on standard output, and all its lines."""
    begin = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stderr
        lines = [child.stdout.readline()]
        first = time.perf_counter() - begin
        lines += child.stdout.readlines()
        said = child.stderr.read()
    if child.returncode:
        raise SystemExit(f"{' '.join(words)} ended with exit code {child.returncode}:\n{said[-2000:]}")
    return first, lines


def runtime(path: Path, messages: Path | None) -> tuple[float, float]:
    """Seconds to the first message, or with a file for the messages frames per second."""
    words = [sys.executable, "-m", "azda_runtime", "run", "--settings", str(path)]
    if messages is None:
        return timed(words)[0], 0.0
    _, lines = timed([*words, "--messages", str(messages), "--status"])
    return 0.0, float(json.loads(lines[-1])["pipelines"]["P"]["framesPerSecond"])


def bare(folder: Path, video: Path) -> tuple[float, float]:
    """Seconds to the first frame, and frames per second."""
    description = (
        f"nvurisrcbin uri={video.as_uri()} disable-audio=true ! queue ! nvvideoconvert ! "
        "video/x-raw(memory:NVMM),format=NV12 ! m.sink_0 "
        f"nvstreammux name=m batch-size=1 width={WIDTH} height={HEIGHT} batched-push-timeout=4000000 ! queue ! "
        f"nvinfer config-file-path={configuration(folder)} batch-size=1 output-tensor-meta=true ! "
        "queue name=last ! fakesink sync=false async=false"
    )
    first, lines = timed([sys.executable, "-c", BARE, description])
    return first, float(lines[-1])


def busy(work: Callable[[], tuple[float, float]], frames: int) -> tuple[float, float]:
    """Frames per second of a program, and the milliseconds of processor time that it took for a frame."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    speed = work()[1]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return speed, seconds / frames * 1e3


def compared(folder: Path, video: Path, frames: int, rounds: int) -> dict[str, Any]:
    """The runtime and the bare program in turn."""
    messages = folder / "messages.jsonl"
    few = pipeline_settings(folder, video, objects=10)
    many = pipeline_settings(folder, video, objects=OBJECTS)
    programs: dict[str, Callable[[], tuple[float, float]]] = {
        "10_objects": lambda: runtime(few, messages),
        f"{OBJECTS}_objects": lambda: runtime(many, messages),
        "bare": lambda: bare(folder, video),
    }
    bare(folder, video)  # the first start of all makes GStreamer's list of plugins
    starts: dict[str, list[float]] = {"runtime": [], "bare": []}
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(rounds):
        starts["runtime"].append(runtime(few, None)[0])
        starts["bare"].append(bare(folder, video)[0])
        for name, program in programs.items():
            runs[name].append(busy(program, frames))
    figures = {
        "start_to_first_message": figure(median(starts["runtime"]), "s"),
        "bare_start_to_first_frame": figure(median(starts["bare"]), "s"),
        "start_to_bare": figure(min(starts["runtime"]) / min(starts["bare"]), "ratio"),
    }
    best = {name: (max(fps for fps, _ in each), min(cost for _, cost in each)) for name, each in runs.items()}
    for name, each in runs.items():
        figures[f"{name}_fps"] = figure(median(fps for fps, _ in each), "fps")
        figures[f"{name}_processor_time"] = figure(median(cost for _, cost in each), "ms")
        if name != "bare":
            figures[f"{name}_fps_to_bare"] = figure(best[name][0] / best["bare"][0], "ratio")
            figures[f"{name}_processor_time_to_bare"] = figure(best[name][1] / best["bare"][1], "ratio")
    return figures


def main() -> None:
    """Measure and print."""
    enter_simulator()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        detector(folder / "detector.onnx")
        video = make_video(folder / "bench.mp4", chosen.frames)
        show(costs() | compared(folder, video, chosen.frames, chosen.rounds), as_json=chosen.json)


if __name__ == "__main__":
    main()
