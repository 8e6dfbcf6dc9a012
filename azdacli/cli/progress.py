"""How long work is shown: bars and a moving line on a terminal, plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator

from azdacli.cli import console
from azdacli.cli.shown import shown as shown_text
from azdacli.events import Listener, Progress

# Seconds between two plain lines about the same transfer.
_PLAIN_PAUSE = 5.0
_LONGEST_LINE = 200
# What an engine says of a layer before anything happens to it.
_IDLE = ("Waiting", "Preparing")


@contextlib.contextmanager
def shown(*, quiet: bool = False) -> Iterator[Listener]:
    """Give a listener that shows what it hears on stderr, for as long as the block runs."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bars() as listener:
            yield listener
    else:
        yield _Plain().hear


def counted(chunks: Iterable[bytes], total: int, listener: Listener, *, item: str) -> Iterator[bytes]:
    """Pass chunks on and tell the listener how many bytes went by."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        listener(Progress(text="sending", item=item, done=min(done, total), total=total))


def size(count: float) -> str:
    """Write a number of bytes for a reader: `512 B`, `4.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000 or unit == "GB":  # noqa: PLR2004 # decimal units
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


class _Plain:
    """Lines for logs: every step and line of a build, and a transfer's start, end and now and then between."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, float]] = {}
        self._started: dict[str, float] = {}

    def hear(self, news: Progress) -> None:
        if not news.item or news.item == "step":
            console.note(_short(news.text))
            return
        if news.text in _IDLE:
            return
        now = time.monotonic()
        text, when = self._said.get(news.item, ("", 0.0))
        started = self._started.setdefault(news.item, now)
        if news.text != text or now - when > _PLAIN_PAUSE:
            self._said[news.item] = (news.text, now)
            begins = text != news.text and news.total and news.done is not None and news.done < news.total
            amount = f" {size(news.total or 0)}" if begins else _amount(news, now - started)
            console.note(f"{news.item}: {news.text}{amount}")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…"


def _amount(news: Progress, seconds: float) -> str:
    if news.done is None or not news.total:
        return ""
    text = f" {size(news.done)} of {size(news.total)}"
    if news.done and seconds > 1 and news.done < news.total:
        text += f", {seconds * (news.total - news.done) / news.done:.0f} s left"
    return text


@contextlib.contextmanager
def _bars() -> Iterator[Listener]:
    from rich.console import Console, Group  # heavy, and only a terminal needs it
    from rich.live import Live  # same
    from rich.progress import (  # same
        BarColumn,
        DownloadColumn,
        SpinnerColumn,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars  # same

    out = Console(stderr=True, no_color=not console.coloured())
    text = TextColumn("{task.description}", markup=False)
    doing = Bars(SpinnerColumn(), text)
    transfers = Bars(text, BarColumn(), DownloadColumn(), TimeRemainingColumn())
    now = doing.add_task("")
    rows: dict[str, TaskID] = {}

    def hear(news: Progress) -> None:
        if news.item == "step":
            out.print(_short(shown_text(news.text)), markup=False, highlight=False)
        if news.item in ("", "step"):
            doing.update(now, description=shown_text(news.text)[: max(20, out.width - 4)])
        elif news.text not in _IDLE and (news.total or news.item in rows):
            if news.item not in rows:
                rows[news.item] = transfers.add_task("", total=news.total)
            row = rows[news.item]
            done = news.done if news.done is not None else transfers.tasks[row].total or 0
            transfers.update(row, description=shown_text(f"{news.item} {news.text}"), completed=done)

    with Live(Group(doing, transfers), console=out, transient=True):
        yield hear
