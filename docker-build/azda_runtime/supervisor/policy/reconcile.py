"""What a new configuration changes: only what differs is touched."""

from dataclasses import dataclass

from azda_runtime.settings import Settings, changes_in_place


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """The ids of pipelines, by what happens to them; a pipeline that changed is stopped, then started, or changed.

    Attributes:
        stop: Run now and shall not, or not so.
        start: Shall run and do not, or not so.
        keep: Run as they shall.
        change: Run, and differ in nothing but what changes while they play.
    """

    stop: tuple[str, ...]
    start: tuple[str, ...]
    keep: tuple[str, ...]
    change: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What happens, for the log."""
        changed = [name for name in self.start if name in self.stop]
        parts = {
            "starts": [name for name in self.start if name not in changed],
            "starts again": changed,
            "stops": [name for name in self.stop if name not in changed],
            "changes while it plays": list(self.change),
            "goes on": list(self.keep),
        }
        reported = [f"{what}: {', '.join(names)}" for what, names in parts.items() if names]
        return "; ".join(reported) or "no pipeline runs"


def reconcile(before: Settings, after: Settings) -> Changes:
    """Compare two configurations, pipeline by pipeline."""
    old = {pipeline.id: pipeline for pipeline in before.pipelines}
    new = {pipeline.id: pipeline for pipeline in after.pipelines}
    change = tuple(name for name in old if name in new and changes_in_place(old[name], new[name]))
    return Changes(
        stop=tuple(name for name, pipeline in old.items() if name not in change and new.get(name) != pipeline),
        start=tuple(name for name, pipeline in new.items() if name not in change and old.get(name) != pipeline),
        keep=tuple(name for name, pipeline in new.items() if old.get(name) == pipeline),
        change=change,
    )
