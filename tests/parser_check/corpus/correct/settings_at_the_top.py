import json
import logging
import os
from pathlib import Path

logger = logging.getLogger(__name__)
model_type = 0
name = os.environ.get("PARSER_NAME", "Configurable")
_file = Path(__file__).with_name("labels.json")
labels = json.loads(_file.read_text()) if _file.exists() else ["thing"]


def parse_det_model(config, raw_outputs):
    logger.debug("layers: %s", sorted(raw_outputs))
    rows = raw_outputs["rows"]
    return rows[:, :4], rows[:, 5].astype("int32"), rows[:, 4], None
