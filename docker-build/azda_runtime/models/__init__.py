"""Model archives: fetched within limits, unpacked without trust, swapped in when they are whole."""

from azda_runtime.models.download import download
from azda_runtime.models.errors import ModelError
from azda_runtime.models.fetch import Fetched, fetch, take
from azda_runtime.models.limits import Limits
from azda_runtime.models.resolver import locate
from azda_runtime.models.store import InstalledModel, ModelStore
from azda_runtime.models.unpack import unpack

__all__ = [
    "Fetched",
    "InstalledModel",
    "Limits",
    "ModelError",
    "ModelStore",
    "download",
    "fetch",
    "locate",
    "take",
    "unpack",
]
