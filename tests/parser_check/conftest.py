"""What the tests of the checker share."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # making.py writes the binaries that the corpus describes
