"""People's joints, from NVIDIA's BodyPoseNet: a message for each frame, and a skeleton drawn for each person."""

import pose
import pyds

model_type = 1
name = "BodyPose2D"

HEAT_MAPS = "heatmap_out/BiasAdd:0"  # (36, 48, 19): a map for each joint, and one for the background
AFFINITY = "conv2d_transpose_1/BiasAdd:0"  # (144, 192, 38): the direction of each limb, x and y
LINES = 16  # that one display meta has room for


def parse_custom_model(config, raw_outputs: dict):
    """The skeletons, to be drawn, and the joints of each person in pixels of the frame as the message."""
    people = pose.people(raw_outputs[HEAT_MAPS], raw_outputs[AFFINITY], config.network_size)
    if not people:
        return None, None
    found = [
        {joint: (*map(float, config.points_to_frame((x, y))), float(score)) for joint, (x, y, score) in person.items()}
        for person in people
    ]
    message = [
        {pose.JOINTS[joint]: [round(x, 1), round(y, 1), round(score, 3)] for joint, (x, y, score) in person.items()}
        for person in found
    ]
    return found, {"poses": message}


def add_custom_to_meta(self, data, batch_meta, frame_meta):
    """Draw the limbs."""
    limbs = [(person[a], person[b]) for person in data for a, b in pose.LIMBS if a in person and b in person]
    for first in range(0, len(limbs), LINES):
        display = pyds.nvds_acquire_display_meta_from_pool(batch_meta)
        some = limbs[first : first + LINES]
        display.num_lines = len(some)
        for line, (start, end) in zip(display.line_params[: len(some)], some, strict=True):
            line.x1, line.y1 = (max(0, int(value)) for value in start[:2])
            line.x2, line.y2 = (max(0, int(value)) for value in end[:2])
            line.line_width = 3
            line.line_color.set(0.0, 1.0, 0.0, 1.0)
        pyds.nvds_add_display_meta_to_frame(frame_meta, display)
