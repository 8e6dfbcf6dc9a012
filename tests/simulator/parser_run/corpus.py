"""Parsers for the tests of running them: wrong ones, each with one mistake that only running shows, and right ones.

A row is a name, the rule that must find it, the layers, and the parser's text without its head.
"""

from dataclasses import dataclass
from typing import Any

from simulator.parser_run.job import Shape

YOLO8 = (Shape(name="output0", dims=(6, 525)),)
YOLO5 = (Shape(name="output0", dims=(567, 7)),)
FINAL = (Shape(name="output0", dims=(100, 6)),)
SSD = (
    Shape(name="boxes", dims=(100, 4)),
    Shape(name="scores", dims=(100,)),
    Shape(name="classes", dims=(100,)),
    Shape(name="count", dims=(1,)),
)
MAP = (Shape(name="map", dims=(3, 24, 32)),)
TEXT = (Shape(name="text", dims=(25, 12)),)
VECTOR = (Shape(name="vector", dims=(64,)),)

HEAD = """\
import sys
import numpy as np
name = "Test"
"""
DETECTION = "model_type = 0\nlabels = ['a', 'b']\n"
CUSTOM = "model_type = 1\n"
SECONDARY = "gie_unique_id = 2\n"

# What a right YOLOv8 parser of 160 x 160 does, in steps that the wrong ones change.
START = """
def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output0"].T
    scores, ids = rows[:, 4:].max(axis=1), rows[:, 4:].argmax(axis=1)
    keep = scores > 0.5
    rows, scores, ids = rows[keep], scores[keep], ids[keep]
    width, height = config.image_size
    scale = np.array([width, height, width, height]) / 160
    boxes = rows[:, :4] * scale
    boxes[:, :2] -= boxes[:, 2:] / 2
"""
EMPTY = "    if not len(rows):\n        return [], [], [], None\n"
END = "    return boxes, ids, scores, None\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One parser.

    Attributes:
        name: Names it.
        rule: The child's name of the rule that must find it; empty for a right parser.
        shapes: Its layers.
        text: The whole file.
    """

    name: str
    rule: str = ""
    shapes: tuple[Shape, ...] = YOLO8
    text: str = ""


def yolo(name: str, rule: str, steps: str, *, end: str = END, before: str = "") -> Case:
    """A detection parser: the usual start, these steps, this end."""
    return Case(name=name, rule=rule, text=HEAD + DETECTION + before + START + steps + end)


def other(name: str, rule: str, head: str, body: str, shapes: Any = MAP) -> Case:
    """Any other parser."""
    return Case(name=name, rule=rule, shapes=shapes, text=HEAD + head + body)


def custom(name: str, rule: str, steps: str, *, before: str = "", shapes: Any = MAP) -> Case:
    """A custom parser of one layer, `x`."""
    start = f'\ndef parse_custom_model(config, raw_outputs):\n    x = raw_outputs["{shapes[0].name}"]\n'
    return other(name, rule, CUSTOM + before, start + steps, shapes)


def drawing(name: str, rule: str, steps: str) -> Case:
    """A custom parser that writes metadata."""
    body = (
        "import pyds\n"
        'def parse_custom_model(config, raw_outputs):\n    return raw_outputs["map"], None\n'
        "def add_custom_to_meta(self, data, batch_meta, frame_meta):\n"
    )
    return other(name, rule, CUSTOM, body + steps)


OBJECT = "    o = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)\n    o.obj_label = 'thing'\n"
PLACED = "    r = o.rect_params\n    r.left, r.top, r.width, r.height = 10, 10, 50, 50\n"
ADDED = "    pyds.nvds_add_obj_meta_to_frame(frame_meta, o, None)\n"
DISPLAY = "    d = pyds.nvds_acquire_display_meta_from_pool(batch_meta)\n"
SHOWN = "    pyds.nvds_add_display_meta_to_frame(frame_meta, d)\n"
TEXTED = "    t = d.text_params[0]\n    t.display_text = 'hello'\n    t.x_offset, t.y_offset = 10, 12\n    d.num_labels = 1\n"

WRONG: tuple[Case, ...] = (
    # What comes back.
    yolo("three values", "result-count", "", end="    return boxes, ids, scores\n"),
    yolo("none when empty", "result-count", "    if not len(rows):\n        return None\n"),
    yolo("one value", "result-count", "", end="    return boxes\n"),
    yolo("six columns", "result-boxes", "    boxes = np.hstack([boxes, rows[:, 4:6]])\n" + EMPTY),
    yolo("a batch dimension", "result-boxes", "    boxes = boxes[None]\n"),
    yolo("boxes of text", "result-boxes", "    boxes = boxes.astype(str)\n"),
    yolo("ragged boxes", "result-boxes", "    boxes = [list(b) + [0] * n for n, b in enumerate(boxes)]\n"),
    yolo("columns and rows", "result-boxes", "    boxes = boxes.T\n"),
    yolo("corners swapped", "result-boxes", "    boxes[:, 2:] = -boxes[:, 2:]\n"),
    yolo(
        "division by zero", "result-boxes", "    with np.errstate(all='ignore'):\n        boxes = boxes / (boxes * 0)\n"
    ),
    yolo("ids as floats", "result-class-ids", "    ids = ids * 1.0\n"),
    yolo("ids by sort", "result-class-ids", "    ids = np.array([float(i) for i in ids])\n"),
    yolo("ids in columns", "result-class-ids", "    ids = ids.reshape(-1, 1)\n"),
    yolo("labels in place of ids", "result-class-ids", "    ids = [labels[i] for i in ids]\n"),
    yolo("ids from 1", "class-without-label", "    ids = ids + 1\n"),
    yolo("ids with background", "class-without-label", "    ids = ids - 1\n"),
    yolo("ids of another model", "class-without-label", "    ids = np.full(len(ids), 79)\n"),
    yolo("scores in columns", "result-scores", "    scores = scores[:, None]\n"),
    yolo("scores of text", "result-scores", "    scores = ['%.2f' % s for s in scores]\n"),
    yolo("log scores", "result-scores", "    with np.errstate(all='ignore'):\n        scores = np.log(scores - 0.9)\n"),
    yolo("percent", "score-range", "    scores = scores * 100\n"),
    yolo("logits", "score-range", "    scores = np.log(scores)\n"),
    yolo("a row too many", "result-counts", "    scores = np.append(scores, 0.5)\n"),
    yolo("filtered once", "result-counts", "    boxes = boxes[scores > 0.95]\n"),
    yolo("ids of all rows", "result-counts", "    ids = raw_outputs['output0'].T[:, 4:].argmax(axis=1)\n"),
    yolo("message of numpy", "result-message", "", end="    return boxes, ids, scores, {'n': np.int64(len(ids))}\n"),
    yolo("message of an array", "result-message", "", end="    return boxes, ids, scores, scores\n"),
    yolo("message of bytes", "result-message", "", end="    return boxes, ids, scores, b'none'\n"),
    yolo("message of a set", "result-message", "", end="    return boxes, ids, scores, {'seen': set(ids.tolist())}\n"),
    yolo("message of NaN", "result-message", "", end="    return boxes, ids, scores, [float('nan')]\n"),
    yolo("message of 200 KB", "result-message", "", end="    return boxes, ids, scores, 'x' * 200_000\n"),
    # Boxes.
    yolo("the network's pixels", "box-scale", "    boxes = boxes / scale\n"),
    yolo("from 0 to 1", "box-scale", "    boxes = boxes / scale / 160\n"),
    yolo("a fixed frame", "box-scale", "    boxes = boxes / scale * (1920, 1080, 1920, 1080)\n"),
    yolo("right and bottom", "box-outside", "    boxes[:, 2:] += boxes[:, :2]\n"),
    yolo("width and height swapped", "box-outside", "    boxes = rows[:, [1, 0, 3, 2]] * scale[[2, 3, 0, 1]] * 2\n"),
    yolo("scaled twice", "box-outside", "    boxes = boxes * 2\n"),
    yolo("centres", "box-outside", "    boxes[:, :2] += boxes[:, 2:] * 1.4\n"),
    # What comes back of the objects that were planted.
    yolo(
        "x and y swapped",
        "box-elsewhere",
        "    boxes = (rows[:, [1, 0, 3, 2]] * scale) * 1.0\n    boxes[:, :2] -= boxes[:, 2:] / 2\n",
    ),
    yolo("width and height alone swapped", "box-elsewhere", "    boxes = boxes[:, [0, 1, 3, 2]]\n"),
    yolo("the centre for the corner", "box-elsewhere", "    boxes[:, :2] += boxes[:, 2:] / 2\n"),
    yolo("half a box off", "box-elsewhere", "    boxes[:, :2] -= boxes[:, 2:] / 2\n"),
    yolo(
        "half a box off, and cut at the frame",
        "box-elsewhere",
        "    boxes[:, :2] = np.clip(boxes[:, :2] - boxes[:, 2:] / 2, 0, None)\n",
    ),
    yolo(
        "half a box to the right",
        "box-elsewhere",
        "    boxes[:, 0] = np.minimum(boxes[:, 0] + boxes[:, 2] / 2, width - boxes[:, 2])\n",
    ),
    yolo("half the size", "box-elsewhere", "    boxes[:, 2:] /= 2\n"),
    yolo("upside down", "box-elsewhere", "    boxes[:, 1] = height - boxes[:, 1] - boxes[:, 3]\n"),
    yolo(
        "everything at the middle",
        "box-elsewhere",
        "    boxes[:, :2] = np.array([width, height]) / 2 - boxes[:, 2:] / 2\n",
    ),
    yolo("one class for all", "class-wrong", "    ids = np.zeros(len(ids), dtype=int)\n"),
    yolo("classes turned round", "class-wrong", "    ids = 1 - ids\n"),
    yolo("classes of other rows", "class-wrong", "    ids = np.sort(ids)[::-1].copy()\n"),
    yolo("the first is dropped", "objects-lost", "    boxes, ids, scores = boxes[1:], ids[1:], scores[1:]\n"),
    yolo("the last is dropped", "objects-lost", "    boxes, ids, scores = boxes[:-1], ids[:-1], scores[:-1]\n"),
    yolo("every second is dropped", "objects-lost", "    boxes, ids, scores = boxes[::2], ids[::2], scores[::2]\n"),
    yolo(
        "at the edge is dropped",
        "objects-lost",
        "    in_ = boxes[:, 0] > 1\n    boxes, ids, scores = boxes[in_], ids[in_], scores[in_]\n",
    ),
    yolo("nothing at all", "objects-lost", "", end="    return [], [], [], None\n"),
    Case(
        name="class of the whole row",
        rule="class-wrong",
        shapes=YOLO5,
        text=HEAD
        + DETECTION
        + """
