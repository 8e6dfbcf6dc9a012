"""Configurations of trackers beside those of detectors."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from azdacli.parser_check import source as sources
from azdacli.parser_check.config.settings import Config, Form
from azdacli.parser_check.discover import files_below
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.rules import cross
from dsconfig import tracking
from dsconfig.nvinfer import is_yaml


def check(folder: Path, configs: Sequence[Config]) -> Iterator[Finding]:
    """Hold the trackers of a folder against its detectors."""
    grouping = [c for c in configs if c.form is not Form.PROTOBUF and tracking.groups(c.values)]
    if not grouping:
        return
    for path in files_below(folder):
        if not is_yaml(path):
            continue
        try:
            data = sources.read_bytes(path)
        except sources.UnreadableError:
            continue  # said where a configuration of a model cannot be read
        least = tracking.least_confidence(data)
        for config in grouping if tracking.is_tracker(data) else ():
            if tracking.drops_all(config.values, least):
                location = config.get("cluster-mode") or config.start
                message = tracking.sentence(config.path.name, path.name, least)
                yield config.finding(cross.TRACKER_DROPS_ALL, location, message)
