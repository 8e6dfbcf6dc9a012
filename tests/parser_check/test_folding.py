"""Labels that a comprehension over literals makes are known one by one."""

import ast
from typing import Any

import pytest

from azdacli.parser_check.folding import Folding, UnknownValueError

NAMES = {"NAMES": ["background", "car", "bus", ""], "SKIP": "background", "KNOWN": [["a", 1], ["b", 0]]}


def folded(text: str) -> Any:
    def lookup(name: str) -> Any:
        if name not in NAMES:
            raise UnknownValueError
        return NAMES[name]

    return Folding(lookup=lookup, builtin=lambda name: name != "sorted").fold(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(
    "text",
    [
        "[n for n in NAMES if n != 'background']",
        "[n.upper() for n in NAMES if n]",
        "[n for n in NAMES if n and n != SKIP]",
        "[n for n in NAMES if n not in ('', SKIP)]",
        "[n for n in NAMES if not n.startswith('b')]",
        "[f'{n}_{i}' for n in NAMES[1:3] for i in range(2)]",
        "[n for i, n in enumerate(NAMES) if i > 0]",
        "[n for n, used in KNOWN if used == 1]",
        "[line.strip() for line in 'a\\n b \\n\\n'.splitlines() if line.strip()]",
        "[n if n else 'none' for n in NAMES]",
        "[a + b for a, b in zip(['x', 'y'], ['1', '2'])]",
        "[str(i) for i in range(1, 4) if i % 2 == 1]",
        "['-'.join([n, n]) for n in NAMES if len(n) == 3]",
        "[n for n in reversed(NAMES)]",
    ],
)
def test_it_gives_what_python_gives(text: str) -> None:
    assert folded(text) == eval(text, dict(NAMES))  # the expressions above


@pytest.mark.parametrize(
    "text",
    [
        "[n for n in other]",
        "[n for n in sorted(NAMES)]",
        "[open(n) for n in NAMES]",
        "[n for n in {'a', 'b'}]",
        "[n.nothing() for n in NAMES]",
        "[i for i in range(10 ** 9)]",
        "[i for i in range(999999999)]",
        "['%999999999d' % i for i in range(3)]",
        "[n.replace('', 'x' * 999) for n in NAMES]",
        "[1 // i for i in range(3)]",
        "[NAMES[i] for i in range(9)]",
        "[x.y for x.y in NAMES]",
        "[a for a, b in NAMES]",
        "[n for n in NAMES async_]",
    ],
)
def test_what_it_does_not_know_it_does_not_guess(text: str) -> None:
    if text.endswith("async_]"):
        text = "[n async for n in NAMES]"
    with pytest.raises(UnknownValueError):
        folded(text)
