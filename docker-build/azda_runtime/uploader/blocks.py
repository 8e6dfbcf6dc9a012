"""How a file is divided into blocks, and what a block is called.

A block's id holds its number and its digest. So the uncommitted blocks that the service still has after a kill can be
recognised as the right ones, whoever sent them, and no others are.
"""

import base64
from collections.abc import Iterator

# A block blob has at most 50,000 blocks: https://learn.microsoft.com/rest/api/storageservices/put-block
MOST_BLOCKS = 50_000
_MEBIBYTE = 1024**2
_USUAL = 4 * _MEBIBYTE


def block_size(size: int) -> int:
    """How large the blocks of a file are: 4 MiB, more where there would be too many."""
    needed = -(-size // MOST_BLOCKS)
    return max(_USUAL, -(-needed // _MEBIBYTE) * _MEBIBYTE)


def ranges(size: int) -> Iterator[tuple[int, int]]:
    """Where each block begins, and how many bytes it has."""
    step = block_size(size)
    for start in range(0, size, step):
        yield start, min(step, size - start)


def block_id(number: int, digest: bytes) -> str:
    """The id of a block, before it is put into base64; all of one blob must be equally long.

    Args:
        number: Counted from 0.
        digest: The MD5 of its bytes.
    """
    return f"{number:05d}-{digest.hex()}"


def in_header(digest: bytes) -> str:
    """A digest as HTTP writes it."""
    return base64.b64encode(digest).decode()
