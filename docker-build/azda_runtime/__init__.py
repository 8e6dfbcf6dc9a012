"""The pipeline runtime that every image carries."""

__version__ = "0.1.0"
