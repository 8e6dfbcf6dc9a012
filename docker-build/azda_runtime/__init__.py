"""The pipeline runtime that every image carries."""
