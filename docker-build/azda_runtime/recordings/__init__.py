"""Recordings as files: their names, when they are cut, what stands beside them, what a crash leaves; no GStreamer."""

from azda_runtime.recordings.state import RecordingState, RecordingStatus

__all__ = ["RecordingState", "RecordingStatus"]
