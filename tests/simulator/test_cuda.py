"""What NVIDIA's samples ask CUDA on a machine without a GPU."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cuda import cuda, cudart
from cuda.bindings import driver, runtime

PACKAGES = Path(__file__).parents[2] / "docker-build" / "simulator" / "site-packages"


@pytest.mark.parametrize(("older", "newer"), [(cuda, cudart), (driver, runtime)])
def test_the_question_of_the_samples_is_answered_with_no_device(older: Any, newer: Any) -> None:
    (result,) = older.cuInit(0)
    assert (result == driver.CUresult.CUDA_SUCCESS, result.name) == (False, "CUDA_ERROR_NO_DEVICE")
    assert cuda.cuDeviceGetCount() == (driver.CUresult.CUDA_ERROR_NOT_INITIALIZED, 0)
    assert newer.cudaGetDeviceCount() == (runtime.cudaError_t.cudaErrorNoDevice, 0)
    assert cudart.cudaGetDeviceProperties(0) == (runtime.cudaError_t.cudaErrorNoDevice, None)


@pytest.mark.parametrize(
    ("module", "name"),
    [(cuda, "cuMemAlloc"), (cudart, "cudaMalloc"), (driver, "cuMemAlloc"), (runtime, "cudaMalloc")],
)
def test_whatever_needs_a_device_says_so(module: object, name: str) -> None:
    with pytest.raises(RuntimeError, match=f"cuda\\..*\\.{name}\\(\\) needs a GPU, and the simulator has none"):
        getattr(module, name)(64)


def test_what_python_itself_looks_for_is_not_there() -> None:
    assert not hasattr(cuda, "__path__")


def test_other_packages_of_the_name_are_found_beside_the_simulated_one(tmp_path: Path) -> None:
    for folder, text in (("cuda/pathfinder", "answer = 1"), ("cuda/bindings/nvrtc", "answer = 2")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").write_text(text)
    program = (
        "import cuda.pathfinder, cuda.bindings.nvrtc; from cuda.bindings import driver; "
        "print(cuda.pathfinder.answer, cuda.bindings.nvrtc.answer, *driver.cuInit(0))"
    )
    path = f"import sys; sys.path[:0] = [{str(PACKAGES)!r}, {str(tmp_path)!r}]; "
    done = subprocess.run([sys.executable, "-c", path + program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1 2 100\n", "")
