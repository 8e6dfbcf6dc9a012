"""What a parser stands on: the release's Python, what the image has to import, what the target is."""

import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from azdacli.image import catalog
from azdacli.image.spec import Target

# Modules of the standard library that not every Python of an image or a developer has: since, until (without it).
_COMINGS_AND_GOINGS: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "tomllib": ((3, 11), (9, 0)),
    **dict.fromkeys(("distutils", "imp", "asyncore", "asynchat", "smtpd"), ((3, 0), (3, 12))),
    **dict.fromkeys(
        (
            *(
                "aifc",
                "audioop",
                "cgi",
                "cgitb",
                "chunk",
                "crypt",
                "imghdr",
                "lib2to3",
                "mailcap",
                "msilib",
                "nis",
                "nntplib",
            ),
            *("ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib"),
        ),
        ((3, 0), (3, 13)),
    ),
    **dict.fromkeys(("annotationlib", "compression"), ((3, 14), (9, 0))),
}
# Names that came to standard modules (and to the builtins) after Python 3.10.
NEWER_NAMES: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("enum.StrEnum", "datetime.UTC", "asyncio.TaskGroup", "contextlib.chdir", "typing.Self"), (3, 11)),
    **dict.fromkeys(("typing.LiteralString", "typing.Never", "typing.assert_never", "typing.assert_type"), (3, 11)),
    **dict.fromkeys(("typing.Required", "typing.NotRequired", "typing.Unpack", "typing.TypeVarTuple"), (3, 11)),
    **dict.fromkeys(
        ("typing.reveal_type", "asyncio.timeout", "math.cbrt", "math.exp2", "hashlib.file_digest"), (3, 11)
    ),
    **dict.fromkeys(("itertools.batched", "typing.override", "math.sumprod", "collections.abc.Buffer"), (3, 12)),
    **dict.fromkeys(("builtins.ExceptionGroup", "builtins.BaseExceptionGroup"), (3, 11)),
}
BUILTINS_OF_ANY_PYTHON = tuple(n.removeprefix("builtins.") for n in NEWER_NAMES if n.startswith("builtins."))

# What the image brings besides the standard library: the bindings, GStreamer's and the runtime's own packages.
IMAGE_PACKAGES = frozenset({"numpy", "pyds", "gi", "azure", "azda_runtime"})

