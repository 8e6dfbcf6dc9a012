"""What an answer of blob storage, or none, says about what has to be mended.

The codes are those of https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and of the
service's common ones. No decision is made by the texts beside them, which change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs

from azda_runtime.uploader.destination import Right
from azda_runtime.uploader.store import FileError, ServiceError, UploadError

# The service refuses requests that are signed with a time further away:
# https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#specifying-the-date-header
_MOST_SKEW = 15 * 60
_FORBIDDEN, _UNAUTHORIZED, _NOT_FOUND, _TOO_MANY, _FAULT = 403, 401, 404, 429, 500
_ROLE = "Storage Blob Data Contributor"
_CLOCK = "Set the clock: `timedatectl set-ntp true`, and let the device reach a time server."
_NETWORK = "allow the address that the device comes from in the account's networking."

_REFUSED: Mapping[str, tuple[str, str]] = {
    "AccountIsDisabled": ("The storage account is disabled.", "Look at the subscription in the portal."),
    "KeyBasedAuthenticationNotPermitted": (
        "The storage account does not allow keys.",
        f"Use Entra ID: set AZURE_STORAGE_ACCOUNT alone, and give the identity the role {_ROLE}.",
    ),
    "AuthorizationPermissionMismatch": (
        "The identity may not do that in the container.",
        f"With Entra ID give it the role {_ROLE}; a signature needs the permissions read, create and write (rcw).",
    ),
    "AuthorizationServiceMismatch": (
        "The shared access signature is not for blobs.",
        "Make one for the service Blob, with the permissions read, create and write (rcw).",
    ),
    "AuthorizationResourceTypeMismatch": (
        "The shared access signature is not for objects.",
        "Make one with the resource type Object, or one of the container.",
    ),
    "AuthorizationProtocolMismatch": (
        "The shared access signature allows https alone.",
        "Use the account's https address.",
    ),
    "AuthorizationSourceIPMismatch": (
        "The shared access signature is not for the address that the device comes from.",
        "Make one without an IP range, or with the right one.",
    ),
    "InsufficientAccountPermissions": (
        "The account may not be written to.",
        "Look at the account in the portal: a failover or a read-only lock forbids it.",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer that is no success.

    Attributes:
        status: The HTTP status.
        code: The service's own code; empty where there is none.
        date: The header Date.
        now: The clock of this machine, in seconds since 1970.
    """

    status: int
    code: str
    date: str
    now: float

    @property
    def service_time(self) -> float:
        """The service's clock; ours where it does not say."""
        try:
            return parsedate_to_datetime(self.date).timestamp()
        except (TypeError, ValueError):
            return self.now

    @property
    def skew(self) -> float:
        """By how many seconds our clock is ahead of the service's."""
        return self.now - self.service_time


def failure(answer: Answer, *, account: str, container: str, right: Right, secret: str) -> UploadError:
    """What to say about an answer.

    Args:
        answer: The answer.
        account: The account's host, for the sentence.
        container: The container's name.
        right: By which right it was asked.
        secret: A signature's dates stand in it.
    """
    if answer.code in {"ContainerNotFound", "ContainerBeingDeleted", "ContainerDisabled"}:
        hint = f"Make it: az storage container create --name {container}. Recordings wait meanwhile."
        return ServiceError(f'{account} has no container "{container}".', hint=hint)
    if answer.status in {_FORBIDDEN, _UNAUTHORIZED}:
        return _unauthorized(answer, account, right, secret)
    if answer.status >= _FAULT or answer.status == _TOO_MANY:
        return ServiceError(f"{account} is busy or faulty ({answer.code or answer.status}).", offline=True)
    if answer.code in {"Md5Mismatch", "InvalidMd5"}:
        return ServiceError("Bytes changed on their way to the service, which noticed it by their MD5.", offline=True)
    if answer.status == _NOT_FOUND and answer.code in {"ResourceNotFound", ""}:
        hint = "Compare the address with that of the account in the portal."
        return ServiceError(f"There is no blob storage at {account}.", hint=hint)
    return FileError(f"{account} refuses it: {answer.code or answer.status}.")


def _unauthorized(answer: Answer, account: str, right: Right, secret: str) -> ServiceError:
    if abs(answer.skew) > _MOST_SKEW:
        minutes = round(abs(answer.skew) / 60)
        which = "ahead of" if answer.skew > 0 else "behind"
        return ServiceError(f"This device's clock is {minutes} minutes {which} that of {account}.", hint=_CLOCK)
    if answer.code in _REFUSED:
        message, hint = _REFUSED[answer.code]
        return ServiceError(f"{message[:-1]} ({account}).", hint=hint)
    if dated := _outside(secret, answer.service_time):
        return ServiceError(dated, hint="Make a new one, and put it into the module's environment or its file.")
    signed = "sig=" in secret.lower() or "sharedaccesssignature=" in secret.lower()
    name = "identity's token" if right is Right.ENTRA else "signature" if signed else "key"
    hint = f"Copy the {name} from the portal again: it is of another account, or was renewed."
    if right is Right.ENTRA:
        hint = f"Give the identity the role {_ROLE}, and compare AZURE_TENANT_ID with the account's tenant."
    if answer.code == "AuthorizationFailure":  # Azure means its firewall, Azurite a key that is not the account's
        sentence = f"{account} refuses the {name}, or the address that this device comes from."
        return ServiceError(sentence, hint=f"{hint} Where it is right, {_NETWORK}")
    return ServiceError(f"{account} refuses the {name}.", hint=hint)


def _outside(secret: str, now: float) -> str:
    """Which date of a signature is not kept; empty when both are, or it has none."""
    _, _, signature = secret.rpartition("SharedAccessSignature=")
    fields = parse_qs((signature or secret).replace(";", "&"))
    for name, sentence in (("se", "has expired"), ("st", "is not valid yet")):
        text = fields.get(name, [""])[0]
        moment = _moment(text)
        if moment is not None and (moment <= now if name == "se" else moment > now):
            return f"The shared access signature {sentence} ({text})."
    return ""


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
