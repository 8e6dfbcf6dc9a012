"""`azdacli view`."""

import contextlib
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console, options
from azdacli.errors import SpecError
from azdacli.util import files
from azdacli.view import clips, report
from azdacli.view.library import Library
from azdacli.view.server import ViewServer

EXAMPLES = (
    "azdacli view out --settings settings.json --open",
    "azdacli view out --export report.html",
)
_MOST_SOURCES = 2


def view(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER [FOLDER]",
            help="What `simulate` wrote, or a pipeline's recordings; two runs are shown side by side.",
            show_default=False,
        ),
    ],
    *,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Settings or a manifest: where regions of interest are read from and saved to."
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=options.OUTPUT,
            help="Write one HTML file (the picture, counts, a plot, parsers, errors), and serve nothing.",
        ),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    as_json: options.Json = False,
) -> None:
    """Show in the browser what a pipeline saw, frame by frame, and draw regions of interest."""
    if len(sources) > _MOST_SOURCES:
        raise SpecError(f"{len(sources)} folders cannot be shown side by side", hint="Give one or two.")
    if export is not None:
        _report(sources, export, as_json=as_json)
        return
    serve(sources, settings, open_browser=open_browser, as_json=as_json)


def _report(sources: list[Path], target: Path, *, as_json: bool) -> None:
    found = [clip for folder in sources for clip in clips.find(folder)]
    if len(found) > 1:
        raise SpecError(f"a report is about one clip, and there are {len(found)}", hint="Give a folder with one.")
    if any(target.resolve().parent == folder.resolve() and target.suffix != ".html" for folder in sources):
        raise SpecError(f"'{target}' lies in the folder that is shown", hint="Name a report there NAME.html.")
    library = Library(found)
    files.replace(target, report.page(library).encode())
    if as_json:
        console.result_json({"ok": True, "report": str(target), "clips": [library.clips[0].name]})
    else:
        console.result(str(target))


def serve(sources: list[Path], settings: Path | None, *, open_browser: bool = False, as_json: bool = False) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        SpecError: A folder holds nothing to view, or the settings cannot be read.
    """
    library = Library([clip for folder in sources for clip in clips.find(folder)], settings)
    if settings is not None:
        library.regions()
    with ViewServer(library) as server, contextlib.suppress(KeyboardInterrupt):
        if as_json:
            console.result_json({"ok": True, "address": server.address, "clips": [clip.name for clip in library.clips]})
        else:
            console.result(server.address)
        console.note("the page is for this machine alone, and only for who has the address; Ctrl-C ends it")
        if open_browser:
            webbrowser.open(server.address)
        server.serve_forever()
