"""The only import of prometheus_client: figures as families of metrics."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import make_wsgi_app
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from azda_runtime.hub.base import Traffic
from azda_runtime.metrics.figures import Figures
from azda_runtime.supervisor.policy.figures import PipelineFigures

_PIPELINE, _SENSOR, _PARSER = "pipeline", "sensor", "parser"
Row = tuple[Sequence[str], float]


def application(figures: Callable[[], Figures], labels: Mapping[str, str]) -> Any:
    """What answers requests over WSGI.

    Args:
        figures: Gives the figures of now; called in the thread of a request.
        labels: On each metric.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(figures, labels))
    ProcessCollector(registry=registry)
    return make_wsgi_app(registry)


class _Families(Collector):
    def __init__(self, figures: Callable[[], Figures], labels: Mapping[str, str]) -> None:
        self._figures = figures
        self._labels = dict(labels)

    def collect(self) -> Iterable[Metric]:
        """Make the families of now."""
        figures = self._figures()
        yield from self._of_pipelines(figures.pipelines)
        yield from self._of_messages(figures.traffic)
        files, size = figures.backlog
        yield self._gauge("azda_upload_backlog_files", "Recordings that wait to be uploaded.", (), [((), files)])
        yield self._gauge("azda_upload_backlog_bytes", "Bytes of those recordings.", (), [((), size)])

    def _of_messages(self, traffic: Traffic) -> Iterator[Metric]:
        for name, text, value in (
            ("azda_messages_sent", "Messages that the hub has acknowledged.", traffic.sent),
            ("azda_messages_dropped", "Messages dropped: too many waited, or one was too long.", traffic.dropped),
            ("azda_hub_connections", "Connections to the hub; all but the first are reconnects.", traffic.connections),
        ):
            yield self._counter(name, text, (), [((), value)])
        yield self._gauge("azda_messages_waiting", "Messages that wait for the hub.", (), [((), traffic.waiting)])
        yield self._gauge("azda_messages_on_disk", "How many of those are on disk.", (), [((), traffic.on_disk)])

    def _of_pipelines(self, pipelines: Sequence[PipelineFigures]) -> Iterator[Metric]:
        one, sensor, parser = (_PIPELINE,), (_PIPELINE, _SENSOR), (_PIPELINE, _PARSER)
        parsers = [((p.id, name), each) for p in pipelines for name, each in p.counts.parsers.items()]
        gauges: tuple[tuple[str, str, Sequence[str], list[Row]], ...] = (
            ("azda_pipeline_playing", "1 while frames come.", one, [((p.id,), p.playing) for p in pipelines]),
            (
                "azda_frames_per_second",
                "Frames of all streams in the last ten seconds.",
                one,
                [((p.id,), p.frames_per_second) for p in pipelines],
            ),
            (
                "azda_camera_silent",
                "1 for a camera that gives no frames.",
                sensor,
                [((p.id, name), name in p.silent) for p in pipelines for name in {*p.counts.frames, *p.silent}],
            ),
            ("azda_recording", "1 while a pipeline records.", one, [((p.id,), p.recording) for p in pipelines]),
        )
        counters: tuple[tuple[str, str, Sequence[str], list[Row]], ...] = (
            ("azda_pipeline_restarts", "Restarts after a failure.", one, [((p.id,), p.restarts) for p in pipelines]),
            (
                "azda_frames",
                "Frames that came through the model.",
                sensor,
                [((p.id, name), count) for p in pipelines for name, count in p.counts.frames.items()],
            ),
            (
                "azda_camera_reconnects",
                "Times a camera gave frames again after a silence.",
                sensor,
                [((p.id, name), count) for p in pipelines for name, count in p.counts.returned.items()],
            ),
            ("azda_pipeline_messages", "Messages made.", one, [((p.id,), p.messages) for p in pipelines]),
            ("azda_parser_calls", "Calls of a parser.", parser, [(names, each.calls) for names, each in parsers]),
            ("azda_parser_seconds", "Time in a parser.", parser, [(names, each.seconds) for names, each in parsers]),
            (
                "azda_parser_failures",
                "Calls that failed: the frame has no result of the parser.",
                parser,
                [(names, each.failures) for names, each in parsers],
            ),
            ("azda_recordings", "Recordings that are whole.", one, [((p.id,), p.recordings) for p in pipelines]),
        )
        for gauge in gauges:
            yield self._gauge(*gauge)
        for counter in counters:
            yield self._counter(*counter)

    def _gauge(self, name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
        return self._filled(GaugeMetricFamily(name, text, labels=[*labels, *self._labels]), rows)

    def _counter(self, name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
        return self._filled(CounterMetricFamily(name, text, labels=[*labels, *self._labels]), rows)

    def _filled(self, family: GaugeMetricFamily | CounterMetricFamily, rows: Iterable[Row]) -> Metric:
        for values, value in rows:
            family.add_metric([*values, *self._labels.values()], float(value))
        return family
