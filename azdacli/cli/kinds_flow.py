"""What `gen-manifest --kind` does once the manifest is made and checked: say it otherwise, and write it."""

from pathlib import Path

from azdacli.cli import console
from azdacli.errors import SpecError
from azdacli.manifest.generate import Generated
from azdacli.manifest.kinds import yaml_text
from azdacli.manifest.kinds.compose_file import compose_file
from azdacli.manifest.kinds.kubernetes import REFUSED, objects
from azdacli.manifest.kinds.source import KINDS, Source
from azdacli.manifest.view import View
from azdacli.util import files

_NAMES = {"compose": "compose.yaml", "kubernetes": "kubernetes.yaml"}
_STDOUT = "-"


def check(kind: str, mqtt: str, *, instead: str) -> None:
    """Refuse options that do not go with the kind.

    Raises:
        SpecError: They do not.
    """
    if kind not in KINDS:
        raise SpecError(f"--kind {kind} is not one that is known", hint=f"There is: {', '.join(KINDS)}.")
    if kind == KINDS[0] and mqtt:
        raise SpecError("--mqtt goes with --kind compose or kubernetes", hint="On IoT Edge the hub is edgeHub.")
    if kind != KINDS[0] and instead:
        raise SpecError(f"{instead} is about manifests of IoT Edge", hint=f"Leave it out with --kind {kind}.")


def answer(made: Generated, kind: str, mqtt: str, output: str | None, *, as_json: bool) -> None:
    """Write the file of another kind, and say where it is and what it lacks.

    Raises:
        ManifestError: The manifest holds what cannot be said there.
        SpecError: The options say too little, or the file cannot be written.
    """
    refused = REFUSED if kind == "kubernetes" else ()
    source = Source(view=View(document=made.document), kind=kind, broker=mqtt, refused=refused)
    documents = objects(source) if kind == "kubernetes" else [compose_file(source)]
    text = yaml_text.dumps(documents)
    for line in source.warnings():
        console.warning(line)
    if output != _STDOUT:
        path = Path(output) if output else Path("config") / _NAMES[kind]
        if output is None:
            files.make_folder(path.parent)
        files.replace(path, text.encode("utf-8"))
        output = str(path)
    if as_json:
        shown = {"documents": documents} if output == _STDOUT else {}
        console.result_json({"ok": True, "manifest": output, **shown, "problems": [p.as_json() for p in made.problems]})
    else:
        console.result(text.rstrip("\n") if output == _STDOUT else str(output))
