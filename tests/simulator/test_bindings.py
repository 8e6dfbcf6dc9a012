"""Programs see GStreamer's structures as in the images, whatever binding the machine has."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.gstreamer

SIMULATOR = Path(__file__).parents[2] / "docker-build" / "simulator"

# What python3-gst-1.0 1.26 has in place of the methods that GStreamer describes (gi/overrides/Gst.py of Debian 13).
NEWER = """
import gi.overrides.Gst
from gi.repository import Gst

class StructureWrapper:
    def __init__(self, structure):
        self.structure = structure
    def __enter__(self):
        return self.structure
    def __exit__(self, *error):
        pass

described = Gst.Caps.get_structure
Gst.Caps.get_structure = lambda caps, index: StructureWrapper(described(caps, index))
gi.overrides.Gst.StructureWrapper = StructureWrapper
"""
PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
{newer}
from simulator.support import bindings
bindings.as_in_images()
bindings.as_in_images()
print(Gst.Pipeline().add(Gst.ElementFactory.make("fakesink")))
print(Gst.Bin.add(Gst.Bin(), Gst.ElementFactory.make("fakesink")))
caps = Gst.Caps.from_string("video/x-raw, width=(int)64")
print(caps.get_structure(0).get_name(), caps.get_structure(0).get_int("width")[1])
event = Gst.Event.new_custom(Gst.EventType.CUSTOM_UPSTREAM, Gst.Structure.new_from_string("seen, id=(uint)3"))
print(event.get_structure().get_uint("id")[1])
if {newer!r}:
    with caps.get_structure(0) as structure:
        print(structure.get_name())
"""


@pytest.mark.parametrize("newer", ["", NEWER])
def test_a_structure_is_a_structure(environment: dict[str, str], newer: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(newer=newer, folder=str(SIMULATOR.parent))],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["True", "True", "video/x-raw 64", "3", *(["video/x-raw"] if newer else [])]
