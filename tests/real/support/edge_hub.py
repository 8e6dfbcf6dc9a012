"""An edgeHub for one module: a real broker with TLS on port 8883, in a network namespace of its own, and who answers.

The client under test has its port fixed, hence the namespace. It has no name: it ends with the processes in it.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import signal
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.enums import CallbackAPIVersion

from dsconfig.merge_patch import merged
from support.processes import Daemon, clear, short_folder

DEVICE, MODULE, HOST = "device1", "ai-pipeline", "hub.azure-devices.net"
KEY = b"the module's key, which only the workload API knows"
EVENTS = f"devices/{DEVICE}/modules/{MODULE}/messages/events/"


class Namespace:
    """A network of its own with nothing but a loopback interface."""

    def start(self) -> None:
        """Make it."""
        script = "ip link set lo up && echo ready && exec cat"
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdout
        assert self._holder.stdout.readline() == "ready\n"

    def inside(self, command: Sequence[str | Path]) -> list[str]:
        """The command line that runs a program in it."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "--", *map(str, command)]

    def close(self) -> None:
        """Let go of it; it is gone when nothing runs in it any more."""
        assert self._holder.stdin
        assert self._holder.stdout
        self._holder.stdin.close()
        self._holder.wait()
        self._holder.stdout.close()


class EdgeHub:
    """Broker, twin and workload API.

    Attributes:
        twin: What the module's twin holds.
        messages: What came to outputs: the properties and the text.
        reports: The patches of reported properties, as they came.
        trust_bundle: What the workload API gives as the certificates to trust.
        signatures: How many tokens were signed.
        sign: Cleared, it lets requests for a signature wait.
        answer_twin: False lets requests for the twin wait for ever.
        report_status: Of the answer to reported properties; 204 takes them.
    """

    def __init__(self) -> None:
        self.root = short_folder("edge")
        self.namespace = Namespace()
        self.twin: dict[str, Any] = {"desired": {"$version": 1}, "reported": {"$version": 1}}
        self.messages: list[tuple[dict[str, str], str]] = []
        self.reports: list[dict[str, Any]] = []
        self.signatures = 0
        self.sign = threading.Event()
        self.sign.set()
        self.answer_twin = True
        self.report_status = 204
        self._answers: dict[str, tuple[int, Any]] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.trust_bundle = certificates(self.root)
        self.broker: Daemon | None = None
        self._client: mqtt.Client | None = None
        self._workload = _Workload(self)

    def start(self) -> None:
        """Make the namespace and the workload API; the broker comes with `start_broker`."""
        self.namespace.start()
        self._workload.start()

    def start_broker(self, *, knows_module: bool = True) -> None:
        """Start the broker, or start it again with the sessions that it had; it answers when this returns.

        Args:
            knows_module: Otherwise it refuses the module's credentials, as edgeHub does until it has been told of it.
        """
        self._write_settings(knows_module=knows_module)
        socket = self.root / "broker.sock"
        socket.unlink(missing_ok=True)
        command = self.namespace.inside(["mosquitto", "-c", self.root / "mosquitto.conf"])
        self.broker = Daemon(command, log=self.root / "mosquitto.log", ready=socket.exists)
        self.broker.start()
        self._answer()

    def stop_broker(self) -> None:
        """End the broker as an update of edgeHub does: what it has acknowledged it keeps."""
        self._leave()
        if self.broker is not None:
            self.broker.stop()

    def kill_broker(self) -> None:
        """End the broker as a crash does."""
        self._leave()
        if self.broker is not None:
            self.broker.kill()

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()  # after the acknowledgements that it still owes, so that nothing comes twice to us
            client.loop_stop()
            if sock := client.socket():
                sock.close()

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Let the broker stop answering: connections stay, and new ones are made by the kernel alone."""
        assert self.broker
        os.kill(self.broker.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.broker.pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop everything and remove its files."""
        self.sign.set()
        self._leave()
        if self.broker is not None:
            self.broker.stop()
        self._workload.close()
        self.namespace.close()
        clear(self.root)

    def environment(self) -> dict[str, str]:
        """What the IoT Edge agent gives to the module."""
        return {
            "IOTEDGE_WORKLOADURI": f"unix://{self.root}/workload.sock",
            "IOTEDGE_DEVICEID": DEVICE,
            "IOTEDGE_MODULEID": MODULE,
            "IOTEDGE_MODULEGENERATIONID": "1",
            "IOTEDGE_IOTHUBHOSTNAME": HOST,
            "IOTEDGE_GATEWAYHOSTNAME": "localhost",
            "IOTEDGE_APIVERSION": "2020-07-07",
            "IOTEDGE_AUTHSCHEME": "sasToken",
        }

    def desire(self, patch: dict[str, Any], *, notify: bool = True) -> None:
        """Change the desired properties, and tell the module so unless it is to miss it."""
        version = self.twin["desired"]["$version"] + 1
        self.twin["desired"] = {**merged(self.twin["desired"], patch), "$version": version}
        if notify:
            body = json.dumps({**patch, "$version": version})
            self._publish(f"$iothub/twin/PATCH/properties/desired/?$version={version}", body)

    def input(self, name: str, text: bytes, *, properties: str = "") -> None:
        """Send a message to an input of the module."""
        self._publish(f"devices/{DEVICE}/modules/{MODULE}/inputs/{name}/{properties}", text)

    def call(self, name: str, payload: str) -> tuple[int, Any]:
        """Call a direct method; returns the status and the answer."""
        request = str(next(self._numbers))
        self._publish(f"$iothub/methods/POST/{name}/?$rid={request}", payload)
        found: tuple[int, Any] = until(lambda: self._answers.get(request))
        return found

    def texts(self) -> list[str]:
        """The messages that have come, without their properties."""
        with self._lock:
            return [text for _, text in self.messages]

    def _publish(self, topic: str, payload: bytes | str) -> None:
        assert self._client
        self._client.publish(topic, payload, qos=1).wait_for_publish(240)

    def _answer(self) -> None:
        subscribed = threading.Event()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "edge-hub", clean_session=False, transport="unix")
        client.on_message = lambda _client, _data, message: self._take(message.topic, message.payload, message.dup)
        client.on_subscribe = lambda *_: subscribed.set()
        deadline = time.monotonic() + 60
        while True:
            try:
                client.connect(str(self.root / "broker.sock"), 1)
                break
            except ConnectionRefusedError:  # the socket is there before the broker listens
                assert time.monotonic() < deadline
                time.sleep(0.02)
        client.loop_start()
        topics = (
            "$iothub/methods/res/#",
            "$iothub/twin/GET/#",
            "$iothub/twin/PATCH/properties/reported/#",
            f"{EVENTS}#",
        )
        client.subscribe([(topic, 1) for topic in topics])
        assert subscribed.wait(240)
        self._client = client

    def _take(self, topic: str, payload: bytes, again: bool) -> None:
        request = parse_qs(urlsplit(topic).query).get("$rid", [""])[0]
        if topic.startswith(EVENTS):
            properties = dict(part.split("=", 1) for part in topic.removeprefix(EVENTS).split("&"))
            message = ({unquote(k): unquote(v) for k, v in properties.items()}, payload.decode())
            with self._lock:
                # The broker's own second copy to us, for it ended before it had noted our acknowledgement.
                if not (again and message in self.messages):
                    self.messages.append(message)
        elif topic.startswith("$iothub/methods/res/"):
            self._answers[request] = int(topic.split("/")[3]), json.loads(payload)
        elif topic.startswith("$iothub/twin/GET/"):
            if self.answer_twin:
                self._reply(f"$iothub/twin/res/200/?$rid={request}", json.dumps(self.twin))
        else:
            self._take_report(json.loads(payload), request)

    def _take_report(self, patch: dict[str, Any], request: str) -> None:
        self.reports.append(patch)
        version = self.twin["reported"]["$version"] + 1
        if self.report_status == 204:
            self.twin["reported"] = {**merged(self.twin["reported"], patch), "$version": version}
        self._reply(f"$iothub/twin/res/{self.report_status}/?$rid={request}&$version={version}", "")

    def _reply(self, topic: str, body: str) -> None:
        if self._client is not None:
            self._client.publish(topic, body, qos=1)

    def _write_settings(self, *, knows_module: bool) -> None:
        lines = (
            "user root",
            "per_listener_settings true",
            "persistence true",
            "autosave_on_changes true",
            "autosave_interval 1",
            f"persistence_location {self.root}/",
            "max_queued_messages 0",
            "listener 8883",
            f"certfile {self.root}/server.pem",
            f"keyfile {self.root}/server.key",
            f"allow_anonymous {str(knows_module).lower()}",
            f"listener 0 {self.root}/broker.sock",
            "allow_anonymous true",
        )
        (self.root / "mosquitto.conf").write_text("\n".join(lines) + "\n")


