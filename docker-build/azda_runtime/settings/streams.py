"""Reading `streams`: which sensor feeds which pipeline, and with whose credentials."""

from collections.abc import Mapping

from azda_runtime.problems import shown
from azda_runtime.settings.node import Findings, Node
from azda_runtime.settings.sensors import SensorBook
from azda_runtime.settings.sources import Credentials, SourceKind, Stream
from azda_runtime.settings.values import Pipeline

_STREAM = {
    "name": "the sensor's name",
    "uname": "the user name for the camera",
    "password": "the password for the camera",
    "configId": "the pipeline's id",
}


class StreamReader:
    """Reads streams and gathers them by pipeline.

    Args:
        sensors: The sensors that were declared.
        pipelines: The good pipelines by id.
        declared: The ids of all pipelines, bad ones included: their streams are not to blame.
        findings: Takes what is wrong.

    Attributes:
        named: The pipelines that some stream, good or bad, names.
    """

    def __init__(
        self, sensors: SensorBook, pipelines: Mapping[str, Pipeline], declared: set[str], findings: Findings
    ) -> None:
        self.named: set[str] = set()
        self._sensors = sensors
        self._pipelines = pipelines
        self._declared = declared
        self._findings = findings
        self._streams: dict[str, dict[str, Stream]] = {}

    def read(self, node: Node) -> None:
        """Read all streams; a bad one is recorded and left out."""
        for item in node.items("streams"):
            fields = item.fields(_STREAM)
            if fields is not None:
                self._read_one(fields)

    def of(self, pipeline: str) -> tuple[Stream, ...]:
        """The good streams of a pipeline, in the document's order."""
        return tuple(self._streams.get(pipeline, {}).values())

    def _read_one(self, fields: Mapping[str, Node]) -> None:
        pipeline = self._pipeline_id(fields["configId"])
        name = fields["name"].text("stream's name")
        with self._findings.attempt() as attempt:
            credentials = _read_credentials(fields["uname"], fields["password"])
        if pipeline is None or name is None or attempt.failed or pipeline not in self._pipelines:
            self._look_for(name, fields["name"])
            return
        stream = self._stream(
            name, credentials, fields["name"], passthrough=bool(self._pipelines[pipeline].passthrough)
        )
        if stream is None:
            return
        taken = self._streams.setdefault(pipeline, {})
        if name in taken:
            fields["name"].error(
                f"The sensor {shown(name)} feeds the pipeline {shown(pipeline)} twice.", "Drop one of the two streams."
            )
            return
        taken[name] = stream

    def _pipeline_id(self, node: Node) -> str | None:
        text = node.text("pipeline's id")
        if text is None:
            return None
        self.named.add(text)
        if text not in self._declared:
            node.error(f"No pipeline has the id {shown(text)}.", node.near(text, self._declared))
            return None
        return text

    def _look_for(self, name: str | None, node: Node) -> bool:
        if name is None or name in self._sensors.names:
            return True
        node.error(f"No sensor has the name {shown(name)}.", node.near(name, self._sensors.names))
        return False

    def _stream(self, name: str, credentials: Credentials | None, node: Node, *, passthrough: bool) -> Stream | None:
        if not self._look_for(name, node):
            return None
        if name in self._sensors.idle and not passthrough:
            node.error(
                f"The sensor {shown(name)} has no endpoint.", "Write its address: rtsp://…, file://… or a video device."
            )
        found = self._sensors.good.get(name)
        if found is None:
            return None
        sensor, own = found
        if credentials is not None and sensor.kind is not SourceKind.RTSP:
            node.warning("Only RTSP cameras take a user name and a password.", "Leave uname and password empty.")
        return Stream(sensor=sensor, credentials=credentials or own)


def _read_credentials(uname: Node, password: Node) -> Credentials | None:
    secret = password.secret("password")
    if uname.absent:
        if secret:
            uname.warning("A password without a user name is not used.", "Write the user name in uname.")
        return None
    username = uname.text("user name")
    if username is None or secret is None:
        return None
    return Credentials(username=username, password=secret)
