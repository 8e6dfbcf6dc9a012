"""What `gen-manifest` and `deploy` do around the core: find and read files, say what was found, write the answer."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from azdacli.cli import console
from azdacli.cli.image_lookup_flow import Inspection
from azdacli.edge import settings_check
from azdacli.errors import ManifestError
from azdacli.manifest import checks, diff, generate, layered, request, template, text
from azdacli.manifest.images import ImageSource
from azdacli.manifest.options import ManifestOptions
from azdacli.manifest.problems import Problem, errors, json_path
from azdacli.manifest.view import View
from azdacli.util import env_file, files

STDOUT = "-"
# Nobody reads more of them in a terminal.
_MOST_SHOWN = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One run of a verb: what was asked for, who is asked about images, and how the answer is presented."""

    options: ManifestOptions
    strict: bool = False
    as_json: bool = False
    inspection: Inspection = field(default_factory=lambda: Inspection(choice="none"))

    def make(
        self, path: Path | None, env: Path | None, old: Path | None
    ) -> tuple[generate.Generated, list[diff.Change]]:
        """Make a manifest from a template or from the options, and compare it with an old one if one is named.

        Raises:
            ManifestError: It breaks a rule; all are reported, and nothing is written.
        """
        variables = _variables(env, path, self.options)
        with self.inspection.sources(variables.values) as asked:
            return self._made(path, variables, old, asked)

    def _made(
        self, path: Path | None, variables: generate.Variables, old: Path | None, asked: Sequence[ImageSource]
    ) -> tuple[generate.Generated, list[diff.Change]]:
        if path is None:
            wanted = request.from_options(self.options, variables, asked)
        else:
            wanted = request.from_template(self.options, read(path), path, variables)
        wanted = replace(wanted, pin=self.inspection.pin)
        for line in wanted.notes:
            console.note(line)
        for line in wanted.warnings:
            console.warning(line)
        made = generate.generate(wanted, variables, reader=settings_check.read_settings, sources=asked)
        for name in made.overridden:
            console.note(f"{name} is taken from the environment, which differs from the .env file")
        self._stop_on_errors(made.problems, str(path) if path else "the manifest")
        return made, [] if old is None else self._changes(old, made, asked)

    def check(self, path: Path, env: Path | None) -> list[Problem]:
        """Check a manifest in a file; the `.env` file is for a registry's login alone.

        Raises:
            ManifestError: It breaks a rule; all are reported.
        """
        known = {} if self.inspection.choice == "none" else _variables(env, None, self.options).values
        return self.check_document(read(path), str(path), known)

    def check_document(
        self,
        document: Mapping[str, Any],
        name: str,
        variables: Mapping[str, str] = MappingProxyType({}),
        *,
        layers: bool = False,
    ) -> list[Problem]:
        """Check a manifest that was read.

        Args:
            document: The manifest.
            name: What it is called.
            variables: A registry's login may be among them.
            layers: Whether it may be a layered deployment.

        Raises:
            ManifestError: It breaks a rule; all are reported.
        """
        with self.inspection.sources(variables) as asked:
            known = checks.Knowledge(
                reader=settings_check.read_settings,
                facts=generate.known_images(View(document=document), asked, self.options.machine),
                machine=self.options.machine,
                target=self.options.target.value if self.options.target else None,
                asked=bool(asked),
            )
        layer = layers and layered.is_layered(document)
        problems = (generate.check_layer if layer else generate.check)(document, known)
        self._stop_on_errors(problems, name)
        return problems

    def _changes(self, old: Path, made: generate.Generated, asked: Sequence[ImageSource]) -> list[diff.Change]:
        """Compare with what a device runs, and print the difference."""
        before = View(document=template.finished(read(old)))
        known = {**generate.known_images(before, asked, self.options.machine), **made.facts}
        found = diff.compare(before, View(document=made.document), known)
        for change in found:
            console.note(f"  {change}")
        return found

    def answer(self, reported: Mapping[str, Any], problems: Sequence[Problem]) -> None:
        """Print the answer: the manifest's place, or one JSON object."""
        if self.as_json:
            console.result_json({"ok": True, **reported, "problems": [p.as_json() for p in problems]})
        else:
            console.result(str(reported["manifest"]))

    def _stop_on_errors(self, problems: Sequence[Problem], what: str) -> None:
        _notify(problems)
        fatal = errors(problems, strict=self.strict)
        if not fatal:
            return
        if self.as_json:
            console.result_json({"ok": False, "problems": [p.as_json() for p in problems]})
        count = f"{len(fatal)} error{'s' if len(fatal) > 1 else ''}"
        raise ManifestError(f"{what} has {count}; nothing was written or sent", hint="Each one is named above.")


def read(path: Path) -> dict[str, Any]:
    """Read a template or manifest from a file, `-` for standard input.

    Raises:
        SpecError: The file cannot be read.
        ManifestError: It is not valid.
    """
    if str(path) == STDOUT:
        return template.loaded(files.decoded(sys.stdin.buffer.read(), "standard input"), "standard input")
    return template.loaded(files.read_text(path), str(path))


def write(document: Mapping[str, Any], output: str | None, name: str) -> str:
    """Write a manifest whole and return where it is; `-` is standard output, which the caller prints.

    Raises:
        SpecError: It cannot be written.
    """
    if output == STDOUT:
        return STDOUT
    path = Path(output) if output else Path("config") / name
    if output is None:
        files.make_folder(path.parent)
    files.replace(path, text.dumps(document).encode("utf-8"))
    return str(path)


def _variables(env: Path | None, template_path: Path | None, options: ManifestOptions) -> generate.Variables:
    beside = [template_path.parent / ".env"] if template_path else []
    found = env or next((path for path in (*beside, Path(".env")) if files.is_file(path)), None)
    values = env_file.read(found, os.environ) if found else {}
    if found:
        console.note(f"variables: the environment, then {found}")
    return generate.Variables(
        environ=os.environ, file=values, chosen=options.images, literal=frozenset(options.literal)
    )


def _notify(problems: Iterable[Problem]) -> None:
    """Print findings on stderr, each with its place and what to do; of very many, the first."""
    listed = list(problems)
    if len(listed) > _MOST_SHOWN:
        listed.sort(key=lambda problem: ("error", "warning", "note").index(problem.severity))
    for problem in listed[:_MOST_SHOWN]:
        sentence = f"{json_path(problem.path)}: {problem.message} [{problem.rule}]"
        if problem.severity == "error":
            console.failure(ManifestError(sentence, hint=problem.hint or None))
        else:
            say = console.warning if problem.severity == "warning" else console.note
            say(f"{sentence} {problem.hint}".rstrip())
    if len(listed) > _MOST_SHOWN:
        console.note(f"{len(listed) - _MOST_SHOWN} more are not shown: --json lists all of them.")
