"""Run as a program: a module of IoT Edge that does as its standard input says, and tells all that it sees.

Takes a line of JSON per command: `{"send": text}`, `{"many": [text, …]}`, `{"report": state}`, `{"threads": true}`,
`{"client": true}`, `{"traffic": true}`, `{"close": true}`. A second argument is the file where messages wait.
Prints one per event. SIGTERM closes too. It ends as a module ends, by returning.
"""

import json
import logging
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import azure.iot.device
from azda_runtime.hub.base import Arrival, InputMessage
from azda_runtime.hub.disk import DiskSpace
from azda_runtime.hub.iot_edge import IotEdgeHub, Limits
from azda_runtime.log import RateFilter

printing = threading.Lock()


def say(**event: Any) -> None:
    with printing:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


class Told(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(reported=self.format(record))


def take(arrival: Arrival) -> None:
    if isinstance(arrival, InputMessage):
        say(input=arrival.input, text=arrival.text.decode())
    else:
        say(desired=arrival.properties)


def main() -> None:
    handler = Told()
    handler.addFilter(RateFilter())
    logging.getLogger("azda_runtime").addHandler(handler)
    logging.getLogger("azda_runtime").setLevel(logging.INFO)
    space = DiskSpace(file=Path(sys.argv[2]), size=2**26) if sys.argv[2:] else None
    hub = IotEdgeHub(limits=Limits(**json.loads(sys.argv[1])), space=space)
    signal.signal(signal.SIGTERM, lambda *_: os.close(sys.stdin.fileno()))
    hub.open(take)
    say(opened=True)
    try:
        for line in sys.stdin:
            command = json.loads(line)
            for text in command.get("many", []):
                hub.send(text)
            if "send" in command:
                hub.send(command["send"])
            if "report" in command:
                hub.report(command["report"])
            if "threads" in command:
                say(threads=threading.active_count())
            if "traffic" in command:
                say(traffic=asdict(hub.traffic()))
            if "client" in command:
                location = Path(azure.iot.device.__file__).parents[3]
                say(client=[azure.iot.device.constant.VERSION, str(location)])
            if "close" in command:
                break
    except (OSError, ValueError):
        pass  # SIGTERM
    hub.close()
    say(closed=True)


if __name__ == "__main__":
    main()
