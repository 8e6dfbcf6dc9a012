"""What came of a simulation, for a person and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.simulation.output import Output
from azdacli.util import files as on_disk


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The runtime's report, and where its files are.

    Attributes:
        report: What the runtime says of the pipeline at its end.
        output: The annotated video or picture, and the messages.
    """

    report: Mapping[str, Any]
    output: Output

    @property
    def parser_failures(self) -> int:
        """How many calls of parsers failed."""
        return sum(int(parser["failures"]) for parser in self.report.get("parsers", {}).values())

    @property
    def ok(self) -> bool:
        """Whether frames came, nothing failed, and no call of a parser did."""
        return bool(self.report.get("frames")) and not self.report.get("failure") and not self.parser_failures

    def as_json(self) -> dict[str, Any]:
        """The summary as plain data."""
        return {
            "ok": self.ok,
            **self.report,
            "picture": str(self.output.picture) if self._has_picture() else None,
            "messagesFile": str(self.output.messages) if on_disk.is_file(self.output.messages) else None,
        }

    def text(self) -> str:
        """The summary as a table."""
        rows = [("frames", self._frames()), ("objects", self._objects()), *self._parsers()]
        rows.append(("errors", str(self.parser_failures + bool(self.report.get("failure")))))
        rows.append(("messages", f"{self.report.get('messages', 0)} in {self.output.messages}"))
        if self._has_picture():
            rows.append(("picture", str(self.output.picture)))
        return "\n".join(f"{name:<10}{text}" for name, text in rows)

    def _has_picture(self) -> bool:
        return on_disk.is_file(self.output.picture) and self.output.picture.stat().st_size > 0

    def _frames(self) -> str:
        count = self.report.get("frames", 0)
        width, height = self.report.get("frameSize", (0, 0))
        speed = self.report.get("framesPerSecond")
        return f"{count} of {width} x {height} pixels" + (f", {speed:.1f} per second" if speed else "")

    def _objects(self) -> str:
        counted = sorted(self.report.get("objects", {}).items(), key=lambda item: (-item[1], item[0]))
        return ", ".join(f"{label}: {count}" for label, count in counted) or "none"

    def _parsers(self) -> list[tuple[str, str]]:
        rows = []
        found = any(self.report.get("objects", {}).values())
        for source, reported in self.report.get("parsers", {}).items():
            if not reported["calls"]:
                rows.append(("parser", f"{Path(source).name}: was never called"))
                continue
            times = (
                f"{reported['meanMilliseconds']:.2f} ms per call, the slowest {reported['slowestMilliseconds']:.2f} ms"
            )
            failed = f", {reported['failures']} of {reported['calls']} calls failed" if reported["failures"] else ""
            rows.append(("parser", f"{Path(source).name}: {times}{failed}"))
            rows.extend(("", f"{count} x {reason}") for reason, count in reported["reasons"].items())
            if reported.get("results") and not found:
                rows.append(("results", f"of {reported['results']} whole frames; the last: {reported['lastResult']}"))
            if reported["failures"] or not (found or reported.get("results")):
                rows.extend(("received", _layer(layer)) for layer in reported.get("outputs", ()))
        return rows


def _layer(layer: Mapping[str, Any]) -> str:
    """An output that a parser received, over the whole run."""
    shape = " x ".join(map(str, layer["shape"])) or "one value"
    least, greatest = layer["least"], layer["greatest"]
    values = "no values" if least is None else f"{least:g} to {greatest:g}"
    odd = f", {layer['notFinite']} values NaN or infinite" if layer["notFinite"] else ""
    return f"{layer['name']}: {layer['type']}, {shape}, {values}{odd}"
