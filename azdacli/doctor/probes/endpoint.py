"""Where docker's own command line would look for the engine: DOCKER_HOST, the context, the default socket.

The order is that of docker's documentation (docs.docker.com/engine/manage-resources/contexts), and that of the SDK.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from azdacli.doctor.facts.engine import Endpoint
from azdacli.util import paths

_DEFAULT = "default"
_SOCKETS = {"Windows": "npipe:////./pipe/docker_engine"}
_UNIX_SOCKET = "unix:///var/run/docker.sock"
_SCHEMES = ("unix", "tcp", "http", "https", "ssh", "npipe", "fd")


def find(environment: Mapping[str, str], system: str) -> Endpoint:
    """Work out the address as docker does, broken configurations included."""
    folder = configuration_folder(environment)
    return replace(_found(environment, system, folder), settings=str(folder / "config.json") if folder else "")


def _found(environment: Mapping[str, str], system: str, folder: Path | None) -> Endpoint:
    settings, problem = _settings(folder)
    context = environment.get("DOCKER_CONTEXT") or str(settings.get("currentContext") or _DEFAULT)
    host = environment.get("DOCKER_HOST", "")
    if host:
        tls = environment.get("DOCKER_CERT_PATH") or str(folder or "") if environment.get("DOCKER_TLS_VERIFY") else ""
        return Endpoint(
            address=host, source="DOCKER_HOST", context=context, tls=tls, problem=_wrong_address(host, system)
        )
    if context == _DEFAULT:
        return Endpoint(address=_SOCKETS.get(system, _UNIX_SOCKET), source=_DEFAULT, problem=problem)
    source = "DOCKER_CONTEXT" if environment.get("DOCKER_CONTEXT") else f"context '{context}'"
    return _of_context(context, source, folder, system)


def configuration_folder(environment: Mapping[str, str]) -> Path | None:
    """Docker's own folder; None where there is neither DOCKER_CONFIG nor a home."""
    if environment.get("DOCKER_CONFIG"):
        return Path(environment["DOCKER_CONFIG"])
    home = paths.home(environment)
    return home / ".docker" if home else None


def _settings(folder: Path | None) -> tuple[dict[str, Any], str]:
    """Docker's config.json, and what is wrong with it."""
    if folder is None:
        return {}, ""
    path = folder / "config.json"
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}, ""
    except OSError as error:
        return {}, f"cannot read {path}: {error.strerror}"
    except ValueError:
        return {}, f"{path} is not JSON"
    return (found, "") if isinstance(found, dict) else ({}, f"{path} is not a JSON object")


def _of_context(name: str, source: str, folder: Path | None, system: str) -> Endpoint:
    key = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    base = (folder or Path()) / "contexts"
    try:
        meta = json.loads((base / "meta" / key / "meta.json").read_bytes())
        address = str(meta["Endpoints"]["docker"]["Host"])
    except FileNotFoundError:
        return Endpoint(address="", source=source, context=name, problem=f"docker has no context '{name}'")
    except (OSError, ValueError, KeyError, TypeError):
        return Endpoint(address="", source=source, context=name, problem=f"the context '{name}' cannot be read")
    tls = base / "tls" / key / "docker"
    return Endpoint(
        address=address,
        source=source,
        context=name,
        tls=str(tls) if tls.is_dir() else "",
        problem=_wrong_address(address, system),
    )


def _wrong_address(address: str, system: str) -> str:
    scheme, _, rest = address.partition("://")
    if scheme not in _SCHEMES or not rest or not address.isprintable():
        return f"'{address}' is not an address of an engine"
    if scheme == "npipe" and system != "Windows":
        return f"'{address}' is an address of Windows, and this is {system}"
    if scheme in ("tcp", "http", "https"):
        try:
            parts = urlsplit(address)
            _ = parts.hostname, parts.port
        except ValueError as error:
            return f"'{address}' is not an address of an engine: {error}"
    return ""
