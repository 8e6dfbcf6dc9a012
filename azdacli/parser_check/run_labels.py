"""The labels that a parser has when it runs, against the classes of its configuration and its model.

Reading counts labels that are spelled out; those of a file, a package or a function are known only now.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from azdacli.parser_check import exported, triton
from azdacli.parser_check import labels as label_files
from azdacli.parser_check import source as sources
from azdacli.parser_check.config import read
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.parser import Parser
from azdacli.parser_check.rules import cross
from azdacli.parser_check.run import Runnable
from dsconfig import onnx_header
from dsconfig.onnx_header import ModelError


def line(parser: Parser) -> int:
    """Where labels are set that nobody can count by reading; 0 when they were counted."""
    counted = parser.labels is not None or exported.own_labels(parser) is not None
    return 0 if counted else parser.line_of("labels")


def check(runnable: Runnable, labels: Sequence[str], model: Path | None) -> Iterator[Finding]:
    """What does not agree with the labels.

    Args:
        runnable: The parser and its configuration.
        labels: What it has when it runs.
        model: A model in the place of the configuration's.
    """
    if runnable.config is None or not runnable.labels_line:
        return
    config = read.read(runnable.config)
    if isinstance(config, Finding):
        return
    message = next(_differences(config, labels, model), None)
    if message is None:
        return
    try:
        source = sources.read_python(runnable.path)
    except sources.UnreadableError:
        return
    yield source.finding(cross.PARSER_LABELS, runnable.labels_line, message)


def _differences(config: Config, labels: Sequence[str], model: Path | None) -> Iterator[str]:
    number = f"{len(labels)} label{'' if len(labels) == 1 else 's'}"
    entry = config.classes
    if entry is not None and entry.integer not in {None, 0, len(labels)}:
        yield f"this parser has {number} when it runs; '{entry.key}' in {config.path.name} is {entry.integer}"
    beside = label_files.of(config)
    if beside is not None and not isinstance(beside, Finding) and len(beside.labels) != len(labels):
        yield f"this parser has {number} when it runs; {beside.source.path.name} has {len(beside.labels)}"
    path, names = _names(config, model)
    if names and len(names) != len(labels):
        yield f"this parser has {number} when it runs; {path} says that it has {len(names)} classes"
    if sorted(names) == sorted(labels) and list(names) != list(labels):
        first = next(n for n, (a, b) in enumerate(zip(names, labels, strict=True)) if a != b)
        yield f"label {first} is '{labels[first]}' when the parser runs; for {path} it is '{names[first]}'"


def _names(config: Config, model: Path | None) -> tuple[str, tuple[str, ...]]:
    """The names of the classes that the model's exporter wrote into it, and the model's own."""
    served = triton.of(config)
    entry = config.get("onnx-file")
    path = model or (triton.onnx_file(served) if served else config.files.find(entry.value) if entry else None)
    if path is None:
        return "", ()
    try:
        return path.name, onnx_header.read(path).names
    except ModelError:
        return path.name, ()
