"""Reading `azdaConfiguration`: all that can run of it, and all that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from azda_runtime.problems import InvalidValueError, Problem, Severity, shown
from azda_runtime.settings.log_levels import read_log_levels
from azda_runtime.settings.node import Findings, Node
from azda_runtime.settings.parsing import parse_json
from azda_runtime.settings.pipelines import PipelineReader
from azda_runtime.settings.references import FileReference
from azda_runtime.settings.sensors import read_sensors
from azda_runtime.settings.streams import StreamReader
from azda_runtime.settings.values import Pipeline, Settings

_DOCUMENT = {"platform": "DeepStream", "components": "sensors and deepStream"}
_COMPONENTS = {
    "logLevel": "how much is logged",
    "logLevels": "the log levels of single modules",
    "sensors": "a list of sensors",
    "regionsOfInterest": "a list of regions, each with its sensor",
    "deepStream": "pipelines and streams",
    "businessLogicConfig": "what the business logic reads",
}
_DEEPSTREAM = {"enable": "true or false", "pipelineConfigs": "a list of pipelines", "streams": "a list of streams"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a configuration comes to.

    Attributes:
        settings: All that can run: the good pipelines with their good streams.
        problems: All that is wrong, in the document's order as far as reading goes.
        references: The files that it names.
    """

    settings: Settings
    problems: tuple[Problem, ...]
    references: tuple[FileReference, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that cost something."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)


def loads(text: str | bytes) -> Reading:
    """Read the JSON text of an azdaConfiguration; never raises for what is in it."""
    try:
        document = parse_json(text)
    except InvalidValueError as refusal:
        problem = Problem(path="$", message=str(refusal), hint=refusal.hint)
        return Reading(settings=Settings(enabled=False), problems=(problem,), references=())
    return read(document)


def read(document: object) -> Reading:
    """Read an azdaConfiguration; never raises for what is in it.

    Args:
        document: JSON as plain data: the configuration itself, an object whose azdaConfiguration it is, or its
            components alone, as a controller sends them.
    """
    findings = Findings()
    root = Node(document, "$", findings)
    if isinstance(document, dict) and "azdaConfiguration" in document and "components" not in document:
        root = root.child("azdaConfiguration", document["azdaConfiguration"])
    if isinstance(root.value, dict) and "deepStream" in root.value and "components" not in root.value:
        components: Mapping[str, Node] | None = root.fields(_COMPONENTS)
    else:
        fields = root.fields(_DOCUMENT)
        components = None if fields is None else _read_components(fields)
    if components is None:
        return Reading(settings=Settings(enabled=False), problems=tuple(findings.problems), references=())
    return _read_pipelines(components, findings)


def _read_components(fields: Mapping[str, Node]) -> Mapping[str, Node] | None:
    platform = fields["platform"]
    if not platform.absent and (platform.text("platform") or "deepstream").lower() != "deepstream":
        platform.error("Only the platform DeepStream is known.", 'Write "DeepStream".')
    return fields["components"].fields(_COMPONENTS)


def _read_pipelines(components: Mapping[str, Node], findings: Findings) -> Reading:
    levels = read_log_levels(components["logLevel"], components["logLevels"])
    deepstream = components["deepStream"].fields(_DEEPSTREAM)
    if deepstream is None:
        settings = Settings(enabled=False, log_levels=levels)
        return Reading(settings=settings, problems=tuple(findings.problems), references=())
    enabled = deepstream["enable"].flag(default=True)
    sensors = read_sensors(components["sensors"], findings)
    sensors.add_regions(components["regionsOfInterest"])
    reader = PipelineReader(findings)
    pipelines = list(reader.read(deepstream["pipelineConfigs"]))
    streams = StreamReader(sensors, {p.id: p for _, p in pipelines}, reader.names, findings)
    streams.read(deepstream["streams"])
    if not reader.names:
        deepstream["pipelineConfigs"].error("No pipeline is configured.", "Add one to pipelineConfigs.")
    whole = [_with_streams(node, pipeline, streams) for node, pipeline in pipelines]
    kept = tuple(pipeline for pipeline in whole if pipeline is not None)
    settings = Settings(enabled=enabled, log_levels=levels, pipelines=kept if enabled else ())
    problems = findings.problems if enabled else [replace(p, severity=Severity.WARNING) for p in findings.problems]
    return Reading(settings=settings, problems=tuple(problems), references=tuple(reader.references))


def _with_streams(node: Node, pipeline: Pipeline, streams: "StreamReader") -> Pipeline | None:
    found = streams.of(pipeline.id)
    if found or pipeline.passthrough:
        return replace(pipeline, streams=found)
    if pipeline.id not in streams.named:
        node.error(
            f"No stream names the pipeline {shown(pipeline.id)}.",
            'Add {"name": "<a sensor>", "configId": ' + shown(pipeline.id) + "} to streams.",
        )
    return None
