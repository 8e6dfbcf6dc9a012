"""What a parser received and gave over a run: for whoever looks for the reason why it finds nothing, or too much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from azda_runtime.parsers.box_notices import Boxes, Notice
from azda_runtime.parsers.caption import caption

_DIGITS = 6
_LONGEST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerSeen:
    """What an output layer held, over all calls.

    Attributes:
        name: The layer's.
        type: The array's dtype.
        shape: The array's, without the batch dimension.
        least: The least finite value; None when there was none.
        greatest: The greatest one.
        not_finite: How many values were NaN or infinite.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    least: float | None
    greatest: float | None
    not_finite: int = 0

    @classmethod
    def of(cls, name: str, values: NDArray[Any]) -> "LayerSeen":
        """One call's."""
        finite, ends = values, _ends(values)
        # Whatever is not finite shows in the least or the greatest value: two passes a frame are enough for the rest.
        if not np.isfinite(ends).all():
            finite = values[np.isfinite(values)]
            ends = _ends(finite)
        least, greatest = ends if finite.size else (None, None)
        return cls(
            name=name,
            type=str(values.dtype),
            shape=tuple(values.shape),
            least=least,
            greatest=greatest,
            not_finite=values.size - finite.size,
        )

    def and_then(self, later: "LayerSeen") -> "LayerSeen":
        """This and a later call's, added up."""
        return LayerSeen(
            name=self.name,
            type=later.type,
            shape=later.shape,
            least=min((each for each in (self.least, later.least) if each is not None), default=None),
            greatest=max((each for each in (self.greatest, later.greatest) if each is not None), default=None),
            not_finite=self.not_finite + later.not_finite,
        )

    def as_json(self) -> dict[str, Any]:
        """The layer as plain data."""
        return {
            "name": self.name,
            "type": self.type,
            "shape": list(self.shape),
            "least": _rounded(self.least),
            "greatest": _rounded(self.greatest),
            "notFinite": self.not_finite,
        }

    def __str__(self) -> str:
        """The layer for people."""
        values = "no values" if self.least is None else f"{self.least:.6g} to {self.greatest:.6g}"
        odd = f", {self.not_finite} values NaN or infinite" if self.not_finite else ""
        return f"{self.name} {self.type} {self.shape}, {values}{odd}"


class Observation:
    """Gathers what one parser receives and gives."""

    def __init__(self) -> None:
        self._layers: dict[str, LayerSeen] = {}
        self._boxes = Boxes()
        self._results = 0
        self._last_result = ""

    def receive(self, outputs: Mapping[str, NDArray[Any]]) -> None:
        """Take what a call gets."""
        for name, values in outputs.items():
            seen, before = LayerSeen.of(name, values), self._layers.get(name)
            self._layers[name] = before.and_then(seen) if before else seen

    def find(self, boxes: NDArray[np.float64], size: tuple[int, int]) -> None:
        """Take the boxes that a call gave, before they are clipped to the frame."""
        self._boxes.add(boxes, size)

    def answer(self, message: Any) -> None:
        """Take the message that a call gave."""
        if message is not None:
            self._results += 1
            self._last_result = caption(message, _LONGEST)

    def notice(self) -> Notice | None:
        """What is odd about its boxes."""
        return self._boxes.notice()

    def as_json(self) -> dict[str, Any]:
        """What was gathered as plain data."""
        return {
            "outputs": [layer.as_json() for layer in self._layers.values()],
            "results": self._results,
            "lastResult": self._last_result,
        }

    def __str__(self) -> str:
        """What it received, for people."""
        return "; ".join(map(str, self._layers.values())) or "nothing"


def _ends(values: NDArray[Any]) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")
