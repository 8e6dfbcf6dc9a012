"""Plays the one pipeline of a settings file and records it by orders that are tied to its pictures; prints JSON.

An order is `PICTURE:VERB`, such as `30:start`: what is to happen when that many pictures were encoded (0: before it
plays). Verbs: start, stop, length=SECONDS, crash (SIGKILL to itself). SIGTERM ends it as it ends the runtime.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from azda_runtime.configuration import read_configuration
from azda_runtime.gst.initialize import start
from azda_runtime.gst.player import Player
from azda_runtime.gst.probe import tap
from azda_runtime.gst.recorder import Recorder
from azda_runtime.log import configure
from azda_runtime.plan import Planning, Platform
from azda_runtime.settings import loads
from azda_runtime.settings.recording import RecordingOptions
from azda_runtime.worker.prepare import prepare


class Driver:
    """One pipeline with its recorder."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.orders: dict[int, list[str]] = {}
        for order in options.orders:
            picture, _, verb = order.partition(":")
            self.orders.setdefault(int(picture), []).append(verb)
        self.pictures = self.sent = self.messages = 0
        self.states: list[Any] = []
        configure()
        start()
        [pipeline] = loads(options.settings.read_bytes()).settings.pipelines
        planning = Planning(
            platform=Platform.of("cpu", has_encoder=False),
            read=lambda path: read_configuration(Path(path)),
            rtp_port=options.rtp_port or None,
            loop_files=options.loop,
        )
        self.started = prepare(pipeline, planning, self.send)
        cut = RecordingOptions(segment_seconds=options.length, stop_after_seconds=options.stop_after)
        inner = self.started.playing.pipeline
        self.recorder = Recorder(options.id or pipeline.id, inner, "picture", options.folder, cut)
        if options.rtp_port:
            tap(inner.get_by_name("picture").get_static_pad("sink"), self.count)
            tap(inner.get_by_name("rtp-queue").get_static_pad("src"), self.count_sent)

    def send(self, message: str) -> None:
        self.messages += 1
        self.recorder.take(message)

    def count(self, _buffer: Any) -> None:
        self.pictures += 1
        self.obey(self.pictures)

    def count_sent(self, _buffer: Any) -> None:
        self.sent += 1

    def obey(self, picture: int) -> None:
        for verb in self.orders.get(picture, []):
            name, _, value = verb.partition("=")
            if name == "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            elif name == "length":
                self.recorder.configure(RecordingOptions(segment_seconds=int(value), stop_after_seconds=0))
            else:
                getattr(self.recorder, name)()

    def look(self) -> None:
        state = self.recorder.state.as_json()
        if self.states[-1:] != [state]:
            self.states.append(state)
            print(json.dumps(state), flush=True)

    def run(self) -> None:
        self.obey(0)
        Player([self.started.playing], tick=self.look).play()
        self.recorder.finish()
        failure = self.started.playing.failure
        self.look()
        report = {"pictures": self.pictures, "sent": self.sent, "messages": self.messages, "states": self.states}
        print(json.dumps({**report, "failure": failure and str(failure)}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("orders", nargs="*")
    parser.add_argument("--length", type=int, default=1)
    parser.add_argument("--stop-after", type=int, default=0)
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--id", default="")
    parser.add_argument("--rtp-port", type=int, default=5999)
    Driver(parser.parse_args()).run()
    sys.exit(0)
