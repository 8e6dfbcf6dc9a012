"""Models of the published layouts with random weights: small networks whose outputs depend on their picture."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

POOLED = 4
NAMES = ("person", "car", "dog")


class Network:
    """A graph in the making: parts of outputs are random linear functions of the pooled picture.

    Args:
        width: Of the input.
        height: Of the input.
        channels: Of the input.
        batch: Its first dimension.
        last: Whether the channels come last.
    """

    def __init__(
        self, width: int = 96, height: int = 64, channels: int = 3, batch: int | str = "batch", *, last: bool = False
    ) -> None:
        self.width, self.height, self.batch, self.channels = width, height, batch, channels
        self._random = np.random.default_rng(7)
        self._count = 0
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        shape = [batch, height, width, channels] if last else [batch, channels, height, width]
        self.inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)]
        self.outputs: list[Any] = []
        image = self.node("Transpose", "images", perm=[0, 3, 1, 2]) if last else "images"
        cells = [height // POOLED, width // POOLED]
        pooled = self.node("AveragePool", image, kernel_shape=cells, strides=cells)
        self._flat = self.node("Flatten", pooled)

    def node(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; returns the name of its output, or of several."""
        names = [f"t{self._count + index}" for index in range(outputs)]
        self._count += outputs
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def weight(self, values: Any) -> str:
        """Add a weight; returns its name."""
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def part(self, shape: Sequence[int], *, sigmoid: bool = False, spread: float = 1.0) -> str:
        """Numbers of a shape behind the batch."""
        features = POOLED * POOLED * self.channels
        matrix = self._random.normal(0, spread / features**0.5, (features, int(np.prod(shape)))).astype(np.float32)
        bias = self._random.normal(0, spread, int(np.prod(shape))).astype(np.float32)
        flat = self.node("Gemm", self._flat, self.weight(matrix), self.weight(bias))
        shaped = str(self.node("Reshape", flat, self.weight(np.array([-1, *shape], dtype=np.int64))))
        return str(self.node("Sigmoid", shaped)) if sigmoid else shaped

    def scaled(self, name: str, factor: Any) -> str:
        """Multiply with a constant."""
        return str(self.node("Mul", name, self.weight(np.asarray(factor, dtype=np.float32))))

    def boxes(self, rows: int, *, fractions: bool = False) -> str:
        """Centres and sizes, (rows, 4)."""
        size = [1, 1, 0.5, 0.5] if fractions else [self.width, self.height, self.width / 2, self.height / 2]
        return self.scaled(self.part((rows, 4), sigmoid=True), size)

    def corners(self, rows: int, *, fractions: bool = False, swapped: bool = False) -> str:
        """Left, top, right, bottom, (rows, 4); the sides in the other order when they are `swapped`."""
        centre = self.boxes(rows, fractions=fractions)
        half = np.zeros((4, 4), dtype=np.float32)
        order = (1, 0, 3, 2) if swapped else (0, 1, 2, 3)
        for column, axis in enumerate(order):
            half[axis % 2, column] = 1
            half[axis % 2 + 2, column] = -0.5 if axis < 2 else 0.5
        return str(self.node("MatMul", centre, self.weight(half)))

    def output(self, name: str, tensor: str, shape: Sequence[int], element: int = TensorProto.FLOAT) -> None:
        """Give a tensor out under a name."""
        self.nodes.append(helper.make_node("Identity", [tensor], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, element, [self.batch, *shape]))

    def model(self, metadata: Mapping[str, str] | None = None, opset: int = 17) -> bytes:
        """The model's bytes."""
        graph = helper.make_graph(self.nodes, "g", self.inputs, self.outputs, initializer=self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        helper.set_model_props(model, dict(metadata or {}))
        return bytes(model.SerializeToString())

    def cells(self, *strides: int) -> int:
        """The cells of grids."""
        return sum((self.width // s) * (self.height // s) for s in strides)


def ultralytics(task: str, **more: str) -> dict[str, str]:
    """What Ultralytics' exporter writes."""
    names = str(dict(enumerate(NAMES)))
    said = {"author": "Ultralytics", "description": "Ultralytics YOLOv8n model", "task": task, "stride": "32"}
    return {**said, "names": names, "imgsz": "[64, 96]", **more}


def yolov8(classes: int = 3, metadata: Mapping[str, str] | None = None, batch: int | str = "batch") -> bytes:
    net = Network(batch=batch)
    rows = net.cells(8, 16, 32)
    joined = net.node("Concat", net.boxes(rows), net.part((rows, classes), sigmoid=True), axis=2)
    net.output("output0", net.node("Transpose", joined, perm=[0, 2, 1]), (4 + classes, rows))
    return net.model(metadata)


def yolov8_pose(metadata: Mapping[str, str] | None = None, points: int = 17, classes: int = 1) -> bytes:
    net = Network()
    rows = net.cells(8, 16, 32)
    location = net.scaled(net.part((rows, points, 3), sigmoid=True), [net.width, net.height, 1])
    flat = net.node("Reshape", location, net.weight(np.array([-1, rows, points * 3], dtype=np.int64)))
    joined = net.node("Concat", net.boxes(rows), net.part((rows, classes), sigmoid=True), flat, axis=2)
    net.output("output0", net.node("Transpose", joined, perm=[0, 2, 1]), (4 + classes + points * 3, rows))
    return net.model(metadata)


def yolov8_segmentation(metadata: Mapping[str, str] | None = None, classes: int = 3) -> bytes:
    net = Network()
    rows, masks = net.cells(8, 16, 32), 8
    parts = [net.boxes(rows), net.part((rows, classes), sigmoid=True), net.part((rows, masks))]
    joined = net.node("Concat", *parts, axis=2)
    net.output("output0", net.node("Transpose", joined, perm=[0, 2, 1]), (4 + classes + masks, rows))
    net.output("output1", net.part((masks, 16, 24)), (masks, 16, 24))
    return net.model(metadata)


def yolov5(classes: int = 3, metadata: Mapping[str, str] | None = None) -> bytes:
    net = Network()
    rows = 3 * net.cells(8, 16, 32)
    net.output(
        "output0",
        net.node("Concat", net.boxes(rows), net.part((rows, 1 + classes), sigmoid=True), axis=2),
        (rows, 5 + classes),
    )
    return net.model(metadata)


def yolox(classes: int = 3, *, decoded: bool = False) -> bytes:
    """YOLOX as its export_onnx.py writes it: a Transpose of three grids, joined of box, objectness and classes."""
    net = Network()
    rows = net.cells(8, 16, 32)
    box = net.part((4, rows), spread=0.5)
    joined = net.node("Concat", box, net.part((1 + classes, rows), sigmoid=True), axis=1)
    whole = net.node("Transpose", joined, perm=[0, 2, 1])
    if decoded:
        size = net.node(
            "Exp", net.node("Slice", whole, *(net.weight(np.array([n], dtype=np.int64)) for n in (2, 4, 2)))
        )
        rest = net.node("Slice", whole, *(net.weight(np.array([n], dtype=np.int64)) for n in (4, 5 + classes, 2)))
        centre = net.node("Slice", whole, *(net.weight(np.array([n], dtype=np.int64)) for n in (0, 2, 2)))
        whole = net.node("Concat", net.scaled(centre, 16), net.scaled(size, 16), rest, axis=2)
    net.output("output", whole, (rows, 5 + classes))
    return net.model()


def yolo_nas(classes: int = 3) -> bytes:
    net = Network()
    rows = net.cells(8, 16, 32)
    net.output("boxes", net.corners(rows), (rows, 4))
    net.output("scores", net.part((rows, classes), sigmoid=True), (rows, classes))
    return net.model()


def rows_inside(rows: int = 30, metadata: Mapping[str, str] | None = None) -> bytes:
    """YOLOv10 and exports with nms=True: left, top, right, bottom, score, class."""
    net = Network()
    classes = net.node("Floor", net.scaled(net.part((rows, 1), sigmoid=True), 2.99))
    net.output(
        "output0", net.node("Concat", net.corners(rows), net.part((rows, 1), sigmoid=True), classes, axis=2), (rows, 6)
    )
    return net.model(metadata)


def rtdetr(metadata: Mapping[str, str] | None = None, rows: int = 30, classes: int = 3) -> bytes:
    net = Network()
    parts = [net.boxes(rows, fractions=True), net.part((rows, classes), sigmoid=True)]
    net.output("output0", net.node("Concat", *parts, axis=2), (rows, 4 + classes))
    return net.model(metadata)


def rtdetr_logits(rows: int = 300, classes: int = 3) -> bytes:
    net = Network()
    net.output("logits", net.part((rows, classes)), (rows, classes))
    net.output("pred_boxes", net.boxes(rows, fractions=True), (rows, 4))
    return net.model()


def separate(
    names: Sequence[str], rows: int = 20, *, count: bool = True, fractions: bool = False, whole: bool = False
) -> bytes:
    """Outputs of their own, in the order boxes, scores, classes and count of `names`."""
    net = Network()
    net.output(names[0], net.corners(rows, fractions=fractions, swapped=fractions), (rows, 4))
    net.output(names[1], net.part((rows,), sigmoid=True), (rows,))
    classes = net.node("Floor", net.scaled(net.part((rows,), sigmoid=True), 2.99))
    kind = TensorProto.INT32 if whole else TensorProto.FLOAT
    net.output(names[2], net.node("Cast", classes, to=kind), (rows,), kind)
    if count:
        some = net.node("Floor", net.scaled(net.part((1,), sigmoid=True), rows))
        net.output(names[3], net.node("Cast", some, to=kind), (1,), kind)
    return net.model()


def tensorflow() -> bytes:
    names = ("detection_boxes:0", "detection_scores:0", "detection_classes:0", "num_detections:0")
    return separate(names, fractions=True)


def efficient_nms() -> bytes:
    """The layout of EfficientNMS_TRT's outputs, of operators that run anywhere."""
    return separate(("det_boxes", "det_scores", "det_classes", "num_dets"), whole=True)


def dfine() -> bytes:
    return separate(("boxes", "scores", "labels"), count=False, whole=True)


def retinaface() -> bytes:
    net = Network()
    rows = 2 * net.cells(8, 16, 32)
    net.output("loc", net.part((rows, 4), spread=0.5), (rows, 4))
    net.output("conf", net.node("Softmax", net.part((rows, 2), spread=3), axis=2), (rows, 2))
    net.output("landms", net.part((rows, 10), spread=0.5), (rows, 10))
    return net.model()


def scrfd() -> bytes:
    net = Network()
    for index, (width, sigmoid) in enumerate(((1, True), (4, False), (10, False))):
        for offset, stride in enumerate((8, 16, 32)):
            rows = 2 * net.cells(stride)
            net.output(str(440 + 10 * index + offset), net.part((rows, width), sigmoid=sigmoid), (rows, width))
    return net.model()


def ssd(classes: int = 1) -> bytes:
    net = Network(128, 96)
    net.output("scores", net.node("Softmax", net.part((50, 1 + classes), spread=3), axis=2), (50, 1 + classes))
    net.output("boxes", net.corners(50, fractions=True), (50, 4))
    return net.model()


def detectnet(classes: int = 3) -> bytes:
    net = Network()
    net.output("output_cov/Sigmoid", net.part((classes, 4, 6), sigmoid=True), (classes, 4, 6))
    net.output("output_bbox/BiasAdd", net.part((4 * classes, 4, 6)), (4 * classes, 4, 6))
    return net.model()


def classifier(classes: int = 3, *, softmax: bool = False, metadata: Mapping[str, str] | None = None) -> bytes:
    net = Network()
    scores = net.part((classes,))
    net.output("scores", net.node("Softmax", scores, axis=1) if softmax else scores, (classes,))
    return net.model(metadata)


def segmentation(classes: int = 3) -> bytes:
    net = Network()
    net.output("planes", net.part((classes, 16, 24)), (classes, 16, 24))
    return net.model()


def text_detector() -> bytes:
    net = Network()
    net.output("sigmoid_0.tmp_0", net.part((1, 64, 96), sigmoid=True, spread=3), (1, 64, 96))
    return net.model()


def text_recogniser(characters: int = 40) -> bytes:
    net = Network(width=320, height=48)
    net.output("softmax", net.node("Softmax", net.part((40, characters), spread=3), axis=2), (40, characters))
    return net.model({"character": "\n".join(chr(ord("A") + n) for n in range(characters - 2))})


def text_detector_of_any_size() -> bytes:
    """As PP-OCRv5 is exported: no dimension of the output is a number."""
    net = Network()
    net.batch = "d0"
    plane = net.node("Reshape", net.part((1, 32, 48), spread=3), net.weight(np.array([-1, 1, 32, 48], dtype=np.int64)))
    large = net.node("ConvTranspose", plane, net.weight(np.ones((1, 1, 2, 2), np.float32)), strides=[2, 2])
    moved = net.node("Add", large, net.weight(np.zeros((1, 1, 1, 1), np.float32)))
    net.nodes.append(helper.make_node("Sigmoid", [moved], ["fetch_name_0"]))
    net.outputs.append(helper.make_tensor_value_info("fetch_name_0", TensorProto.FLOAT, ["d0", "d1", "d2", "d3"]))
    return net.model()


def custom_vision(classes: int = 3) -> bytes:
    net = Network()
    shape = (5 * (5 + classes), 2, 3)
    net.output("model_outputs0", net.part(shape, spread=1.5), shape)
    return net.model()


def custom_vision_s1() -> bytes:
    net = Network()
    net.output("detected_boxes", net.corners(20, fractions=True), (20, 4))
    net.output("detected_classes", net.node("ArgMax", net.part((20, 3)), axis=2, keepdims=0), (20,), TensorProto.INT64)
    net.output("detected_scores", net.part((20,), sigmoid=True, spread=3), (20,))
    return net.model()


def landmarks() -> bytes:
    net = Network()
    net.output("landmarks", net.part((10,), sigmoid=True), (10,))
    return net.model()


def unknown() -> bytes:
    net = Network()
    net.output("features", net.part((2, 3, 4, 5)), (2, 3, 4, 5))
    return net.model()


FAMILIES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "yolov8": ("yolov8", lambda: yolov8(metadata=ultralytics("detect"))),
    "yolov8-bare": ("yolov8", yolov8),
    "yolov8-pose": (
        "yolov8-pose",
        lambda: yolov8_pose(ultralytics("pose", names="{0: 'person'}", kpt_shape="[17, 3]")),
    ),
    "yolov8-pose-bare": ("yolov8-pose", yolov8_pose),
    "yolov8-seg": ("yolov8-seg", lambda: yolov8_segmentation(ultralytics("segment"))),
    "yolov8-seg-bare": ("yolov8-seg", yolov8_segmentation),
    "yolov8-cls": ("classifier", lambda: classifier(softmax=True, metadata=ultralytics("classify"))),
    "yolov5": ("yolov5", lambda: yolov5(metadata={"stride": "32", "names": str(list(NAMES))})),
    "yolov7": ("yolov5", yolov5),
    "yolox": ("yolox", yolox),
    "yolox-decoded": ("yolox-decoded", lambda: yolox(decoded=True)),
    "yolo-nas": ("yolo-nas", yolo_nas),
    "yolov10": ("rows", lambda: rows_inside(metadata=ultralytics("detect"))),
    "rows-bare": ("rows", rows_inside),
    "rtdetr-ultralytics": ("rtdetr", lambda: rtdetr(ultralytics("detect", description="Ultralytics RT-DETR"))),
    "rtdetr-logits": ("rtdetr-logits", rtdetr_logits),
    "dfine": ("separate", dfine),
    "tensorflow": ("tensorflow", tensorflow),
    "efficient-nms": ("separate", efficient_nms),
    "retinaface": ("retinaface", retinaface),
    "scrfd": ("scrfd", scrfd),
    "ssd": ("ssd", ssd),
    "detectnet": ("detectnet", detectnet),
    "classifier": ("classifier", classifier),
    "segmentation": ("segmentation", segmentation),
    "ppocr-detection": ("ppocr-detection", text_detector),
    "ppocr-recognition": ("ppocr-recognition", text_recogniser),
    "ppocr-detection-open": ("ppocr-detection", text_detector_of_any_size),
    "custom-vision": ("yolov2", custom_vision),
    "custom-vision-s1": ("separate", custom_vision_s1),
    "landmarks": ("custom", landmarks),
    "unknown": ("custom", unknown),
}
"""Name -> the family that it is of, and what makes it."""
