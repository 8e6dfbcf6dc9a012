"""What a text says, from PP-OCR's chances of each character at each step."""

from pathlib import Path

import numpy as np

gie_unique_id = 2  # the same as `gie-unique-id` in sgie_config.txt

# Class 0 is "nothing new"; the blank comes behind all others.
CHARACTERS = ["", *Path(__file__).with_name("characters.txt").read_text(encoding="utf-8").split("\n"), " "]


def parse_sgie_model(config, raw_outputs: dict):
    """Join the best characters; what is repeated without a break counts once."""
    chances = raw_outputs["softmax_11.tmp_0"]
    best = chances.argmax(axis=1)
    new = (best != 0) & (best != np.concatenate([[0], best[:-1]]))
    return "".join(CHARACTERS[index] for index in best[new]).strip()
