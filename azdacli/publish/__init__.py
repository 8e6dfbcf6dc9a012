"""New layers on an image in a registry, without a container engine."""
