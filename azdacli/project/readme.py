"""The README of a new folder: what is known of the model, what is to be checked, and what to type next."""

from collections.abc import Iterator, Sequence

from azdacli.model.preprocessing import Known
from azdacli.project.choice import Choice

_GUIDE = "docs/parsers.md of azdacli has the contract of each kind of parser, the helpers and recipes"


def checks(choice: Choice, config: str, labels: str, size: str) -> Iterator[str]:
    """What the model does not say, and its owner has to; `size` is how its input's size is said."""
    family = choice.family
    if family.id == "custom":
        yield f"{choice.path.name} was not recognised: write what its outputs mean into the parser"
    elif not family.certain:
        yield f"{choice.path.name} is likely this: {family.title}. {family.caution}".rstrip(". ")
    if family.preprocessing.known is Known.UNKNOWN and not choice.normalised:
        yield f"scale, offsets and colour order of {config} are guesses: take them from the training"
    if not choice.size_known:
        yield f"the size {choice.size[0]}x{choice.size[1]} in {config} is a guess: {size}"
    if not choice.labels_known and (family.classes or family.boxes):
        yield f"{labels} has placeholders: write the model's own names into it, one a line, in the model's order"


def text(name: str, choices: Sequence[Choice], doubts: Sequence[str], device: str) -> str:
    """The whole page."""
    lines = [f"# {name}", "", "Written by `azdacli init`. All of it is yours to change.", ""]
    for choice in choices:
        lines += [f"- `{choice.path.name}`: {choice.family.title}"]
        lines += [f"  - {reason}" for reason in choice.family.reasons]
    if doubts:
        lines += ["", "## To be checked", "", *(f"- {one}" for one in doubts)]
    lines += ["", "## What next", "", "```sh", *_commands(name, device), "```", "", f"{_GUIDE}."]
    return "\n".join(lines) + "\n"


def _commands(name: str, device: str) -> Iterator[str]:
    yield "azdacli validate-parser custom-assets"
    yield "azdacli simulate custom-assets --source test:ball --output out     # then with a video of yours"
    yield f'azdacli create --device-type {device} --tag {name} --add "./custom-assets /custom-assets"'
    yield f"azdacli push --image-name {name} --container-registry myregistry.azurecr.io --env-file .env"
    yield "# Fill in .env: the camera, and what the device pulls the image with."
    yield f"azdacli gen-manifest --template deployment.default.template.json --device-type {device}"
