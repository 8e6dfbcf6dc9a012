"""One file about a run that can be mailed: the picture, counts, a plot, the parsers and what failed."""

import base64
import html
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from azdacli.view.library import Library

_LARGEST = 8 << 20
"""Bytes of a video that are put into the file; mail servers refuse what is much larger."""
_COLOURS = ("#d1495b", "#00798c", "#b8860b", "#3066be", "#8f3f97", "#4f772d")
_WIDTH, _HEIGHT = 800, 160


def page(library: Library, number: int = 0) -> str:
    """Write the report of a clip.

    Args:
        library: With the clip; its messages are read to their end.
        number: Which clip.

    Returns:
        A page of HTML that needs no other file and asks nobody for anything.
    """
    clip = library.clips[number]
    index = library.index(number)
    index.wait()
    about = library.about(number)
    title = html.escape(f"azdacli: {clip.name}")
    style = (files("azdacli") / "data" / "view" / "report.css").read_text(encoding="utf-8")
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{style}</style></head>",
        f"<body><h1>{html.escape(clip.name)}</h1>",
        _media(library, number),
        _table("Objects", about["labels"].items()),
        _plot(about),
        *_run(about["run"]),
        f"<p>{about['messages']} messages over {about['end']:.2f} seconds.</p></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _media(library: Library, number: int) -> str:
    clip = library.clips[number]
    size = clip.media.stat().st_size
    if size > _LARGEST:
        return f"<p>The video is too large to be part of this file ({size >> 20} MB).</p>"
    data = base64.b64encode(clip.media.read_bytes()).decode()
    if clip.is_still:
        return f'<img alt="The picture of the run" src="data:image/png;base64,{data}">'
    note = "" if clip.drawn else "<p>The video is without boxes: they stand in the messages.</p>"
    return f'<video controls muted src="data:video/mp4;base64,{data}"></video>{note}'


def _table(title: str, rows: Iterable[tuple[Any, Any]]) -> str:
    lines = "".join(
        f"<tr><td>{html.escape(str(name))}</td><td>{html.escape(str(value))}</td></tr>" for name, value in rows
    )
    return f"<h2>{html.escape(title)}</h2><table>{lines or '<tr><td>none</td></tr>'}</table>"


def _plot(about: dict[str, Any]) -> str:
    timeline, labels = about["timeline"], list(about["labels"])[: len(_COLOURS)]
    most = max([1, *(count for part in timeline for count in part.values())])
    lines = []
    for label, colour in zip(labels, _COLOURS, strict=False):
        heights = [_HEIGHT - 4 - part.get(label, 0) / most * (_HEIGHT - 12) for part in timeline]
        points = " ".join(f"{(at + 0.5) / len(heights) * _WIDTH:.1f},{high:.1f}" for at, high in enumerate(heights))
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>')
    legend = ", ".join(
        f'<span style="color: {colour}">{html.escape(label)}</span>'
        for label, colour in zip(labels, _COLOURS, strict=False)
    )
    drawing = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Objects over time">{"".join(lines)}</svg>'
    if not labels:
        return ""
    return f"<h2>Objects over time</h2>{drawing}<p>{legend}; at most {most} at once</p>"


def _run(run: Mapping[str, list[str]]) -> list[str]:
    facts, troubles = run["facts"], run["troubles"]
    parts = ["<h2>The run</h2>" + "".join(f"<p>{html.escape(each)}</p>" for each in facts)] if facts else []
    if troubles:
        parts.append("<h2>What went wrong</h2>" + "".join(f"<pre>{html.escape(each)}</pre>" for each in troubles))
    return parts
