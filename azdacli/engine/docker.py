"""Docker's own API: the only file that imports the SDK.

Building here is the classic builder, which every engine has. Podman's Docker-compatible socket works too.
"""

import contextlib
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import docker
import docker.auth
import docker.errors
import requests
import urllib3

from azdacli.engine import endpoint
from azdacli.engine.base import PROXIES, BuildOptions, Image
from azdacli.engine.build_errors import Transcript
from azdacli.errors import EngineError, RegistryError
from azdacli.events import Listener, Progress
from azdacli.oci import image_file
from azdacli.oci.credential import Credential
from azdacli.oci.reference import Reference

# Seconds without a byte before we give up: a step of a build may be silent for long, e.g. while it compiles.
_SILENCE = 3600
# A push moves all the time, but a registry may think for minutes about a layer of gigabytes. Beyond that it stands
# still for good: containerd waits for ever when a registry hangs up in the middle of a layer.
_PUSH_SILENCE = 600
_BUILDKIT = "2"


def connect() -> "DockerEngine":
    """Find the engine as the docker CLI does: DOCKER_HOST, the current context, the default socket.

    Raises:
        EngineError: None answers, or the context that was chosen names none.
    """
    # The SDK takes the default socket for a context that does not exist: an engine that nobody chose.
    found = endpoint.find(os.environ, platform.system())
    if found.is_refused:
        raise EngineError(found.problem, hint=found.hint)
    with translated("connect"):
        try:
            client = docker.from_env(timeout=_SILENCE)
        except (KeyError, TypeError, AttributeError) as error:  # the SDK looks for more in a context than its address
            raise EngineError(f"the context '{found.context}' cannot be read", hint=found.hint) from error
        return DockerEngine(client.api)


@contextlib.contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what the SDK raises into what our users understand."""
    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise EngineError(
            f"the engine refused to {doing}: {error.explanation}",
            hint="`docker images` lists what it holds; `azdacli create --tag NAME` makes an image.",
        ) from error
    except docker.errors.APIError as error:
        raise EngineError(f"the engine refused to {doing}: {error.explanation or error}") from error
    except docker.errors.DockerException as error:
        raise EngineError(f"no container engine answers: {error}", hint=_start_hint()) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, json.JSONDecodeError) as error:
        raise EngineError(
            f"the engine stopped answering ({type(error).__name__})",
            hint="Check its log, restart it, and run this command again: finished steps are cached.",
        ) from error


class DockerEngine:
    """One engine, reached through its socket."""

    def __init__(self, api: Any) -> None:
        self._api = api

    @property
    def prefers_buildkit(self) -> bool:
        """Whether the engine says that BuildKit is its default builder (header `Builder-Version` of its ping)."""
        with translated("answer a ping"):
            answer = self._api.get(f"{self._api.base_url}/_ping")
            return bool(answer.headers.get("Builder-Version") == _BUILDKIT)

    def close(self) -> None:
        """Let go of the connection."""
        self._api.close()

    def build(self, context: Iterable[bytes], options: BuildOptions, listener: Listener) -> str:
        """Build with the classic builder; see `azdacli.engine.base.Builder`."""
        transcript = Transcript()
        self._forget_broken_helpers()
        with translated("build"):
            events = self._api.build(
                fileobj=iter(context),
                custom_context=True,
                dockerfile=options.dockerfile,
                tag=options.tag,
                platform=options.platform,
                nocache=options.no_cache,
                network_mode=options.network,
                buildargs=proxies(os.environ),
                rm=True,
                forcerm=True,
                decode=True,
            )
            image = ""
            for event in events:
                image = _build_event(event, transcript, listener) or image
        return image or self.inspect(options.tag).id

    def inspect(self, image: str) -> Image:
        """Look an image up by name or id."""
        with translated(f"look up {image}"):
            found = self._api.inspect_image(image)
        labels = (found.get("Config") or {}).get("Labels") or {}
        return Image(id=found["Id"], os=found["Os"], architecture=found["Architecture"], labels=labels)

    def read_file(self, image: str, path: str) -> bytes:
        """Read a file out of an image: of a container that is made for it, never started, and removed."""
        with translated(f"read {path} of {image}"):
            container = self._api.create_container(image, command=["/none"], network_disabled=True)["Id"]
            try:
                archive, _ = self._api.get_archive(container, path)
                found = image_file.member(archive, path.rpartition("/")[2])
            finally:
                self._api.remove_container(container, v=True, force=True)
        if found is None:
            raise EngineError(f"the image {image} has no file {path}")
        return found

    def tag(self, image: str, reference: str) -> None:
        """Give an image another name."""
        repository, _, tag = reference.rpartition(":")
        with translated("tag an image"):
            self._api.tag(image, repository, tag=tag)

    def push(self, reference: str, *, login: Credential | None, listener: Listener) -> str:
        """Push a name and return the digest; the engine reports failures only inside its stream."""
        repository, _, tag = reference.rpartition(":")
        account = {}
        if login:
            to = Reference.parse(reference)
            account = {"username": login.username, "password": login.password_for(to.registry, to.repository)}
        digest = ""
        self._api.timeout = _PUSH_SILENCE
        moving = _Moving()
        with translated("push"), _standing_still(reference):
            for event in self._api.push(repository, tag=tag, stream=True, decode=True, auth_config=account):
                moving.see(event)
                if "error" in event:
                    raise push_failure(reference, str(event["error"]))
                digest = (event.get("aux") or {}).get("Digest", digest)
                if "status" in event:
                    listener(_progress(event))
        return digest

    def _forget_broken_helpers(self) -> None:
        """The SDK asks every credential helper of docker's config before a build, and fails if one is missing."""
        try:
            self._api._auth_configs.get_all_credentials()  # noqa: SLF001 # there is no public way to ask
        except docker.errors.DockerException:
            self._api._auth_configs = docker.auth.AuthConfig({})  # noqa: SLF001 # same


