"""Messages that wait for the hub, kept on disk."""

from azda_runtime.hub.disk.keeper import DiskKeeper
from azda_runtime.hub.disk.space import DEFAULT_SIZE, DiskSpace, parse_size

__all__ = ["DEFAULT_SIZE", "DiskKeeper", "DiskSpace", "parse_size"]
