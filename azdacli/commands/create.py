"""`azdacli create`."""

from azdacli import console


def create() -> None:
    """Build an image from a model, its configuration and its parser."""
    console.note("under construction")
