"""The Dockerfile of an image: a pure function of the spec, the catalog and the places of the assets."""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import jinja2

from azdacli import __version__
from azdacli.errors import SpecError
from azdacli.image import labels as image_labels
from azdacli.image.catalog import MACHINES, TRITON, Catalog, Release, Wheel
from azdacli.image.spec import ImageSpec, Target
from azdacli.util import resources, system_packages

# The tutorial opens a shell in the container and downloads a video there, hence bash and wget.
_PACKAGES = ("bash", "ca-certificates", "passwd", "python3", "wget")
# pip is where packages are installed, and not in the image.
_PIP = (
    "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip"
    " && rm -rf /var/lib/apt/lists/*"
)
_UNPRIVILEGED = "find / -xdev -type f -perm /6000 -exec chmod a-s {} +"
_LONGEST_LINE = 65_535 - 1  # moby/buildkit, frontend/dockerfile/parser: bufio.MaxScanTokenSize, with the line's end
_CA_BUNDLE = "/azda-build/ca-bundle.pem"
_CA_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedPart:
    """Where one part of an asset stands in the build context, and where it goes in the image."""

    context: str
    root: PurePosixPath


def render(
    spec: ImageSpec,
    catalog: Catalog,
    *,
    parts: Sequence[PlacedPart] = (),
    labels: Mapping[str, str] | None = None,
) -> str:
    """Write the Dockerfile.

    Args:
        spec: What the image is to be.
        catalog: The known releases.
        parts: The assets, in the order of their layers.
        labels: Labels besides those that the spec itself gives.

    Raises:
        SpecError: The catalog has no such combination; the hint lists what it has.
    """
    release = catalog.release(spec.release)
    base = base_image(spec, catalog)
    everything = {**_own_labels(spec, catalog, base), **(labels or {}), **dict(spec.labels)}
    text = _template().render(
        spec=spec,
        version=__version__,
        title=f"DeepStream {release.version} for {spec.target.label}",
        base=base,
        packages=[spec.lock.installed(name) if spec.lock else name for name in packages(spec, catalog)],
        locked=spec.lock is not None,
        triton=_triton(spec, catalog),
        parts=parts,
        labels=[f"{name}={value(text)}" for name, text in sorted(everything.items())],
        simulator=spec.target is Target.CPU,
        externally_managed_python=spec.target is Target.CPU or release.externally_managed_python,
        pip=_PIP,
        unprivileged=_UNPRIVILEGED,
        copied=copied,
        value=value,
        shell=shell,
        trusted=functools.partial(_trusted, spec),
        index=functools.partial(_index, spec),
        **_deepstream(spec, release),
    )
    return _with_short_lines(re.sub(r"\n{3,}", "\n\n", text))


def _with_short_lines(text: str) -> str:
    """Refuse what a user typed that makes a line longer than the engines' parser reads."""
    for line in text.splitlines():
        length = len(line.encode())
        if length > _LONGEST_LINE:
            raise SpecError(
                f"a line of the Dockerfile has {length} bytes, and engines read {_LONGEST_LINE} at most: {line:.60}…",
                hint="Shorten the --label, or put a long --run into a script that --add brings.",
            )
    return text


def base_image(spec: ImageSpec, catalog: Catalog) -> str:
    """Name the image that an image is built on."""
    if spec.lock:
        return spec.lock.base
    if spec.base_image:
        return spec.base_image
    if spec.target is Target.CPU:
        return catalog.cpu.image
    variant = "samples" if spec.backends else spec.variant
    return _moved(catalog.image(spec.release, spec.target, variant), spec)


def unverified(spec: ImageSpec, catalog: Catalog) -> tuple[str, ...]:
    """Name what an image would rest on that no source states, in words for a user."""
    if spec.target is Target.CPU:
        return ()
    release = catalog.release(spec.release)
    facts = catalog.hardware(spec.release, spec.target).unverified | release.unverified
    sentences = {
        "images": f"that NVIDIA has {base_image(spec, catalog)}; name what it has with --base-image",
        "jetpack": f"which JetPack DeepStream {spec.release} needs on a Jetson",
        "python": f"that DeepStream {spec.release} has Python {release.python}",
        "pyds": f"that pyds {release.bindings.version} is the one for DeepStream {spec.release}",
        "backends": f"which Triton backends the {spec.target.label} image of {spec.release} carries",
        "slimming": f"copying single backends onto the {spec.target.label} samples image",
    }
    used = set(sentences) - (set() if spec.backends else {"backends", "slimming"})
    used -= {"images"} if spec.base_image else set()
    used -= {"pyds"} if spec.pyds_wheel else set()
    return tuple(sentence for name, sentence in sentences.items() if name in facts & used)


def packages(spec: ImageSpec, catalog: Catalog) -> list[str]:
    """Name the distribution's packages that an image gets, besides what they need."""
    return sorted({*_packages(spec), *_triton_packages(spec, catalog)})


def wheel(spec: ImageSpec, catalog: Catalog) -> Wheel | None:
    """The published wheel of pyds that an image gets; None when it has another, or none."""
    return None if spec.target is Target.CPU else _wheel(spec, catalog.release(spec.release))


