"""Registries, asked with our own client: who we are to one, and how large a base image is.

The client and what it stands on are imported here when they are needed; a caller reports what is missing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from azdacli.doctor.facts.registry import SignIn
from azdacli.errors import AzdaError, RegistryError

if TYPE_CHECKING:
    from azdacli.oci.credential import Credential

_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
_SECONDS = 10.0
_MANIFEST_DEPTH = 2  # an index, then an image's manifest


def sign_in(registry: str, environment: Mapping[str, str], *, ca_bundle: Path | None, insecure: bool) -> SignIn:
    """Sign in as `push` and `publish` would, without asking anybody for a password."""
    from azdacli.auth import acr_check, docker_config  # noqa: PLC0415 # heavy, and may be broken
    from azdacli.oci.credential import is_azure  # noqa: PLC0415 # same

    host, azure = registry.partition("/")[0], is_azure(registry.partition("/")[0])
    login = None
    try:
        login = docker_config.find(host, registry.partition("/")[2], environment)
        if login is None and azure:
            acr_check.check_sign_in(host, repository=registry.partition("/")[2])
            return SignIn(registry=host, way="entra, by azure-containerregistry", is_azure=True)
        problem = _refusal(host, login, ca_bundle=ca_bundle, insecure=insecure)
    except AzdaError as error:
        if login is None and not azure and isinstance(error, RegistryError) and not _is_away(error):
            return SignIn(registry=host)  # it wants to know who asks, and nobody is signed in
        return SignIn(registry=host, problem=str(error), hint=error.hint or "", is_azure=azure)
    if problem and login is None:
        return SignIn(registry=host, is_azure=azure)
    way = "docker" if login is not None else "anonymous"
    return SignIn(registry=host, way=way, problem=problem, is_azure=azure)


def _refusal(host: str, login: "Credential | None", *, ca_bundle: Path | None, insecure: bool) -> str:
    """Ask for the front page with a login; say why it is refused, empty when it is not."""
    from azdacli.oci.registry import Patience, Registry, Transport  # noqa: PLC0415 # heavy, and may be broken

    transport = Transport(
        host, ca_bundle=ca_bundle, insecure=insecure, patience=Patience(tries=1, connect=_SECONDS, silence=_SECONDS)
    )
    session = Registry(transport, login).repository("azdacli/doctor")
    response = session.call("GET", f"{transport.root}/v2/", once=True)
    if response.status_code in (_UNAUTHORIZED, _FORBIDDEN):
        return f"{host} refuses the login that docker stored"
    return "" if response.status_code == _OK else f"{host} answers with HTTP {response.status_code}"


def _is_away(error: RegistryError) -> bool:
    """Whether a registry gave no answer at all, or none that can be trusted."""
    from azdacli.oci.registry import failures  # noqa: PLC0415 # heavy, and may be broken

    away = (failures.InterruptedTransferError, failures.NoTlsError)
    return isinstance(error, away) or "certificate" in str(error)


def compressed_size(image: str, platform: str, *, ca_bundle: Path | None, insecure: bool) -> int | None:
    """Add up an image's layers as its registry has them; None when it does not say."""
    from azdacli.oci import manifest  # noqa: PLC0415 # may be broken
    from azdacli.oci.reference import Reference  # noqa: PLC0415 # same
    from azdacli.oci.registry import Patience, Registry, Transport  # noqa: PLC0415 # same

    try:
        reference = Reference.parse(image)
        transport = Transport(
            reference.registry,
            ca_bundle=ca_bundle,
            insecure=insecure,
            patience=Patience(tries=1, connect=_SECONDS, silence=_SECONDS),
        )
        repository = Registry(transport, None).repository(reference.repository)
        selector = reference.selector
        for _ in range(_MANIFEST_DEPTH):
            found = repository.manifest(selector)
            if found is None:
                return None
            if found.media_type not in manifest.INDEXES:
                return sum(layer.size for layer in manifest.layers_of(found))
            selector = manifest.choose(found, platform=platform, name=image)
    except AzdaError:
        return None
    return None


def exists(image: str, ca_bundle: Path | None) -> bool | None:
    """Whether an image's registry has it; None when the registry does not say."""
    from azdacli.oci.reference import Reference  # noqa: PLC0415 # may be broken
    from azdacli.oci.registry import Patience, Registry, Transport  # noqa: PLC0415 # same

    try:
        reference = Reference.parse(image)
        patience = Patience(tries=1, connect=_SECONDS, silence=_SECONDS)
        transport = Transport(reference.registry, ca_bundle=ca_bundle, insecure=False, patience=patience)
        return Registry(transport, None).repository(reference.repository).manifest(reference.selector) is not None
    except AzdaError:
        return None
