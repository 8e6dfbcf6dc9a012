"""The controller's `azdaConfiguration` as frozen Settings, or all that is wrong with it at once.

Pure Python, nothing but the standard library: the same code runs in the image and beside the command line.
"""

from azda_runtime.log_levels import LogLevel, LogLevels, log_level_of
from azda_runtime.problems import Problem, Severity
from azda_runtime.settings.document import Reading, loads, read
from azda_runtime.settings.in_place import changed, changes_in_place
from azda_runtime.settings.plain import as_plain, pipeline_of, without_archive
from azda_runtime.settings.references import FileReference, ReferenceKind, missing
from azda_runtime.settings.sources import Credentials, Region, Sensor, SourceKind, Stream
from azda_runtime.settings.values import (
    BUILT_IN_PARSERS,
    Archive,
    Crop,
    FrameSize,
    Model,
    Pipeline,
    Settings,
    Tracker,
)

__all__ = [
    "BUILT_IN_PARSERS",
    "Archive",
    "Credentials",
    "Crop",
    "FileReference",
    "FrameSize",
    "LogLevel",
    "LogLevels",
    "Model",
    "Pipeline",
    "Problem",
    "Reading",
    "ReferenceKind",
    "Region",
    "Sensor",
    "Settings",
    "Severity",
    "SourceKind",
    "Stream",
    "Tracker",
    "as_plain",
    "changed",
    "changes_in_place",
    "loads",
    "log_level_of",
    "missing",
    "pipeline_of",
    "read",
    "without_archive",
]
