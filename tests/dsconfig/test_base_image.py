"""What is known of files that the base image has, and that no list names."""

import pytest

from dsconfig.base_image import BaseImage

SDK = "/opt/nvidia/deepstream/deepstream"
BASE = BaseImage(release="7.1", own=frozenset({"assets.json", "azda_runtime/worker/main.py"}))


@pytest.mark.parametrize(
    "path",
    [
        f"{SDK}/samples/models/Primary_Detector/labels.txt",
        f"{SDK}-7.1/samples/models/Primary_Detector/labels.txt",
        f"{SDK}/lib/libnvds_nvmultiobjecttracker.so",
        f"{SDK}/lib/libnvds_mqtt_proto.so",
        f"{SDK}/lib/libnvds_infercustomparser_tao.so",
        f"{SDK}/samples/configs/deepstream-app/config_tracker_NvDCF_perf.yml",
        f"{SDK}/samples/configs/deepstream-app/config_tracker_NvDCF_accuracy_ReID.yml",
        f"{SDK}/samples/trtis_model_repo/detector",
        f"{SDK}/sources",
        "/opt/nvidia",
        "/opt/nvidia/nsight-systems/x",
        "/opt/tritonserver/backends/onnxruntime",
        "/opt/azda/azda_runtime/worker/main.py",
        "/opt/azda/azda_runtime",
        "/opt/azda/python/numpy/__init__.py",
        "/usr/lib/x.so",
        "/custom-assets/m.onnx",
    ],
)
def test_what_the_base_may_have_is_left_alone(path: str) -> None:
    assert BASE.lack(path) is None


@pytest.mark.parametrize(
    ("path", "says", "hint", "sure"),
    [
        (f"{SDK}-6.4/samples/a.txt", "DeepStream 7.1 has", f"{SDK}/samples/a.txt", True),
        ("/opt/nvidia/deepstream/deepstraem/samples/a", "another release", f"{SDK}/samples/a", True),
        ("/opt/nvidia/deepstrem/deepstream/lib/a.so", "'deepstrem'", "'deepstream'", True),
        (f"{SDK}/sample/models/a.txt", "'sample'", "'samples'", False),
        (f"{SDK}-7.1/samples/model/a.txt", "'model'", "'models'", False),
        (f"{SDK}/samples/configs/deepstream-app/config_tracker_NvDCF_pref.yml", "pref", "NvDCF_perf.yml", False),
        (f"{SDK}/lib/libnvds_nvmultiobjectracker.so", "tracker", "libnvds_nvmultiobjecttracker.so", False),
        (f"{SDK}/lib/libnvds_mot_klt.so", "6.0", "libnvds_nvmultiobjecttracker.so", True),
        ("/opt/azda/azda_runtime/worker/mian.py", "/opt/azda", "worker/main.py", True),
        ("/opt/azda/models/m.onnx", "/opt/azda", "--add", True),
    ],
)
def test_what_it_cannot_have_is_named_with_its_cure(path: str, says: str, hint: str, *, sure: bool) -> None:
    lack = BASE.lack(path)
    assert lack is not None
    assert says in f"{path} {lack.message}"
    assert hint in lack.hint
    assert lack.sure is sure


def test_a_base_of_which_nothing_is_known_has_any_release() -> None:
    assert BaseImage().lack(f"{SDK}-6.4/samples/a.txt") is None
    assert BaseImage().lack("/opt/azda/anything") is None


def test_the_image_without_nvidias_sdk_has_its_libraries_alone() -> None:
    base = BaseImage(release="7.1", deepstream=False)
    assert base.lack(f"{SDK}/lib/libnvds_nvmultiobjecttracker.so") is None
    lack = base.lack(f"{SDK}/samples/models/labels.txt")
    assert lack is not None
    assert "CPU image" in lack.message
