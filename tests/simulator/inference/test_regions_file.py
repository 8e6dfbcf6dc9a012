"""nvdspreprocess's files: what NVIDIA's element needs, which source a region is for, how tensors are prepared."""

from pathlib import Path

import pytest
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.inference.geometry import Rectangle
from simulator.inference.regions_file import RegionSettings, read_regions_file
from simulator.inference.settings import ColourFormat

PROPERTY = {
    "enable": "1",
    "target-unique-ids": "1;2",
    "network-input-order": "0",
    "process-on-frame": "1",
    "unique-id": "5",
    "processing-width": "32",
    "processing-height": "16",
    "scaling-buf-pool-size": "6",
    "tensor-buf-pool-size": "6",
    "network-input-shape": " 8;3;16;32",
    "network-color-format": "1",
    "tensor-data-type": "0",
    "tensor-name": "input",
    "scaling-pool-memory-type": "0",
    "scaling-pool-compute-hw": "0",
    "scaling-filter": "1",
    "custom-lib-path": "/opt/nvidia/deepstream/deepstream/lib/gst-plugins/libcustom2d_preprocess.so",
    "custom-tensor-preparation-function": "CustomTensorPreparation",
}
USER = "[user-configs]\npixel-normalization-factor=0.5\noffsets=1;2;3\n"
GROUP = "[group-0]\nsrc-ids=0;1\nprocess-on-roi=1\nroi-params-src-0=1;2;3;4;5;6;7;8\nroi-params-src-1=0;0;9;9\n"


def read(folder: Path, groups: str = GROUP, user: str = USER, **changed: str | None) -> RegionSettings:
    keys = {**PROPERTY, **{key.replace("_", "-"): text for key, text in changed.items()}}
    path = folder / "preprocess.txt"
    lines = [f"{key}={text}" for key, text in keys.items() if text is not None]
    path.write_text("\n".join(["[property]", *lines, user, groups]))
    return read_regions_file(path)


def box(left: int, top: int, width: int, height: int) -> Rectangle:
    return Rectangle(left=left, top=top, width=width, height=height)


def test_the_samples_file_says_what_is_prepared_and_how(tmp_path: Path) -> None:
    settings = read(tmp_path, maintain_aspect_ratio="1", symmetric_padding="1")
    assert settings.targets == {1, 2}
    assert (settings.tensor.name, settings.tensor.dtype) == ("input", "float32")
    prepared = settings.tensor.input
    assert (prepared.colours, prepared.factor, prepared.offsets) == (ColourFormat.BGR, 0.5, (1.0, 2.0, 3.0))
    assert (prepared.dims, prepared.scaling_filter, prepared.channels_last) == ((3, 16, 32), 1, False)
    assert prepared.maintain_aspect_ratio
    assert prepared.symmetric_padding
    assert settings.regions(0, 0) == (box(1, 2, 3, 4), box(5, 6, 7, 8))
    assert settings.regions(0, 1) == (box(0, 0, 9, 9),)
    assert settings.regions(0, 2) == (), "no group is for this source"
    assert settings.groups[0].shown == (0.0, 1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "key", [key for key in PROPERTY if key.startswith(("network", "tensor-d", "tensor-n", "cust"))]
)
def test_a_file_without_a_key_that_nvidia_needs_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigurationError, match=key):
        read(tmp_path, **{key: None})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"custom_lib_path": "/opt/libmine.so"}, "libmine.so"),
        ({"custom_tensor_preparation_function": "Mine"}, "Mine"),
        ({"network_input_order": "2"}, "custom orders"),
        ({"tensor_data_type": "7"}, "64-bit"),
        ({"processing_width": "64"}, "processing-width"),
        ({"network_input_shape": "4;3;8;16;32"}, "4 dimensions"),
        ({"groups": f"{GROUP}custom-input-transformation-function=Mine\n"}, "Mine"),
    ],
)
def test_what_native_code_would_do_is_refused(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    with pytest.raises(NotSimulatedError, match=words):
        read(tmp_path, **changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"user": ""}, "pixel-normalization-factor"),
        ({"groups": ""}, "no \\[group"),
        ({"groups": "[group-0]\nprocess-on-roi=1\nroi-params-src-0=0;0;1;1\n"}, "src-ids"),
        ({"groups": "[group-0]\nsrc-ids=0\nprocess-on-roi=1\n"}, "roi-params-src"),
        ({"groups": "[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0=0;0;1\n"}, "for each region"),
        ({"groups": "[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-color=1;0\nroi-params-src-0=0;0;1;1\n"}, "roi-color"),
    ],
)
def test_a_file_that_nvidia_refuses_is_refused(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read(tmp_path, **changed)


def test_one_group_may_be_for_all_sources_and_another_for_one(tmp_path: Path) -> None:
    groups = (
        "[group-0]\nsrc-ids=-1\nprocess-on-roi=1\nroi-params-src-0=1;1;2;2\ninterval=3\ndraw-roi=0\n"
        "[group-1]\nsrc-ids=4\nprocess-on-roi=0\nroi-color=1;0;0;1\n"
    )
    settings = read(tmp_path, groups)
    assert settings.regions(0, 0) == settings.regions(0, 7) == (box(1, 1, 2, 2),)
    assert settings.regions(0, 4) == (), "source 4 belongs to the second group"
    assert settings.regions(1, 4) == (None,), "the whole frame"
    assert (settings.groups[0].interval, settings.groups[0].shown, settings.groups[1].shown) == (3, None, (1, 0, 0, 1))


def test_a_source_of_a_group_without_regions_of_its_own_is_an_error(tmp_path: Path) -> None:
    settings = read(tmp_path, "[group-0]\nsrc-ids=0;1\nprocess-on-roi=1\nroi-params-src-0=1;1;2;2\n")
    with pytest.raises(ConfigurationError, match="Source ID = 1 not found"):
        settings.regions(0, 1)


def test_objects_are_chosen_by_class_size_and_region(tmp_path: Path) -> None:
    groups = (
        "[group-0]\nsrc-ids=-1\nprocess-on-all-objects=1\noperate-on-class-ids=2;3\n"
        "input-object-min-width=10\ninput-object-max-height=20\n"
    )
    settings = read(tmp_path, groups, process_on_frame="0", operate_on_gie_id="6")
    limits = settings.groups[0].objects
    assert (limits.component_id, limits.class_ids, limits.min_width, limits.max_height) == (6, {2, 3}, 10, 20)
    assert settings.regions(0, 5) == (None,)
    assert settings.groups[0].shown == (0.0, 1.0, 1.0, 1.0)
