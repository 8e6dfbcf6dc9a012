"""What NVIDIA's samples ask CUDA on a machine without a GPU."""

import pytest
from cuda import cuda, cudart


def test_the_question_of_the_samples_is_answered_with_no_device() -> None:
    (result,) = cuda.cuInit(0)
    assert (result == cuda.CUresult.CUDA_SUCCESS, result.name) == (False, "CUDA_ERROR_NO_DEVICE")
    assert cuda.cuDeviceGetCount() == (cuda.CUresult.CUDA_ERROR_NOT_INITIALIZED, 0)
    assert cudart.cudaGetDeviceCount() == (cudart.cudaError_t.cudaErrorNoDevice, 0)
    assert cudart.cudaGetDeviceProperties(0) == (cudart.cudaError_t.cudaErrorNoDevice, None)


@pytest.mark.parametrize(("module", "name"), [(cuda, "cuMemAlloc"), (cudart, "cudaMalloc")])
def test_whatever_needs_a_device_says_so(module: object, name: str) -> None:
    with pytest.raises(RuntimeError, match=f"cuda\\..*\\.{name}\\(\\) needs a GPU, and the simulator has none"):
        getattr(module, name)(64)


def test_what_python_itself_looks_for_is_not_there() -> None:
    assert not hasattr(cuda, "__path__")
