"""A plan in the making: elements are added in a row, each linked to the one before."""

from azda_runtime.plan.values import Element, Link, Probe, ProbeRole, Value


class Assembly:
    """Gathers elements, links and probes."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.links: list[Link] = []
        self.probes: list[Probe] = []

    def add(self, name: str, factory: str, **properties: Value) -> str:
        """Add an element; underscores in the names of its properties stand for hyphens.

        Returns:
            Its name.
        """
        named = tuple((key.replace("_", "-"), value) for key, value in properties.items())
        self.elements.append(Element(name=name, factory=factory, properties=named))
        return name

    def after(self, before: str, name: str, factory: str, **properties: Value) -> str:
        """Add an element behind another and link them.

        Returns:
            Its name.
        """
        self.add(name, factory, **properties)
        self.links.append(Link(source=before, sink=name))
        return name

    def link(self, source: str, sink: str, *, sink_pad: str = "", late: bool = False) -> None:
        """Link two elements that are there."""
        self.links.append(Link(source=source, sink=sink, sink_pad=sink_pad, late=late))

    def probe(self, element: str, role: ProbeRole) -> None:
        """Look at what an element puts out."""
        self.probes.append(Probe(element=element, role=role))
