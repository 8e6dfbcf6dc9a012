"""Which family a model is of: the recognisers in their order, the most telling first."""

from collections.abc import Callable, Iterator, Sequence

from azdacli.model.evidence import Evidence
from azdacli.model.families import faces, separate, ultralytics, whole_picture, yolo
from azdacli.model.families.family import Family, Kind

_RECOGNISERS: Sequence[Callable[[Evidence], Iterator[Family]]] = (
    ultralytics.recognised,
    faces.recognised,
    yolo.recognised,
    separate.recognised,
    whole_picture.recognised,
)


def recognised(evidence: Evidence, kind: Kind | None = None) -> Family:
    """The family of a model: the first that fits, of the kind that is asked for.

    Args:
        evidence: The model.
        kind: What the model is for, when its owner says so.

    Returns:
        A family of the kind `custom` when no layout is known.
    """
    for recogniser in _RECOGNISERS:
        for family in recogniser(evidence):
            if kind is None or family.kind is kind:
                return family
    return _unknown(evidence, kind)


def _unknown(evidence: Evidence, kind: Kind | None) -> Family:
    layers = ", ".join(f"'{layer.name}' {layer.text}" for layer in evidence.layers[:6])
    wanted = f"no {kind.value} is known" if kind not in (None, Kind.CUSTOM) else "no family is known"
    return Family(
        id="custom",
        kind=Kind.CUSTOM,
        title="not recognised",
        reasons=(f"{wanted} with the outputs {layers}",),
        layers={layer.name: layer.name for layer in evidence.layers},
    )
