"""What a new manifest changes on a device that runs an old one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from azdacli.manifest.checks import create_options
from azdacli.manifest.images import ImageFacts
from azdacli.manifest.view import AGENT, HUB, Module, View
from dsconfig.redaction import redacted

Kind = Literal["added", "removed", "restarts", "twin", "unchanged"]
# What edgeAgent compares to decide whether a container is made anew; a change of anything else leaves it running.
_COMPARED = ("env", "version", "restartPolicy", "imagePullPolicy", "startupOrder", "status", "type")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What happens to one module.

    Attributes:
        module: Its name.
        kind: `restarts` when its container is made anew, `twin` when only its desired properties change.
        reasons: The keys that differ, by name; values stay out, they may be secrets.
        pull: Bytes that the device pulls; None where the images are not in reach.
    """

    module: str
    kind: Kind
    reasons: tuple[str, ...] = ()
    pull: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The change as `--json` prints it."""
        return {
            "module": self.module,
            "change": self.kind,
            "reasons": redacted(list(self.reasons)),
            "pullBytes": self.pull,
        }

    def __str__(self) -> str:
        what = {
            "added": "is new",
            "removed": "is removed",
            "restarts": "restarts",
            "twin": "changes its twin only, without a restart",
            "unchanged": "stays as it is",
        }[self.kind]
        why = f" ({', '.join(self.reasons)})" if self.reasons else ""
        pull = (
            "" if self.pull is None or self.kind in {"removed", "twin", "unchanged"} else f", pulls {self.pull} bytes"
        )
        return f"{self.module} {what}{why}{pull}"


def compare(old: View, new: View, facts: Mapping[str, ImageFacts]) -> list[Change]:
    """Compare two manifests module by module.

    Args:
        old: What the device runs.
        new: What it is to run.
        facts: What is known about the images of both.

    Returns:
        One change per module, those of the new manifest in its order, then the removed ones.
    """
    before = {module.name: module for module in old.modules()}
    after = {module.name: module for module in new.modules()}
    here = {layer for m in before.values() for layer in _layers(m, facts) or ()}
    changes = [_change(before.get(name), module, (old, new)) for name, module in after.items()]
    known = all(_layers(module, facts) is not None for module in before.values() if not module.system)
    pulls = {name: _pull(before.get(name), m, here if known else None, facts) for name, m in after.items()}
    changes = [_with_pull(change, pulls[change.module]) for change in changes]
    return [*changes, *(Change(module=name, kind="removed") for name in before if name not in after)]


def _change(before: Module | None, after: Module, views: tuple[View, View]) -> Change:
    if before is None:
        return Change(module=after.name, kind="added")
    reasons = tuple(_reasons(before, after))
    if reasons:
        return Change(module=after.name, kind="restarts", reasons=reasons)
    section = {"edgeHub": HUB, "edgeAgent": AGENT}.get(after.name, after.name)
    old, new = (_own_twin(view, section) for view in views)
    # A twin that the new manifest does not mention is left untouched on the device.
    if new is not None and old != new:
        return Change(module=after.name, kind="twin", reasons=tuple(_changed_keys(old or {}, new)))
    return Change(module=after.name, kind="unchanged")


def _own_twin(view: View, section: str) -> Mapping[str, Any] | None:
    twin = view.twin(section) if section in view.content else None
    if twin is None or section != AGENT:
        return twin
    return {key: value for key, value in twin.items() if key not in {"modules", "systemModules"}}


def _reasons(before: Module, after: Module) -> Iterable[str]:
    if before.image != after.image:
        yield "image"
    if _options(before) != _options(after):
        yield "createOptions"
    for key in _COMPARED:
        if before.body.get(key) != after.body.get(key):
            yield key


def _options(module: Module) -> Any:
    options = create_options.of(module)
    return create_options.pieces(module.settings) if options is None else options


def _changed_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    return [key for key in {**old, **new} if old.get(key) != new.get(key)]


def _layers(module: Module, facts: Mapping[str, ImageFacts]) -> tuple[tuple[str, int], ...] | None:
    known = facts.get(module.image or "")
    return known.layers if known is not None and known.layers else None


def _pull(
    before: Module | None, after: Module, here: set[tuple[str, int]] | None, facts: Mapping[str, ImageFacts]
) -> int | None:
    if before is not None and before.image == after.image:
        return 0
    layers = _layers(after, facts)
    if layers is None or here is None:
        return None
    return sum(size for digest, size in dict(layers).items() if (digest, size) not in here)


def _with_pull(change: Change, pull: int | None) -> Change:
    return Change(module=change.module, kind=change.kind, reasons=change.reasons, pull=pull)
