"""What the tests of the configuration readers share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "parser_check"))  # making.py writes small models
