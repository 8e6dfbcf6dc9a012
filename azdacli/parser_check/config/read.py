"""Finding out what a text file is, and reading it if it is a configuration."""

import re
from pathlib import Path

from azdacli.parser_check import source as sources
from azdacli.parser_check.config import ini, protobuf_text
from azdacli.parser_check.config.keys import TELLING
from azdacli.parser_check.config.settings import Config, Form
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.rules import configuration
from azdacli.parser_check.source import Source

_SERVER = re.compile(r"^\s*infer_config\s*:?\s*[{<]", re.MULTILINE)
_INI = re.compile(r"^\s*\[\s*property\s*\]", re.MULTILINE)
_YAML = re.compile(r"^property\s*:\s*(#.*)?$", re.MULTILINE)
_KEY = re.compile(r"^\s*([A-Za-z][\w-]*)\s*[=:]", re.MULTILINE)
SUFFIXES = frozenset({".txt", ".yml", ".yaml", ".pbtxt", ".prototxt", ".cfg", ".conf", ".ini"})


def form_of(text: str) -> Form | None:
    """Tell by its content whether a text is a configuration of nvinfer or nvinferserver."""
    if _SERVER.search(text):
        return Form.PROTOBUF
    keys = {key.replace("_", "-") for key in _KEY.findall(text)}
    if keys.isdisjoint(TELLING):
        return None
    if _INI.search(text):
        return Form.INI
    return Form.YAML if _YAML.search(text) else None


def parse(source: Source, form: Form) -> Config:
    """Read a text in a form."""
    readers = {Form.INI: ini.parse_ini, Form.YAML: ini.parse_yaml, Form.PROTOBUF: protobuf_text.parse}
    return readers[form](source)


def read(path: Path) -> Config | Finding:
    """Read a file that is said to be a configuration."""
    try:
        source = sources.read_text(path)
    except sources.UnreadableError as error:
        return error.finding
    form = form_of(source.text)
    if form is not None:
        return parse(source, form)
    if _INI.search(source.text):
        return ini.parse_ini(source)
    if _YAML.search(source.text):
        return ini.parse_yaml(source)
    message = (
        f"{path.name} has neither a 'property' group nor 'infer_config': it configures neither "
        "nvinfer nor nvinferserver"
    )
    return source.finding(configuration.UNREADABLE, 1, message)


def found(path: Path) -> Config | None:
    """Read a file of a folder if it is a configuration; None if it is anything else."""
    try:
        source = sources.read_text(path)
    except sources.UnreadableError:
        return None
    form = form_of(source.text)
    return None if form is None else parse(source, form)
