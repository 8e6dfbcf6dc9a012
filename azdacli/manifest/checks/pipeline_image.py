"""Whether the image that is to run the pipeline is one: known to somebody, and not another module's."""

import re
from collections.abc import Iterator, Mapping

from azdacli.image import labels as image_labels
from azdacli.manifest.checks import create_options
from azdacli.manifest.checks.routes import PIPELINE
from azdacli.manifest.images import ImageFacts
from azdacli.manifest.problems import Problem
from azdacli.manifest.rules import found
from azdacli.manifest.settings import CONFIGURATION, CONTROLLER
from azdacli.manifest.view import Module, View

_ROLES = ("controller", "rtsp-simulator", "uploader")
# Where NVIDIA and Microsoft publish their own images, and nobody else can.
_FOREIGN = re.compile(r"(nvcr\.io|ghcr\.io)/nvidia/deepstream|mcr\.microsoft\.com/", re.IGNORECASE)
_HINT = "`azdacli create` and `publish` make one; `push --env-file` writes its name as DS_AI_PIPELINE_IMAGE_URI."


def check(view: View, facts: Mapping[str, ImageFacts]) -> Iterator[Problem]:
    """Compare the images of pipelines with what is known of them, and with those of the other modules."""
    pipelines = modules(view)
    names = {each.name for each in pipelines}
    others = {m.image: m.name for m in view.user_modules() if m.image and m.name not in names and not _has_role(m)}
    for module in pipelines:
        known = facts.get(module.image or "")
        if known is not None and known.release:
            continue
        if module.image in others:
            text = f"'{module.image}' is also the image of {others[module.image]}, and cannot be the pipeline's too"
            yield found("pipeline-image", module.image_path, text, _HINT)
        elif known is None and _FOREIGN.match(module.image or ""):
            text = f"'{module.image}' is its maker's own image, in which there is no pipeline runtime"
            yield found("pipeline-image-doubt", module.image_path, text, _HINT)
        elif known is not None:
            text = f"'{module.image}' has no label {image_labels.RELEASE}: azdacli did not make it"
            yield found("pipeline-image-doubt", module.image_path, text, _HINT)


def unknown(view: View, facts: Mapping[str, ImageFacts]) -> Iterator[Problem]:
    """Find the images of pipelines that nobody who was asked has, and lists of assets that cannot be read."""
    for module in modules(view):
        known = facts.get(module.image or "")
        if module.image and known is None:
            hint = "Push it and use --inspect registry, or build it here first; --inspect none asks neither."
            yield found(
                "assets-unknown", module.image_path, f"no engine or registry that was asked has '{module.image}'", hint
            )
        elif known and known.release and known.assets is None:
            hint = "Its paths are not checked. Make the image again with this version's `azdacli create` or `publish`."
            text = f"the list of assets in '{module.image}' cannot be read"
            yield found("assets-unknown", module.image_path, text, hint)


def modules(view: View) -> list[Module]:
    """The modules that run pipelines: the one of that name, which a controller configures, and those with a twin."""
    return [m for m in view.user_modules() if m.name == PIPELINE or _configured(view, m.name)]


def _has_role(module: Module) -> bool:
    """Whether it has an image of ours do something else, as docs/controller.md and its siblings say."""
    command = (create_options.of(module) or {}).get("Cmd")
    return isinstance(command, list) and bool(command) and command[0] in _ROLES


def _configured(view: View, name: str) -> bool:
    return name != CONTROLLER and CONFIGURATION in view.twin(name)
