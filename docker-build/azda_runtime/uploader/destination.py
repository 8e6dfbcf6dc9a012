"""Where recordings go and by which right, as the environment says it in the names of Azure's own command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from azda_runtime.problems import InvalidValueError, shown
from dsconfig.redaction import RUN

CONNECTION_STRING = "AZURE_STORAGE_CONNECTION_STRING"
ACCOUNT = "AZURE_STORAGE_ACCOUNT"
KEY = "AZURE_STORAGE_KEY"
SAS = "AZURE_STORAGE_SAS_TOKEN"
ENDPOINT = "AZURE_STORAGE_SERVICE_ENDPOINT"
_OF_A_FILE = "_FILE"

_CONTAINER = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]|\$root|\$web")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_CREDENTIAL = re.compile(r"(^|;)\s*(AccountKey|SharedAccessSignature)=|UseDevelopmentStorage=true", re.IGNORECASE)
_LARGEST_FILE = 16 * 1024
_HOW = f"Set {CONNECTION_STRING}; or {ACCOUNT} with {KEY}, with {SAS}, or alone for Entra ID."


class Right(Enum):
    """By which right recordings are stored."""

    CONNECTION_STRING = "connection string"
    KEY = "account key"
    SAS = "shared access signature"
    ENTRA = "Entra ID"


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """A container and the right to write into it.

    Attributes:
        container: Its name.
        right: Which kind of right.
        endpoint: The account's address; empty where the connection string says it.
        account: The account's name where it was given; an address of one's own does not show it.
        secret: The connection string, the key or the signature; empty for Entra ID. In no repr.
    """

    container: str
    right: Right
    endpoint: str = ""
    account: str = ""
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not _CONTAINER.fullmatch(self.container):
            hint = "Use 3 to 63 lower-case letters, digits and single hyphens: --container recordings."
            raise InvalidValueError(f"{shown(self.container)} cannot be the name of a container.", hint=hint)
        if self.right is Right.ENTRA and not self.endpoint.startswith("https:"):
            hint = f"Use the account's https address, or set {KEY} or {SAS}."
            raise InvalidValueError("Entra ID's tokens are sent over https alone.", hint=hint)
        if self.right is Right.SAS and "sig" not in parse_qs(self.secret):
            hint = "Copy the address or the token of the signature from the portal."
            raise InvalidValueError(f"{SAS} holds no signature.", hint=hint)
        if self.right is Right.CONNECTION_STRING and not _CREDENTIAL.search(self.secret):
            hint = "Copy the whole of it from the portal (Access keys)."
            raise InvalidValueError(f"{CONNECTION_STRING} holds no AccountKey or SharedAccessSignature.", hint=hint)


def read_destination(environment: Mapping[str, str], container: str | None) -> Destination:
    """Find out where recordings go.

    Args:
        environment: Of the process. Each secret may stand in a file instead, whose name the variable with `_FILE` has;
            a secret that is renewed there is read again.
        container: As typed; None where the signature's address names it.

    Raises:
        InvalidValueError: The environment does not say it, or contradicts itself.
    """
    string, key, sas = (_secret(environment, name) for name in (CONNECTION_STRING, KEY, SAS))
    RUN.add([string, key, sas])
    RUN.learn(string)
    given = [name for name, value in ((CONNECTION_STRING, string), (KEY, key), (SAS, sas)) if value]
    if len(given) > 1:
        raise InvalidValueError(f"{' and '.join(given)} are both set.", hint="Keep one of them.")
    if "://" in sas:
        address, sas, named = _sas_address(sas)
        return Destination(
            container=container or named or _no_container(), right=Right.SAS, endpoint=address, secret=sas
        )
    container = container or _no_container()
    if string:
        return Destination(container=container, right=Right.CONNECTION_STRING, secret=string)
    right = Right.KEY if key else Right.SAS if sas else Right.ENTRA
    sas = sas.removeprefix("?")
    endpoint, account = _endpoint(environment), environment.get(ACCOUNT, "")
    return Destination(container=container, right=right, endpoint=endpoint, account=account, secret=key or sas)


def _no_container() -> str:
    raise InvalidValueError("No container is named.", hint="Give it with --container.")


def _endpoint(environment: Mapping[str, str]) -> str:
    endpoint, account = environment.get(ENDPOINT, ""), environment.get(ACCOUNT, "")
    if endpoint:
        if not _is_address(endpoint):
            hint = "Write it as https://ACCOUNT.blob.core.windows.net."
            raise InvalidValueError(f"{ENDPOINT} is not the address of an account.", hint=hint)
        return endpoint.rstrip("/")
    if not account:
        raise InvalidValueError("No storage account is named.", hint=_HOW)
    if not _ACCOUNT.fullmatch(account):
        hint = "An account's name has 3 to 24 lower-case letters and digits; an address goes into " + ENDPOINT + "."
        raise InvalidValueError(f"{ACCOUNT} is {shown(account)}, which no account is called.", hint=hint)
    return f"https://{account}.blob.core.windows.net"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and parts.port != 0
    except ValueError:  # a port above 65535, half an IPv6 address
        return False


def _sas_address(address: str) -> tuple[str, str, str]:
    """A whole address as the portal gives it: the account's address, the signature, and the container's name."""
    parts = urlsplit(address)
    if "sig" not in parse_qs(parts.query) or not parts.hostname:
        hint = "Copy the address or the token of the signature from the portal."
        raise InvalidValueError(f"{SAS} holds an address without a signature.", hint=hint)
    RUN.add([parts.query])
    root, _, container = parts.path.rstrip("/").rpartition("/")
    return f"{parts.scheme}://{parts.netloc}{root}", parts.query, container


def _secret(environment: Mapping[str, str], name: str) -> str:
    direct, file = environment.get(name, ""), environment.get(name + _OF_A_FILE, "")
    if direct or not file:
        return direct.strip()
    try:
        with Path(file).open("rb") as opened:
            return opened.read(_LARGEST_FILE).decode().strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        hint = f"Mount the secret there, or change {name}{_OF_A_FILE}."
        raise InvalidValueError(f"{shown(file, limit=200)} cannot be read: {why}.", hint=hint) from None
