"""A configured model on many pictures, outside any pipeline: what `azdacli evaluate` starts as child processes."""
