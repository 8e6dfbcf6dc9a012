"""The logins that docker and podman have stored: their configuration files and credential helpers.

We read them ourselves: the SDK swallows a broken file, lets a helper write to our terminal and never gives up waiting.
"""

import base64
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from azdacli.errors import RegistryError
from azdacli.oci.credential import TOKEN_USERNAME, Credential
from azdacli.oci.reference import DOCKER_HUB
from azdacli.util import json_text, paths, regular_file

# Docker Hub's login is stored under this name (docker's own `registry.IndexServer`).
_HUB_ENTRY = "https://index.docker.io/v1/"
_IDENTITY_TOKEN = "<token>"  # noqa: S105 # what helpers give as user name when the secret is a token
_PATIENCE = 60  # seconds; a helper may wait for the user to unlock a keychain
_NOT_FOUND = "credentials not found"
_LARGEST = 4 << 20  # of a file; the largest hold some hundred logins


def find(registry: str, repository: str, environment: Mapping[str, str]) -> Credential | None:
    """Look a registry up in every file, the first login found wins.

    Args:
        registry: Host, and port if it has one.
        repository: What is to be read or written there: podman keeps logins for single repositories too.
        environment: Where the files are.

    Raises:
        RegistryError: A file is not JSON, or the helper that it names is missing or fails.
    """
    for path in _files(environment):
        settings = _read(path)
        login = _from_helper(registry, settings, path, environment) or _from_file(registry, repository, settings)
        if login is not None:
            return login
    return None


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    """Name docker's file, then podman's (containers-auth.json(5))."""
    home = paths.home(environment)
    if environment.get("DOCKER_CONFIG"):
        yield Path(environment["DOCKER_CONFIG"]) / "config.json"
    elif home is not None:
        yield home / ".docker" / "config.json"
    if environment.get("REGISTRY_AUTH_FILE"):
        yield Path(environment["REGISTRY_AUTH_FILE"])
    elif environment.get("XDG_RUNTIME_DIR"):
        yield Path(environment["XDG_RUNTIME_DIR"]) / "containers" / "auth.json"


def _read(path: Path) -> dict[str, Any]:
    hint = "Repair it, or choose another --auth."
    try:
        return json_text.read_object(regular_file.read(path, most=_LARGEST), most=_LARGEST)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RegistryError(f"cannot read '{path}': {error.strerror}", hint="Or choose another --auth.") from error
    except ValueError as error:
        raise RegistryError(f"'{path}' is not JSON", hint=hint) from error


def _entries(registry: str) -> tuple[str, ...]:
    return (_HUB_ENTRY, DOCKER_HUB) if registry == DOCKER_HUB else (registry,)


def _host(entry: str) -> str:
    """Reduce what stands in a file to a host, as docker does: older versions stored web addresses."""
    return entry.removeprefix("https://").removeprefix("http://").split("/", 1)[0].lower()


def _from_file(registry: str, repository: str, settings: Mapping[str, Any]) -> Credential | None:
    """Find a login in the file itself: the one of the longest path that the repository is below, or of the host."""
    stored = settings.get("auths")
    if not isinstance(stored, dict):
        return None
    hosts = {_host(entry) for entry in _entries(registry)}
    found: list[Credential] = []
    for entry in [*(e for e in stored if e in _entries(registry)), *(e for e in stored if _host(e) in hosts)]:
        login = _decoded(stored[entry], registry, _path(entry))
        if login is not None and login.covers(repository):
            found.append(login)
    return max(found, key=lambda login: len(login.repository), default=None)


def _path(entry: str) -> str:
    """Read the repository that an entry is for (containers-auth.json(5)); web addresses are docker's, for a host."""
    path = entry.partition("/")[2].strip("/")
    return "" if "://" in entry or path in ("v1", "v2") else path


def _decoded(entry: object, registry: str, repository: str) -> Credential | None:
    if not isinstance(entry, dict):
        return None
    if entry.get("identitytoken"):
        token = str(entry["identitytoken"])
        return Credential(host=registry, username=TOKEN_USERNAME, password=token, repository=repository)
    try:
        username, colon, password = base64.b64decode(str(entry.get("auth") or "")).decode().partition(":")
    except ValueError:  # binascii.Error and UnicodeDecodeError are ones
        return None
    if not colon:
        return None
    return Credential(host=registry, username=username, password=password.rstrip("\0"), repository=repository)


def _from_helper(
    registry: str, settings: Mapping[str, Any], path: Path, environment: Mapping[str, str]
) -> Credential | None:
    helpers = settings.get("credHelpers")
    chosen = helpers if isinstance(helpers, dict) else {}
    for entry in _entries(registry):
        helper = chosen.get(entry) or settings.get("credsStore")
        answer = _ask(str(helper), entry, path, environment) if helper else None
        if answer is not None:
            return answer
    return None


def _ask(helper: str, entry: str, path: Path, environment: Mapping[str, str]) -> Credential | None:
    """Ask a helper by docker's protocol: the registry on its standard input, JSON on its standard output."""
    program = shutil.which(f"docker-credential-{helper}", path=environment.get("PATH"))
    if program is None:
        raise RegistryError(
            f"'{path}' names the credential helper docker-credential-{helper}, which is not installed",
            hint="Install it, take it out of the file, or choose another --auth.",
        )
    try:
        done = subprocess.run(  # the program that docker itself would run
            [program, "get"], input=entry.encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(helper, registry=entry) from error
    if done.returncode:
        if _NOT_FOUND in done.stdout.decode(errors="replace").lower():
            return None
        raise _failed(helper, registry=entry)
    return _parsed(done.stdout, helper, registry=entry)


def _parsed(answer: bytes, helper: str, *, registry: str) -> Credential | None:
    try:
        found = json_text.read_object(answer)
        username, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError):
        raise _failed(helper, registry=registry) from None  # the answer may hold a secret
    if not secret:
        return None
    host = DOCKER_HUB if registry == _HUB_ENTRY else registry
    return Credential(host=host, username=TOKEN_USERNAME if username == _IDENTITY_TOKEN else username, password=secret)


def _failed(helper: str, *, registry: str) -> RegistryError:
    return RegistryError(
        f"the credential helper docker-credential-{helper} gave no login for {registry}",
        hint=f"Run `docker login {registry}` again, or choose another --auth.",
    )
