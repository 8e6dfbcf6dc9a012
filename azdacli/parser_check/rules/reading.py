"""AZ0xx and AZ1xx: the checker itself, and what can be read from any Python file."""

from azdacli.parser_check.rules.rule import Rule, Severity

CANNOT_TELL = Rule(
    id="AZ001",
    name="cannot-tell",
    severity=Severity.NOTE,
    title="What the checker cannot see by reading, it says so.",
    why=(
        "The checker reads the parser and never runs it. Where a value comes from code that it cannot follow "
        "(a foreign package, `exec`, a decorator), nothing is claimed: neither that it is right nor that it is wrong."
    ),
    cure="Look at the place yourself; nothing has to be changed.",
    bad="return some_package.decode(raw_outputs)",
)
IGNORE_UNUSED = Rule(
    id="AZ002",
    name="unused-ignore",
    severity=Severity.WARNING,
    title="An `# azda: ignore[...]` comment silences something on its line.",
    why="A comment that silences nothing hides the next mistake on that line.",
    cure="Remove the comment.",
    bad="labels = ['car']  # azda: ignore[AZ221] was needed once",
    good="labels = ['car']",
)
IGNORE_MALFORMED = Rule(
    id="AZ003",
    name="malformed-ignore",
    severity=Severity.WARNING,
    title="An ignore comment names known rules and gives a reason: `# azda: ignore[AZ301] installed by --run`.",
    why="Without a known rule nothing is silenced; without a reason the next reader cannot judge "
    "whether it still holds.",
    cure="Write `# azda: ignore[RULE] reason` with the id or the name of a rule.",
    bad="import cv2  # azda: ignore[AZ301]",
    good="import cv2  # azda: ignore[AZ301] installed with --run",
)
NOT_TEXT = Rule(
    id="AZ101",
    name="not-text",
    severity=Severity.ERROR,
    title="A parser or configuration is text in UTF-8 (or in the encoding that its first lines declare).",
    why="Python refuses to import the file, so the module stops when it starts.",
    cure="Save the file as UTF-8.",
    bad="# a file saved as UTF-16 or cp1252",
)
SYNTAX = Rule(
    id="AZ102",
    name="syntax-error",
    severity=Severity.ERROR,
    title="The file is Python.",
    why="Python refuses to import the file, so the module stops when it starts.",
    cure="Correct the line.",
    bad="def parse_det_model(config, raw_outputs)\n    return [], [], [], None",
    good="def parse_det_model(config, raw_outputs):\n    return [], [], [], None",
)
PYTHON_TOO_NEW = Rule(
    id="AZ103",
    name="python-too-new",
    severity=Severity.ERROR,
    title="The file needs no newer Python than the image has.",
    why=(
        "Each DeepStream release brings the Python of its Ubuntu: 3.10 up to DeepStream 7.1, 3.12 from 8.0. "
        "Syntax that came later is a SyntaxError there, and a standard module that came later is not found."
    ),
    cure="Write it in the older way, or choose a release with a newer Python.",
    bad='try:\n    ...\nexcept* ValueError:  # Python 3.11\n    ...\ntext = f"{", ".join(names)}"  # Python 3.12',
    good="text = f\"{', '.join(names)}\"",
)
UNDEFINED_NAME = Rule(
    id="AZ104",
    name="undefined-name",
    severity=Severity.ERROR,
    title="Every name that is used is defined.",
    why="The first frame that reaches the line raises NameError: its detections are lost, and so are all others'.",
    cure="Define the name before it is used, or correct its spelling.",
    bad="boxes = decode(raw_outputs)\nreturn bboxes, ids, scores, None",
    good="boxes = decode(raw_outputs)\nreturn boxes, ids, scores, None",
)
UNUSED_IMPORT = Rule(
    id="AZ105",
    name="unused-import",
    severity=Severity.WARNING,
    title="Every import is used.",
    why="It costs time at start, and it stops the parser if the image lacks the package. Editors add "
    "such imports by themselves.",
    cure="Remove the import.",
    bad="from cgitb import text\nimport numpy as np",
    good="import numpy as np",
)
UNUSED_NAME = Rule(
    id="AZ106",
    name="unused-name",
    severity=Severity.WARNING,
    title="What a function computes, it uses.",
    why="A value that is computed and dropped is often a misspelt name further down.",
    cure="Use the value or remove the line.",
    bad="ids = classes.astype(int)\nreturn boxes, classes, scores, None",
    good="ids = classes.astype(int)\nreturn boxes, ids, scores, None",
)
REDEFINED = Rule(
    id="AZ107",
    name="redefined",
    severity=Severity.WARNING,
    title="A name is not defined a second time before its first definition was used.",
    why="Only the last definition counts; the first one is dead code that looks alive.",
    cure="Remove or rename one of the two.",
    bad="def parse_det_model(config, raw_outputs): ...\ndef parse_det_model(config, raw_outputs): ...",
)
LINT = Rule(
    id="AZ108",
    name="lint",
    severity=Severity.WARNING,
    title="The linter finds nothing else that is always a mistake.",
    why="Comparisons with `is` to a literal, format strings without their arguments and the like do "
    "not do what they say.",
    cure="Do what the message says.",
    bad='if name is "car":\n    ...',
    good='if name == "car":\n    ...',
)
NUMPY_TOO_NEW = Rule(
    id="AZ109",
    name="numpy-too-new",
    severity=Severity.ERROR,
    title="Nothing is taken from numpy that came with numpy 2.",
    why="NVIDIA's bindings do not work with numpy 2, so every image has numpy 1.26: AttributeError or TypeError there. "
    "With Python 3.13 and later your own machine has numpy 2, and `azdacli simulate` runs on that one.",
    cure="Write it in the way of numpy 1.26.",
    bad="boxes = np.concat(parts)",
    good="boxes = np.concatenate(parts)",
)
RULES = (
    *(CANNOT_TELL, IGNORE_UNUSED, IGNORE_MALFORMED, NOT_TEXT, SYNTAX, PYTHON_TOO_NEW),
    *(UNDEFINED_NAME, UNUSED_IMPORT, UNUSED_NAME, REDEFINED, LINT, NUMPY_TOO_NEW),
)