class _Workload:
    """The workload API on its socket: the trust bundle, and signatures with the module's key."""

    def __init__(self, hub: EdgeHub) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def address_string(self) -> str:
                return "module"

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                assert urlsplit(self.path).path == "/trust-bundle"
                self.answer({"certificate": hub.trust_bundle})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hub.signatures += 1
                if not hub.sign.wait(300):
                    return
                digest = hmac.new(KEY, base64.b64decode(body["data"]), hashlib.sha256).digest()
                self.answer({"digest": base64.b64encode(digest).decode()})

            def answer(self, document: dict[str, str]) -> None:
                body = json.dumps(document).encode()
                with suppress(BrokenPipeError):  # a module that has ended does not wait for it
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

        self._server = _SocketServer(str(hub.root / "workload.sock"), Handler, bind_and_activate=False)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        self._server.server_bind()
        self._server.server_activate()
        self._thread.start()

    def close(self) -> None:
        if self._thread.ident is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _SocketServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def until(says: Callable[[], Any], *, seconds: float = 240) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := says()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


def certificates(folder: Path) -> str:
    """Write the broker's certificate and key; returns the certificate that signed it."""
    now = dt.datetime.now(dt.timezone.utc)
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the device's own authority")])

    def started(subject: x509.Name, public: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        )

    use = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    root = (
        started(issuer, authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(use, critical=True)
        .sign(authority, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    server = (
        started(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), key.public_key())
        .add_extension(names, critical=False)
        .sign(authority, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "server.pem").write_bytes(server.public_bytes(pem) + root.public_bytes(pem))
    (folder / "server.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return root.public_bytes(pem).decode()
