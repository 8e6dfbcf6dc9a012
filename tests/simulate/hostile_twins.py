"""Twins that nobody writes in good faith, around two pipelines that play."""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

PLAYING = ("Picture", "Coded")
_PICTURE = "videotestsrc is-live=true ! video/x-raw,width=64,height=36,framerate=2/1 "

LEAVES: tuple[Any, ...] = (
    *("c" * 300 + ".txt", "c" * 5000, "c" * 9000, "/a" * 3000, "/" + "é" * 200, "x/" * 600 + "y", "\U0001f4a5" * 64),
    *("\x00", "a\x00b.txt", "\ud800", "\udfff.py", "\x1b[2J", "\u202egnp.exe", "..", "../../etc/passwd", "~root/x"),
    *("/proc/self/mem", "/dev/zero", "/etc/shadow", "//etc//passwd", "C:\\x", "%s%n%x", "${HOME}", "$(reboot)", "`x`"),
    *("file:///" + "c" * 300, "file:///%00", "file:///%2e%2e/x", "file://host/x", "FILE:///etc/passwd", "file:"),
    *("rtsp://[", "rtsp://%00:%00@host/", "rtsp://h:99999/", "rtsp://" + "h" * 5000, "rtsp://\u2100/", "rtsp:///"),
    *("https://[::", "https://h:x/z.zip", "https://" + "a." * 300 + "z/x.zip", "http://h/x.zip", "/dev/video9999"),
    *(None, True, False, 0, -1, 10**400, -(10**400), 1e308, 5e-324, 2**63, "", " ", "\t", "light-tracker", "yolov4"),
    *([], {}, [[]], [None], {"": {}}, {"$": 1}, {"\x00": "\ud800"}, [[[[[[[[]]]]]]]], {"a": {"b": {"c": {}}}}),
    *("videotestsrc ! fakesink " * 300, "! ! !", "(" * 4000, '"' * 4001, "a=" * 3000, "\\" * 4000, "x/y,"),
)  # fmt: skip
# What starts a process that fails: now and then, for each costs a second.
_STARTS: tuple[dict[str, Any], ...] = (
    {"primaryModelConfigPath": "missing.txt"},
    {"deepstreamPassthrough": "videotestsrc num-buffers=1 ! fakesink"},
    {"unsecureZipUrl": "https://127.0.0.1:9/model.zip", "primaryModelConfigPath": "c" * 250},
)


def base(**changes: Any) -> dict[str, Any]:
    """The configuration of the pipelines that play."""
    ends = ("! fakesink", "! x264enc tune=zerolatency ! fakesink")
    pipelines = [{"id": name, "deepstreamPassthrough": _PICTURE + end} for name, end in zip(PLAYING, ends, strict=True)]
    deepstream = {"enable": True, "pipelineConfigs": pipelines, "streams": []}
    return {"platform": "DeepStream", "components": {"sensors": [], "deepStream": deepstream}, **changes}


def _texts(random: Random) -> Iterator[bytes]:
    """Files that are not configurations at all: what held before holds on."""
    whole = json.dumps(base()).encode()
    yield whole[: random.randrange(len(whole) - 1)]
    yield bytes(random.randrange(256) for _ in range(random.choice((1, 40, 3000))))
    yield random.choice((b"[", b'{"a":', b'[{"":')) * random.choice((60, 900, 100_000))
    yield random.choice((b"", b" \n", b"null", b"[]", b"7", b'"text"', b"NaN", b"-Infinity", b"1" * 6000, b"\xff\xfe{"))
    yield b'{"azdaConfiguration": ' + random.choice((b"[[]]", b"1e999", b'"{"', b'"\\ud800"', b"{}" * 9)) + b"}"
    yield b"[" + b"{}," * 400_000 + b"{}]"
    yield whole.replace(b'"', random.choice((b"'", b"\x00", b"\\")), random.randrange(1, 9))


def _pipeline(random: Random, name: Any) -> dict[str, Any]:
    def leaf() -> Any:
        return random.choice(LEAVES)

    model = random.choice((leaf(), {"configFile": leaf(), "pyFile": leaf()}, {"configFile": leaf(), "parser": leaf()}))
    options = {
        "dewarp": {"enable": True, "config_file": leaf()},
        "crop": {"enable": True, "x0": leaf(), "x1": 9, "y0": 0, "y1": leaf()},
        "frame": {"width": leaf(), "height": leaf()},
        "messages": {"perSecond": leaf()},
    }
    fields = {
        "unsecureZipUrl": leaf(),
        "unsecureZipSha256": leaf(),
        "primaryModelConfigPath": model,
        "secondaryModelConfigPaths": random.choice((leaf(), [leaf(), {"configFile": leaf()}])),
        "trackerConfigPath": leaf(),
        "deepstreamPassthrough": leaf(),
        "pipelineOptions": random.choice((leaf(), options, dict(random.sample(sorted(options.items()), 1)))),
    }
    kept = random.sample(sorted(fields), random.randrange(1, len(fields)))
    return {"id": name, **{key: fields[key] for key in kept}}


