"""Registries, asked with our own client: who we are to one, and how large a base image is.

The client and what it stands on are imported here when they are needed; a caller reports what is missing.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azdacli.doctor.facts.registry import SignIn
from azdacli.errors import AzdaError, RegistryError

if TYPE_CHECKING:
    from azdacli.oci.credential import Credential
    from azdacli.oci.registry import Transport

_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
_SECONDS = 10.0
_MANIFEST_DEPTH = 2  # an index, then an image's manifest


def sign_in(registry: str, environment: Mapping[str, str], *, ca_bundle: Path | None, insecure: bool) -> SignIn:
    """Sign in as `push` and `publish` would, without asking anybody for a password.

    Args:
        registry: Its host, and a path there if only that is ours; `https://` is forgiven.
        environment: Where docker's files are.
        ca_bundle: Certificates to trust besides the usual ones.
        insecure: Whether plain http is allowed.
    """
    from azdacli.auth import acr_check, docker_config  # heavy, and may be broken
    from azdacli.oci.credential import is_azure  # same
    from azdacli.oci.reference import registry_host  # same

    host, path = registry_host(registry), registry.rpartition("://")[2].partition("/")[2].rstrip("/")
    azure = is_azure(host)
    try:
        login = docker_config.find(host, path, environment)
        if login is None and azure:
            acr_check.check_sign_in(host, repository=path)
            return SignIn(registry=host, way="entra, by azure-containerregistry", is_azure=True)
        return _ask(host, login, ca_bundle=ca_bundle, insecure=insecure)
    except AzdaError as error:
        return SignIn(registry=host, problem=str(error), hint=error.hint or "", is_azure=azure)


def _ask(host: str, login: "Credential | None", *, ca_bundle: Path | None, insecure: bool) -> SignIn:
    """Ask for the front page, first as nobody: only who refuses nobody wants to know who asks."""
    from azdacli.oci.credential import is_azure  # heavy, and may be broken
    from azdacli.oci.registry import Patience, Transport  # same

    azure = is_azure(host)
    transport = Transport(
        host, ca_bundle=ca_bundle, insecure=insecure, patience=Patience(tries=1, connect=_SECONDS, silence=_SECONDS)
    )
    with contextlib.closing(transport):
        try:
            front = transport.send("GET", transport.resolve("/v2/"))
        except RegistryError as error:
            return SignIn(registry=host, problem=str(error), hint=error.hint or "", is_azure=azure, is_away=True)
        if front.status_code not in (_OK, _UNAUTHORIZED, _FORBIDDEN):
            problem = f"{host} does not answer as a registry (HTTP {front.status_code} for /v2/)"
            return SignIn(registry=host, problem=problem, hint="Is the host right?", is_azure=azure, is_away=True)
        return _enter(transport, login, SignIn(registry=host, is_azure=azure))


def _enter(transport: "Transport", login: "Credential | None", nobody: SignIn) -> SignIn:
    """Ask for the front page with a login, or with what a registry gives to everybody."""
    from azdacli.oci.registry import Registry  # heavy, and may be broken

    session = Registry(transport, login).repository("azdacli/doctor")
    try:
        status = session.call("GET", transport.resolve("/v2/"), once=True).status_code
    except RegistryError as error:
        if login is None and error.__cause__ is None:  # it is the registry's own word, and no broken connection
            return nobody
        raise
    way = "anonymous" if login is None else "docker"
    if status == _OK:
        return replace(nobody, way=way)
    if status not in (_UNAUTHORIZED, _FORBIDDEN):
        return replace(nobody, problem=f"{transport.registry} answers with HTTP {status}")
    if login is None:
        return nobody
    return replace(nobody, way=way, problem=f"{transport.registry} refuses the login that docker stored")


def compressed_size(image: str, platform: str, *, ca_bundle: Path | None, insecure: bool) -> int | None:
    """Add up an image's layers as its registry has them; None when it does not say."""
    from azdacli.oci import manifest  # may be broken
    from azdacli.oci.reference import Reference  # same
    from azdacli.oci.registry import Patience, Registry, Transport  # same

    try:
        reference = Reference.parse(image)
        transport = Transport(
            reference.registry,
            ca_bundle=ca_bundle,
            insecure=insecure,
            patience=Patience(tries=1, connect=_SECONDS, silence=_SECONDS),
        )
        with contextlib.closing(Registry(transport, None)) as opened:
            repository, selector = opened.repository(reference.repository), reference.selector
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
    from azdacli.oci.reference import Reference  # may be broken
    from azdacli.oci.registry import Patience, Registry, Transport  # same

    try:
        reference = Reference.parse(image)
        patience = Patience(tries=1, connect=_SECONDS, silence=_SECONDS)
        transport = Transport(reference.registry, ca_bundle=ca_bundle, insecure=False, patience=patience)
        with contextlib.closing(Registry(transport, None)) as opened:
            return opened.repository(reference.repository).manifest(reference.selector) is not None
    except AzdaError:
        return None
