"""Lets the tests of the runtime share modules beside them."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# The machine's load is not part of any property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
