"""Draws the curve and the worst pictures of an evaluation: JSON on standard input, files in a folder."""

import json
import sys
from pathlib import Path
from typing import Any

from simulator.drawing import curves, sheets

_COLUMNS = 3


def main() -> None:
    """Draw what azdacli asks for."""
    wanted: dict[str, Any] = json.loads(sys.stdin.read())
    if wanted["precision"]:
        curves.write_curve(Path(wanted["curve"]), wanted["precision"], "all classes, IoU 0.5")
    tiles = []
    for each in wanted["pictures"]:
        picture = sheets.read_picture(Path(each["path"]))
        if picture is not None:
            tiles.append(sheets.annotated(picture, each["found"], each["title"], each["truth"]))
    if tiles:
        sheets.write_sheet(Path(wanted["sheet"]), tiles, columns=_COLUMNS)


if __name__ == "__main__":
    main()
