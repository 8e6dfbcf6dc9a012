"""Examples with small models of our own, of which everything is known."""

from dataclasses import replace

from azdacli.errors import SpecError
from azdacli.image.spec import Target
from azdacli.model.families.family import Kind
from azdacli.model.preprocessing import Known, Letterbox, Preprocessing
from azdacli.project import parser_text
from azdacli.project.choice import Choice, choose
from azdacli.project.plan import Plan, plan
from azdacli.util import resources

EXAMPLES = ("detector", "cascade", "custom")
_MODELS = resources.DATA / "project" / "examples"
_PIXELS = Preprocessing(known=Known.PUBLISHED, scale=1 / 255, colours="RGB", letterbox=Letterbox.STRETCH)


def example(name: str, folder: str, target: Target) -> tuple[tuple[Choice, Choice | None], Plan]:
    """The models of an example, and what is written for it.

    Args:
        name: Of the example.
        folder: The folder's own name.
        target: The device type of the template.

    Raises:
        SpecError: There is no such example.
    """
    if name not in EXAMPLES:
        raise SpecError(f"there is no example '{name}'", hint=f"Write one of {', '.join(EXAMPLES)}.")
    first = choose(_MODELS / "blob.onnx", kind=Kind.CUSTOM, size=None, labels=_MODELS / "blob.txt")
    first = replace(first, family=replace(first.family, preprocessing=_PIXELS))
    if name == "custom":
        return (first, None), plan(folder, first, None, target)
    layer = first.evidence.layers[0].name
    about = replace(
        first.family, id="example", kind=Kind.DETECTOR, title="example: how bright each of 16 x 16 cells is"
    )
    first = replace(first, family=about)
    second = None
    if name == "cascade":
        second = choose(_MODELS / "colour.onnx", kind=None, size=None, labels=None)
        second = replace(second, family=replace(second.family, preprocessing=_PIXELS))
    return (first, second), plan(folder, first, second, target, parser_text.named("blob", first, heat=layer))