def triton_image(spec: ImageSpec, catalog: Catalog) -> str:
    """Name the image that single backends of Triton's are taken from; empty when none is chosen."""
    return _moved(catalog.image(spec.release, spec.target, TRITON), spec) if spec.backends else ""


def copied(source: str, target: str | PurePosixPath) -> str:
    """Write the operands of a COPY in JSON form; the target is what a user typed.

    The engine reads the JSON and then expands each word like a shell without globbing
    (docs.docker.com/reference/dockerfile, environment replacement), so quotes, backslashes and `$` are escaped.
    """
    folder = f"{str(target).rstrip('/')}/" if source.endswith("/") else str(target)
    return json.dumps([source, re.sub(r"([\\$'\"])", r"\\\1", folder)], ensure_ascii=False)


def value(text: str) -> str:
    """Quote a value of ENV or LABEL so that it stays one value, without expansion."""
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise SpecError(f"{text!r} holds a control character, which a Dockerfile cannot carry")
    return '"' + re.sub(r'([\\$"])', r"\\\1", text) + '"'


def shell(command: str) -> str:
    """Write a command of the user's as one RUN, whatever lines it has."""
    return json.dumps(["/bin/sh", "-c", command], ensure_ascii=False)


def _packages(spec: ImageSpec) -> tuple[str, ...]:
    system = system_packages.load()
    own = (system_packages.SIMULATE, system_packages.TOOLS) if spec.target is Target.CPU else ()
    return (*_PACKAGES, *system.packages(system_packages.BINDING, system_packages.RTSP, *own))


def _triton_packages(spec: ImageSpec, catalog: Catalog) -> tuple[str, ...]:
    if not spec.backends:
        return ()
    return catalog.triton.needed(catalog.release(spec.release).ubuntu, spec.backends)


def _triton(spec: ImageSpec, catalog: Catalog) -> dict[str, Any] | None:
    if not spec.backends:
        return None
    if spec.target is Target.CPU:
        raise SpecError("a CPU image carries no Triton backends", hint="Leave --backend out.")
    known = catalog.hardware(spec.release, spec.target).backends
    for name in spec.backends:
        if name not in known:
            raise SpecError(
                f"DeepStream {spec.release} for {spec.target.label} has no Triton backend '{name}'",
                hint=f"It has: {', '.join(known)}.",
            )
    image = spec.lock.triton if spec.lock else triton_image(spec, catalog)
    return {"image": image, "backends": spec.backends}


def _deepstream(spec: ImageSpec, release: Release) -> dict[str, Any]:
    names = dict.fromkeys(("sdk", "codecs_script", "wheel", "wheel_file", "bindings_source"))
    if spec.target is Target.CPU:
        return {**names}
    published = _wheel(spec, release)
    return {
        **names,
        "sdk": release.sdk,
        "codecs_script": release.codecs_script,
        "wheel": published,
        "wheel_file": {"name": spec.pyds_wheel[0], "sha256": spec.pyds_wheel[1]} if spec.pyds_wheel else None,
        "bindings_source": None if published or spec.pyds_wheel else release.bindings.source,
    }


def _wheel(spec: ImageSpec, release: Release) -> Wheel | None:
    found = None if spec.pyds_wheel else release.bindings.wheels.get(MACHINES[spec.platform])
    return replace(found, sha256=spec.lock.wheel) if found and spec.lock else found


def _own_labels(spec: ImageSpec, catalog: Catalog, base: str) -> dict[str, str]:
    release = catalog.release(spec.release)
    labels = {
        image_labels.RELEASE: release.version,
        image_labels.TARGET: spec.target.value,
        image_labels.VARIANT: spec.variant,
        image_labels.PYTHON: catalog.python(spec.release, spec.target),
        image_labels.RUNTIME: __version__,
        "org.opencontainers.image.base.name": base.partition("@")[0] if spec.lock else base,
    }
    if spec.lock:
        labels["org.opencontainers.image.base.digest"] = base.partition("@")[2]
    if spec.backends:
        labels[image_labels.BACKENDS] = ",".join(spec.backends)
    jetpack = release.hardware[Target.JETSON].stack.get("jetpack")
    if spec.target is Target.JETSON and jetpack:
        labels[image_labels.JETPACK] = jetpack
    return labels


def _trusted(spec: ImageSpec) -> str:
    """Instructions that make a stage, never the image itself, trust the user's certificates."""
    if not spec.ca_bundle:
        return ""
    variables = " ".join(f'{name}="{_CA_BUNDLE}"' for name in _CA_VARIABLES)
    return f'COPY ["build/ca-bundle.pem", "{_CA_BUNDLE}"]\nENV {variables}\n'


def _index(spec: ImageSpec) -> str:
    """An argument lasts for the rest of its stage and does not get into the image's environment."""
    return f"ARG PIP_INDEX_URL={value(spec.pip_index_url)}\n" if spec.pip_index_url else ""


def _moved(image: str, spec: ImageSpec) -> str:
    if not spec.base_registry:
        return image
    return f"{spec.base_registry.rstrip('/')}/{image.split('/', 1)[1]}"


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 # a Dockerfile is not HTML; text of users goes through the functions above
    )
    return environment.get_template("Dockerfile.j2")
