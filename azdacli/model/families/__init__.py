"""The families of models, each known by the layout of its outputs."""
