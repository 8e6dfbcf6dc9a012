"""What is read of a model: its parts, its family, what it wants before it, and what a release will not take."""
