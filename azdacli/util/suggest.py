"""Did you mean: names that are nearly the one that was written."""

from collections.abc import Iterable


def near(name: str, known: Iterable[str], cutoff: float = 0.75) -> str | None:
    """Find the known name that is most like one that is not known; None when none is like it."""
    import difflib  # only a mistake needs it

    by_plain = {_plain(k): k for k in sorted(known)}
    if _plain(name) in by_plain:
        return by_plain[_plain(name)]
    found = difflib.get_close_matches(_plain(name), by_plain, n=1, cutoff=cutoff)
    return by_plain[found[0]] if found else None


def listed(names: Iterable[str], most: int = 8) -> str:
    """Write names as a list in a sentence: `'a', 'b' and 3 more`."""
    every = [f"'{name}'" for name in names]
    if len(every) <= most:
        return ", ".join(every[:-1]) + (" and " if len(every) > 1 else "") + "".join(every[-1:])
    return f"{', '.join(every[:most])} and {len(every) - most} more"


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