def archived(url: str, **changes: Any) -> dict[str, Any]:
    """A pipeline with a model archive; it plays what needs no file of it."""
    return {"id": "Archived", "unsecureZipUrl": url, **(changes or {"deepstreamPassthrough": _PICTURE + "! fakesink"})}


def _of_archive(random: Random, url: str) -> dict[str, Any]:
    """A pipeline whose archive is there, so that its files are looked for at once."""
    leaves = [leaf for leaf in LEAVES if isinstance(leaf, str)]
    paths = ["pgie_config.txt", "pgie_config.txt/x", "c" * 300, "/" + "c" * 300, "c" * 4000, "d/" * 900, *leaves]
    changes = {
        "secondaryModelConfigPaths": [random.choice(paths)],
        "trackerConfigPath": random.choice(paths),
        "pipelineOptions": {"dewarp": {"enable": True, "config_file": random.choice(paths)}},
    }
    parsers = ("blob_parser.py", "p" * 300 + ".py", random.choice(paths))
    primary = {"configFile": random.choice(paths[: random.choice((6, None))]), "pyFile": random.choice(parsers)}
    some = random.sample(sorted(changes.items()), random.randrange(3))
    return archived(url, primaryModelConfigPath=primary, **dict(some))


def _document(random: Random, url: str) -> dict[str, Any]:
    """A configuration that holds the pipelines that play, and something hostile beside them."""
    document = copy.deepcopy(base())
    components = document["components"]
    deepstream = components["deepStream"]
    kind = random.randrange(9)
    name = random.choice(("Victim", *LEAVES)) if kind else "Victim"
    if kind < 4:  # half of all
        deepstream["pipelineConfigs"].append(_pipeline(random, name))
        deepstream["streams"].append({"name": "eye", "configId": name})
        components["sensors"].append({"name": "eye", "endpoint": random.choice(LEAVES)})
    elif kind == 4:
        some = [random.choice(LEAVES) for _ in range(5)]
        components["sensors"] = [{"name": some[0], "kind": some[1], "endpoint": some[2], "regionsOfInterest": some[3]}]
        deepstream["streams"] = [
            {"name": some[0], "uname": some[1], "password": some[2], "configId": PLAYING[0]},
            *some,
        ]
    elif kind == 5:
        many = random.choice((3000, 30_000))
        part = random.choice(("sensors", "streams", "pipelineConfigs", "keys"))
        where = {"sensors": components, "keys": components}.get(part, deepstream)
        member = random.choice((0, {}, {"id": "a" * 20}, {"name": "x", "configId": "y"}))
        where[part] = [*where.get(part, []), *([member] * (many // (5 if member else 1)))]
        if part == "keys":
            components.update({f"key{number}": None for number in range(many)})
    elif kind == 6:
        components[random.choice(("sensors", "logLevel", "businessLogicConfig", "x"))] = random.choice(LEAVES)
        deepstream["streams"] = random.choice(LEAVES)
    elif kind == 7:
        components["sensors"] = [{"name": "eye", "endpoint": "file:///video.mp4"}]
        deepstream["pipelineConfigs"].append(_of_archive(random, url))
        deepstream["streams"] = [{"name": "eye", "configId": "Archived"}]
    elif random.randrange(4) == 0:
        deepstream["pipelineConfigs"].append({"id": "Victim", **random.choice(_STARTS)})
    return document


def twins(random: Random, url: str) -> Iterator[bytes]:
    """Without end: what a settings file may hold, none of which may touch the pipelines that play.

    Args:
        random: Chooses.
        url: Of a model archive that the supervisor has.
    """
    while True:
        yield from _texts(random)
        for _ in range(30):
            twin: dict[str, Any] = {"azdaConfiguration": _document(random, url)}
            if random.randrange(3) == 0:
                twin["startRecording"] = random.choice((*LEAVES, [{"configId": random.choice(LEAVES), "state": True}]))
                twin["outputVideoLength"] = random.choice(LEAVES)
                twin["autoStopRecordingTime"] = random.choice(LEAVES)
            yield json.dumps(twin).encode()
