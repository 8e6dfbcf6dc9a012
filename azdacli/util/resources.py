"""Where our own files are, in a checkout and in an installed wheel."""

from pathlib import Path

from azdacli.bundled import ROOT

DATA = Path(__file__).parent.parent / "data"
TEMPLATES = ROOT / "templates"
DOCKER_BUILD = ROOT / "docker-build"
CHECKOUT = Path(__file__).parents[2]
