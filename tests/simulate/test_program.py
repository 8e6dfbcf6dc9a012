"""`azdacli simulate PROGRAM`: a DeepStream program as it is, on the simulator."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulate.conftest import ROOT, Answer

pytestmark = pytest.mark.gstreamer

Simulate = Callable[..., Answer]
PROGRAM = """
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
import pyds
from beside import NAME

Gst.init(None)
pipeline = Gst.parse_launch(
    "videotestsrc num-buffers=2 ! nvvideoconvert nvbuf-memory-type=0 ! video/x-raw(memory:NVMM),format=NV12,width=64,"
    "height=48 ! m.sink_0 nvstreammux name=m batch-size=1 width=64 height=48 ! fakesink name=end"
)
seen = []

def probe(_pad, info):
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    seen.append(pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data).frame_num)
    return Gst.PadProbeReturn.OK

pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, probe)
pipeline.set_state(Gst.State.PLAYING)
pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
print(NAME, sys.argv[1:], seen, hasattr(pyds, "GstNvDsPreProcessBatchMeta"), pyds.nvds_get_user_meta_type("a") > 0)
sys.exit(3)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n", encoding="utf-8")
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


def test_a_program_has_its_arguments_its_folder_its_output_and_its_exit_code(simulate: Simulate, program: Path) -> None:
    answer = simulate(program, "--release", "9.1", "--", "--flag", "two words")
    assert answer.out == "beside ['--flag', 'two words'] [0, 1] True True\n", answer.err
    assert (answer.code, answer.err) == (3, "")


def test_the_report_lists_what_the_program_used(simulate: Simulate, program: Path) -> None:
    answer = simulate(program, "--report")
    assert answer.code == 3
    lines = answer.err.splitlines()
    assert "approximated: nvvideoconvert: nvbuf-memory-type says how a GPU works and has no effect here" in lines
    assert any(line.startswith("approximated: nvstreammux: ") for line in lines)
    assert any(line.startswith("approximated: pyds.nvds_get_user_meta_type: ") for line in lines)
    assert not any("nvtracker" in line or "get_ptr" in line for line in lines), "what it did not use"


def test_a_program_that_a_signal_ends_says_so_by_its_exit_code(simulate: Simulate, tmp_path: Path) -> None:
    path = tmp_path / "killed.py"
    path.write_text("import os\nos.kill(os.getpid(), 9)\n", encoding="utf-8")
    assert simulate(path).code == 128 + 9


def test_an_interrupt_is_the_programs_own_to_end_by(tmp_path: Path) -> None:
    path = tmp_path / "waits.py"
    path.write_text(
        "import time\nprint('ready', flush=True)\ntry:\n    time.sleep(100)\nexcept KeyboardInterrupt:\n"
        "    time.sleep(0.5)\n    print('in order')\n    raise SystemExit(5)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "azdacli", "simulate", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.2)
        os.killpg(child.pid, signal.SIGINT)
        assert child.stdout.read() == "in order\n"
        assert child.wait(timeout=60) == 5


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("absent.py",), 3, "there is no program 'absent.py'"),
        (("PROGRAM", "--source", "x"), 3, "--source is for a pipeline"),
        (("examples", "more"), 3, "'more' is one word too many"),
        (("examples", "--report", "--source", "x"), 3, "--report is for a program"),
        (("examples",), 2, "--source"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    simulate: Simulate, program: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    answer = simulate(*(program if word == "PROGRAM" else word for word in words))
    assert answer.code == code
    assert says in answer.err
