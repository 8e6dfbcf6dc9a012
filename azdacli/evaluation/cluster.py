"""The pictures in shards on an existing Dask cluster; the only file that imports `distributed`."""

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import distributed

from azdacli import __version__
from azdacli.errors import SpecError
from azdacli.evaluation import shard
from azdacli.evaluation.process import Heard
from azdacli.evaluation.shard import Shard

_DASK: Any = distributed  # its functions have no types
_CONNECT = "10s"
_LOOK = 20.0  # seconds between looks at whether there is a worker left
_PATIENCE = 6  # looks at a cluster without workers: whoever started them may start others
_LARGEST = 32  # pictures of a shard: what a worker that dies has done for nothing
_SHARES = 4  # shards for each thread of the cluster, so that the last one is not waited for


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterPipeline:
    """What is run on each picture, and on which cluster.

    Attributes:
        config: The primary model's configuration.
        parser: The parser of its outputs, where Python reads them.
        address: The scheduler's, as `tcp://host:8786`.
    """

    config: Path
    parser: Path | None
    address: str

    def run(self, pictures: Sequence[tuple[str, Path]], variants: Sequence[Mapping[str, str]], heard: Heard) -> None:
        """Run all variants on all pictures, as `azdacli.evaluation.process.Pipeline` does.

        A shard whose worker dies is given to another one by the scheduler, which gives up after some deaths.

        Raises:
            ParserError: The model cannot run as it is configured.
            SpecError: There is no cluster, it has no workers, or its workers cannot run this.
        """
        with _connected(self.address) as client:
            slots = sum(client.nthreads().values())
            if not slots:
                raise SpecError(
                    f"the Dask cluster at {self.address} has no workers", hint=f"Start some: dask worker {self.address}"
                )
            size = max(1, min(_LARGEST, math.ceil(len(pictures) / (slots * _SHARES))))
            shares = [pictures[n : n + size] for n in range(0, len(pictures), size)] or [[]]
            futures = [client.submit(shard.run, self._shard(one, variants), __version__, pure=False) for one in shares]
            for future in _done(client, futures, self.address):
                answer = _result(future)
                if "events" not in answer:
                    raise shard.failure(answer)
                for event in answer["events"]:
                    heard(event)

    def _shard(self, share: Sequence[tuple[str, Path]], variants: Sequence[Mapping[str, str]]) -> Shard:
        return Shard(
            config=str(self.config.resolve()),
            parser="" if self.parser is None else str(self.parser.resolve()),
            pictures=tuple((name, str(path.resolve())) for name, path in share),
            variants=tuple(dict(each) for each in variants),
        )


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        client = _DASK.Client(address, timeout=_CONNECT)
    except (OSError, TimeoutError, ValueError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise SpecError(
            f"no Dask scheduler answers at '{address}': {reason}", hint="Give its address as --dask tcp://HOST:8786."
        ) from None
    try:
        yield client
    finally:
        client.close()  # what is still asked for is given up with it


def _done(client: Any, futures: Sequence[Any], address: str) -> Iterator[Any]:
    """The futures as they end.

    Raises:
        SpecError: All workers are gone.
    """
    left, idle = set(futures), 0
    while left:
        try:
            ended = _DASK.wait(left, timeout=_LOOK, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            idle = 0 if client.nthreads() else idle + 1
            if idle >= _PATIENCE:
                raise SpecError(
                    f"the Dask cluster at {address} has no workers any more",
                    hint="Start some; what was done is kept, and the same command goes on from there.",
                ) from None
            continue
        idle = 0
        left -= ended
        yield from ended


def _result(future: Any) -> Mapping[str, Any]:
    """What a shard gave.

    Raises:
        SpecError: The workers died on it, or have no azdacli.
    """
    error = future.exception()
    if isinstance(error, distributed.KilledWorker):
        raise SpecError(
            "the workers of the Dask cluster died on the same pictures, one after the other",
            hint="Have they memory enough? What was done is kept: the same command goes on from there.",
        )
    if error is not None:
        reason = str(error).partition("\n")[0]
        raise SpecError(
            f"a worker of the Dask cluster cannot run the pipeline: {type(error).__name__}: {reason}",
            hint="Install azdacli with the extra 'dask' into the environment of every worker.",
        )
    answer: Mapping[str, Any] = future.result()
    return answer
