"""What an exporter wrote into a model about itself, held against its configuration and parser.

Ultralytics' exporter (ultralytics/engine/exporter.py) writes `author`, `names`, `imgsz` and more as a model's metadata.
"""

import ast
import itertools
import re
from collections.abc import Iterator, Sequence

from azdacli.parser_check import contract, ranks
from azdacli.parser_check.config.settings import Config, Form
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.labels import Labels
from azdacli.parser_check.parameters import outputs_name
from azdacli.parser_check.parser import Parser
from azdacli.parser_check.rules import cross
from azdacli.parser_check.values import UNSET
from azdacli.util import files
from dsconfig import model_check
from dsconfig.onnx_header import Model
from dsconfig.parser_contract import ParserKind as Kind

_SIZE_NAME = re.compile(
    r"(net(work)?|input|model|infer)(_?(size|sz|width|height|w|h|dims?|shape|hw|wh))?|imgsz|img_?size", re.IGNORECASE
)
_SIZES = range(32, 4097)
_LABEL_FILES = (".txt", ".names")


def check(
    model: Model | None, config: Config, parsers: Sequence[Parser], label_file: Labels | None
) -> Iterator[Finding]:
    """All that a model's header says about its configuration and its parsers."""
    if model is not None:
        yield from scale(model, config)
    if len(parsers) <= 1:  # of several parsers nobody knows whose labels they are
        yield from labels(model, config, parsers[0] if parsers else None, label_file)
    for parser in parsers:
        yield from sizes(parser, config, model)
        if model is not None:
            yield from dimensions(parser, model, config)


def scale(model: Model, config: Config) -> Iterator[Finding]:
    """A model of Ultralytics' takes pixels from 0 to 1; nvinfer gives 0 to 255 where nothing is said."""
    entry = config.get("net-scale-factor")
    if model.metadata.get("author") != "Ultralytics" or config.form is Form.PROTOBUF:
        return
    if entry is None or config.values.get("net-scale-factor") == 1.0:
        now = "is not set" if entry is None else "is 1"
        message = f"'net-scale-factor' {now}, and {model.path.name}, exported by Ultralytics, takes pixels from 0 to 1"
        yield config.finding(cross.SCALE, entry or config.start, message)


def labels(model: Model | None, config: Config, parser: Parser | None, label_file: Labels | None) -> Iterator[Finding]:
    """The labels against the classes of the configuration, and against the names that the exporter wrote."""
    own = own_labels(parser)
    given = own if own is not None else label_file.labels if label_file is not None else None
    if given is None:
        return
    where = "the parser" if own is not None or label_file is None else label_file.source.path.name
    entry = config.classes
    counted = parser is None or parser.labels is None
    if counted and _counts(config, parser) and entry is not None and entry.integer not in {None, 0, len(given)}:
        message = f"'{entry.key}' is {entry.integer}, and {where} has {_number(given)}"
        yield config.finding(cross.PARSER_LABELS, entry, message)
        return
    names = model.names if model is not None else ()
    if not names or model is None:
        return
    location = config.label_file or entry or config.start
    if len(names) != len(given):
        if not counted and _miscounted(config, len(given), label_file):
            return  # the configuration or its label file does not agree with the parser: that is said there
        message = f"{where} has {_number(given)}; {model.path.name} says that it has {len(names)} classes"
        yield config.finding(cross.PARSER_LABELS, location, message)
    elif sorted(names) == sorted(given) and names != tuple(given):
        first = next(n for n, (a, b) in enumerate(zip(names, given, strict=True)) if a != b)
        message = f"label {first} of {where} is '{given[first]}'; for {model.path.name} it is '{names[first]}'"
        yield config.finding(cross.PARSER_LABELS, location, message, cure="Bring the labels into the model's order.")


def _miscounted(config: Config, count: int, label_file: Labels | None) -> bool:
    entry = config.classes
    wrong = entry is not None and entry.integer not in {None, 0, count}
    return wrong or (label_file is not None and len(label_file.labels) != count)


def _number(found: Sequence[str]) -> str:
    return f"{len(found)} label{'' if len(found) == 1 else 's'}"


