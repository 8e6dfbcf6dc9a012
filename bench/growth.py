"""How the cost of each subject grows with its size: processor seconds at several sizes, and the exponent; 1 is linear.

    python bench/growth.py [--json] [--subject NAME ...] [--sizes N,N,N] [--rounds 3] [--plot docs/growth.svg]

Each subject runs in this process, so that what it takes to start hides nothing, at three sizes or more, in turn; the
least time of the rounds counts. The exponent is the slope of time over size where both are logarithms; `last` is the
slope between the two largest sizes alone, where a part that is worse than linear shows first. With `--plot`, the same
as a drawing: how many times the smallest size, and how many times its processor time.
"""

import argparse
import functools
import hashlib
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import ROOT

sys.path.insert(0, str(ROOT))

from azdacli.image import catalog, context  # same
from azdacli.image.assets import scan  # same
from azdacli.image.spec import Asset, ImageSpec, Target  # same
from azdacli.manifest import generate, text  # same
from azdacli.manifest.settings import SettingsReport  # same
from azdacli.oci.layout import OciLayout  # same
from azdacli.oci.repository import Content  # same
from azdacli.parser_check import check  # same
from azdacli.publish.layer import of_part  # same
from tests.parser_check import making  # found through the line above

Job = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is measured: how to prepare one size in a folder, and the sizes."""

    prepare: Callable[[Path, int], Job]
    sizes: Sequence[int]


def files(folder: Path, count: int) -> Asset:
    """Write so many files of 1 kB."""
    for number in range(count):
        path = folder / f"d{number // 1000:03}" / f"f{number:06}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(f"{number:06}".encode() * 167)
    return Asset(source=folder, target="/custom-assets")


def create_files(folder: Path, count: int) -> Job:
    """List, digest and stream a context."""
    asset, known = files(folder, count), catalog.load()
    spec = ImageSpec(release=known.default, target=Target.DGPU, platform="linux/amd64")
    return lambda: sum(map(len, context.gather(spec, [asset], known).stream()))


def publish_files(folder: Path, count: int) -> Job:
    """List files, and store them as a layer in a layout on disk."""
    (folder / "in").mkdir()
    asset, layout = files(folder / "in", count), OciLayout(folder / "out")

    def job() -> None:
        for part in scan(asset):
            layer = of_part(part, release="7.1")
            read = functools.partial(layer.read, digests={})
            layout.put(Content(size=layer.size, key=layer.key, read=read), lambda _: None)

    return job


PARSER_HEAD = """\
import numpy as np

model_type = 0
name = "Bench"
labels = ["car", "bus"]
"""
PARSER_STEP = """

def step_{n}(rows):
    keep = []
    for row in rows:
        keep.append(row)
    return np.array(keep)
"""
PARSER_END = """

