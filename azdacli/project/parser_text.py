"""The text of a parser: the template of its family with the model's own layers in it."""

import re
from collections.abc import Mapping
from string import Template

from azdacli.project.choice import Choice
from azdacli.util import resources

_FOLDER = resources.DATA / "project" / "parsers"
_SECONDARIES = ("classifier", "ppocr-recognition")
NO_PARSER = ("detectnet",)


def primary(choice: Choice) -> str | None:
    """The parser of a primary model; None for one that nvinfer reads itself."""
    return None if choice.family.id in NO_PARSER else _filled(choice.family.id, choice, {})


def secondary(choice: Choice, label_file: str) -> str:
    """The parser of a secondary model; a template to go on from where its family is none that describes an object."""
    name = choice.family.id if choice.family.id in _SECONDARIES else "custom"
    return _filled(f"{name}-secondary", choice, {"label_file": _literal(label_file)})


def named(template: str, choice: Choice, **layers: str) -> str:
    """A parser from a template of another name, as an example's."""
    return _filled(template, choice, {role: _literal(name) for role, name in layers.items()})


def _filled(template: str, choice: Choice, more: Mapping[str, str]) -> str:
    family = choice.family
    layers = {role: _literal(name) for role, name in family.layers.items() if role.isidentifier()}
    facts = {key: str(value) for key, value in family.facts.items()}
    outputs = "\n".join(f"    {_plain(one.name)}  {one.text} {one.element}" for one in choice.evidence.layers)
    values = {
        **facts,
        **layers,  # a layer and a number may have one name
        **_computed(choice),
        "title": _plain(family.title),
        "name": _name(choice),
        "outputs": outputs,
        "named": ", ".join(
            f"{_literal(one.name)}: raw_outputs[{_literal(one.name)}]" for one in choice.evidence.layers
        ),
        **more,
    }
    return Template((_FOLDER / f"{template}.txt").read_text(encoding="utf-8")).substitute(values)


def _computed(choice: Choice) -> dict[str, str]:
    """The pieces of code that depend on how a model's outputs are made."""
    family = choice.family
    raw = f"raw_outputs[{_literal(family.layers.get('scores', ''))}]"
    soft = family.facts.get("softmax") == 1
    flat = raw if family.id == "retinaface" else f"{raw}.reshape(-1)"
    count = family.layers.get("count")
    filled = "    filled = np.ones(len(scores), dtype=bool)"
    if count is not None:
        filled = f"    filled = np.arange(len(scores)) < np.nan_to_num(raw_outputs[{_literal(count)}].reshape(-1)[0])"
    return {
        "chances": f"softmax({flat})" if soft else flat,
        "softmax_import": ", softmax" if soft else "",
        "softmax_line": "from azda_runtime.parsers.helpers import softmax\n" if soft else "",
        "filled": filled,
        "unit": ", as fractions" if family.facts.get("fractions") else ", taken as pixels of the network's input",
        "scale": " * np.tile(config.network_size, 2)" if family.facts.get("fractions") else "",
        "classes_of_pixels": _pixels(choice),
        "layers": _grids(choice),
    }


def _pixels(choice: Choice) -> str:
    raw = f"raw_outputs[{_literal(choice.family.layers.get('planes', ''))}]"
    classes = choice.family.classes
    if classes == 0:
        return f"{raw}.astype(int).clip(0)"
    return f"({raw} > 0.5).astype(int)" if classes == 1 else f"{raw}.argmax(axis=0)"


def _grids(choice: Choice) -> str:
    """SCRFD's layers by the pixels of a cell, as `{8: {"scores": "443"}}`."""
    grids: dict[int, list[str]] = {}
    for role, name in choice.family.layers.items():
        found = re.fullmatch(r"([a-z]+)(\d+)", role)
        if found:
            grids.setdefault(int(found[2]), []).append(f'"{found[1]}": {_literal(name)}')
    return "{\n" + "".join(f"    {stride}: {{{', '.join(parts)}}},\n" for stride, parts in grids.items()) + "}"


def _name(choice: Choice) -> str:
    words = re.findall(r"[A-Za-z0-9]+", choice.path.stem)
    return "".join(word[:1].upper() + word[1:] for word in words)[:40] or "Model"


def _literal(text: str) -> str:
    """A text as Python has it, in double quotes."""
    shown = repr(text)
    return f'"{shown[1:-1]}"' if '"' not in text and shown.startswith("'") else shown


def _plain(text: str) -> str:
    """A text of a model that can stand in a docstring."""
    return re.sub(r"[\\\"\x00-\x1f\x7f]", "?", text)
