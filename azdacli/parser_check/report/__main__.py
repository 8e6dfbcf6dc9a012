"""Write the rules' pages: `python -m azdacli.parser_check.report docs/rules`."""

import sys
from pathlib import Path

from azdacli.parser_check.report.pages import pages


def main(folder: Path) -> None:
    """Replace the pages of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
