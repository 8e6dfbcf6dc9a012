"""Values that DeepStream's compiled bindings refuse, or that make them write beyond their memory.

Observed on NVIDIA's bindings 1.2.0: a class id takes no float, text offsets take neither floats nor negative numbers, a
label must be a string, and its setter copies 128 bytes or more without looking.
"""

import ast
from collections.abc import Iterator, Mapping

from azdacli.parser_check.finding import Finding
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import contract
from dsconfig.parser_contract import LONGEST_LABEL

_TAKES: Mapping[str, str] = {
    **dict.fromkeys(("class_id", "unique_component_id", "num_labels", "border_width", "has_bg_color"), "an integer"),
    **dict.fromkeys(("x_offset", "y_offset"), "an integer of 0 or more"),
    **dict.fromkeys(("left", "top", "width", "height", "confidence", "tracker_confidence"), "a number"),
    **dict.fromkeys(("obj_label", "result_label", "display_text", "font_name"), "a string"),
}


def check(module: Module) -> Iterator[Finding]:
    """Look at literals that are assigned to attributes of metadata."""
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr in _TAKES and _is_metadata(target.value):
                    yield from _assigned(module, target, node.value)


def _is_metadata(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return "meta" in name.lower() or name.lower().endswith("params") or name.lower() == "label_info"


def _assigned(module: Module, target: ast.Attribute, node: ast.expr) -> Iterator[Finding]:
    value = _literal(node)
    if value is None:
        return
    needed = _TAKES[target.attr]
    number = isinstance(value, int | float)
    right = {
        "an integer": isinstance(value, int),
        "an integer of 0 or more": isinstance(value, int) and value >= 0,
        "a number": number,
        "a string": isinstance(value, str),
    }[needed]
    if not right:
        message = f"'{target.attr}' takes {needed}; the bindings refuse {value!r}"
        yield module.source.finding(contract.BINDINGS_REFUSE, node, message[:200])
    elif isinstance(value, str) and target.attr in {"obj_label", "result_label"}:
        size = len(value.encode(errors="replace"))
        if size > LONGEST_LABEL:
            message = f"this label takes {size} bytes in UTF-8; there is room for {LONGEST_LABEL}"
            yield module.source.finding(contract.LABEL_TOO_LONG, node, message)


def _literal(node: ast.expr) -> int | float | str | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _literal(node.operand)
        return -inner if isinstance(inner, int | float) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return node.value
    return None
