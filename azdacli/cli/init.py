"""`azdacli init`."""

import re
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from azdacli.cli import console, options
from azdacli.errors import SpecError
from azdacli.image.spec import Target
from azdacli.project import example as examples
from azdacli.project.choice import Choice, choose
from azdacli.project.plan import Plan, plan
from azdacli.util import new_folder

EXAMPLES = (
    "azdacli init street --model yolov8n.onnx",
    "azdacli init first --example cascade",
)


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make.", show_default=False)],
    *,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel="Models", help="The primary model, in ONNX.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", rich_help_panel="Models", help="Its labels, one a line, in the model's order."),
    ] = None,
    kind: options.ModelKind = "",
    size: Annotated[
        str,
        typer.Option(
            metavar="WIDTHxHEIGHT", rich_help_panel="Models", help="The network's size, of a model that takes any."
        ),
    ] = "",
    secondary: Annotated[
        Path | None,
        typer.Option(metavar="FILE", rich_help_panel="Models", help="A model that looks at each object, in ONNX."),
    ] = None,
    secondary_labels: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel="Models", help="The secondary model's labels.")
    ] = None,
    example: Annotated[
        str,
        typer.Option(
            metavar="EXAMPLE",
            help="detector, cascade or custom: an example with a small model, in place of --model.",
            autocompletion=options.one_of(examples.EXAMPLES),
        ),
    ] = "",
    device_type: options.DeviceType = "",
    as_json: options.Json = False,
) -> None:
    """Make a folder with configuration, parser and deployment template for a model."""
    if bool(example) is (model is not None):
        raise SpecError("give either --model or --example", hint=f"--example is one of {', '.join(examples.EXAMPLES)}.")
    target = Target.parse(device_type) if device_type else Target.JETSON
    new_folder.refuse_existing(folder)
    name = folder.resolve().name
    if model is None:
        choices, planned = examples.example(example, name, target)
    else:
        first = choose(model, kind=options.model_kind(kind), size=_size(size), labels=labels)
        second = None
        if secondary is not None:
            second = choose(secondary, kind=None, size=None, labels=secondary_labels)
        choices, planned = (first, second), plan(name, first, second, target)
    new_folder.make(folder, planned.texts, planned.copies)
    _conclude(folder, choices, planned, as_json=as_json)


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = re.fullmatch(r"([1-9]\d{0,4})[xX]([1-9]\d{0,4})", text)
    if found is None:
        raise SpecError(f"'{text}' is not a size", hint="Write --size WIDTHxHEIGHT, as 640x384.")
    return int(found[1]), int(found[2])


def _conclude(folder: Path, choices: tuple[Choice, Choice | None], planned: Plan, *, as_json: bool) -> None:
    for one in planned.doubts:
        console.warning(one)
    if as_json:
        console.result_json(_json(folder, choices, planned))
        return
    for choice in choices:
        if choice is not None:
            console.note(f"{choice.path.name}: {choice.family.title}")
    console.note(f"next: azdacli validate-parser {shlex.quote(f'{folder}/custom-assets')}, then the README there")
    console.result(str(folder))


def _json(folder: Path, choices: tuple[Choice, Choice | None], planned: Plan) -> dict[str, Any]:
    return {
        "ok": True,
        "folder": str(folder),
        "files": sorted([*planned.texts, *planned.copies]),
        "models": [
            {
                "model": choice.path.name,
                "family": choice.family.id,
                "kind": choice.family.kind.value,
                "title": choice.family.title,
                "certain": choice.family.certain and choice.family.id != "custom",
            }
            for choice in choices
            if choice is not None
        ],
        "toCheck": list(planned.doubts),
    }
