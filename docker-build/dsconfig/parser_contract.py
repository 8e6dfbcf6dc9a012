"""The contract of a Python parser as data: which names a file defines, what they are, and how its functions are called.

The checker holds a parser's text to it without running it, the runtime the loaded module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

DETECTION_TYPE, CUSTOM_TYPE = 0, 1
"""The two values of `model_type`."""

# NVIDIA's bindings copy a label without looking at the 128 bytes that its field has (MAX_LABEL_SIZE of nvdsmeta.h),
# the terminator included.
LONGEST_LABEL = 127


CONFIG_ATTRIBUTES = ("image_size", "labels", "name", "network_size", "scale", "padding", "to_frame", "points_to_frame")
"""What `config` has."""

HELPERS_MODULE = "azda_runtime.parsers.helpers"
HELPERS = ("best_classes", "ctc_text", "grid", "nms", "sigmoid", "softmax", "table", "to_corners")
"""What a parser may import from the runtime itself, and where it is."""


class ParserKind(Enum):
    """What a parser is."""

    DETECTION = "primary detection parser"
    CUSTOM = "primary custom parser"
    PRIMARY = "primary parser of either kind"
    SECONDARY = "secondary parser"


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractFunction:
    """A function of a parser.

    Attributes:
        kind: The parser that has it.
        parameters: What it is called with.
        returns: What its values are, in their order; empty for nothing that is looked at.
        required: Whether a parser of the kind must have it.
    """

    kind: ParserKind
    parameters: tuple[str, ...] = ("config", "raw_outputs")
    returns: tuple[str, ...] = ()
    required: bool = True


FUNCTIONS: Mapping[str, ContractFunction] = {
    "parse_det_model": ContractFunction(kind=ParserKind.DETECTION, returns=("bboxes", "labels", "scores", "message")),
    "parse_custom_model": ContractFunction(kind=ParserKind.CUSTOM, returns=("data", "message")),
    "parse_sgie_model": ContractFunction(kind=ParserKind.SECONDARY, returns=("message",)),
    "add_custom_to_meta": ContractFunction(
        kind=ParserKind.CUSTOM, parameters=("self", "data", "batch_meta", "frame_meta"), required=False
    ),
}
PARSE_FUNCTIONS = tuple(name for name, function in FUNCTIONS.items() if function.required)

_VALUES: Mapping[ParserKind, tuple[str, ...]] = {
    ParserKind.DETECTION: ("model_type", "name", "labels"),
    ParserKind.CUSTOM: ("model_type", "name"),
    ParserKind.PRIMARY: ("model_type", "name"),
    ParserKind.SECONDARY: ("gie_unique_id",),
}
REQUIRED: Mapping[ParserKind, tuple[str, ...]] = {
    kind: (*values, *(n for n, f in FUNCTIONS.items() if f.kind is kind and f.required))
    for kind, values in _VALUES.items()
}
"""The names that a parser of a kind must define."""

SECONDARY_NAMES = REQUIRED[ParserKind.SECONDARY]
PRIMARY_NAMES = ("model_type", *(n for n, f in FUNCTIONS.items() if f.kind is not ParserKind.SECONDARY))
"""Names by which a file is known to be a parser of the one or the other sort; `name` and `labels` are anybody's."""


def label_fits(label: str) -> bool:
    """Whether DeepStream's metadata has room for a label: so many bytes of UTF-8, and no NUL."""
    try:
        encoded = label.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return len(encoded) <= LONGEST_LABEL and b"\0" not in encoded
