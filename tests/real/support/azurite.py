"""Azurite, Microsoft's own stand-in for blob storage, on a loopback port with accounts of its own."""

import base64
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContainerClient

from support.processes import Daemon, clear, short_folder
from support.tools import azurite_program
from tests.fakes.blob_storage import ACCOUNT


class Azurite:
    """One blob service with one account.

    Attributes:
        endpoint: The account's address.
        key: The account's key.
        container: The name of the container that is asked about.
    """

    def __init__(self, *, certificate: Path | None = None, key_file: Path | None = None) -> None:
        """Make the folder; nothing runs before `start`.

        Args:
            certificate: PEM; it then speaks https, and takes tokens of Entra ID.
            key_file: The certificate's key.
        """
        self._certificate = certificate
        self._root = short_folder("azurite")
        self.container = "recordings"
        self.key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.port = _free_port()
        scheme = "https" if certificate else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self.port}/{ACCOUNT}"
        words = ["node", azurite_program(), "--location", self._root, "--blobPort", str(self.port), "--silent"]
        words += ["--disableTelemetry", "--skipApiVersionCheck"]
        if certificate and key_file:
            words += ["--cert", certificate, "--key", key_file, "--oauth", "basic"]
        accounts = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}", "PATH": "/usr/local/bin:/usr/bin:/bin"}
        self._daemon = Daemon(words, log=self._root / "log.txt", ready=self._serves, environment=accounts)

    @property
    def connection_string(self) -> str:
        """As the portal gives it."""
        scheme = self.endpoint.partition(":")[0]
        parts = {"DefaultEndpointsProtocol": scheme, "AccountName": ACCOUNT, "AccountKey": self.key}
        return "".join(f"{name}={value};" for name, value in {**parts, "BlobEndpoint": self.endpoint}.items())

    def start(self) -> None:
        """Start it, or start it again with what it holds."""
        self._daemon.start(seconds=120)

    def stop(self) -> None:
        """End it; what it holds stays."""
        self._daemon.stop()

    def close(self) -> None:
        """End it and remove its folder."""
        self._daemon.kill()
        clear(self._root)

    def client(self) -> ContainerClient:
        """The container by the account's key, for a test's own questions."""
        kinds: dict[str, Any] = {} if self._certificate is None else {"connection_verify": str(self._certificate)}
        service: BlobServiceClient = BlobServiceClient(self.endpoint, credential=self.key, **kinds)
        return service.get_container_client(self.container)

    def blobs(self) -> dict[str, bytes]:
        """All blobs."""
        with self.client() as container:
            return {each.name: container.download_blob(each.name).readall() for each in container.list_blobs()}

    def uncommitted(self, name: str) -> int:
        """How many blocks of a name wait."""
        with self.client() as container, suppress(ResourceNotFoundError):
            return len(container.get_blob_client(name).get_block_list("uncommitted")[1])
        return 0

    def put(self, name: str, data: bytes) -> None:
        """Store a blob that somebody else sent."""
        with self.client() as container:
            container.upload_blob(name, data)

    def make_container(self, name: str) -> None:
        """Make a container, and go on with that one."""
        self.container = name
        with self.client() as container:
            container.create_container()

    def remove_container(self) -> None:
        """Let there be none."""
        with self.client() as container:
            container.delete_container()

    def _serves(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
