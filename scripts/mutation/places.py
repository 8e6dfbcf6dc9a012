"""Where a package may be changed, and how."""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# `|` stands in annotations nearly everywhere, where a change changes nothing.
LEFT_OUT = ("BitOr", "core/NumberReplacer", "core/RemoveDecorator")
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Mutant:
    """One change of one file: an operator of cosmic-ray's, and which of its places."""

    file: Path
    line: int
    operator: str
    occurrence: int
    text: str = field(repr=False)

    @cached_property
    def changed(self) -> str:
        """The file's text with the change; the text itself where the operator cannot make it."""
        try:
            return mutate_code(self.text, get_operator(self.operator)(), self.occurrence) or self.text
        except AttributeError:  # cosmic-ray 8.7 replaces no exception that is named with a dot
            return self.text

    @property
    def key(self) -> Key:
        """What equivalent.toml knows it by: the file, and the lines that differ, before and after."""
        before, after = self.text.splitlines(), self.changed.splitlines()
        head = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
        pairs = zip(reversed(before[head:]), reversed(after[head:]), strict=False)
        tail = next((n for n, (a, b) in enumerate(pairs) if a != b), 0)
        return str(self.file), _lines(before[head : len(before) - tail]), _lines(after[head : len(after) - tail])


def _lines(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def equivalents(file: Path) -> dict[Key, str]:
    """The changes that change nothing anybody could see, each with its reason."""
    rows = tomllib.loads(file.read_text(encoding="utf-8")).get("equivalent", [])
    return {(row["file"], row["before"], row["after"]): row["reason"] for row in rows}


def mutants(folder: Path, chance: random.Random) -> list[Mutant]:
    """One mutant for each place of a folder's files, in an order of chance: any beginning of it is a sample."""
    found: dict[tuple[Path, object], list[Mutant]] = {}
    for file in sorted(folder.rglob("*.py")):
        for mutant, place in of_file(file):
            found.setdefault((file, place), []).append(mutant)
    every = [chance.choice(each) for each in found.values()]
    chance.shuffle(every)
    return every


def of_file(file: Path) -> Iterator[tuple[Mutant, object]]:
    """All mutants of a file, each with its place."""
    tree = get_ast_from_path(file)
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or any(part in name for part in LEFT_OUT):
            continue
        places = (begin for node in ast_nodes(tree) for begin, _ in operator().mutation_positions(node))
        for occurrence, begin in enumerate(places):
            # Frozen or not, by name alone or not: nobody may rely on the second.
            if lines[begin[0] - 1].startswith("@dataclass(") or lines[begin[0] - 1].strip() == "*,":
                continue
            yield Mutant(file, begin[0], name, occurrence, text), begin
