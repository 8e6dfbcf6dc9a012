"""How long work is shown: bars and a moving line on a terminal, plain lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from azdacli.cli import console
from azdacli.cli.shown import shown as shown_text
from azdacli.events import Listener, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

# Seconds between two plain lines about the same transfer.
_PLAIN_PAUSE = 5.0
_LONGEST_LINE = 200
# What an engine says of a layer before anything happens to it.
_IDLE = ("Waiting", "Preparing")
_STEP = 1000  # of decimal units


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
    """Pass chunks on and report to the listener how many bytes went by."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        listener(Progress(text="sending", item=item, done=min(done, total), total=total))


def size(count: float) -> str:
    """Write a number of bytes for a reader: `512 B`, `4.2 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < _STEP or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


class _Plain:
    """Lines for logs: every step and line of a build, and a transfer's start, end and now and then between."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, float]] = {}
        self._began: dict[str, tuple[float, int]] = {}

    def hear(self, news: Progress) -> None:
        if not news.item or news.item == "step":
            console.note(_short(news.text))
            return
        if news.text in _IDLE:
            return
        now = time.monotonic()
        text, when = self._said.get(news.item, ("", 0.0))
        if text != news.text:  # another phase, with a speed of its own; an upload that goes on begins in the middle
            self._began[news.item] = (now, news.done or 0)
        if news.text != text or now - when > _PLAIN_PAUSE:
            self._said[news.item] = (news.text, now)
            begins = text != news.text and news.total and news.done is not None and news.done < news.total
            amount = f" {size(news.total or 0)}" if begins else _amount(news, *self._since(news.item, now))
            console.note(f"{news.item}: {news.text}{amount}")

    def _since(self, item: str, now: float) -> tuple[float, int]:
        """How long a phase has been running, and with how many bytes it began."""
        when, done = self._began.get(item, (now, 0))
        return now - when, done


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…"


def _amount(news: Progress, seconds: float, already: int) -> str:
    if news.done is None or not news.total:
        return ""
    text = f" {size(news.done)} of {size(news.total)}"
    if news.done > already and seconds > 1 and news.done < news.total:
        text += f", {seconds * (news.total - news.done) / (news.done - already):.0f} s left"
    return text


class Rows:
    """A bar for each transfer.

    Args:
        transfers: Rich's bars.
    """

    def __init__(self, transfers: "Bars") -> None:
        self._transfers = transfers
        self._rows: dict[str, TaskID] = {}
        self._phases: dict[str, str] = {}

    def hear(self, news: Progress) -> None:
        """Move a bar; another phase begins with a speed of its own, and where an earlier run got to."""
        if news.text in _IDLE or not (news.total or news.item in self._rows):
            return
        if news.item not in self._rows:
            self._rows[news.item] = self._transfers.add_task("", total=news.total)
        row = self._rows[news.item]
        if news.total and self._phases.setdefault(news.item, news.text) != news.text:
            self._phases[news.item] = news.text
            self._transfers.reset(row, total=news.total, completed=news.done or 0)
        task = next(task for task in self._transfers.tasks if task.id == row)
        done = news.done if news.done is not None else task.total or 0
        self._transfers.update(row, description=shown_text(f"{news.item} {news.text}"), completed=done)


@contextlib.contextmanager
def _bars() -> Iterator[Listener]:
    from rich.console import Console, Group  # heavy, and only a terminal needs it
    from rich.live import Live  # same
    from rich.progress import (  # same
        BarColumn,
        DownloadColumn,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars  # same

    out = Console(stderr=True, no_color=not console.coloured())
    text = TextColumn("{task.description}", markup=False)
    doing = Bars(SpinnerColumn(), text)
    transfers = Bars(text, BarColumn(), DownloadColumn(), TimeRemainingColumn())
    now = doing.add_task("")
    rows = Rows(transfers)

    def hear(news: Progress) -> None:
        if news.item == "step":
            out.print(_short(shown_text(news.text)), markup=False, highlight=False)
        if news.item in ("", "step"):
            doing.update(now, description=shown_text(news.text)[: max(20, out.width - 4)])
        else:
            rows.hear(news)

    with Live(Group(doing, transfers), console=out, transient=True):
        yield hear


class MovingLine:
    """A line about work that goes on, on standard error."""

    def __init__(self) -> None:
        self._moving = sys.stderr.isatty()
        self._last = time.monotonic()
        self._shown = False

    def show(self, line: str) -> None:
        """Put it in the place of the last one."""
        if self._moving:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._shown = True
        elif time.monotonic() - self._last > _PLAIN_PAUSE:
            self._last = time.monotonic()
            console.note(line)

    def note(self, line: str) -> None:
        """Print a line that stays."""
        self.clear()
        console.note(line)

    def clear(self) -> None:
        """Take the moving line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False
