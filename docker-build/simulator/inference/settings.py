"""The settings of an inference element, as frozen values that check themselves.

Both configuration formats, nvinfer's key file or YAML and nvinferserver's protobuf text, end here, so that everything
after this module serves both elements.
"""

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from pathlib import Path

from simulator.errors import ConfigurationError

FOREVER = 2**31 - 1
"""nvinfer's default re-inference interval (G_MAXINT): a tracked object is classified again only when it has grown."""


class ProcessMode(IntEnum):
    """What an element infers on; the values are nvinfer's `process-mode`."""

    FRAMES = 1
    OBJECTS = 2


class NetworkType(IntEnum):
    """What is done with the outputs; the values are nvinfer's `network-type`."""

    DETECTOR = 0
    CLASSIFIER = 1
    SEGMENTATION = 2
    INSTANCE_SEGMENTATION = 3
    OTHER = 100


class ColourFormat(IntEnum):
    """The order of a model's input channels; the values are nvinfer's `model-color-format`."""

    RGB = 0
    BGR = 1
    GRAY = 2


class ClusterMode(IntEnum):
    """How overlapping boxes become objects; the values are nvinfer's `cluster-mode`."""

    GROUP_RECTANGLES = 0
    DBSCAN = 1
    NMS = 2
    HYBRID = 3
    NONE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class InputSettings:
    """How a frame or an object becomes the model's input tensor.

    Attributes:
        colours: The channels that the model was trained on.
        channels_last: True for NHWC, False for NCHW.
        factor: Multiplies each value after the mean was subtracted.
        offsets: A mean per channel, in the model's channel order; empty for none.
        mean_file: A PPM image of per-pixel means that replaces the offsets.
        maintain_aspect_ratio: Pad with black instead of stretching.
        symmetric_padding: Centre the image between the padding instead of padding right and below.
        scaling_filter: NvBufSurfTransform_Inter, 0 to 6.
        dims: Channels, height and width for models whose own are dynamic.
        tensor_name: The input's name where the configuration gives one.
    """

    colours: ColourFormat = ColourFormat.RGB
    channels_last: bool = False
    factor: float = 1.0
    offsets: tuple[float, ...] = ()
    mean_file: Path | None = None
    maintain_aspect_ratio: bool = False
    symmetric_padding: bool = False
    scaling_filter: int = 0
    dims: tuple[int, int, int] | None = None
    tensor_name: str | None = None

    def __post_init__(self) -> None:
        if self.offsets and len(self.offsets) != self.channels:
            raise ConfigurationError(
                f"Number of offsets({len(self.offsets)}) not equal to number of input channels({self.channels})"
            )
        if self.dims is not None and min(self.dims) < 1:
            raise ConfigurationError(f"'infer-dims' {self.dims} should be positive")

    @property
    def channels(self) -> int:
        """How many channels the colour format has."""
        return 1 if self.colours is ColourFormat.GRAY else 3


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedTensor:
    """How nvdspreprocess prepares tensors: for the input layer `name`, of numpy's type `dtype`, by `input`."""

    name: str
    dtype: str
    input: InputSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSettings:
    """How boxes of one class become objects. Lengths are pixels of the frame, a maximum of 0 is not a limit."""

    pre_cluster_threshold: float = 0.2
    post_cluster_threshold: float = 0.0
    eps: float = 0.0
    group_threshold: int = 0
    min_boxes: int = 0
    min_score: float = 0.0
    nms_iou_threshold: float = 0.3
    topk: int = -1
    roi_top_offset: int = 0
    roi_bottom_offset: int = 0
    min_width: int = 0
    min_height: int = 0
    max_width: int = 0
    max_height: int = 0
    border_colour: tuple[float, ...] = (1.0, 0.0, 0.0, 1.0)
    background: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectFilter:
    """Which objects a secondary element infers on; lengths are pixels of the frame, a maximum of 0 means no limit."""

    component_id: int = -1
    class_ids: frozenset[int] = frozenset()
    min_width: int = 0
    min_height: int = 0
    max_width: int = 0
    max_height: int = 0
    reinfer_interval: int = FOREVER


class FunctionKind(Enum):
    """The signatures that the simulator calls; the values are nvinfer's keys."""

    BOXES = "parse-bbox-func-name"
    INSTANCES = "parse-bbox-instance-mask-func-name"
    ATTRIBUTES = "parse-classifier-func-name"


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeFunction:
    """A parser in a library: `custom-lib-path` and one of the keys of `FunctionKind`."""

    library: Path
    name: str
    kind: FunctionKind


@dataclass(frozen=True, kw_only=True, slots=True)
class InferSettings:
    """Everything that an inference element needs to know.

    Attributes:
        model: The ONNX file.
        unique_id: The element's `gie-unique-id`.
        interval: Batches to skip between two inferences on frames.
        labels: For a detector the class names, a line each; for a classifier a line per output, names between `;`.
        classes: One entry per detected class.
        filter_out: Class ids whose detections are dropped.
        clip_to_region: Cut boxes that were found in a region of nvdspreprocess to that region.
        native: The parser that reads the outputs in place of the built-in one.
        outputs: The output layers to bind, where the configuration chooses (nvinferserver does; nvinfer binds all of
            an ONNX file).
        notices: What NVIDIA's element prints on stderr while it reads the file, and what this simulator ignores.
    """

    model: Path
    unique_id: int = 15
    process_mode: ProcessMode = ProcessMode.FRAMES
    interval: int = 0
    batch_size: int = 1
    network_type: NetworkType = NetworkType.DETECTOR
    input: InputSettings = field(default_factory=InputSettings)
    labels: Path | None = None
    classes: tuple[ClassSettings, ...] = ()
    cluster_mode: ClusterMode = ClusterMode.GROUP_RECTANGLES
    filter_out: frozenset[int] = frozenset()
    crop_to_roi: bool = False
    clip_to_region: bool = True
    classifier_threshold: float = 0.0
    classifier_type: str = ""
    classifier_async: bool = False
    segmentation_threshold: float = 0.0
    segmentation_classes: int = 0
    segmentation_channels_last: bool = False
    objects: ObjectFilter = field(default_factory=ObjectFilter)
    output_tensor_meta: bool = False
    output_instance_mask: bool = False
    input_tensor_from_meta: bool = False
    native: NativeFunction | None = None
    outputs: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
