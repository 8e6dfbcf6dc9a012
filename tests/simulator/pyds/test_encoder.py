"""The object encoder's own rules; what the images show is checked with a pipeline."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyds
import pytest
from pyds import _encoder
from pyds import _simulator as sim

Call = tuple[int, int, Any, Any]


@pytest.fixture
def call(gst: Any, batch: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """A context, a buffer with one frame of 40 x 20, an object of it, and the frame."""
    monkeypatch.setattr(_encoder, "_encoders", [lambda frame, *how: repr(how).encode()])
    frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    obj = pyds.nvds_acquire_obj_meta_from_pool(batch)
    pyds.nvds_add_obj_meta_to_frame(frame, obj, None)
    obj.obj_label = "cat"
    rect = obj.rect_params
    rect.left, rect.top, rect.width, rect.height = 4.6, -3, 10, 10
    surface = sim.FrameSurface(pixels=np.zeros((20, 40, 4), dtype=np.uint8))
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, batch, sim.BatchSurface(frames=[surface]))
    context = pyds.nvds_obj_enc_create_context(0)
    yield context, buffer, obj, frame
    pyds.nvds_obj_enc_destroy_context(context)
    gst.free(buffer)


def arguments(**values: Any) -> Any:
    args = pyds.NvDsObjEncUsrArgs()
    for name, value in values.items():
        setattr(args, name, value)
    return args


def process(call: Call, args: Any, *, obj: Any = None) -> bool:
    context, buffer, own, frame = call
    return pyds.nvds_obj_enc_process(context, args, buffer, own if obj is None else obj, frame)


def attached(head: Any) -> list[str]:
    return [bytes(image.outBuffer()).decode() for image in sim.user_data(head, pyds.NVDS_CROP_IMAGE_META)]


def test_an_image_hangs_on_its_object_and_lives_in_copies(call: Call, gst: Any) -> None:
    _, buffer, obj, frame = call
    assert process(call, arguments(attachUsrMeta=True))
    assert process(call, arguments(attachUsrMeta=True, isFrame=True, quality=7))
    copy = gst.copy(buffer)
    copied = pyds.NvDsFrameMeta.cast(pyds.gst_buffer_get_nvds_batch_meta(copy).frame_meta_list.data)
    for kept in (frame, copied):
        found = pyds.NvDsObjectMeta.cast(kept.obj_meta_list.data)
        assert attached(found.obj_user_meta_list) == ["((4, 0, 14, 7), (10, 7), 80)"]
        assert attached(kept.frame_user_meta_list) == ["((0, 0, 40, 20), (40, 20), 7)"]
    user = pyds.NvDsUserMeta.cast(obj.obj_user_meta_list.data)
    image = pyds.NvDsObjEncOutParams.cast(user.user_meta_data).outBuffer()
    assert (image.dtype, image.ndim) == (np.uint8, 1)
    gst.free(copy)


def test_files_without_a_name_are_called_as_nvidia_calls_them(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert process(call, arguments(saveImg=True, objNum=3))
    assert process(call, arguments(saveImg=True, isFrame=True, scaleImg=True, scaledWidth=20, scaledHeight=20))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0_0_3_cat_10x7.jpg", "0_0_frame_20x20.jpg"]


def test_a_box_outside_the_frame_has_no_image(call: Call) -> None:
    call[2].rect_params.left = 40
    assert process(call, arguments(attachUsrMeta=True)) is False
    assert call[2].obj_user_meta_list is None


def test_arguments_that_cannot_be_raise_by_name(call: Call, tmp_path: Path) -> None:
    context, buffer, obj, frame = call
    for values, says in (
        ({"quality": 101}, r"NvDsObjEncUsrArgs\.quality is 101"),
        ({"scaleImg": True, "scaledWidth": 41, "scaledHeight": 1}, r"scaledWidth 41 and scaledHeight 1"),
    ):
        with pytest.raises(RuntimeError, match=says):
            process(call, arguments(**values))
    with pytest.raises(OSError, match="absent"):
        process(call, arguments(saveImg=True, fileNameImg=str(tmp_path / "absent" / "a.jpg")))
    with pytest.raises(RuntimeError, match=r"obj_meta=None"):
        pyds.nvds_obj_enc_process(context, arguments(), buffer, None, frame)
    with pytest.raises(RuntimeError, match=rf"nvds_obj_enc_process\(ctx={context + 1}\)"):
        pyds.nvds_obj_enc_process(context + 1, arguments(), buffer, obj, frame)
    with pytest.raises(RuntimeError, match=r"nvds_obj_enc_finish\(ctx=0\)"):
        pyds.nvds_obj_enc_finish(0)
    with pytest.raises(RuntimeError, match="holds no encoded image"):
        pyds.NvDsObjEncOutParams().outBuffer()