class _Moving:
    """Whether a push gets on: containerd repeats where it stands ten times a second, also when nothing moves."""

    def __init__(self) -> None:
        self._stands: dict[str, str] = {}
        self._since = time.monotonic()

    def see(self, event: dict[str, Any]) -> None:
        """Take an event; TimeoutError when none has brought anything new for too long."""
        item, stands = str(event.get("id", "")), f"{event.get('status')} {event.get('progressDetail')}"
        now = time.monotonic()
        if self._stands.get(item) != stands:
            self._stands[item] = stands
            self._since = now
        elif now - self._since > _PUSH_SILENCE:
            raise TimeoutError


@contextlib.contextmanager
def _standing_still(reference: str) -> Iterator[None]:
    try:
        yield
    except (TimeoutError, requests.ConnectionError, requests.Timeout, urllib3.exceptions.ReadTimeoutError) as error:
        if not isinstance(error, TimeoutError) and "timed out" not in str(error).lower():
            raise
        raise RegistryError(
            f"the push of '{reference}' stalled: no progress for {_PUSH_SILENCE} seconds",
            hint="The registry may have closed the connection, or a token expired. "
            "Run the same command again: what has arrived is kept.",
        ) from error


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Pick the proxy settings that builds take as predefined arguments; they leave no trace in an image."""
    names = [name for upper in PROXIES for name in (upper, upper.lower())]
    return {name: environment[name] for name in names if environment.get(name)}


def push_failure(reference: str, reason: str) -> RegistryError:
    """Say what a failed push means."""
    text = reason.lower()
    if any(
        word in text for word in ("unauthorized", "authentication required", "denied", "no basic auth", "forbidden")
    ):
        return RegistryError(
            f"the registry refused the push of '{reference}': {reason}",
            hint="Check user and password, and that the account may push to that repository.",
        )
    if any(word in text for word in ("connection refused", "no such host", "timeout", "eof", "connection reset")):
        return RegistryError(
            f"the registry of '{reference}' does not answer: {reason}",
            hint="Run the same command again when it is back: layers that arrived are not sent again.",
        )
    return RegistryError(f"the push of '{reference}' failed: {reason}")


def _build_event(event: dict[str, Any], transcript: Transcript, listener: Listener) -> str:
    """Take one event of a build; return the image's id when it is the event that holds it."""
    if "error" in event:
        raise transcript.failed((event.get("errorDetail") or {}).get("message") or str(event["error"]))
    if "status" in event:
        listener(_progress(event))
    for line in str(event.get("stream", "")).splitlines():
        if line.startswith(("Step ", "STEP ")):
            transcript.begin(line.partition(":")[2].strip() or line)
            listener(Progress(text=line, item="step"))
        elif line.strip() and not line.startswith((" --->", "Removing intermediate container")):
            transcript.add(line)
            listener(Progress(text=line))
    aux = event.get("aux") or {}
    return str(aux.get("ID", "")) if isinstance(aux, dict) else ""


def _progress(event: dict[str, Any]) -> Progress:
    detail = event.get("progressDetail") or {}
    return Progress(
        text=str(event["status"]), item=str(event.get("id", "")), done=detail.get("current"), total=detail.get("total")
    )


def _start_hint() -> str:
    host = os.environ.get("DOCKER_HOST")
    if host:
        return f"DOCKER_HOST is '{host}': is an engine listening there, and may you use it?"
    found = endpoint.find(os.environ, platform.system())
    if found.context != "default":
        return f"The context '{found.context}' is at {found.address}: is an engine listening there? {found.hint}"
    return "Start Docker (or `podman system service`), and see that you may use its socket; DOCKER_HOST names another."
