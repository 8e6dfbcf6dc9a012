"""Standard streams that the shell closed, that nobody reads any more, or that take nothing."""

import os
import sys
from typing import NoReturn

# What a shell reports for a program that SIGPIPE ended (128 + 13), as most tools are behind `| head`. The signal itself
# stays ignored: it would also end an upload whose registry hangs up.
HUNG_UP = 141
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """Open what the shell closed (`>&-`) on the null device, before another file gets its number and the answer."""
    for number, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is not None:
            continue
        null = os.open(os.devnull, os.O_RDWR)
        if null == number:
            os.set_inheritable(null, True)  # the signature is Python's
        setattr(sys, name, open(null, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 # open until the end


def discard(number: int) -> None:
    """Let what a stream still holds go nowhere: Python writes it out at its end, and would fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


def hang_up() -> NoReturn:
    """End without a word: nobody reads what is printed."""
    discard(1)
    discard(2)
    sys.exit(HUNG_UP)
