"""nvinferserver's configuration as a message; the reader is dsconfig's."""

from pathlib import Path

from dsconfig import server
from dsconfig.protobuf_schema import Message
from simulator.errors import ConfigurationError
from simulator.keyfile import bytes_of, refused


def read_control(path: Path) -> Message:
    """Read a file as nvinferserver does.

    Raises:
        ConfigurationError: It cannot be read, or nvinferserver would refuse it; says the line.
    """
    try:
        text = bytes_of(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"Failed to load config file {path}: it is not UTF-8") from error
    reading = server.read(text)
    if reading.faults:
        raise refused(path, reading.faults[0].error())
    return reading.message
