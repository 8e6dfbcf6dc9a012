"""What a `--pipeline` says, as frozen values that check themselves."""

import re
from dataclasses import dataclass
from typing import Any

from azdacli.errors import SpecError

_SIGNED = re.compile(r"[?&](sig|code)=", re.IGNORECASE)
_SINGLE = ("id", "config", "parser", "tracker", "archive", "sha256", "dewarp", "crop", "osd")
_REPEATED = ("secondary", "stream")


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A DeepStream configuration and the Python parser for it, if there is one."""

    config: str
    parser: str = ""

    def as_json(self) -> str | dict[str, str]:
        """As `primaryModelConfigPath` takes it."""
        return {"configFile": self.config, "pyFile": self.parser} if self.parser else self.config


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """One pipeline.

    Attributes:
        id: Its name; its picture is served at rtsp://module:8554/<id in lower case>.
        primary: The first model; None when the image's only configuration is to be taken.
        secondaries: The models after it.
        tracker: The tracker's configuration, `light-tracker`, or empty.
        archive: Address of a zip with the model's files, and its sha256.
        streams: Names of its streams; empty for all.
        options: `pipelineOptions` of the configuration.
    """

    id: str
    primary: Model | None = None
    secondaries: tuple[Model, ...] = ()
    tracker: str = ""
    archive: tuple[str, str] = ("", "")
    streams: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Pipeline":
        """Read `id=NAME,config=PATH[,parser=PATH][,secondary=PATH[:PARSER]]…`.

        Raises:
            SpecError: A key is unknown, stands twice, has no value, or the id is missing.
        """
        single, repeated = _fields(text)
        if "id" not in single:
            raise SpecError(f"the --pipeline '{text}' has no id", hint="Write id=NAME,config=/path/in/the/image.txt.")
        if "parser" in single and "config" not in single:
            raise SpecError(f"the pipeline '{single['id']}' has a parser without a config")
        if _SIGNED.search(single.get("archive", "")):
            raise SpecError(
                f"the pipeline '{single['id']}' has a signed link on the command line, where others can read it",
                hint="Put it into the .env file, as MODEL_URL=…, and write 'archive=${MODEL_URL}'.",
            )
        config = single.get("config")
        return cls(
            id=single["id"],
            primary=Model(config=config, parser=single.get("parser", "")) if config else None,
            secondaries=tuple(_secondary(value) for value in repeated["secondary"]),
            tracker=single.get("tracker", ""),
            archive=(single.get("archive", ""), single.get("sha256", "")),
            streams=tuple(repeated["stream"]),
            options=_options(single),
        )


def _fields(text: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    single: dict[str, str] = {}
    repeated: dict[str, list[str]] = {key: [] for key in _REPEATED}
    for part in text.split(","):
        key, equals, value = part.strip().partition("=")
        if not equals or not value or key not in (*_SINGLE, *_REPEATED):
            known = ", ".join((*_SINGLE, *_REPEATED))
            raise SpecError(
                f"'{part}' in a --pipeline is not a KEY=VALUE that is known", hint=f"The keys are: {known}."
            )
        if key in repeated:
            repeated[key].append(value)
        elif key in single:
            raise SpecError(f"'{key}' stands twice in the --pipeline '{text}'")
        else:
            single[key] = value
    return single, repeated


def _secondary(value: str) -> Model:
    config, _, parser = value.partition(":")
    return Model(config=config, parser=parser)


def _options(single: dict[str, str]) -> tuple[tuple[str, Any], ...]:
    osd = single.get("osd", "on")
    if osd not in {"on", "off"}:
        raise SpecError(f"osd={osd} is neither on nor off")
    options: list[tuple[str, Any]] = [("osd", {"enable": osd == "on"})]
    if "crop" in single:
        parts = single["crop"].split(":")
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 # four sides
            raise SpecError(f"crop={single['crop']} is not x0:y0:x1:y1 in pixels")
        sides = dict(zip(("x0", "y0", "x1", "y1"), (int(part) for part in parts), strict=True))
        options.append(("crop", {"enable": True, **sides}))
    if "dewarp" in single:
        options.append(("dewarp", {"enable": True, "config_file": single["dewarp"]}))
    return tuple(options)