def _counts(config: Config, parser: Parser | None) -> bool:
    """Whether the number of classes is about these labels: not for a classifier, and a native detector's is checked."""
    return config.is_other is True or parser is not None


def own_labels(parser: Parser | None) -> tuple[str, ...] | None:
    """The labels that a detection parser has, or reads from a file beside it."""
    if parser is None or parser.module is None or parser.kind is not Kind.DETECTION:
        return None
    value = parser.module.names.get("labels")
    if value is not None and value.items is not None:
        texts = tuple(item.constant for item in value.items)
        return texts if all(isinstance(text, str) for text in texts) else None
    if value is None or value.kind not in {"unknown", "external", "list"}:
        return None
    written = {n.value for n in parser.module.nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    found = {
        text.rsplit("/", 1)[-1] for text in written if text.endswith(_LABEL_FILES) and len(text) < 200
    }  # a file's name
    paths = [path for name in sorted(found) if files.is_file(path := parser.path.parent / name)]
    return _lines(paths[0].read_bytes()) if len(paths) == 1 else None


def _lines(data: bytes) -> tuple[str, ...] | None:
    """The lines of a label file, where it does not matter whether they are split at blanks or at line ends."""
    text = data.decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return tuple(lines) if lines == text.split() else None


def sizes(parser: Parser, config: Config, model: Model | None) -> Iterator[Finding]:
    """A size of the network's input that stands in the parser as a number."""
    wanted = _input_size(config, model)
    if parser.module is None or wanted is None:
        return
    for name, value in parser.module.names.items():
        each = value.items if value.items is not None else (value,)
        numbers = [one.constant for one in each if one.constant is not UNSET and type(one.constant) is int]
        if not _SIZE_NAME.fullmatch(name) or not numbers or len(numbers) != len(each):
            continue
        odd = [number for number in numbers if number in _SIZES and number not in wanted]
        if odd:
            shown = "x".join(map(str, dict.fromkeys(reversed(wanted))))
            message = f"'{name}' is {odd[0]} here; the input of the model is {shown} by {config.path.name}"
            location = parser.module.locations.get(name, 1)
            yield parser.module.source.finding(cross.NETWORK_SIZE, location, message)


def _input_size(config: Config, model: Model | None) -> tuple[int, ...] | None:
    """Height and width as the configuration says, else as the model does."""
    dims = config.values.get("infer-dims")
    if dims:
        return tuple(dims[1:])
    shapes = [t.shape for t in model.inputs if t.shape and len(t.shape) == model_check.IMAGE_RANK] if model else []
    if len(shapes) != 1:
        return None
    found = shapes[0][1:3] if model_check.channels_last(shapes[0]) else shapes[0][2:4]
    return tuple(size for size in found if isinstance(size, int)) if all(isinstance(s, int) for s in found) else None


def dimensions(parser: Parser, model: Model, config: Config) -> Iterator[Finding]:
    """Layers that are indexed as if they had the batch in front."""
    if parser.module is None or config.form is Form.PROTOBUF:
        return
    known = {t.name: t.shape[1:] for t in model.outputs if t.shape is not None and len(t.shape) > 1}
    shown = {tensor.name: tensor.text for tensor in model.outputs}
    for function in contract.functions(parser.module):
        if isinstance(function, Finding) or isinstance(function.node, ast.Lambda):
            continue
        name = outputs_name(function)
        found = (
            ranks.misuses(function.node.body, name, known, alone=len(model.outputs) == 1)
            if name is not None
            else iter(())
        )
        for misuse in itertools.islice(found, 1):  # what fails behind it has the same cause
            plural = "" if misuse.rank == 1 else "s"
            message = f"this has {misuse.rank} dimension{plural} and {misuse.message}: layers come without the batch"
            cure = f"Drop the batch's index. The layers of {model.path.name}: " + ", ".join(
                f"'{layer}' is {text.partition('x')[2] or text}" for layer, text in list(shown.items())[:4]
            )
            yield function.module.source.finding(cross.RANK, misuse.node, message, cure=f"{cure}.")
