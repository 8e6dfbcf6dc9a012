"""Clips with known content: a white square on black whose place in each frame is known, and messages about it."""

import json
import subprocess
from pathlib import Path
from typing import Any

RATE, WIDTH, HEIGHT, SIDE = 25, 640, 360, 40


def place(frame: int) -> tuple[int, int]:
    """Left and top of the square in a frame, in pixels."""
    return frame * 14 % 600 // 2 * 2, frame * 6 % 320 // 2 * 2


def message(frame: int, *, label: str = "square", shift: int = 0, time: float | None = None) -> dict[str, Any]:
    """The message about a frame."""
    left, top = place(frame)
    seconds = round(frame / RATE, 6) if time is None else time
    source = {"id": "door", "timestamp": "2026-11-30T00:00:00.000Z", "width": WIDTH, "height": HEIGHT}
    rect = [min(left + shift, WIDTH - SIDE) / WIDTH, top / HEIGHT, SIDE / WIDTH, SIDE / HEIGHT]
    detection = {"id": f"d{frame}", "classId": 0, "label": label, "confidence": 0.9, "rect": rect}
    return {
        "schemaVersion": "0.1",
        "events": [],
        "regionsOfInterest": [],
        "inferences": [
            {
                "type": "detection",
                "id": "run",
                "sourceInfo": {**source, "frameId": frame, "videoTime": seconds},
                "detections": [{**detection, "unique_component_id": 1, "tracking_id": 7}],
            }
        ],
    }


def lines(messages: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(each) + "\n" for each in messages)


def video(path: Path, frames: int) -> None:
    """Encode the square's way; x264 as it comes, with B-frames and few key frames: seeking is hard in it."""
    # The filter counts frames from 1.
    moved = "overlay=x='floor(mod((n-1)*14,600)/2)*2':y='floor(mod((n-1)*6,320)/2)*2':shortest=1"
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "lavfi", "-i", f"color=black:s={WIDTH}x{HEIGHT}:r={RATE}"]
    command += ["-f", "lavfi", "-i", f"color=white:s={SIDE}x{SIDE}:r={RATE}", "-filter_complex", f"[0][1]{moved}"]
    command += ["-frames:v", str(frames), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "50", str(path)]
    subprocess.run(command, check=True, timeout=120)
