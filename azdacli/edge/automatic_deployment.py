"""IoT Hub's automatic deployment: a manifest for every device that meets a condition, layers included.

The call is ``PUT /configurations/{id}`` of the service's REST interface, version 2021-04-12. A deployment's content
cannot change: other content is another deployment, which is why its id ends with a digest unless one was chosen.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote

from azdacli.edge.hub_call import REFUSALS, Call
from azdacli.errors import SpecError
from azdacli.manifest import layered, text
from azdacli.manifest.redact import redacted

HIGHEST_PRIORITY = 2**31 - 1

_LONGEST_ID = 128
_DIGEST = 12
# "up to 128 lowercase letters"; blanks and & ^ [ ] { } \ | " < > / are invalid, as Microsoft's page on
# `az iot edge deployment create` says.
_ID = re.compile(r"[a-z0-9\-:+%_#*?!(),=@;'.$]{1,128}")
_NOT_IN_AN_ID = re.compile(r"[^a-z0-9_.]+")
_REFUSALS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        **REFUSALS,
        404: ("does not know this", "A deployment that --update names must exist: leave --update out to create it."),
        409: (
            "has this deployment already",
            "Change its condition, priority and labels with --update; other content needs another --id.",
        ),
        412: ("has this deployment in another state", "Change it with --update; other content needs another --id."),
    }
)


@dataclass(frozen=True, kw_only=True)
class AutomaticDeployment(Call):
    """The call that deploys to all devices that meet a condition.

    Attributes:
        id: The deployment's name.
        condition: Which devices, as in `tags.site='north'`; `*` for all.
        priority: Of several deployments for one device the highest is taken.
        labels: What describes the deployment.
        update: Whether it exists, and its condition, priority and labels are changed.
    """

    id: str
    condition: str
    priority: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    update: bool = False

    METHOD: ClassVar[str] = "PUT"
    DONE: ClassVar[tuple[int, ...]] = (200, 201)

    def __post_init__(self) -> None:
        """Refuse what the hub would refuse.

        Raises:
            SpecError: It is no id, no condition or no priority.
        """
        if not _ID.fullmatch(self.id):
            raise SpecError(
                f"'{self.id}' cannot be a deployment's id",
                hint="Up to 128 lowercase letters, digits and -:+%_#*?!(),=@;'.$ are allowed, without blanks.",
            )
        if not 0 <= self.priority <= HIGHEST_PRIORITY:
            raise SpecError(f"--priority {self.priority} is not a whole number from 0 to {HIGHEST_PRIORITY}")
        _check_condition(self.condition)

    @property
    def path(self) -> str:
        """Where the call goes on the hub, quoted."""
        return f"/configurations/{quote(self.id, safe='')}"

    @property
    def headers(self) -> dict[str, str]:
        """What is sent beside the token; `If-Match` makes a change of what would be made anew."""
        return {**super().headers, **({"If-Match": '"*"'} if self.update else {})}

    @property
    def body(self) -> dict[str, Any]:
        """What is sent, as data."""
        return self._body({"modulesContent": self.content["modulesContent"]})

    @property
    def about(self) -> str:
        """What the call is about."""
        return f"for deployment '{self.id}'"

    @property
    def target(self) -> dict[str, Any]:
        """Where the manifest goes, as `--json` says it."""
        return {"deployment": self.id, "targetCondition": self.condition, "priority": self.priority}

    @property
    def refusals(self) -> Mapping[int, tuple[str, str]]:
        """What the hub means by a status, and what to do about it."""
        return _REFUSALS

    def shown(self) -> dict[str, Any]:
        """The call as data, without the token and without the manifest's secrets."""
        content: Mapping[str, Any] = {"modulesContent": self.content["modulesContent"]}
        if layered.is_layered(self.content):  # its createOptions are opened where a whole manifest has them
            content = layered.with_values_of(content, redacted(layered.view_of(content).document))
        return {**super().shown(), "body": self._body(redacted(content))}

    def _body(self, content: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "schemaVersion": "2.0",
            "content": content,
            "targetCondition": self.condition,
            "priority": self.priority,
            "labels": dict(self.labels),
        }


def default_id(name: str, content: Mapping[str, Any]) -> str:
    """A deployment's id from the manifest's name and a digest of its content: the same for the same content."""
    digest = hashlib.sha256(text.compact(content).encode()).hexdigest()[:_DIGEST]
    stem = _NOT_IN_AN_ID.sub("-", name.lower().removesuffix(".json")).strip("-.") or "deployment"
    return f"{stem[: _LONGEST_ID - _DIGEST - 1]}-{digest}"


def labels_of(pairs: Iterable[str]) -> dict[str, str]:
    """Labels from `NAME=VALUE`.

    Raises:
        SpecError: One is not of this form.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise SpecError(f"--deployment-label '{pair}' is not a label", hint="Write NAME=VALUE, as in site=north.")
        found[name.strip()] = value
    return found


def _check_condition(condition: str) -> None:
    if not condition.strip():
        raise SpecError("--target-condition is empty", hint="Write tags.site='north', or '*' for every device.")
    if '"' in condition:
        raise SpecError(
            f"--target-condition {condition} has double quotes, which IoT Hub does not take",
            hint="Write texts in single quotes: --target-condition \"tags.site='north'\".",
        )
    if condition.count("'") % 2:
        raise SpecError(
            f"--target-condition {condition} has a single quote that is not closed",
            hint="Write texts in single quotes: --target-condition \"tags.site='north'\".",
        )
