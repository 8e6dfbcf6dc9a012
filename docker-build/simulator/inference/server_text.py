"""Texts of nvinferserver and Triton as messages; the reader is dsconfig's."""

from pathlib import Path

from dsconfig import protobuf_message
from dsconfig.protobuf_schema import Message, Schema
from simulator.errors import ConfigurationError
from simulator.keyfile import bytes_of, refused


def read_message(path: Path, schema: Schema, kind: str) -> Message:
    """Read a file as a message.

    Raises:
        ConfigurationError: It cannot be read, or is no such message; says the line.
    """
    try:
        text = bytes_of(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"Failed to load config file {path}: it is not UTF-8") from error
    reading = protobuf_message.read(text, schema, kind)
    if reading.faults:
        raise refused(path, reading.faults[0].error())
    return reading.message
