"""A part of a frame as a JPEG, as `nvds_obj_enc_process` makes them.

Approximation: OpenCV's encoder with its default sampling of colours, and its bilinear filter for scaled images.
"""

import cv2

from simulator.drawing.blending import Frame


def encode(frame: Frame, box: tuple[int, int, int, int], size: tuple[int, int], quality: int) -> bytes:
    """Encode a part of a frame.

    Args:
        frame: RGBA.
        box: Left, top, right and bottom in pixels, inside the frame; right and bottom are outside the part.
        size: Width and height of the image.
        quality: 1 to 100.
    """
    left, top, right, bottom = box
    part = cv2.cvtColor(frame[top:bottom, left:right], cv2.COLOR_RGBA2BGR)
    if size != (right - left, bottom - top):
        part = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
    return cv2.imencode(".jpg", part, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes()