# Import name -> the names under which pip (and apt, with python3-) knows it; the first one is recommended.
DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "cv2": (
        *(
            "opencv-python-headless",
            "opencv-python",
            "opencv-contrib-python",
            "opencv-contrib-python-headless",
            "opencv",
        ),
    ),
    "PIL": ("pillow", "pil"),
    "sklearn": ("scikit-learn", "sklearn"),
    "skimage": ("scikit-image", "skimage"),
    "yaml": ("pyyaml", "yaml"),
    "google": ("protobuf",),
    "dateutil": ("python-dateutil", "dateutil"),
    "dotenv": ("python-dotenv", "dotenv"),
    "paho": ("paho-mqtt",),
    "zmq": ("pyzmq", "zmq"),
    "serial": ("pyserial", "serial"),
    "attr": ("attrs", "attr"),
    "kafka": ("kafka-python", "kafka-python-ng", "kafka"),
    "cupy": ("cupy-cuda12x", "cupy"),
    "tensorrt": ("tensorrt",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
    "usb": ("pyusb", "usb"),
    "bs4": ("beautifulsoup4", "bs4"),
    "Crypto": ("pycryptodome",),
    "paddle": ("paddlepaddle", "paddlepaddle-gpu"),
    **{
        name: (name.replace("_", "-"),)
        for name in (
            *(
                "torch",
                "torchvision",
                "tensorflow",
                "keras",
                "jax",
                "scipy",
                "pandas",
                "matplotlib",
                "shapely",
                "requests",
                "numba",
            ),
            *(
                "pycocotools",
                "ultralytics",
                "supervision",
                "lap",
                "filterpy",
                "easyocr",
                "pycuda",
                "tritonclient",
                "pydantic",
            ),
            *(
                "orjson",
                "ujson",
                "msgpack",
                "psutil",
                "tqdm",
                "imageio",
                "albumentations",
                "transformers",
                "timm",
                "norfair",
                "onnx",
            ),
            *(
                "boto3",
                "flask",
                "fastapi",
                "redis",
                "grpc",
                "pytesseract",
                "mediapipe",
                "openvino",
                "networkx",
                "seaborn",
                "simplejson",
            ),
            *(
                "rich",
                "typer",
                "click",
                "aiohttp",
                "httpx",
                "paddleocr",
                "motmetrics",
                "cython_bbox",
                "lapx",
                "polars",
                "einops",
            ),
        )
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What the parser will meet in the image.

    Attributes:
        release: The DeepStream release.
        python: Its Python, as `(3, 10)`.
        refused_formats: Model formats that it no longer takes: `etlt`, `caffe`, `uff`.
        target: The device type; None when it was not said.
        installed: Names of distributions that `--run` installs, in pip's normal form.
        anything_installed: Whether `--run` installs what cannot be seen from here (`pip install -r ...`).
        tensorrt: Its TensorRT, as `(10, 3)`; the older one where device types have two. None when it is not known.
    """

    release: str
    python: tuple[int, int]
    refused_formats: frozenset[str]
    target: Target | None = None
    installed: frozenset[str] = frozenset()
    anything_installed: bool = False
    tensorrt: tuple[int, int] | None = None

    @property
    def python_name(self) -> str:
        """As `Python 3.10`."""
        return f"Python {self.python[0]}.{self.python[1]}"

    def has_module(self, name: str) -> bool:
        """Whether the image has a top-level module, with what `--run` installs."""
        if name in _COMINGS_AND_GOINGS:
            since, until = _COMINGS_AND_GOINGS[name]
            return since <= self.python < until
        if name in sys.stdlib_module_names or name in IMAGE_PACKAGES:
            return True
        return self.anything_installed or not self.installed.isdisjoint(self._known_as(name))

    def is_standard(self, name: str) -> bool:
        """Whether some Python has the module in its standard library."""
        return name in sys.stdlib_module_names or name in _COMINGS_AND_GOINGS

    def _known_as(self, name: str) -> set[str]:
        return {_normal(d) for d in (name, *DISTRIBUTIONS.get(name, ()))}


def _tensorrt(versions: Iterable[str]) -> tuple[int, int] | None:
    """The oldest of several versions, by its first two numbers."""
    found = [re.match(r"(\d+)\.(\d+)", version) for version in versions]
    return min(((int(one[1]), int(one[2])) for one in found if one is not None), default=None)


def of_release(release: str | None = None, target: Target | None = None, runs: Iterable[str] | None = ()) -> Ground:
    """Look a release up in the catalog; None means the default one; `runs` is None when nobody knows them.

    Raises:
        SpecError: There is no such release.
    """
    table = catalog.load()
    row = table.release(release or table.default)
    python = table.python(row.version, target) if target is not None else row.python
    major, minor = python.split(".")
    installed = [None] if runs is None else [_installs(run) for run in runs]
    return Ground(
        release=row.version,
        python=(int(major), int(minor)),
        refused_formats=row.refused_model_formats,
        target=target,
        installed=frozenset(name for names in installed if names for name in names),
        anything_installed=None in installed,
        tensorrt=_tensorrt(
            row.hardware[one].stack.get("tensorrt", "") for one in row.hardware if target in (None, one)
        ),
    )


def _installs(run: str) -> frozenset[str] | None:
    """The distributions that a shell command installs; None when it installs what cannot be seen."""
    try:
        words = shlex.split(run, comments=True)
    except ValueError:
        return None
    if "install" not in words:
        return frozenset()
    found: set[str] = set()
    for word in words[words.index("install") + 1 :]:
        if (
            word in {"-r", "--requirement"}
            or word.endswith((".whl", ".tar.gz"))
            or "://" in word
            or word.startswith(("/", "."))
        ):
            return None
        if not word.startswith("-"):
            found.add(_normal(re.split(r"[<>=!~\[;@ ]", word, maxsplit=1)[0].removeprefix("python3-")))
    return frozenset(found)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
