"""Model archives: fetched in threads of their own, so that nothing else waits for them."""

import contextlib
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.models import Fetched as FetchedArchive
from azda_runtime.models import InstalledModel, Limits, ModelError, ModelStore, locate
from azda_runtime.settings import Archive, Pipeline
from azda_runtime.supervisor.fetch_process import fetch_in_process
from azda_runtime.supervisor.policy.backoff import Backoff
from azda_runtime.supervisor.policy.lifecycle import Launch

# The network comes back within minutes; a bad archive does not get better soon, and each try may cost gigabytes.
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
_FIRST_PAUSE_OF_BAD, _LONGEST_PAUSE_OF_BAD = 60.0, 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """How fetching a pipeline's model went.

    Attributes:
        pipeline: The pipeline's settings.
        error: Why it did not go well, None when it did. It is tried again.
        pause: In how many seconds.
    """

    pipeline: Pipeline
    error: ModelError | None = None
    pause: float = 0.0


class Archives:
    """The models of all pipelines.

    Args:
        folder: Where models are kept.
        image: The image's own folders of models.
        post: Gets how fetching went, in another thread; it hears nothing of `install`.
        limits: Bounds of an archive.
    """

    def __init__(
        self,
        folder: Path,
        image: Sequence[Path],
        post: Callable[[Fetched], None] = lambda _: None,
        limits: Limits | None = None,
    ) -> None:
        self._folder = folder
        self._image = tuple(image)
        self._post = post
        self._limits = limits or Limits()
        self._installed: dict[str, Archive] = {}
        self._jobs: dict[str, _Job] = {}

    def launch(self, pipeline: Pipeline) -> Launch | None:
        """What to run for a pipeline with what is here now; None when its model has yet to come."""
        if pipeline.archive is None:
            return Launch(pipeline=pipeline, roots=self._roots(None))
        model = self.model(pipeline.id)
        if model is None or self._missing(pipeline, model):
            return None
        return Launch(pipeline=pipeline, roots=self._roots(model))

    def model(self, pipeline: str) -> InstalledModel | None:
        """The model that is here."""
        return self._store(lambda: False).current(pipeline)

    def roots(self, pipeline: Pipeline) -> tuple[str, ...]:
        """Where a pipeline's files are looked up with what is here now, in this order."""
        return self._roots(self.model(pipeline.id) if pipeline.archive else None)

    def is_current(self, pipeline: Pipeline) -> bool:
        """Whether the model that is here was fetched from the pipeline's archive since we started."""
        return pipeline.archive is None or self._installed.get(pipeline.id) == pipeline.archive

    def fetch(self, pipeline: Pipeline) -> None:
        """Fetch a pipeline's model until that goes well; what was being fetched for it is given up."""
        before = self.give_up(pipeline.id)
        job = self._jobs[pipeline.id] = _Job(self, pipeline, before)
        job.start()

    def give_up(self, pipeline: str) -> "_Job | None":
        """Fetch no more for a pipeline."""
        job = self._jobs.pop(pipeline, None)
        if job is not None:
            job.unwanted.set()
        return job

    def install(self, pipeline: Pipeline, unwanted: Callable[[], bool] = lambda: False) -> None:
        """Fetch a pipeline's model once; takes as long as it takes.

        Raises:
            ModelError: It was not taken, and nothing has changed.
        """
        if pipeline.archive is None:
            return

        def missing(model: InstalledModel) -> Sequence[str]:
            if unwanted():
                raise ModelError("The model is not wanted any more.", hint="")
            return self._missing(pipeline, model)

        try:
            self._store(unwanted).install(pipeline.id, pipeline.archive, missing)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ModelError(
                f"The model cannot be kept: {reason}.", hint="Is there room in the state folder?"
            ) from error
        self._installed[pipeline.id] = pipeline.archive

    def fetched(self, pipeline: Pipeline, error: ModelError | None, pause: float) -> None:
        """Hand on how it went."""
        self._post(Fetched(pipeline=pipeline, error=error, pause=pause))

    def _store(self, unwanted: Callable[[], bool]) -> ModelStore:
        def fetch(archive: Archive, folder: Path, known: Collection[str]) -> FetchedArchive:
            return fetch_in_process(archive, folder, known, limits=self._limits, unwanted=unwanted)

        return ModelStore(self._folder, fetch)

    def _roots(self, model: InstalledModel | None) -> tuple[str, ...]:
        own = (model.root, model.folder) if model else ()
        return tuple(str(path) for path in dict.fromkeys((*own, *self._image)))

    def _missing(self, pipeline: Pipeline, model: InstalledModel) -> Sequence[str]:
        return locate(pipeline, [Path(root) for root in self._roots(model)])[1]


class _Job(threading.Thread):
    """Fetches one pipeline's model, again and again until that goes well."""

    def __init__(self, archives: Archives, pipeline: Pipeline, before: "_Job | None") -> None:
        super().__init__(name=f"model of {pipeline.id}", daemon=True)
        self.unwanted = threading.Event()
        self._archives = archives
        self._pipeline = pipeline
        self._before = before

    def run(self) -> None:
        if self._before is not None:  # two may not write the same folder
            self._before.join()
        passing = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        bad = Backoff(_FIRST_PAUSE_OF_BAD, _LONGEST_PAUSE_OF_BAD)
        while not self.unwanted.is_set() and (error := self._tried()) and not self.unwanted.is_set():
            pause = (passing if error.passing else bad).pause()
            with contextlib.suppress(MemoryError):  # it is reported with the next failure
                self._archives.fetched(self._pipeline, error, pause)
            self.unwanted.wait(pause)

    def _tried(self) -> ModelError | None:
        try:
            self._archives.install(self._pipeline, self.unwanted.is_set)
        except ModelError as error:
            return error
        except BaseException as error:  # noqa: BLE001 # a thread that ended without a word would be waited for
            # Its text is left out: it might hold the address, with its token.
            return ModelError(f"Fetching the model failed: {type(error).__name__}.", hint="This is a mistake of ours.")
        self._archives.fetched(self._pipeline, None, 0.0)
        return None
