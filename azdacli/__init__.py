"""Bring your own vision model to NVIDIA DeepStream at the edge."""

from azdacli.bundled import provide_dsconfig

__version__ = "0.1.0"

provide_dsconfig()
