"""Which element of DeepStream a configuration is for, recognised by what it holds."""

import re
from enum import Enum

_GROUP = re.compile(r"^[ \t]*\[([^\]\[\n]+)\][ \t]*\r?$", re.MULTILINE)
_YAML_GROUP = re.compile(r"^[\"']?([A-Za-z][\w-]*)[\"']?[ \t]*:(?=\s|\{|$)", re.MULTILINE)
_SERVER = re.compile(r"\b(?:infer_config|input_control|output_control)\s*:?\s*[{<]")
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)


class ConfigKind(Enum):
    """Which element reads the file."""

    NVINFER = "nvinfer"
    NVINFERSERVER = "nvinferserver"
    TRACKER = "nvtracker"
    DEWARPER = "nvdewarper"


def utf16(data: bytes) -> str | None:
    """The text of a file in UTF-16, with or without its byte-order mark; None for any other file."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif len(data) > 1 and not len(data) % 2 and data.count(0) > len(data) // 4:
        # Text in Latin letters has its null bytes all at even or all at odd offsets.
        encoding = "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"
    else:
        return None
    return data.decode(encoding, errors="replace")


def text_fault(data: bytes) -> str:
    """Why a file is not text that DeepStream's elements read; empty where it may be one."""
    if utf16(data) is not None:
        return "it is UTF-16, not UTF-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"it is not UTF-8 text (byte {error.start})"
    return ""


def kind_of(data: bytes) -> ConfigKind | None:
    """The element that a file is for; None where none of these would read it."""
    text = _COMMENT.sub("", data.decode("utf-8", errors="replace").removeprefix("\ufeff"))
    groups = set(_GROUP.findall(text)) or set(_YAML_GROUP.findall(text))
    if "property" in groups:
        surfaces = any(name.startswith("surface") for name in groups)
        return ConfigKind.DEWARPER if surfaces else ConfigKind.NVINFER
    if "tracker" in groups:
        return ConfigKind.TRACKER
    return ConfigKind.NVINFERSERVER if _SERVER.search(text) else None
