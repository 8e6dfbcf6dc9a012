"""The module on IoT Edge: azure-iot-device as it is, a real broker with TLS, and outages as they happen."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.edge_hub import EdgeHub, certificates, until
from support.module_process import Module

pytestmark = pytest.mark.broker

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hub() -> Iterator[EdgeHub]:
    one = EdgeHub()
    try:
        one.start()
        yield one
    finally:
        one.close()


@pytest.fixture
def module(hub: EdgeHub) -> Iterator[Callable[..., Module]]:
    started: list[Module] = []

    def start(**limits: Any) -> Module:
        started.append(Module(hub, **limits))
        return started[-1]

    try:
        yield start
    finally:
        for each in started:
            each.close()


def connected(hub: EdgeHub, module: Callable[..., Module], **limits: Any) -> Module:
    hub.start_broker()
    one = module(**limits)
    one.until("desired")
    return one


def test_the_twin_its_patches_and_both_inputs_arrive(hub: EdgeHub, module: Callable[..., Module]) -> None:
    hub.twin["desired"] = {"azdaConfiguration": {"a": 1, "b": 2}, "outputVideoLength": 5, "$version": 7}
    one = connected(hub, module)
    assert one.all("desired") == [{"azdaConfiguration": {"a": 1, "b": 2}, "outputVideoLength": 5}]

    hub.desire({"azdaConfiguration": {"b": None, "c": 3}})
    one.until("desired", {"azdaConfiguration": {"a": 1, "c": 3}, "outputVideoLength": 5})

    hub.input("Controller", b'{"x": 1}', properties="%24.cdid=device1&%24.cmid=controller")
    hub.input("recordinginput", '{"pipeline": "é"}'.encode())
    hub.input("elsewhere", b"1")
    hub.input("elsewhere", b"2")
    one.until("input", "Controller")
    one.until("input", "recordingInput")
    one.until("reported", lambda line: '"elsewhere"' in line)
    assert sorted(one.all("text")) == ['{"pipeline": "é"}', '{"x": 1}']
    assert len(one.lines("elsewhere")) == 1


def test_inferences_leave_by_their_output_as_json(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module)
    texts = [json.dumps({"number": number, "text": "é"}) for number in range(200)]

    one.do(many=texts)

    until(lambda: len(hub.texts()) >= 200)
    assert hub.texts() == texts
    properties, _ = hub.messages[0]
    assert properties == {"$.on": "inference", "$.ct": "application/json", "$.ce": "utf-8"}


def test_the_last_state_is_reported_and_what_vanished_is_removed(hub: EdgeHub, module: Callable[..., Module]) -> None:
    hub.twin["reported"] = {"left": "over", "$version": 3}
    one = connected(hub, module)

    for number in range(50):
        one.do(report={"pipelines": {"a": {"frames": number}}})
    until(lambda: hub.twin["reported"].get("pipelines") == {"a": {"frames": 49}})
    assert "left" not in hub.twin["reported"]
    assert len(hub.reports) < 10

    one.do(report={"pipelines": {"b": {"frames": 1}}})
    until(lambda: hub.twin["reported"].get("pipelines") == {"b": {"frames": 1}})
    assert hub.reports[-1] == {"pipelines": {"a": None, "b": {"frames": 1}}}


def test_an_outage_loses_no_message_and_no_wish(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module)
    one.do(many=[f"before {n}" for n in range(20)])
    until(lambda: len(hub.texts()) == 20)

    hub.kill_broker()
    one.until("reported", lambda line: "is lost" in line)
    one.do(many=[f"meanwhile {n}" for n in range(200)], report={"state": "away"})
    hub.desire({"azdaConfiguration": {"missed": True}}, notify=False)
    hub.desire({"more": 1}, notify=False)
    hub.start_broker()

    one.until("desired", {"azdaConfiguration": {"missed": True}, "more": 1})
    until(lambda: len(hub.texts()) >= 220)
    one.do(send="after")
    until(lambda: hub.texts()[-1] == "after")
    assert hub.texts() == [*(f"before {n}" for n in range(20)), *(f"meanwhile {n}" for n in range(200)), "after"]
    until(lambda: hub.twin["reported"].get("state") == "away")
    hub.desire({"more": None})
    one.until("desired", {"azdaConfiguration": {"missed": True}})
    assert len(one.lines("is lost")) == 1


def test_commands_that_were_sent_meanwhile_arrive(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module)
    hub.kill_broker()
    one.until("reported", lambda line: "is lost" in line)
    one.process.send_signal(signal.SIGSTOP)  # so that all of them wait for it, as edgeHub's store has it
    hub.start_broker()
    for number in range(20):
        hub.input("recordingInput", str(number).encode())

    one.process.send_signal(signal.SIGCONT)

    until(lambda: len(one.all("text")) >= 20)
    assert sorted(map(int, one.all("text"))) == list(range(20))


def test_a_hub_that_restarts_while_messages_flow_gets_each_in_order(
    hub: EdgeHub, module: Callable[..., Module]
) -> None:
    one = connected(hub, module)
    one.do(many=[str(n) for n in range(600)])
    until(lambda: len(hub.texts()) > 20)

    hub.stop_broker()
    assert len(hub.texts()) < 600
    hub.start_broker()

    until(lambda: hub.texts()[-1:] == ["599"])
    received = [int(text) for text in hub.texts()]
    again = len(received) - len(set(received))
    assert again <= 1, "only what was on its way at the end may come twice"
    assert list(dict.fromkeys(received)) == list(range(600))


def test_the_hub_may_come_later_than_the_module(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = module()
    one.do(send="early", report={"state": "waiting"})
    one.until("reported", lambda line: "cannot be reached" in line)

    hub.start_broker()

    one.until("desired", {})
    until(lambda: hub.texts() == ["early"])
    until(lambda: hub.twin["reported"].get("state") == "waiting")
    assert len(one.lines("cannot be reached")) == 1


def test_a_hub_that_refuses_the_module_is_tried_until_it_knows_it(hub: EdgeHub, module: Callable[..., Module]) -> None:
    hub.start_broker(knows_module=False)
    one = module()
    one.do(send="early")
    one.until("reported", lambda line: "refuses the module's credentials" in line)

    hub.stop_broker()
    hub.start_broker()

    one.until("desired", {})
    until(lambda: hub.texts() == ["early"])


def test_certificates_that_the_device_renews_are_trusted_without_a_restart(
    hub: EdgeHub, module: Callable[..., Module], tmp_path: Path
) -> None:
    own, hub.trust_bundle = hub.trust_bundle, certificates(tmp_path)
    hub.start_broker()
    one = module()
    one.until("reported", lambda line: "is not one that the device trusts" in line)

    hub.trust_bundle = own

    one.until("desired", {})


def test_too_many_messages_drop_the_oldest_and_say_so(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = module(messages=10, reported=0.0)
    one.do(many=[str(n) for n in range(25)])
    one.until("reported", lambda line: "dropped" in line)

    hub.start_broker()

    until(lambda: hub.texts()[-1:] == ["24"])
    assert hub.texts() == [str(n) for n in range(15, 25)]
    assert len(one.lines("of the oldest is dropped")) == 15


def test_garbage_from_the_hub_is_told_and_changes_nothing(hub: EdgeHub, module: Callable[..., Module]) -> None:
    hub.twin = {"desired": ["no", "object"], "reported": {"$version": 1}}
    hub.start_broker()
    one = module()
    one.until("reported", lambda line: "has no desired properties" in line)
    one.do(send="all the same")
    until(lambda: hub.texts() == ["all the same"])

    hub.twin["desired"] = {"good": 1, "$version": 2}
    one.until("desired", {"good": 1})
    for garbage in (b"\xff\xfe", b"[1]", b"7", b'{"good": 2}', b'{"good": 3, "$version": "x"}'):
        hub._publish("$iothub/twin/PATCH/properties/desired/?$version=3", garbage)
    hub.desire({"good": 4})
    one.until("desired", {"good": 4})
    assert one.all("desired") == [{"good": 1}, {"good": 4}]


def test_the_client_that_images_carry_does_the_same(
    hub: EdgeHub, module: Callable[..., Module], tmp_path: Path
) -> None:
    version = install_client_of_images(tmp_path)
    one = connected(hub, module, packages=tmp_path)
    one.do(client=True)
    assert one.until("client") == [version, str(tmp_path)]
    hub.desire({"a": 1})
    one.until("desired", {"a": 1})
    hub.input("Controller", b"{}")
    one.until("input", "Controller")

    hub.kill_broker()
    one.until("reported", lambda line: "is lost" in line)
    one.do(many=[str(n) for n in range(50)], report={"state": "away"})
    hub.desire({"a": 2}, notify=False)
    hub.start_broker()

    one.until("desired", {"a": 2})
    until(lambda: hub.texts()[-1:] == ["49"])
    until(lambda: hub.twin["reported"].get("state") == "away")
    one.do(close=True)
    assert one.end() == 0
    assert hub.texts() == [str(n) for n in range(50)]
    assert one.errors == ""


def install_client_of_images(target: Path) -> str:
    """Install what images install, but numpy, as their Dockerfile does; returns the version of azure-iot-device."""
    text = (ROOT / "docker-build" / "requirements.txt").read_text().replace("\\\n", " ")
    pinned = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "numpy=="))]
    [version] = [line.split()[0].split("==")[1] for line in pinned if line.startswith("azure-iot-device==")] or [""]
    if not version:
        pytest.skip("images carry no azure-iot-device yet")
    requirements = target / "requirements.txt"
    requirements.write_text("\n".join(pinned))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", target]
    command += ["--only-binary=:all:", "--no-binary=paho-mqtt", "--use-pep517", "--no-build-isolation"]
    subprocess.run([*command, "-r", requirements], check=True, stderr=subprocess.DEVNULL)
    return version


def test_a_message_that_edge_hub_would_not_take_is_dropped_by_name(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module)
    inference = {"type": "detection", "id": "entrance", "sourceInfo": {"id": "door"}, "detections": ["x" * 300_000]}

    one.do(send=json.dumps({"inferences": [inference]}))
    one.do(send="y" * 262_100)  # edgeHub would, the client will not
    one.do(send="z" * 260_000)

    until(hub.texts)
    assert hub.texts() == ["z" * 260_000]
    [line] = one.lines("it is dropped")
    assert "of sensor door in pipeline entrance" in line
    assert len(one.lines("262100 bytes")) == 1


def test_reported_properties_that_are_refused_are_tried_again(hub: EdgeHub, module: Callable[..., Module]) -> None:
    hub.report_status = 429
    one = connected(hub, module)
    one.do(report={"a": 1}, send="x")
    one.until("reported", lambda line: "status 429" in line)
    until(lambda: hub.texts() == ["x"])

    hub.report_status = 204

    until(lambda: hub.twin["reported"].get("a") == 1)


def test_a_token_is_renewed_without_a_new_connection_of_ours(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module, token_life=122)  # the client renews two minutes before the end
    signed = hub.signatures

    until(lambda: hub.signatures > signed)
    hub.desire({"after": 1})
    one.until("desired", {"after": 1})
    one.do(many=[str(n) for n in range(100)])

    until(lambda: len(hub.texts()) >= 100)
    assert hub.texts() == [str(n) for n in range(100)]
    assert one.lines("Connected") == ["Connected to edgeHub."]


def test_closing_sends_what_waits_and_the_last_state(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module, report_pause=1000.0, flush=1000.0)
    one.do(report={"state": "first"})
    until(lambda: hub.twin["reported"].get("state") == "first")

    one.do(many=[str(n) for n in range(100)], report={"state": "stopped"}, close=True)

    assert one.end() == 0
    until(lambda: len(hub.texts()) == 100)
    until(lambda: hub.twin["reported"].get("state") == "stopped")
    assert one.errors == ""


def test_sigterm_while_the_hub_is_away_ends_at_once(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = module(flush=1000.0, disconnect=1000.0)  # which it does not need
    one.do(send="x")
    one.until("reported", lambda line: "cannot be reached" in line)

    one.process.send_signal(signal.SIGTERM)

    assert one.end() == 0
    assert one.lines("1 messages had no time")
    assert one.errors == ""


def test_a_hub_that_stops_answering_delays_the_end_no_longer_than_it_may(
    hub: EdgeHub, module: Callable[..., Module]
) -> None:
    one = connected(hub, module, flush=0.5, disconnect=0.5)
    with hub.silence():
        one.do(many=["a", "b"], close=True)

        assert one.end() == 0

    assert one.lines("2 messages had no time")


def test_a_hub_that_stops_answering_while_connecting_does_not_delay_the_end(
    hub: EdgeHub, module: Callable[..., Module]
) -> None:
    hub.start_broker()
    with hub.silence():
        one = module(flush=0.2, disconnect=0.2)
        one.do(send="a", close=True)

        assert one.end() == 0

    assert one.lines("1 messages had no time")


def test_a_workload_api_that_stops_answering_does_not_keep_the_module_from_ending(
    hub: EdgeHub, module: Callable[..., Module]
) -> None:
    one = connected(hub, module, token_life=122, flush=0.2, disconnect=0.2)  # renewed after two seconds, in the client
    signed = hub.signatures
    hub.sign.clear()
    until(lambda: hub.signatures > signed)

    one.do(send="a", close=True)

    assert one.end() == 0
    assert one.errors == ""


def test_a_hub_that_stops_answering_is_left_and_found_again(hub: EdgeHub, module: Callable[..., Module]) -> None:
    hub.answer_twin = False
    hub.start_broker()
    one = module(call=1.0)
    one.until("reported", lambda line: "does not answer" in line)

    hub.answer_twin = True

    one.until("desired", {})
    one.do(send="x")
    until(lambda: hub.texts() == ["x"])


def test_many_outages_leave_no_threads_behind(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module, reported=0.0)
    one.do(threads=True)
    before = one.until("threads")
    for number in range(5):
        hub.kill_broker()
        until(lambda number=number: len(one.lines("is lost")) > number)
        hub.start_broker()
        one.do(send=str(number))
        until(lambda number=number: hub.texts()[-1:] == [str(number)])

    one.do(threads=True)
    until(lambda: len(one.all("threads")) == 2)
    assert one.all("threads")[1] <= before + 2


def test_no_line_holds_a_secret(hub: EdgeHub, module: Callable[..., Module]) -> None:
    one = connected(hub, module, reported=0.0)
    hub.kill_broker()
    one.until("reported", lambda line: "cannot be reached" in line)
    one.do(close=True)
    assert one.end() == 0

    reported = "\n".join(one.all("reported")) + one.errors

    assert "Signature" not in reported
    assert "sig=" not in reported
    assert "Traceback" not in reported
