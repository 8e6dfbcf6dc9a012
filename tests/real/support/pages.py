"""The lines that the pages let a user type, read from the pages themselves."""

import re

from support.checkout import ROOT

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`((?:sudo )?apt-get update && [^`]*)`")


def lines(page: str, holding: str = "") -> list[str]:
    """The lines of a page's one block that holds a word, without what is continued or explained."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (block,) = [block for block in _BLOCK.findall(text) if holding in block]
    whole = block.replace("\\\n", " ")
    return [line for line in (part.partition("  #")[0].strip() for part in whole.splitlines()) if line]


def apt_lines() -> list[str]:
    """The lines for apt that stand in the text of the README and the pages."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [line for page in pages for line in _INLINE.findall(page.read_text(encoding="utf-8"))]
