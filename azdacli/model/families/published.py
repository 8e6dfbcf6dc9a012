"""What authors of families publish about the pictures that their models take.

Ultralytics: data/augment.py, LetterBox and predictors (RT-DETR: scale_fill). YOLOX: data/data_augment.py, preproc().
YOLO-NAS: super_gradients, default_yolo_nas_coco_processing_params(). RT-DETR and D-FINE: their deploy scripts.
RetinaFace: biubug6/Pytorch_Retinaface, detect.py. SCRFD: insightface, model_zoo/scrfd.py. UltraFace: Linzaear's
detect_imgs_onnx.py. TAO's DetectNet_v2: its nvinfer configurations. Custom Vision: Microsoft's
customvision-export-samples, and object_detection.py of its archives. PP-OCR: PaddleOCR's configs/det and configs/rec.
Held against public copies of these sources: YOLOX, RetinaFace, SCRFD, UltraFace, and YOLO-NAS without its colour order.
UNVERIFIED: Ultralytics' classifier, RT-DETR and D-FINE, TAO, PP-OCR, and YOLO-NAS's colour order. YOLO-NAS leaves two
pixels free on each side (636 of 640), which nvinfer does not.
Some pad with grey, some with black; nvinfer pads with black.
"""

from dataclasses import replace

from azdacli.model.preprocessing import Known, Letterbox, Preprocessing

_UNIT = 1 / 255

YOLO = Preprocessing(
    known=Known.PUBLISHED,
    scale=_UNIT,
    colours="RGB",
    letterbox=Letterbox.CENTRE,
    note="the training pads with grey (114), nvinfer with black",
)
ULTRALYTICS = replace(YOLO, known=Known.METADATA)
ULTRALYTICS_CLASSIFIER = replace(
    ULTRALYTICS,
    letterbox=Letterbox.STRETCH,
    note="the training cuts the middle square out of the picture; nvinfer cannot, and stretches or pads",
)
ULTRALYTICS_STRETCHED = replace(ULTRALYTICS, letterbox=Letterbox.STRETCH, note="")
STRETCHED = replace(YOLO, letterbox=Letterbox.STRETCH, note="")
YOLOX = replace(
    YOLO,
    scale=1.0,
    colours="BGR",
    letterbox=Letterbox.CORNER,
    note="the training pads with grey (114); before "
    "release 0.1.1 it normalised by ImageNet's mean and deviation (`legacy`)",
)
RETINAFACE = Preprocessing(
    known=Known.PUBLISHED, scale=1.0, offsets=(104, 117, 123), colours="BGR", letterbox=Letterbox.STRETCH
)
SCRFD = Preprocessing(
    known=Known.PUBLISHED, scale=1 / 128, offsets=(127.5,) * 3, colours="RGB", letterbox=Letterbox.CORNER
)
ULTRAFACE = Preprocessing(
    known=Known.PUBLISHED, scale=1 / 128, offsets=(127.0,) * 3, colours="RGB", letterbox=Letterbox.STRETCH
)
CUSTOM_VISION = Preprocessing(known=Known.PUBLISHED, scale=1.0, colours="BGR", letterbox=Letterbox.STRETCH)
TAO = Preprocessing(known=Known.PUBLISHED, scale=_UNIT, colours="RGB", letterbox=Letterbox.STRETCH)
OCR_DETECTION = Preprocessing(
    known=Known.PUBLISHED,
    scale=0.01735207,
    offsets=(123.675, 116.28, 103.53),
    colours="BGR",
    letterbox=Letterbox.STRETCH,
    note="PP-OCR divides by a deviation for each channel; nvinfer has one factor for all, 1 / (255 * 0.226)",
)
OCR_RECOGNITION = Preprocessing(
    known=Known.PUBLISHED, scale=1 / 127.5, offsets=(127.5,) * 3, colours="BGR", letterbox=Letterbox.CORNER
)
