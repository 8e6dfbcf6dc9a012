"""A parser run on tensors, outside any pipeline: what `azdacli validate-parser --run` starts as a child process."""
