"""Walking the lists of metadata, one way for all."""

from collections.abc import Callable, Iterator
from typing import Any

import pyds


def walk(head: Any, cast: Callable[[Any], Any]) -> Iterator[Any]:
    """The entries of a list.

    Args:
        head: Its first node, None when it is empty.
        cast: Makes an entry of a node's data, as ``pyds.NvDsObjectMeta.cast``.

    Bindings before 1.2.0 raise StopIteration past the end where later ones give None: both end the walk. The next node
    is asked for before the entry is handed out, so the entry may be removed.
    """
    node = head
    while node is not None:
        try:
            entry = cast(node.data)
            node = node.next
        except StopIteration:
            node = None
        yield entry


def as_added(head: Any, cast: Callable[[Any], Any]) -> list[Any]:
    """The entries of a list that grows at its head, oldest first.

    NVIDIA's library prepends everything but frames and the batch's user metadata.
    """
    return list(walk(head, cast))[::-1]


def frames(batch: Any) -> list[Any]:
    """The frames of a batch, as they were batched."""
    return list(walk(batch.frame_meta_list, pyds.NvDsFrameMeta.cast))


def objects(frame: Any) -> list[Any]:
    """The objects of a frame, newest first: the library prepends."""
    return list(walk(frame.obj_meta_list, pyds.NvDsObjectMeta.cast))


def tensor_metas(head: Any) -> Iterator[Any]:
    """The raw outputs in a list of a frame's or object's user metadata, one per model, in the order of the pipeline."""
    for user in as_added(head, pyds.NvDsUserMeta.cast):
        if user.base_meta.meta_type == pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META:
            yield pyds.NvDsInferTensorMeta.cast(user.user_meta_data)
