"""The supervisor's decisions, without a process: what to start, stop and kill, and when to try again."""

import json
from dataclasses import replace
from typing import Any

import pytest
from azda_runtime.settings import (
    Credentials,
    FrameSize,
    LogLevel,
    LogLevels,
    Pipeline,
    Region,
    Sensor,
    Settings,
    SourceKind,
    Stream,
    changed,
    changes_in_place,
)
from azda_runtime.settings.recording import RecordingOptions
from azda_runtime.supervisor.policy.backoff import Backoff
from azda_runtime.supervisor.policy.failure import Failure, failure_of_exit
from azda_runtime.supervisor.policy.lifecycle import STOP_SECONDS, Action, Launch, Life, Phase
from azda_runtime.supervisor.policy.protocol import Orders, event_in, message_in, message_line
from azda_runtime.supervisor.policy.reconcile import reconcile
from azda_runtime.supervisor.policy.recordings import Recording
from azda_runtime.supervisor.policy.streams import StreamWatch
from hypothesis import given
from hypothesis import strategies as st

A, B = (Launch(pipeline=Pipeline(id=name, passthrough=name)) for name in "AB")
OFTEN = Launch(pipeline=replace(A.pipeline, messages_per_second=30.0))  # which A can become while it plays
VARIANTS = [
    Pipeline(id=name, passthrough=text, messages_per_second=rate)
    for name in "ABCD"
    for text in ("one", "two")
    for rate in (1.0, 2.0)
]
SETTINGS = st.lists(st.sampled_from(VARIANTS), unique_by=lambda p: p.id, max_size=4).map(
    lambda found: Settings(pipelines=tuple(found))
)


def playing(now: float = 0.0) -> Life:
    life = Life(now)
    life.want(A, now)
    life.started(now)
    life.lives(Phase.PLAYING, now)
    return life


@given(SETTINGS, SETTINGS)
def test_a_configuration_keeps_what_is_the_same_and_ends_at_what_is_wanted(before: Settings, after: Settings) -> None:
    changes = reconcile(before, after)
    wanted = {p.id: p for p in after.pipelines}
    running = {p.id: changed(p, wanted[p.id]) for p in before.pipelines if p.id not in changes.stop}
    assert set(running) == {*changes.keep, *changes.change}, "what is not stopped goes on"
    assert all(name not in running for name in changes.start), "nothing is started twice"
    running |= {p.id: p for p in after.pipelines if p.id in changes.start}
    assert running == wanted


@given(SETTINGS)
def test_the_same_configuration_again_touches_nothing(settings: Settings) -> None:
    changes = reconcile(settings, settings)
    assert (changes.stop, changes.start, changes.change) == ((), (), ())


