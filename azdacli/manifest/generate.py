"""From a template, variables and what is known about images to a checked manifest. Writes nothing, asks nobody else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from azdacli.errors import ManifestError
from azdacli.manifest import checks, expand, layered, module_images, template
from azdacli.manifest.checks import secrets
from azdacli.manifest.images import ImageFacts, ImageSource, pinned
from azdacli.manifest.problems import Path, Problem, without_secrets
from azdacli.manifest.settings import SettingsReader
from azdacli.manifest.view import AGENT, CONTENT, DESIRED, View
from dsconfig.redaction import is_secret_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Variables:
    """Where `$NAME` comes from: what was chosen on the command line, the environment, the `.env` file."""

    environ: Mapping[str, str]
    file: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    literal: frozenset[str] = frozenset()

    @property
    def values(self) -> dict[str, str]:
        """All variables, those that go first over the others."""
        return {**self.file, **self.environ, **self.chosen}

    def overridden(self, names: set[str]) -> list[str]:
        """Which of some names the environment gives another value than the file does."""
        found = names & set(self.file) & set(self.environ) - set(self.chosen)
        return sorted(name for name in found if self.environ[name] != self.file[name])


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestRequest:
    """What is wanted of a template.

    Attributes:
        template: The template as read.
        platform: The platform of module placeholders and of the file's name: `amd64`, `arm64v8`, …
        name: The name of the manifest's file, where nobody chooses another.
        folders: Where `modules/` of a solution may be.
        machine: The device's machine in Docker's words, None where nobody said.
        target: The device type, None where nobody said.
        pin: Whether tags of the user's modules become digests.
        notes: What was changed in the user's own template.
        warnings: What the user still has to decide there.
    """

    template: Mapping[str, Any]
    platform: str
    name: str = ""
    folders: tuple[FilePath, ...] = ()
    machine: str | None = None
    target: str | None = None
    pin: bool = False
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Generated:
    """A manifest and all that is to be said about it.

    Attributes:
        document: The manifest.
        name: The name of its file, where nobody chooses another.
        problems: What was found, without any secret in it.
        facts: What is known about the images.
        overridden: Variables that the environment gave another value than the `.env` file.
    """

    document: dict[str, Any]
    name: str
    problems: list[Problem]
    facts: Mapping[str, ImageFacts]
    overridden: list[str]


def generate(
    request: ManifestRequest, variables: Variables, *, reader: SettingsReader, sources: Sequence[ImageSource] = ()
) -> Generated:
    """Fill a template in, finish it and check it.

    Raises:
        ManifestError: A tag is to be replaced by a digest, and no source knows it.
    """
    expander = _expander(request, variables)
    document = template.finished(expander.document(request.template))
    facts = known_images(View(document=document), sources, request.machine)
    if request.pin:
        document, facts = with_digests(document, facts)
    view = View(document=document)
    knowledge = checks.Knowledge(
        reader=reader,
        facts=facts,
        machine=request.machine,
        target=request.target,
        asked=bool(sources),
        template=request.template,
    )
    problems = [*expander.problems, *_without_echo(checks.run(view, knowledge), expander.unresolved)]
    named = {n: v for n, v in variables.values.items() if n in expander.used or n in variables.file}
    hidden = secrets.values(view) | {value for name, value in named.items() if is_secret_name(name)}
    return Generated(
        document=document,
        name=request.name,
        problems=without_secrets(problems, hidden),
        facts=facts,
        overridden=variables.overridden(expander.used),
    )


def check(document: Mapping[str, Any], known: checks.Knowledge) -> list[Problem]:
    """Check a manifest that exists already; no secret is in what is returned.

    Raises:
        ManifestError: It is a template: one cause, one sentence.
    """
    if template.is_template(document):
        raise ManifestError(
            "this is a template, not a manifest", hint="Make the manifest from it: azdacli gen-manifest --template FILE"
        )
    view = View(document=document)
    return without_secrets(checks.run(view, known), secrets.values(view))


def check_layer(document: Mapping[str, Any], known: checks.Knowledge) -> list[Problem]:
    """Check a layered deployment; no secret is in what is returned.

    Raises:
        ManifestError: It is a template.
    """
    view = layered.view_of(document)
    if template.is_template(view.document):
        raise ManifestError("this is a template, not a manifest", hint="Fill in its variables and its createOptions.")
    problems = [*layered.misfits(document), *layered.at_home(document, checks.run(view, known))]
    return without_secrets(problems, secrets.values(view))


def known_images(view: View, sources: Sequence[ImageSource], machine: str | None) -> dict[str, ImageFacts]:
    """Ask the sources, in their order, about the images of the user's modules."""
    platform = f"linux/{machine}" if machine else None
    facts: dict[str, ImageFacts] = {}
    for image in dict.fromkeys(module.image for module in view.user_modules() if module.image):
        answers = (source.look(image, platform=platform) for source in sources)
        answer = next((a for a in answers if a is not None), None)
        if answer is not None:
            facts[image] = answer
    return facts


def with_digests(
    document: dict[str, Any], facts: Mapping[str, ImageFacts]
) -> tuple[dict[str, Any], dict[str, ImageFacts]]:
    """Replace the tags of the user's modules by digests.

    Raises:
        ManifestError: The digest of an image is not known; all such images are named.
    """
    images = [m.image for m in View(document=document).user_modules() if m.image and "@" not in m.image]
    digests = {image: facts[image].digest for image in images if image in facts}
    unknown = sorted({image for image in images if not digests.get(image)})
    if unknown:
        raise ManifestError(
            f"no registry gave the digest of {', '.join(unknown)}",
            hint="Push the image first, log in to its registry, and use --inspect registry.",
        )
    if not images:
        return document, dict(facts)
    names = {image: pinned(image, digest) for image, digest in digests.items() if digest}
    agent = document[CONTENT][AGENT]
    modules = agent[DESIRED]["modules"]
    fixed = {name: _renamed(body, names) for name, body in modules.items()}
    content = {**document[CONTENT], AGENT: {**agent, DESIRED: {**agent[DESIRED], "modules": fixed}}}
    return {**document, CONTENT: content}, {names.get(image, image): known for image, known in facts.items()}


def _renamed(body: Any, names: Mapping[str, str]) -> Any:
    settings = body.get("settings") if isinstance(body, Mapping) else None
    image = settings.get("image") if isinstance(settings, Mapping) else None
    if not isinstance(settings, Mapping) or not isinstance(image, str) or image not in names:
        return body
    return {**body, "settings": {**settings, "image": names[image]}}


def _expander(request: ManifestRequest, variables: Variables) -> expand.Expander:
    values = variables.values

    def filled(text: str) -> str:
        return expand.Expander(values=values, modules=str, literal=variables.literal).string(text, ())

    modules = module_images.finder(request.folders, platform=request.platform, expanded=filled, variables=values)
    return expand.Expander(values=values, modules=modules, literal=variables.literal)


def _without_echo(problems: Iterable[Problem], unresolved: set[Path]) -> Iterator[Problem]:
    """Leave out what follows from a place that could not be filled in: it is wrong for that alone."""
    images = any(location[-1:] == ("image",) for location in unresolved)
    for problem in problems:
        if problem.path not in unresolved and not (images and problem.rule == "credential-unused"):
            yield problem
