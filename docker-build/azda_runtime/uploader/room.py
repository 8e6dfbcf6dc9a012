"""Which recordings go when the disk is full: the oldest, and no more than needed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.uploader.folder import Recording

_GIBIBYTE = 1024**3


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How much recordings may take.

    Attributes:
        keep_free: So many bytes of the file system stay free; None for a tenth of it, and 1 GiB at most.
        limit: So many bytes all recordings may have; None for as many as there is room.
    """

    keep_free: int | None = None
    limit: int | None = None

    def is_enough(self, *, free: int, total: int) -> bool:
        """Whether nothing has to go, as far as the file system says.

        Args:
            free: Bytes that may still be written.
            total: The file system's size.
        """
        return self.limit is None and free >= self._kept(total)

    def surplus(self, files: Sequence[Recording], *, free: int, total: int, busy: Collection[Path]) -> list[Recording]:
        """What has to go, a video with its JSON.

        Half of what would be free without recordings always belongs to them: where something else has filled the disk,
        deleting each of them would not mend that.

        Args:
            files: All whole ones, the oldest first.
            free: Bytes that may still be written.
            total: The file system's size.
            busy: What is being uploaded: it goes by itself, and its space comes back when it is closed.
        """
        ours = sum(each.size for each in files)
        too_little = min(self._kept(total), (free + ours) // 2) - free
        too_much = ours - self.limit if self.limit is not None else 0
        missing = max(too_little, too_much)
        going: list[Recording] = []
        by_stem: dict[str, list[Recording]] = {}
        for each in files:
            by_stem.setdefault(each.path.stem, []).append(each)
        for pair in by_stem.values():
            if missing <= 0:
                break
            if not any(each.path in busy for each in pair):
                going += pair
                missing -= sum(each.size for each in pair)
        return going

    def _kept(self, total: int) -> int:
        return min(_GIBIBYTE, total // 10) if self.keep_free is None else self.keep_free
