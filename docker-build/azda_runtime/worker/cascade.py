"""The models of a pipeline one after the other: their parsers, and where they do not match."""

import logging
from collections.abc import Sequence
from pathlib import Path

from azda_runtime.configuration import Configuration, ConfigurationKind, read_configuration
from azda_runtime.parsers.builtin import built_in
from azda_runtime.parsers.caller import PrimaryParser, SecondaryParser, load_primary, load_secondary
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings import Model, Pipeline
from azda_runtime.worker.frames import labels_of, scaling_of
from dsconfig import model_check, onnx_header, tracking

_log = logging.getLogger(__name__)

# nvinfer's network-type that leaves a model's outputs as they are.
_RAW_OUTPUTS = 100


def load_parsers(pipeline: Pipeline) -> tuple[PrimaryParser | None, tuple[SecondaryParser, ...]]:
    """Load the parsers of a pipeline whose files have been located.

    Raises:
        InvalidValueError: A secondary model names a built-in parser, or its configuration cannot be read.
        ParserFailure: A parser cannot be loaded, or breaks its contract.
    """
    primary = None
    if pipeline.primary is not None and pipeline.primary.parser_file:
        primary = load_primary(Path(pipeline.primary.parser_file), scaling_of(pipeline.primary))
    elif pipeline.primary is not None and pipeline.primary.parser:
        model = pipeline.primary
        primary = built_in(pipeline.primary.parser, scaling_of(model), labels_of(model))
    secondaries = []
    for model in pipeline.secondaries:
        if model.parser:
            raise InvalidValueError(
                f"The built-in parser {model.parser} is for a primary model.", hint="Name a Python file in pyFile."
            )
        if model.parser_file:
            parser = load_secondary(Path(model.parser_file))
            _compare_ids(model, parser)
            secondaries.append(parser)
    _compare_parsers(secondaries)
    return primary, tuple(secondaries)


def log_choices(pipeline: Pipeline) -> None:
    """Say what the settings leave to DeepStream, and what nobody will read.

    Raises:
        InvalidValueError: A configuration cannot be read.
    """
    if pipeline.passthrough:
        return
    if pipeline.tracker is not None and pipeline.tracker.config_file is None:
        _log.info("objects are followed by DeepStream's light tracker: by the overlap of their boxes alone (IoU)")
    _warn_of_dropped_boxes(pipeline)
    _warn_of_batches(pipeline)
    for model in (pipeline.primary, *pipeline.secondaries):
        if model is None or model.parser_file or model.parser:
            continue
        configuration = read_configuration(Path(model.config_file))
        if configuration.values.get("network-type") == _RAW_OUTPUTS:
            line = "%s has network-type=100 and no parser: the model's outputs are not used"
            hint = "Give it a Python parser, or the network-type of what nvinfer is to make of them."
            _log.warning(line, model.config_file, extra={"hint": hint})


def _compare_ids(model: Model, parser: SecondaryParser) -> None:
    configuration: Configuration = read_configuration(Path(model.config_file))
    reported = configuration.values.get("gie-unique-id")
    if configuration.kind is ConfigurationKind.NVINFER and reported and reported != parser.gie_unique_id:
        line = "%s is for gie_unique_id = %s, but %s has gie-unique-id=%s: the parser will not be called for it"
        _log.warning(line, parser.source, parser.gie_unique_id, model.config_file, reported)


def _compare_parsers(parsers: Sequence[SecondaryParser]) -> None:
    called: dict[int, str] = {}
    for parser in parsers:
        other = called.get(parser.gie_unique_id)
        if other is not None:
            both = f"{other} and {parser.source} are both for gie_unique_id = {parser.gie_unique_id}"
            _log.warning("%s: the second is called, the first never", both)
        called[parser.gie_unique_id] = parser.source


def _warn_of_batches(pipeline: Pipeline) -> None:
    """Say when a model takes this pipeline's one stream, and would fail with the batch of its configuration."""
    if pipeline.primary is None or len(pipeline.streams) != 1:
        return
    configuration = read_configuration(Path(pipeline.primary.config_file))
    model = next((named.path for named in configuration.named_files() if named.key == "onnx-file"), None)
    if configuration.kind is not ConfigurationKind.NVINFER or model is None:
        return
    try:
        header = onnx_header.read(model)
    except onnx_header.ModelError:
        return  # the element that loads the model says so
    for fault in model_check.check(configuration.values, header):
        if fault.misfit is model_check.Misfit.BATCH_INSIDE:
            line = "with more than one stream %s fails: %s"
            _log.warning(line, pipeline.primary.config_file, fault.message, extra={"hint": fault.hint})


def _warn_of_dropped_boxes(pipeline: Pipeline) -> None:
    """Say when the tracker drops every box of a detector whose outputs no Python parser reads."""
    primary, tracker = pipeline.primary, pipeline.tracker
    if primary is None or tracker is None or primary.parser_file or primary.parser:
        return
    configuration = read_configuration(Path(primary.config_file))
    file = tracker.config_file
    if file is None:
        return  # the light tracker takes them
    try:
        least = tracking.least_confidence(Path(file).read_bytes())
    except OSError:
        return  # the element that reads the file says so
    if configuration.kind is ConfigurationKind.NVINFER and tracking.drops_all(configuration.values, least):
        _log.warning("%s", tracking.sentence(primary.config_file, file, least), extra={"hint": tracking.HINT})
