"""The Triton repository of an nvinferserver configuration. The checks are dsconfig's."""

from collections.abc import Iterator
from pathlib import Path

from azdacli.parser_check import source as sources
from azdacli.parser_check.config.settings import Config, Form
from azdacli.parser_check.finding import Certainty, Finding, Span
from azdacli.parser_check.rules import cross
from azdacli.parser_check.source import Source
from dsconfig import triton_repository
from dsconfig.document import Fault, FaultKind
from dsconfig.triton_repository import ServerModel

_BACKEND = "infer_config.backend"


def of(config: Config) -> ServerModel | None:
    """The model that a configuration serves; None when it is another element's, or lies where nobody can look."""
    if config.form is not Form.PROTOBUF or config.message is None:
        return None
    roots = [e for e in config.entries if e.key == "root" and e.group.endswith(".model_repo")]
    # A folder that is missing beside the configuration is said once; an absolute one is in the image.
    folders = [config.files.repository(root.value) for root in roots]
    if None in folders:
        return None
    backend = config.message.infer_config.backend
    if not roots and not backend.one_of("triton", "trt_is"):
        return None
    served = backend.trt_is if backend.has("trt_is") else backend.triton
    named = served.model_name and served.model_repo.root
    if not named and any(f.kind is FaultKind.UNKNOWN_KEY and f.group.startswith(_BACKEND) for f in config.faults):
        return None  # a misspelt field is said by itself, not once more as the field that is missing
    return triton_repository.find(config.message, config.path.parent, folders[0] if folders else None)


def onnx_file(served: ServerModel) -> Path | None:
    """The ONNX file that Triton would load."""
    return served.file if served.is_onnx else None


def check(config: Config, served: ServerModel) -> Iterator[Finding]:
    """What keeps Triton from loading the model."""
    for fault in served.faults:
        yield _finding(config.source, fault)
    if served.config_path is None or not served.config_faults:
        return
    try:
        source = sources.read_text(served.config_path)
    except sources.UnreadableError as error:
        yield error.finding
        return
    for fault in served.config_faults:
        yield _finding(source, fault)


def _finding(source: Source, fault: Fault) -> Finding:
    text = source.line(fault.line)
    span = Span.of_line(fault.line, text)
    if fault.column is not None:
        span = Span.of_line(fault.line, text, fault.column - 1, (fault.end_column or len(text.rstrip()) + 1) - 1)
    certainty = Certainty.SURE if fault.fatal else Certainty.CANNOT_TELL
    return source.finding(cross.TRITON, span, fault.message, cure=fault.hint or None, certainty=certainty)
