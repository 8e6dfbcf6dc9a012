"""What of a pipeline changes while it plays: its regions of interest, and how often it sends messages."""

from dataclasses import replace

from azda_runtime.settings.values import Pipeline

# Stands for every rate, so that two pipelines that differ in theirs alone compare as equal.
_ANY_RATE = 1.0


def changes_in_place(before: Pipeline, after: Pipeline) -> bool:
    """Whether two pipelines differ, and in nothing but what changes while they play."""
    return before != after and _fixed(before) == _fixed(after)


def changed(running: Pipeline, wanted: Pipeline) -> Pipeline:
    """What runs, with what changes in place taken from what is wanted; it may run without some of its streams."""
    regions = {stream.sensor.name: stream.sensor.regions for stream in wanted.streams}
    streams = tuple(
        replace(each, sensor=replace(each.sensor, regions=regions.get(each.sensor.name, ())))
        for each in running.streams
    )
    return replace(running, streams=streams, messages_per_second=wanted.messages_per_second)


def _fixed(pipeline: Pipeline) -> Pipeline:
    streams = tuple(replace(each, sensor=replace(each.sensor, regions=())) for each in pipeline.streams)
    return replace(pipeline, streams=streams, messages_per_second=_ANY_RATE)
