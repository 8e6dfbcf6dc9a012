"""AZ5xx: parser, configuration, labels and model together, and AZ6xx: native libraries."""

from azdacli.parser_check.rules.rule import Rule, Severity

NO_TENSORS = Rule(
    id="AZ501",
    name="no-tensor-output",
    severity=Severity.ERROR,
    title="A configuration that goes with a Python parser says `output-tensor-meta=1`.",
    why="Without it the model's raw outputs are not attached to the frames, and the parser is never called.",
    cure="Add `output-tensor-meta=1` (nvinferserver: `output_control { output_tensor_meta: true }`).",
    bad="[property]\nnetwork-type=100",
    good="[property]\nnetwork-type=100\noutput-tensor-meta=1",
)
NETWORK_TYPE = Rule(
    id="AZ502",
    name="network-type",
    severity=Severity.ERROR,
    title="A configuration that goes with a Python parser says `network-type=100`.",
    why="With any other type nvinfer parses the outputs by itself too, and fails when they are not "
    "those of its own models.",
    cure="Set `network-type=100` (nvinferserver: `postprocess { other {} }`).",
    bad="[property]\noutput-tensor-meta=1\nnetwork-type=0",
    good="[property]\noutput-tensor-meta=1\nnetwork-type=100",
)
GIE_ID = Rule(
    id="AZ503",
    name="gie-id",
    severity=Severity.ERROR,
    title="A secondary parser's `gie_unique_id` is the configuration's `gie-unique-id`.",
    why="The runtime finds the parser by this number; with another one it is never called.",
    cure="Make the two numbers equal.",
    bad="gie_unique_id = 3  # and gie-unique-id=2",
    good="gie_unique_id = 2  # and gie-unique-id=2",
)
PROCESS_MODE = Rule(
    id="AZ504",
    name="process-mode",
    severity=Severity.ERROR,
    title="A primary parser goes with `process-mode=1`, a secondary one with `process-mode=2`.",
    why="A model in the wrong mode works on whole frames instead of objects, or the other way round.",
    cure="Set `process-mode` to what the parser is.",
    bad="process-mode=2  # with a parser that has model_type",
    good="process-mode=1",
)
UNKNOWN_LAYER = Rule(
    id="AZ505",
    name="unknown-layer",
    severity=Severity.ERROR,
    title="The layers that a parser asks for are outputs of the model.",
    why="Every frame raises KeyError: the parser finds nothing, ever.",
    cure="Use one of the model's output names.",
    bad="boxes = raw_outputs['box']  # the model has 'boxes' and 'scores'",
    good="boxes = raw_outputs['boxes']",
)
LAYER_NOT_LISTED = Rule(
    id="AZ506",
    name="layer-not-listed",
    severity=Severity.WARNING,
    title="The layers that a parser asks for stand in `output-blob-names`.",
    why="For models whose file does not say what its outputs are, only these layers come out.",
    cure="Add the layer to `output-blob-names` or correct its name.",
    bad="output-blob-names=boxes  # and raw_outputs['scores']",
    good="output-blob-names=boxes;scores",
)
PARSER_LABELS = Rule(
    id="AZ507",
    name="parser-labels",
    severity=Severity.WARNING,
    title="The parser's `labels` are as many as the configuration's classes and the label file's lines.",
    why="Class ids and labels drift apart: a person is called a bag.",
    cure="Make the numbers equal.",
    bad="labels = ['car', 'bus']  # and num-detected-classes=4",
)
CLASS_COUNT = Rule(
    id="AZ508",
    name="class-count",
    severity=Severity.ERROR,
    title="`num-detected-classes` is the number of labels in the label file.",
    why="A native detection parser takes the number of classes from here to find its way in the model's outputs.",
    cure="Set `num-detected-classes` to the number of lines of the label file.",
    bad="num-detected-classes=9  # and label.txt has two lines",
    good="num-detected-classes=2",
)
INPUT_SHAPE = Rule(
    id="AZ509",
    name="input-shape",
    severity=Severity.ERROR,
    title="`infer-dims` is the shape of the model's input: channels, height, width.",
    why="TensorRT refuses to build the engine.",
    cure="Set `infer-dims` to the model's input, in the order channels;height;width.",
    bad="infer-dims=3;640;480  # and the model's input is 1x3x480x640",
    good="infer-dims=3;480;640",
)
DIMS_NEEDED = Rule(
    id="AZ510",
    name="dims-needed",
    severity=Severity.ERROR,
    title="A model whose input size is open gets one from `infer-dims`.",
    why="TensorRT cannot build an engine without a size.",
    cure="Add `infer-dims=channels;height;width`.",
    bad="# the model's input is 1x3xHxW\nonnx-file=model.onnx",
    good="onnx-file=model.onnx\ninfer-dims=3;640;640",
)
BATCH_SIZE = Rule(
    id="AZ511",
    name="batch-size",
    severity=Severity.WARNING,
    title="`batch-size` is not above the model's fixed batch.",
    why="A model exported with a fixed batch cannot take a larger one.",
    cure="Export the model with an open batch dimension, or lower `batch-size`.",
    bad="batch-size=8  # and the model's input is 1x3x640x640",
)
MODEL_UNREADABLE = Rule(
    id="AZ512",
    name="model-unreadable",
    severity=Severity.ERROR,
    title="The model file is an ONNX model.",
    why="TensorRT cannot read it: it is cut short, something else under that name, or a pointer of Git LFS.",
    cure="Export or download the model again.",
    bad="version https://git-lfs.github.com/spec/v1",
)
WEIGHTS_MISSING = Rule(
    id="AZ513",
    name="weights-missing",
    severity=Severity.ERROR,
    title="The files in which a model keeps its weights stand beside it.",
    why="Large models keep their weights outside of the ONNX file; without them no engine can be built.",
    cure="Put the file beside the model, under the name that the model gives it.",
    bad="model.onnx without model.onnx.data",
)
MODEL_OTHER = Rule(
    id="AZ514",
    name="another-model",
    severity=Severity.WARNING,
    title="The model that is checked is the one that the configuration names.",
    why="What was checked is not what will run.",
    cure="Correct `onnx-file`, or give `--model` the configuration's file.",
    bad="azdacli validate-parser parser.py --config pgie.txt --model other.onnx",
)
TRITON = Rule(
    id="AZ515",
    name="triton-config",
    severity=Severity.ERROR,
    title="A model repository is one that Triton loads: folders, versions, and a `config.pbtxt` that fits the model.",
    why="Triton compares names, types, dimensions and the batch with the model when it loads it, and refuses what "
    "differs; the pipeline does not start.",
    cure="Correct config.pbtxt as the message says.",
    bad="max_batch_size: 4  # and the model's input is 1x3x640x640",
    good='max_batch_size: 0\ninput [ { name: "images" data_type: TYPE_FP32 dims: [ 1, 3, 640, 640 ] } ]',
)
INPUT_ORDER = Rule(
    id="AZ516",
    name="input-order",
    severity=Severity.ERROR,
    title="`network-input-order` is the model's: 0 for channels first (NCHW), 1 for channels last (NHWC).",
    why="nvinfer fills the input in the order that the configuration says. In the other order sizes and channels are "
    "exchanged, and the engine is refused or sees noise. `infer-dims` is channels;height;width in both orders.",
    cure="Set `network-input-order` to the model's order.",
    bad="# the model's input is 1x640x640x3\nonnx-file=model.onnx\ninfer-dims=3;640;640",
    good="onnx-file=model.onnx\ninfer-dims=3;640;640\nnetwork-input-order=1",
)
NO_BOX_PARSER = Rule(
    id="AZ517",
    name="no-box-parser",
    severity=Severity.ERROR,
    title="The boxes of a detector have a parser: nvinfer's own for outputs with `cov` and `bbox` in their names, a "
    "native function, or a Python parser with `network-type=100`.",
    why="nvinfer's own parser finds no layer that it knows and every frame fails.",
    cure="Name a native parser, or leave the outputs to a Python parser.",
    bad="# the model's output is output0\nonnx-file=yolo.onnx\nnetwork-type=0",
    good="onnx-file=yolo.onnx\nnetwork-type=100\noutput-tensor-meta=1",
)
OUTPUT_TYPE = Rule(
    id="AZ518",
    name="output-type",
    severity=Severity.ERROR,
    title="Outputs have a type that DeepStream can hand over: float32, float16, int8 or int32.",
    why="NvDsInferDataType, which describes an output to everybody behind nvinfer, has no bool; int64 and uint8 came "
    "with new releases, and float64 becomes float32 in TensorRT. What depends on the release is a note.",
    cure="Cast the output to float32 or int32 in the exported model.",
    bad="# the model's output `keep` is bool\nonnx-file=model.onnx",
)
ENGINE_FILE = Rule(
    id="AZ519",
    name="engine-file",
    severity=Severity.WARNING,
    title="`model-engine-file` names the engine that nvinfer builds from the model, and is not older than the model.",
    why="nvinfer loads the engine that is named and looks at no dates: an old one goes on running the old model. It "
    "writes an engine under a name of its own, so where another is named it builds anew at each start.",
    cure="Write the name that nvinfer gives the engine, or remove the line.",
    bad="onnx-file=model.onnx\nmodel-engine-file=model_b1_gpu0_fp32.engine",
    good="onnx-file=model.onnx\nmodel-engine-file=model.onnx_b1_gpu0_fp32.engine",
)
MORE_INPUTS = Rule(
    id="AZ520",
    name="more-inputs",
    severity=Severity.ERROR,
    title="A model has one input, the image; others are filled by a native library.",
    why="nvinfer fills the image alone. For any other input it calls NvDsInferInitializeInputLayers of the library, "
    "and without one it does not start.",
    cure="Make the other inputs constants of the exported model, or name a library that fills them.",
    bad="# the model's inputs are images and im_shape\nonnx-file=model.onnx",
    good="onnx-file=model.onnx\ncustom-lib-path=libinputs.so",
)
MODEL_ALONE = Rule(
    id="AZ521",
    name="model-alone",
    severity=Severity.NOTE,
    title="A model that is given alone is described: inputs, outputs and opset, and what it needs besides.",
    why="A model runs with a configuration that names it, and its outputs are read by a parser.",
    cure="Write the two files, and check the folder that holds them.",
    bad="azdacli validate-parser model.onnx",
    good="azdacli validate-parser ./custom-assets",
)
SCALE = Rule(
    id="AZ522",
    name="scale",
    severity=Severity.WARNING,
    title="A model that takes pixels from 0 to 1 has `net-scale-factor=0.00392156862745098` (1/255).",
    why="nvinfer multiplies with 1 where nothing is said, so that the model sees 0 to 255 and finds nothing or "
    "nonsense. The exporter's metadata says whose model it is.",
    cure="Add `net-scale-factor=0.00392156862745098`.",
    bad="# the model's metadata says Ultralytics\nonnx-file=yolov8n.onnx",
    good="onnx-file=yolov8n.onnx\nnet-scale-factor=0.00392156862745098",
)
RANK = Rule(
    id="AZ523",
    name="too-many-dimensions",
    severity=Severity.ERROR,
    title="A layer is indexed with as many dimensions as it has, without the batch.",
    why="A parser gets the layers of one frame. A model's output of batch x 84 x 8400 is an array of 84 x 8400 there; "
    "code that was written for the batch ends with IndexError at the first frame.",
    cure="Drop the batch's index.",
    bad="rows = raw_outputs['output0'][0].T\nscores = rows[:, 4:]",
    good="rows = raw_outputs['output0'].T\nscores = rows[:, 4:]",
)
NETWORK_SIZE = Rule(
    id="AZ524",
    name="network-size",
    severity=Severity.WARNING,
    title="A size of the network's input that stands in the parser is the configuration's.",
    why="Boxes are scaled by the wrong size: they are too large or too small, and in the wrong place.",
    cure="Write the same size in both.",
    bad="NET = 320  # and infer-dims=3;640;640",
    good="NET = 640",
)
OPSET = Rule(
    id="AZ525",
    name="opset",
    severity=Severity.ERROR,
    title="The model's opset is one that the release's TensorRT imports.",
    why="TensorRT's ONNX parser knows ONNX's operators up to an opset. Where no source states what a version takes, "
    "that is a note.",
    cure="Export the model with a lower opset, as `opset=17`.",
    bad="# the model's opset is 25\nonnx-file=model.onnx",
)
OPERATOR = Rule(
    id="AZ526",
    name="operator",
    severity=Severity.ERROR,
    title="TensorRT, or a plugin in `custom-lib-path`, has each operator of the model.",
    why="TensorRT refuses to build the engine of a model with an operator that neither its ONNX parser nor a plugin "
    "has. Where no source states what a version takes, that is a note.",
    cure="Replace the operator before the export, or name the library of its plugin with `custom-lib-path`.",
    bad="# the model has a node of the type Unique\nonnx-file=model.onnx",
    good="onnx-file=model.onnx\ncustom-lib-path=libplugin.so",
)
TRACKER_DROPS_ALL = Rule(
    id="AZ527",
    name="tracker-drops-all",
    severity=Severity.WARNING,
    title="A detector with a tracker behind it keeps its boxes' confidences.",
    why="nvinfer's default clustering, grouping rectangles, gives each box the confidence -0.1, and a tracker drops "
    "what is below its `minDetectorConfidence`: there is never an object.",
    cure="Write `cluster-mode=2` (NMS), or a `minDetectorConfidence` below -0.1 in the tracker's configuration.",
    bad="[property]\nnetwork-type=0  # and a tracker with minDetectorConfidence: 0",
    good="[property]\nnetwork-type=0\ncluster-mode=2",
)
NOT_A_LIBRARY = Rule(
    id="AZ601",
    name="not-a-library",
    severity=Severity.ERROR,
    title="`custom-lib-path` names a shared library for Linux.",
    why="The loader refuses it and the pipeline does not start.",
    cure="Build the library with `g++ -shared -fPIC` for the device, and copy all of it.",
    bad="custom-lib-path=parser.cpp",
    good="custom-lib-path=libparser.so",
)
LIBRARY_MACHINE = Rule(
    id="AZ602",
    name="library-machine",
    severity=Severity.ERROR,
    title="The library is built for the device: aarch64 for Jetson, x86-64 for dGPU.",
    why="The loader refuses it: 'cannot open shared object file' or 'wrong ELF class'.",
    cure="Take the library that was built for the device.",
    bad="libnvdsinfer_custom_impl_Yolo_dp61_amd.so  # on a Jetson",
)
LIBRARY_FUNCTION = Rule(
    id="AZ603",
    name="library-function",
    severity=Severity.ERROR,
    title="The library exports the function that the configuration names.",
    why='nvinfer does not find the symbol and stops. A C++ function needs `extern "C"` to keep its name.',
    cure='Correct the name, or export the function with `extern "C"`.',
    bad="parse-bbox-func-name=NvDsInferParseYolo  # the library has NvDsInferParseCustomYolo",
)
FUNCTION_WITHOUT_LIBRARY = Rule(
    id="AZ604",
    name="function-without-library",
    severity=Severity.ERROR,
    title="A configuration that names a native function names its library.",
    why="nvinfer looks for the function in `custom-lib-path` only.",
    cure="Add `custom-lib-path`.",
    bad="parse-bbox-func-name=NvDsInferParseCustomYolo",
    good="parse-bbox-func-name=NvDsInferParseCustomYolo\ncustom-lib-path=libyolo.so",
)
RULES = (
    *(NO_TENSORS, NETWORK_TYPE, GIE_ID, PROCESS_MODE, UNKNOWN_LAYER, LAYER_NOT_LISTED, PARSER_LABELS, CLASS_COUNT),
    *(INPUT_SHAPE, DIMS_NEEDED, BATCH_SIZE, MODEL_UNREADABLE, WEIGHTS_MISSING, MODEL_OTHER),
    *(
        TRITON,
        INPUT_ORDER,
        NO_BOX_PARSER,
        OUTPUT_TYPE,
        ENGINE_FILE,
        MORE_INPUTS,
        MODEL_ALONE,
        SCALE,
        RANK,
        NETWORK_SIZE,
        OPSET,
        OPERATOR,
        TRACKER_DROPS_ALL,
    ),
    *(NOT_A_LIBRARY, LIBRARY_MACHINE, LIBRARY_FUNCTION, FUNCTION_WITHOUT_LIBRARY),
)
