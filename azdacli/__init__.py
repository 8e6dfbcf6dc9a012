"""Bring your own vision model to NVIDIA DeepStream at the edge."""

__version__ = "0.1.0"
