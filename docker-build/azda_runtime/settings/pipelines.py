"""Reading `pipelineConfigs`: the models, the tracker and the options of each pipeline, without its streams."""

from collections.abc import Iterator, Mapping
from functools import partial

from azda_runtime.problems import shown
from azda_runtime.settings import locations
from azda_runtime.settings.node import Findings, Node
from azda_runtime.settings.options import read_options
from azda_runtime.settings.passthrough import passthrough
from azda_runtime.settings.references import FileReference, ReferenceKind
from azda_runtime.settings.values import BUILT_IN_PARSERS, Archive, Model, Pipeline, Tracker

# Each is a process of its own.
_MOST_PIPELINES = 200

LIGHT_TRACKER = "light-tracker"

_PIPELINE = {
    "id": "its name",
    "unsecureZipUrl": "the address of a model archive",
    "unsecureZipSha256": "the digest of that archive",
    "primaryModelConfigPath": "the first model",
    "secondaryModelConfigPaths": "the models after it",
    "trackerConfigPath": "the tracker",
    "deepstreamPassthrough": "a GStreamer pipeline",
    "pipelineOptions": "dewarp, crop, osd and more",
}
_MODEL = {"configFile": "DeepStream's configuration", "pyFile": "a Python parser", "parser": "a built-in parser"}


class PipelineReader:
    """Reads pipelines one by one and remembers which ids were declared.

    Attributes:
        names: Ids that were declared, those of bad pipelines included.
        references: The files that the pipelines name.
    """

    def __init__(self, findings: Findings) -> None:
        self.names: set[str] = set()
        self.references: list[FileReference] = []
        self._mounts: set[str] = set()
        self._findings = findings

    def read(self, node: Node) -> Iterator[tuple[Node, Pipeline]]:
        """Yield the good pipelines with their places; what is wrong with the others is recorded."""
        for number, item in enumerate(node.items("pipelines")):
            if number >= _MOST_PIPELINES:
                item.error(f"A module runs {_MOST_PIPELINES} pipelines.", "Give the others to another module.")
                return
            with self._findings.attempt() as attempt:
                pipeline = self._read_one(item)
            if pipeline is not None and not attempt.failed:
                yield item, pipeline

    def _read_one(self, node: Node) -> Pipeline | None:
        fields = node.fields(_PIPELINE)
        if fields is None:
            return None
        name = fields["id"].text("pipeline's id")
        if name is not None:
            self.names.add(name)
        archive = _read_archive(fields["unsecureZipUrl"], fields["unsecureZipSha256"])
        make = partial(
            Pipeline,
            id=name or "",
            archive=archive,
            primary=self._model(fields["primaryModelConfigPath"], in_archive=archive is not None),
            secondaries=self._models(fields["secondaryModelConfigPaths"], in_archive=archive is not None),
            tracker=self._tracker(fields["trackerConfigPath"], in_archive=archive is not None),
            passthrough=_read_passthrough(fields["deepstreamPassthrough"]),
        )
        options = read_options(fields["pipelineOptions"], partial(self._file, in_archive=archive is not None))
        if name is None:
            return None
        pipeline = node.built(partial(make, **options))
        return pipeline if pipeline is not None and self._is_new(pipeline, fields) else None

    def _is_new(self, pipeline: Pipeline, fields: Mapping[str, Node]) -> bool:
        if pipeline.mount in self._mounts:
            fields["id"].error(
                f"Two pipelines would serve their video at {pipeline.mount}.",
                "Give them ids that differ by more than upper and lower case; the first one is kept.",
            )
            return False
        self._mounts.add(pipeline.mount)
        if pipeline.passthrough and (pipeline.primary or pipeline.secondaries or pipeline.tracker):
            fields["deepstreamPassthrough"].warning(
                "A passthrough pipeline takes the place of the models and of the tracker.",
                "Drop deepstreamPassthrough to run the models.",
            )
        elif not pipeline.passthrough and pipeline.primary is None:
            fields["primaryModelConfigPath"].warning(
                "The pipeline has no model: it only shows the video.", "Name one in primaryModelConfigPath."
            )
        return True

    def _models(self, node: Node, *, in_archive: bool) -> tuple[Model, ...]:
        items = node.items("models") if isinstance(node.value, list) else [node]
        models = (self._model(item, in_archive=in_archive) for item in items)
        return tuple(model for model in models if model is not None)

    def _model(self, node: Node, *, in_archive: bool) -> Model | None:
        if node.absent or node.value == {}:
            return None
        if isinstance(node.value, str):
            config = self._file(node, ReferenceKind.CONFIG, in_archive=in_archive)
            return Model(config_file=config) if config else None
        fields = node.fields(_MODEL)
        if fields is None:
            return None
        if all(field.absent for field in fields.values()):
            return None
        config = self._file(fields["configFile"], ReferenceKind.CONFIG, in_archive=in_archive)
        parser_file = None
        if not fields["pyFile"].absent:
            parser_file = self._file(fields["pyFile"], ReferenceKind.PARSER, in_archive=in_archive)
        parser = _read_parser_name(fields["parser"])
        if config is None:
            return None
        return node.built(partial(Model, config_file=config, parser_file=parser_file, parser=parser))

    def _tracker(self, node: Node, *, in_archive: bool) -> Tracker | None:
        if node.absent:
            return None
        if isinstance(node.value, str) and node.value.strip().lower() == LIGHT_TRACKER:
            return Tracker()
        config = self._file(node, ReferenceKind.TRACKER, in_archive=in_archive)
        return Tracker(config_file=config) if config else None

    def _file(self, node: Node, kind: ReferenceKind, *, in_archive: bool) -> str | None:
        text = node.text(f"path of the {kind.value} file", limit=1024)
        path = None if text is None else node.built(lambda: locations.file_path(text))
        if path is None:
            return None
        if kind is ReferenceKind.PARSER and not path.endswith(".py"):
            node.error(f"The parser {shown(path)} is not a Python file.", "Name a .py file, or drop pyFile.")
            return None
        self.references.append(FileReference(location=node.path, path=path, kind=kind, in_archive=in_archive))
        return path


def _read_parser_name(node: Node) -> str | None:
    if node.absent:
        return None
    text = node.text("parser's name")
    if text is None:
        return None
    by_spelling = {name.replace("_", "-"): name for name in BUILT_IN_PARSERS}
    name = by_spelling.get(text.lower().replace("_", "-"))
    if name is None:
        node.error(f"There is no built-in parser {shown(text)}.", node.near(text, BUILT_IN_PARSERS))
    return name


def _read_archive(url: Node, sha256: Node) -> Archive | None:
    if url.absent:
        if not sha256.absent:
            sha256.warning("The digest belongs to no archive.", "Write the archive's address in unsecureZipUrl.")
        return None
    text = url.text("archive's address")
    address = None if text is None else url.built(lambda: locations.archive_url(text))
    digest = None if sha256.absent else sha256.text("archive's digest")
    if address is None or (digest is None and not sha256.absent):
        return None
    digest = digest and digest.lower().removeprefix("sha256:")
    location = url if digest is None else sha256
    return location.built(lambda: Archive(url=address, sha256=digest))


def _read_passthrough(node: Node) -> str | None:
    if node.absent:
        return None
    text = node.text("passthrough pipeline")
    return None if text is None else node.built(lambda: passthrough(text))
