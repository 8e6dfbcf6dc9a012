"""A real MQTT broker with TLS on a port of its own, and somebody who reads and writes there."""

import datetime as dt
import json
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.enums import CallbackAPIVersion

from support.edge_hub import certificates
from support.processes import Daemon, clear, short_folder

USER, PASSWORD = "pose", "correct horse"
_ALLOWED = """user pose
topic readwrite azda/pose/#
"""


class MqttBroker:
    """Mosquitto.

    Attributes:
        port: With TLS.
        plain_port: Without, for the observer.
        ca: The file of the authority to trust.
        messages: What came to the topics under `azda/`, in order: topic, body, whether it was retained.
    """

    def __init__(self) -> None:
        self.root = short_folder("mqtt")
        self.ca = self.root / "ca.pem"
        self.ca.write_text(certificates(self.root))
        self.port, self.plain_port = _free_ports(2)
        self.messages: list[tuple[str, bytes, bool]] = []
        self._options: list[str] = []
        self._daemon: Daemon | None = None
        self._observer: mqtt.Client | None = None

    def start(self, *options: str) -> None:
        """Start it, with other options of the TLS listener than those of before where some are given."""
        self._options = list(options) or self._options or ["allow_anonymous true"]
        lines = [
            "user root",
            "per_listener_settings true",
            "persistence true",
            f"persistence_location {self.root}/",
            f"listener {self.plain_port} 127.0.0.1",
            "allow_anonymous true",
            f"listener {self.port} 127.0.0.1",
            f"certfile {self.root}/server.pem",
            f"keyfile {self.root}/server.key",
            *self._options,
        ]
        (self.root / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        command = ["mosquitto", "-c", self.root / "mosquitto.conf"]
        self._daemon = Daemon(command, log=self.root / "mosquitto.log", ready=lambda: _answers(self.plain_port))
        self._daemon.start()
        self._observe()

    def stop(self) -> None:
        """End it; what it has acknowledged it keeps."""
        self._leave()
        if self._daemon is not None:
            self._daemon.stop()

    def close(self) -> None:
        """End it and remove its files."""
        self.stop()
        clear(self.root)

    def passwords(self) -> list[str]:
        """Options that ask for the user and the password, and for nothing beyond that user's topics."""
        file, allowed = self.root / "passwords", self.root / "allowed"
        subprocess.run(["mosquitto_passwd", "-b", "-c", file, USER, PASSWORD], check=True, capture_output=True)
        allowed.write_text(_ALLOWED)
        return ["allow_anonymous false", f"password_file {file}", f"acl_file {allowed}"]

    def client_certificate(self) -> tuple[list[str], Path, Path]:
        """Options that ask for a certificate; the certificate and its key."""
        certificate, key = self.root / "client.pem", self.root / "client.key"
        _self_signed(certificate, key)
        return [f"cafile {certificate}", "require_certificate true", "use_identity_as_username true"], certificate, key

    def publish(self, topic: str, body: object, *, retain: bool = False) -> None:
        """Publish JSON, or bytes as they are."""
        assert self._observer
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._observer.publish(topic, data, qos=1, retain=retain).wait_for_publish(120)

    def bodies(self, topic: str) -> list[bytes]:
        """What came to a topic."""
        return [body for name, body, _ in [*self.messages] if name == topic]

    def last(self, topic: str) -> bytes | None:
        """What came last to a topic."""
        return (self.bodies(topic) or [None])[-1]

    def _observe(self) -> None:
        subscribed = threading.Event()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, "observer", clean_session=False)
        client.on_message = lambda _c, _d, m: self.messages.append((m.topic, m.payload, m.retain))
        client.on_subscribe = lambda *_: subscribed.set()
        client.connect("127.0.0.1", self.plain_port)
        client.loop_start()
        client.subscribe("azda/#", qos=1)
        assert subscribed.wait(120)
        self._observer = client

    def _leave(self) -> None:
        client, self._observer = self._observer, None
        if client is not None:
            client.disconnect()
            client.loop_stop()
            if sock := client.socket():
                sock.close()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        time.sleep(0.02)
        return False
    return True


def _self_signed(certificate: Path, key_file: Path) -> None:
    key: Any = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pose")])
    now = dt.datetime.now(dt.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate.write_bytes(made.public_bytes(pem))
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
