"""What an interpreter has of GStreamer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class GStreamerFacts:
    """What one interpreter has.

    Attributes:
        interpreter: Its path.
        python: Its version; empty when it cannot be used.
        problem: Why it cannot be used.
        binding: Why GStreamer's binding cannot be imported; empty when it can.
        version: GStreamer's.
        packages: Python package -> its version; None where it cannot be imported.
        elements: Element -> whether it is there.
        required: The elements without which nothing runs.
        typelibs: Typelib -> whether it is there.
        loader: Whether GStreamer has its Python loader, which the simulator's elements come through.
        plugins: The list of plugins that GStreamer keeps for it.
        is_managed: Whether the distribution keeps its packages, so that pip refuses to install any (PEP 668).
    """

    interpreter: str
    python: str = ""
    problem: str = ""
    binding: str = ""
    version: str = ""
    packages: Mapping[str, str | None] = field(default_factory=dict)
    elements: Mapping[str, bool] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    typelibs: Mapping[str, bool] = field(default_factory=dict)
    loader: bool = True
    is_managed: bool = False
    plugins: str = ""

    @property
    def lacking_packages(self) -> tuple[str, ...]:
        """The packages that cannot be imported."""
        return tuple(name for name, version in self.packages.items() if version is None)

    @property
    def has_binding(self) -> bool:
        """Whether it can use GStreamer."""
        return not self.problem and not self.binding

    @property
    def is_whole(self) -> bool:
        """Whether nothing that is required is missing."""
        elements = all(self.elements.get(name, False) for name in self.required)
        return self.has_binding and not self.lacking_packages and elements
