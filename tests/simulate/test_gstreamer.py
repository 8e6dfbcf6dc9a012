"""The runtime's own use of GStreamer, apart: a probe that loses nothing, errors that say what failed."""

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

pytestmark = pytest.mark.gstreamer


@pytest.fixture
def answer(runtime_environment: dict[str, str]) -> Any:
    """Run Python code with GStreamer started; it prints JSON."""

    def run(code: str) -> Any:
        head = "import json\nfrom azda_runtime.gst.initialize import start\nstart()\nfrom gi.repository import Gst\n"
        done = subprocess.run(
            [sys.executable, "-c", head + textwrap.dedent(code)],
            env=runtime_environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.mark.parametrize("what", ["raise ValueError('no')", "return None", "exit(3)", "return 0", "[][1]"])
def test_a_probe_never_loses_a_buffer(answer: Any, what: str) -> None:
    code = f"""
        import logging
        from azda_runtime.gst import probe
        from azda_runtime.log import RateFilter
        pipeline = Gst.parse_launch(
            "fakesrc num-buffers=20 ! identity name=seen ! fakesink name=end signal-handoffs=true"
        )
        arrived, told = [], []
        handler = logging.StreamHandler()
        handler.addFilter(RateFilter())
        handler.emit = told.append
        logging.getLogger("azda_runtime").addHandler(handler)
        def look(address):
            {what}
        probe.watch(pipeline.get_by_name("seen"), look)
        pipeline.get_by_name("end").connect("handoff", lambda *_: arrived.append(1))
        pipeline.set_state(Gst.State.PLAYING)
        pipeline.get_bus().timed_pop_filtered(10 * Gst.SECOND, Gst.MessageType.EOS)
        pipeline.set_state(Gst.State.NULL)
        print(json.dumps([len(arrived), len(told)]))
        """
    arrived, reported = answer(code)
    assert arrived == 20
    assert reported == (0 if what.startswith("return") else 1), "and a mistake is logged once, not for each frame"


@pytest.mark.parametrize(
    ("elements", "links", "reported"),
    [
        ([("a", "nosuchelement", {})], [], "GStreamer has no element nosuchelement."),
        ([("a", "nvnosuch", {})], [], "GStreamer has no element nvnosuch."),
        ([("a", "queue", {"no-such": 1})], [], "queue has no property no-such in this release."),
        ([("a", "queue", {"max-size-bytes": "much"})], [], "queue does not take 'much' for max-size-bytes."),
        (
            [("a", "capsfilter", {"caps": "video/x-raw"}), ("b", "wavenc", {})],
            [("a", "b")],
            "a cannot be linked to b.",
        ),
        ([("a", "queue", {}), ("a", "queue", {})], [], "The element a cannot be added to the pipeline."),
    ],
)
def test_what_cannot_be_assembled_is_said(answer: Any, elements: Any, links: Any, reported: str) -> None:
    code = f"""
        from azda_runtime.gst.pipeline_builder import assemble
        from azda_runtime.gst.errors import PipelineError
        from azda_runtime.plan import Element, Link, Plan
        elements = tuple(Element(name=n, factory=f, properties=tuple(p.items())) for n, f, p in {elements!r})
        links = tuple(Link(source=a, sink=b) for a, b in {links!r})
        try:
            assemble(Plan(pipeline="x", elements=elements, links=links))
            print(json.dumps("nothing"))
        except PipelineError as error:
            print(json.dumps(str(error)))
        """
    assert answer(code) == reported


def test_a_secret_stays_out_of_errors(answer: Any) -> None:
    code = """
        from azda_runtime.gst.pipeline_builder import assemble
        from azda_runtime.gst.errors import PipelineError
        from azda_runtime.plan import Element, Plan, Secret
        element = Element(name="a", factory="queue", properties=(("max-size-bytes", Secret("s3cret", "***")),))
        try:
            assemble(Plan(pipeline="x", elements=(element,)))
        except PipelineError as error:
            print(json.dumps(str(error)))
        """
    assert answer(code) == "queue does not take *** for max-size-bytes."
