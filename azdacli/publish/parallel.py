"""Several jobs at once, of which the first failure stops all."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")


class Parallel:
    """Runs jobs in threads.

    Args:
        at_once: How many run at the same time.

    Attributes:
        stopped: Is set when one failed; jobs under way are to look at it and end.
    """

    def __init__(self, at_once: int) -> None:
        self.stopped = threading.Event()
        self._at_once = at_once

    def run(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Run jobs and give their results in the order of the jobs; the first failure is raised here."""
        with ThreadPoolExecutor(max_workers=self._at_once) as pool:
            running: list[Future[T]] = [pool.submit(job) for job in jobs]
            try:
                done, _ = wait(running, return_when=FIRST_EXCEPTION)
            except BaseException:
                self._stop(running)
                raise
            failed = [future for future in running if future in done and not future.cancelled() and future.exception()]
            if failed:
                self._stop(running)
                failed[0].result()
        return [future.result() for future in running]

    def _stop(self, running: Sequence[Future[T]]) -> None:
        self.stopped.set()
        for future in running:
            future.cancel()
