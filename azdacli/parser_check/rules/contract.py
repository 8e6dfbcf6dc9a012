"""AZ2xx: the parser contract, and AZ3xx: what a parser imports."""

from azdacli.parser_check.rules.rule import Rule, Severity

_FOUR = "return bboxes, class_ids, scores, message"

NO_CONTRACT = Rule(
    id="AZ201",
    name="not-a-parser",
    severity=Severity.ERROR,
    title="A parser defines `model_type` (primary) or `gie_unique_id` (secondary).",
    why="The runtime cannot tell what the file is and refuses the model.",
    cure="Define `model_type = 0` and `parse_det_model`, `model_type = 1` and `parse_custom_model`, "
    "or `gie_unique_id` and `parse_sgie_model`.",
    bad="def decode(raw_outputs): ...",
    good="model_type = 0\nname = 'MyParser'\nlabels = ['car']\n\ndef parse_det_model(config, raw_outputs): ...",
)
REQUIRED_NAME = Rule(
    id="AZ202",
    name="required-name",
    severity=Severity.ERROR,
    title="A parser defines every name that its kind requires.",
    why="The runtime refuses a parser that lacks one of: `model_type`, `name`, `labels` and "
    "`parse_det_model` (detection), "
    "`model_type`, `name` and `parse_custom_model` (custom), `gie_unique_id` and `parse_sgie_model` (secondary).",
    cure="Define the name at the top level of the file.",
    bad="model_type = 0\nname = 'MyParser'\ndef parse_det_model(config, raw_outputs): ...",
    good="model_type = 0\nname = 'MyParser'\nlabels = ['car']\ndef parse_det_model(config, raw_outputs): ...",
)
MAYBE_MISSING = Rule(
    id="AZ203",
    name="maybe-missing",
    severity=Severity.WARNING,
    title="A required name is defined on every path through the file.",
    why="When the condition does not hold on the device, the name is missing there and the parser is refused.",
    cure="Define the name on the other path too.",
    bad="if os.path.exists('labels.txt'):\n    labels = open('labels.txt').read().split()",
    good="labels = ['car']\nif os.path.exists('labels.txt'):\n    labels = open('labels.txt').read().split()",
)
NAME_TYPE = Rule(
    id="AZ204",
    name="name-type",
    severity=Severity.ERROR,
    title="Required names have the right type: `model_type` 0 or 1, `name` a string, `labels` a list of strings, "
    "`gie_unique_id` an integer above 0, functions that can be called.",
    why="The runtime compares and indexes these values; the bindings take a label only as a string.",
    cure="Give the name a value of the right type.",
    bad="labels = 'person'",
    good="labels = ['person']",
)
PARAMETERS = Rule(
    id="AZ205",
    name="parameters",
    severity=Severity.ERROR,
    title="The functions take the arguments that the runtime hands them: `(config, raw_outputs)`, "
    "and `(self, data, batch_meta, frame_meta)` for `add_custom_to_meta`.",
    why="Each frame raises TypeError, and its detections are lost.",
    cure="Give the function these parameters; any others need defaults.",
    bad="def parse_det_model(raw_outputs): ...",
    good="def parse_det_model(config, raw_outputs): ...",
)
PARAMETER_ORDER = Rule(
    id="AZ206",
    name="parameter-order",
    severity=Severity.ERROR,
    title="The parameters stand in the contract's order; the runtime passes them by position.",
    why="The function would read layers from `config` and the image size from the layers.",
    cure="Swap the parameters.",
    bad="def parse_det_model(raw_outputs, config): ...",
    good="def parse_det_model(config, raw_outputs): ...",
)
NOT_PLAIN_FUNCTION = Rule(
    id="AZ207",
    name="async-or-generator",
    severity=Severity.ERROR,
    title="A parse function returns its values: it is neither `async` nor a generator.",
    why="Calling it gives a coroutine or a generator instead of values, for every frame.",
    cure="Remove `async`, or collect what is yielded and return it.",
    bad="def parse_det_model(config, raw_outputs):\n    yield [], [], [], None",
    good="def parse_det_model(config, raw_outputs):\n    return [], [], [], None",
)
TWO_KINDS = Rule(
    id="AZ208",
    name="two-kinds",
    severity=Severity.WARNING,
    title="A file is a primary parser or a secondary one, not both.",
    why="It is used as the one that the configuration asks for; the other half is never called.",
    cure="Put the secondary parser into a file of its own.",
    bad="model_type = 0\ngie_unique_id = 2",
    good="model_type = 0",
)
CONFIG_ATTRIBUTE = Rule(
    id="AZ209",
    name="config-attribute",
    severity=Severity.WARNING,
    title="`config` has the frame's `image_size`, the network's `network_size`, `scale`, `padding`, `to_frame` and "
    "`points_to_frame`, and the parser's own `labels` and `name`.",
    why="Anything else raises AttributeError on the device, for every frame.",
    cure="Use `config.image_size`; keep settings of your own as names of the module.",
    bad="w, h = config.img_size",
    good="w, h = config.image_size",
)
IMAGE_SIZE_ORDER = Rule(
    id="AZ210",
    name="image-size-order",
    severity=Severity.WARNING,
    title="`config.image_size` is `(width, height)`, in this order.",
    why="Boxes are stretched and moved; with square frames the mistake stays unnoticed.",
    cure="Write `width, height = config.image_size`.",
    bad="h, w = config.image_size",
    good="w, h = config.image_size",
)
RETURN_COUNT = Rule(
    id="AZ221",
    name="return-count",
    severity=Severity.ERROR,
    title="Every `return` gives as many values as the contract says: four for `parse_det_model`, two "
    "for `parse_custom_model`.",
    why="The runtime unpacks what is returned. A wrong count raises ValueError; on an error path only "
    "when the error happens, "
    "which is when it hurts most.",
    cure="Return bboxes, class ids, scores and a message (`parse_det_model`), or data and a message "
    "(`parse_custom_model`).",
    bad="except KeyError:\n    return [], [], []",
    good="except KeyError:\n    return [], [], [], None",
)
RETURN_MISSING = Rule(
    id="AZ222",
    name="return-missing",
    severity=Severity.ERROR,
    title="No path through a parse function ends without a `return`.",
    why="Such a path gives None, which cannot be unpacked into the values of the contract.",
    cure="End the path with a return of empty values.",
    bad="def parse_det_model(config, raw_outputs):\n    if 'boxes' in raw_outputs:\n        return decode(raw_outputs)",
    good="def parse_det_model(config, raw_outputs):\n    if 'boxes' in raw_outputs:\n        return "
    "decode(raw_outputs)\n"
    "    return [], [], [], None",
)
IDS_ARE_STRINGS = Rule(
    id="AZ223",
    name="class-ids-strings",
    severity=Severity.ERROR,
    title="The second value is the class ids: integers, not their labels.",
    why="A class id is an integer in the metadata; the runtime finds the label in `labels` by it.",
    cure="Return the integer ids; the label of id `i` is `labels[i]`.",
    bad="labels = ['none', 'person']\n...\nreturn bboxes, labels, scores, message",
    good=_FOUR,
)
IDS_ARE_FLOATS = Rule(
    id="AZ224",
    name="class-ids-floats",
    severity=Severity.ERROR,
    title="Class ids are integers.",
    why="DeepStream's bindings take a class id only as an integer: a Python float or numpy.float64 raises TypeError.",
    cure="Convert them: `class_ids.astype(int)`.",
    bad="ids = np.zeros(len(scores))\nreturn bboxes, ids, scores, message",
    good="ids = np.zeros(len(scores), dtype=int)\nreturn bboxes, ids, scores, message",
)
LABEL_TOO_LONG = Rule(
    id="AZ225",
    name="label-too-long",
    severity=Severity.ERROR,
    title="A label is shorter than 128 bytes in UTF-8.",
    why="The metadata holds a label in 128 bytes with its end mark. DeepStream's bindings copy it "
    "without looking at the length: "
    "a longer one overwrites the memory behind it and crashes the pipeline later, somewhere else.",
    cure="Shorten the label.",
    bad="labels = ['a' * 128]",
    good="labels = ['a' * 127]",
)
RETURN_TYPE = Rule(
    id="AZ226",
    name="return-type",
    severity=Severity.ERROR,
    title="Boxes, class ids and scores are arrays or lists; nothing found is an empty list.",
    why="The runtime goes through them by index; a number, a string, a dictionary or None has none.",
    cure="Return `[]` where nothing was found, and lists or numpy arrays otherwise.",
    bad="return None, None, None, None",
    good="return [], [], [], None",
)
BINDINGS_REFUSE = Rule(
    id="AZ227",
    name="bindings-refuse",
    severity=Severity.ERROR,
    title="Metadata gets values that DeepStream's bindings take.",
    why="`class_id = 2.0`, `x_offset = -1`, `x_offset = 3.7`, `rect_params.left = 'a'` and `obj_label "
    "= 5` raise TypeError.",
    cure="Use an integer (0 or more for text offsets), a number, or a string, as the attribute requires.",
    bad="obj_meta.text_params.x_offset = -1",
    good="obj_meta.text_params.x_offset = max(0, x)",
)
MESSAGE_NOT_JSON = Rule(
    id="AZ228",
    name="message-not-json",
    severity=Severity.ERROR,
    title="The message can be written as JSON.",
    why="Sets, bytes, complex numbers, functions and generators cannot; the frame's message is lost.",
    cure="Use dictionaries, lists, strings, numbers, booleans and None.",
    bad="return {'left', 'right'}",
    good="return ['left', 'right']",
)
LAYER_KEY = Rule(
    id="AZ230",
    name="layer-key",
    severity=Severity.ERROR,
    title="Layers are asked for by name.",
    why="`raw_outputs` is a dictionary from layer names to arrays; a number is never among its keys.",
    cure="Use the layer's name: `raw_outputs['boxes']`. To take them in order: `list(raw_outputs.values())[0]`.",
    bad="boxes = raw_outputs[0]",
    good="boxes = raw_outputs['boxes']",
)
MISSING_PACKAGE = Rule(
    id="AZ301",
    name="missing-package",
    severity=Severity.ERROR,
    title="The image has every package that the parser imports.",
    why="The image brings Python's standard library, numpy, pyds, gi and the runtime. Importing "
    "anything else stops the parser.",
    cure='Add `--run "pip install PACKAGE"` to `azdacli create`, and the same `--run` here.',
    bad="import cv2",
    good='import cv2  # with: azdacli create --run "pip install opencv-python-headless"',
)
UNKNOWN_MODULE = Rule(
    id="AZ302",
    name="unknown-module",
    severity=Severity.ERROR,
    title="A module that the image does not have stands beside the parser.",
    why="Without the file beside the parser, or the package in the image, the import stops the parser. An import "
    "within a function may never be reached: that is a note.",
    cure='Put the module beside the parser, or install its package with `--run "pip install ..."`.',
    bad="import ssd_utils  # and there is no ssd_utils.py in the folder",
)
MODULE_GONE = Rule(
    id="AZ303",
    name="module-of-another-python",
    severity=Severity.ERROR,
    title="The release's Python has the standard module.",
    why="Python 3.12 (DeepStream 8.0 and later) dropped `distutils`, `imp`, `asyncore`, `asynchat` and "
    "`smtpd`; 3.10 has no `tomllib` yet.",
    cure="Use what replaced it.",
    bad="from distutils.util import strtobool  # with DeepStream 8.0",
)
NUMPY_ALIAS = Rule(
    id="AZ304",
    name="numpy-alias",
    severity=Severity.ERROR,
    title="numpy's old names of Python's types are not used.",
    why="`np.int`, `np.float`, `np.bool`, `np.object`, `np.str` and `np.complex` are gone since numpy "
    "1.24: AttributeError.",
    cure="Use `int`, `float`, `bool`, `object`, `str`, or a sized type as `np.float32`.",
    bad="ids = classes.astype(np.int)",
    good="ids = classes.astype(int)",
)
SIBLING_NAME = Rule(
    id="AZ305",
    name="sibling-name",
    severity=Severity.ERROR,
    title="A sibling module has the names that are taken from it.",
    why="The import raises ImportError, or the use AttributeError.",
    cure="Correct the name, or define it in the sibling.",
    bad="from pose import deocde  # pose.py defines decode",
    good="from pose import decode",
)
SHADOWS_STANDARD = Rule(
    id="AZ306",
    name="shadows-standard-module",
    severity=Severity.WARNING,
    title="No file is called like a module of the standard library or of the image.",
    why="`import json` may bring the wrong one of the two, depending on what was imported before.",
    cure="Rename the file.",
    bad="json.py",
    good="json_tools.py",
)
RELATIVE_IMPORT = Rule(
    id="AZ307",
    name="relative-import",
    severity=Severity.ERROR,
    title="Siblings are imported by their bare name.",
    why="A parser is a file, not part of a package: Python ends the import with ImportError.",
    cure="Write `import utils` or `from utils import nms`.",
    bad="from .utils import nms",
    good="from utils import nms",
)
RELATIVE_FILE = Rule(
    id="AZ308",
    name="relative-file",
    severity=Severity.WARNING,
    title="Files beside a parser are opened by a path from `__file__`.",
    why="A bare name is looked for in the working directory, which is not the parser's folder in the image: it is not "
    "found, and the pipeline does not start.",
    cure="Write `Path(__file__).parent / 'labels.txt'`.",
    bad='labels = open("labels.txt").read().split()',
    good='labels = (Path(__file__).parent / "labels.txt").read_text().split()',
)
RULES = (
    *(NO_CONTRACT, REQUIRED_NAME, MAYBE_MISSING, NAME_TYPE, PARAMETERS, PARAMETER_ORDER, NOT_PLAIN_FUNCTION, TWO_KINDS),
    *(
        CONFIG_ATTRIBUTE,
        IMAGE_SIZE_ORDER,
        RETURN_COUNT,
        RETURN_MISSING,
        IDS_ARE_STRINGS,
        IDS_ARE_FLOATS,
        LABEL_TOO_LONG,
    ),
    *(RETURN_TYPE, BINDINGS_REFUSE, MESSAGE_NOT_JSON, LAYER_KEY),
    *(
        MISSING_PACKAGE,
        UNKNOWN_MODULE,
        MODULE_GONE,
        NUMPY_ALIAS,
        SIBLING_NAME,
        SHADOWS_STANDARD,
        RELATIVE_IMPORT,
        RELATIVE_FILE,
    ),
)