def test_regions_and_rates_change_while_a_pipeline_plays_and_nothing_else_does() -> None:
    region = Region(label="door", color="#00ff00", points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
    sensors = [Sensor(name=name, kind=SourceKind.RTSP, endpoint=f"rtsp://{name}/") for name in "ab"]
    plain = Pipeline(id="P", passthrough="one", streams=tuple(Stream(sensor=each) for each in sensors))
    moved = tuple(replace(each, sensor=replace(each.sensor, regions=(region,))) for each in plain.streams)
    wanted = replace(plain, streams=moved, messages_per_second=5.0)
    assert changes_in_place(plain, wanted)
    assert changes_in_place(wanted, plain)
    assert changed(plain, wanted) == wanted
    alone = replace(plain, streams=plain.streams[:1])  # the other could not be opened
    assert changed(alone, wanted) == replace(wanted, streams=moved[:1])
    for other in (
        plain,
        replace(wanted, osd=True),
        replace(wanted, streams=moved[:1]),
        replace(wanted, streams=moved[::-1]),
        replace(wanted, frame=FrameSize(width=640, height=360)),
        replace(wanted, streams=(moved[0], replace(moved[1], credentials=Credentials(username="u", password="p")))),
    ):
        assert not changes_in_place(plain, other)
    sentence = reconcile(Settings(pipelines=(plain,)), Settings(pipelines=(wanted,))).sentence
    assert sentence == "changes while it plays: P"


class Simulation:
    """What a supervisor does with a life, with processes that are numbers; checks what must always hold."""

    def __init__(self) -> None:
        self.now = 0.0
        self.life = Life(0.0)
        self.processes: list[Launch] = []
        self.killed = False
        self.stop_at: float | None = None

    def act(self) -> None:
        action = self.life.action(self.now)
        if action is Action.START:
            assert not self.processes, "a pipeline never has two processes"
            assert self.life.wanted
            self.processes.append(self.life.wanted)
            self.life.started(self.now)
        elif action is Action.STOP:
            assert self.life.running != self.life.wanted, "what is wanted is not stopped"
            self.stop_at = self.now
            self.life.asked_to_stop(self.now)
        elif action is Action.KILL:
            self.life.killed()
            self.killed = True

    def want(self, launch: Launch | None) -> None:
        if launch is None or not self.life.change(launch):
            self.life.want(launch, self.now)
        elif self.processes:
            assert self.stop_at is None, "what stops is not changed"
            self.processes = [launch]
        else:
            raise AssertionError("there is nothing to change")

    def end(self, code: int) -> None:
        if self.processes:
            self.processes.clear()
            self.killed, self.stop_at = False, None
            self.life.ended(code, self.now)

    def settle(self) -> None:
        """Let time pass while processes do as they are told."""
        for _ in range(2000):
            self.act()
            if self.stop_at is not None or self.killed:
                self.end(0)
            if self.processes:
                self.life.lives(Phase.PLAYING, self.now)
            self.now += 1.0


STEPS = st.one_of(
    st.tuples(st.just("want"), st.sampled_from([A, B, OFTEN, None])),
    st.tuples(st.just("end"), st.sampled_from([0, 4, 10, -9, -11])),
    st.tuples(st.just("failed"), st.booleans()),
    st.tuples(st.just("lives"), st.sampled_from([Phase.STARTING, Phase.PLAYING, Phase.RECONNECTING])),
    st.tuples(st.just("pass"), st.sampled_from([0.0, 0.5, 8.0, 61.0])),
    st.tuples(st.just("act"), st.none()),
)


@given(st.lists(STEPS, max_size=40), st.sampled_from([A, B, OFTEN, None]))
def test_whatever_happens_in_the_end_runs_what_is_wanted(steps: list[tuple[str, Any]], last: Launch | None) -> None:
    simulation = Simulation()
    for what, value in steps:
        if what == "want":
            simulation.want(value)
        elif what == "end":
            simulation.end(value)
        elif what == "failed" and simulation.processes:
            simulation.life.failed(Failure(kind="pipeline", message="It failed.", final=value))
        elif what == "lives" and simulation.processes:
            simulation.life.lives(value, simulation.now)
        elif what == "pass":
            simulation.now += value
        simulation.act()
    simulation.want(None)
    simulation.want(last)
    simulation.settle()
    assert simulation.life.running == last
    assert simulation.processes == ([last] if last else [])
    assert simulation.life.over is (last is None)


def test_pauses_double_up_to_a_minute_and_begin_anew_when_it_ran_well() -> None:
    backoff = Backoff()
    assert [backoff.pause() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    life, now, pauses = playing(), 0.0, []
    for _ in range(4):
        life.ended(-9, now)
        pauses.append(life.deadline() - now)
        now = life.deadline()
        assert life.action(now - 0.1) is None
        assert life.action(now) is Action.START
        life.started(now)
        life.lives(Phase.PLAYING, now)
    assert pauses == [1, 2, 4, 8]
    life.lives(Phase.PLAYING, now + 60)
    assert life.failure is None
    life.ended(-9, now + 61)
    assert life.deadline() == now + 62
    assert life.restarts == 4


def test_a_mistake_in_the_configuration_is_tried_again_only_when_that_changes() -> None:
    life = playing()
    life.failed(Failure(kind="configuration", message="No.", final=True))
    life.ended(4, 1.0)
    assert (life.phase, life.deadline(), life.action(1e9)) == (Phase.FAILED, float("inf"), None)
    life.want(A, 2.0)
    assert life.action(1e9) is None, "the same again changes nothing"
    life.want(B, 3.0)
    assert life.action(3.0) is Action.START


def test_what_does_not_stop_is_killed_after_eight_seconds_and_never_twice() -> None:
    life = playing()
    life.want(None, 10.0)
    assert life.action(10.0) is Action.STOP
    life.asked_to_stop(10.0)
    assert STOP_SECONDS == 8.0
    assert (life.action(17.9), life.action(18.0), life.deadline()) == (None, Action.KILL, 18.0)
    life.killed()
    assert life.action(1e9) is None
    assert life.ended(-9, 18.1) is None, "it was asked to end"
    assert (life.over, life.failure) == (True, None)


def test_a_process_that_tells_nothing_is_killed_and_started_again() -> None:
    life = playing()
    assert life.action(60.0) is None
    assert life.action(60.1) is Action.KILL
    life.killed()
    failure = life.ended(-9, 60.2)
    assert failure is not None
    assert (failure.kind, failure.message) == ("hang", "The process reported nothing for 60 seconds and was killed.")
    assert life.action(61.2) is Action.START


def test_a_wish_that_comes_back_while_the_process_ends_starts_it_again() -> None:
    life = playing()
    life.want(B, 1.0)
    life.asked_to_stop(1.0)
    life.want(A, 2.0)
    assert life.action(2.0) is None, "it is ending: nothing is started beside it"
    life.ended(0, 3.0)
    assert life.action(3.0) is Action.START


def test_waiting_for_a_model_shows_why_and_disturbs_nothing_that_runs() -> None:
    life = Life(0.0)
    life.wait(Failure(kind="archive", message="The network is away."), 0.0)
    assert (life.phase, life.action(1.0), life.over) == (Phase.BACKING_OFF, None, True)
    life.want(A, 2.0)
    assert (life.phase, life.failure, life.action(2.0)) == (Phase.STARTING, None, Action.START)
    running = playing()
    running.wait(Failure(kind="archive", message="The network is away."), 1.0)
    assert (running.phase, running.failure) == (Phase.PLAYING, None)


def test_the_end_of_a_process_is_said_in_words() -> None:
    assert failure_of_exit(7).message == "The process ended with exit code 7 and did not say why."
    assert failure_of_exit(-11).message == "The process was ended by SIGSEGV."
    assert "memory" in failure_of_exit(-9).hint
    assert failure_of_exit(-99).message == "The process was ended by signal 99."


def test_a_pipeline_reconnects_when_all_its_cameras_are_gone_and_names_each_that_is() -> None:
    watch = StreamWatch(["door", "yard"], 0.0)
    assert watch.look({}, 9.0) is Phase.STARTING
    assert watch.look({"door": 1}, 9.5) is Phase.PLAYING
    assert watch.look({"door": 5}, 12.0) is Phase.PLAYING
    assert watch.silent == ("yard",)
    assert watch.look({"door": 5}, 22.0) is Phase.RECONNECTING
    assert watch.silent == ("door", "yard")
    assert watch.look({"door": 5, "yard": 1}, 23.0) is Phase.PLAYING
    files = StreamWatch([], 0.0)
    assert (files.look({}, 99.0), files.look({"film": 1}, 999.0)) == (Phase.STARTING, Phase.PLAYING)
    mixed = StreamWatch(["door"], 0.0)
    assert mixed.look({"film": 3}, 99.0) is Phase.PLAYING
    assert mixed.silent == ("door",)


def test_a_recording_outlives_a_restart_and_ends_by_itself() -> None:
    recording = Recording()
    recording.want(wanted=True, options=RecordingOptions(stop_after_seconds=60), now=0.0)
    assert (recording.wanted(59.0), recording.expired(59.0)) == (True, False)
    assert (recording.wanted(60.0), recording.expired(60.0)) == (False, True)
    recording.want(wanted=True, options=RecordingOptions(stop_after_seconds=0), now=0.0)
    assert recording.wanted(1e9)
    recording.cut(RecordingOptions(stop_after_seconds=600))
    assert (recording.wanted(599.0), recording.expired(600.0)) == (True, True)
    recording.want(wanted=False, options=RecordingOptions(), now=1.0)
    assert (recording.wanted(1.0), recording.expired(1e9)) == (False, False)


def test_orders_come_back_from_their_line_and_never_show_the_configuration() -> None:
    orders = Orders(
        pipeline=Pipeline(id="Door", passthrough="videotestsrc ! fakesink user-pw=s3cret"),
        roots=("/a", "/b"),
        rtp_port=5400,
        recordings="/tmp/r",
        options=RecordingOptions(segment_seconds=7, stop_after_seconds=0),
        levels=LogLevels(default=LogLevel.DEBUG, modules=(("gst", LogLevel.ERROR),)),
        parser_timeout=2.5,
    )
    assert "\n" not in orders.line()
    assert Orders.of(orders.line()) == orders
    assert "s3cret" not in repr(orders)


@given(st.text(), st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_messages_and_events_are_told_apart(noise: str, message: Any) -> None:
    text = json.dumps(message)
    assert message_in(message_line(text)) == text
    assert message_in(json.dumps({"event": "progress", "state": text})) is None
    if event_in(noise) is None:
        assert message_in("x" + noise) is None


@pytest.mark.parametrize("line", ["", "[]", "5", "nonsense", '{"event": 5}', "[" * 100_000])
def test_a_line_that_is_no_event_is_none(line: str) -> None:
    assert event_in(line) is None
