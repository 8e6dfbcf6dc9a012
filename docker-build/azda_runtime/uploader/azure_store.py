"""The only import of azure-storage-blob and azure-identity: a container, as an upload needs it."""

import base64
import logging
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobBlock, BlobServiceClient, ContainerClient, ContentSettings

from azda_runtime.problems import InvalidValueError
from azda_runtime.uploader.answers import Answer, failure
from azda_runtime.uploader.blocks import in_header
from azda_runtime.uploader.destination import ACCOUNT, CONNECTION_STRING, Destination, Right
from azda_runtime.uploader.pace import Pace
from azda_runtime.uploader.store import FileError, ServiceError, Stored

_TYPES = {".mp4": "video/mp4", ".json": "application/json"}
_CONNECT_SECONDS, _READ_SECONDS = 20, 90
_DEEPEST_CAUSE = 12
_NO_BLOB = "BlobNotFound"
# OpenSSL's verify errors: not yet valid, and expired.
_WRONG_TIME = frozenset({9, 10})
_IDENTITY = (
    "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH) of an "
    "application, or give the machine a managed identity."
)


class AzureStore:
    """A container of blob storage.

    Its own retrying stays off: what failed is said, and goes on later where it ended.

    Args:
        destination: Which one, and by which right.
        pace: Bounds what is sent.

    Raises:
        InvalidValueError: The connection string or the key cannot be read.
    """

    def __init__(self, destination: Destination, pace: Pace) -> None:
        logging.getLogger("azure").setLevel(logging.CRITICAL)  # several lines for each request, a token's among them
        self._destination = destination
        self._pace = pace
        self._credential: Any = None
        try:
            self._container = self._client()
        except (ValueError, TypeError) as error:
            where = CONNECTION_STRING if destination.right is Right.CONNECTION_STRING else "The key or the address"
            hint = f"Copy it from the portal (Access keys) again. An address of your own needs {ACCOUNT} beside it."
            raise InvalidValueError(f"{where} cannot be read: {str(error).rstrip('.')}.", hint=hint) from None
        self.account = self._container.primary_hostname.partition("/")[0]

    def _client(self) -> ContainerClient:
        kinds: dict[str, Any] = {
            "retry_total": 0,
            "connection_timeout": _CONNECT_SECONDS,
            "read_timeout": _READ_SECONDS,
        }
        to = self._destination
        if to.right is Right.CONNECTION_STRING:
            return ContainerClient.from_connection_string(to.secret, to.container, **kinds)
        credential: Any = to.secret
        if to.right is Right.ENTRA:
            from azure.identity import DefaultAzureCredential  # noqa: PLC0415 # 15 MB that only this right needs

            self._credential = credential = DefaultAzureCredential(
                exclude_interactive_browser_credential=True, exclude_developer_credentials=True, retry_total=0
            )
        elif to.right is Right.KEY:
            base64.b64decode(to.secret, validate=True)
            credential = {"account_name": to.account, "account_key": to.secret} if to.account else to.secret
        service = BlobServiceClient(to.endpoint, credential=credential, **kinds)
        return service.get_container_client(to.container)

    def find(self, name: str) -> Stored | None:
        """A blob; None when there is none of this name."""
        with self._translated():
            try:
                found = self._container.get_blob_client(name).get_blob_properties()
            except ResourceNotFoundError as error:
                if _code(error) == _NO_BLOB:
                    return None
                raise
            md5 = found.content_settings.content_md5
            return Stored(size=found.size, md5=bytes(md5) if md5 else None)

    def uncommitted(self, name: str) -> Mapping[str, int]:
        """The blocks that were sent and belong to no blob yet: id and size."""
        with self._translated():
            try:
                _, waiting = self._container.get_blob_client(name).get_block_list("uncommitted")
            except ResourceNotFoundError as error:
                if _code(error) == _NO_BLOB:
                    return {}
                raise
            return {block.id: block.size for block in waiting}

    def stage(self, name: str, block: str, data: bytes, digest: bytes) -> None:
        """Send a block; the service compares it with its MD5."""
        headers = {"Content-MD5": in_header(digest)}
        with self._translated():
            body = self._pace.body(data)
            self._container.get_blob_client(name).stage_block(block, body, len(data), headers=headers)

    def commit(self, name: str, blocks: Sequence[str], digest: bytes) -> None:
        """Make a blob of blocks, unless there is one of this name: nothing is overwritten."""
        kind = next((kind for suffix, kind in _TYPES.items() if name.lower().endswith(suffix)), None)
        settings = ContentSettings(content_type=kind, content_md5=bytearray(digest))
        with self._translated(), suppress(ResourceExistsError, ResourceModifiedError):  # the caller looks what is there
            self._container.get_blob_client(name).commit_block_list(
                [BlobBlock(block) for block in blocks],
                content_settings=settings,
                match_condition=MatchConditions.IfMissing,
            )

    def close(self) -> None:
        """Close its connections."""
        self._container.close()
        if self._credential is not None:
            self._credential.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except HttpResponseError as error:
            raise self._refused(error) from None
        except AzureError as error:
            raise self._away(error) from None
        except UnicodeError:
            raise FileError("Its name cannot be sent to the service.") from None

    def _refused(self, error: HttpResponseError) -> Exception:
        response: Any = error.response
        headers: Mapping[str, str] = {} if response is None else response.headers
        own = "x-ms-request-id" in headers  # the service's answer, not that of who gives tokens
        if isinstance(error, ClientAuthenticationError) and self._destination.right is Right.ENTRA and not own:
            return ServiceError("Entra ID gives no token for this device.", hint=_IDENTITY)
        if response is None and isinstance(error, ClientAuthenticationError):  # the client cannot sign with it
            hint = "Copy the connection string from the portal (Access keys) again."
            return ServiceError(f"The AccountKey in {CONNECTION_STRING} is not base64.", hint=hint)
        if response is None:
            return self._away(error)
        answer = Answer(status=response.status_code, code=_code(error), date=headers.get("Date", ""), now=time.time())
        to = self._destination
        return failure(answer, account=self.account, container=to.container, right=to.right, secret=to.secret)

    def _away(self, error: BaseException) -> ServiceError:
        """Why there is no answer, in words that hold no address of a signature: the system's own alone."""
        chain = _chain(error)
        for each in chain:
            if isinstance(each, ssl.SSLCertVerificationError):
                return self._untrusted(each)
            if isinstance(each, ssl.SSLError):
                sentence = f"{self.account} cannot be reached: the TLS connection failed ({each.reason})."
                return ServiceError(sentence, hint="Compare http: and https: in the address.", offline=True)
        systems = [each.strerror for each in chain if isinstance(each, OSError) and each.strerror]
        kinds = [type(each).__name__ for each in chain]
        return ServiceError(f"{self.account} cannot be reached: {_why(systems, kinds)}.", offline=True)

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> ServiceError:
        if error.verify_code in _WRONG_TIME:
            hint = f"Look at the clock (`date`): it says {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}."
            return ServiceError(f"The certificate of {self.account} is not valid at this time.", hint=hint)
        hint = "For a proxy's own certificate set REQUESTS_CA_BUNDLE to a PEM file that holds it."
        return ServiceError(f"The certificate of {self.account} is not one that this device trusts.", hint=hint)


def _why(systems: Sequence[str], kinds: Sequence[str]) -> str:
    if "NameResolutionError" in kinds or "gaierror" in kinds:
        return "its name is not known, so the network is away, or no account is called so"
    if any("Timeout" in kind for kind in kinds):
        return "it does not answer in time"
    return systems[-1] if systems else kinds[-1]


def _code(error: HttpResponseError) -> str:
    """The service's code; the answer to HEAD has no body, so it is read from the header."""
    response: Any = error.response
    return "" if response is None else str(response.headers.get("x-ms-error-code", ""))


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what led to it; `inner_exception` is azure-core's, `reason` urllib3's."""
    chain: list[BaseException] = []
    waiting = [error]
    while waiting and len(chain) < _DEEPEST_CAUSE:
        each = waiting.pop(0)
        if each in chain:
            continue
        chain.append(each)
        inner = [getattr(each, name, None) for name in ("inner_exception", "reason", "__cause__", "__context__")]
        waiting += [found for found in (*inner, *each.args) if isinstance(found, BaseException)]
    return chain
