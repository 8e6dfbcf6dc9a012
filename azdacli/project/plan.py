"""All files of a new folder, as what stands in them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.image.spec import Target
from azdacli.project import configuration, deployment, parser_text, readme
from azdacli.project.choice import Choice

FOLDER = "custom-assets"


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is to be written.

    Attributes:
        texts: Path within the folder -> text.
        copies: Path within the folder -> the file that is copied there.
        doubts: What its owner has to check.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, Path] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def plan(name: str, first: Choice, second: Choice | None, target: Target, parser: str | None = None) -> Plan:
    """Decide on all files.

    Args:
        name: The folder's own name.
        first: The primary model.
        second: The secondary model, if there is one.
        target: The device type of the template.
        parser: The primary parser's text, where it is not that of the model's family.
    """
    texts, copies = {}, {}
    code = parser if parser is not None else parser_text.primary(first)
    texts["pgie_config.txt"] = configuration.primary(first, first.file_name)
    if code is not None:
        texts["parser.py"] = code
    labels = _label_file(first, "labels.txt", "characters.txt")
    if labels is not None:
        texts[labels] = "\n".join(first.labels) + "\n"
    models = [("pgie_config.txt", "parser.py" if code is not None else "")]
    doubts = list(readme.checks(first, "pgie_config.txt", labels or "", "--size WIDTHxHEIGHT sets it"))
    copies.update(_files(first, first.file_name))
    if second is not None:
        model = second.file_name if second.file_name != first.file_name else f"secondary-{second.file_name}"
        file = _label_file(second, "secondary-labels.txt", "secondary-characters.txt") or ""
        texts["sgie_config.txt"] = configuration.secondary(second, model)
        texts["secondary_parser.py"] = parser_text.secondary(second, file)
        if file and file in texts["secondary_parser.py"]:
            texts[file] = "\n".join(second.labels) + "\n"
        added = _files(second, model)
        shared = [each for each in added if each in copies and copies[each] != added[each]]
        if shared:
            raise SpecError(f"both models keep weights in '{shared[0]}'", hint="Export one of them under another name.")
        copies.update(added)
        models.append(("sgie_config.txt", "secondary_parser.py"))
        doubts += readme.checks(second, "sgie_config.txt", file, "write infer-dims there")
    image = image_name(name)
    choices = [first] if second is None else [first, second]
    below = {f"{FOLDER}/{path}": text for path, text in texts.items()}
    around = {
        "settings.json": deployment.settings(image, models),
        "deployment.default.template.json": deployment.template(image, models, target),
        ".env": deployment.variables(image),
        "README.md": readme.text(image, choices, doubts, target.label),
    }
    paths = {f"{FOLDER}/{path}": source for path, source in copies.items()}
    return Plan(texts={**below, **around}, copies=paths, doubts=tuple(doubts))


def _files(choice: Choice, name: str) -> dict[str, Path]:
    weights = choice.evidence.model.weight_files
    return {name: choice.path, **{each: choice.path.parent / each for each in weights}}


def _label_file(choice: Choice, labels: str, characters: str) -> str | None:
    if choice.reads_text:
        return characters
    return labels if choice.family.kind.value != "custom" or choice.labels_known else None


def image_name(folder: str) -> str:
    """A name that is good for an image and for a pipeline."""
    return re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-") or "azda-pipeline"
