"""Where docker's own command line would look for the engine: DOCKER_HOST, the context, the default socket.

The order is that of docker's documentation (docs.docker.com/engine/manage-resources/contexts), and that of the SDK.
"""

import hashlib
import importlib.util
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from azdacli.util import paths

_DEFAULT = "default"
_SOCKETS = {"Windows": "npipe:////./pipe/docker_engine"}
_UNIX_SOCKET = "unix:///var/run/docker.sock"
_SCHEMES = ("unix", "tcp", "http", "https", "ssh", "npipe", "fd")
_HOST, _VARIABLE = "DOCKER_HOST", "DOCKER_CONTEXT"
_SSH = "ssh://"


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where the container engine is looked for.

    Attributes:
        address: As DOCKER_HOST writes it; empty when none could be worked out.
        source: What says so: `DOCKER_HOST`, `context 'name'`, `default`.
        context: The context that docker's own command line is in.
        by_variable: Whether DOCKER_CONTEXT chose it, and not docker's settings.
        problem: Why there is no address.
        tls: The folder with ca.pem, cert.pem and key.pem; empty without TLS.
        needs: What installs the package that the address needs; empty when nothing is missing.
        settings: The file with docker's own settings; empty where there is no folder for it.
    """

    address: str
    source: str
    context: str = "default"
    by_variable: bool = False
    problem: str = ""
    tls: str = ""
    settings: str = ""
    needs: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether nothing may connect: without an address, another engine than the chosen one would answer.

        In DOCKER_HOST the SDK takes addresses that docker's command line does not (`localhost:2375`), and the default
        socket needs no file with settings.
        """
        chosen = self.source not in (_HOST, _DEFAULT)
        return bool(self.problem) and (chosen or self.address.startswith(_SSH))

    @property
    def cure(self) -> str:
        """The lines to type when there is a problem."""
        if self.needs:
            return f"{self.needs}\nor use another engine: {self._leave}"
        if self.source == _HOST:
            return "unset DOCKER_HOST\nor set it to an address such as unix:///var/run/docker.sock"
        if self.by_variable:
            return "unset DOCKER_CONTEXT\nor set it to one of these: env --unset=DOCKER_CONTEXT docker context ls"
        if self.source.startswith("context"):
            return "docker context ls\ndocker context use default"
        return f"mv {shlex.quote(self.settings)} {shlex.quote(f'{self.settings}.broken')}"

    @property
    def hint(self) -> str:
        """The cure as a sentence."""
        if self.needs:
            return f"Install it with `{self.needs}`, or use another engine: `{self._leave}`."
        if self.by_variable:
            return "Unset DOCKER_CONTEXT, or choose one that `env --unset=DOCKER_CONTEXT docker context ls` lists."
        return "`docker context ls` lists the contexts; `docker context use default` returns to the default one."

    @property
    def _leave(self) -> str:
        """How another engine is chosen."""
        if self.source == _HOST:
            return f"unset {_HOST}"
        return f"unset {_VARIABLE}" if self.by_variable else "docker context use default"

    @property
    def is_local(self) -> bool:
        """Whether the engine's files are this machine's, as far as the address says."""
        return self.address.startswith("unix://")


def find(environment: Mapping[str, str], system: str) -> Endpoint:
    """Work out the address as docker does, broken configurations included."""
    folder = configuration_folder(environment)
    found = _found(environment, system, folder)
    found = replace(found, settings=str(folder / "config.json") if folder else "")
    return _without_ssh(found) if found.address.startswith(_SSH) and not found.problem else found


def _without_ssh(found: Endpoint) -> Endpoint:
    """Say what is missing where the SDK cannot speak SSH: it does so through paramiko, an extra that few need."""
    if importlib.util.find_spec("paramiko"):
        return found
    subject = (
        f"DOCKER_HOST is {found.address}"
        if found.source == _HOST
        else f"the context '{found.context}' is at {found.address}"
    )
    needs = f"{shlex.quote(sys.executable)} -m pip install paramiko"
    return replace(
        found, problem=f"{subject}, and the Python package paramiko, which SSH needs, is missing", needs=needs
    )


def _found(environment: Mapping[str, str], system: str, folder: Path | None) -> Endpoint:
    settings, problem = _settings(folder)
    context = environment.get(_VARIABLE) or str(settings.get("currentContext") or _DEFAULT)
    host = environment.get(_HOST, "")
    if host:
        tls = environment.get("DOCKER_CERT_PATH") or str(folder or "") if environment.get("DOCKER_TLS_VERIFY") else ""
        return Endpoint(address=host, source=_HOST, context=context, tls=tls, problem=_wrong_address(host, system))
    if context == _DEFAULT:
        return Endpoint(address=_SOCKETS.get(system, _UNIX_SOCKET), source=_DEFAULT, problem=problem)
    found = _of_context(context, folder, system)
    return replace(found, by_variable=bool(environment.get(_VARIABLE)))


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


def _of_context(name: str, folder: Path | None, system: str) -> Endpoint:
    source = f"context '{name}'"
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
