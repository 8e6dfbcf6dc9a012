"""DeepStream on a CPU: NVIDIA's elements and `pyds` by name and behaviour, for programs that run unmodified."""
