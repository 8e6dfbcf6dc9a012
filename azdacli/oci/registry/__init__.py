"""A registry of images over the distribution API (github.com/opencontainers/distribution-spec)."""

from collections.abc import Callable
from pathlib import Path

from azdacli.oci.credential import Credential
from azdacli.oci.registry.client import Registry, RegistryRepository, digest_of
from azdacli.oci.registry.resumables import Resumables
from azdacli.oci.registry.retry import PATIENT, Patience
from azdacli.oci.registry.transport import Transport
from azdacli.oci.registry.upload import CHUNK

__all__ = ["CHUNK", "Patience", "Registry", "RegistryRepository", "Resumables", "Transport", "connect", "digest_of"]


def connect(  # noqa: PLR0913 # what a connection has
    registry: str,
    login: Credential | None,
    *,
    ca_bundle: Path | None = None,
    insecure: bool = False,
    resumables: Resumables | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> Registry:
    """Prepare to talk to a registry; nothing is sent yet.

    Args:
        registry: Host, and port if it has one.
        login: Who we are there, None for nobody.
        ca_bundle: Certificates (PEM) to trust besides the usual ones.
        insecure: Whether plain http is allowed for a host that is not this machine.
        resumables: Where uploads are remembered that a later run can go on with.
        log: Hears why we wait, and to which other host a login goes.

    Raises:
        MisdirectedCredentialError: The login was given for another registry.
        SpecError: The certificates cannot be used.
    """
    transport = Transport(registry, ca_bundle=ca_bundle, insecure=insecure, patience=PATIENT)
    transport.notify = log
    return Registry(transport, login, resumables=resumables)
