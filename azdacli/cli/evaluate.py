"""`azdacli evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console, options
from azdacli.cli.evaluate_flow import Gates, Given, check_packages
from azdacli.errors import ParserError, SpecError
from azdacli.simulation.cascade import cascade

EXAMPLES = (
    "azdacli evaluate ./custom-assets --images val2017 --truth instances_val2017.json --min-map50 0.5",
    "azdacli evaluate ./custom-assets --images data/images/val --truth data --results predictions.json",
)
GATES = "Checks"


def evaluate(
    location: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|FILE",
            help="A folder with configuration and parser, or the configuration itself.",
            show_default=False,
        ),
    ],
    *,
    images: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The pictures of the labelled set.", show_default=False)
    ],
    truth: Annotated[
        Path,
        typer.Option(
            metavar="FILE|FOLDER",
            help="What they truly show: COCO's JSON; a YOLO folder with data.yaml or classes.txt; for a classifier the "
            "folder of --images, with a folder of pictures for each class.",
            show_default=False,
        ),
    ],
    parser: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel="Models", help="The primary model's Python parser.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel="Models", help="The primary model's configuration.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Processes that share the pictures; the results are the same.",
            show_default="one on each processor",
        ),
    ] = None,
    dask: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="The scheduler of a Dask cluster, as tcp://host:8786, whose workers share the pictures; the results "
            "are the same.",
            show_default=False,
        ),
    ] = "",
    min_map: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            callback=options.finite,
            metavar="VALUE",
            rich_help_panel=GATES,
            help="End with exit code 4 below this mAP.",
        ),
    ] = None,
    min_map50: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, callback=options.finite, metavar="VALUE", rich_help_panel=GATES, help="The same for AP50."
        ),
    ] = None,
    min_top1: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            callback=options.finite,
            metavar="VALUE",
            rich_help_panel=GATES,
            help="The same for a classifier's top-1 accuracy.",
        ),
    ] = None,
    save_results: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", rich_help_panel=options.OUTPUT, help="Write the detections as COCO's JSON into this file."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            rich_help_panel=options.OUTPUT,
            help="Draw the precision-recall curve and the worst pictures into this folder.",
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The training framework's own detections of these pictures, in COCO's format: says where the pipeline "
            "differs, and which keys of its configuration explain it.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Measure the pipeline on a labelled set: mAP and AP50, or a classifier's accuracy."""
    if dask and jobs is not None:
        raise SpecError("--jobs is for this machine, and --dask for a cluster", hint="Give one of them.")
    check_packages(cluster=bool(dask))
    from azdacli.cli.evaluate_run_flow import evaluated  # pycocotools and numpy, which may be missing

    model = cascade(location, config=config, parser=parser, secondaries=(), tracker="")
    if model.secondaries:
        console.note("secondary models are not evaluated: a labelled set has no truth of them")
    given = Given(model.primary, images, truth, jobs, save_results, output, results, dask)
    gates = Gates(min_map=min_map, min_map50=min_map50, min_top1=min_top1)
    answer, shown = evaluated(given)
    failed = gates.failed(answer)
    answer["ok"] = not failed and not answer["parserFailures"]
    if as_json:
        console.result_json(answer)
    else:
        console.result(shown)
    if answer["parserFailures"]:
        raise ParserError(
            f"the parser failed on {answer['parserFailures']} of {answer['pictures']} pictures",
            hint="The warning above says how; a frame on which it fails has no detections.",
        )
    if failed:
        raise ParserError(failed, hint="A worse model, or a wrong configuration: docs/evaluate.md says how to find it.")
