"""What a parser returned, checked and made plain: NVIDIA's bindings crash or corrupt memory on what is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from azda_runtime.parsers.failures import Breach, Part
from azda_runtime.parsers.payload import ResultError, plain

_CORNERS = 4
_DETECTION_VALUES = 4
_CUSTOM_VALUES = 2
_FORM = {"bboxes": Part.BOXES, "labels": Part.CLASS_IDS, "scores": Part.SCORES}
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, kw_only=True, slots=True)
class Detections:
    """What a detection parser found in one frame.

    Attributes:
        boxes: Float array (N, 4): x, y, width, height in pixels of the frame, from its top left.
        class_ids: N plain integers, each an index into the parser's labels.
        labels: N texts, the labels of the class ids.
        scores: N plain floats.
        message: The parser's own message as plain JSON data, None when it has none.
    """

    boxes: NDArray[np.float64]
    class_ids: tuple[int, ...]
    labels: tuple[str, ...]
    scores: tuple[float, ...]
    message: Any = None

    def __len__(self) -> int:
        """How many objects were found."""
        return len(self.class_ids)


def detections(returned: object, labels: Sequence[str]) -> Detections:
    """Check what ``parse_det_model`` returned.

    Args:
        returned: Boxes, label ids, scores and message.
        labels: The parser's labels.

    Raises:
        ResultError: Something in it breaks the contract; all breaches are listed at once.
    """
    boxes_value, ids_value, scores_value, message_value = _unpacked(
        returned, _DETECTION_VALUES, "bboxes, labels, scores, message"
    )
    wrong: list[Breach] = []
    boxes = _boxes(boxes_value, wrong)
    ids = _class_ids(ids_value, len(labels), wrong)
    scores = _scores(scores_value, wrong)
    message = _collected(message_value, wrong)
    if boxes is not None and ids is not None and scores is not None and not len(boxes) == len(ids) == len(scores):
        wrong.append(
            Breach(
                message=f"There are {len(boxes)} bboxes, {len(ids)} labels and {len(scores)} scores.",
                hint="Return as many of each.",
                part=Part.COUNTS,
            )
        )
    if wrong or boxes is None or ids is None or scores is None:
        raise ResultError(wrong)
    class_ids = tuple(ids.tolist())
    return Detections(
        boxes=boxes,
        class_ids=class_ids,
        labels=tuple([labels[i] for i in class_ids]),
        scores=tuple(scores.tolist()),
        message=message,
    )


def custom(returned: object) -> tuple[Any, Any]:
    """Check what ``parse_custom_model`` returned: the data for ``add_custom_to_meta`` and the message.

    Raises:
        ResultError: It is not two values, or the message is not JSON.
    """
    data, message = _unpacked(returned, _CUSTOM_VALUES, "data, message")
    return data, plain(message)


def _unpacked(returned: object, count: int, names: str) -> Sequence[Any]:
    if not isinstance(returned, tuple | list):
        reported = f"The function returned {type(returned).__name__} where {count} values are needed."
        raise ResultError([Breach(message=reported, hint=f"Write: return {names}", part=Part.VALUES)])
    if len(returned) != count:
        reported = f"The function returned {len(returned)} values where {count} are needed."
        raise ResultError([Breach(message=reported, hint=f"Write: return {names}", part=Part.VALUES)])
    return returned


def _array(value: object, what: str, wrong: list[Breach]) -> NDArray[Any] | None:
    try:
        array = np.asarray(value)
    except Exception as error:  # noqa: BLE001 # ragged lists, tensors on a GPU, a user's own type
        wrong.append(
            Breach(message=f"{what} is not an array: {error}.", hint="Return a numpy array.", part=_FORM[what])
        )
        return None
    if array.size and array.dtype.kind not in "iuf":
        reported = f"{what} holds {array.dtype}, not numbers."
        wrong.append(Breach(message=reported, hint="Return an array of numbers.", part=_FORM[what]))
        return None
    return array


def _boxes(value: object, wrong: list[Breach]) -> NDArray[np.float64] | None:
    array = _array(value, "bboxes", wrong)
    if array is None:
        return None
    if array.size == 0:
        return np.zeros((0, _CORNERS), dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != _CORNERS:  # noqa: PLR2004 # rows and columns
        reported = f"bboxes has the shape {array.shape} where (N, 4) is needed."
        hint = "Return one row per object: x, y, width, height in pixels."
        wrong.append(Breach(message=reported, hint=hint, part=Part.BOXES))
        return None
    boxes = array.astype(np.float64)
    if not _is_finite(boxes):
        reported = "bboxes holds numbers that are not finite."
        wrong.append(Breach(message=reported, hint="Drop those objects.", part=Part.BOX_VALUES))
    elif boxes[:, 2:].min() < 0:
        reported, hint = "bboxes holds a negative width or height.", "The order is x, y, width, height."
        wrong.append(Breach(message=reported, hint=hint, part=Part.BOX_VALUES))
    return boxes


def _class_ids(value: object, known: int, wrong: list[Breach]) -> NDArray[Any] | None:
    array = _array(value, "labels", wrong)
    if array is None or not _is_flat(array, "labels", wrong):
        return None
    if array.size and array.dtype.kind not in "iu":
        reported = (
            f"labels holds {array.dtype}: DeepStream's bindings raise TypeError for class ids that are not integers."
        )
        wrong.append(Breach(message=reported, hint="Convert them with .astype(int).", part=Part.CLASS_IDS))
        return None
    if array.size and not 0 <= array.min() <= array.max() < known:
        box, outside = next((n, i) for n, i in enumerate(array.tolist()) if not 0 <= i < known)
        fitting = f"ids are 0 to {known - 1}" if known else "the parser has no labels"
        message = f"class id {outside} of box {box} has no label; {fitting}."
        hint = "Return ids that count from 0 in the order of `labels`, or add the missing labels."
        wrong.append(Breach(message=message, hint=hint, part=Part.CLASS_RANGE))
        return None
    return array


def _scores(value: object, wrong: list[Breach]) -> NDArray[np.float64] | None:
    array = _array(value, "scores", wrong)
    if array is None or not _is_flat(array, "scores", wrong):
        return None
    scores = array.astype(np.float64)
    if not _is_finite(scores):
        reported = "scores holds numbers that are not finite."
        wrong.append(Breach(message=reported, hint="Drop those objects.", part=Part.SCORE_VALUES))
    return scores


def _is_flat(array: NDArray[Any], what: str, wrong: list[Breach]) -> bool:
    if array.size and array.ndim != 1:
        reported = f"{what} has the shape {array.shape} where (N,) is needed."
        wrong.append(
            Breach(message=reported, hint=f"Return one number per object: {what}.reshape(-1).", part=_FORM[what])
        )
        return False
    return True


def _is_finite(array: NDArray[np.float64]) -> bool:
    """Whether all numbers are finite in 32 bits, which the metadata's fields have; NaN passes no comparison."""
    return not array.size or bool(array.min() >= -_LARGEST and array.max() <= _LARGEST)


def _collected(message: object, wrong: list[Breach]) -> Any:
    try:
        return plain(message)
    except ResultError as error:
        wrong.extend(error.breaches)
        return None
