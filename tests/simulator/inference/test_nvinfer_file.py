"""nvinfer's own configuration files become checked values."""

from pathlib import Path

import pytest
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.inference.nvinfer_file import read_nvinfer_file
from simulator.inference.settings import (
    FOREVER,
    ClusterMode,
    ColourFormat,
    FunctionKind,
    InferSettings,
    NativeFunction,
    NetworkType,
    ProcessMode,
)

from dsconfig.keys import CLASS_ATTRIBUTES, PROPERTY
from tests.simulator.inference.conftest import WriteFile

ONNX = "[property]\nonnx-file=m.onnx\n"
COMPAT = Path(__file__).parents[4] / "shared" / "compat" / "nvinfer-configs"


def test_an_empty_file_has_nvinfers_defaults(write: WriteFile, tmp_path: Path) -> None:
    settings = read_nvinfer_file(write(ONNX))
    assert settings == InferSettings(model=tmp_path / "m.onnx")
    assert (settings.unique_id, settings.batch_size, settings.input.factor) == (15, 1, 1.0)
    assert settings.objects.reinfer_interval == FOREVER


def test_a_secondary_classifier_is_read_whole(write: WriteFile, tmp_path: Path) -> None:
    text = (
        f"{ONNX}gie-unique-id=2\nprocess-mode=2\nnetwork-type=1\nlabelfile-path=labels.txt\nmodel-color-format=1\n"
        "batch-size=16\nnet-scale-factor=0.5\noffsets=1;2.5;3\noperate-on-gie-id=1\noperate-on-class-ids=0;2;\n"
        "input-object-min-width=64\nclassifier-threshold=0.51\nmaintain-aspect-ratio=1\nsymmetric-padding=true\n"
        "scaling-filter=1\nnetwork-input-order=1\ninfer-dims=3;24;94\nsecondary-reinfer-interval=9\n"
    )
    settings = read_nvinfer_file(write(text))
    assert (settings.unique_id, settings.process_mode, settings.network_type) == (
        2,
        ProcessMode.OBJECTS,
        NetworkType.CLASSIFIER,
    )
    assert settings.labels == tmp_path / "labels.txt"
    assert settings.input.colours is ColourFormat.BGR
    assert settings.input.offsets == (1.0, 2.5, 3.0)
    assert settings.input.dims == (3, 24, 94)
    assert settings.input.channels_last
    assert settings.input.symmetric_padding
    assert settings.objects.class_ids == {0, 2}
    assert (settings.objects.min_width, settings.objects.reinfer_interval) == (64, 9)
    assert settings.classes == ()


def test_a_class_takes_its_own_attributes_over_those_of_all(write: WriteFile) -> None:
    text = (
        f"{ONNX}num-detected-classes=2\ncluster-mode=2\n[class-attrs-all]\npre-cluster-threshold=0.4\ntopk=5\n"
        "[class-attrs-1]\npre-cluster-threshold=0.9\nborder-color=0;1;0;1\n"
    )
    settings = read_nvinfer_file(write(text))
    assert settings.cluster_mode is ClusterMode.NMS
    assert [(one.pre_cluster_threshold, one.topk) for one in settings.classes] == [(0.4, 5), (0.9, 5)]
    assert settings.classes[1].border_colour == (0, 1, 0, 1)


def test_yaml_and_key_file_say_the_same(write: WriteFile) -> None:
    keys = "onnx-file: m.onnx\n  infer-dims: 3;8;8\n  num-detected-classes: 1\n  offsets: 1;2;3"
    yaml = write(f"property:\n  {keys}\nclass-attrs-all:\n  topk: 3\n", "config.yml")
    text = write(f"{ONNX}infer-dims=3;8;8\nnum-detected-classes=1\noffsets=1;2;3\n[class-attrs-all]\ntopk=3\n")
    assert read_nvinfer_file(yaml) == read_nvinfer_file(text)


def test_properties_of_the_element_replace_keys_of_the_file(write: WriteFile) -> None:
    settings = read_nvinfer_file(write(f"{ONNX}batch-size=4\n"), {"batch-size": "8", "gie-unique-id": "3"})
    assert (settings.batch_size, settings.unique_id) == (8, 3)


def test_unknown_keys_are_reported_in_nvidias_words(write: WriteFile) -> None:
    notices = read_nvinfer_file(
        write(f"{ONNX}parse-func=4\nnum-detected-classes=1\n[class-attrs-all]\nfoo=1\n")
    ).notices
    assert notices == (
        "Unknown or legacy key specified 'parse-func' for group [property]",
        "Unknown key 'foo' for group [class-attrs-all]",
    )


def test_keys_that_only_key_files_know_are_unknown_in_yaml(write: WriteFile) -> None:
    yaml = write("property:\n  onnx-file: m.onnx\n  is-classifier: 1\n", "config.yaml")
    settings = read_nvinfer_file(yaml)
    assert settings.network_type is NetworkType.DETECTOR
    assert settings.notices == ("Unknown or legacy key specified 'is-classifier' for group [property]",)


