"""Each message that leaves the module is one that the schema describes."""

import itertools
import json
from pathlib import Path
from typing import Any

import azda_runtime
import jsonschema
import pytest
from azda_runtime.messages import inference
from azda_runtime.messages.detections import Classification, SeenFrame, SeenObject, Segmentation
from azda_runtime.messages.inference import LARGEST_MESSAGE, Messenger, timestamp
from azda_runtime.messages.rate import Rate
from azda_runtime.settings import FrameSize, Pipeline, Region, Sensor, SourceKind, Stream
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = json.loads(
    (Path(azda_runtime.__file__).parent / "schemas" / "inference-message-0.1.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
NOON = 1_700_000_000_123_456_789

MAT = Region(label="mat", color="#00ff00", points=((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)))
DOOR = Sensor(name="door", kind=SourceKind.RTSP, endpoint="rtsp://camera/door", regions=(MAT,))
PEOPLE = Pipeline(id="People", streams=(Stream(sensor=DOOR),), frame=FrameSize(width=1000, height=500))


def seen(**changes: Any) -> SeenObject:
    values: dict[str, Any] = {"class_id": 1, "label": "person", "confidence": 0.5, "box": (100, 50, 200, 100)}
    return SeenObject(**{**values, "component_id": 1, **changes})


def frame(*objects: SeenObject, **changes: Any) -> SeenFrame:
    values: dict[str, Any] = {"sensor": "door", "number": 7, "time": NOON, "width": 1920, "height": 1080}
    return SeenFrame(**{**values, "objects": objects, **changes})


def messages(*frames: SeenFrame) -> list[dict[str, Any]]:
    count = itertools.count(1)
    texts = list(Messenger(PEOPLE, new_id=lambda: f"id-{next(count)}").messages(frames))
    found = [json.loads(text) for text in texts]
    for text, message in zip(texts, found, strict=True):
        assert len(text.encode()) <= LARGEST_MESSAGE
        VALIDATOR.validate(message)
    return found


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_message_says_all_about_a_frame() -> None:
    color = Classification(class_id=2, label="red", confidence=0.75, component_id=3)

    [message] = messages(
        frame(seen(tracking_id=18446744073709551614, classifications=(color,), custom_info={"text": "EXIT"}), seen())
    )

    assert message == {
        "schemaVersion": "0.1",
        "events": [],
        "regionsOfInterest": [
            {"sensor": "door", "label": "mat", "color": "#00ff00", "coordinates": [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]}
        ],
        "inferences": [
            {
                "type": "detection",
                "id": "People",
                "sourceInfo": {
                    "id": "door",
                    "timestamp": "2023-11-14T22:13:20.123Z",
                    "width": 1920,
                    "height": 1080,
                    "frameId": 7,
                },
                "detections": [
                    {
                        "id": "id-1",
                        "classId": 1,
                        "label": "person",
                        "confidence": 0.5,
                        "rect": [0.1, 0.1, 0.2, 0.2],
                        "unique_component_id": 1,
                        "tracking_id": 18446744073709551614,
                        "classifications": [
                            {"classId": 2, "label": "red", "confidence": 0.75, "unique_component_id": 3}
                        ],
                        "customInfo": {"text": "EXIT"},
                    },
                    {
                        "id": "id-2",
                        "classId": 1,
                        "label": "person",
                        "confidence": 0.5,
                        "rect": [0.1, 0.1, 0.2, 0.2],
                        "unique_component_id": 1,
                        "tracking_id": -1,
                    },
                ],
            }
        ],
    }


def test_a_frame_without_objects_is_told_as_one() -> None:
    [message] = messages(frame())

    assert message["inferences"][0]["detections"] == []


def test_a_parsers_own_message_and_a_segmentation_are_inferences_of_their_own() -> None:
    mask = Segmentation(width=4, height=2, cells={1: 2, 0: 6}, component_id=1)

    [message] = messages(frame(custom="3 people", segmentation=mask))

    assert [i["type"] for i in message["inferences"]] == ["custom", "segmentation", "detection"]
    assert message["inferences"][0]["detections"] == ["3 people"]
    assert message["inferences"][1]["detections"][0]["classes"] == [
        {"classId": 0, "fraction": 0.75},
        {"classId": 1, "fraction": 0.25},
    ]


@pytest.mark.parametrize(
    ("box", "rect"),
    [
        ((-100, -50, 200, 100), [0, 0, 0.1, 0.1]),
        ((900, 450, 200, 100), [0.9, 0.9, 0.1, 0.1]),
        ((2000, 0, 10, 10), [1, 0, 0, 0.02]),
        ((float("nan"), 0, float("inf"), 500), [0, 0, 0, 1]),
    ],
)
def test_a_rect_is_cut_at_the_frame(box: tuple[float, ...], rect: list[float]) -> None:
    [message] = messages(frame(seen(box=box)))

    assert message["inferences"][0]["detections"][0]["rect"] == pytest.approx(rect)


def test_what_iot_hub_would_not_take_in_one_message_goes_in_several_and_nothing_is_lost() -> None:
    crowd = [frame(*(seen(label=f"{n}-{i}", custom_info="x" * 400) for i in range(400)), number=n) for n in range(4)]

    found = messages(*crowd)

    labels = [d["label"] for m in found for i in m["inferences"] for d in i["detections"]]
    assert len(found) > 3
    assert labels == [f"{n}-{i}" for n in range(4) for i in range(400)]


def test_no_frame_is_no_message() -> None:
    assert messages() == []


def test_the_ids_of_detections_differ() -> None:
    [text] = Messenger(PEOPLE).messages([frame(*[seen()] * 50)])

    assert len({d["id"] for d in json.loads(text)["inferences"][0]["detections"]}) == 50


def test_a_time_is_told_in_utc_with_milliseconds() -> None:
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"
    assert timestamp(1_999_999_999_999_999_999) == "2033-05-18T03:33:19.999Z"


FLOATS = st.floats(width=32)


@given(
    st.lists(
        st.builds(
            seen,
            class_id=st.integers(-1, 2**31 - 1),
            label=st.text(),
            confidence=FLOATS,
            box=st.tuples(FLOATS, FLOATS, FLOATS, FLOATS),
            tracking_id=st.none() | st.integers(0, 2**64 - 1),
            custom_info=st.none() | st.text() | st.lists(st.integers()),
        ),
        max_size=5,
    )
)
def test_whatever_the_metadata_hold_the_message_keeps_the_schema(objects: list[SeenObject]) -> None:
    assert len(messages(frame(*objects))) == 1


SECOND = 1_000_000_000


def sent(rate: float, frames_per_second: int, seconds: int) -> int:
    limit = Rate(rate)
    times = (NOON + n * SECOND // frames_per_second for n in range(frames_per_second * seconds))
    return sum(limit.allows("door", time) for time in times)


@pytest.mark.parametrize(
    ("rate", "expected"), [(0, 300), (1, 10), (5, 50), (20, 200), (30, 300), (100, 300), (0.1, 1), (0.5, 5)]
)
def test_so_many_messages_per_second_are_let_through(rate: float, expected: int) -> None:
    assert sent(rate, 30, 10) == pytest.approx(expected, abs=1)


def test_each_stream_has_a_rate_of_its_own_and_a_restart_begins_anew() -> None:
    limit = Rate(1)

    assert [limit.allows(s, NOON) for s in ("a", "b", "a")] == [True, True, False]
    assert limit.allows("a", NOON - SECOND)
    assert not limit.allows("a", NOON - SECOND + 5)
    assert limit.allows("a", NOON + 60 * SECOND)
    assert not limit.allows("a", NOON + 60 * SECOND + 5)


def halved(inferences: list[dict[str, Any]], encode: Any, room: int) -> list[str]:
    """Divide as messages are to be divided, in the plainest way: whole messages, encoded again for each half."""
    text = encode(inferences)
    if len(text) <= room:
        return [text]
    if len(inferences) > 1:
        middle = len(inferences) // 2
        return halved(inferences[:middle], encode, room) + halved(inferences[middle:], encode, room)
    detections = inferences[0]["detections"]
    if len(detections) < 2:
        return [text]
    middle = len(detections) // 2
    parts = (detections[:middle], detections[middle:])
    return [text for part in parts for text in halved([{**inferences[0], "detections": part}], encode, room)]


@given(
    counts=st.lists(st.integers(0, 14), min_size=1, max_size=5),
    room=st.integers(600, 6000),
    label=st.text(max_size=40),
)
def test_large_messages_are_divided_by_halves(counts: list[int], room: int, label: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inference, "LARGEST_MESSAGE", room)
        messenger = Messenger(PEOPLE, new_id=lambda: "id")
        frames = [frame(*[seen(label=label)] * count) for count in counts]
        found = list(messenger.messages(frames))
        inferences = [each for one in frames for each in messenger._inferences(one)]
        assert found == halved(inferences, lambda some: inference._encode(messenger._message(some)), room)


@pytest.mark.parametrize("frames", [1, 40])
def test_dividing_a_message_encodes_each_part_once(frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []

    def counted(value: Any) -> str:
        text = plain(value)
        encoded.append(len(text))
        return text

    plain = inference._encode
    monkeypatch.setattr(inference, "_encode", counted)
    sent = messages(*[frame(*[seen(label="x" * 100)] * (8000 // frames)) for _ in range(frames)])
    assert len(sent) >= 8
    assert sum(encoded) < 3.5 * sum(len(json.dumps(message, separators=(",", ":"))) for message in sent)
