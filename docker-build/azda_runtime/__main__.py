"""`python3 -m azda_runtime`: finds the subcommand and hands its exit code to the shell.

Exit codes are those of the command line: 0 done, 1 a bug of ours, 2 wrong usage,
4 a parser or a configuration is wrong, 10 a pipeline failed,
141 nobody read the answer (as for any program that SIGPIPE ends).
"""

import os
import sys
from importlib import import_module

from azda_runtime import __version__
from azda_runtime.exit_codes import NOBODY_READS, WRONG_USAGE

# Subcommand -> what it does. Its module is imported when it is asked for, and nothing else is.
COMMANDS = {
    "check": "Look whether the image holds what its configurations and parsers need.",
    "video": "Write a test video whose content is known.",
    "run": "Run the pipelines of a settings file until their videos end or SIGTERM ends them.",
    "serve": "Run pipelines as an edge module does: by a module twin or a settings file, until SIGTERM.",
    "controller": "Send the azdaConfiguration of the module's own twin to the output DeepStream, until SIGTERM.",
    "rtsp-simulator": "Serve the videos of a folder as cameras do, over and over, until SIGTERM.",
    "uploader": "Send recordings to Azure blob storage, and delete here what the service has confirmed.",
    "health": "Check that `serve` does its work, for a container's health check.",
    "settings": "Read an azdaConfiguration on standard input; print what runs and what is wrong.",
}

# What `serve`, `run` and `check` start; not for people.
_INNER = ("worker", "rtsp", "fetch", "load_parser")

# What runs a user's parsers: whatever these start ends with them.
_KEPT = ("worker", "run", "load_parser")


def usage() -> str:
    """List the subcommands."""
    lines = [f"  {name:<14} {what}" for name, what in COMMANDS.items()]
    return "\n".join(["usage: python3 -m azda_runtime COMMAND [OPTION]…", "", *lines, "", "Options: --version, --help"])


def main(arguments: list[str]) -> int:
    """Run one subcommand and return its exit code."""
    name = arguments[0] if arguments else ""
    if name == "--version":
        sys.stdout.write(f"azda_runtime {__version__}\n")
        return 0
    if name in {"--help", "-h"}:
        sys.stdout.write(f"{usage()}\n")
        return 0
    if name not in COMMANDS and name not in _INNER:
        reason = f"error: there is no command {name!r}\n" if name else "error: a command is needed\n"
        sys.stderr.write(f"{reason}{usage()}\n")
        return WRONG_USAGE
    if name in _KEPT:
        import_module("azda_runtime.keeper").keep()
    command = import_module(f"azda_runtime.commands.{name.replace('-', '_')}")
    code: int = command.main(arguments[1:])
    return code


def run() -> int:
    """Run, also when nobody reads the answer to its end."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python's own last flush would complain
        return NOBODY_READS
    return code


if __name__ == "__main__":
    sys.exit(run())
