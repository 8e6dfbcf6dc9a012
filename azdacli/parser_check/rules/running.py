"""AZ7xx: what shows only when a parser runs (`--run`, `--images`, `--replay`)."""

from azdacli.parser_check.rules.rule import Rule, Severity

_EMPTY = "if not len(rows):\n    return [], [], [], None\nbest = rows[:, 4].max()"

LOAD = Rule(
    id="AZ701",
    name="run-load",
    severity=Severity.ERROR,
    title="The file can be loaded, and what it defines keeps the contract.",
    why="The runtime loads the file when the pipeline starts; a failure there ends the pipeline.",
    cure="Correct the line; open files relative to `__file__`, for the working directory is another one in the image.",
    bad='labels = open("labels.txt").read().split()',
    good='labels = (Path(__file__).parent / "labels.txt").read_text().split()',
)
RAISES = Rule(
    id="AZ702",
    name="run-raises",
    severity=Severity.ERROR,
    title="A parse function raises nothing, whatever the model finds.",
    why="The frame's detections are lost, and the log gets a traceback. What fails on nothing found fails all night.",
    cure="Handle this input: `--keep DIR` writes it, and `--replay` runs the parser on it again.",
    bad="best = rows[:, 4].max()",
    good=_EMPTY,
)
RESULT_COUNT = Rule(
    id="AZ703",
    name="run-result-count",
    severity=Severity.ERROR,
    title="A parse function returns as many values as the contract says, on every path.",
    why="The runtime drops what it cannot take apart.",
    cure="Return `bboxes, class_ids, scores, message` from `parse_det_model`, and `data, message` from "
    "`parse_custom_model`.",
    bad="return boxes, class_ids, scores",
    good="return boxes, class_ids, scores, None",
)
RESULT_BOXES = Rule(
    id="AZ704",
    name="run-boxes",
    severity=Severity.ERROR,
    title="Boxes are an array of the shape (N, 4): x, y, width and height, finite, no side below 0.",
    why="The runtime drops the frame's detections.",
    cure="Take four columns, and subtract the corners to get width and height.",
    bad="return rows, class_ids, scores, None  # rows is (N, 6)",
    good="return rows[:, :4], class_ids, scores, None",
)
RESULT_CLASS_IDS = Rule(
    id="AZ705",
    name="run-class-ids",
    severity=Severity.ERROR,
    title="Class ids are an array of integers of the shape (N,).",
    why="DeepStream's bindings raise TypeError for a float, and the frame's detections are lost.",
    cure="Convert them with `.astype(int)`.",
    bad="class_ids = rows[:, 5]",
    good="class_ids = rows[:, 5].astype(int)",
)
CLASS_WITHOUT_LABEL = Rule(
    id="AZ706",
    name="run-class-range",
    severity=Severity.ERROR,
    title="Each class id is the index of one of the parser's `labels`.",
    why="The runtime drops the frame's detections: there is no label to show.",
    cure="Add the labels that are missing, or correct where the ids begin.",
    bad='labels = ["person"]\nclass_ids = scores.argmax(axis=1)  # of 80 classes',
    good='labels = ["person", "bicycle", …]  # 80 of them',
)
RESULT_SCORES = Rule(
    id="AZ707",
    name="run-scores",
    severity=Severity.ERROR,
    title="Scores are an array of finite numbers of the shape (N,).",
    why="The runtime drops the frame's detections.",
    cure="Return one score for each box: `scores.reshape(-1)`.",
    bad="scores = rows[:, 4:5]",
    good="scores = rows[:, 4]",
)
RESULT_COUNTS = Rule(
    id="AZ708",
    name="run-counts",
    severity=Severity.ERROR,
    title="There are as many boxes as class ids and scores.",
    why="The runtime cannot tell which belong together, and drops the frame's detections.",
    cure="Filter all three by the same mask.",
    bad="return boxes[keep], class_ids, scores[keep], None",
    good="return boxes[keep], class_ids[keep], scores[keep], None",
)
RESULT_MESSAGE = Rule(
    id="AZ709",
    name="run-message",
    severity=Severity.ERROR,
    title="The message is JSON, without NaN and infinity, and shorter than 128 KiB.",
    why="It cannot be sent; for a detection parser the boxes of the frame are lost with it.",
    cure="Turn numpy's numbers into Python's with `float()` or `int()`, arrays into lists with `.tolist()`.",
    bad='message = {"score": scores.max()}',
    good='message = {"score": float(scores.max())}',
)
SCORE_RANGE = Rule(
    id="AZ710",
    name="run-score-range",
    severity=Severity.WARNING,
    title="Scores lie between 0 and 1.",
    why="Thresholds, the tracker and dashboards take them for probabilities.",
    cure="Apply the sigmoid or the softmax that the exported model does not have, or scale the percentage.",
    bad="scores = rows[:, 4] * 100",
    good="scores = rows[:, 4]",
)
BOX_SCALE = Rule(
    id="AZ711",
    name="run-box-scale",
    severity=Severity.ERROR,
    title="Boxes are in pixels of the frame, whose size is `config.image_size`.",
    why="Boxes in the network's pixels, or from 0 to 1, land in the frame's top left corner.",
    cure="Scale them: `boxes * (width / 640, height / 640, width / 640, height / 640)`.",
    bad="boxes = rows[:, :4]",
    good="width, height = config.image_size\nboxes = rows[:, :4] / 640 * [width, height, width, height]",
)
BOX_OUTSIDE = Rule(
    id="AZ712",
    name="run-box-outside",
    severity=Severity.WARNING,
    title="The box of an object in the frame lies in the frame.",
    why="The runtime cuts boxes at the frame's edge: right and bottom in place of width and height look like this, and "
    "width and height in the wrong order.",
    cure="Return x, y, width, height from the frame's top left.",
    bad="boxes = np.stack([left, top, right, bottom], axis=1)",
    good="boxes = np.stack([left, top, right - left, bottom - top], axis=1)",
)
INPUT_CHANGED = Rule(
    id="AZ713",
    name="run-input-changed",
    severity=Severity.WARNING,
    title="A parser leaves its input as it is.",
    why="Reading a layer a second time gives other values, and a recording shows what the model never gave.",
    cure="Work on a copy, or without `+=`, `*=` and assignments to parts of a layer.",
    bad="rows[:, :2] -= rows[:, 2:4] / 2",
    good="top_left = rows[:, :2] - rows[:, 2:4] / 2",
)
STATE = Rule(
    id="AZ714",
    name="run-state",
    severity=Severity.WARNING,
    title="The same tensors give the same result.",
    why="A result that depends on chance or on earlier frames cannot be compared, and recordings do not replay.",
    cure="Compute the result from the tensors alone; give a random generator a fixed seed in the function.",
    bad="scores = scores + np.random.rand(len(scores)) * 1e-3",
    good="scores = scores",
)
STREAMS_MIXED = Rule(
    id="AZ715",
    name="run-streams-mixed",
    severity=Severity.WARNING,
    title="A parse function keeps nothing from one frame to the next.",
    why="All cameras' frames go through the same function in turn, and nothing says which camera a frame is from: what "
    "is smoothed is smoothed over all of them.",
    cure="Keep state in `add_custom_to_meta`, by `frame_meta.pad_index`, or leave it to the tracker.",
    bad="last = 0.9 * last + 0.1 * boxes",
    good="return boxes, class_ids, scores, None",
)
GROWTH = Rule(
    id="AZ716",
    name="run-growth",
    severity=Severity.WARNING,
    title="A parser's memory does not grow with the frames.",
    why="A device plays 2.6 million frames a day and stream: the module ends when its memory does.",
    cure="Keep a bounded history: `collections.deque(maxlen=30)`.",
    bad="history = []\n\ndef parse_det_model(config, raw_outputs):\n    history.append(raw_outputs)",
    good="history = collections.deque(maxlen=30)",
)
SLOW = Rule(
    id="AZ717",
    name="run-slow",
    severity=Severity.WARNING,
    title="A call is done within the time of a frame: 33 ms at 30 frames a second, divided by the streams.",
    why="All streams of a pipeline share one Python interpreter; frames queue up behind a slow parser.",
    cure="Drop candidates below the threshold before anything else, and let numpy do what a loop does.",
    bad="for row in rows:  # 25200 of them\n    if row[4] > 0.5: ...",
    good="rows = rows[rows[:, 4] > 0.5]",
)
METADATA = Rule(
    id="AZ718",
    name="run-metadata",
    severity=Severity.ERROR,
    title="`add_custom_to_meta` raises nothing, and DeepStream's bindings take what it writes.",
    why="The frame's objects and texts are missing, or memory is written that is not theirs.",
    cure="Give the bindings integers where they want them, labels below 128 bytes, and 16 shapes at most in one "
    "display metadata.",
    bad="display.text_params[0].x_offset = 12.5",
    good="display.text_params[0].x_offset = 12",
)
METADATA_WRONG = Rule(
    id="AZ719",
    name="run-metadata-wrong",
    severity=Severity.WARNING,
    title="Objects and texts that a parser adds lie in the frame, objects' parents too.",
    why="What lies outside is not shown, and elements downstream fail on objects without size.",
    cure="Clip boxes to the frame, and set the counts of a display metadata to what was filled.",
    bad="display.num_labels = 2  # one text was set",
    good="display.num_labels = 1",
)
NOT_FINITE = Rule(
    id="AZ720",
    name="run-not-finite",
    severity=Severity.WARNING,
    title="A parser drops values that are not finite.",
    why="A model at half precision overflows; such a frame then ends in the log.",
    cure="Begin with `rows = rows[np.isfinite(rows).all(axis=1)]`.",
    bad="x = int(rows[0, 0])",
    good="rows = rows[np.isfinite(rows).all(axis=1)]",
)
MISSING_LAYER = Rule(
    id="AZ721",
    name="run-missing-layer",
    severity=Severity.WARNING,
    title="When the model lacks a layer, the failure names it.",
    why="`raw_outputs[name]` says which layers there are; `.get()` gives None, and the log an AttributeError.",
    cure='Write `raw_outputs["boxes"]`.',
    bad='boxes = raw_outputs.get("boxes")[:, :4]',
    good='boxes = raw_outputs["boxes"][:, :4]',
)
ENDED = Rule(
    id="AZ722",
    name="run-ended",
    severity=Severity.ERROR,
    title="A parser does not end its process.",
    why="The pipeline ends with all its cameras, and starts again into the same.",
    cure="Raise an exception, which costs one frame; look at compiled code that crashes.",
    bad="os._exit(1)",
    good='raise ValueError("the layer has no rows")',
)
HANGS = Rule(
    id="AZ723",
    name="run-hangs",
    severity=Severity.ERROR,
    title="A call comes back.",
    why="The pipeline stands still; the runtime ends it after a minute.",
    cure="Bound the loop.",
    bad="while candidates:\n    best = max(candidates)",
    good="while candidates:\n    best = candidates.pop()",
)
MEMORY = Rule(
    id="AZ724",
    name="run-memory",
    severity=Severity.ERROR,
    title="A call needs little memory.",
    why="The device has less than this machine, and ends the module.",
    cure="Drop candidates below the threshold before comparing each with each.",
    bad="overlaps = boxes[:, None] - boxes[None]  # 25200 x 25200",
    good="boxes = boxes[scores > 0.5]",
)
DEED_PROCESS = Rule(
    id="AZ725",
    name="run-process",
    severity=Severity.ERROR,
    title="A parser starts no processes.",
    why="It is called for each frame of each camera: processes pile up and keep the device's memory.",
    cure="Do the work in Python, or in the business logic's module.",
    bad='subprocess.run(["date"])',
    good="datetime.datetime.now()",
)
DEED_SOCKET = Rule(
    id="AZ726",
    name="run-network",
    severity=Severity.WARNING,
    title="A parser opens no connections.",
    why="A call waits for the network, and the pipeline with it. The message it returns is what travels.",
    cure="Return the message, and let the runtime send it.",
    bad="requests.post(address, json=message)",
    good="return boxes, class_ids, scores, message",
)
DEED_FILE = Rule(
    id="AZ727",
    name="run-files",
    severity=Severity.WARNING,
    title="A parser writes and changes no files.",
    why="The image's root is often read-only, and a device's disk is full within days.",
    cure="Return a message; the runtime records video and writes logs.",
    bad='np.save("last.npy", rows)',
    good="return boxes, class_ids, scores, message",
)
DEED_TRACING = Rule(
    id="AZ728",
    name="run-tracing",
    severity=Severity.WARNING,
    title="A parser sets no trace and no profile function.",
    why="Every line of the whole pipeline's Python is slower from then on.",
    cure="Remove the call to `sys.settrace` or `sys.setprofile`.",
    bad="sys.settrace(trace)",
)
THREADS = Rule(
    id="AZ729",
    name="run-threads",
    severity=Severity.WARNING,
    title="A parser leaves no threads behind.",
    why="They go on beside the pipeline, one more with each frame or each start.",
    cure="Do the work in the call.",
    bad="threading.Thread(target=save, args=(rows,)).start()",
    good="save(rows)",
)
REPLAY = Rule(
    id="AZ730",
    name="run-replay",
    severity=Severity.ERROR,
    title="On recorded tensors a parser gives what it gave when they were recorded.",
    why="A change that was not meant shows here first.",
    cure="Look at the frames that differ; record again when the change is meant.",
)
DEED_NATIVE = Rule(
    id="AZ731",
    name="run-native",
    severity=Severity.NOTE,
    title="What a parser does through ctypes is not watched.",
    why="Calls of the C library get past the look at files, connections and processes: only the sandbox holds them.",
    cure="Call the library in Python's own words, or read its code yourself.",
    bad="ctypes.CDLL(None).system(command)",
)
BOX_ELSEWHERE = Rule(
    id="AZ732",
    name="run-box-elsewhere",
    severity=Severity.ERROR,
    title="An object's box comes back where the object is.",
    why="The tensors of this model say where the object is, and the parser returns another box: the boxes on the video "
    "lie beside the things.",
    cure="Look at the order of the columns, at centre and corner, and at the padding of the network's input.",
    bad="boxes = rows[:, :4] * scale  # centre, width, height",
    good="boxes = rows[:, :4] * scale\nboxes[:, :2] -= boxes[:, 2:] / 2",
)
CLASS_WRONG = Rule(
    id="AZ733",
    name="run-class-wrong",
    severity=Severity.ERROR,
    title="An object comes back with its own class.",
    why="The wrong label is shown and counted, and nothing in the log says so.",
    cure="Take the index within the class columns alone: not of the whole row, and not counted from 1.",
    bad="class_ids = rows[:, 4:].argmax(axis=1)  # column 4 is the objectness",
    good="class_ids = rows[:, 5:].argmax(axis=1)",
)
OBJECTS_LOST = Rule(
    id="AZ734",
    name="run-objects-lost",
    severity=Severity.ERROR,
    title="No object with a high score is lost.",
    why="A slice that is one too short, or a comparison with the wrong column, drops objects that the model found.",
    cure="Look at the slices and masks. A parser that keeps the best few, or one class of several, is not meant.",
    bad="boxes = boxes[order[1:]]",
    good="boxes = boxes[order]",
)
DEED_STREAMS = Rule(
    id="AZ735",
    name="run-standard-streams",
    severity=Severity.ERROR,
    title="A parser leaves standard input, output and error as they are.",
    why="The next file or connection that is opened takes the number, and the log of the whole runtime goes into it.",
    cure="Remove the close; to be quiet, write nothing, or use `contextlib.redirect_stdout`.",
    bad="os.close(1)",
    good="with contextlib.redirect_stdout(io.StringIO()):\n    model.predict(rows)",
)

RULES = tuple(value for value in list(globals().values()) if isinstance(value, Rule))