def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output0"]
    rows = rows[rows[:, 4] > 0.5]
    width, height = config.image_size
    boxes = rows[:, :4] / 96 * [width, height, width, height]
    boxes[:, :2] -= boxes[:, 2:] / 2
    return boxes, np.clip(rows[:, 4:].argmax(axis=1), 0, 1), rows[:, 4], None
""",
    ),
    Case(
        name="final rows with x and y swapped",
        rule="box-elsewhere",
        shapes=FINAL,
        text=HEAD
        + DETECTION
        + """
def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output0"]
    rows = rows[rows[:, 4] > 0.5]
    width, height = config.image_size
    boxes = rows[:, [1, 0, 3, 2]] / 640 * [width, height, width, height]
    boxes[:, 2:] -= boxes[:, :2]
    return boxes, rows[:, 5].astype(int), rows[:, 4], None
""",
    ),
    # What is raised.
    yolo("the best of none", "raises", "    best = scores.max()\n"),
    yolo("the first of none", "raises", "    first = boxes[0]\n"),
    yolo("a stack of none", "raises", "    boxes = np.stack([b for b in boxes])\n"),
    yolo("a name of another path", "raises", "    if not len(rows):\n        return boxes, missing, scores, None\n"),
    yolo("a mask of other rows", "raises", "    boxes = boxes[raw_outputs['output0'][4] > 2]\n"),
    yolo("shapes that do not fit", "raises", "    boxes = boxes + np.zeros((7, 3))\n"),
    yolo("sys.exit", "raises", "    if len(rows) > 100:\n        sys.exit(1)\n"),
    yolo("a layer of another model", "raises", "    other = raw_outputs['boxes']\n"),
    yolo("labels of 3", "raises", "    words = [('a', 'b')[i + 1] for i in ids]\n"),
    custom("a batch in a custom parser", "raises", "    return None, float(x[0, 0, 0, 0])\n"),
    custom("reshape", "raises", "    return x.reshape(5, 7), None\n"),
    custom("a name that is not there", "raises", "    return x, config.stream\n"),
    other(
        "a secondary's layer", "raises", SECONDARY, "def parse_sgie_model(c, r):\n    return r['x'].tolist()\n", VECTOR
    ),
    other(
        "a secondary's numpy",
        "result-message",
        SECONDARY,
        "def parse_sgie_model(c, r):\n    return r['vector'].argmax()\n",
        VECTOR,
    ),
    custom("custom message", "result-message", "    return None, {'mean': x.mean()}\n"),
    custom("custom of one", "result-count", "    return {'mean': float(x.mean())}\n"),
    # What lasts.
    Case(
        name="changed in place",
        rule="input-changed",
        text=HEAD + DETECTION + START.replace("    width,", "    raw_outputs['output0'][:4] *= 2\n    width,") + END,
    ),
    custom("sorted in place", "input-changed", "    x.sort()\n    return None, None\n", shapes=VECTOR),
    yolo("chance", "state", "    scores = np.clip(scores - np.random.rand(len(scores)) * 0.1, 0, 1)\n"),
    yolo(
        "every second frame",
        "state",
        "    global n\n    n += 1\n    if n % 2:\n        return [], [], [], None\n",
        before="n = 0\n",
    ),
    yolo(
        "smoothed over streams",
        "streams-mixed",
        "    global last\n    last = 0.5 * last + 0.5 * len(rows)\n    scores = scores * min(1.0, last / 300)\n",
        before="last = 0.0\n",
    ),
    yolo("a history", "growth", "    history.append(float(scores.sum()))\n", before="history = []\n"),
    yolo("a dictionary", "growth", "    kept[len(kept)] = boxes\n", before="kept = {}\n"),
    yolo("slow", "slow", "    import time\n    time.sleep(0.05)\n"),
    # Metadata.
    drawing("a text offset of a float", "metadata", DISPLAY + "    d.text_params[0].x_offset = 1.5\n"),
    drawing("a negative offset", "metadata", DISPLAY + "    d.text_params[0].x_offset = -5\n"),
    drawing("seventeen labels", "metadata", DISPLAY + "    d.num_labels = 17\n"),
    drawing("a label of an integer", "metadata", OBJECT + "    o.obj_label = 7\n"),
    drawing("a class id of a float", "metadata", OBJECT + "    o.class_id = 1.0\n"),
    drawing("a long label", "metadata", OBJECT + "    o.obj_label = 'x' * 200\n"),
    drawing("a misspelt field", "metadata", OBJECT + "    o.rect_params.lft = 3\n" + ADDED),
    drawing("an object outside", "metadata-wrong", OBJECT + PLACED + "    r.left = 9000\n" + ADDED),
    drawing("an object without size", "metadata-wrong", OBJECT + ADDED),
    drawing("no text counted", "metadata-wrong", DISPLAY + SHOWN),
    drawing("a text too many", "metadata-wrong", DISPLAY + TEXTED + "    d.num_labels = 2\n" + SHOWN),
    drawing("a text outside", "metadata-wrong", DISPLAY + TEXTED + "    t.x_offset = 5000\n" + SHOWN),
    # What a parser does besides.
    yolo("a file", "deed-file", "    np.save('/tmp/never.npy', rows)\n"),
    yolo("a file removed", "deed-file", "    import os\n    os.remove('/tmp/never.npy')\n"),
    yolo("a process", "deed-process", "    import subprocess\n    subprocess.run(['date'])\n"),
    yolo("a shell", "deed-process", "    import os\n    os.system('date')\n"),
    yolo("standard output closed", "deed-streams", "    import os\n    os.close(1)\n"),
    yolo("standard input closed", "deed-streams", "    import os\n    os.close(0)\n"),
    yolo(
        "standard error replaced",
        "deed-streams",
        "    import os\n    null = os.open(os.devnull, os.O_RDONLY)\n    os.dup2(null, 2)\n    os.close(null)\n",
    ),
    yolo("a socket", "deed-socket", "    import socket\n    socket.create_connection(('127.0.0.1', 9))\n"),
    yolo("tracing", "deed-tracing", "    sys.settrace(None)\n"),
    Case(
        name="get without asking",
        rule="missing-layer",
        text=HEAD + DETECTION + START.replace('raw_outputs["output0"].T', "raw_outputs.get('output0').T") + END,
    ),
    # Loading.
    other(
        "a file beside",
        "load",
        CUSTOM,
        "labels = open('labels.txt').read()\ndef parse_custom_model(c, r):\n    return 0, 0\n",
    ),
    other("division when loaded", "load", CUSTOM, "x = 1 / 0\ndef parse_custom_model(c, r):\n    return 0, 0\n"),
    other(
        "labels of numbers",
        "load",
        "model_type = 0\nlabels = [n for n in range(3)]\n",
        "def parse_det_model(c, r):\n    return [], [], [], 0\n",
    ),
)

SOFTMAX = (
    "def softmax(x):\n    e = np.exp(x - x.max(axis=-1, keepdims=True))\n    return e / e.sum(axis=-1, keepdims=True)\n"
)
NMS = (
    "def nms(boxes, scores, limit=0.5):\n"
    "    order, kept = np.argsort(-scores)[:50], []\n"
    "    while len(order):\n"
    "        i, order = order[0], order[1:]\n"
    "        kept.append(i)\n"
    "        low = np.maximum(boxes[i, :2], boxes[order, :2])\n"
    "        high = np.minimum(boxes[i, :2] + boxes[i, 2:], boxes[order, :2] + boxes[order, 2:])\n"
    "        common = np.clip(high - low, 0, None).prod(axis=1)\n"
    "        whole = boxes[i, 2:].prod() + boxes[order, 2:].prod(axis=1) - common\n"
    "        order = order[common <= limit * whole]\n"
    "    return np.array(kept, dtype=int)\n"
)
HEADS = tuple(Shape(name=f"head{n}", dims=(21, s, s)) for n, s in enumerate((5, 10, 20)))
FACES = (Shape(name="loc", dims=(840, 4)), Shape(name="conf", dims=(840, 2)), Shape(name="landms", dims=(840, 10)))
INSIDE = (
    Shape(name="num_dets", dims=(1,), dtype="int32"),
    Shape(name="det_boxes", dims=(100, 4)),
    Shape(name="det_scores", dims=(100,)),
    Shape(name="det_classes", dims=(100,), dtype="int32"),
)
V3 = (
    Shape(name="yolonms_layer_1/ExpandDims_1:0", dims=(2535, 4)),
    Shape(name="s", dims=(2, 2535)),
    Shape(name="i", dims=(1600, 3), dtype="int32"),
)
MASKS = (Shape(name="output0", dims=(38, 525)), Shape(name="output1", dims=(32, 40, 40)))
POSE = (Shape(name="output0", dims=(56, 525)),)
DETR = (Shape(name="logits", dims=(100, 3)), Shape(name="pred_boxes", dims=(100, 4)))
OBB = (Shape(name="output0", dims=(7, 525)),)


def detection(name: str, shapes: Any, body: str, *, before: str = "") -> Case:
    """A right detection parser."""
    start = "def parse_det_model(config, raw_outputs):\n    width, height = config.image_size\n"
    return other(name, "", DETECTION + before, start + body, shapes)


LETTERBOX = (
    "    gain = min(160 / width, 160 / height)\n"
    "    pad = np.array([(160 - width * gain) / 2, (160 - height * gain) / 2])\n"
)
V5 = (
    "    rows = raw_outputs['output0']\n"
    "    rows = rows[rows[:, 4] > 0.4]\n"
    "    classes = rows[:, 5:] * rows[:, 4:5]\n"
    "    ids, scores = classes.argmax(axis=1), classes.max(axis=1)\n"
    "    boxes = rows[:, :4] / 96 * [width, height, width, height]\n"
    "    boxes[:, :2] -= boxes[:, 2:] / 2\n"
)
SSD_BODY = (
    "    count = int(raw_outputs['count'][0])\n"
    "    b = raw_outputs['boxes'][:count]\n"
    "    keep = raw_outputs['scores'][:count] > 0.3\n"
    "    top, left, bottom, right = b[keep].T\n"
    "    boxes = np.stack([left * width, top * height, np.abs(right - left) * width, np.abs(bottom - top) * height], axis=1)\n"
    "    ids = raw_outputs['classes'][:count][keep].astype(int) - 1\n"
    "    return boxes, ids, raw_outputs['scores'][:count][keep], None\n"
)
RIGHT: tuple[Case, ...] = (
    yolo("v8", "", ""),
    yolo(
        "v8 with nms",
        "",
        "    keep = nms(boxes, scores)\n    boxes, ids, scores = boxes[keep], ids[keep], scores[keep]\n",
        before=NMS,
    ),
    yolo(
        "v8 clipped",
        "",
        "    end = np.clip(boxes[:, :2] + boxes[:, 2:], 0, [width, height])\n    boxes[:, :2] = np.clip(boxes[:, :2], 0, None)\n    boxes[:, 2:] = end - boxes[:, :2]\n",
    ),
    yolo("v8 empty early", "", EMPTY),
    yolo(
        "v8 with a message",
        "",
        "",
        end="    return boxes, ids, scores, {'count': len(ids), 'best': float(scores.max(initial=0))}\n",
    ),
    yolo("v8 lists", "", "", end="    return boxes.tolist(), ids.tolist(), scores.tolist(), []\n"),
    yolo("v8 integers", "", "    boxes = boxes.round().astype(int)\n"),
    yolo("v8 int32", "", "    ids = ids.astype(np.int32)\n    scores = scores.astype(np.float16)\n"),
    yolo("v8 sigmoid", "", "    scores = 1 / (1 + np.exp(-scores))\n"),
    yolo(
        "v8 top ten",
        "",
        "    best = np.argsort(-scores)[:10]\n    boxes, ids, scores = boxes[best], ids[best], scores[best]\n",
    ),
    yolo(
        "v8 the best alone",
        "",
        "    best = np.argsort(-scores, kind='stable')[:1]\n    boxes, ids, scores = boxes[best], ids[best], scores[best]\n",
    ),
    yolo(
        "v8 the best of each class",
        "",
        "    best = [int(np.flatnonzero(ids == i)[0]) for i in (0, 1) if (ids == i).any()]\n    boxes, ids, scores = boxes[best], ids[best], scores[best]\n",
    ),
    yolo(
        "v8 large things alone",
        "",
        "    large = boxes[:, 3] > 100\n    boxes, ids, scores = boxes[large], ids[large], scores[large]\n",
    ),
    yolo(
        "v8 a little larger", "", "    boxes = np.hstack([boxes[:, :2] - boxes[:, 2:] * 0.04, boxes[:, 2:] * 1.08])\n"
    ),
    yolo(
        "v8 by score",
        "",
        "    order = np.argsort(-scores)[::-1]\n    boxes, ids, scores = boxes[order], ids[order], scores[order]\n",
    ),
    yolo("v8 one class", "", "    boxes, scores, ids = boxes[ids == 1], scores[ids == 1], ids[ids == 1]\n"),
    yolo(
        "v8 a bounded history",
        "",
        "    history.append(len(ids))\n",
        before="from collections import deque\nhistory = deque(maxlen=5)\n",
    ),
    yolo(
        "v8 a cache",
        "",
        "    grid(width, height)\n",
        before="import functools\n@functools.lru_cache\ndef grid(w, h):\n    return np.zeros((w, h), np.uint8)\n",
    ),
    yolo(
        "v8 a random generator with a seed",
        "",
        "    scores = scores - np.random.default_rng(1).random(len(scores)) * 0.01\n",
    ),
    yolo(
        "v8 that logs",
        "",
        "    print(len(ids))\n    logging.getLogger(__name__).debug('found %d', len(ids))\n",
        before="import logging\n",
    ),
    detection(
        "v8 letterboxed",
        YOLO8,
        LETTERBOX
        + "    rows = raw_outputs['output0'].T\n    scores = rows[:, 4:].max(axis=1)\n    keep = scores > 0.3\n    rows = rows[keep]\n"
        "    boxes = rows[:, :4] / gain\n    boxes[:, :2] = (rows[:, :2] - pad) / gain - boxes[:, 2:] / 2\n"
        "    low = np.clip(boxes[:, :2], 0, [width, height])\n    high = np.clip(boxes[:, :2] + boxes[:, 2:], 0, [width, height])\n"
        "    return np.hstack([low, high - low]), rows[:, 4:].argmax(axis=1), scores[keep], None\n",
    ),
    detection("v5", YOLO5, V5 + "    return boxes, ids, scores, None\n"),
    detection(
        "v5 with nms",
        YOLO5,
        V5 + "    keep = nms(boxes, scores)\n    return boxes[keep], ids[keep], scores[keep], None\n",
        before=NMS,
    ),
    detection(
        "v5 with a loop",
        YOLO5,
        V5
        + "    found = [(b, i, s) for b, i, s in zip(boxes, ids, scores) if s > 0.5]\n    return [f[0] for f in found], [int(f[1]) for f in found], [float(f[2]) for f in found], None\n",
    ),
    detection(
        "v5 by batch of classes",
        YOLO5,
        V5
        + "    shift = boxes.copy()\n    shift[:, :2] += ids[:, None] * 5000\n    keep = nms(shift, scores)\n    return boxes[keep], ids[keep], scores[keep], {'n': int(len(keep))}\n",
        before=NMS,
    ),
    detection(
        "v10",
        FINAL,
        "    rows = raw_outputs['output0']\n    rows = rows[rows[:, 4] > 0.4]\n    boxes = rows[:, :4] / 640 * [width, height, width, height]\n    boxes[:, 2:] -= boxes[:, :2]\n    return boxes, rows[:, 5].astype(int), rows[:, 4], None\n",
    ),
    detection(
        "v11 final, clipped",
        FINAL,
        "    rows = raw_outputs['output0']\n    rows = rows[rows[:, 4] > 0.4]\n    b = np.clip(rows[:, :4] / 640, 0, 1) * [width, height, width, height]\n    return np.hstack([b[:, :2], np.abs(b[:, 2:] - b[:, :2])]), rows[:, 5].astype(np.int64), rows[:, 4], None\n",
    ),
    detection("SSD", SSD, SSD_BODY),
    detection(
        "nms in the model",
        INSIDE,
        "    n = int(raw_outputs['num_dets'][0])\n    b = raw_outputs['det_boxes'][:n] / 640 * [width, height, width, height]\n    b[:, 2:] = np.abs(b[:, 2:] - b[:, :2])\n    return b, raw_outputs['det_classes'][:n], raw_outputs['det_scores'][:n], None\n",
    ),
    detection(
        "labels by class",
        INSIDE,
        "    n = int(raw_outputs['num_dets'][0])\n    words = [labels[i] for i in raw_outputs['det_classes'][:n]]\n    b = raw_outputs['det_boxes'][:n] / 640 * [width, height, width, height]\n    return b, raw_outputs['det_classes'][:n], raw_outputs['det_scores'][:n], words\n",
    ),
    detection(
        "v3 with its own nms",
        V3,
        "    b, s, i = raw_outputs['yolonms_layer_1/ExpandDims_1:0'], raw_outputs['s'], raw_outputs['i']\n    i = i[i[:, 0] > 0]\n    top, left, bottom, right = b[i[:, 2]].T\n    boxes = np.stack([left * width, top * height, np.abs(right - left) * width, np.abs(bottom - top) * height], axis=1)\n    return boxes, i[:, 1], s[i[:, 1], i[:, 2]], None\n",
    ),
    detection(
        "v4 heads",
        HEADS,
        "    found = []\n    for name, head in raw_outputs.items():\n        _, h, w = head.shape\n        g = head.reshape(3, 7, h, w).transpose(0, 2, 3, 1).reshape(-1, 7)\n        g = 1 / (1 + np.exp(-np.clip(g, -30, 30)))\n        found.append(g[g[:, 4] > 0.6])\n"
        "    rows = np.concatenate(found)\n    boxes = rows[:, :4] * [width, height, width, height]\n    return boxes, rows[:, 5:].argmax(axis=1), rows[:, 4], None\n",
    ),
    detection(
        "RetinaFace",
        FACES,
        "    scores = softmax(raw_outputs['conf'])[:, 1]\n    keep = scores > 0.8\n    loc = raw_outputs['loc'][keep]\n    size = np.exp(np.clip(loc[:, 2:] * 0.2, -10, 10)) * 0.1\n    low = loc[:, :2] * 0.01 + 0.5 - size / 2\n    boxes = np.hstack([low, size]) * [width, height, width, height]\n    marks = raw_outputs['landms'][keep]\n    return boxes, np.zeros(len(boxes), int), scores[keep], {'marks': marks.tolist()}\n",
        before=SOFTMAX,
    ),
    detection(
        "DETR",
        DETR,
        "    p = softmax(raw_outputs['logits'])[:, :2]\n    keep = p.max(axis=1) > 0.7\n    b = raw_outputs['pred_boxes'][keep]\n    b = np.hstack([b[:, :2] - b[:, 2:] / 2, b[:, 2:]]) * [width, height, width, height]\n    return b, p[keep].argmax(axis=1), p[keep].max(axis=1), None\n",
        before=SOFTMAX,
    ),
    detection(
        "with masks",
        MASKS,
        "    rows = raw_outputs['output0'].T\n    scores = rows[:, 4:6].max(axis=1)\n    keep = scores > 0.5\n    rows, scores = rows[keep], scores[keep]\n    masks = rows[:, 6:] @ raw_outputs['output1'].reshape(32, -1)\n    boxes = rows[:, :4] / 160 * [width, height, width, height]\n    return boxes, rows[:, 4:6].argmax(axis=1), scores, {'pixels': [int((m > 0).sum()) for m in masks][:20]}\n",
    ),
    other(
        "pose as objects",
        "",
        "model_type = 0\nlabels = ['person']\n",
        "def parse_det_model(config, raw_outputs):\n    width, height = config.image_size\n    rows = raw_outputs['output0'].T\n    rows = rows[rows[:, 4] > 0.5]\n    b = rows[:, :4] / 160 * [width, height, width, height]\n    b[:, :2] -= b[:, 2:] / 2\n    points = rows[:, 5:].reshape(-1, 17, 3)\n    return b, np.zeros(len(b), dtype=int), rows[:, 4], points[:5].round(2).tolist()\n",
        POSE,
    ),
    detection(
        "oriented boxes",
        OBB,
        "    rows = raw_outputs['output0'].T\n    keep = rows[:, 4:6].max(axis=1) > 0.5\n    rows = rows[keep]\n    b = rows[:, :4] / 160 * [width, height, width, height]\n    b[:, :2] -= b[:, 2:] / 2\n    return b, rows[:, 4:6].argmax(axis=1), rows[:, 4:6].max(axis=1), {'angles': rows[:, 6].tolist()[:50]}\n",
    ),
    custom(
        "segmentation",
        "",
        "    classes = x.argmax(axis=0)\n    found, counts = np.unique(classes, return_counts=True)\n    return classes, {str(i): int(n) for i, n in zip(found, counts)}\n",
    ),
    custom(
        "segmentation as shares", "", "    return None, {'share': [float(s) for s in (x > 0.5).mean(axis=(1, 2))]}\n"
    ),
    custom(
        "anomaly",
        "",
        "    score = float(np.sqrt((x**2).mean()))\n    return None, {'score': round(score, 4), 'anomalous': score > 0.5}\n",
    ),
    custom(
        "heat map peaks",
        "",
        "    peaks = [divmod(int(c.argmax()), c.shape[1]) for c in x]\n    return peaks, {'peaks': peaks}\n",
    ),
    custom(
        "CTC text",
        "",
        "    best = x.argmax(axis=1)\n    kept = best[np.insert(best[1:] != best[:-1], 0, True) & (best > 0)]\n    return None, ''.join(chr(97 + int(i)) for i in kept)\n",
        shapes=TEXT,
    ),
    custom(
        "CTC with probabilities",
        "",
        "    p = softmax(x)\n    return None, {'text': 'abc', 'confidence': float(p.max(axis=1).mean())}\n",
        before=SOFTMAX,
        shapes=TEXT,
    ),
    custom("embedding", "", "    return None, (x / max(float(np.linalg.norm(x)), 1e-9)).tolist()\n", shapes=VECTOR),
    custom(
        "embedding without a guard",
        "",
        "    with np.errstate(all='ignore'):\n        return None, (x / np.linalg.norm(x)).tolist()\n",
        shapes=VECTOR,
    ),
    custom("classifier", "", "    i = int(x.argmax())\n    return i, {'class': i, 'p': float(x[i])}\n", shapes=VECTOR),
    custom("nothing said", "", "    return None, None\n"),
    other(
        "secondary classifier",
        "",
        SECONDARY,
        "def parse_sgie_model(config, raw_outputs):\n    i = int(raw_outputs['vector'].argmax())\n    return ('car', 'bus')[i % 2]\n",
        VECTOR,
    ),
    other(
        "secondary plate",
        "",
        SECONDARY,
        "def parse_sgie_model(config, raw_outputs):\n    best = raw_outputs['text'].argmax(axis=1)\n    return {'plate': ''.join(map(str, best[best > 0].tolist()))}\n",
        TEXT,
    ),
    drawing("draws a text", "", DISPLAY + TEXTED + SHOWN),
    drawing("adds an object", "", OBJECT + PLACED + "    o.class_id, o.confidence = 0, 0.5\n" + ADDED),
    drawing(
        "adds a parent and a child",
        "",
        OBJECT
        + PLACED
        + ADDED
        + "    p = o\n"
        + OBJECT
        + PLACED
        + "    pyds.nvds_add_obj_meta_to_frame(frame_meta, o, p)\n",
    ),
    drawing(
        "draws lines",
        "",
        DISPLAY
        + "    for n in range(16):\n        l = d.line_params[n]\n        l.x1, l.y1, l.x2, l.y2 = n, n, 50, 50\n        l.line_width = 2\n    d.num_lines = 16\n"
        + SHOWN,
    ),
    drawing(
        "keeps a count by camera",
        "",
        "    seen[frame_meta.pad_index] = seen.get(frame_meta.pad_index, 0) + 1\n"
        + DISPLAY
        + TEXTED
        + "    t.display_text = str(seen[frame_meta.pad_index])\n"
        + SHOWN
        + "seen = {}\n",
    ),
)
