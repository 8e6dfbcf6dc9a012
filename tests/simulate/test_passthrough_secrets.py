"""What a passthrough pipeline that fails says holds no secret of its text."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.gstreamer

CANARY = "CANARYpass2"
WITH_SECRETS = [
    f"rtspsrc location=rtsp://guard:{CANARY}@127.0.0.1:9/x ! fakesink",
    f"rtspsrc location=rtsp://127.0.0.1:9/door user-id=guard user-pw={CANARY} ! fakesink",
    f"nosuch location=rtsp://guard:{CANARY}@h/x user-pw={CANARY} ! fakesink",
    f"rtspsrc user-pw={CANARY} nosuch={CANARY} ! fakesink",
    f"playbin uri=rtsp://guard:{CANARY}@127.0.0.1:9/x",
    f"souphttpsrc location=http://127.0.0.1:9/x?sig={CANARY} ! fakesink",
]


def test_no_failure_of_a_passthrough_pipeline_shows_a_secret(
    runtime_environment: dict[str, str], tmp_path: Path
) -> None:
    settings = tmp_path / "settings.json"
    pipelines = [{"id": f"p{number}", "deepstreamPassthrough": text} for number, text in enumerate(WITH_SECRETS)]
    deepstream = {"enable": True, "pipelineConfigs": pipelines, "streams": []}
    document = {"platform": "DeepStream", "components": {"sensors": [], "deepStream": deepstream}}
    settings.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "azda_runtime", "run", "--settings", str(settings), "--seconds", "4"],
        env=runtime_environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert sum(line.startswith("error: ") for line in done.stderr.splitlines()) >= 5, done.stderr
    assert "CANARY" not in done.stdout + done.stderr
