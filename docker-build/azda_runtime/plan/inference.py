"""The part of a plan that infers: primary model, tracker, secondary models."""

from collections.abc import Callable

from azda_runtime.configuration import Configuration, ConfigurationKind
from azda_runtime.plan.assembly import Assembly
from azda_runtime.plan.batching import batch_size
from azda_runtime.plan.platform import Platform
from azda_runtime.plan.values import ProbeRole, Value
from azda_runtime.problems import InvalidValueError, shown
from azda_runtime.settings import Model, Pipeline, Tracker

ANALYTICS = "analytics-queue"
"""The element whose output is reported about: everything is known about a frame that leaves it."""

ReadConfiguration = Callable[[str], Configuration]

_SIZE = {"tracker_width": 640, "tracker_height": 384}
# Keys of [tracker] that are properties of nvtracker (DeepStream 9.1); what older samples had besides is gone.
_NUMBERS = (
    "tracker-width",
    "tracker-height",
    "gpu-id",
    "tracking-surface-type",
    "display-tracking-id",
    "tracking-id-reset-mode",
    "input-tensor-meta",
    "tensor-meta-gie-id",
    "compute-hw",
    "user-meta-pool-size",
)


def add_inference(
    assembly: Assembly, last: str, pipeline: Pipeline, platform: Platform, read: ReadConfiguration
) -> str:
    """Add the models and the tracker; returns the name of the last element.

    Raises:
        InvalidValueError: A configuration cannot be read or is for another element.
    """
    if pipeline.primary is not None:
        batch = batch_size(read(pipeline.primary.config_file), len(pipeline.streams))
        last = _add_model(assembly, last, "primary", pipeline.primary, read, batch_size=batch)
        if pipeline.primary.parser_file or pipeline.primary.parser:
            assembly.probe(last, ProbeRole.PRIMARY_PARSER)
    if pipeline.tracker is not None:
        last = assembly.after(last, "tracker-queue", "queue")
        last = assembly.after(last, "tracker", "nvtracker", **_tracker(pipeline.tracker, platform, read))
    for index, model in enumerate(pipeline.secondaries):
        last = _add_model(assembly, last, f"secondary-{index}", model, read)
    last = assembly.after(last, ANALYTICS, "queue")
    assembly.probe(last, ProbeRole.MESSAGES)
    return last


def _add_model(
    assembly: Assembly, last: str, name: str, model: Model, read: ReadConfiguration, **properties: Value
) -> str:
    kind = read(model.config_file).kind
    if kind not in (ConfigurationKind.NVINFER, ConfigurationKind.NVINFERSERVER):
        raise _not_for(model.config_file, "a model", kind)
    if (model.parser_file or model.parser) and kind is ConfigurationKind.NVINFER:
        properties["output_tensor_meta"] = True  # nvinferserver takes it from its configuration alone
    last = assembly.after(last, f"{name}-queue", "queue")
    return assembly.after(last, name, kind.value, config_file_path=model.config_file, **properties)


def _tracker(tracker: Tracker, platform: Platform, read: ReadConfiguration) -> dict[str, Value]:
    if tracker.config_file is None:
        return {**_SIZE, "ll_lib_file": platform.tracker_library, "ll_config_file": platform.light_tracker}
    configuration = read(tracker.config_file)
    if configuration.kind is not ConfigurationKind.TRACKER:
        raise _not_for(tracker.config_file, "a tracker", configuration.kind)
    entries = configuration.groups["tracker"]
    properties: dict[str, Value] = dict(_SIZE)
    for key in _NUMBERS:
        if key in entries:
            properties[key.replace("-", "_")] = _number(tracker.config_file, key, entries[key])
    files: dict[str, list[str]] = {"ll-lib-file": [], "ll-config-file": []}
    for named in configuration.named_files():
        files[named.key].append(str(named.path))
    properties["ll_lib_file"] = ";".join(files["ll-lib-file"]) or platform.tracker_library
    if files["ll-config-file"]:
        properties["ll_config_file"] = ";".join(files["ll-config-file"])
    return properties


def _number(path: str, key: str, value: str) -> int:
    if not value.isdecimal():
        raise InvalidValueError(f"{key} in {shown(path)} is not a number.", hint="Write digits.")
    return int(value)


def _not_for(path: str, wanted: str, kind: ConfigurationKind) -> InvalidValueError:
    return InvalidValueError(
        f"{shown(path)} is for {kind.value}, not for {wanted}.", hint="Name the configuration that is meant."
    )