def test_legacy_keys_become_todays(write: WriteFile) -> None:
    settings = read_nvinfer_file(write(f"{ONNX}is-classifier=1\nenable-dbscan=1\ninput-dims=3;8;16;0\n"))
    assert settings.network_type is NetworkType.CLASSIFIER
    assert settings.cluster_mode is ClusterMode.DBSCAN
    assert settings.input.dims == (3, 8, 16)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("batch-size=0", "batch-size"),
        ("batch-size=1025", "batch-size"),
        ("gie-unique-id=0", "gie-unique-id"),
        ("process-mode=3", "process-mode"),
        ("network-type=4", "network-type"),
        ("cluster-mode=-1", "cluster-mode"),
        ("scaling-filter=7", "scaling-filter"),
        ("infer-dims=3;8", "infer-dims"),
        ("infer-dims=3;0;8", "infer-dims"),
        ("offsets=1;2;3;4;5", "offsets"),
        ("offsets=1;2", "offsets"),
        ("net-scale-factor=1,5", "net-scale-factor"),
        ("maintain-aspect-ratio=yes", "maintain-aspect-ratio"),
        ("classifier-threshold=-0.1", "classifier-threshold"),
        ("interval=-1", "interval"),
        ("num-detected-classes=1\n[class-attrs-1]\ntopk=1", "class-attrs-1"),
        ("num-detected-classes=1\n[class-attrs-x]\ntopk=1", "class-attrs-x"),
        ("num-detected-classes=1\n[class-attrs-all]\nnms-iou-threshold=1.1", "nms-iou-threshold"),
        ("num-detected-classes=1\n[class-attrs-all]\ntopk=-1", "topk"),
        ("num-detected-classes=1\n[class-attrs-all]\nborder-color=1;0;0", "border-color"),
    ],
)
def test_a_bad_value_is_refused_with_its_key(write: WriteFile, line: str, key: str) -> None:
    with pytest.raises(ConfigurationError, match=key):
        read_nvinfer_file(write(f"{ONNX}{line}\n"))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("[property]\ntlt-encoded-model=m.etlt\n", "ONNX"),
        ("[property]\nmodel-engine-file=m.engine\n", "ONNX"),
        ("[property]\nmodel-file=m.caffemodel\nproto-file=m.prototxt\n", "ONNX"),
        ("[property]\nuff-file=m.uff\n", "ONNX"),
        ("[property]\ncustom-lib-path=l.so\nengine-create-func-name=F\n", "onnx-file"),
        (f"{ONNX}network-type=2\nparse-segmentation-func-name=F\ncustom-lib-path=l.so\n", "network-type=100"),
        (f"{ONNX}dump-input-tensor=1\n", "dump-input-tensor=0"),
    ],
)
def test_what_needs_nvidias_libraries_is_refused_with_advice(write: WriteFile, text: str, advice: str) -> None:
    with pytest.raises(NotSimulatedError) as refused:
        read_nvinfer_file(write(text))
    assert refused.value.hint is not None
    assert advice in refused.value.hint


@pytest.mark.parametrize(
    ("network", "key", "kind"),
    [
        (0, "parse-bbox-func-name", FunctionKind.BOXES),
        (1, "parse-classifier-func-name", FunctionKind.ATTRIBUTES),
        (3, "parse-bbox-instance-mask-func-name", FunctionKind.INSTANCES),
    ],
)
def test_a_native_parser_is_the_function_of_its_network_type(
    write: WriteFile, tmp_path: Path, network: int, key: str, kind: FunctionKind
) -> None:
    own = f"{ONNX}network-type={network}\ncluster-mode=4\ncustom-lib-path=../l.so\n{key}=F\n"
    settings = read_nvinfer_file(write(own))
    assert settings.native == NativeFunction(library=tmp_path / ".." / "l.so", name="F", kind=kind)
    assert not any("custom-lib-path" in notice for notice in settings.notices)
    other = f"{ONNX}network-type={100 if network else 1}\ncustom-lib-path=l.so\n{key}=F\n"
    assert read_nvinfer_file(write(other)).native is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parse-bbox-func-name=F", "names F, and no custom-lib-path names its library"),
        ("network-type=3\ncluster-mode=4", "network-type=3 has no built-in parser"),
        (
            "network-type=3\ncluster-mode=2\ncustom-lib-path=l.so\nparse-bbox-instance-mask-func-name=F",
            "Invalid cluster mode for instance mask detection",
        ),
    ],
)
def test_a_native_parser_that_nvinfer_would_not_find_or_call_is_refused(
    write: WriteFile, text: str, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_nvinfer_file(write(f"{ONNX}{text}\n"))


def test_a_function_that_builds_the_engine_is_ignored_beside_an_onnx_file(write: WriteFile) -> None:
    text = f"{ONNX}engine-create-func-name=NvDsInferYoloCudaEngineGet\ncustom-lib-path=l.so\n"
    assert any("'engine-create-func-name' is ignored" in each for each in read_nvinfer_file(write(text)).notices)


def test_an_engine_beside_an_onnx_file_is_ignored_with_a_notice(write: WriteFile) -> None:
    assert "model-engine-file" in read_nvinfer_file(write(f"{ONNX}model-engine-file=m.engine\n")).notices[0]


@pytest.mark.parametrize("text", ["[other]\na=1\n", "", "[property]\n"])
def test_a_file_without_property_or_model_is_refused(write: WriteFile, text: str) -> None:
    with pytest.raises(ConfigurationError):
        read_nvinfer_file(write(text))


def test_the_tables_know_every_key_of_deepstream_9() -> None:
    assert len(PROPERTY) == 80
    assert len(CLASS_ATTRIBUTES) == 17


@pytest.mark.skipif(not COMPAT.is_dir(), reason="the folder of real-life configurations is not beside this checkout")
@pytest.mark.parametrize("name", ["bodypose2d_pgie_config.txt", "pgie_config.txt", "sgie1_config.txt"])
def test_real_life_files_read_with_an_onnx_model_in_place_of_theirs(name: str, tmp_path: Path) -> None:
    settings = read_nvinfer_file(COMPAT / name, {"onnx-file": "/m.onnx"})
    assert not [notice for notice in settings.notices if "Unknown" in notice]
