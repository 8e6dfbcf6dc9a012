"""What an engine knows about an image, in the words of a manifest's checks."""

from azdacli.engine import Engine
from azdacli.errors import EngineError
from azdacli.manifest.images import ImageFacts


class EngineSource:
    """Asks a container engine for images that it holds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def look(self, image: str, *, platform: str | None) -> ImageFacts | None:
        """See `azdacli.manifest.images.ImageSource`; an engine holds one platform per name, whichever was asked for."""
        del platform
        try:
            found = self._engine.inspect(image)
        except EngineError:
            return None
        return ImageFacts.from_labels(found.labels, os=found.os, architecture=found.architecture)
