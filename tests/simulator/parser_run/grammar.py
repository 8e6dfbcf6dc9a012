"""Random parsers: a start that is right, and steps of which some break it."""

import random

START_OF_YOLO = """\
    rows = raw_outputs["output0"].T
    scores, ids = rows[:, 4:].max(axis=1), rows[:, 4:].argmax(axis=1)
    keep = scores > 0.5
    rows, scores, ids = rows[keep], scores[keep], ids[keep]
    boxes = rows[:, :4] / 160 * [width, height, width, height]
    boxes[:, :2] -= boxes[:, 2:] / 2
    message = None
"""
START_OF_BLOB = """\
    cells = raw_outputs["heat"][0]
    rows, columns = np.nonzero(cells > 0.1)
    size = [width / cells.shape[1], height / cells.shape[0]]
    boxes = np.stack([columns * size[0], rows * size[1], rows * 0 + size[0], rows * 0 + size[1]], axis=1)
    scores, ids = np.clip(cells[rows, columns], 0, 1), np.zeros(len(rows), dtype=int)
    message = None
"""
RIGHT_STEPS = (
    "    order = np.argsort(-scores)[:20]\n    boxes, ids, scores = boxes[order], ids[order], scores[order]\n",
    "    if not len(boxes):\n        return [], [], [], None\n",
    "    message = {'count': len(boxes)}\n",
    "    message = [float(s) for s in scores[:5]]\n",
    "    boxes = np.clip(boxes, 0, None)\n",
    "    boxes = boxes.round(1)\n",
    "    ids = ids.astype(np.int32)\n",
    "    scores = scores.astype(np.float16)\n",
    "    big = boxes[:, 2] > 1\n    boxes, ids, scores = boxes[big], ids[big], scores[big]\n",
    "    if len(boxes):\n        message = {'best': scores.max().item()}\n",
)
BROKEN_STEPS = (
    "    best = scores.max()\n",
    "    first = boxes[0]\n",
    "    ids = ids * 1.0\n",
    "    ids = ids + 5\n",
    "    boxes = boxes[:, :3]\n",
    "    scores = scores[:, None]\n",
    "    scores = scores[1:]\n",
    "    boxes[:, 2:] *= -1\n",
    "    message = {'best': np.float32(1)}\n",
    "    message = scores\n",
    "    message = float('nan')\n",
    "    boxes = boxes / (boxes.sum() * 0)\n",
    "    boxes = np.stack(list(boxes))\n",
    "    missing = raw_outputs['other']\n",
    "    ids = [labels[i] for i in ids]\n",
)


def parser(seed: int, start: str, *, broken: float = 0.25) -> str:
    """A parser.

    Args:
        seed: Chooses the steps; the same seed gives the same parser.
        start: What makes boxes, class ids and scores of the layer.
        broken: How likely each of up to five steps is a broken one.
    """
    chance = random.Random(seed)  # nothing secret
    text = "import numpy as np\nmodel_type = 0\nname = 'Random'\nlabels = ['a', 'b']\n\n\n"
    text += "def parse_det_model(config, raw_outputs):\n    width, height = config.image_size\n" + start
    for _ in range(chance.randint(1, 5)):
        text += chance.choice(BROKEN_STEPS if chance.random() < broken else RIGHT_STEPS)
    return text + "    return boxes, ids, scores, message\n"
