"""Parser, configuration and model held against each other."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from azdacli.parser_check.config.settings import OTHER_NETWORK, Config, Form
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.labels import Labels
from azdacli.parser_check.parser import Parser
from azdacli.parser_check.rules import Rule, cross
from azdacli.parser_check.values import UNSET
from azdacli.util.suggest import listed, near
from dsconfig import model_check
from dsconfig.onnx_header import Model
from dsconfig.parser_contract import ParserKind as Kind

_MISFITS: Mapping[model_check.Misfit, Rule] = {
    model_check.Misfit.ORDER: cross.INPUT_ORDER,
    model_check.Misfit.SHAPE: cross.INPUT_SHAPE,
    model_check.Misfit.SIZE_NEEDED: cross.DIMS_NEEDED,
    model_check.Misfit.BATCH: cross.BATCH_SIZE,
    model_check.Misfit.BATCH_INSIDE: cross.BATCH_INSIDE,
    model_check.Misfit.PARSER: cross.NO_BOX_PARSER,
    model_check.Misfit.TYPE: cross.OUTPUT_TYPE,
    model_check.Misfit.INPUTS: cross.MORE_INPUTS,
}
_WARNINGS = frozenset({model_check.Misfit.BATCH})  # whose rule is a warning by itself


def parser_and_config(parser: Parser, config: Config, labels: Labels | None) -> Iterator[Finding]:
    """Check that a configuration hands its tensors to a Python parser, and that both mean the same model."""
    if parser.module is None or parser.kind is None:
        return
    protobuf = config.form is Form.PROTOBUF
    tensors = config.tensor_meta
    if tensors is None or not tensors.true:
        key = "output_tensor_meta" if protobuf else "output-tensor-meta"
        yield config.finding(
            cross.NO_TENSORS, tensors or config.start, f"{parser.path.name} gets no tensors: '{key}' is not on"
        )
    if config.is_other is False:
        entry = config.network_type
        now = "not set, which means 0 (detector)" if entry is None else f"'{entry.key}'" if protobuf else entry.value
        needed = "`postprocess { other {} }`" if protobuf else f"network-type={OTHER_NETWORK}"
        message = f"the outputs belong to {parser.path.name}, so this must be {needed}; it is {now}"
        yield config.finding(cross.NETWORK_TYPE, entry or config.start, message)
    yield from _modes(parser, config)
    yield from _label_counts(parser, config, labels)


def _modes(parser: Parser, config: Config) -> Iterator[Finding]:
    mode, secondary = config.process_mode, parser.kind is Kind.SECONDARY
    if mode is not None and config.process_mode_entry and mode in {1, 2} and (mode == 2) != secondary:  # 2 is secondary
        what = "secondary" if secondary else "primary"
        message = (
            f"{parser.path.name} is a {what} parser; this makes the model a "
            f"{'primary' if secondary else 'secondary'} one"
        )
        yield config.finding(cross.PROCESS_MODE, config.process_mode_entry, message)
    own = gie_id(parser)
    theirs = config.unique_id.integer if config.unique_id else None
    if secondary and own is not None and theirs is not None and own != theirs and parser.module:
        location = parser.module.locations.get("gie_unique_id", 1)
        message = f"'gie_unique_id' is {own}; {config.path.name} has {theirs}"
        yield parser.module.source.finding(cross.GIE_ID, location, message, cure=f"Write `gie_unique_id = {theirs}`.")


def gie_id(parser: Parser) -> int | None:
    """The number by which a secondary parser is found; None when that is unknown."""
    value = parser.module.names.get("gie_unique_id") if parser.module else None
    known = value is not None and value.kind == "int" and value.constant is not UNSET
    return int(value.constant) if known and value is not None else None


def _label_counts(parser: Parser, config: Config, labels: Labels | None) -> Iterator[Finding]:
    own = parser.labels
    if parser.kind is not Kind.DETECTION or own is None or parser.module is None:
        return
    location = parser.module.locations.get("labels", 1)
    entry = config.classes
    if entry is not None and entry.integer not in {None, 0, own}:
        message = f"this parser has {own} labels; '{entry.key}' in {config.path.name} is {entry.integer}"
        yield parser.module.source.finding(cross.PARSER_LABELS, location, message)
    elif labels is not None and len(labels.labels) != own:
        message = f"this parser has {own} labels; {labels.source.path.name} has {len(labels.labels)}"
        yield parser.module.source.finding(cross.PARSER_LABELS, location, message)


def layers(parser: Parser, outputs: tuple[str, ...], where: Path, *, sure: bool) -> Iterator[Finding]:
    """Check the layers that a parser asks for against a list of outputs.

    Args:
        parser: The parser.
        outputs: The names that there are.
        where: The model, or the configuration that lists them.
        sure: Whether the list is the model's own.
    """
    rule = cross.UNKNOWN_LAYER if sure else cross.LAYER_NOT_LISTED
    for request in parser.requests:
        if request.layer in outputs or request.optional:
            continue
        like = near(request.layer, outputs, cutoff=0.6)
        names = f"It has {listed(outputs)}."
        cure = f"Did you mean '{like}'? {names}" if like else names
        message = (
            f"{where.name} has no output '{request.layer}'"
            if sure
            else f"{where.name} does not list the output '{request.layer}'"
        )
        yield request.module.source.finding(rule, request.node, message, cure=cure)


def model_and_config(model: Model, config: Config, *, native: bool, release: str) -> Iterator[Finding]:
    """Hold a model's header against its configuration.

    Args:
        model: The header.
        config: The configuration.
        native: Whether nobody but nvinfer reads the outputs: no Python parser belongs to the configuration.
        release: DeepStream's.
    """
    if config.form is Form.PROTOBUF:
        yield from _server_batch(model, config)
        return
    for fault in model_check.check(config.values, model, release):
        if fault.misfit is model_check.Misfit.PARSER and not native:
            continue  # that the configuration must leave the outputs to the parser is said already
        location = config.get(fault.key) or config.get("onnx-file") or config.start
        certainty = Certainty.SURE if fault.fatal or fault.misfit in _WARNINGS else Certainty.CANNOT_TELL
        rule = _MISFITS[fault.misfit]
        yield config.finding(rule, location, fault.message, cure=fault.hint or None, certainty=certainty)


def _server_batch(model: Model, config: Config) -> Iterator[Finding]:
    batch = config.get("max_batch_size", "infer_config")
    if batch is not None and batch.integer is not None and model.batch is not None and model.batch < batch.integer:
        shape = f"{model.inputs[0].text}, a batch of {model.batch}"
        message = f"'{batch.key}' is {batch.integer}; the input of {model.path.name} is {shape}"
        yield config.finding(cross.BATCH_SIZE, batch, message)


def secondary_without_config(parser: Parser, configs: list[Config]) -> Iterator[Finding]:
    """A secondary parser whose number no configuration has."""
    own, ids = (
        gie_id(parser),
        sorted({c.unique_id.integer for c in configs if c.unique_id and c.unique_id.integer is not None}),
    )
    if own is None or not ids or own in ids or parser.module is None:
        return
    location = parser.module.locations.get("gie_unique_id", 1)
    message = (
        f"no configuration has gie-unique-id={own}; there {'is' if len(ids) == 1 else 'are'} {listed(map(str, ids))}"
    )
    yield parser.module.source.finding(cross.GIE_ID, location, message)
