"""AZ4xx: the nvinfer or nvinferserver configuration by itself."""

from azdacli.parser_check.rules.rule import Rule, Severity

UNREADABLE = Rule(
    id="AZ401",
    name="config-unreadable",
    severity=Severity.ERROR,
    title="A configuration can be read: INI or YAML with a `property` group, or protobuf text with `infer_config`.",
    why="DeepStream refuses the file and the pipeline does not start.",
    cure="Correct the line.",
    bad="[property]\ngpu-id",
    good="[property]\ngpu-id=0",
)
MISSPELT_KEY = Rule(
    id="AZ402",
    name="misspelt-key",
    severity=Severity.ERROR,
    title="Keys are spelt as DeepStream spells them.",
    why="nvinfer only prints a line about a key that it does not know and goes on with the default; "
    "nvinferserver refuses the file.",
    cure="Write the key as the message says.",
    bad="[property]\noutput_tensor_meta=1",
    good="[property]\noutput-tensor-meta=1",
)
UNKNOWN_KEY = Rule(
    id="AZ403",
    name="unknown-key",
    severity=Severity.WARNING,
    title="Every key and group is one that DeepStream reads.",
    why="nvinfer only prints a line about a key that it does not know; the setting has no effect.",
    cure="Remove the key, or look its name up in NVIDIA's documentation.",
    bad="[property]\nmy-note=first try",
)
LEGACY_KEY = Rule(
    id="AZ404",
    name="legacy-key",
    severity=Severity.WARNING,
    title="Keys that DeepStream keeps only for old files are replaced.",
    why="They still work (the YAML form does not take them), but a newer key has taken their place.",
    cure="Use the newer key.",
    bad="[property]\nis-classifier=0",
    good="[property]\nnetwork-type=0",
)
REFUSED_FORMAT = Rule(
    id="AZ405",
    name="refused-format",
    severity=Severity.ERROR,
    title="The release still takes the model's format.",
    why="TensorRT 10 (DeepStream 7.1 and later) reads neither Caffe nor UFF, has no implicit batch, "
    "and `.etlt` files are at their end: "
    "the keys are still parsed, then no model is found.",
    cure="Export the model to ONNX and name it with `onnx-file`, or choose DeepStream 7.0 or earlier.",
    bad="[property]\ntlt-encoded-model=model.etlt",
    good="[property]\nonnx-file=model.onnx",
)
BAD_VALUE = Rule(
    id="AZ406",
    name="bad-value",
    severity=Severity.ERROR,
    title="Each value has its key's type and range.",
    why="DeepStream refuses the file and the pipeline does not start. A comment behind a value is part of the value; "
    "only integers end at a blank. The YAML form takes integers where a key file takes true and false.",
    cure="Write a value as the message says; comments stand on lines of their own.",
    bad="[property]\nnet-scale-factor=0.0039 # 1/255",
    good="[property]\n# 1/255\nnet-scale-factor=0.0039",
)
DUPLICATE_KEY = Rule(
    id="AZ407",
    name="duplicate-key",
    severity=Severity.WARNING,
    title="A key stands once in its group.",
    why="Only the last one counts.",
    cure="Remove one of the two.",
    bad="[property]\nbatch-size=1\nbatch-size=4",
    good="[property]\nbatch-size=4",
)
FILE_MISSING = Rule(
    id="AZ408",
    name="file-missing",
    severity=Severity.ERROR,
    title="Every file that the configuration names is in the folder, or in the image.",
    why="Paths are relative to the configuration. A model or library that is not there stops the "
    "pipeline; labels that are not there are lost. `create` and `publish` resolve paths in the image: where `--add` "
    "puts the files, and in the layers that are there already.",
    cure="Put the file into the folder, bring it with `--add`, or correct its name.",
    bad="labelfile-path=labels.txt  # and the folder has label.txt",
    good="labelfile-path=label.txt",
)
NO_MODEL = Rule(
    id="AZ409",
    name="no-model",
    severity=Severity.ERROR,
    title="A configuration names a model.",
    why="nvinfer stops: it has no model to build an engine from.",
    cure="Add `onnx-file=model.onnx`.",
    bad="[property]\ngie-unique-id=1",
    good="[property]\ngie-unique-id=1\nonnx-file=model.onnx",
)
KEY_MISSING = Rule(
    id="AZ410",
    name="key-missing",
    severity=Severity.WARNING,
    title="Settings that everybody needs are written down.",
    why="Without `gie-unique-id` an element calls itself 15, and a detector without "
    "`num-detected-classes` finds nothing.",
    cure="Add the key.",
    bad="[property]\nonnx-file=model.onnx",
    good="[property]\nonnx-file=model.onnx\ngie-unique-id=1\nnum-detected-classes=2",
)
CLASS_GROUP = Rule(
    id="AZ411",
    name="class-group",
    severity=Severity.ERROR,
    title="`[class-attrs-N]` is about a class that exists.",
    why="An N that is not below `num-detected-classes` makes nvinfer refuse the whole file.",
    cure="Correct N or `num-detected-classes`.",
    bad="[property]\nnum-detected-classes=2\n[class-attrs-2]\ntopk=20",
    good="[property]\nnum-detected-classes=2\n[class-attrs-1]\ntopk=20",
)
ENGINE_ONLY = Rule(
    id="AZ412",
    name="engine-only",
    severity=Severity.WARNING,
    title="A TensorRT engine is accompanied by the model that it was built from.",
    why="An engine works only with the TensorRT version and the GPU that it was built on; elsewhere it "
    "is refused and must be built anew.",
    cure="Name the model with `onnx-file` too.",
    bad="[property]\nmodel-engine-file=model_b1_gpu0_fp16.engine",
    good="[property]\nonnx-file=model.onnx\nmodel-engine-file=model_b1_gpu0_fp16.engine",
)
NO_CALIBRATION = Rule(
    id="AZ413",
    name="no-calibration",
    severity=Severity.WARNING,
    title="INT8 comes with its calibration file.",
    why="Without `int8-calib-file` nvinfer falls back to FP16 or FP32 without a word.",
    cure="Add `int8-calib-file`, or set `network-mode=2` (FP16).",
    bad="[property]\nnetwork-mode=1",
    good="[property]\nnetwork-mode=2",
)
IGNORED = Rule(
    id="AZ414",
    name="setting-ignored",
    severity=Severity.WARNING,
    title="A setting stands where DeepStream reads it, with a value that it can use.",
    why="The file loads and the setting has no effect: a YAML key outside of its group, a group that stands twice, or "
    "a threshold of `nan`, which no number is above or below.",
    cure="Write the setting as the message says.",
    bad="class-attrs-all:\npre-cluster-threshold: 0.4",
    good="class-attrs-all:\n  pre-cluster-threshold: 0.4",
)
RULES = (
    *(UNREADABLE, MISSPELT_KEY, UNKNOWN_KEY, LEGACY_KEY, REFUSED_FORMAT, BAD_VALUE, DUPLICATE_KEY, FILE_MISSING),
    *(NO_MODEL, KEY_MISSING, CLASS_GROUP, ENGINE_ONLY, NO_CALIBRATION, IGNORED),
)
