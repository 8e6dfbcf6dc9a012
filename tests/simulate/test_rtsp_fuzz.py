"""Requests that no player sends: the RTSP server answers or hangs up, and goes on."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from random import Random

import pytest

pytestmark = pytest.mark.gstreamer

ROUNDS = int(os.environ.get("AZDA_FUZZ_EXAMPLES", "200"))
REQUESTS = [
    b"OPTIONS rtsp://127.0.0.1/film RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    b"DESCRIBE rtsp://127.0.0.1/film RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n",
    b"SETUP rtsp://127.0.0.1/film/stream=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;client_port=1-2\r\n\r\n",
    b'DESCRIBE rtsp://127.0.0.1/film RTSP/1.0\r\nCSeq: 4\r\nAuthorization: Digest username="viewer"\r\n\r\n',
    b"GET /film HTTP/1.0\r\nx-sessioncookie: 1\r\nAccept: application/x-rtsp-tunnelled\r\n\r\n",
]
PIECES = [
    b"\0",
    b"\xff" * 20,
    b"A" * 5000,
    b"\r\n",
    b"$\0\xff\xff",
    b"-1",
    b"9" * 30,
    b"%n%s",
    b"\r\nContent-Length: 99999999",
]


def mutated(random: Random) -> bytes:
    data = random.choice(REQUESTS)
    for _ in range(random.randint(0, 5)):
        start, end = sorted(random.randint(0, len(data)) for _ in range(2))
        end = min(end, start + 30)
        data = data[:start] + random.choice([b"", random.choice(PIECES), data[start:end] * 9]) + data[end:]
    return data


def asked(port: int, data: bytes, seconds: float) -> bytes:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.settimeout(seconds)
        client.sendall(data)
        return client.recv(4096)
    return b""


def test_no_request_ends_the_server(runtime_environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "azda_runtime", "rtsp", "--port", "0", "--host", "127.0.0.1"]
    environment = {**runtime_environment, "AZDA_RTSP_PASSWORD": "CANARYx1234567"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin
        assert child.stdout
        try:
            port = json.loads(child.stdout.readline())["port"]
            random = Random(22)
            for _ in range(ROUNDS):
                asked(port, mutated(random), 0.02)
            assert child.poll() is None
            assert asked(port, REQUESTS[0], 20).startswith(b"RTSP/1.0 ")
        finally:
            child.kill()
            _, log = child.communicate()
    assert b"CANARY" not in log
