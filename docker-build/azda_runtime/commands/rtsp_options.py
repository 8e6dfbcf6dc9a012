"""Options about the live video, which `serve` takes and hands on to `rtsp`."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from azda_runtime.rtsp_access import CERTIFICATE, GENERATED, HOST, KEY, PASSWORD

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 # the module network, from inside a container

_IN_IOT_EDGE = "IOTEDGE_WORKLOADURI"
_HIGHEST_PORT = 65_535
_MOST_WATCHERS = 200


def add_rtsp_options(parser: argparse.ArgumentParser) -> None:
    """Add them to the options of `serve`."""
    parser.add_argument(
        "--rtsp-host",
        metavar="ADDRESS",
        default=default_host(os.environ),
        help=f"address to serve video on; default: {HOST}; else the module network in IoT Edge, else {LOOPBACK}",
    )
    parser.add_argument("--rtsp-port", metavar="PORT", type=port, default=8554, help="default: 8554; 0 serves no video")
    parser.add_argument(
        "--rtsp-anonymous", action="store_true", help=f"let everybody look, without the password of {PASSWORD}"
    )
    parser.add_argument(
        "--rtsp-certificate",
        metavar="FILE",
        type=Path,
        help=f"PEM: serve video over TLS; default: {CERTIFICATE}",
    )
    parser.add_argument(
        "--rtsp-key", metavar="FILE", type=Path, help=f"its private key; default: {KEY}, else in the certificate's file"
    )
    parser.add_argument(
        "--rtsp-watchers", metavar="COUNT", type=watchers, default=16, help="so many may look at once; default: 16"
    )


def rtsp_arguments(options: argparse.Namespace, state: Path) -> tuple[str, ...]:
    """The subcommand that serves the video, with its options; empty where no video is served."""
    if not options.rtsp_port:
        return ()
    words = ["rtsp", "--host", options.rtsp_host, "--port", str(options.rtsp_port)]
    words += ["--watchers", str(options.rtsp_watchers)]
    words += ["--anonymous"] if options.rtsp_anonymous else ["--generate", str(state / GENERATED)]
    for name, file in (("--certificate", options.rtsp_certificate), ("--key", options.rtsp_key)):
        words += [name, str(file)] if file else []
    return tuple(words)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a program that is an RTSP server and nothing else."""
    parser.add_argument("--host", default=default_host(os.environ), help=f"the address to listen on; default: {HOST}")
    parser.add_argument("--port", type=port, default=8554, help="default: 8554; 0 lets the system choose")
    parser.add_argument("--anonymous", action="store_true", help=f"let everybody look, without {PASSWORD}")
    parser.add_argument("--certificate", metavar="FILE", type=Path, help="PEM; serve video over TLS")
    parser.add_argument("--key", metavar="FILE", type=Path, help="its private key")
    parser.add_argument("--watchers", type=watchers, default=16, help="so many may look at once; default: 16")


def default_host(environment: Mapping[str, str]) -> str:
    """The default address to serve video on: never beyond the module network or this machine."""
    return environment.get(HOST) or (EVERYWHERE if environment.get(_IN_IOT_EDGE) else LOOPBACK)


def port(text: str) -> int:
    """Read a port."""
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: it goes from 0 to {_HIGHEST_PORT}")
    return int(text)


def watchers(text: str) -> int:
    """Read how many may look at once."""
    if not text.isdecimal() or not 0 < int(text) <= _MOST_WATCHERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count of watchers: it goes from 1 to {_MOST_WATCHERS}")
    return int(text)
