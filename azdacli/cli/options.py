"""Options that several verbs have, each declared once: the same name, help, variable and completion everywhere.

A verb gives the default. The groups order the help; `verb.py` prints them.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from azdacli.errors import SpecError
from azdacli.image.spec import Target

ASSETS = "Assets"
BUILD = "Build"
REGISTRY = "Registry"
CHECKS = "Checks"
OUTPUT = "Output"

BUILDERS = ("auto", "sdk", "buildx")
VARIANTS = ("samples", "triton", "gc-triton-devel")
AUTHS = ("auto", "docker", "password", "entra", "anonymous")
PLATFORMS = ("linux/amd64", "linux/arm64")
KINDS = ("detector", "classifier", "segmenter", "pose", "ocr", "custom")
INSPECTIONS = ("auto", "engine", "registry", "none")


def one_of(values: tuple[str, ...]) -> Callable[[str], list[str]]:
    """Complete an option that takes one of a few values, in any case."""
    return lambda incomplete: [value for value in values if value.lower().startswith(incomplete.lower())]


def releases(incomplete: str) -> list[str]:
    """Complete a DeepStream release from the catalog."""
    from azdacli.image import catalog  # read when the shell asks, not for `--help`

    return [release for release in catalog.load().releases if release.startswith(incomplete)]


def backends(incomplete: str) -> list[str]:
    """Complete a Triton backend that some release has."""
    from azdacli.image import catalog  # same

    known = {
        name
        for release in catalog.load().releases.values()
        for hardware in release.hardware.values()
        for name in hardware.backends
    }
    return sorted(name for name in known if name.startswith(incomplete))


def rules(incomplete: str) -> list[str]:
    """Complete a rule of `validate-parser` by its id or its name."""
    from azdacli.parser_check.rules import ALL  # same

    names = [name for rule in ALL for name in (rule.id, rule.name)]
    return [name for name in ("all", *names) if name.lower().startswith(incomplete.lower())]


def modules(incomplete: str) -> list[str]:
    """Complete the name of a module that the bundled template deploys."""
    return [
        f"{name}:" for name in ("ai-pipeline", "BusinessLogicModule", "VideoUploader") if name.startswith(incomplete)
    ]


def finite(value: float | None) -> float | None:
    """A number of the command line that a range of numbers lets pass though it is none: `nan`.

    Raises:
        BadParameter: It is none.
    """
    if value is not None and math.isnan(value):
        raise typer.BadParameter(f"{value} is not a number.")
    return value


def model_kind(name: str) -> Any:
    """The kind of a model by its name; None for an empty one.

    Raises:
        SpecError: There is no such kind.
    """
    from azdacli.model.families.family import Kind  # two verbs need it

    if name and name.lower() not in KINDS:
        raise SpecError(f"there is no kind of model '{name}'", hint=f"Write one of {', '.join(KINDS)}.")
    return Kind(name.lower()) if name else None


def _option(*names: str, group: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=group, **settings)


Tag = Annotated[str, typer.Option("--tag", "-t", metavar="NAME", help="Name of the image; needed to build.")]
DeviceType = Annotated[
    str,
    typer.Option(
        metavar="TYPE",
        help="dGPU, Jetson or CPU, in any case.",
        autocompletion=one_of(tuple(target.label for target in Target)),
    ),
]
Release = Annotated[
    str,
    typer.Option(
        "--deepstream",
        "--release",
        envvar="AZDA_DEEPSTREAM",
        metavar="RELEASE",
        help="DeepStream release, 6.4 to 9.2; 7.1 without it.",
        autocompletion=releases,
    ),
]

ModelKind = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="What the model is for: detector, classifier, segmenter, pose, ocr or custom; recognised without it.",
        autocompletion=one_of(KINDS),
    ),
]

Add = Annotated[
    list[str] | None,
    _option(
        "--add", group=ASSETS, metavar='"SOURCE TARGET"', help="A file or folder to put into the image; repeatable."
    ),
]
BuildDir = Annotated[
    Path | None,
    _option(
        "--build-dir",
        group=ASSETS,
        metavar="FOLDER",
        help="The docker-build folder; what --add names is also looked for beside and in it.",
    ),
]
Label = Annotated[
    list[str] | None,
    _option("--label", group=ASSETS, metavar="NAME=VALUE", help="A label of the image; repeatable."),
]
Run = Annotated[
    list[str] | None,
    _option(
        "--run",
        group=BUILD,
        metavar="COMMAND",
        help="A shell command to run in the build; packages that it installs are not missed. Repeatable.",
    ),
]

Sbom = Annotated[
    Path | None,
    _option(
        "--sbom",
        group=OUTPUT,
        metavar="FILE",
        help="The bill of materials (CycloneDX) of what azdacli adds: create writes it, push attaches it to the image "
        "in the registry, publish does both.",
    ),
]

Variant = Annotated[
    str | None,
    typer.Option(
        "--deepstream-image-type",
        metavar="VARIANT",
        help="NVIDIA's image: samples, triton, gc-triton-devel.",
        autocompletion=one_of(VARIANTS),
    ),
]
BaseImage = Annotated[
    str | None, _option("--base-image", group=BUILD, metavar="IMAGE", help="Build on this image instead of NVIDIA's.")
]
BaseRegistry = Annotated[
    str | None,
    _option(
        "--base-registry",
        group=BUILD,
        envvar="AZDA_BASE_REGISTRY",
        metavar="HOST",
        help="A mirror to take NVIDIA's images from.",
    ),
]
Builder = Annotated[
    str,
    _option(
        "--builder",
        group=BUILD,
        envvar="AZDA_BUILDER",
        metavar="BUILDER",
        help="auto, sdk (classic builder) or buildx (BuildKit).",
        autocompletion=one_of(BUILDERS),
    ),
]
NoCache = Annotated[bool, _option("--no-cache", group=BUILD, help="Run every step again.")]
Network = Annotated[
    str | None,
    _option(
        "--network",
        group=BUILD,
        envvar="AZDA_NETWORK",
        metavar="NAME",
        help="Network of the build's commands, as docker names it.",
    ),
]
Platform = Annotated[
    str | None,
    _option(
        "--platform",
        group=BUILD,
        metavar="PLATFORM",
        help="linux/amd64 or linux/arm64; without it the one that there is, or the engine's own.",
        autocompletion=one_of(PLATFORMS),
    ),
]

Username = Annotated[
    str, _option("--username", "-u", group=REGISTRY, metavar="NAME", help="User name for the image's registry.")
]
PasswordStdin = Annotated[
    bool, _option("--password-stdin", group=REGISTRY, help="Read the password from standard input.")
]
LoginRegistry = Annotated[
    str,
    _option(
        "--registry",
        group=REGISTRY,
        envvar="AZDA_REGISTRY",
        metavar="HOST",
        help="The one registry that --auth and AZDA_REGISTRY_USERNAME and _PASSWORD are for; every other gets what "
        "docker has stored for it, or nothing.",
    ),
]
BaseAuth = Annotated[
    str,
    _option(
        "--base-auth",
        group=REGISTRY,
        metavar="WAY",
        help="Where the login comes from for a --base or --rebase in another registry: auto (what docker has stored "
        "for it, or none), docker, entra or anonymous.",
        autocompletion=one_of(("auto", "docker", "entra", "anonymous")),
    ),
]
Auth = Annotated[
    str,
    _option(
        "--auth",
        group=REGISTRY,
        metavar="WAY",
        help="Where a registry's login comes from: auto, docker, password, entra or anonymous.",
        autocompletion=one_of(AUTHS),
    ),
]
CaBundle = Annotated[
    Path | None,
    _option(
        "--ca-bundle",
        group=REGISTRY,
        envvar="AZDA_CA_BUNDLE",
        metavar="FILE",
        help="Certificates (PEM) to trust besides the usual ones; they do not get into an image.",
    ),
]
Insecure = Annotated[bool, _option("--insecure", group=REGISTRY, help="Allow plain http to the registry.")]

NoValidate = Annotated[
    bool,
    _option("--no-validate", group=CHECKS, help="Do not check the parsers and configurations among the assets."),
]
Strict = Annotated[bool, _option("--strict", group=CHECKS, help="Fail on warnings too.")]

Json = Annotated[
    bool, _option("--json", group=OUTPUT, help="Print one JSON object, on failure too, instead of the plain answer.")
]
