import numpy as np
import ssd_utils as UTILS

model_type=1
name="SSDMobilenetV1Parser"

def parse_custom_model(config, raw_outputs: dict):
    try:
        num_detection_layer = raw_outputs["num_detections:0"]
        score_layer = raw_outputs["detection_scores:0"]
        class_layer = raw_outputs["detection_classes:0"]
        box_layer = raw_outputs["detection_boxes:0"]
    except:
        print("{}. Error: some layers missing in output tensors".format(name))
        return [], [], [], None

    num_detection = int(num_detection_layer[0])
    scores = score_layer[:num_detection]
    classes = class_layer[:num_detection].astype('int')
    boxes = box_layer[:num_detection, :].clip(0, 1)

    # apply NMS
    boxes, scores, classes = UTILS.nms(boxes, scores, classes, 0.2)
    w, h = config.image_size
    # convert frames to (x,y,w,h) format and scale them to frame size
    boxes = UTILS.to_xywh(boxes)*np.array([w, h, w, h])

    message="Number of objects detected: {}".format(len(scores))
    return (bboxes, labels, scores), message

def add_custom_to_meta(self, data, batch_meta, frame_meta):
    bboxes, labels, scores = data
    # Modify the metadata according to your needs