def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    if not len(rows):
        return [], [], [], None
{calls}
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
"""


def parser_text(lines: int) -> str:
    """A parser of about so many lines."""
    steps = range(max(1, lines // 9))
    calls = "\n".join(f"    rows = step_{n}(rows)" for n in steps)
    return PARSER_HEAD + "".join(PARSER_STEP.format(n=n) for n in steps) + PARSER_END.format(calls=calls)


def write_model(folder: Path, parser: str, more: str = "") -> None:
    """Write a parser, its configuration and its model."""
    folder.mkdir(exist_ok=True)
    (folder / "parser.py").write_text(parser)
    (folder / "pgie.txt").write_text(
        "[property]\ngie-unique-id=1\nonnx-file=model.onnx\nnetwork-type=100\noutput-tensor-meta=1\ninfer-dims=3;480;640\n"
        + more
    )
    (folder / "model.onnx").write_bytes(making.onnx({"images": [1, 3, 480, 640]}, ["output"]))


def parser_lines(folder: Path, lines: int) -> Job:
    """Check one parser."""
    write_model(folder / "one", parser_text(lines))
    return lambda: check([folder / "one"])


def parsers(folder: Path, count: int) -> Job:
    """Check a folder of parsers."""
    for number in range(count):
        write_model(folder / f"m{number}", parser_text(200))
    return lambda: check([folder])


def classes(folder: Path, count: int) -> Job:
    """Check a configuration with a label and a group of settings for each class."""
    groups = "".join(f"[class-attrs-{n}]\npre-cluster-threshold=0.5\ntopk=20\n" for n in range(count))
    write_model(folder / "one", parser_text(50), f"num-detected-classes={count}\nlabelfile-path=labels.txt\n{groups}")
    (folder / "one" / "labels.txt").write_text("".join(f"class{n}\n" for n in range(count)))
    return lambda: check([folder / "one"])


def manifest(change: Callable[[dict[str, Any], int], Mapping[str, str]]) -> Callable[[Path, int], Job]:
    """Generate a manifest from a template that is changed for a size; the change gives the variables."""

    def prepare(_: Path, size: int) -> Job:
        golden = ROOT / "tests" / "golden" / "manifests" / "dgpu.json"
        document = json.loads(golden.read_text(encoding="utf-8"))
        variables = generate.Variables(environ=change(document, size))
        source, nothing = json.dumps(document), SettingsReport(problems=(), paths=())

        def job() -> None:
            asked = generate.ManifestRequest(template=text.loads(source, source="bench"), platform="amd64")
            generate.generate(asked, variables, reader=lambda questions: [nothing for _ in questions])

        return job

    return prepare


def more_modules(document: dict[str, Any], count: int) -> Mapping[str, str]:
    """Modules with a twin and a route each."""
    content = document["modulesContent"]
    modules = content["$edgeAgent"]["properties.desired"]["modules"]
    for number in range(count):
        name = f"module{number:04}"
        modules[name] = {**modules["ai-pipeline"], "settings": {"image": "shop.azurecr.io/module:1"}}
        content[name] = {"properties.desired": {"key": [1, 2.5, "text"]}}
        content["$edgeHub"]["properties.desired"]["routes"][name] = f"FROM /messages/modules/{name}/* INTO $upstream"
    return {}


def more_strings(document: dict[str, Any], count: int) -> Mapping[str, str]:
    """Strings that name a variable each, a secret one at times."""
    strings = {f"k{n}": f"text ${{{'PASSWORD' if n % 50 == 0 else 'VAR'}_{n}}} and more" for n in range(count)}
    document["modulesContent"]["ai-pipeline"]["properties.desired"]["strings"] = strings
    return {
        f"{'PASSWORD' if n % 50 == 0 else 'VAR'}_{n}": hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(count)
    }


SUBJECTS = {
    "create_files": Subject(prepare=create_files, sizes=(1000, 4000, 16_000)),
    "publish_files": Subject(prepare=publish_files, sizes=(1000, 4000, 16_000)),
    "validate_parser_lines": Subject(prepare=parser_lines, sizes=(600, 2400, 9600)),
    "validate_parsers": Subject(prepare=parsers, sizes=(6, 25, 100)),
    "validate_classes": Subject(prepare=classes, sizes=(500, 2000, 8000)),
    "manifest_modules": Subject(prepare=manifest(more_modules), sizes=(50, 200, 800)),
    "manifest_strings": Subject(prepare=manifest(more_strings), sizes=(500, 2000, 8000)),
}


def seconds(job: Job) -> float:
    """Run once; processor time, because a busy machine makes the longer runs wait more often."""
    begin = time.process_time()
    job()
    return time.process_time() - begin


def slope(points: Sequence[tuple[int, float]]) -> float:
    """The exponent: least squares over the logarithms."""
    logs = [(math.log(size), math.log(max(took, 1e-9))) for size, took in points]
    middle = [sum(axis) / len(logs) for axis in zip(*logs, strict=True)]
    above = sum((x - middle[0]) * (y - middle[1]) for x, y in logs)
    return above / sum((x - middle[0]) ** 2 for x, _ in logs)


def measured(subject: Subject, sizes: Sequence[int], rounds: int) -> dict[str, Any]:
    """Run a subject at its sizes."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(size) for size in sizes]
        for folder in folders:
            folder.mkdir()
        jobs = [subject.prepare(folder, size) for folder, size in zip(folders, sizes, strict=True)]
        runs = [[seconds(job) for job in jobs] for _ in range(rounds)]
    points = list(zip(sizes, map(min, zip(*runs, strict=True)), strict=True))
    return {
        "seconds": {str(size): took for size, took in points},
        "exponent": slope(points),
        "last": slope(points[-2:]),
    }


def plot(figures: Mapping[str, Any], path: Path) -> None:
    """Draw each subject's growth, as multiples of its smallest size on both axes."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 9})  # the same bytes each time
    from matplotlib import pyplot as plt

    drawing, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    largest = 1.0
    for name, found in figures.items():
        sizes, times = [int(size) for size in found["seconds"]], list(found["seconds"].values())
        multiples = [size / sizes[0] for size in sizes]
        largest = max(largest, multiples[-1])
        label = f"{name.replace('_', ' ')}: exponent {found['exponent']:.2f}"
        axes.plot(multiples, [took / times[0] for took in times], marker="o", markersize=3, label=label)
    axes.plot([1, largest], [1, largest], color="grey", linestyle="--", label="linear")
    axes.set(xscale="log", yscale="log", xlabel="size / smallest size", ylabel="processor time / that of the smallest")
    axes.grid(visible=True, which="both", alpha=0.2)
    axes.legend()
    drawing.savefig(path, format="svg", metadata={"Date": None})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subject", choices=SUBJECTS, action="append", help="all by default")
    parser.add_argument("--sizes", type=lambda words: tuple(map(int, words.split(","))), help="three or more, rising")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it, too, as SVG")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    figures = {
        name: measured(SUBJECTS[name], chosen.sizes or SUBJECTS[name].sizes, chosen.rounds)
        for name in chosen.subject or SUBJECTS
    }
    if chosen.plot:
        plot(figures, chosen.plot)
    if chosen.json:
        print(json.dumps(figures, indent=2))
        return
    for name, found in figures.items():
        each = ", ".join(f"{size}: {took:.3g} s" for size, took in found["seconds"].items())
        print(f"{name}: exponent {found['exponent']:.2f} (last {found['last']:.2f}); {each}")


if __name__ == "__main__":
    main()
